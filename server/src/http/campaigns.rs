//! Campaigns: create, list, read, update, archive (contract 3).

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use flighting_core::campaign::{Campaign, CampaignStatus};
use flighting_core::ids::{AdvertiserId, CampaignId};
use flighting_core::media_buy::MediaBuyStatus;
use flighting_core::selection::{DiscoverySession, SelectedProduct};
use flighting_core::wire::Paging;
use flighting_core::wire::campaign::{
    CampaignIn, CampaignOrder, CampaignOut, CampaignPatchIn, CampaignRow, CampaignView,
    named_advertiser, read_create, read_update,
};
use flighting_core::wire::media_buy::{ChangeResult, PacingCascadeResult};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{Body, PathId};
use super::changes;
use super::envelope::{self, Answer};
use super::query::Query;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Fault;
use crate::flows;
use crate::flows::archive::Archived;
use crate::store::{AccountId, CampaignFilter, CampaignSummary};

/// One campaign.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OneCampaign)]
pub struct One {
    /// The campaign.
    campaign: CampaignOut,
}

/// A campaign after an update.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ChangedCampaign)]
pub struct Changed {
    /// The campaign as it is now.
    campaign: CampaignOut,
    /// One entry per entry of `mediaBuys`, in its order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    media_buy_results: Vec<ChangeResult>,
    /// What became of appended pacing periods; only there when some were appended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pacing_cascade_result: Option<PacingCascadeResult>,
}

/// A page of campaigns.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CampaignList)]
struct List {
    /// Summaries, newest first.
    campaigns: Vec<CampaignRow>,
    /// How many fit the filter in all.
    total: u64,
}

/// The campaigns' operations.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(create, list))
        .routes(routes!(get, update, archive))
}

/// Create a campaign
///
/// It begins in DRAFT. A discovery session that it names is bound to it.
#[utoipa::path(
    post, path = "/campaigns", tag = "campaigns", request_body = CampaignIn,
    responses((status = 201, description = "Created, in DRAFT", body = One))
)]
async fn create(State(app): State<Arc<App>>, caller: Caller, Body(json): Body) -> Answer {
    let owner = match named_advertiser(&json) {
        Some(id) => app.store.advertiser(&caller.account, &id).await?,
        None => None,
    };
    let draft =
        read_create(&json, owner.as_ref().map(|owner| &owner.value)).map_err(Fault::violations)?;
    // Read for an advertiser, so there is one.
    let owner = owner.ok_or(Fault::NotFound("advertiser"))?;
    let campaign = flows::campaign::create(&app, &caller.actor(), owner, draft).await?;
    let path = format!("/campaigns/{}", campaign.id());
    envelope::created(
        &path,
        One {
            campaign: view(&app, &caller.account, &campaign).await?,
        },
    )
}

/// List campaigns
///
/// Summaries, newest first unless asked otherwise. Archived ones only when asked for.
#[utoipa::path(
    get, path = "/campaigns", tag = "campaigns",
    params(
        ("advertiserId" = Option<String>, Query, description = "Only of this advertiser"),
        ("name" = Option<String>, Query, description = "Only with this in the name, capitals or not"),
        ("status" = Option<String>, Query, description = "One or several of DRAFT, ACTIVE, PAUSED, COMPLETED, ARCHIVED, joined by commas, or ALL; all but ARCHIVED when left out"),
        ("mediaBuyStatus" = Option<String>, Query, description = "Only with a media buy in one of these statuses, joined by commas"),
        ("includeArchived" = Option<bool>, Query, description = "Also archived ones; implied by `status=ARCHIVED`"),
        ("sort" = Option<String>, Query, description = "In which order: with `-` before it downwards; `-createdAt` when left out"),
        ("take" = Option<u64>, Query, description = "At most so many, 1 to 250; 50 when left out"),
        ("skip" = Option<u64>, Query, description = "Leave out so many"),
    ),
    responses((status = 200, description = "A page", body = List))
)]
async fn list(State(app): State<Arc<App>>, caller: Caller, mut query: Query) -> Answer {
    let advertiser_id = query.parsed(
        "advertiserId",
        "an advertiser's id, `adv_…`",
        AdvertiserId::parse,
    );
    let name_contains = query
        .text("name", 255)
        .filter(|name| !name.trim().is_empty());
    let mut words: Vec<&str> = CampaignStatus::ALL.map(CampaignStatus::as_str).to_vec();
    words.push("ALL");
    let wanted = query.words("status", &words, |word| match word {
        "ALL" => Some(None),
        word => CampaignStatus::parse(word).map(Some),
    });
    let buy_statuses = query.words(
        "mediaBuyStatus",
        &MediaBuyStatus::ALL.map(MediaBuyStatus::as_str),
        MediaBuyStatus::parse,
    );
    let include_archived = query.boolean("includeArchived").unwrap_or(false);
    let order = query.word("sort", CampaignOrder::WORDS, CampaignOrder::parse);
    let paging = query.paging(Paging::DEFAULT_TAKE, Paging::MAX_TAKE);
    query.finish()?;
    let filter = CampaignFilter {
        advertiser_id,
        name_contains,
        statuses: statuses(&wanted, include_archived),
        buy_statuses,
        order: order.unwrap_or_default(),
        take: u32::try_from(paging.take).unwrap_or(u32::MAX),
        skip: paging.skip,
    };
    let page = app.store.campaigns(&caller.account, &filter).await?;
    let campaigns: Vec<CampaignRow> = page.rows.into_iter().map(row).collect();
    let returned = u64::try_from(campaigns.len()).unwrap_or(u64::MAX);
    envelope::page(
        List {
            campaigns,
            total: page.total,
        },
        paging.page(returned, page.total),
    )
}

/// The statuses to ask the store for; it takes none as all five.
fn statuses(wanted: &[Option<CampaignStatus>], include_archived: bool) -> Vec<CampaignStatus> {
    if wanted.contains(&None) {
        return Vec::new();
    }
    let mut named: Vec<_> = wanted.iter().flatten().copied().collect();
    if named.is_empty() {
        named = CampaignStatus::ALL
            .into_iter()
            .filter(|status| *status != CampaignStatus::Archived)
            .collect();
    }
    if include_archived && !named.contains(&CampaignStatus::Archived) {
        named.push(CampaignStatus::Archived);
    }
    named
}

fn row(summary: CampaignSummary) -> CampaignRow {
    let CampaignSummary {
        id,
        advertiser_id,
        name,
        status,
        campaign_type,
        flight,
        total,
        constraints,
        discovery_id: _,
        product_count,
        media_buy_status,
        media_buy_status_counts: _,
        revision: _,
        created_at,
        updated_at,
    } = summary;
    CampaignRow {
        campaign_id: id.to_string(),
        advertiser_id: advertiser_id.to_string(),
        name,
        status,
        campaign_type,
        flight_dates: flight.into(),
        budget: total.into(),
        constraints: (&constraints).into(),
        product_count: (status == CampaignStatus::Draft).then_some(u64::from(product_count)),
        media_buy_status,
        created_at,
        updated_at,
    }
}

/// Read a campaign
///
/// With its media buys and packages, its money, and the one status of its buys explained.
#[utoipa::path(
    get, path = "/campaigns/{campaignId}", tag = "campaigns",
    params(("campaignId" = String, Path, description = "Its id, `cmp_…`")),
    responses((status = 200, description = "The campaign", body = One))
)]
async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<CampaignId>,
    query: Query,
) -> Answer {
    query.finish()?;
    let versions = app
        .store
        .campaign_versions(&caller.account, &id)
        .await?
        .ok_or(Fault::NotFound("campaign"))?;
    if let Some(written) = app.answers.get(&id, &versions) {
        return Ok(envelope::json(StatusCode::OK, written));
    }
    let stored = app
        .store
        .campaign(&caller.account, &id)
        .await?
        .ok_or(Fault::NotFound("campaign"))?;
    let answer = envelope::bytes(One {
        campaign: view(&app, &caller.account, &stored.value).await?,
    })?;
    app.answers.put(id, versions, answer.clone());
    Ok(envelope::json(StatusCode::OK, answer))
}

/// Change a campaign
///
/// Members that are left out stay. What concerns us is all or nothing. `mediaBuys` acts on single
/// media buys: their sellers are asked at the same time, and what each said stands in
/// `mediaBuyResults`; live values stay until it said yes. A smaller budget or a narrower flight that
/// needs them waits in `pendingPlan`. Appending pacing periods to an executed campaign adds packages
/// to its live media buys, told in `pacingCascadeResult`.
#[utoipa::path(
    put, path = "/campaigns/{campaignId}", tag = "campaigns", request_body = CampaignPatchIn,
    params(("campaignId" = String, Path, description = "Its id, `cmp_…`")),
    responses((status = 200, description = "The campaign as it is now, and what became of each media buy named", body = Changed))
)]
async fn update(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<CampaignId>,
    Body(json): Body,
) -> Answer {
    let done = flows::update::run(&app, &caller.actor(), &id, |campaign| {
        read_update(&json, campaign)
    })
    .await?;
    envelope::ok(Changed {
        campaign: view(&app, &caller.account, &done.campaign).await?,
        media_buy_results: changes::results(&done),
        pacing_cascade_result: changes::cascade(&done),
    })
}

/// Archive a campaign
///
/// With its media buys and packages; they are kept for reporting. Those that are at a seller are
/// cancelled there first; when one is not confirmed the answer is 409 and the campaign stays.
#[utoipa::path(
    delete, path = "/campaigns/{campaignId}", tag = "campaigns",
    params(
        ("campaignId" = String, Path, description = "Its id, `cmp_…`"),
        ("expectedRevision" = Option<u64>, Query, description = "The revision that was seen; another one is a conflict"),
    ),
    responses((status = 204, description = "Archived"))
)]
async fn archive(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<CampaignId>,
    mut query: Query,
) -> Answer {
    let expected = query.number("expectedRevision", 1, i64::MAX.unsigned_abs());
    query.finish()?;
    match flows::archive::run(&app, &caller.actor(), &id, expected).await? {
        Archived::Done => envelope::none(),
        Archived::NotConfirmed {
            campaign,
            before,
            asked,
        } => Err(changes::not_confirmed(&before, &campaign, &asked)),
    }
}

/// The answer for a campaign: with its owner and its selection.
pub(super) async fn view(
    app: &App,
    account: &AccountId,
    campaign: &Campaign,
) -> Result<CampaignOut, Fault> {
    let advertiser = app
        .store
        .advertiser(account, campaign.advertiser_id())
        .await?
        .ok_or(Fault::NotFound("advertiser"))?
        .value;
    let selection = selection(app, account, campaign).await?;
    Ok(CampaignOut::of(CampaignView {
        campaign,
        advertiser: &advertiser,
        selection: &selection,
    })?)
}

/// What is selected in a campaign's session; empty without one.
pub(super) async fn selection(
    app: &App,
    account: &AccountId,
    campaign: &Campaign,
) -> Result<Vec<SelectedProduct>, Fault> {
    let session: Option<DiscoverySession> = match &campaign.plan().discovery_id {
        Some(id) => app
            .store
            .discovery(account, id)
            .await?
            .map(|stored| stored.value),
        None => None,
    };
    Ok(session.map(|session| session.selection).unwrap_or_default())
}
