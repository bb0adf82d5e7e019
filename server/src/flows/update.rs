//! Changing a campaign and its media buys (contract 3.3 and 9.3): core decides, the first commit
//! records what sellers are asked for, each is asked once and at the same time, and what they
//! said is committed.

use std::sync::Arc;

use flighting_core::campaign::{Campaign, CampaignUpdate};
use flighting_core::change::Updated;
use flighting_core::error::Violation;
use flighting_core::ids::CampaignId;

use super::campaign::free_session;
use super::changes::{OnItsWay, record, send};
use super::contact::{Contacts, reach_all};
use super::lifecycle::{Asked, ask_all, wish_job};
use super::{
    ATTEMPTS, advertiser, calendar, check_revision, commit, events, in_seconds, moved, settle,
};
use crate::app::App;
use crate::error::Fault;
use crate::store::{Actor, Change, StoreError, Stored};

/// What an update did.
#[derive(Debug)]
pub struct Done {
    /// The campaign afterwards.
    pub campaign: Arc<Campaign>,
    /// What was decided.
    pub updated: Updated,
    /// What sellers said to pauses and resumes.
    pub asked: Vec<Asked>,
}

/// Changes a campaign.
///
/// # Errors
/// What core refuses, a stale revision, an unknown campaign or session. What sellers refuse is no
/// error: it stands in the answer.
pub async fn run(
    app: &App,
    by: &Actor,
    id: &CampaignId,
    read: impl Fn(&Campaign) -> Result<CampaignUpdate, Vec<Violation>>,
) -> Result<Done, Fault> {
    let account = &by.account;
    let deadline = app.agent_deadline();
    let mut contacts = Contacts::new();
    for _ in 0..ATTEMPTS {
        let stored = app
            .store
            .campaign(account, id)
            .await?
            .ok_or(Fault::NotFound("campaign"))?;
        let (before, version) = stored.into_parts();
        let mut campaign = before.clone();
        let update = read(&campaign).map_err(Fault::violations)?;
        check_revision(&campaign, update.expected_revision)?;
        let moves_session =
            update.touched.discovery_id && update.plan.discovery_id != before.plan().discovery_id;
        let now = app.clock.now();
        let mut ids = app.ids;
        let new_cap = app.ids;
        let updated = campaign.update(update, &mut || new_cap.cap(), &mut ids, now)?;
        let mut change = Change::of(by);
        let mut going: Vec<OnItsWay> = Vec::new();
        if !updated.to_send.is_empty() {
            let owner = advertiser(app, account, campaign.advertiser_id()).await?;
            let agents: Vec<_> = updated
                .to_send
                .iter()
                .filter_map(|buy| campaign.buy(buy))
                .map(|buy| buy.agent_id.clone())
                .collect();
            let campaign_type = campaign.campaign_type();
            reach_all(
                app,
                account,
                &owner,
                campaign_type,
                agents.iter(),
                deadline,
                &mut contacts,
            )
            .await?;
            going = record(
                app,
                account,
                &mut campaign,
                &updated.to_send,
                &contacts,
                &mut change,
                now,
            );
        }
        if moves_session && let Some(session) = &campaign.plan().discovery_id {
            let Stored {
                value: mut session,
                version,
            } = free_session(app, account, &campaign, session).await?;
            session.campaign_id = Some(campaign.id().clone());
            change.discovery = Some((session, version));
        }
        // Should this process end before sellers were asked, the jobs ask them.
        let patience = i64::try_from(app.settings.agent_timeout.as_secs()).unwrap_or(25);
        change.jobs.extend(updated.wishes.iter().map(|send| {
            settle::at(
                wish_job(account, id, &send.media_buy_id),
                in_seconds(app, patience + 5),
            )
        }));
        change.events = events::between(&before, &campaign, now);
        change.jobs.extend(calendar::job(app, account, &campaign));
        change.campaign = Some((campaign.clone(), version));
        crash_point!("update.planned");
        match commit(app, change).await {
            Ok(_) => {}
            Err(StoreError::Stale { .. }) => continue,
            Err(error) => return Err(error.into()),
        }
        crash_point!("update.recorded");
        send(app, by, id, going, &contacts, deadline).await?;
        let mut asked = Vec::new();
        if !updated.wishes.is_empty() {
            let stored = app
                .store
                .campaign(account, id)
                .await?
                .ok_or(Fault::NotFound("campaign"))?;
            // A change that ended the buy meanwhile leaves nothing to pause.
            let wishes: Vec<_> = updated
                .wishes
                .iter()
                .filter(|send| {
                    stored
                        .value
                        .buy(&send.media_buy_id)
                        .is_some_and(|buy| buy.wish == Some(send.wish))
                })
                .cloned()
                .collect();
            asked = ask_all(app, by, &stored.value, &wishes, deadline).await?.0;
        }
        let campaign = app
            .store
            .campaign(account, id)
            .await?
            .ok_or(Fault::NotFound("campaign"))?
            .value;
        return Ok(Done {
            campaign,
            updated,
            asked,
        });
    }
    Err(moved())
}
