//! Changes of buys at their sellers: each request is recorded, then sent once, then settled, as
//! purchases are (decisions 14 and 15). One whose revision was stale is read and asked anew under
//! another key.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use flighting_core::campaign::Campaign;
use flighting_core::change::{self, ChangeAnswer, ChangeOutcome, Seen};
use flighting_core::execution::{FollowUp, SellerBuy};
use flighting_core::ids::{CampaignId, MediaBuyId};
use flighting_core::media_buy::{ChangeState, Recovery, SellerError, SubmissionState};
use flighting_core::money::Currency;
use futures::future::join_all;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::contact::{Contact, Contacts, reach_all};
use super::submit::{Bytes, in_time, recorded};
use super::{advertiser, change, refresh, settle};
use crate::adcp::changes::{Said, answer};
use crate::adcp::{FailureKind, SalesAgent, Which, requests};
use crate::app::App;
use crate::error::Fault;
use crate::jobs::Next;
use crate::store::{AccountId, Actor, Change, NewJob, Submission, SubmissionUpdate};

/// How often a change is asked for in one request when its revision turns out to be stale.
const ROUNDS: usize = 3;

/// The action that sellers list when packages can be added.
const ADD_PACKAGES: &str = "add_packages";

/// A recorded change on its way.
pub(super) struct OnItsWay {
    buy: MediaBuyId,
    number: u32,
    submission: String,
    contact: Contact,
    seller_buy_id: String,
    arguments: Box<RawValue>,
}

/// Puts the changes of some buys down as submissions of a commit; those that cannot be sent are
/// refused in it, since nothing of them leaves us.
pub(super) fn record(
    app: &App,
    account: &AccountId,
    campaign: &mut Campaign,
    buys: &[MediaBuyId],
    contacts: &Contacts,
    commit: &mut Change,
    now: DateTime<Utc>,
) -> Vec<OnItsWay> {
    let mut going = Vec::new();
    for id in buys {
        match prepare(app, account, campaign, id, contacts) {
            Ok(Some((submission, request))) => {
                commit.jobs.push(NewJob {
                    job: settle::reconcile_job(account, campaign.id(), id),
                    run_at: submission.lease_until.unwrap_or(now),
                });
                commit.submissions.push(submission);
                going.push(request);
            }
            Ok(None) => {}
            Err(error) => change::cannot(campaign, id, &error, now),
        }
    }
    going
}

/// The submission of a buy's change with its exact bytes; none when there is nothing to send.
fn prepare(
    app: &App,
    account: &AccountId,
    campaign: &Campaign,
    id: &MediaBuyId,
    contacts: &Contacts,
) -> Result<Option<(Submission, OnItsWay)>, SellerError> {
    let Some(buy) = campaign.buy(id) else {
        return Ok(None);
    };
    let Some(wanted) = buy
        .pending_change
        .as_ref()
        .filter(|change| change.state == ChangeState::Open)
    else {
        return Ok(None);
    };
    let contact = match contacts.get(&buy.agent_id) {
        Some(Ok(contact)) => contact,
        Some(Err(out)) => return Err(out.error.clone()),
        None => return Err(ours("not_sent", "the sales agent was not reached")),
    };
    let actions = &buy.seller.valid_actions;
    if !wanted.proposal.new_packages.is_empty()
        && !actions.is_empty()
        && !actions.iter().any(|action| action == ADD_PACKAGES)
    {
        return Err(ours(
            "UNSUPPORTED_FEATURE",
            "the seller does not add packages to a media buy that exists: buy the appended periods anew by hand",
        ));
    }
    let key = uuid::Uuid::new_v4().to_string();
    let changing = requests::Changing {
        campaign_id: campaign.id(),
        buy,
        change: wanted,
        constraints: &campaign.plan().constraints,
    };
    let arguments = requests::update_media_buy(&contact.buyer, &key, changing)
        .map_err(|unspeakable| ours(FailureKind::Unspeakable.code(), &unspeakable.0))?;
    let bytes = Bytes {
        key,
        arguments: &arguments,
        first_sent_at: None,
    };
    let submission = Submission {
        change: Some(wanted.number),
        ..recorded(app, account, campaign.id(), id, &buy.agent_id, bytes)
    };
    let request = OnItsWay {
        buy: id.clone(),
        number: wanted.number,
        submission: submission.id.clone(),
        contact: contact.clone(),
        seller_buy_id: buy.seller.media_buy_id.clone().unwrap_or_default(),
        arguments,
    };
    Ok(Some((submission, request)))
}

/// An error of ours, where no seller said anything.
pub(super) fn ours(code: &str, message: &str) -> SellerError {
    SellerError {
        code: code.to_owned(),
        message: message.to_owned(),
        field: None,
        suggestion: None,
        recovery: Some(Recovery::Correctable),
        retry_after_s: None,
    }
}

/// What came back for one request, and for a stale one the buy as its seller holds it.
struct Answered {
    request: OnItsWay,
    said: Said,
    seen: Option<SellerBuy>,
}

/// Sends recorded changes, each once and all at the same time, and settles what came back. One
/// whose revision was stale goes out anew, at most twice.
pub(super) async fn send(
    app: &App,
    by: &Actor,
    id: &CampaignId,
    mut going: Vec<OnItsWay>,
    contacts: &Contacts,
    deadline: Instant,
) -> Result<(), Fault> {
    let account = &by.account;
    for round in 1..=ROUNDS {
        if going.is_empty() {
            return Ok(());
        }
        let Some(stored) = app.store.campaign(account, id).await? else {
            return Ok(());
        };
        let currency = stored.value.currency();
        let answers = join_all(
            going
                .into_iter()
                .map(|request| ask(app, request, currency, deadline)),
        )
        .await;
        crash_point!("change.all_answered");
        going = settle_all(app, by, id, answers, contacts, round == ROUNDS).await?;
        crash_point!("change.settled");
        if !going.is_empty() {
            crash_point!("change.anew");
        }
    }
    Ok(())
}

async fn ask(app: &App, request: OnItsWay, currency: Currency, deadline: Instant) -> Answered {
    let client: &Arc<dyn SalesAgent> = &request.contact.agent.client;
    crash_point!("change.sending");
    let said = match in_time(
        app,
        deadline,
        client.change(&request.arguments, currency, deadline),
    )
    .await
    {
        Ok(placed) => answer(&placed.reading),
        Err(words) => Said::Settles(ChangeAnswer::Silent(words)),
    };
    crash_point!("change.answered");
    let seen = if said == Said::Stale {
        let ids = [request.seller_buy_id.clone()];
        client
            .media_buys(&request.contact.buyer, Which::Ids(&ids), currency, deadline)
            .await
            .ok()
            .and_then(|buys| {
                buys.into_iter()
                    .map(|seen| seen.buy)
                    .find(|buy| buy.media_buy_id == request.seller_buy_id)
            })
    } else {
        None
    };
    Answered {
        request,
        said,
        seen,
    }
}

/// Commits what sellers said; the requests that go out anew.
async fn settle_all(
    app: &App,
    by: &Actor,
    id: &CampaignId,
    answers: Vec<Answered>,
    contacts: &Contacts,
    last: bool,
) -> Result<Vec<OnItsWay>, Fault> {
    let account = &by.account;
    let unsettled: HashMap<String, Submission> = app
        .store
        .unsettled_submissions(account, id)
        .await?
        .into_iter()
        .map(|submission| (submission.id.clone(), submission))
        .collect();
    let (again, _) = change(app, by, id, |campaign, commit, now| {
        let mut anew = Vec::new();
        let mut follow_ups = Vec::new();
        for answered in &answers {
            let buy = &answered.request.buy;
            let answer = match &answered.said {
                Said::Settles(answer) => Some(answer.clone()),
                Said::Stale => stale(campaign, answered, last),
            };
            if answer.is_none() {
                let revision = answered.seen.as_ref().and_then(|seen| seen.revision);
                if change::again(campaign, buy, revision, now).is_none() {
                    // A job finds out about it by now: its record is the job's to close.
                    continue;
                }
                anew.push(buy.clone());
            }
            let state = match &answer {
                Some(ChangeAnswer::Silent(_)) => SubmissionState::Silent,
                Some(_) | None => SubmissionState::Closed,
            };
            if let Some(submission) = unsettled.get(&answered.request.submission)
                && submission.state != state
            {
                commit
                    .submission_updates
                    .push(closing(submission, state, None));
                if state == SubmissionState::Closed {
                    commit
                        .jobs_done
                        .push(settle::reconcile_job(account, id, buy));
                }
            }
            if let Some(answer) = answer {
                let outcome = ChangeOutcome {
                    media_buy_id: buy.clone(),
                    number: answered.request.number,
                    answer,
                };
                follow_ups.extend(change::settle_change(campaign, &outcome, now));
            }
        }
        let going = record(app, account, campaign, &anew, contacts, commit, now);
        commit
            .jobs
            .extend(settle::jobs(app, account, campaign, &follow_ups));
        Ok(going)
    })
    .await?;
    Ok(again)
}

/// What a stale revision comes to: nothing was applied by this request. None asks anew.
fn stale(campaign: &Campaign, answered: &Answered, last: bool) -> Option<ChangeAnswer> {
    let wanted = campaign
        .buy(&answered.request.buy)
        .and_then(|buy| Some((buy, buy.undecided_change()?)));
    if let (Some(seen), Some((buy, wanted))) = (&answered.seen, wanted) {
        if change::seen(buy, wanted, seen) == Seen::Applied {
            return Some(ChangeAnswer::Applied(Box::new(seen.clone())));
        }
        if !last {
            return None;
        }
    }
    Some(ChangeAnswer::Refused(conflict()))
}

/// The refusal when the buy keeps moving at its seller.
pub(super) fn conflict() -> SellerError {
    SellerError {
        recovery: Some(Recovery::Transient),
        ..ours(
            "CONFLICT",
            "the media buy moved at its seller meanwhile: look at it and ask again",
        )
    }
}

/// The update that takes a submission to its next state.
pub(super) fn closing(
    submission: &Submission,
    state: SubmissionState,
    task_id: Option<String>,
) -> SubmissionUpdate {
    SubmissionUpdate {
        id: submission.id.clone(),
        expected: submission.state,
        holder: None,
        state,
        sent_at: None,
        seller_task_id: task_id,
    }
}

/// Sends a change that waited until the seller had said yes to the buy.
///
/// # Errors
/// What the store says.
pub(super) async fn send_held(
    app: &App,
    account: &AccountId,
    id: &CampaignId,
    buy: &MediaBuyId,
) -> Result<Next, Fault> {
    let deadline = app.agent_deadline();
    let Some(stored) = app.store.campaign(account, id).await? else {
        return Ok(Next::Done);
    };
    let owner = advertiser(app, account, stored.value.advertiser_id()).await?;
    let mut contacts = Contacts::new();
    let agent = stored.value.buy(buy).map(|buy| &buy.agent_id);
    reach_all(
        app,
        account,
        &owner,
        stored.value.campaign_type(),
        agent.into_iter(),
        deadline,
        &mut contacts,
    )
    .await?;
    if let Some(Err(out)) = contacts.values().next() {
        // It waits on: nothing was asked of the seller.
        return Ok(Next::Retry {
            why: out.error.message.clone(),
        });
    }
    let (going, _) = change(app, account, id, |campaign, commit, now| {
        let held = campaign.buy(buy).is_some_and(|buy| {
            buy.undecided_change()
                .is_some_and(|change| change.state == ChangeState::Held)
        });
        if !held || change::again(campaign, buy, None, now).is_none() {
            return Ok(Vec::new());
        }
        let ids = [buy.clone()];
        Ok(record(app, account, campaign, &ids, &contacts, commit, now))
    })
    .await?;
    crash_point!("change.held");
    let by = Actor::from(account);
    send(app, &by, id, going, &contacts, deadline).await?;
    Ok(Next::Done)
}

/// Asks what became of a change that the seller decides about: its task, or the buy itself.
///
/// # Errors
/// What the store says.
pub(super) async fn poll(
    app: &App,
    account: &AccountId,
    id: &CampaignId,
    buy: &MediaBuyId,
) -> Result<Next, Fault> {
    let deadline = app.agent_deadline();
    let Some(stored) = app.store.campaign(account, id).await? else {
        return Ok(Next::Done);
    };
    let campaign = stored.value;
    let Some((asked, wanted)) = campaign.buy(buy).and_then(|buy| {
        let change = buy.undecided_change()?;
        (change.state == ChangeState::Submitted).then_some((buy, change))
    }) else {
        return Ok(Next::Done);
    };
    let Some(task_id) = &wanted.task_id else {
        // No task to ask about: the buy shows it when it is applied.
        refresh::run(app, account, id, Some(buy)).await?;
        return still_waits(app, account, id, buy).await;
    };
    let owner = advertiser(app, account, campaign.advertiser_id()).await?;
    let mut contacts = Contacts::new();
    let agent = std::iter::once(&asked.agent_id);
    let campaign_type = campaign.campaign_type();
    reach_all(
        app,
        account,
        &owner,
        campaign_type,
        agent,
        deadline,
        &mut contacts,
    )
    .await?;
    let contact = match contacts.get(&asked.agent_id) {
        Some(Ok(contact)) => contact,
        Some(Err(out)) => {
            return Ok(Next::Retry {
                why: out.error.message.clone(),
            });
        }
        None => return Ok(Next::Done),
    };
    let told = contact
        .agent
        .client
        .task(&contact.buyer, task_id, campaign.currency(), deadline)
        .await;
    let said = match told {
        Ok(reading) => answer(&reading),
        Err(failure) => {
            // Sellers forget tasks, and some have no question for them: the buy itself tells.
            refresh::run(app, account, id, Some(buy)).await?;
            return Ok(match still_waits(app, account, id, buy).await? {
                Next::Done => Next::Done,
                _ => Next::Retry {
                    why: failure.to_string(),
                },
            });
        }
    };
    let Said::Settles(answer) = said else {
        return Ok(Next::Wait);
    };
    if matches!(answer, ChangeAnswer::Silent(_)) {
        return Ok(Next::Wait);
    }
    let outcome = ChangeOutcome {
        media_buy_id: buy.clone(),
        number: wanted.number,
        answer,
    };
    change(app, account, id, |campaign, commit, now| {
        let mut follow_ups = change::settle_change(campaign, &outcome, now);
        // This very job goes on asking.
        follow_ups.retain(|follow_up| !matches!(follow_up, FollowUp::PollChange(_)));
        commit
            .jobs
            .extend(settle::jobs(app, account, campaign, &follow_ups));
        Ok(())
    })
    .await?;
    still_waits(app, account, id, buy).await
}

async fn still_waits(
    app: &App,
    account: &AccountId,
    id: &CampaignId,
    buy: &MediaBuyId,
) -> Result<Next, Fault> {
    let waits = app
        .store
        .campaign(account, id)
        .await?
        .is_some_and(|stored| {
            stored.value.buy(buy).is_some_and(|buy| {
                buy.undecided_change()
                    .is_some_and(|change| change.state == ChangeState::Submitted)
            })
        });
    Ok(if waits { Next::Wait } else { Next::Done })
}
