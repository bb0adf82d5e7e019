//! Creating campaigns, and binding discovery sessions to them.

use chrono::{DateTime, Utc};
use flighting_core::advertiser::{Advertiser, AdvertiserStatus};
use flighting_core::campaign::{Campaign, CampaignDraft, CampaignStatus};
use flighting_core::error::Code;
use flighting_core::ids::{CampaignId, DiscoveryId, ProductId};
use flighting_core::selection::{Choice, DiscoverySession};

use super::{ATTEMPTS, commit, discover, events, moved};
use crate::app::App;
use crate::error::{Clash, Fault};
use crate::store::{AccountId, Actor, Change, StoreError, Stored};

/// Begins a campaign in DRAFT, bound to its discovery session where it names one.
///
/// # Errors
/// An archived advertiser, a session that is unknown, bound or another advertiser's, products
/// that the session does not offer.
pub async fn create(
    app: &App,
    by: &Actor,
    owner: Stored<Advertiser>,
    draft: CampaignDraft,
) -> Result<Campaign, Fault> {
    let Stored {
        value: owner,
        version,
    } = owner;
    if owner.status == AdvertiserStatus::Archived {
        return Err(Fault::clash(
            Clash::Archived,
            "the advertiser is archived: restore it first",
        ));
    }
    let now = app.clock.now();
    let ids = app.ids;
    let product_ids = draft.product_ids.clone();
    let campaign = Campaign::create(ids.campaign(), draft, &mut || ids.cap(), now);
    let mut change = Change::of(by);
    change.advertiser_seen = Some((owner.id.clone(), version));
    if let Some(id) = &campaign.plan().discovery_id {
        let Stored {
            value: mut session,
            version,
        } = free_session(app, &by.account, &campaign, id).await?;
        session.campaign_id = Some(campaign.id().clone());
        preselect(&mut session, &product_ids, &campaign, now)?;
        change.discovery = Some((session, version));
    }
    change.campaign_new = Some(campaign.clone());
    commit(app, change).await?;
    Ok(campaign)
}

/// Products of the session named at create (contract 3.1).
fn preselect(
    session: &mut DiscoverySession,
    product_ids: &[String],
    campaign: &Campaign,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    if product_ids.is_empty() {
        return Ok(());
    }
    let choices: Vec<_> = product_ids
        .iter()
        .map(|id| Choice {
            product_id: ProductId(id.clone()),
            agent_id: None,
            pricing_option_id: None,
            budget: None,
            bid: None,
        })
        .collect();
    session
        .select(&choices, campaign.currency(), now)
        .map_err(|violations| {
            let renamed = violations.into_iter().map(|mut violation| {
                // Here the products are plain ids.
                if let Some((place, _)) = violation.path.split_once("].") {
                    violation.path = format!("{}]", place.replacen("products", "productIds", 1));
                }
                violation
            });
            Fault::violations(renamed.collect())
        })
}

/// Binds a session that was begun for a campaign to it, where the campaign has none yet; one that
/// has keeps its own, and the session stays free.
pub(super) async fn attach(
    app: &App,
    by: &Actor,
    id: &CampaignId,
    session: &DiscoveryId,
) -> Result<DiscoverySession, Fault> {
    let account = &by.account;
    for _ in 0..ATTEMPTS {
        let Stored {
            value: mut kept,
            version,
        } = discover::find(app, account, session).await?;
        let stored = app
            .store
            .campaign(account, id)
            .await?
            .ok_or(Fault::NotFound("campaign"))?;
        let (before, campaign_version) = stored.into_parts();
        let free = before.plan().discovery_id.is_none()
            && before.advertiser_id() == &kept.advertiser_id
            && kept.campaign_id.is_none()
            && before.status() != CampaignStatus::Archived;
        if !free {
            return Ok(kept);
        }
        let now = app.clock.now();
        let mut campaign = before.clone();
        campaign.attach(session.clone(), now)?;
        kept.campaign_id = Some(id.clone());
        let mut change = Change::of(by);
        change.events = events::between(&before, &campaign, now);
        change.campaign = Some((campaign, campaign_version));
        change.discovery = Some((kept.clone(), version));
        match commit(app, change).await {
            Ok(_) => return Ok(kept),
            Err(StoreError::Stale { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(moved())
}

/// A session that a campaign may take: its advertiser's, and no other campaign's.
pub(super) async fn free_session(
    app: &App,
    account: &AccountId,
    campaign: &Campaign,
    id: &DiscoveryId,
) -> Result<Stored<DiscoverySession>, Fault> {
    let unknown = || {
        Fault::invalid(
            "discoveryId",
            Code::NotFound,
            format!("there is no discovery session `{id}` of this advertiser"),
        )
    };
    let stored = app
        .store
        .discovery(account, id)
        .await?
        .ok_or_else(unknown)?;
    if stored.value.advertiser_id != *campaign.advertiser_id() {
        return Err(unknown());
    }
    match &stored.value.campaign_id {
        Some(other) if other != campaign.id() => Err(Fault::invalid(
            "discoveryId",
            Code::Contradiction,
            format!("the discovery session `{id}` belongs to another campaign"),
        )),
        _ => Ok(stored),
    }
}
