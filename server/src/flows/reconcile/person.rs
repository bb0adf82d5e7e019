//! What a person says about a buy that only a person can tell about: checked at the seller where
//! that can be, then decided by core (decision 15).

use chrono::TimeDelta;
use flighting_core::campaign::Campaign;
use flighting_core::execution;
use flighting_core::ids::MediaBuyId;
use flighting_core::media_buy::{MediaBuy, SubmissionState};

use super::super::contact::reach;
use super::super::{advertiser, calendar, change, check_revision, settle};
use super::{claim, unclaim};
use crate::adcp::{SeenBuy, Which};
use crate::app::App;
use crate::error::{Busy, Clash, Fault};
use crate::store::{AccountId, Actor, Change, Submission, SubmissionUpdate};

/// What a person says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saying {
    /// It is this one of the seller's.
    Link {
        /// The seller's id.
        seller_media_buy_id: String,
    },
    /// The seller does not hold it.
    Release,
}

/// Applies it; the campaign afterwards.
///
/// # Errors
/// An unknown buy, a stale revision, what core refuses; [`Clash::NotAtSeller`] when the seller does
/// not list the buy to link, [`Clash::LinkedElsewhere`] when that is another buy of ours,
/// [`Clash::BeingReconciled`] while a job is at it; [`Fault::Busy`] when the seller cannot be asked.
pub async fn decide(
    app: &App,
    by: &Actor,
    id: &MediaBuyId,
    saying: &Saying,
    expected: Option<u64>,
) -> Result<Campaign, Fault> {
    let account = &by.account;
    let missing = || Fault::NotFound("media buy");
    let campaign_id = app
        .store
        .campaign_of_buy(account, id)
        .await?
        .ok_or_else(missing)?;
    let campaign = app
        .store
        .campaign(account, &campaign_id)
        .await?
        .ok_or_else(missing)?
        .value;
    check_revision(&campaign, expected)?;
    let buy = execution::may_reconcile(&campaign, id)?.clone();
    let claimed = claim_silent(app, account, &buy).await?;
    let decided = settle_it(app, by, &campaign, &buy, claimed.as_ref(), saying, expected).await;
    if decided.is_err()
        && let Some((submission, holder)) = &claimed
    {
        unclaim(app, account, &submission.id, holder).await?;
    }
    decided
}

/// The claim of an unanswered request, of a buy or of a change of it: while a person decides, no
/// job repeats it.
async fn claim_silent(
    app: &App,
    account: &AccountId,
    buy: &MediaBuy,
) -> Result<Option<(Submission, String)>, Fault> {
    if buy.submission != SubmissionState::Silent && !buy.is_changing() {
        return Ok(None);
    }
    let busy = || Fault::Clash {
        what: Clash::BeingReconciled,
        message: "the seller is being asked about the media buy at this moment: try again"
            .to_owned(),
        media_buy_ids: vec![buy.id.to_string()],
    };
    let submission = app.store.submission(account, &buy.id).await?;
    let Some(submission) = submission else {
        return Err(busy());
    };
    let held = claim(app, account, &submission.id).await?;
    held.map(Some).ok_or_else(busy)
}

async fn settle_it(
    app: &App,
    by: &Actor,
    campaign: &Campaign,
    buy: &MediaBuy,
    claimed: Option<&(Submission, String)>,
    saying: &Saying,
    expected: Option<u64>,
) -> Result<Campaign, Fault> {
    let account = &by.account;
    let linked = match saying {
        Saying::Link {
            seller_media_buy_id,
        } => Some(at_seller(app, account, campaign, buy, seller_media_buy_id).await?),
        Saying::Release => None,
    };
    let id = &buy.id;
    let ((), after) = change(app, by, campaign.id(), |campaign, change, now| {
        check_revision(campaign, expected)?;
        let follow_ups = match &linked {
            Some(seen) => {
                let mut ids = app.ids;
                execution::link(campaign, id, &seen.buy, &mut ids, now)?
            }
            None => {
                execution::release(campaign, id, now)?;
                Vec::new()
            }
        };
        close(account, campaign, id, claimed, change);
        change
            .jobs
            .extend(settle::jobs(app, account, campaign, &follow_ups));
        change
            .jobs
            .extend(calendar::delivery_job(app, account, campaign));
        Ok(())
    })
    .await?;
    Ok(after)
}

/// Closes the request of a buy that is settled now, with its job.
fn close(
    account: &AccountId,
    campaign: &Campaign,
    id: &MediaBuyId,
    claimed: Option<&(Submission, String)>,
    change: &mut Change,
) {
    let closed = campaign
        .buy(id)
        .is_some_and(|buy| buy.submission == SubmissionState::Closed && !buy.is_changing());
    if let Some((submission, holder)) = claimed
        && closed
    {
        change.submission_updates.push(SubmissionUpdate {
            id: submission.id.clone(),
            expected: SubmissionState::Silent,
            holder: Some(holder.clone()),
            state: SubmissionState::Closed,
            sent_at: None,
            seller_task_id: None,
        });
        change
            .jobs_done
            .push(settle::reconcile_job(account, campaign.id(), id));
    }
}

/// The buy as its seller lists it, when it is no other buy of ours.
async fn at_seller(
    app: &App,
    account: &AccountId,
    campaign: &Campaign,
    buy: &MediaBuy,
    seller_id: &str,
) -> Result<SeenBuy, Fault> {
    let clash = |what, message: String| Fault::Clash {
        what,
        message,
        media_buy_ids: vec![buy.id.to_string()],
    };
    let holders = app
        .store
        .buys_at_seller(account, &buy.agent_id, seller_id)
        .await?;
    if let Some((_, other)) = holders.iter().find(|(_, holder)| *holder != buy.id) {
        return Err(clash(
            Clash::LinkedElsewhere,
            format!("the seller's media buy is `{other}` of yours already"),
        ));
    }
    let deadline = app.agent_deadline();
    let owner = advertiser(app, account, campaign.advertiser_id()).await?;
    let unavailable = |error: &flighting_core::media_buy::SellerError| Fault::Busy {
        why: Busy::Unavailable,
        retry_after_s: error.retry_after_s.unwrap_or(5),
        message: format!("the seller could not be asked: {}", error.message),
    };
    let contact = match reach(
        app,
        account,
        &owner,
        campaign.campaign_type(),
        &buy.agent_id,
        deadline,
    )
    .await?
    {
        Ok(contact) => contact,
        Err(out) => return Err(unavailable(&out.error)),
    };
    let seen = contact
        .agent
        .client
        .media_buys(
            &contact.buyer,
            Which::Ids(&[seller_id.to_owned()]),
            campaign.currency(),
            deadline,
        )
        .await
        .map_err(|failure| unavailable(&failure.error))?
        .into_iter()
        .find(|seen| seen.buy.media_buy_id == seller_id)
        .ok_or_else(|| {
            clash(
                Clash::NotAtSeller,
                format!("the seller lists no media buy `{seller_id}`"),
            )
        })?;
    match &seen.our_media_buy_id {
        Some(other) if *other != buy.id => Err(clash(
            Clash::LinkedElsewhere,
            format!("the seller says that its media buy belongs to `{other}`"),
        )),
        Some(_) | None => Ok(seen),
    }
}

/// How long a claim holds: what one agent may take, and some seconds.
pub(super) fn lease(app: &App) -> TimeDelta {
    TimeDelta::from_std(app.settings.agent_timeout).unwrap_or(TimeDelta::seconds(25))
        + TimeDelta::seconds(10)
}
