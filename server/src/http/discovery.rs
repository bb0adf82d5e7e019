//! Discovery sessions: search, browse, select, remove (contract 6).

use std::sync::Arc;

use axum::extract::State;
use flighting_core::advertiser::Advertiser;
use flighting_core::campaign::Campaign;
use flighting_core::error::Code;
use flighting_core::ids::DiscoveryId;
use flighting_core::money::Money;
use flighting_core::selection::DiscoverySession;
use flighting_core::wire::campaign::named_advertiser;
use flighting_core::wire::discovery::{
    DeselectIn, DiscoverIn, DiscoverOut, GroupPaging, SelectionIn, SelectionOut, read_deselection,
    read_discover, read_selection,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{Body, PathId};
use super::envelope::{self, Answer};
use super::query::Query;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Fault;
use crate::flows;
use crate::store::AccountId;

/// The sessions' operations.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(discover))
        .routes(routes!(browse))
        .routes(routes!(select, selection, deselect))
}

/// Search for products at sales agents
///
/// At all that are in use, or at those that `salesAgentIds` names; in a new session, or anew in one that there is. A campaign that is named gives its brief,
/// money, flight, channels and countries where the request names none; a new session becomes its
/// session if it has none yet. `agents` says of each that was asked what became of it; no products
/// is no error.
#[utoipa::path(
    post, path = "/discovery/discover-products", tag = "discovery", request_body = DiscoverIn,
    responses((status = 200, description = "Products by sales agent", body = DiscoverOut))
)]
async fn discover(State(app): State<Arc<App>>, caller: Caller, Body(json): Body) -> Answer {
    let owner = match named_advertiser(&json) {
        Some(id) => app
            .store
            .advertiser(&caller.account, &id)
            .await?
            .map(|stored| stored.value),
        None => None,
    };
    let request = read_discover(&json, owner.as_ref()).map_err(Fault::violations)?;
    // Read for an advertiser, so there is one.
    let owner = owner.ok_or(Fault::NotFound("advertiser"))?;
    let campaign = match &request.campaign_id {
        Some(id) => {
            let found = app
                .store
                .campaign(&caller.account, id)
                .await?
                .map(|stored| stored.value);
            let of_owner = found.filter(|campaign| *campaign.advertiser_id() == owner.id);
            Some(of_owner.ok_or_else(|| {
                Fault::invalid(
                    "campaignId",
                    Code::NotFound,
                    format!("expected a campaign of this advertiser, got `{id}`"),
                )
            })?)
        }
        None => None,
    };
    let query = request.query(campaign.as_deref())?;
    let session = flows::discover::run(
        &app,
        &caller.actor(),
        &owner,
        request.discovery_id.as_ref(),
        request.campaign_id.as_ref(),
        request.agent_ids.as_deref(),
        query,
    )
    .await?;
    envelope::ok(offered(&app, &caller.account, &owner, &session, request.paging).await?)
}

/// Browse what a session found
///
/// Products by sales agent, a part at a time; no seller is asked.
#[utoipa::path(
    get, path = "/discovery/{discoveryId}/discover-products", tag = "discovery",
    params(
        ("discoveryId" = String, Path, description = "Its id, `dsc_…`"),
        ("groupLimit" = Option<u32>, Query, description = "How many sales agents, 1 to 10; 10 when left out"),
        ("groupOffset" = Option<u32>, Query, description = "After so many sales agents"),
        ("productsPerGroup" = Option<u32>, Query, description = "How many products of each, 1 to 15; 10 when left out"),
        ("productOffset" = Option<u32>, Query, description = "After so many products of each, at most 1,000"),
    ),
    responses((status = 200, description = "Products by sales agent", body = DiscoverOut))
)]
async fn browse(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<DiscoveryId>,
    mut query: Query,
) -> Answer {
    let usual = GroupPaging::default();
    let mut part = |name, min: usize, max: usize, usual: usize| {
        let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        query
            .number(name, wide(min), wide(max))
            .and_then(|number| usize::try_from(number).ok())
            .unwrap_or(usual)
    };
    let paging = GroupPaging {
        group_limit: part("groupLimit", 1, GroupPaging::MAX_GROUPS, usual.group_limit),
        group_offset: part(
            "groupOffset",
            0,
            GroupPaging::MAX_OFFSET,
            usual.group_offset,
        ),
        products_per_group: part(
            "productsPerGroup",
            1,
            GroupPaging::MAX_PRODUCTS,
            usual.products_per_group,
        ),
        product_offset: part(
            "productOffset",
            0,
            GroupPaging::MAX_OFFSET,
            usual.product_offset,
        ),
    };
    query.finish()?;
    let (session, owner) = find(&app, &caller.account, &id).await?;
    envelope::ok(offered(&app, &caller.account, &owner, &session, paging).await?)
}

/// Select products
///
/// One that is selected already takes the new pricing option, budget and bid. All or nothing.
#[utoipa::path(
    post, path = "/discovery/{discoveryId}/products", tag = "discovery", request_body = SelectionIn,
    params(("discoveryId" = String, Path, description = "Its id, `dsc_…`")),
    responses((status = 200, description = "The selection as it is now", body = SelectionOut))
)]
async fn select(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<DiscoveryId>,
    Body(json): Body,
) -> Answer {
    let (_, owner) = find(&app, &caller.account, &id).await?;
    let wanted = read_selection(&json, owner.currency).map_err(Fault::violations)?;
    let now = app.clock.now();
    let session = flows::discover::select(&app, &caller.actor(), &id, |session| {
        check_revision(session, wanted.expected_revision)?;
        session
            .select(&wanted.choices, owner.currency, now)
            .map_err(Fault::violations)
    })
    .await?;
    envelope::ok(selected(&app, &caller.account, &owner, &session).await?)
}

/// Read the selection of a session
#[utoipa::path(
    get, path = "/discovery/{discoveryId}/products", tag = "discovery",
    params(("discoveryId" = String, Path, description = "Its id, `dsc_…`")),
    responses((status = 200, description = "The selection", body = SelectionOut))
)]
async fn selection(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<DiscoveryId>,
    query: Query,
) -> Answer {
    query.finish()?;
    let (session, owner) = find(&app, &caller.account, &id).await?;
    envelope::ok(selected(&app, &caller.account, &owner, &session).await?)
}

/// Take products out of the selection
///
/// All or nothing.
#[utoipa::path(
    delete, path = "/discovery/{discoveryId}/products", tag = "discovery", request_body = DeselectIn,
    params(("discoveryId" = String, Path, description = "Its id, `dsc_…`")),
    responses((status = 200, description = "The selection as it is now", body = SelectionOut))
)]
async fn deselect(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<DiscoveryId>,
    Body(json): Body,
) -> Answer {
    let (_, owner) = find(&app, &caller.account, &id).await?;
    let unwanted = read_deselection(&json).map_err(Fault::violations)?;
    let now = app.clock.now();
    let session = flows::discover::select(&app, &caller.actor(), &id, |session| {
        check_revision(session, unwanted.expected_revision)?;
        session
            .deselect(&unwanted.keys, now)
            .map_err(Fault::violations)
    })
    .await?;
    envelope::ok(selected(&app, &caller.account, &owner, &session).await?)
}

fn check_revision(session: &DiscoverySession, expected: Option<u64>) -> Result<(), Fault> {
    match expected {
        Some(expected) if expected != session.revision => Err(Fault::Stale {
            expected,
            current: session.revision,
        }),
        _ => Ok(()),
    }
}

async fn find(
    app: &App,
    account: &AccountId,
    id: &DiscoveryId,
) -> Result<(DiscoverySession, Advertiser), Fault> {
    let session = flows::discover::find(app, account, id).await?.value;
    let owner = app
        .store
        .advertiser(account, &session.advertiser_id)
        .await?
        .ok_or(Fault::NotFound("advertiser"))?
        .value;
    Ok((session, owner))
}

async fn offered(
    app: &App,
    account: &AccountId,
    owner: &Advertiser,
    session: &DiscoverySession,
    paging: GroupPaging,
) -> Result<DiscoverOut, Fault> {
    let at_hand = at_hand(app, account, session).await?;
    Ok(DiscoverOut::of(session, paging, at_hand, owner.currency)?)
}

async fn selected(
    app: &App,
    account: &AccountId,
    owner: &Advertiser,
    session: &DiscoverySession,
) -> Result<SelectionOut, Fault> {
    let at_hand = at_hand(app, account, session).await?;
    Ok(SelectionOut::of(session, at_hand, owner.currency)?)
}

/// The media budget of the campaign that a session is bound to.
async fn at_hand(
    app: &App,
    account: &AccountId,
    session: &DiscoverySession,
) -> Result<Option<Money>, Fault> {
    let Some(id) = &session.campaign_id else {
        return Ok(None);
    };
    let campaign: Option<Arc<Campaign>> = app
        .store
        .campaign(account, id)
        .await?
        .map(|stored| stored.value);
    Ok(campaign
        .map(|campaign| campaign.media_budget())
        .transpose()?)
}
