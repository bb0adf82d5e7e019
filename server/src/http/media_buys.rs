//! Media buys, read only: the live status, one buy, its packages (contract 9).

use std::sync::Arc;

use axum::extract::State;
use flighting_core::campaign::Campaign;
use flighting_core::ids::{CampaignId, MediaBuyId};
use flighting_core::media_buy::SubmissionState;
use flighting_core::wire::media_buy::{MediaBuyOut, PackageOut};
use flighting_core::wire::status::{MediaBuyStatusOut, RefreshSource, StatusError};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::PathId;
use super::envelope::{self, Answer};
use super::query::Query;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Fault;
use crate::flows;

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
    envelope::ok(MediaBuyStatusOut::of(
        &done.before,
        &done.campaign,
        agents,
        errors,
        |buy| {
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
        },
    )?)
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
