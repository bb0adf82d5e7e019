//! Finding out whether a change that was not answered was applied, without ever applying it twice
//! (decision 15): look at the buy first; then, while the seller has promised to recognise it,
//! replay the identical bytes; else wait for a person.

use flighting_core::campaign::Campaign;
use flighting_core::change::{self, ChangeAnswer, ChangeOutcome, Seen};
use flighting_core::execution::{Answer, SellerBuy};
use flighting_core::ids::MediaBuyId;
use flighting_core::media_buy::{
    ChangeState, MediaBuy, PendingChange, PersonReason, SubmissionState,
};
use tokio::time::Instant;

use super::changes::{closing, conflict};
use super::contact::{Contact, reach};
use super::reconcile::{Found, is_a_no, person, replayed};
use super::{advertiser, change, settle};
use crate::adcp::Which;
use crate::adcp::changes::{Said, answer};
use crate::app::App;
use crate::error::Fault;
use crate::store::{AccountId, Submission};

/// Reconciles the change that a claimed submission asked for.
pub(super) async fn find(
    app: &App,
    account: &AccountId,
    campaign: &Campaign,
    id: &MediaBuyId,
    submission: &Submission,
) -> Result<Found, Fault> {
    let asked = campaign.buy(id).and_then(|buy| {
        let change = buy.undecided_change()?;
        let same = submission.change == Some(change.number) && change.state.is_in_flight();
        same.then_some((buy, change))
    });
    let Some((buy, wanted)) = asked else {
        // Settled otherwise, or the buy is over: the record is closed after it.
        close(app, account, campaign, submission).await?;
        return Ok(Found::Settled);
    };
    if wanted.state == ChangeState::Open {
        // Its sender died: from now on it is silent.
        let silent = ChangeAnswer::Silent("the answer was lost: it is being reconciled".to_owned());
        settled(app, account, campaign, buy, wanted, submission, silent).await?;
        crash_point!("unanswered.silent");
    }
    let deadline = app.agent_deadline();
    let owner = advertiser(app, account, campaign.advertiser_id()).await?;
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
        Err(out) => {
            return Ok(Found::NotYet {
                why: out.error.message,
                after_s: out.error.retry_after_s,
            });
        }
    };
    let silent = Submission {
        state: SubmissionState::Silent,
        ..submission.clone()
    };
    let held = match look(campaign, buy, &contact, deadline).await {
        Ok(held) => held,
        Err(not_yet) => return Ok(not_yet),
    };
    crash_point!("unanswered.looked");
    if change::seen(buy, wanted, &held) == Seen::Applied {
        let applied = ChangeAnswer::Applied(Box::new(held));
        return settled(app, account, campaign, buy, wanted, &silent, applied).await;
    }
    if held.status.is_over() {
        // Nothing is asked of a buy that ended at its seller: what it was asked for ended with it.
        settle::observations(app, account, campaign.id(), &[(buy.id.clone(), held)]).await?;
        return Ok(Found::Settled);
    }
    // A seller that has refused the key once is not asked again.
    if let Some(needs) = buy
        .needs_person
        .as_ref()
        .filter(|needs| needs.reason.forbids_replay())
    {
        return Ok(person(needs.reason, needs.message.clone()));
    }
    let again = match replayed(app, submission, &contact)? {
        Ok(arguments) => arguments,
        Err((reason, why)) => return Ok(person(reason, why)),
    };
    crash_point!("unanswered.replaying");
    let placed = contact
        .agent
        .client
        .change(&again, campaign.currency(), deadline)
        .await;
    crash_point!("unanswered.replayed");
    let error = placed.reading.error.as_ref();
    match error.map(|error| error.code.as_str()) {
        Some("IDEMPOTENCY_IN_FLIGHT") => {
            return Ok(Found::NotYet {
                why: "the seller is still at the first request".to_owned(),
                after_s: error.and_then(|error| error.retry_after_s).or(Some(2)),
            });
        }
        Some("IDEMPOTENCY_CONFLICT") => {
            return Ok(person(
                PersonReason::KeyConflict,
                "the seller knows the key of the change with another body",
            ));
        }
        Some("IDEMPOTENCY_EXPIRED") => {
            return Ok(person(
                PersonReason::KeyExpired,
                "the seller has forgotten the key of the change",
            ));
        }
        Some(_) | None => {}
    }
    if let Answer::Failed(error) = &placed.reading.answer
        && !is_a_no(error)
    {
        // A replay that never left us, or was turned away, says nothing about the first request.
        return Ok(Found::NotYet {
            why: error.message.clone(),
            after_s: error.retry_after_s,
        });
    }
    let answer = match answer(&placed.reading) {
        Said::Settles(ChangeAnswer::Silent(why)) => {
            return Ok(Found::NotYet { why, after_s: None });
        }
        Said::Settles(answer) => answer,
        // The revision moved: by the first request, or by somebody else.
        Said::Stale => {
            let held = match look(campaign, buy, &contact, deadline).await {
                Ok(held) => held,
                Err(not_yet) => return Ok(not_yet),
            };
            match change::seen(buy, wanted, &held) {
                Seen::Applied => ChangeAnswer::Applied(Box::new(held)),
                Seen::NotApplied => ChangeAnswer::Refused(conflict()),
                Seen::Unclear => {
                    return Ok(person(
                        PersonReason::NotShown,
                        "the media buy moved at its seller meanwhile, and what the seller shows of it does not say whether by the change",
                    ));
                }
            }
        }
    };
    let found = settled(app, account, campaign, buy, wanted, &silent, answer).await;
    crash_point!("unanswered.settled");
    found
}

/// The buy as its seller holds it.
async fn look(
    campaign: &Campaign,
    buy: &MediaBuy,
    contact: &Contact,
    deadline: Instant,
) -> Result<SellerBuy, Found> {
    let Some(seller_buy_id) = &buy.seller.media_buy_id else {
        return Err(Found::NotYet {
            why: "the seller has not named the media buy".to_owned(),
            after_s: None,
        });
    };
    let ids = [seller_buy_id.clone()];
    let seen = contact
        .agent
        .client
        .media_buys(
            &contact.buyer,
            Which::Ids(&ids),
            campaign.currency(),
            deadline,
        )
        .await
        .map_err(|failure| Found::NotYet {
            why: failure.to_string(),
            after_s: failure.error.retry_after_s,
        })?;
    seen.into_iter()
        .map(|seen| seen.buy)
        .find(|seen| seen.media_buy_id == *seller_buy_id)
        .ok_or_else(|| Found::NotYet {
            why: "the seller did not list the media buy".to_owned(),
            after_s: None,
        })
}

/// Commits what became of a change with its submission.
async fn settled(
    app: &App,
    account: &AccountId,
    campaign: &Campaign,
    buy: &MediaBuy,
    wanted: &PendingChange,
    submission: &Submission,
    answer: ChangeAnswer,
) -> Result<Found, Fault> {
    let state = match &answer {
        ChangeAnswer::Silent(_) => SubmissionState::Silent,
        _ => SubmissionState::Closed,
    };
    let task_id = match &answer {
        ChangeAnswer::Submitted(task) => task.task_id.clone(),
        _ => None,
    };
    let outcome = ChangeOutcome {
        media_buy_id: buy.id.clone(),
        number: wanted.number,
        answer,
    };
    change(app, account, campaign.id(), |campaign, commit, now| {
        let follow_ups = change::settle_change(campaign, &outcome, now);
        if submission.state != state {
            commit
                .submission_updates
                .push(closing(submission, state, task_id.clone()));
        }
        if state == SubmissionState::Closed {
            // The job that runs this ends by itself.
            commit
                .jobs
                .extend(settle::jobs(app, account, campaign, &follow_ups));
        }
        Ok(())
    })
    .await?;
    Ok(Found::Settled)
}

async fn close(
    app: &App,
    account: &AccountId,
    campaign: &Campaign,
    submission: &Submission,
) -> Result<(), Fault> {
    change(app, account, campaign.id(), |_, commit, _| {
        commit
            .submission_updates
            .push(closing(submission, SubmissionState::Closed, None));
        Ok(())
    })
    .await
    .map(|_| ())
}
