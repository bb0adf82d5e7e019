//! Advertisers: who owns campaigns and pays (C 2, decision 4 for `marginPercent`).

use std::sync::Arc;

use axum::extract::State;
use flighting_core::advertiser::{Advertiser, AdvertiserStatus};
use flighting_core::ids::AdvertiserId;
use flighting_core::targeting::{CapRule, replace_caps};
use flighting_core::wire::Json;
use flighting_core::wire::advertiser::{
    AdvertiserDraft, AdvertiserIn, AdvertiserOut, AdvertiserPatchIn, AdvertiserUpdate,
    read_advertiser, read_advertiser_update,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{Body, PathId};
use super::envelope::{self, Answer};
use super::query::Query;
use crate::app::App;
use crate::auth::Caller;
use crate::error::{Clash, Fault};
use crate::flows;
use crate::store::{AdvertiserFilter, Change, StoreError, Stored};

/// How often a row that moves under our hands is read again.
const TRIES: usize = 4;

/// One advertiser.
#[derive(Debug, Serialize, ToSchema)]
struct OneAdvertiser {
    advertiser: AdvertiserOut,
}

/// A page of advertisers.
#[derive(Debug, Serialize, ToSchema)]
struct AdvertiserList {
    advertisers: Vec<AdvertiserOut>,
    /// How many there are in all.
    total: u64,
}

pub(crate) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(get, update, archive))
        .routes(routes!(restore))
}

/// Create an advertiser
#[utoipa::path(
    post, path = "/advertisers", tag = "advertisers", request_body = AdvertiserIn,
    responses((status = 201, description = "Created", body = OneAdvertiser))
)]
async fn create(State(app): State<Arc<App>>, caller: Caller, Body(json): Body) -> Answer {
    let AdvertiserDraft {
        name,
        description,
        brand,
        currency,
        apply_mode,
        margin_percent,
        sandbox,
        caps,
    } = read_advertiser(&json).map_err(Fault::violations)?;
    let now = app.clock.real_now();
    let mut advertiser = Advertiser {
        id: app.ids.advertiser(),
        name,
        description,
        brand,
        currency,
        apply_mode,
        margin_percent,
        sandbox,
        caps: Vec::new(),
        status: AdvertiserStatus::Active,
        created_at: now,
        updated_at: now,
        revision: 1,
    };
    set_caps(&app, &mut advertiser, Some(caps));
    let mut change = Change::of(caller.actor());
    change.advertiser_new = Some(advertiser.clone());
    flows::commit(&app, change).await?;
    let path = format!("/advertisers/{}", advertiser.id);
    envelope::created(
        &path,
        OneAdvertiser {
            advertiser: AdvertiserOut::of(&advertiser, false),
        },
    )
}

fn set_caps(app: &App, advertiser: &mut Advertiser, rules: Option<Vec<CapRule>>) {
    let rules = rules.map(|rules| {
        rules
            .into_iter()
            .map(|rule| (app.ids.cap(), rule))
            .collect()
    });
    replace_caps(&mut advertiser.caps, rules, app.clock.real_now());
}

/// List advertisers
///
/// Newest first.
#[utoipa::path(
    get, path = "/advertisers", tag = "advertisers",
    params(
        ("status" = Option<String>, Query, description = "`ACTIVE` (default), `ARCHIVED` or `ALL`"),
        ("name" = Option<String>, Query, description = "Only with this in the name, capitals or not"),
        ("sandbox" = Option<bool>, Query, description = "Only sandbox ones, or only real ones"),
        ("take" = Option<u64>, Query, description = "At most so many, 1 to 250; 50 when left out"),
        ("skip" = Option<u64>, Query, description = "Leave out so many"),
    ),
    responses((status = 200, description = "A page", body = AdvertiserList))
)]
async fn list(State(app): State<Arc<App>>, caller: Caller, mut query: Query) -> Answer {
    let status = query.word(
        "status",
        &["ACTIVE", "ARCHIVED", "ALL"],
        |word| match word {
            "ALL" => Some(None),
            word => AdvertiserStatus::parse(word).map(Some),
        },
    );
    let name_contains = query.text("name", 255).filter(|name| !name.is_empty());
    let sandbox = query.boolean("sandbox");
    let paging = query.paging(50, 250);
    query.finish()?;
    let filter = AdvertiserFilter {
        status: status.unwrap_or(Some(AdvertiserStatus::Active)),
        name_contains,
        sandbox,
        take: u32::try_from(paging.take).unwrap_or(u32::MAX),
        skip: paging.skip,
    };
    let found = app.store.advertisers(&caller.account, &filter).await?;
    let mut advertisers = Vec::with_capacity(found.rows.len());
    for advertiser in &found.rows {
        let locked = app
            .store
            .has_campaigns(&caller.account, &advertiser.id)
            .await?;
        advertisers.push(AdvertiserOut::of(advertiser, locked));
    }
    let page = paging.page(advertisers.len() as u64, found.total);
    envelope::page(
        AdvertiserList {
            advertisers,
            total: found.total,
        },
        page,
    )
}

async fn stored(
    app: &App,
    caller: &Caller,
    id: &AdvertiserId,
) -> Result<Stored<Advertiser>, Fault> {
    app.store
        .advertiser(&caller.account, id)
        .await?
        .ok_or(Fault::NotFound("advertiser"))
}

/// Get an advertiser
#[utoipa::path(
    get, path = "/advertisers/{advertiserId}", tag = "advertisers",
    params(("advertiserId" = String, Path, description = "Its id, `adv_…`")),
    responses((status = 200, description = "The advertiser", body = OneAdvertiser))
)]
async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<AdvertiserId>,
    query: Query,
) -> Answer {
    query.finish()?;
    let advertiser = stored(&app, &caller, &id).await?.value;
    let locked = app.store.has_campaigns(&caller.account, &id).await?;
    envelope::ok(OneAdvertiser {
        advertiser: AdvertiserOut::of(&advertiser, locked),
    })
}

/// Change an advertiser
///
/// What is left out stays. The currency changes only until the first campaign exists; `sandbox`
/// never does.
#[utoipa::path(
    put, path = "/advertisers/{advertiserId}", tag = "advertisers", request_body = AdvertiserPatchIn,
    params(("advertiserId" = String, Path, description = "Its id, `adv_…`")),
    responses((status = 200, description = "The advertiser as it is now", body = OneAdvertiser))
)]
async fn update(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<AdvertiserId>,
    Body(json): Body,
) -> Answer {
    change(&app, &caller, &id, |advertiser, locked| {
        updated(&app, advertiser, &json, locked)
    })
    .await
}

fn updated(
    app: &App,
    advertiser: &mut Advertiser,
    json: &Json,
    locked: bool,
) -> Result<bool, Fault> {
    let AdvertiserUpdate {
        name,
        description,
        brand,
        currency,
        apply_mode,
        margin_percent,
        caps,
        expected_revision,
    } = read_advertiser_update(json, advertiser, locked).map_err(Fault::violations)?;
    if let Some(expected) = expected_revision.filter(|expected| *expected != advertiser.revision) {
        return Err(Fault::Stale {
            expected,
            current: advertiser.revision,
        });
    }
    if advertiser.status == AdvertiserStatus::Archived {
        return Err(Fault::clash(
            Clash::Archived,
            "expected an advertiser in use, got an archived one: restore it first",
        ));
    }
    advertiser.name = name;
    advertiser.description = description;
    advertiser.brand = brand;
    advertiser.currency = currency;
    advertiser.apply_mode = apply_mode;
    advertiser.margin_percent = margin_percent;
    set_caps(app, advertiser, caps);
    Ok(true)
}

/// Loads, decides, writes; once more when the row moved in between. The decision says whether
/// anything changes.
async fn change(
    app: &App,
    caller: &Caller,
    id: &AdvertiserId,
    decide: impl Fn(&mut Advertiser, bool) -> Result<bool, Fault>,
) -> Answer {
    for _ in 0..TRIES {
        let Stored { mut value, version } = stored(app, caller, id).await?;
        let locked = app.store.has_campaigns(&caller.account, id).await?;
        if decide(&mut value, locked)? {
            value.revision += 1;
            value.updated_at = app.clock.real_now();
            let mut change = Change::of(caller.actor());
            change.advertiser = Some((value.clone(), version));
            match flows::commit(app, change).await {
                Ok(_) => {}
                // Somebody was faster; or made the first campaign, which the next look sees.
                Err(StoreError::Stale { .. } | StoreError::InUse { .. }) => continue,
                Err(error) => return Err(error.into()),
            }
        }
        return envelope::ok(OneAdvertiser {
            advertiser: AdvertiserOut::of(&value, locked),
        });
    }
    Err(Fault::clash(
        Clash::Moved,
        "the advertiser keeps changing: try again",
    ))
}

/// Archive an advertiser
///
/// Its campaigns are kept; new ones are refused until it is restored.
#[utoipa::path(
    delete, path = "/advertisers/{advertiserId}", tag = "advertisers",
    params(
        ("advertiserId" = String, Path, description = "Its id, `adv_…`"),
        ("expectedRevision" = Option<u64>, Query, description = "The revision that was seen; another one is a conflict"),
    ),
    responses((status = 204, description = "Archived, now or before"))
)]
async fn archive(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<AdvertiserId>,
    mut query: Query,
) -> Answer {
    let expected = query.number("expectedRevision", 1, u64::MAX);
    query.finish()?;
    change(&app, &caller, &id, |advertiser, _| {
        if let Some(expected) = expected.filter(|expected| *expected != advertiser.revision) {
            return Err(Fault::Stale {
                expected,
                current: advertiser.revision,
            });
        }
        let was = std::mem::replace(&mut advertiser.status, AdvertiserStatus::Archived);
        Ok(was != AdvertiserStatus::Archived)
    })
    .await?;
    envelope::none()
}

/// Restore an archived advertiser
#[utoipa::path(
    post, path = "/advertisers/{advertiserId}/restore", tag = "advertisers",
    params(("advertiserId" = String, Path, description = "Its id, `adv_…`")),
    responses((status = 200, description = "The advertiser, in use again", body = OneAdvertiser))
)]
async fn restore(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<AdvertiserId>,
) -> Answer {
    change(&app, &caller, &id, |advertiser, _| {
        let was = std::mem::replace(&mut advertiser.status, AdvertiserStatus::Active);
        Ok(was != AdvertiserStatus::Active)
    })
    .await
}
