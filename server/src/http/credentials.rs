//! An advertiser's own credentials at sales agents, for routed campaigns (decision 22). They come
//! in and never go out: only whether there are any is told.

use std::sync::Arc;

use axum::extract::{Path, State};
use flighting_core::ids::{AdvertiserId, AgentId};
use flighting_core::wire::agent::{CredentialsIn, CredentialsOut, read_credentials};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::Body;
use super::envelope::{self, Answer};
use super::query::Query;
use crate::app::App;
use crate::auth::Caller;
use crate::error::{Clash, Fault};
use crate::flows;
use crate::secrets::Secret;
use crate::store::{AgentStatus, Change, Credentials, StoreError};

/// Whether there are credentials.
#[derive(Debug, Serialize, ToSchema)]
struct OneCredentials {
    credentials: CredentialsOut,
}

pub(crate) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(get, put, remove))
}

/// The advertiser and the agent of a path, both the caller's own.
async fn place(
    app: &App,
    caller: &Caller,
    (advertiser, agent): (String, String),
) -> Result<(AdvertiserId, AgentId, AgentStatus), Fault> {
    let advertiser = AdvertiserId::parse(&advertiser).ok_or(Fault::NotFound("advertiser"))?;
    app.store
        .advertiser(&caller.account, &advertiser)
        .await?
        .ok_or(Fault::NotFound("advertiser"))?;
    let agent = AgentId::parse(&agent).ok_or(Fault::NotFound("sales agent"))?;
    let record = app
        .store
        .agent(&caller.account, &agent)
        .await?
        .ok_or(Fault::NotFound("sales agent"))?;
    Ok((advertiser, agent, record.value.status))
}

fn shown(
    advertiser: &AdvertiserId,
    agent: &AgentId,
    known: Option<&Credentials>,
) -> OneCredentials {
    OneCredentials {
        credentials: CredentialsOut {
            advertiser_id: advertiser.to_string(),
            sales_agent_id: agent.to_string(),
            has_credentials: known.is_some(),
            since: known.map(|known| known.created_at),
            updated_at: known.map(|known| known.updated_at),
        },
    }
}

/// Tell whether an advertiser has credentials at a sales agent
///
/// They themselves are never shown.
#[utoipa::path(
    get, path = "/advertisers/{advertiserId}/sales-agents/{agentId}/credentials", tag = "advertisers",
    params(
        ("advertiserId" = String, Path, description = "The advertiser's id, `adv_…`"),
        ("agentId" = String, Path, description = "The agent's id, `agt_…`"),
    ),
    responses((status = 200, description = "Whether there are any, and since when", body = OneCredentials))
)]
async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(path): Path<(String, String)>,
    query: Query,
) -> Answer {
    query.finish()?;
    let (advertiser, agent, _) = place(&app, &caller, path).await?;
    let known = app
        .store
        .credentials(&caller.account, &advertiser, &agent)
        .await?;
    envelope::ok(shown(&advertiser, &agent, known.as_ref()))
}

/// Set an advertiser's credentials at a sales agent
///
/// ROUTED campaigns buy with these and with no others. They are encrypted at rest and replace
/// earlier ones at once, for buys that run as well.
#[utoipa::path(
    put, path = "/advertisers/{advertiserId}/sales-agents/{agentId}/credentials", tag = "advertisers",
    request_body = CredentialsIn,
    params(
        ("advertiserId" = String, Path, description = "The advertiser's id, `adv_…`"),
        ("agentId" = String, Path, description = "The agent's id, `agt_…`"),
    ),
    responses((status = 200, description = "Set", body = OneCredentials))
)]
async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(path): Path<(String, String)>,
    Body(json): Body,
) -> Answer {
    let (advertiser, agent, status) = place(&app, &caller, path).await?;
    let token = read_credentials(&json).map_err(Fault::violations)?;
    if status == AgentStatus::Archived {
        return Err(Fault::clash(
            Clash::Archived,
            "expected a sales agent in use, got an archived one",
        ));
    }
    let now = app.clock.real_now();
    let known = app
        .store
        .credentials(&caller.account, &advertiser, &agent)
        .await?;
    let seal_for = Credentials::place(&caller.account, &advertiser, &agent);
    let credentials = Credentials {
        advertiser_id: advertiser.clone(),
        agent_id: agent.clone(),
        token: app.keyring.seal(&seal_for, &Secret::new(token.reveal()))?,
        created_at: known.map_or(now, |known| known.created_at),
        updated_at: now,
    };
    let mut change = Change::of(caller.actor());
    change.credentials = Some(credentials.clone());
    flows::commit(&app, change).await?;
    envelope::ok(shown(&advertiser, &agent, Some(&credentials)))
}

/// Remove an advertiser's credentials at a sales agent
///
/// 409 while a live media buy of a ROUTED campaign needs them.
#[utoipa::path(
    delete, path = "/advertisers/{advertiserId}/sales-agents/{agentId}/credentials", tag = "advertisers",
    params(
        ("advertiserId" = String, Path, description = "The advertiser's id, `adv_…`"),
        ("agentId" = String, Path, description = "The agent's id, `agt_…`"),
    ),
    responses((status = 204, description = "Removed, now or before"))
)]
async fn remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(path): Path<(String, String)>,
) -> Answer {
    let (advertiser, agent, _) = place(&app, &caller, path).await?;
    let known = app
        .store
        .credentials(&caller.account, &advertiser, &agent)
        .await?;
    if known.is_none() {
        return envelope::none();
    }
    let mut change = Change::of(caller.actor());
    change.credentials_gone = Some((advertiser, agent));
    match flows::commit(&app, change).await {
        Ok(_) => envelope::none(),
        Err(StoreError::InUse { .. }) => Err(Fault::clash(
            Clash::InUse,
            "expected no live media buy of a routed campaign that needs these credentials: end them first",
        )),
        Err(error) => Err(error.into()),
    }
}
