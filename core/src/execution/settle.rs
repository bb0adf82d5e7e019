//! What came back from sellers, turned into statuses (decisions 12, 14, 15, 18, 19; AdCP's states
//! as mapped by contract 12.2).

use chrono::{DateTime, Utc};

use super::answer::{Answer, FollowUp, Outcome, SellerTask, Silence, Trouble};
use super::observe::take_in;
use crate::campaign::{Campaign, CampaignStatus, LaunchedPeriod};
use crate::media_buy::{MediaBuy, MediaBuyStatus, PendingReason, SubmissionState};

/// What settling did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The campaign's status before.
    pub previous: CampaignStatus,
    /// And after.
    pub new: CampaignStatus,
    /// Buys that failed, were rejected or stayed silent.
    pub troubles: Vec<Trouble>,
    /// What has to happen next.
    pub follow_ups: Vec<FollowUp>,
}

/// Applies answers to their buys. Settling the same outcomes twice changes nothing more, and what
/// is told of an earlier request than the buy's latest changes nothing at all.
pub fn settle(campaign: &mut Campaign, outcomes: &[Outcome], now: DateTime<Utc>) -> Settled {
    let previous = campaign.status;
    let before = campaign.clone();
    let paused = campaign.status == CampaignStatus::Paused;
    let mut troubles = Vec::new();
    let mut follow_ups = Vec::new();
    let mut bought_launch = None;
    for outcome in outcomes {
        let taken = taken_by_another(campaign, outcome);
        let Some(buy) = campaign.buy_mut(&outcome.media_buy_id) else {
            continue;
        };
        if outcome.request != buy.requests {
            continue;
        }
        let answer = taken.as_ref().unwrap_or(&outcome.answer);
        if let Some(error) = answer.trouble() {
            troubles.push(Trouble {
                media_buy_id: buy.id.clone(),
                agent_id: buy.agent_id.clone(),
                error,
            });
        }
        if exists_after_all(buy, answer) {
            buy.reopen(now);
        } else if !concerns(buy, answer) {
            continue;
        }
        if paused {
            // Paused while the request was on its way (decision 14).
            buy.campaign_hold = true;
        }
        if outcome.served_version.is_some() {
            buy.seller
                .served_version
                .clone_from(&outcome.served_version);
        }
        follow_ups.extend(apply(buy, answer, now));
        if buy.status != MediaBuyStatus::InputRequired {
            buy.seller.open_task = None;
        }
        if buy.submission == SubmissionState::Closed {
            buy.needs_person = None;
        }
        if !matches!(
            buy.status,
            MediaBuyStatus::Failed | MediaBuyStatus::Rejected | MediaBuyStatus::Draft
        ) {
            bought_launch = Some(buy.launch);
        }
    }
    if let Some(launch) = bought_launch {
        launched(campaign, launch);
    }
    let appending = campaign.buys.iter().any(|buy| {
        buy.undecided_change()
            .is_some_and(|change| !change.proposal.new_packages.is_empty())
    });
    if !campaign.is_executing() && !appending {
        campaign.launching = None;
    }
    campaign.settle_pending_plan(now);
    if *campaign != before {
        campaign.updated_at = now;
    }
    Settled {
        previous,
        new: campaign.status,
        troubles,
        follow_ups,
    }
}

/// Whether an answer can still move a buy: its request is not settled, or its seller decides. Where
/// the seller holds it already, only the buy itself is news: what is still told of the request or
/// its task, a no above all, came late.
fn concerns(buy: &MediaBuy, answer: &Answer) -> bool {
    if buy.submission != SubmissionState::Closed {
        return true;
    }
    let is_placed = buy.seller.media_buy_id.is_some();
    buy.status.is_waiting() && (!is_placed || matches!(answer, Answer::Accepted(_)))
}

/// Whether a seller names the buy that it said no to, by a message that overtook its answer or the
/// other way round. What exists is never called FAILED or REJECTED (decision 15): money is spent
/// on it.
pub(super) fn exists_after_all(buy: &MediaBuy, answer: &Answer) -> bool {
    matches!(answer, Answer::Accepted(_))
        && matches!(
            buy.status,
            MediaBuyStatus::Failed | MediaBuyStatus::Rejected
        )
        && buy.seller.media_buy_id.is_none()
}

/// One buy of a seller's is one buy of ours. An answer with the id of another says nothing of this
/// one: it may exist, and is looked for.
fn taken_by_another(campaign: &Campaign, outcome: &Outcome) -> Option<Answer> {
    let id = match &outcome.answer {
        Answer::Accepted(seller) => &seller.media_buy_id,
        Answer::Silent(Silence {
            seller_media_buy_id: Some(id),
            ..
        }) => id,
        _ => return None,
    };
    let agent = &campaign.buy(&outcome.media_buy_id)?.agent_id;
    let other = campaign
        .buy_at_seller(agent, id)
        .filter(|other| other.id != outcome.media_buy_id)?;
    Some(Answer::Silent(Silence {
        message: format!(
            "the seller answered with the id of another media buy, `{}`",
            other.id
        ),
        seller_media_buy_id: None,
    }))
}

/// Something of a launch was bought: DRAFT and COMPLETED become ACTIVE and nothing else does
/// (decision 14); the periods keep what they resolved to (decision 21).
pub(crate) fn launched(campaign: &mut Campaign, launch: u32) {
    if matches!(
        campaign.status,
        CampaignStatus::Draft | CampaignStatus::Completed
    ) {
        campaign.status = CampaignStatus::Active;
        campaign.launch = launch;
    }
    let Some(launching) = campaign
        .launching
        .as_ref()
        .filter(|launching| launching.launch == launch)
    else {
        return;
    };
    let fresh = launching
        .periods
        .iter()
        .skip(campaign.launched_periods.len())
        .cloned();
    let fresh: Vec<_> = fresh
        .map(|period| LaunchedPeriod { launch, period })
        .collect();
    campaign.launched_periods.extend(fresh);
}

fn apply(buy: &mut MediaBuy, answer: &Answer, now: DateTime<Utc>) -> Option<FollowUp> {
    match answer {
        Answer::Accepted(seller) => {
            buy.submission = SubmissionState::Closed;
            buy.failure = None;
            take_in(buy, seller, now)
        }
        Answer::Waiting(task) => {
            buy.submission = SubmissionState::Closed;
            buy.failure = None;
            note_task(buy, task);
            buy.move_to(MediaBuyStatus::PendingApproval, now);
            buy.wait_for(Some(PendingReason::AwaitingStorefrontApproval), now);
            Some(FollowUp::Poll(buy.id.clone()))
        }
        Answer::NeedsInput(task) => {
            buy.submission = SubmissionState::Closed;
            buy.failure = None;
            note_task(buy, task);
            buy.move_to(MediaBuyStatus::InputRequired, now);
            buy.wait_for(Some(PendingReason::InputRequested), now);
            // Without a task of the protocol's there is nothing to ask for: the seller waits for us.
            let asked_for = buy.seller.task_id.is_some();
            asked_for.then(|| FollowUp::Poll(buy.id.clone()))
        }
        Answer::Rejected(error) => {
            buy.submission = SubmissionState::Closed;
            buy.failure = Some(error.clone());
            buy.move_to(MediaBuyStatus::Rejected, now);
            None
        }
        Answer::Canceled(error) => {
            buy.submission = SubmissionState::Closed;
            buy.failure = Some(error.clone());
            buy.move_to(MediaBuyStatus::Canceled, now);
            None
        }
        Answer::Failed(error) => {
            buy.submission = SubmissionState::Closed;
            buy.failure = Some(error.clone());
            buy.move_to(MediaBuyStatus::Failed, now);
            None
        }
        // A task that does not answer a poll is no silence of the buy: it was placed.
        Answer::Silent(_) if buy.submission == SubmissionState::Closed => {
            Some(FollowUp::Poll(buy.id.clone()))
        }
        Answer::Silent(silence) => {
            buy.submission = SubmissionState::Silent;
            buy.failure = answer.trouble();
            if silence.seller_media_buy_id.is_some() {
                buy.seller
                    .media_buy_id
                    .clone_from(&silence.seller_media_buy_id);
            }
            buy.seller.adcp_status = Some("unknown".to_owned());
            buy.move_to(MediaBuyStatus::PendingApproval, now);
            if buy.needs_person.is_none() {
                buy.wait_for(Some(PendingReason::ForwardFailedRetrying), now);
            }
            Some(FollowUp::Reconcile(buy.id.clone()))
        }
    }
}

fn note_task(buy: &mut MediaBuy, task: &SellerTask) {
    if task.task_id.is_some() {
        buy.seller.task_id.clone_from(&task.task_id);
    }
    buy.seller.task_status = Some(task.status.clone());
    buy.seller.message.clone_from(&task.message);
    // Being asked for the state of a task says nothing about the conversation it waits in.
    if task.open.is_some() {
        buy.seller.open_task.clone_from(&task.open);
    }
}
