//! What a campaign delivered, and which creative formats it needs (contract 7.3 and 11).

use std::sync::Arc;

use axum::extract::State;
use flighting_core::ids::CampaignId;
use flighting_core::wire::delivery::DeliveryOut;
use flighting_core::wire::formats::FormatsOut;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::PathId;
use super::campaigns::selection;
use super::envelope::{self, Answer};
use super::query::Query;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Fault;
use crate::flows;

/// The operations of reporting.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(delivery))
        .routes(routes!(formats))
}

/// Read what a campaign delivered
///
/// Per campaign, media buy, package and UTC day, beside what the planned curve expected by now.
/// Media money, without fees. Sellers that tell no days have what is new put on the day it was seen
/// for. `freshness` says when the figures of a buy were true, how they came, and what of them was
/// not taken in. With `fresh=true` sellers are asked first; one that cannot tell leaves the figures
/// it gave before.
#[utoipa::path(
    get, path = "/campaigns/{campaignId}/delivery", tag = "media buys",
    params(
        ("campaignId" = String, Path, description = "Its id, `cmp_…`"),
        ("startDate" = Option<NaiveDate>, Query, description = "Count from this UTC day on; given together with `endDate`"),
        ("endDate" = Option<NaiveDate>, Query, description = "Count up to and with this UTC day"),
        ("fresh" = Option<bool>, Query, description = "Ask the sellers first; false when left out"),
    ),
    responses((status = 200, description = "Delivered beside planned", body = DeliveryOut))
)]
async fn delivery(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<CampaignId>,
    mut query: Query,
) -> Answer {
    let fresh = query.boolean("fresh").unwrap_or(false);
    let range = query.days("startDate", "endDate");
    query.finish()?;
    let campaign = if fresh {
        Arc::new(
            flows::delivery::run(&app, &caller.account, &id)
                .await?
                .campaign,
        )
    } else {
        app.store
            .campaign(&caller.account, &id)
            .await?
            .ok_or(Fault::NotFound("campaign"))?
            .value
    };
    envelope::ok(flows::delivery::view(&app, &caller.account, &campaign, range).await?)
}

/// Read which creative formats a campaign needs
///
/// A selected product needs a creative in at least one of its formats.
#[utoipa::path(
    get, path = "/campaigns/{campaignId}/creatives/formats", tag = "creatives",
    params(("campaignId" = String, Path, description = "Its id, `cmp_…`")),
    responses((status = 200, description = "By campaign and by product", body = FormatsOut))
)]
async fn formats(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<CampaignId>,
    query: Query,
) -> Answer {
    query.finish()?;
    let campaign = app
        .store
        .campaign(&caller.account, &id)
        .await?
        .ok_or(Fault::NotFound("campaign"))?
        .value;
    let selected = selection(&app, &caller.account, &campaign).await?;
    envelope::ok(FormatsOut::of(campaign.id(), &selected, &[]))
}
