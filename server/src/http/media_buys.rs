//! Media buys: the live status, one buy, its packages (contract 9), what a person says of one, and
//! the answer to its seller's question.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use flighting_core::campaign::Campaign;
use flighting_core::error::Code;
use flighting_core::ids::{CampaignId, MediaBuyId};
use flighting_core::media_buy::{MediaBuy, SubmissionState};
use flighting_core::wire::execute::SubmissionError;
use flighting_core::wire::media_buy::{
    MediaBuyOut, PackageOut, ReconcileAction, ReconcileIn, ReconcileOut,
};
use flighting_core::wire::question::{AnswerIn, AnswerOut};
use flighting_core::wire::status::{Asked, MediaBuyStatusOut, RefreshSource, StatusError};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{Body, PathId};
use super::envelope::{self, Answer};
use super::lifecycle::debug_out;
use super::query::Query;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Fault;
use crate::flows;
use crate::flows::reconcile::Saying;

/// One media buy.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OneMediaBuy)]
struct One {
    /// The campaign it belongs to.
    campaign_id: String,
    /// The buy.
    media_buy: MediaBuyOut,
}

/// The packages of a media buy.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PackageList {
    /// The buy.
    media_buy_id: String,
    /// Whether its packages follow pacing periods.
    is_paced: bool,
    /// How many there are.
    package_count: u64,
    /// By product, then period.
    packages: Vec<PackageOut>,
}

/// The media buys' operations.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(status))
        .routes(routes!(get))
        .routes(routes!(packages))
        .routes(routes!(reconcile))
        .routes(routes!(answer))
}

/// Ask sellers for the status of a campaign's media buys
///
/// Asks every agent that holds one which is not over, keeps what they say, and never fails because
/// of an agent: those that could not tell stand in `errors`.
#[utoipa::path(
    get, path = "/campaigns/{campaignId}/media-buy-status", tag = "media buys",
    params(("campaignId" = String, Path, description = "Its id, `cmp_…`")),
    responses((status = 200, description = "As the sellers say", body = MediaBuyStatusOut))
)]
async fn status(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<CampaignId>,
    query: Query,
) -> Answer {
    query.finish()?;
    let done = flows::refresh::run(&app, &caller.account, &id, None).await?;
    let errors = done
        .errors
        .iter()
        .map(|(buy, error)| StatusError {
            media_buy_id: buy.to_string(),
            error: error.message.clone(),
            code: Some(error.code.clone()),
        })
        .collect();
    let agents = u32::try_from(done.agents_queried).unwrap_or(u32::MAX);
    let mut forwarded = HashMap::new();
    for buy in done.campaign.buys() {
        let sent = app.store.submission(&caller.account, &buy.id).await?;
        forwarded.insert(buy.id.clone(), sent.and_then(|sent| sent.first_sent_at));
    }
    let source = |buy: &MediaBuy| {
        if done.answered.contains(&buy.id) {
            RefreshSource::DirectAgent
        } else if done.errors.iter().any(|(failed, _)| *failed == buy.id)
            || buy.submission == SubmissionState::Silent
        {
            RefreshSource::RefreshFailed
        } else if buy.status.has_ended() {
            RefreshSource::PersistedTerminal
        } else {
            RefreshSource::NotSubmitted
        }
    };
    let asked = Asked {
        agents_queried: agents,
        errors,
    };
    let about = |buy: &MediaBuy| {
        let sent = forwarded.get(&buy.id).copied().flatten();
        (source(buy), sent)
    };
    envelope::ok(MediaBuyStatusOut::of(
        &done.before,
        &done.campaign,
        asked,
        about,
    )?)
}

/// Say what became of a media buy
///
/// For a media buy that waits for a person: its `reconciliation` says why, since when, and what the
/// seller holds that may be it. `link` says that it is one of the seller's media buys, which is
/// looked up there; where the seller holds other packages than were sent, it takes them over.
/// `release` says that the seller does not hold it: it becomes FAILED, and executing the campaign
/// sends it again.
#[utoipa::path(
    post, path = "/media-buys/{mediaBuyId}/reconcile", tag = "media buys", request_body = ReconcileIn,
    params(("mediaBuyId" = String, Path, description = "Its id, `mb_…`")),
    responses((status = 200, description = "The media buy afterwards", body = ReconcileOut))
)]
async fn reconcile(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<MediaBuyId>,
    Body(json): Body,
) -> Answer {
    let ReconcileIn {
        action,
        seller_media_buy_id,
        expected_revision,
    } = ReconcileIn::read(&json).map_err(Fault::violations)?;
    let saying = match (action, seller_media_buy_id) {
        (ReconcileAction::Link, Some(seller_media_buy_id)) => Saying::Link {
            seller_media_buy_id,
        },
        (ReconcileAction::Link, None) => {
            return Err(Fault::invalid(
                "sellerMediaBuyId",
                Code::Required,
                "expected the seller's id of the media buy to link",
            ));
        }
        (ReconcileAction::Release, _) => Saying::Release,
    };
    let campaign =
        flows::reconcile::decide(&app, &caller.actor(), &id, &saying, expected_revision).await?;
    let buy = campaign.buy(&id).ok_or(Fault::NotFound("media buy"))?;
    envelope::ok(ReconcileOut::of(&campaign, buy, action)?)
}

/// Read a media buy
#[utoipa::path(
    get, path = "/media-buys/{mediaBuyId}", tag = "media buys",
    params(("mediaBuyId" = String, Path, description = "Its id, `mb_…`")),
    responses((status = 200, description = "The media buy", body = One))
)]
async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<MediaBuyId>,
    query: Query,
) -> Answer {
    query.finish()?;
    let (campaign, media_buy) = find(&app, &caller, &id).await?;
    envelope::ok(One {
        campaign_id: campaign.id().to_string(),
        media_buy,
    })
}

/// List the packages of a media buy
#[utoipa::path(
    get, path = "/media-buys/{mediaBuyId}/packages", tag = "media buys",
    params(("mediaBuyId" = String, Path, description = "Its id, `mb_…`")),
    responses((status = 200, description = "By product, then period", body = PackageList))
)]
async fn packages(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<MediaBuyId>,
    query: Query,
) -> Answer {
    query.finish()?;
    let (_, buy) = find(&app, &caller, &id).await?;
    envelope::ok(PackageList {
        media_buy_id: buy.media_buy_id,
        is_paced: buy
            .packages
            .iter()
            .any(|package| package.pacing_period.is_some()),
        package_count: u64::try_from(buy.packages.len()).unwrap_or(u64::MAX),
        packages: buy.packages,
    })
}

/// Answer a seller's question
///
/// Where the buy shows an answerable `question`: the answer goes, once, into the conversation that
/// the seller keeps open. 422 with the seller's words where it takes answers elsewhere. A seller
/// that does not take the answer is told in `errors`, in a 200.
#[utoipa::path(
    post, path = "/media-buys/{mediaBuyId}/answer", tag = "media buys", request_body = AnswerIn,
    params(("mediaBuyId" = String, Path, description = "Its id, `mb_…`")),
    responses((status = 200, description = "What came of it", body = AnswerOut))
)]
async fn answer(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<MediaBuyId>,
    Body(json): Body,
) -> Answer {
    let said = AnswerIn::read(&json).map_err(Fault::violations)?;
    let done = flows::answer::run(&app, &caller.actor(), &id, &said).await?;
    let buy = done.campaign.buy(&id).ok_or(Fault::NotFound("media buy"))?;
    let errors = done
        .trouble
        .iter()
        .map(|(trouble, raw)| {
            SubmissionError::of(trouble, debug_out(raw.as_ref(), said.debug, trouble))
        })
        .collect();
    envelope::ok(AnswerOut {
        campaign_id: done.campaign.id().to_string(),
        success: done.trouble.is_none(),
        previous_status: done.previous,
        new_status: buy.status,
        media_buy: MediaBuyOut::of(buy, done.campaign.currency())?,
        errors,
        revision: done.campaign.revision(),
    })
}

async fn find(
    app: &App,
    caller: &Caller,
    id: &MediaBuyId,
) -> Result<(Arc<Campaign>, MediaBuyOut), Fault> {
    let missing = || Fault::NotFound("media buy");
    let campaign = app
        .store
        .campaign_of_buy(&caller.account, id)
        .await?
        .ok_or_else(missing)?;
    let campaign = app
        .store
        .campaign(&caller.account, &campaign)
        .await?
        .ok_or_else(missing)?
        .value;
    let buy = campaign.buy(id).ok_or_else(missing)?;
    let out = MediaBuyOut::of(buy, campaign.currency())?;
    Ok((campaign, out))
}
