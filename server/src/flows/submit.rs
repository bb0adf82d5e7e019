//! One recorded request: its exact bytes before the first commit, and its one sending after
//! (decisions 14 to 16).

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use flighting_core::campaign::Campaign;
use flighting_core::execution::{Answer, Outcome, PlannedBuy, Silence};
use flighting_core::ids::{AgentId, CampaignId, MediaBuyId};
use flighting_core::media_buy::SubmissionState;
use flighting_core::money::Currency;
use flighting_core::selection::DiscoverySession;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::contact::{Contacts, OutOfReach};
use crate::adcp::{CallFailure, RawExchange, SalesAgent, requests};
use crate::app::App;
use crate::error::Fault;
use crate::store::{AccountId, Submission};

/// How long after the request's deadline a claim ends and reconciling may begin, in seconds.
const CLAIM_MARGIN_S: i64 = 10;

/// A recorded request on its way.
pub(super) struct OnItsWay {
    buy: MediaBuyId,
    number: u32,
    client: Arc<dyn SalesAgent>,
    arguments: Box<RawValue>,
}

/// The submission of one buy that is recorded in the campaign, with its exact bytes; nothing is
/// written. A FAILED buy that is planned anew keeps its key when the bytes are the same, and takes
/// a new one when they are not (decision 16) or when the key is spent.
pub(super) async fn prepare(
    app: &App,
    account: &AccountId,
    campaign: &Campaign,
    before: &Campaign,
    buy: &PlannedBuy,
    contacts: &Contacts,
    session: Option<&DiscoverySession>,
) -> Result<Result<(Submission, OnItsWay), OutOfReach>, Fault> {
    let contact = match contacts.get(&buy.agent_id) {
        Some(Ok(contact)) => contact,
        Some(Err(out)) => return Ok(Err(out.clone())),
        None => {
            return Err(Fault::ours(anyhow::anyhow!(
                "an agent of the plan was not reached"
            )));
        }
    };
    let plan = campaign.plan();
    let products = buy.packages.iter().map(|package| &package.product.key);
    let reports = session.and_then(|session| session.report_frequency(products));
    let push = match &app.settings.public_url {
        Some(public) => app
            .agents
            .hook(&contact.agent.record)?
            .map(|hook| hook.push_config(public, reports)),
        None => None,
    };
    let write = |key: &str| {
        requests::create_media_buy(
            &contact.buyer,
            key,
            campaign.id(),
            buy,
            &plan.goals,
            &plan.constraints,
            push.as_ref(),
        )
        .map_err(|unspeakable| OutOfReach::from(CallFailure::from(unspeakable)))
    };
    let spent = before
        .buy(&buy.media_buy_id)
        .is_some_and(|buy| buy.key_is_spent);
    let earlier = if buy.reuses_failed && !spent {
        app.store.submission(account, &buy.media_buy_id).await?
    } else {
        None
    };
    let fresh = uuid::Uuid::new_v4().to_string();
    let (key, arguments) = match earlier {
        Some(earlier) => match write(&earlier.idempotency_key) {
            Ok(same) if same.get().as_bytes() == earlier.request_bytes => {
                (earlier.idempotency_key, same)
            }
            Ok(_) => match write(&fresh) {
                Ok(arguments) => (fresh, arguments),
                Err(out) => return Ok(Err(out)),
            },
            Err(out) => return Ok(Err(out)),
        },
        None => match write(&fresh) {
            Ok(arguments) => (fresh, arguments),
            Err(out) => return Ok(Err(out)),
        },
    };
    let bytes = Bytes {
        key,
        arguments: &arguments,
        first_sent_at: None,
    };
    let submission = recorded(
        app,
        account,
        campaign.id(),
        &buy.media_buy_id,
        &buy.agent_id,
        bytes,
    );
    let request = OnItsWay {
        buy: buy.media_buy_id.clone(),
        number: campaign
            .buy(&buy.media_buy_id)
            .map_or(0, |recorded| recorded.requests),
        client: Arc::clone(&contact.agent.client),
        arguments: app.agents.with_secrets(&contact.agent.record, &arguments)?,
    };
    Ok(Ok((submission, request)))
}

/// What a request consists of.
pub(super) struct Bytes<'a> {
    pub key: String,
    pub arguments: &'a RawValue,
    /// When the key was first used; none when that is now.
    pub first_sent_at: Option<DateTime<Utc>>,
}

/// A submission that is about to be sent, claimed by its request until that is over.
pub(super) fn recorded(
    app: &App,
    account: &AccountId,
    campaign: &CampaignId,
    buy: &MediaBuyId,
    agent: &AgentId,
    bytes: Bytes<'_>,
) -> Submission {
    let Bytes {
        key,
        arguments,
        first_sent_at,
    } = bytes;
    let real_now = app.clock.real_now();
    let timeout = TimeDelta::from_std(app.settings.agent_timeout).unwrap_or(TimeDelta::seconds(25));
    Submission {
        id: app.ids.other("sub_"),
        campaign_id: campaign.clone(),
        media_buy_id: buy.clone(),
        agent_id: agent.clone(),
        account: account.clone(),
        request_digest: hex::encode(Sha256::digest(arguments.get().as_bytes())),
        request_bytes: arguments.get().as_bytes().to_vec(),
        idempotency_key: key,
        state: SubmissionState::Open,
        claimed_by: Some(app.ids.other("req_")),
        lease_until: Some(real_now + timeout + TimeDelta::seconds(CLAIM_MARGIN_S)),
        created_at: real_now,
        // Before the first byte can leave: the seller's replay window is never overestimated.
        first_sent_at: Some(first_sent_at.unwrap_or(real_now)),
        seller_task_id: None,
        change: None,
    }
}

/// Waits for an answer a little longer than the client itself, so that whatever hangs there ends
/// as silence here; the words for that are the error.
pub(super) async fn in_time<T>(
    app: &App,
    deadline: Instant,
    answer: impl Future<Output = T>,
) -> Result<T, String> {
    let patience = deadline + app.settings.agent_timeout / 5;
    tokio::time::timeout_at(patience, answer)
        .await
        .map_err(|_| {
            format!(
                "no answer within {} s",
                app.settings.agent_timeout.as_secs()
            )
        })
}

/// Sends one recorded request, once.
pub(super) async fn send(
    app: &App,
    request: OnItsWay,
    currency: Option<Currency>,
    deadline: Instant,
) -> (Outcome, Option<RawExchange>) {
    let OnItsWay {
        buy,
        number,
        client,
        arguments,
    } = request;
    let outcome = |answer, served_version| Outcome {
        media_buy_id: buy,
        request: number,
        answer,
        served_version,
    };
    let silent = |message| {
        Answer::Silent(Silence {
            message,
            seller_media_buy_id: None,
        })
    };
    let Some(currency) = currency else {
        let answer = silent("the request has no currency".to_owned());
        return (outcome(answer, None), None);
    };
    crash_point!("execute.sending");
    let placed = in_time(app, deadline, client.create(&arguments, currency, deadline)).await;
    crash_point!("execute.answered");
    match placed {
        Ok(placed) => {
            let reading = placed.reading;
            let outcome = outcome(reading.answer, reading.served_version);
            (outcome, Some(placed.raw))
        }
        Err(message) => (outcome(silent(message), None), None),
    }
}
