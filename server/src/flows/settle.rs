//! The second half of every question to a seller: answers into the campaign, submissions closed,
//! and what has to follow put down as jobs, in one commit.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use flighting_core::campaign::Campaign;
use flighting_core::execution::{self, FollowUp, Outcome, SellerBuy, Settled};
use flighting_core::ids::{CampaignId, MediaBuyId};
use flighting_core::media_buy::{MediaBuy, SubmissionState};

use super::{calendar, change, in_seconds};
use crate::app::App;
use crate::error::Fault;
use crate::jobs::Job;
use crate::store::{AccountId, Actor, NewJob, Submission, SubmissionUpdate};

/// How long a live buy is left alone between two looks, in seconds of real time.
const LIVE_EVERY_S: i64 = 60;

/// Settles outcomes, as part of what `by` does; an account alone stands for Flighting itself. A submission that somebody else settled meanwhile is left as it is.
pub(super) async fn outcomes(
    app: &App,
    by: impl Into<Actor>,
    id: &CampaignId,
    outcomes: &[Outcome],
) -> Result<(Settled, Campaign), Fault> {
    let by = by.into();
    let account = &by.account;
    let unsettled: HashMap<MediaBuyId, Submission> = app
        .store
        .unsettled_submissions(account, id)
        .await?
        .into_iter()
        .filter(|submission| submission.change.is_none())
        .map(|submission| (submission.media_buy_id.clone(), submission))
        .collect();
    change(app, &by, id, |campaign, change, now| {
        let settled = execution::settle(campaign, outcomes, now);
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
                change.jobs_done.push(reconcile_job(account, id, &buy.id));
            }
        }
        // A task that was asked about and is not over is asked again by the job there is, later
        // each time; asking anew would begin its delays again.
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
                FollowUp::Reconcile(_)
                | FollowUp::SendWish(_)
                | FollowUp::SendChange(_)
                | FollowUp::PollChange(_) => true,
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
        Ok(settled)
    })
    .await
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
            if let Some(submission) = unsettled.iter().find(|submission| {
                submission.media_buy_id == *buy_id
                    && submission.state == SubmissionState::Silent
                    && campaign
                        .buy(buy_id)
                        .is_some_and(|buy| is_settled(buy, submission))
            }) {
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
                            run_at: in_seconds(app, 1),
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
