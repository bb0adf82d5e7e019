//! A message that a seller sent by itself: is it the seller's, is it new, and what does it change.
//! It is answered only when it and what it changed are on the disk, in one commit.
//!
//! Nothing is believed before the signature: the address says whose keys count, the keys say who
//! wrote, and the body says what it is about.

use std::collections::HashSet;
use std::sync::Arc;

use axum::http::HeaderMap;
use chrono::{DateTime, TimeDelta, Utc};
use flighting_core::ids::{CampaignId, MediaBuyId};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

use super::{commit, delivery, settle};
use crate::adcp::signing::WEBHOOK;
use crate::adcp::webhook::{Envelope, EnvelopeRefusal};
use crate::agents::Agent;
use crate::app::App;
use crate::error::Fault;
use crate::hooks::{self, HMAC_SIGNATURE, HmacRefusal, Hook, KeysOf, Signing};
use crate::jobs::Job;
use crate::signature::{
    Claim, Message, SIGNATURE, SIGNATURE_INPUT, SignatureRefusal, Standing, Verified,
};
use crate::store::{
    AccountId, AgentStatus, Change, MAX_NONCES, NewJob, Nonce, PathOwner, Receipt, StoreError,
    Submission,
};

/// How long a seller waits before it tells us something again that we cannot place yet, in
/// seconds.
const SOON_S: u32 = 2;

/// What arrived, as it arrived.
#[derive(Debug)]
pub struct Arrived<'a> {
    /// Whose address it came to.
    pub owner: &'a PathOwner,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body, byte for byte.
    pub body: &'a [u8],
}

/// What was done with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is taken in.
    New,
    /// It was taken in before.
    Before,
}

/// Why a message was not taken in. Nothing changed.
#[derive(Debug)]
pub enum NotTaken {
    /// Nobody's address, or none that is in use.
    NoSuchAddress,
    /// It is not proved whose it is; the code says in which way.
    NotProved(String),
    /// It is no message.
    Malformed(EnvelopeRefusal),
    /// It is about nothing that this seller was asked.
    AboutNothing,
    /// The key stands for another message.
    OtherMessage,
    /// It is being taken in, or cannot be placed yet: again, in so many seconds.
    Later(u32),
    /// Our own failure.
    Ours(Fault),
}

impl From<Fault> for NotTaken {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Busy { retry_after_s, .. } => Self::Later(retry_after_s),
            other => Self::Ours(other),
        }
    }
}

impl From<StoreError> for NotTaken {
    fn from(error: StoreError) -> Self {
        Fault::from(error).into()
    }
}

/// Whose an address is: asked before a body is read, so that nobody sends us bodies to nowhere.
///
/// # Errors
/// [`NotTaken`].
pub async fn owner_of(app: &App, path: &str) -> Result<PathOwner, NotTaken> {
    if app.settings.public_url.is_none() {
        return Err(NotTaken::NoSuchAddress);
    }
    let owner = app.store.webhook_owner(&hooks::hash_of_path(path)).await?;
    owner.ok_or(NotTaken::NoSuchAddress)
}

/// Takes in a message.
///
/// # Errors
/// [`NotTaken`].
pub async fn receive(app: &App, arrived: &Arrived<'_>) -> Result<Taken, NotTaken> {
    let Some(public) = &app.settings.public_url else {
        return Err(NotTaken::NoSuchAddress);
    };
    let owner = arrived.owner;
    let agent = app
        .agents
        .find(&owner.account, &owner.agent)
        .await?
        .filter(|agent| agent.record.status != AgentStatus::Archived)
        .ok_or(NotTaken::NoSuchAddress)?;
    let hook = app
        .agents
        .hook(&agent.record)?
        .ok_or(NotTaken::NoSuchAddress)?;
    let now = app.clock.real_now();
    let nonce = prove(app, &agent, &hook, &hook.url(public), arrived, now).await?;
    let envelope = Envelope::read(arrived.body).map_err(NotTaken::Malformed)?;
    check_token(&envelope, &hook)?;

    let id = &agent.record.id;
    let mut names = vec![format!("{id}/{}", envelope.idempotency_key)];
    names.extend(
        nonce
            .iter()
            .map(|nonce| format!("{id}#{}/{}", nonce.keyid, hex::encode(nonce.digest))),
    );
    let Some(_taking) = app.messages.begin(names) else {
        return Err(NotTaken::Later(1));
    };
    let seen = app
        .store
        .message_seen(id, &envelope.idempotency_key, nonce.as_ref())
        .await?;
    if seen.replayed {
        return Err(not_proved(SignatureRefusal::Replayed));
    }
    crash_point!("message.proved");
    let mut receipt = Receipt {
        agent: id.clone(),
        message: Some((envelope.idempotency_key.clone(), envelope.digest)),
        nonce,
        at: now,
    };
    if let Some(digest) = seen.digest {
        // The signature is a fresh one and must not count twice, either.
        receipt.message = None;
        keep(app, &owner.account, receipt).await?;
        return if digest == envelope.digest {
            Ok(Taken::Before)
        } else {
            Err(NotTaken::OtherMessage)
        };
    }
    if envelope.is_report() {
        report(app, &owner.account, &agent, &envelope, receipt).await?;
    } else {
        of_task(app, &owner.account, &agent, &envelope, receipt).await?;
    }
    crash_point!("message.settled");
    Ok(Taken::New)
}

fn not_proved(refusal: SignatureRefusal) -> NotTaken {
    NotTaken::NotProved(refusal.code(&WEBHOOK))
}

/// Whether the agent wrote it, in the one way that was registered. What it has to be remembered by
/// is the answer.
async fn prove(
    app: &App,
    agent: &Agent,
    hook: &Hook,
    url: &str,
    arrived: &Arrived<'_>,
    now: DateTime<Utc>,
) -> Result<Option<Nonce>, NotTaken> {
    let has = |name: &str| arrived.headers.contains_key(name);
    let signed = has(SIGNATURE) || has(SIGNATURE_INPUT);
    let maced = has(HMAC_SIGNATURE);
    let other_way = || NotTaken::NotProved("webhook_mode_mismatch".to_owned());
    if let Some(secret) = hook.shared_secret() {
        if signed && !maced {
            return Err(other_way());
        }
        hooks::verify_hmac(secret, arrived.headers, arrived.body, now.timestamp())
            .map_err(|refusal: HmacRefusal| NotTaken::NotProved(refusal.code().to_owned()))?;
        return Ok(None);
    }
    if maced && !signed {
        return Err(other_way());
    }
    let message = Message {
        method: "POST",
        url,
        headers: arrived.headers,
        body: arrived.body,
    };
    // Our address is what we told the seller. What a proxy made of it on the way is no concern of
    // the signature.
    let headers = without_host(arrived.headers);
    let message = Message {
        headers: &headers,
        ..message
    };
    let claim = Claim::read(&WEBHOOK, &message, now.timestamp()).map_err(not_proved)?;
    let keyid = claim.keyid().to_owned();
    let keys = keys_of(app, hook, &keyid, now).await?;
    let standing = Standing {
        revoked: keys.withdrawn.contains(&keyid),
        stale: keys.is_stale,
        full: app.store.nonces_of_key(&agent.record.id, &keyid).await? >= MAX_NONCES,
    };
    let Verified {
        keyid,
        nonce,
        remember_until,
    } = claim
        .verify(keys.set.find(&keyid), standing, &message)
        .map_err(not_proved)?;
    Ok(Some(Nonce {
        keyid,
        digest: Sha256::digest(nonce.as_bytes()).into(),
        until: DateTime::from_timestamp(remember_until, 0).unwrap_or(now + TimeDelta::hours(1)),
    }))
}

fn without_host(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    headers.remove("host");
    headers
}

async fn keys_of(
    app: &App,
    hook: &Hook,
    keyid: &str,
    now: DateTime<Utc>,
) -> Result<KeysOf, NotTaken> {
    match &hook.signing {
        Signing::JwksUri(uri) => {
            let url = Url::parse(uri).map_err(Fault::ours)?;
            app.key_cache
                .at(app.agents.guard(), &url, keyid, now)
                .await
                // Nobody can say yet whether it is the seller's.
                .map_err(|_| NotTaken::Later(30))
        }
        Signing::Jwks(_) | Signing::Hmac(_) => Ok(KeysOf {
            set: Arc::new(hook.given_keys().unwrap_or_default()),
            withdrawn: Arc::new(HashSet::new()),
            is_stale: false,
        }),
    }
}

/// What the agent has to repeat of our request, in constant time. Reports are not always asked for
/// by us, and need not.
fn check_token(envelope: &Envelope, hook: &Hook) -> Result<(), NotTaken> {
    let code = match &envelope.token {
        Some(token) if bool::from(token.as_bytes().ct_eq(hook.token().as_bytes())) => {
            return Ok(());
        }
        None if envelope.is_report() => return Ok(()),
        Some(_) => "webhook_token_invalid",
        None => "webhook_token_missing",
    };
    Err(NotTaken::NotProved(code.to_owned()))
}

/// Puts a receipt down alone.
async fn keep(app: &App, account: &AccountId, receipt: Receipt) -> Result<(), NotTaken> {
    let mut change = Change::of(account.clone());
    change.receipt = Some(receipt);
    commit(app, change).await?;
    Ok(())
}

/// The request that a message is about: the operation it names, else its task.
async fn request_of(
    app: &App,
    account: &AccountId,
    agent: &Agent,
    envelope: &Envelope,
) -> Result<Submission, NotTaken> {
    let id = &agent.record.id;
    let found = match &envelope.operation_id {
        Some(operation) => {
            app.store
                .submission_by_key(account, id, operation)
                .await?
                .filter(|found| {
                    // A task that the seller named otherwise is another one.
                    found
                        .seller_task_id
                        .as_ref()
                        .is_none_or(|known| *known == envelope.task_id)
                })
        }
        None => {
            app.store
                .submission_by_task(account, id, &envelope.task_id)
                .await?
        }
    };
    match found {
        // Changes of a buy are polled: what is told of their task says nothing of the purchase.
        Some(found) if found.change.is_some() => Err(NotTaken::AboutNothing),
        Some(found) => Ok(found),
        // Faster than the answer that names the task: its sender will try again.
        None if envelope.operation_id.is_none() && app.store.has_unsettled(account, id).await? => {
            Err(NotTaken::Later(SOON_S))
        }
        None => Err(NotTaken::AboutNothing),
    }
}

async fn of_task(
    app: &App,
    account: &AccountId,
    agent: &Agent,
    envelope: &Envelope,
    receipt: Receipt,
) -> Result<(), NotTaken> {
    let request = request_of(app, account, agent, envelope).await?;
    let (campaign, buy) = (&request.campaign_id, &request.media_buy_id);
    // Read before it is known to be about the latest request: one that is begun after is another.
    let stored = app.store.campaign(account, campaign).await?;
    let youngest = app.store.submission(account, buy).await?;
    let youngest = youngest.filter(|youngest| youngest.id == request.id);
    let (Some(youngest), "create_media_buy") = (youngest, &*envelope.task_type) else {
        // About an earlier request, or a change: what became of the buy is asked for.
        return look_soon(app, account, campaign, buy, receipt).await;
    };
    let Some(stored) = stored else {
        return Err(NotTaken::AboutNothing);
    };
    let currency = stored.value.currency();
    let told = stored
        .value
        .buy(buy)
        .and_then(|buy| envelope.outcome(buy, currency));
    match told {
        Some(outcome) => {
            let told_at = envelope.timestamp;
            settle::message(app, account, stored, youngest, &outcome, told_at, receipt).await?;
            Ok(())
        }
        None => look_soon(app, account, campaign, buy, receipt).await,
    }
}

/// Takes a message in that says that something moved, and not what: we go and look.
async fn look_soon(
    app: &App,
    account: &AccountId,
    campaign: &CampaignId,
    buy: &MediaBuyId,
    receipt: Receipt,
) -> Result<(), NotTaken> {
    let mut change = Change::of(account.clone());
    change.receipt = Some(receipt);
    change.jobs.push(NewJob {
        job: Job::RefreshBuy {
            account: account.clone(),
            campaign: campaign.clone(),
            buy: buy.clone(),
        },
        run_at: app.clock.real_now(),
    });
    commit(app, change).await?;
    Ok(())
}

/// Takes in a report on delivery: figures by package and day, which replace what they repeat, so
/// that taking them in again after a crash before the receipt changes nothing.
async fn report(
    app: &App,
    account: &AccountId,
    agent: &Agent,
    envelope: &Envelope,
    receipt: Receipt,
) -> Result<(), NotTaken> {
    let made_at = envelope.timestamp.min(app.clock.now());
    let taken =
        delivery::take_report(app, account, &agent.record.id, envelope.result(), made_at).await?;
    if taken.buys.is_empty() {
        return Err(NotTaken::AboutNothing);
    }
    keep(app, account, receipt).await
}
