//! Finding out whether a silent buy exists, without ever risking a second one (decision 15): ask
//! for the seller's buys first; then, while the seller has promised to recognise it, replay the
//! identical bytes; else wait for a person, and look from time to time whether the seller lists it
//! after all.

mod person;

use std::time::Duration;

use flighting_core::campaign::Campaign;
use flighting_core::change::wait_for_person;
use flighting_core::execution::{self, Answer, Outcome};
use flighting_core::ids::{CampaignId, MediaBuyId};
use flighting_core::media_buy::{Candidate, MediaBuy, PersonReason, SellerError, SubmissionState};
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::contact::{Contact, reach};
use super::{advertiser, change, commit, reconcile_change, settle};
use crate::adcp::{SeenBuy, Which};
use crate::app::App;
use crate::error::Fault;
use crate::jobs::Next;
use crate::store::{AccountId, Change, StoreError, Submission, SubmissionUpdate};

pub use person::{Saying, decide};

/// How often the seller's buys are looked through while a person has to tell.
const LOOK_EVERY: Duration = Duration::from_secs(3_600);

/// What reconciling one buy came to.
pub(super) enum Found {
    /// It is settled, one way or the other.
    Settled,
    /// Nobody knows yet; again later, at the earliest after so many seconds.
    NotYet { why: String, after_s: Option<u32> },
    /// Only a person can tell.
    NeedsPerson {
        reason: PersonReason,
        why: String,
        candidates: Vec<Candidate>,
    },
}

/// Reconciles one buy. Safe to repeat; a submission whose claim somebody holds is left alone.
///
/// # Errors
/// What the store says.
pub async fn run(
    app: &App,
    account: &AccountId,
    id: &CampaignId,
    buy: &MediaBuyId,
) -> Result<Next, Fault> {
    let Some(submission) = app.store.submission(account, buy).await? else {
        return Ok(Next::Done);
    };
    if submission.state == SubmissionState::Closed {
        return Ok(Next::Done);
    }
    // Read before the claim: while the request is not closed no other is begun, so this is the
    // campaign that it is the latest request of.
    let Some(stored) = app.store.campaign(account, id).await? else {
        return Ok(Next::Done);
    };
    let Some((submission, holder)) = claim(app, account, &submission.id).await? else {
        return Ok(Next::Retry {
            why: "the request is still on its way".to_owned(),
        });
    };
    crash_point!("reconcile.claimed");
    let next = find_out(app, account, &stored.value, buy, &submission).await;
    unclaim(app, account, &submission.id, &holder).await?;
    next
}

/// The claim of a request that is not closed, with its holder; `None` while somebody else has it.
async fn claim(
    app: &App,
    account: &AccountId,
    submission: &str,
) -> Result<Option<(Submission, String)>, Fault> {
    let now = app.clock.real_now();
    let holder = app.ids.other("rec_");
    let claimed = app
        .store
        .claim_submission(account, submission, &holder, now, now + person::lease(app))
        .await?;
    Ok(claimed.map(|submission| (submission, holder)))
}

/// Gives a claim up, where it is still held: the next one who asks need not wait for its end.
async fn unclaim(
    app: &App,
    account: &AccountId,
    submission: &str,
    holder: &str,
) -> Result<(), Fault> {
    let mut change = Change::of(account.clone());
    change.submission_updates.push(SubmissionUpdate {
        id: submission.to_owned(),
        expected: SubmissionState::Silent,
        holder: Some(holder.to_owned()),
        state: SubmissionState::Silent,
        sent_at: None,
        seller_task_id: None,
    });
    match commit(app, change).await {
        Ok(_) | Err(StoreError::Stale { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn find_out(
    app: &App,
    account: &AccountId,
    campaign: &Campaign,
    buy: &MediaBuyId,
    submission: &Submission,
) -> Result<Next, Fault> {
    let mut campaign = campaign.clone();
    let id = &campaign.id().clone();
    let Some(bought) = campaign.buy(buy).cloned() else {
        return Ok(Next::Done);
    };
    if submission.change.is_none() && submission.state == SubmissionState::Open {
        // Its sender died: from now on it is silent (decision 14).
        let silent = Answer::Silent(flighting_core::execution::Silence {
            message: "the answer was lost: it is being reconciled".to_owned(),
            seller_media_buy_id: None,
        });
        campaign = settle::outcomes(app, account, id, &[Outcome::of(&bought, silent, None)])
            .await?
            .1;
        crash_point!("reconcile.silent");
    }
    let Some(bought) = campaign.buy(buy).cloned() else {
        return Ok(Next::Done);
    };
    let found = match submission.change {
        None => find(app, account, &campaign, &bought, submission).await?,
        Some(_) => reconcile_change::find(app, account, &campaign, buy, submission).await?,
    };
    Ok(match found {
        Found::Settled => Next::Done,
        Found::NotYet { why, after_s: None } => Next::Retry { why },
        Found::NotYet {
            after_s: Some(seconds),
            ..
        } => Next::Again {
            after: Duration::from_secs(u64::from(seconds.clamp(1, 3_600))),
        },
        Found::NeedsPerson {
            reason,
            why,
            candidates,
        } => {
            let ((), _) = change(app, account, id, |campaign, _, now| {
                    let waits = match submission.change {
                        None => execution::wait_for_person(campaign, buy, bought.requests, reason, &why, candidates.clone(), now),
                        Some(number) => wait_for_person(campaign, buy, number, reason, &why, now),
                    };
                    if waits {
                        tracing::warn!(campaign = %id, media_buy = %buy, %why, "a media buy waits for a person");
                    }
                    Ok(())
                })
                .await?;
            Next::Again { after: LOOK_EVERY }
        }
    })
}

async fn find(
    app: &App,
    account: &AccountId,
    campaign: &Campaign,
    buy: &MediaBuy,
    submission: &Submission,
) -> Result<Found, Fault> {
    let deadline = app.agent_deadline();
    let owner = advertiser(app, account, campaign.advertiser_id()).await?;
    let campaign_type = campaign.campaign_type();
    let contact = match reach(app, account, &owner, campaign_type, &buy.agent_id, deadline).await? {
        Ok(contact) => contact,
        Err(out) => {
            return Ok(Found::NotYet {
                why: out.error.message,
                after_s: out.error.retry_after_s,
            });
        }
    };
    let seen = match contact
        .agent
        .client
        .media_buys(&contact.buyer, Which::All, campaign.currency(), deadline)
        .await
    {
        Ok(seen) => seen,
        Err(failure) => {
            return Ok(Found::NotYet {
                why: failure.to_string(),
                after_s: failure.error.retry_after_s,
            });
        }
    };
    crash_point!("reconcile.listed");
    let ours = seen.iter().find(|seen| {
        seen.our_media_buy_id.as_ref() == Some(&buy.id)
            || (buy.seller.media_buy_id.is_some()
                && buy.seller.media_buy_id.as_ref() == Some(&seen.buy.media_buy_id))
    });
    if let Some(seen) = ours {
        if let Some(why) = belongs_to_another(campaign, buy, &seen.buy.media_buy_id) {
            return Ok(person(PersonReason::LooksAlike, why));
        }
        let accepted = Answer::Accepted(seen.buy.clone());
        settle::outcomes(
            app,
            account,
            campaign.id(),
            &[Outcome::of(buy, accepted, None)],
        )
        .await?;
        crash_point!("reconcile.settled");
        return Ok(Found::Settled);
    }
    let mut candidates: Vec<Candidate> = Vec::new();
    for alike in seen.iter().filter(|seen| is_alike(buy, seen)) {
        let id = &alike.buy.media_buy_id;
        let holders = app.store.buys_at_seller(account, &buy.agent_id, id).await?;
        // What another buy of ours is linked to is not this one.
        if holders.iter().all(|(_, holder)| *holder == buy.id) {
            candidates.push(execution::candidate(&alike.buy, campaign));
        }
    }
    if let Some(alike) = candidates.first() {
        return Ok(Found::NeedsPerson {
            reason: PersonReason::LooksAlike,
            why: format!(
                "the seller holds a media buy with the same products and budgets, `{}`, and does not say whose it is",
                alike.seller_media_buy_id
            ),
            candidates,
        });
    }
    // A seller that has refused the key once is not asked again: its answer would be the same, or
    // a second purchase.
    if let Some(needs) = buy
        .needs_person
        .as_ref()
        .filter(|needs| needs.reason.forbids_replay())
    {
        return Ok(person(needs.reason, needs.message.clone()));
    }
    replay(app, account, campaign, buy, submission, &contact, deadline).await
}

/// Why an id of the seller's cannot be this buy's, where another of ours has it.
fn belongs_to_another(campaign: &Campaign, buy: &MediaBuy, seller_buy_id: &str) -> Option<String> {
    campaign
        .buy_at_seller(&buy.agent_id, seller_buy_id)
        .filter(|other| other.id != buy.id)
        .map(|other| {
            format!(
                "the seller tells of it under the id of another media buy, `{}`",
                other.id
            )
        })
}

/// A buy of the seller's that says nothing of whose it is, and holds what we sent.
fn is_alike(buy: &MediaBuy, seen: &SeenBuy) -> bool {
    if seen.our_media_buy_id.is_some() {
        return false;
    }
    let Some(packages) = &seen.buy.packages else {
        return false;
    };
    let mut sent: Vec<_> = buy
        .packages
        .iter()
        .map(|package| (&package.product_id, package.budget.minor()))
        .collect();
    let mut held: Vec<_> = packages
        .iter()
        .filter_map(|package| Some((package.product_id.as_ref()?, package.budget?.minor())))
        .collect();
    sent.sort();
    held.sort();
    sent == held
}

/// Sends the identical bytes again, while the seller has promised to recognise them.
async fn replay(
    app: &App,
    account: &AccountId,
    campaign: &Campaign,
    buy: &MediaBuy,
    submission: &Submission,
    contact: &Contact,
    deadline: Instant,
) -> Result<Found, Fault> {
    let arguments = match replayed(app, submission, contact)? {
        Ok(arguments) => arguments,
        Err((reason, why)) => return Ok(person(reason, why)),
    };
    crash_point!("reconcile.replaying");
    let placed = contact
        .agent
        .client
        .create(&arguments, campaign.currency(), deadline)
        .await;
    crash_point!("reconcile.replayed");
    let code = placed
        .reading
        .error
        .as_ref()
        .map(|error: &SellerError| error.code.as_str());
    match (code, &placed.reading.answer) {
        (Some("IDEMPOTENCY_IN_FLIGHT"), _) => {
            let after_s = placed
                .reading
                .error
                .as_ref()
                .and_then(|error| error.retry_after_s)
                .or(Some(2));
            Ok(Found::NotYet {
                why: "the seller is still at the first request".to_owned(),
                after_s,
            })
        }
        (Some("IDEMPOTENCY_CONFLICT"), _) => Ok(person(
            PersonReason::KeyConflict,
            "the seller knows the key of the request with another body",
        )),
        (Some("IDEMPOTENCY_EXPIRED"), _) => Ok(person(
            PersonReason::KeyExpired,
            "the seller has forgotten the key of the request",
        )),
        (_, Answer::Silent(silence)) => Ok(Found::NotYet {
            why: silence.message.clone(),
            after_s: None,
        }),
        (_, Answer::Accepted(seller))
            if let Some(why) = belongs_to_another(campaign, buy, &seller.media_buy_id) =>
        {
            Ok(person(PersonReason::LooksAlike, why))
        }
        // A replay that never left us, or was turned away, says nothing about the first request.
        (Some(_) | None, Answer::Failed(error)) if !is_a_no(error) => Ok(Found::NotYet {
            why: error.message.clone(),
            after_s: error.retry_after_s,
        }),
        (_, _) => {
            let reading = placed.reading;
            let settled = Outcome::of(buy, reading.answer, reading.served_version);
            settle::outcomes(app, account, campaign.id(), &[settled]).await?;
            crash_point!("reconcile.settled");
            Ok(Found::Settled)
        }
    }
}

/// The bytes to send again while the seller has promised to recognise them; else why only a person
/// can tell.
pub(super) fn replayed(
    app: &App,
    submission: &Submission,
    contact: &Contact,
) -> Result<Result<Box<RawValue>, (PersonReason, &'static str)>, Fault> {
    let Some(life) = contact.capabilities.replay_ttl_s else {
        return Ok(Err((
            PersonReason::NoReplay,
            "the seller does not promise to recognise a repeated request",
        )));
    };
    let sent = submission.first_sent_at.unwrap_or(submission.created_at);
    let age = app.clock.real_now() - sent;
    // A minute less than promised: the seller's clock is not ours.
    let promised = i64::try_from(life).unwrap_or(i64::MAX).saturating_sub(60);
    if age.num_seconds() >= promised {
        return Ok(Err((
            PersonReason::ReplayOver,
            "the time in which the seller recognises a repeated request is over",
        )));
    }
    let bytes = String::from_utf8(submission.request_bytes.clone()).map_err(Fault::ours)?;
    let stored = RawValue::from_string(bytes).map_err(Fault::ours)?;
    let arguments = app.agents.with_secrets(&contact.agent.record, &stored)?;
    Ok(Ok(arguments))
}

pub(super) fn person(reason: PersonReason, why: impl Into<String>) -> Found {
    Found::NeedsPerson {
        reason,
        why: why.into(),
        candidates: Vec::new(),
    }
}

/// Whether a failure is the seller's own well-formed no to the replayed request, which ends it;
/// one of ours or of the transport does not. AdCP's codes are in capitals.
pub(super) fn is_a_no(error: &SellerError) -> bool {
    error.code != "RATE_LIMITED"
        && error
            .code
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}
