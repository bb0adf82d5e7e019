//! Execute, pause and reactivate (contract 8). Sellers' failures stand in a 200; faults are for
//! what could not be decided.

use std::sync::Arc;

use axum::extract::State;
use flighting_core::creative::Coverage;
use flighting_core::execution::{PlanWarning, Trouble};
use flighting_core::ids::{CampaignId, MediaBuyId};
use flighting_core::selection::SelectedProduct;
use flighting_core::wire::execute::{
    DebugOut, ExecuteIn, ExecuteOut, LifecycleOut, MediaBuyResult, SubmissionError, Warning,
};
use flighting_core::wire::preflight::{PreflightOut, PreflightRequest};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{OptionalBody, PathId};
use super::envelope::{self, Answer};
use super::query::Query;
use crate::adcp::RawExchange;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Fault;
use crate::flows::execute::Executed;
use crate::flows::lifecycle::Cascaded;
use crate::flows::{self};

/// The commands' operations.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(execute))
        .routes(routes!(preflight))
        .routes(routes!(pause))
        .routes(routes!(reactivate))
}

/// Execute a campaign
///
/// Launches a DRAFT or COMPLETED campaign, or sends what of an ACTIVE one is still unsent: one
/// media buy per sales agent, one package per product and pacing period. Buys that fail are listed
/// in `errors`; executing again sends only the rest. A retry takes a new `Idempotency-Key`.
#[utoipa::path(
    post, path = "/campaigns/{campaignId}/execute", tag = "campaigns", request_body = Option<ExecuteIn>,
    params(("campaignId" = String, Path, description = "Its id, `cmp_…`")),
    responses((status = 200, description = "What was sent and what became of it", body = ExecuteOut))
)]
async fn execute(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<CampaignId>,
    OptionalBody(json): OptionalBody,
) -> Answer {
    let ExecuteIn {
        debug,
        expected_revision,
    } = read(json)?;
    let done = flows::execute::run(&app, &caller.actor(), &id, expected_revision).await?;
    envelope::ok(executed(done, debug))
}

/// Look at what an execute would send
///
/// The requests to sales agents as they would go out now, written by what execute sends. Nothing
/// is bought and nothing is kept; agents are asked only what the requests depend on. What execute
/// would refuse is refused here in the same words.
#[utoipa::path(
    get, path = "/campaigns/{campaignId}/preflight", tag = "campaigns",
    params(("campaignId" = String, Path, description = "Its id, `cmp_…`")),
    responses((status = 200, description = "One request per sales agent", body = PreflightOut))
)]
async fn preflight(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<CampaignId>,
    query: Query,
) -> Answer {
    query.finish()?;
    let seen = flows::preflight::run(&app, &caller.account, &id).await?;
    let warnings = known(&seen.warnings, &seen.selection, seen.requests.len());
    envelope::ok(PreflightOut {
        campaign_id: id.to_string(),
        revision: seen.revision,
        requests: seen.requests.into_iter().map(request).collect(),
        warnings,
    })
}

fn request(request: flows::preflight::Request) -> PreflightRequest {
    let flows::preflight::Request {
        agent_id,
        agent_name,
        again,
        arguments,
    } = request;
    let (arguments, error) = match arguments {
        Ok(arguments) => (Some(arguments), None),
        Err(error) => (None, Some((&error).into())),
    };
    PreflightRequest {
        sales_agent_id: agent_id.to_string(),
        sales_agent_name: agent_name,
        media_buy_id: again.map(|id| id.to_string()),
        task: "create_media_buy".to_owned(),
        arguments,
        error,
    }
}

/// Pause a campaign
///
/// Halts spend across all media buys. A seller that refuses or does not answer is listed and asked
/// again until it confirms; buys that still wait for their seller are held.
#[utoipa::path(
    post, path = "/campaigns/{campaignId}/pause", tag = "campaigns", request_body = Option<ExecuteIn>,
    params(("campaignId" = String, Path, description = "Its id, `cmp_…`")),
    responses((status = 200, description = "What each media buy did", body = LifecycleOut))
)]
async fn pause(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<CampaignId>,
    OptionalBody(json): OptionalBody,
) -> Answer {
    let ExecuteIn {
        debug,
        expected_revision,
    } = read(json)?;
    let done = flows::lifecycle::pause(&app, &caller.actor(), &id, expected_revision).await?;
    envelope::ok(cascaded(done, debug))
}

/// Reactivate a campaign
///
/// The only way back from PAUSED. A media buy that was paused by itself stays paused; one whose
/// flight is over is completed.
#[utoipa::path(
    post, path = "/campaigns/{campaignId}/reactivate", tag = "campaigns", request_body = Option<ExecuteIn>,
    params(("campaignId" = String, Path, description = "Its id, `cmp_…`")),
    responses((status = 200, description = "What each media buy did", body = LifecycleOut))
)]
async fn reactivate(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<CampaignId>,
    OptionalBody(json): OptionalBody,
) -> Answer {
    let ExecuteIn {
        debug,
        expected_revision,
    } = read(json)?;
    let done = flows::lifecycle::reactivate(&app, &caller.actor(), &id, expected_revision).await?;
    envelope::ok(cascaded(done, debug))
}

fn read(json: Option<flighting_core::wire::Json>) -> Result<ExecuteIn, Fault> {
    json.map_or_else(
        || Ok(ExecuteIn::default()),
        |json| ExecuteIn::read(&json).map_err(Fault::violations),
    )
}

fn executed(done: Executed, debug: bool) -> ExecuteOut {
    let Executed {
        campaign,
        previous,
        new,
        attempted,
        troubles,
        warnings,
        session,
    } = done;
    let selection = session.map(|session| session.selection).unwrap_or_default();
    let warnings = known(&warnings, &selection, attempted);
    ExecuteOut {
        campaign_id: campaign.id().to_string(),
        previous_status: previous,
        new_status: new,
        success: troubles.is_empty(),
        media_buys_executed: u64::try_from(attempted).unwrap_or(u64::MAX),
        reason: (attempted == 0).then(|| ExecuteOut::NOTHING.to_owned()),
        errors: troubles
            .iter()
            .map(|(trouble, raw)| {
                SubmissionError::of(trouble, debug_out(raw.as_ref(), debug, trouble))
            })
            .collect(),
        warnings,
        revision: campaign.revision(),
    }
}

/// What core says to know, and the formats that lack a creative where anything is sent.
fn known(planned: &[PlanWarning], selection: &[SelectedProduct], sent: usize) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = planned.iter().map(Warning::from).collect();
    let formats = selection.iter().map(|product| product.formats.as_slice());
    let formats = Coverage::of(formats, &[]).missing;
    if !formats.is_empty() && sent > 0 {
        warnings.push(Warning::MissingFormats { formats });
    }
    warnings
}

fn cascaded(done: Cascaded, debug: bool) -> LifecycleOut {
    let Cascaded {
        before,
        campaign,
        cascade,
        asked,
    } = done;
    let about: Vec<&MediaBuyId> = cascade
        .to_send
        .iter()
        .map(|send| &send.media_buy_id)
        .chain(&cascade.held)
        .chain(&cascade.completed)
        .collect();
    let results = campaign
        .buys()
        .iter()
        .filter(|buy| about.contains(&&buy.id))
        .map(|buy| {
            let answer = asked.iter().find(|asked| asked.media_buy_id == buy.id);
            let error = answer.and_then(|asked| asked.error.as_ref());
            let held = buy.is_held();
            MediaBuyResult {
                media_buy_id: buy.id.to_string(),
                name: buy.name.clone(),
                previous_status: before.buy(&buy.id).map_or(buy.status, |buy| buy.status),
                new_status: buy.status,
                success: error.is_none() && !held,
                held,
                error: error.map(|error| error.message.clone()),
            }
        })
        .collect();
    let errors = asked
        .iter()
        .filter_map(|asked| {
            let agent = campaign
                .buy(&asked.media_buy_id)
                .map(|buy| buy.agent_id.to_string())
                .unwrap_or_default();
            let error = asked.error.as_ref()?;
            let debug = debug.then(|| asked.raw.as_ref().map(raw_out)).flatten();
            Some(SubmissionError::for_buy(
                asked.media_buy_id.to_string(),
                agent,
                error,
                debug,
            ))
        })
        .collect();
    LifecycleOut::of(&campaign, cascade.previous, results, errors)
}

/// The raw exchange of a buy that did not go through, when it was asked for.
pub(super) fn debug_out(
    raw: Option<&RawExchange>,
    debug: bool,
    trouble: &Trouble,
) -> Option<DebugOut> {
    debug.then(|| {
        raw.map_or_else(
            || DebugOut {
                error: Some(trouble.error.message.clone()),
                ..DebugOut::default()
            },
            raw_out,
        )
    })
}

/// The raw exchange as callers read it; credentials were removed when it was recorded.
fn raw_out(raw: &RawExchange) -> DebugOut {
    let RawExchange {
        task,
        request,
        response,
        http_status,
        took_ms,
    } = raw;
    let status = http_status.map_or_else(
        || "no HTTP answer".to_owned(),
        |status| format!("HTTP {status}"),
    );
    DebugOut {
        request: json(request),
        response: response.as_ref().and_then(json),
        debug_logs: vec![format!("{task}: {status} after {took_ms} ms")],
        error: response.is_none().then(|| "no answer came back".to_owned()),
    }
}

fn json(value: &Value) -> Option<flighting_core::wire::Json> {
    serde_json::from_value(value.clone()).ok()
}
