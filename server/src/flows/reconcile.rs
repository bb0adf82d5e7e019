//! Finding out whether a silent buy exists, without ever risking a second one (decision 15): ask
//! for the seller's buys first; then, while the seller has promised to recognise it, replay the
//! identical bytes; else wait for a person.

use chrono::TimeDelta;
use flighting_core::campaign::Campaign;
use flighting_core::execution::{Answer, Outcome};
use flighting_core::ids::{CampaignId, MediaBuyId};
use flighting_core::media_buy::{MediaBuy, SellerError, SubmissionState};
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::contact::{Contact, reach};
use super::{advertiser, settle};
use crate::adcp::{SeenBuy, Which};
use crate::app::App;
use crate::error::Fault;
use crate::jobs::Next;
use crate::store::{AccountId, Submission};

/// What reconciling one buy came to.
enum Found {
    /// It is settled, one way or the other.
    Settled,
    /// Nobody knows yet; again later, at the earliest after so many seconds.
    NotYet { why: String, after_s: Option<u32> },
    /// Only a person can tell.
    NeedsPerson { why: String },
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
    let now = app.clock.real_now();
    let lease = now
        + TimeDelta::from_std(app.settings.agent_timeout).unwrap_or(TimeDelta::seconds(25))
        + TimeDelta::seconds(10);
    let holder = app.ids.other("rec_");
    let Some(submission) = app
        .store
        .claim_submission(account, &submission.id, &holder, now, lease)
        .await?
    else {
        return Ok(Next::Retry {
            why: "the request is still on its way".to_owned(),
        });
    };
    let Some(stored) = app.store.campaign(account, id).await? else {
        return Ok(Next::Done);
    };
    let mut campaign: Campaign = (*stored.value).clone();
    if submission.state == SubmissionState::Open {
        // Its sender died: from now on it is silent (decision 14).
        let silent = Answer::Silent(flighting_core::execution::Silence {
            message: "the answer was lost: it is being reconciled".to_owned(),
            seller_media_buy_id: None,
        });
        campaign = settle::outcomes(app, account, id, &[outcome(buy, silent, None)])
            .await?
            .1;
    }
    let Some(bought) = campaign.buy(buy).cloned() else {
        return Ok(Next::Done);
    };
    Ok(
        match find(app, account, &campaign, &bought, &submission).await? {
            Found::Settled => Next::Done,
            Found::NotYet { why, after_s: None } => Next::Retry { why },
            Found::NotYet {
                after_s: Some(seconds),
                ..
            } => Next::Again {
                after: std::time::Duration::from_secs(u64::from(seconds.clamp(1, 3_600))),
            },
            Found::NeedsPerson { why } => Next::GiveUp { why },
        },
    )
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
    let contact = match reach(app, account, &owner, &buy.agent_id, deadline).await? {
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
    let ours = seen.iter().find(|seen| {
        seen.our_media_buy_id.as_ref() == Some(&buy.id)
            || (buy.seller.media_buy_id.is_some()
                && buy.seller.media_buy_id.as_ref() == Some(&seen.buy.media_buy_id))
    });
    if let Some(seen) = ours {
        let accepted = Answer::Accepted(seen.buy.clone());
        settle::outcomes(
            app,
            account,
            campaign.id(),
            &[outcome(&buy.id, accepted, None)],
        )
        .await?;
        return Ok(Found::Settled);
    }
    if let Some(alike) = seen.iter().find(|seen| is_alike(campaign, buy, seen)) {
        return Ok(Found::NeedsPerson {
            why: format!(
                "the seller holds a buy with the same products and budgets, `{}`",
                alike.buy.media_buy_id
            ),
        });
    }
    replay(app, account, campaign, buy, submission, &contact, deadline).await
}

/// A buy of the seller's that says nothing of whose it is, and holds what we sent.
fn is_alike(campaign: &Campaign, buy: &MediaBuy, seen: &SeenBuy) -> bool {
    let linked = campaign
        .buys()
        .iter()
        .any(|other| other.seller.media_buy_id.as_ref() == Some(&seen.buy.media_buy_id));
    if linked || seen.our_media_buy_id.is_some() {
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
    let Some(life) = contact.capabilities.replay_ttl_s else {
        return Ok(Found::NeedsPerson {
            why: "the seller does not promise to recognise a repeated request".to_owned(),
        });
    };
    let sent = submission.first_sent_at.unwrap_or(submission.created_at);
    let age = app.clock.real_now() - sent;
    // A minute less than promised: the seller's clock is not ours.
    let promised = i64::try_from(life).unwrap_or(i64::MAX).saturating_sub(60);
    if age.num_seconds() >= promised {
        return Ok(Found::NeedsPerson {
            why: "the seller's time for repeated requests is over".to_owned(),
        });
    }
    let bytes = String::from_utf8(submission.request_bytes.clone()).map_err(Fault::ours)?;
    let arguments = RawValue::from_string(bytes).map_err(Fault::ours)?;
    let placed = contact
        .agent
        .client
        .create(&arguments, campaign.currency(), deadline)
        .await;
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
        (Some(code @ ("IDEMPOTENCY_CONFLICT" | "IDEMPOTENCY_EXPIRED")), _) => {
            Ok(Found::NeedsPerson {
                why: format!("the seller answered the repeated request with {code}"),
            })
        }
        (_, Answer::Silent(silence)) => Ok(Found::NotYet {
            why: silence.message.clone(),
            after_s: None,
        }),
        // A replay that never left us, or was turned away, says nothing about the first request.
        (Some(_) | None, Answer::Failed(error)) if !is_a_no(error) => Ok(Found::NotYet {
            why: error.message.clone(),
            after_s: error.retry_after_s,
        }),
        (_, _) => {
            let settled = outcome(
                &buy.id,
                placed.reading.answer,
                placed.reading.served_version,
            );
            settle::outcomes(app, account, campaign.id(), &[settled]).await?;
            Ok(Found::Settled)
        }
    }
}

/// Whether a failure is the seller's own well-formed no to the replayed request, which ends it;
/// one of ours or of the transport does not. AdCP's codes are in capitals.
fn is_a_no(error: &SellerError) -> bool {
    error.code != "RATE_LIMITED"
        && error
            .code
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

fn outcome(buy: &MediaBuyId, answer: Answer, served_version: Option<String>) -> Outcome {
    Outcome {
        media_buy_id: buy.clone(),
        answer,
        served_version,
    }
}
