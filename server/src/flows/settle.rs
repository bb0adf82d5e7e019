//! The second half of every question to a seller: answers into the campaign, submissions closed,
//! and what has to follow put down as jobs, in one commit.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use flighting_core::campaign::Campaign;
use flighting_core::execution::{self, FollowUp, Outcome, SellerBuy, Settled};
use flighting_core::ids::{AgentId, CampaignId, MediaBuyId};
use flighting_core::media_buy::{MediaBuy, SubmissionState};

use super::{calendar, change, change_from, in_seconds};
use crate::app::App;
use crate::error::Fault;
use crate::jobs::Job;
use crate::store::{
    AccountId, Actor, Change, NewJob, Receipt, Stored, Submission, SubmissionUpdate,
};

/// How long a live buy is left alone between two looks, in seconds of real time.
const LIVE_EVERY_S: i64 = 60;

/// How often a seller that tells us by itself is asked all the same, in seconds of real time.
pub(super) const HOOKED_EVERY_S: i64 = 120;

/// Settles outcomes, as part of what `by` does; an account alone stands for Flighting itself. A
/// submission that somebody else settled meanwhile is left as it is.
pub(super) async fn outcomes(
    app: &App,
    by: impl Into<Actor>,
    id: &CampaignId,
    outcomes: &[Outcome],
) -> Result<(Settled, Campaign), Fault> {
    let by = by.into();
    let account = &by.account;
    let unsettled = purchases(app, account, id).await?;
    change(app, &by, id, |campaign, change, now| {
        let unsettled = still_unsettled(campaign, &unsettled);
        let settled = execution::settle(campaign, outcomes, now);
        follow(
            app, account, campaign, change, outcomes, &unsettled, &settled,
        );
        Ok(settled)
    })
    .await
}

/// Settles what a seller told by itself about a request at a time of its own clock, together with
/// the receipt of its message. A late message changes nothing, and is received all the same.
/// `stored` and `request` are what was read of both.
pub(super) async fn message(
    app: &App,
    account: &AccountId,
    stored: Stored<Arc<Campaign>>,
    request: Submission,
    outcome: &Outcome,
    told_at: DateTime<Utc>,
    receipt: Receipt,
) -> Result<Campaign, Fault> {
    let id = &stored.value.id().clone();
    let is_open = request.state != SubmissionState::Closed;
    let unsettled: Vec<_> = is_open.then_some(request).into_iter().collect();
    let ((), campaign) = change_from(app, account, id, Some(stored), |campaign, change, now| {
        change.receipt = Some(receipt.clone());
        let unsettled = still_unsettled(campaign, &unsettled);
        match execution::take_message(campaign, outcome, told_at, now) {
            Some(settled) => {
                let outcomes = std::slice::from_ref(outcome);
                follow(app, account, campaign, change, outcomes, &unsettled, &settled);
            }
            None => {
                tracing::info!(campaign = %id, buy = %outcome.media_buy_id, "a seller's message came late and changed nothing");
            }
        }
        Ok(())
    })
    .await?;
    Ok(campaign)
}

/// Submissions that place a buy and are not closed; those of changes have their own way.
async fn purchases(
    app: &App,
    account: &AccountId,
    id: &CampaignId,
) -> Result<Vec<Submission>, Fault> {
    let mut unsettled = app.store.unsettled_submissions(account, id).await?;
    unsettled.retain(|submission| submission.change.is_none());
    Ok(unsettled)
}

type Unsettled<'a> = HashMap<&'a MediaBuyId, &'a Submission>;

/// Those that are as the campaign says. Another that settled one meanwhile, such as a message that
/// was faster than the answer, has closed its submission as well.
fn still_unsettled<'a>(campaign: &Campaign, all: &'a [Submission]) -> Unsettled<'a> {
    all.iter()
        .filter(|submission| {
            campaign
                .buy(&submission.media_buy_id)
                .is_some_and(|buy| buy.submission == submission.state)
        })
        .map(|submission| (&submission.media_buy_id, submission))
        .collect()
}

/// What follows from settled outcomes: submissions closed, jobs done and jobs to do.
fn follow(
    app: &App,
    account: &AccountId,
    campaign: &Campaign,
    change: &mut Change,
    outcomes: &[Outcome],
    unsettled: &Unsettled<'_>,
    settled: &Settled,
) {
    for outcome in outcomes {
        let Some(submission) = unsettled.get(&outcome.media_buy_id) else {
            continue;
        };
        let Some(buy) = campaign.buy(&outcome.media_buy_id) else {
            continue;
        };
        if buy.submission == submission.state {
            continue;
        }
        change.submission_updates.push(SubmissionUpdate {
            id: submission.id.clone(),
            expected: submission.state,
            holder: None,
            state: buy.submission,
            sent_at: None,
            seller_task_id: buy.seller.task_id.clone(),
        });
        if buy.submission == SubmissionState::Closed {
            change
                .jobs_done
                .push(reconcile_job(account, campaign.id(), &buy.id));
        }
    }
    // A task that was asked about and is not over is asked again by the job there is, later each
    // time; asking anew would begin its delays again.
    let begun: Vec<_> = settled
        .follow_ups
        .iter()
        .filter(|follow_up| match follow_up {
            FollowUp::Poll(id) => {
                unsettled.contains_key(id)
                    || campaign
                        .buy(id)
                        .is_some_and(|buy| buy.seller.media_buy_id.is_some())
            }
            _ => true,
        })
        .cloned()
        .collect();
    change.jobs.extend(jobs(app, account, campaign, &begun));
    // Approved while held: its pause is sent now, and it is looked at from then on.
    change.jobs.extend(begun.iter().filter_map(|follow_up| {
        let FollowUp::SendWish(id) = follow_up else {
            return None;
        };
        let job = Job::RefreshBuy {
            account: account.clone(),
            campaign: campaign.id().clone(),
            buy: id.clone(),
        };
        Some(at(job, in_seconds(app, LIVE_EVERY_S)))
    }));
    change
        .jobs
        .extend(calendar::delivery_job(app, account, campaign));
}

/// Takes in what sellers report of their buys; how many statuses moved.
pub(super) async fn observations(
    app: &App,
    account: &AccountId,
    id: &CampaignId,
    seen: &[(MediaBuyId, SellerBuy)],
) -> Result<Campaign, Fault> {
    let unsettled = app.store.unsettled_submissions(account, id).await?;
    let ((), campaign) = change(app, account, id, |campaign, change, now| {
        let before = campaign.clone();
        let mut follow_ups = Vec::new();
        for (buy_id, seller) in seen {
            follow_ups.extend(execution::observe(campaign, buy_id, seller, now));
            // What was settled by somebody else meanwhile was closed by them in the same commit.
            let settles = |submission: &&Submission| {
                let settled = |campaign: &Campaign| {
                    campaign
                        .buy(buy_id)
                        .is_some_and(|buy| is_settled(buy, submission))
                };
                submission.media_buy_id == *buy_id
                    && submission.state == SubmissionState::Silent
                    && settled(campaign)
                    && !settled(&before)
            };
            if let Some(submission) = unsettled.iter().find(settles) {
                change.submission_updates.push(SubmissionUpdate {
                    id: submission.id.clone(),
                    expected: SubmissionState::Silent,
                    holder: None,
                    state: SubmissionState::Closed,
                    sent_at: None,
                    seller_task_id: None,
                });
                change.jobs_done.push(reconcile_job(account, id, buy_id));
            }
        }
        let began = seen.iter().any(|(id, _)| {
            let runs =
                |campaign: &Campaign| campaign.buy(id).is_some_and(|b| b.status.is_running());
            !runs(&before) && runs(campaign)
        });
        if began {
            change
                .jobs
                .extend(calendar::delivery_job(app, account, campaign));
        }
        // What only has to be looked at again is looked at by its own job already.
        follow_ups.retain(|follow_up| {
            matches!(follow_up, FollowUp::SendWish(_) | FollowUp::SendChange(_))
        });
        change
            .jobs
            .extend(jobs(app, account, campaign, &follow_ups));
        Ok(())
    })
    .await?;
    Ok(campaign)
}

/// How long a task is left alone before it is asked for, in seconds of real time: a seller that
/// tells us by itself is asked as a backup only (adcp.md 7).
fn first_look(app: &App, campaign: &Campaign, buy: &MediaBuyId) -> i64 {
    let is_hooked = campaign
        .buy(buy)
        .is_some_and(|buy| tells_by_itself(app, &buy.agent_id));
    if is_hooked { HOOKED_EVERY_S } else { 1 }
}

/// Whether a seller was told where to write to us.
pub(super) fn tells_by_itself(app: &App, agent: &AgentId) -> bool {
    app.settings.public_url.is_some() && app.agents.is_hooked(agent)
}

/// The jobs that follow from what core says has to happen next.
pub(super) fn jobs(
    app: &App,
    account: &AccountId,
    campaign: &Campaign,
    follow_ups: &[FollowUp],
) -> Vec<NewJob> {
    follow_ups
        .iter()
        .map(|follow_up| {
            let about = |buy: &MediaBuyId| (account.clone(), campaign.id().clone(), buy.clone());
            match follow_up {
                FollowUp::Poll(id) => {
                    let (account, campaign_id, buy) = about(id);
                    let placed = campaign
                        .buy(id)
                        .is_some_and(|buy| buy.seller.media_buy_id.is_some());
                    let waiting = campaign.buy(id).is_some_and(|buy| buy.status.is_waiting());
                    if placed {
                        let after = if waiting { 2 } else { LIVE_EVERY_S };
                        NewJob {
                            job: Job::RefreshBuy {
                                account,
                                campaign: campaign_id,
                                buy,
                            },
                            run_at: in_seconds(app, after),
                        }
                    } else {
                        NewJob {
                            job: Job::PollTask {
                                account,
                                campaign: campaign_id,
                                buy,
                            },
                            run_at: in_seconds(app, first_look(app, campaign, id)),
                        }
                    }
                }
                FollowUp::Reconcile(id) => NewJob {
                    job: reconcile_job(account, campaign.id(), id),
                    run_at: in_seconds(app, 2),
                },
                FollowUp::SendChange(id) => {
                    let (account, campaign, buy) = about(id);
                    NewJob {
                        job: Job::SendChange {
                            account,
                            campaign,
                            buy,
                        },
                        run_at: app.clock.real_now(),
                    }
                }
                FollowUp::PollChange(id) => {
                    let (account, campaign, buy) = about(id);
                    NewJob {
                        job: Job::PollChange {
                            account,
                            campaign,
                            buy,
                        },
                        run_at: in_seconds(app, 1),
                    }
                }
                FollowUp::SendWish(id) => {
                    let (account, campaign, buy) = about(id);
                    NewJob {
                        job: Job::RepeatWish {
                            account,
                            campaign,
                            buy,
                        },
                        run_at: app.clock.real_now(),
                    }
                }
            }
        })
        .collect()
}

/// Whether what a submission asked for is settled: the buy itself, or the change of it.
fn is_settled(buy: &MediaBuy, submission: &Submission) -> bool {
    match submission.change {
        None => buy.submission == SubmissionState::Closed,
        Some(number) => !buy
            .pending_change
            .as_ref()
            .is_some_and(|change| change.number == number && change.state.is_in_flight()),
    }
}

/// The job that finds out what became of a submission.
pub(super) fn reconcile_job(account: &AccountId, campaign: &CampaignId, buy: &MediaBuyId) -> Job {
    Job::ReconcileSubmission {
        account: account.clone(),
        campaign: campaign.clone(),
        buy: buy.clone(),
    }
}

/// A job at a time.
pub(super) fn at(job: Job, run_at: DateTime<Utc>) -> NewJob {
    NewJob { job, run_at }
}
