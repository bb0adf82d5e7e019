//! Deleting a campaign (decision 20): its buys end at their sellers first; when all of them have
//! confirmed, the campaign is put away with its buys.

use std::sync::Arc;

use flighting_core::campaign::{Campaign, CampaignStatus};
use flighting_core::ids::{CampaignId, MediaBuyId};

use super::changes::{record, send};
use super::contact::{Contacts, reach_all};
use super::{advertiser, change, check_revision};
use crate::app::App;
use crate::error::Fault;
use crate::store::Actor;

/// What became of a delete.
#[derive(Debug)]
pub enum Archived {
    /// Every seller confirmed; the campaign is put away.
    Done,
    /// Not every seller confirmed: the campaign stays, and those that did confirm have ended.
    NotConfirmed {
        /// The campaign as it is.
        campaign: Arc<Campaign>,
        /// The campaign before.
        before: Arc<Campaign>,
        /// The buys whose sellers were asked.
        asked: Vec<MediaBuyId>,
    },
}

/// Archives a campaign with its buys.
///
/// # Errors
/// What core refuses, a stale revision, an unknown campaign. An archived one counts as unknown.
pub async fn run(
    app: &App,
    by: &Actor,
    id: &CampaignId,
    expected: Option<u64>,
) -> Result<Archived, Fault> {
    let account = &by.account;
    let deadline = app.agent_deadline();
    let before = app
        .store
        .campaign(account, id)
        .await?
        .ok_or(Fault::NotFound("campaign"))?
        .value;
    let mut contacts = Contacts::new();
    if before.status() != CampaignStatus::Archived {
        let owner = advertiser(app, account, before.advertiser_id()).await?;
        let agents = before
            .buys()
            .iter()
            .filter(|buy| buy.status.may_be_at_seller() && buy.seller.media_buy_id.is_some())
            .map(|buy| &buy.agent_id);
        let campaign_type = before.campaign_type();
        reach_all(
            app,
            account,
            &owner,
            campaign_type,
            agents,
            deadline,
            &mut contacts,
        )
        .await?;
    }
    let ((asked, going), _) = change(app, by, id, |campaign, commit, now| {
        if campaign.status() == CampaignStatus::Archived {
            return Err(Fault::NotFound("campaign"));
        }
        check_revision(campaign, expected)?;
        let asked = campaign.cancel_all(now)?.to_send;
        if asked.is_empty() {
            campaign.archive(now)?;
        }
        let going = record(app, account, campaign, &asked, &contacts, commit, now);
        Ok((asked, going))
    })
    .await?;
    if asked.is_empty() {
        crash_point!("delete.archived");
        return Ok(Archived::Done);
    }
    crash_point!("delete.recorded");
    send(app, by, id, going, &contacts, deadline).await?;
    crash_point!("delete.settled");
    let (all, campaign) = change(app, by, id, |campaign, _, now| {
        let all = asked.iter().all(|buy| {
            campaign
                .buy(buy)
                .is_some_and(|buy| !buy.status.may_be_at_seller())
        });
        if all && campaign.status() != CampaignStatus::Archived {
            campaign.archive(now)?;
        }
        Ok(all)
    })
    .await?;
    if all {
        crash_point!("delete.archived");
        return Ok(Archived::Done);
    }
    Ok(Archived::NotConfirmed {
        campaign: Arc::new(campaign),
        before,
        asked,
    })
}
