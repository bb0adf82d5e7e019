//! Pause and reactivate over all buys of a campaign (decision 19): the wish is committed first,
//! then sellers are asked at the same time, then their answers are committed.

use chrono::TimeDelta;
use flighting_core::campaign::{Campaign, Cascade, ToSend};
use flighting_core::execution::{WishAnswer, answer_wish};
use flighting_core::ids::{CampaignId, MediaBuyId};
use flighting_core::media_buy::{SellerError, Wish};
use futures::future::join_all;
use tokio::time::Instant;

use super::contact::reach;
use super::{advertiser, change, check_revision, in_seconds, refresh, settle};
use crate::adcp::{RawExchange, WishRequest};
use crate::app::App;
use crate::error::Fault;
use crate::jobs::{Job, Next};
use crate::store::{AccountId, Actor};

/// What a cascade did.
#[derive(Debug)]
pub struct Cascaded {
    /// The campaign before.
    pub before: Campaign,
    /// The campaign after.
    pub campaign: Campaign,
    /// What was decided.
    pub cascade: Cascade,
    /// What each asked seller said.
    pub asked: Vec<Asked>,
}

/// What a seller said to a wish.
#[derive(Debug)]
pub struct Asked {
    /// The buy.
    pub media_buy_id: MediaBuyId,
    /// What was asked for.
    pub wish: Wish,
    /// Why it is not confirmed; none when it is.
    pub error: Option<SellerError>,
    /// What went and came.
    pub raw: Option<RawExchange>,
}

/// Halts a campaign.
///
/// # Errors
/// What core refuses, a stale revision, an unknown campaign.
pub async fn pause(
    app: &App,
    by: &Actor,
    id: &CampaignId,
    expected: Option<u64>,
) -> Result<Cascaded, Fault> {
    cascade(app, by, id, expected, Campaign::pause).await
}

/// Brings a paused campaign back.
///
/// # Errors
/// As [`pause`].
pub async fn reactivate(
    app: &App,
    by: &Actor,
    id: &CampaignId,
    expected: Option<u64>,
) -> Result<Cascaded, Fault> {
    cascade(app, by, id, expected, Campaign::reactivate).await
}

async fn cascade(
    app: &App,
    by: &Actor,
    id: &CampaignId,
    expected: Option<u64>,
    command: fn(
        &mut Campaign,
        chrono::DateTime<chrono::Utc>,
    ) -> Result<Cascade, flighting_core::error::Refusal>,
) -> Result<Cascaded, Fault> {
    let account = &by.account;
    let deadline = app.agent_deadline();
    let patience = app
        .settings
        .agent_timeout
        .as_secs()
        .try_into()
        .unwrap_or(25_i64);
    let ((before, cascade), campaign) = change(app, by, id, |campaign, change, now| {
        check_revision(campaign, expected)?;
        let before = campaign.clone();
        let cascade = command(campaign, now)?;
        // Should this process end before sellers have answered, the jobs ask them.
        change.jobs.extend(cascade.to_send.iter().map(|send| {
            settle::at(
                wish_job(account, id, &send.media_buy_id),
                in_seconds(app, patience + 5),
            )
        }));
        Ok((before, cascade))
    })
    .await?;
    crash_point!("wish.recorded");
    let (asked, campaign) = if cascade.to_send.is_empty() {
        (Vec::new(), campaign)
    } else {
        ask_all(app, by, &campaign, &cascade.to_send, deadline).await?
    };
    Ok(Cascaded {
        before,
        campaign,
        cascade,
        asked,
    })
}

/// Repeats the wish of one buy until it is confirmed or not wished for any more.
///
/// # Errors
/// What the store says.
pub async fn repeat(
    app: &App,
    account: &AccountId,
    id: &CampaignId,
    buy: &MediaBuyId,
) -> Result<Next, Fault> {
    // A seller may have done what it did not confirm: look before asking again.
    let campaign = refresh::run(app, account, id, Some(buy)).await?.campaign;
    let Some(wish) = campaign.buy(buy).and_then(|buy| buy.wish) else {
        return Ok(Next::Done);
    };
    let send = [ToSend {
        media_buy_id: buy.clone(),
        wish,
    }];
    let (asked, _) = ask_all(app, account, &campaign, &send, app.agent_deadline()).await?;
    Ok(match asked.into_iter().find_map(|asked| asked.error) {
        None => Next::Done,
        Some(error) => Next::Retry {
            why: format!("{}: {}", error.code, error.message),
        },
    })
}

/// Asks sellers at the same time and commits what they said.
pub(super) async fn ask_all(
    app: &App,
    by: impl Into<Actor>,
    campaign: &Campaign,
    to_send: &[ToSend],
    deadline: Instant,
) -> Result<(Vec<Asked>, Campaign), Fault> {
    let by = by.into();
    let account = &by.account;
    let answers = join_all(to_send.iter().map(|send| async move {
        crash_point!("wish.sending");
        let answer = ask(app, account, campaign, send, deadline).await;
        crash_point!("wish.answered");
        answer
    }))
    .await;
    crash_point!("wish.settling");
    let mut said = Vec::new();
    for (send, answer) in to_send.iter().zip(answers) {
        let (answer, raw) = answer?;
        said.push((send, answer, raw));
    }
    let (confirmed, campaign) = change(app, &by, campaign.id(), |campaign, change, now| {
        let mut confirmed = Vec::new();
        for (send, answer, _) in &said {
            let done = answer_wish(campaign, &send.media_buy_id, send.wish, answer, now);
            confirmed.push(done);
            let job = wish_job(account, campaign.id(), &send.media_buy_id);
            // An older wish that was confirmed leaves the newer one to its job.
            let still = campaign
                .buy(&send.media_buy_id)
                .is_some_and(|buy| buy.wish.is_some());
            change.jobs_done.push(job.clone());
            if still {
                let retry_after = match answer {
                    WishAnswer::NotConfirmed(error) => {
                        error.retry_after_s.map(i64::from).unwrap_or(2)
                    }
                    WishAnswer::Confirmed { .. } => 0,
                };
                change.jobs.push(settle::at(
                    job,
                    app.clock.real_now() + TimeDelta::seconds(retry_after),
                ));
            }
        }
        Ok(confirmed)
    })
    .await?;
    crash_point!("wish.settled");
    let asked = said
        .into_iter()
        .zip(confirmed)
        .map(|((send, answer, raw), done)| Asked {
            media_buy_id: send.media_buy_id.clone(),
            wish: send.wish,
            error: match answer {
                WishAnswer::NotConfirmed(error) => Some(error),
                WishAnswer::Confirmed { .. } if done => None,
                WishAnswer::Confirmed { .. } => Some(overtaken()),
            },
            raw,
        })
        .collect();
    Ok((asked, campaign))
}

async fn ask(
    app: &App,
    account: &AccountId,
    campaign: &Campaign,
    send: &ToSend,
    deadline: Instant,
) -> Result<(WishAnswer, Option<RawExchange>), Fault> {
    let Some(buy) = campaign.buy(&send.media_buy_id) else {
        return Ok((WishAnswer::NotConfirmed(overtaken()), None));
    };
    let Some(seller_buy_id) = &buy.seller.media_buy_id else {
        return Ok((WishAnswer::NotConfirmed(overtaken()), None));
    };
    let owner = advertiser(app, account, campaign.advertiser_id()).await?;
    let campaign_type = campaign.campaign_type();
    let contact = match reach(app, account, &owner, campaign_type, &buy.agent_id, deadline).await? {
        Ok(contact) => contact,
        Err(out) => return Ok((WishAnswer::NotConfirmed(out.error), out.raw.map(|raw| *raw))),
    };
    let request = WishRequest {
        seller_buy_id,
        wish: send.wish,
        revision: buy.seller.revision,
        idempotency_key: &uuid::Uuid::new_v4().to_string(),
    };
    let (answer, raw) = contact
        .agent
        .client
        .ask(&contact.buyer, request, deadline)
        .await;
    let stale = matches!(&answer, WishAnswer::NotConfirmed(error) if error.code == "CONFLICT");
    if !stale || request.revision.is_none() {
        return Ok((answer, raw));
    }
    // The seller's revision moved since we looked; a pause does not depend on what it moved by.
    let key = uuid::Uuid::new_v4().to_string();
    let again = WishRequest {
        revision: None,
        idempotency_key: &key,
        ..request
    };
    Ok(contact
        .agent
        .client
        .ask(&contact.buyer, again, deadline)
        .await)
}

pub(super) fn wish_job(account: &AccountId, campaign: &CampaignId, buy: &MediaBuyId) -> Job {
    Job::RepeatWish {
        account: account.clone(),
        campaign: campaign.clone(),
        buy: buy.clone(),
    }
}

fn overtaken() -> SellerError {
    SellerError {
        code: "overtaken".to_owned(),
        message: "the media buy changed meanwhile".to_owned(),
        field: None,
        suggestion: None,
        recovery: None,
        retry_after_s: None,
    }
}
