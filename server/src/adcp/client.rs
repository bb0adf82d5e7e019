//! A sales agent over any transport.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use flighting_core::execution::{Answer, WishAnswer};
use flighting_core::flight::DayRange;
use flighting_core::ids::AgentId;
use flighting_core::media_buy::{SellerError, Wish};
use flighting_core::money::Currency;
use flighting_core::selection::{DiscoveryQuery, Offer};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::accounts::{self, AccountNeed};
use super::capabilities::Capabilities;
use super::exchange::{Call, Effect, Exchange, RawExchange, Reply, Resume, Transport, Turned};
use super::failure::{CallFailure, FailureKind, answered};
use super::figures::{self, BuyFigures};
use super::map::{self, Reading, SeenBuy};
use super::recovery::{self, Delay, Step};
use super::requests::{self, AccountRef, Buyer, Which};
use super::types::{WireAccounts, WireBuys, WireCapabilities, WireDelivery, WireProducts};
use super::verdict::{not_sent, turned_error};
use super::version::{Dialect, Version};
use super::{AnswerRequest, Answered, Placed, SalesAgent, Told, WishRequest, offers};

/// The most pages we follow in one question, our choice: 2,000 entries.
const MAX_PAGES: usize = 20;

/// How often a question is asked again within its deadline because the seller asked for a while.
const MOST_RETRIES: u32 = 2;

/// The names under which agents answer for a task's state; the first is 3.1's.
const TASK_NAMES: [&str; 3] = ["get_task_status", "tasks_get", "tasks/get"];

/// No name known yet.
const UNKNOWN_NAME: usize = usize::MAX;

/// A sales agent over any [`Transport`]. Cheap to keep: it remembers the transport's session and
/// which name the agent has for a task's state.
#[derive(Debug)]
pub struct AgentClient {
    agent_id: AgentId,
    agent_name: String,
    agent_url: String,
    transport: Arc<dyn Transport>,
    task_name: AtomicUsize,
}

impl AgentClient {
    /// The agent of an id, name and address, behind a transport.
    #[must_use]
    pub fn new(
        agent_id: AgentId,
        agent_name: impl Into<String>,
        agent_url: impl Into<String>,
        transport: Arc<dyn Transport>,
    ) -> Self {
        Self {
            agent_id,
            agent_name: agent_name.into(),
            agent_url: agent_url.into(),
            transport,
            task_name: AtomicUsize::new(UNKNOWN_NAME),
        }
    }

    async fn call(
        &self,
        task: &str,
        arguments: &RawValue,
        effect: Effect,
        deadline: Instant,
    ) -> Exchange {
        self.transport
            .call(Call {
                task,
                arguments,
                effect,
                resume: None,
                deadline,
            })
            .await
    }

    /// Asks and reads a body of a known shape. A seller that asks for a short while is asked again
    /// after it, within the deadline.
    async fn read<T: DeserializeOwned>(
        &self,
        task: &str,
        arguments: &RawValue,
        deadline: Instant,
    ) -> Told<(T, RawExchange)> {
        let mut retries = 0;
        loop {
            let failure = match self.read_once(task, arguments, deadline).await {
                Err(failure) if failure.kind == FailureKind::Refused => failure,
                told => return told,
            };
            let decision = recovery::decide(&failure.error, retries, MOST_RETRIES);
            let Step::Retry(Delay::AtLeast(seconds)) = decision.step else {
                return Err(failure);
            };
            let again = Instant::now() + Duration::from_secs(u64::from(seconds));
            if again >= deadline {
                return Err(failure);
            }
            tokio::time::sleep_until(again).await;
            retries = decision.retries;
        }
    }

    async fn read_once<T: DeserializeOwned>(
        &self,
        task: &str,
        arguments: &RawValue,
        deadline: Instant,
    ) -> Told<(T, RawExchange)> {
        let (body, raw) = answered(self.call(task, arguments, Effect::Read, deadline).await)?;
        match serde_json::from_value(body) {
            Ok(value) => Ok((value, raw)),
            Err(error) => Err(CallFailure::new(
                FailureKind::Unreadable,
                format!("expected an answer to `{task}`: {error}"),
                Some(raw),
            )),
        }
    }

    async fn listed_account(
        &self,
        dialect: Dialect,
        need: &AccountNeed,
        deadline: Instant,
    ) -> Told<AccountRef> {
        let mut rows = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let arguments = requests::list_accounts(dialect, need.sandbox, cursor.as_deref())?;
            let (page, raw): (WireAccounts, _) =
                self.read("list_accounts", &arguments, deadline).await?;
            rows.extend(page.accounts);
            cursor = page.pagination.next();
            if cursor.is_none() {
                return accounts::pick(&rows, need)
                    .map_err(|error| CallFailure::said(FailureKind::Account, error, raw));
            }
        }
        Err(too_many("accounts"))
    }

    async fn declared_account(
        &self,
        capabilities: &Capabilities,
        need: &AccountNeed,
        deadline: Instant,
    ) -> Told<AccountRef> {
        let arguments = requests::sync_accounts(
            capabilities.dialect,
            &need.idempotency_key,
            &need.brand,
            &need.operator,
            capabilities.billing(),
            need.sandbox,
        )?;
        match self
            .read::<WireAccounts>("sync_accounts", &arguments, deadline)
            .await
        {
            Ok((answer, raw)) => accounts::declared(&answer.accounts, need)
                .map_err(|error| CallFailure::said(FailureKind::Account, error, raw)),
            // A seller without the task takes the natural key as it is.
            Err(failure) if failure.no_such_task => Ok(need.natural()),
            Err(failure) => Err(failure),
        }
    }

    /// The names to try, the known one alone, else the one of the agent's release first.
    fn task_names(&self, version: Version) -> Vec<usize> {
        match (self.task_name.load(Ordering::Relaxed), version) {
            (known, _) if known < TASK_NAMES.len() => vec![known],
            (_, Version::V3_1 | Version::V3_2) => vec![0, 1, 2],
            (_, Version::V3_0) => vec![1, 2, 0],
        }
    }
}

/// What an answer to the request that places a buy means, with the conversation it leaves open.
fn placed(exchange: Exchange, currency: Currency) -> Placed {
    let Exchange { reply, open, raw } = exchange;
    let mut reading = map::create(&reply, currency);
    if let Answer::NeedsInput(task) = &mut reading.answer {
        task.open = open;
    }
    Placed { reading, raw }
}

fn too_many(what: &str) -> CallFailure {
    CallFailure::new(
        FailureKind::Unreadable,
        format!("expected at most {MAX_PAGES} pages of {what}, got more"),
        None,
    )
}

/// The releases an agent names when it refuses our pin.
fn refused_version(failure: &CallFailure) -> Option<Vec<String>> {
    if failure.error.code != "VERSION_UNSUPPORTED" {
        return None;
    }
    let response = failure.raw.as_ref()?.response.as_ref()?;
    supported_in(response)
}

/// `supported_versions`, wherever the answer carries it; texts that hold JSON are looked into.
fn supported_in(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Object(members) => match members.get("supported_versions").and_then(Value::as_array)
        {
            Some(list) => Some(
                list.iter()
                    .filter_map(|item| item.as_str().map(str::to_owned))
                    .collect(),
            ),
            None => members.values().find_map(supported_in),
        },
        Value::Array(items) => items.iter().find_map(supported_in),
        Value::String(text) if text.contains("supported_versions") => supported_in(
            &serde_json::from_str::<Value>(text)
                .ok()
                .filter(|inner| !inner.is_string())?,
        ),
        _ => None,
    }
}

#[async_trait]
impl SalesAgent for AgentClient {
    async fn capabilities(&self, deadline: Instant) -> Told<Capabilities> {
        const TASK: &str = "get_adcp_capabilities";
        let not_a_seller = |mut failure: CallFailure| {
            if failure.no_such_task {
                failure.kind = FailureKind::NotASeller;
                failure.error.code = FailureKind::NotASeller.code().to_owned();
                failure.error.message =
                    "expected a sales agent of AdCP 3, got one without `get_adcp_capabilities`"
                        .to_owned();
            }
            failure
        };
        let first = requests::get_adcp_capabilities(Dialect::OPENING)?;
        let answer: Told<(WireCapabilities, RawExchange)> = self.read(TASK, &first, deadline).await;
        let (wire, raw) = match answer {
            Ok(answer) => answer,
            Err(failure) => {
                let Some(list) = refused_version(&failure) else {
                    return Err(not_a_seller(failure));
                };
                let Ok(dialect) = Dialect::negotiate(Some(&list)) else {
                    return Err(failure);
                };
                let again = requests::get_adcp_capabilities(dialect)?;
                self.read(TASK, &again, deadline).await?
            }
        };
        Capabilities::read(wire).map_err(|error| {
            CallFailure::new(FailureKind::NotASeller, error.to_string(), Some(raw))
        })
    }

    async fn account(
        &self,
        capabilities: &Capabilities,
        need: &AccountNeed,
        deadline: Instant,
    ) -> Told<AccountRef> {
        if capabilities.require_operator_auth {
            self.listed_account(capabilities.dialect, need, deadline)
                .await
        } else {
            self.declared_account(capabilities, need, deadline).await
        }
    }

    async fn products(
        &self,
        dialect: Dialect,
        brand: &str,
        account: Option<&AccountRef>,
        query: &DiscoveryQuery,
        deadline: Instant,
    ) -> Told<Vec<Offer>> {
        let mut found: Vec<Offer> = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let arguments =
                requests::get_products(dialect, brand, account, query, cursor.as_deref())?;
            let (page, _): (WireProducts, _) =
                self.read("get_products", &arguments, deadline).await?;
            for product in page.products {
                let offer =
                    offers::offer(product, &self.agent_id, &self.agent_name, &self.agent_url);
                if let Some(offer) = offer
                    && !found.iter().any(|other| other.key == offer.key)
                {
                    found.push(offer);
                }
            }
            cursor = page.pagination.next();
            if cursor.is_none() {
                return Ok(found);
            }
        }
        // More than anybody browses: the first ones are good enough.
        Ok(found)
    }

    async fn create(&self, arguments: &RawValue, currency: Currency, deadline: Instant) -> Placed {
        placed(
            self.call("create_media_buy", arguments, Effect::Write, deadline)
                .await,
            currency,
        )
    }

    async fn answer(
        &self,
        request: AnswerRequest<'_>,
        currency: Currency,
        deadline: Instant,
    ) -> Answered {
        let AnswerRequest {
            open,
            message,
            arguments,
        } = request;
        let exchange = self
            .transport
            .call(Call {
                task: "create_media_buy",
                arguments,
                effect: Effect::Write,
                resume: Some(Resume { open, message }),
                deadline,
            })
            .await;
        let error = match &exchange.reply {
            Reply::TurnedAway(turned) => turned_error(turned),
            Reply::NeverLeft {
                reason,
                http_status,
            } => not_sent(reason, *http_status),
            Reply::Answer { .. } | Reply::NoAnswer { .. } => {
                return Answered::Placed(placed(exchange, currency));
            }
        };
        Answered::NotTaken {
            error,
            raw: exchange.raw,
        }
    }

    async fn task(
        &self,
        buyer: &Buyer,
        task_id: &str,
        currency: Currency,
        deadline: Instant,
    ) -> Told<Reading> {
        let mut missing = None;
        for index in self.task_names(buyer.dialect.pin) {
            let Some(name) = TASK_NAMES.get(index) else {
                continue;
            };
            let arguments = requests::task_status(buyer, task_id, index != 0)?;
            let exchange = self.call(name, &arguments, Effect::Read, deadline).await;
            match &exchange.reply {
                // Servers say so in different ways; a wrong name is also turned away as malformed.
                Reply::TurnedAway(turned)
                    if turned.how == Turned::NoSuchTask
                        || matches!(turned.rpc_code, Some(-32601 | -32602)) =>
                {
                    missing = Some(CallFailure::turned(turned, exchange.raw));
                }
                Reply::Answer { body, marked_error } => {
                    self.task_name.store(index, Ordering::Relaxed);
                    if let Some(reading) = map::task(body, *marked_error, task_id, currency) {
                        return Ok(reading);
                    }
                    let (_, raw) = answered(exchange)?;
                    return Err(CallFailure::new(
                        FailureKind::Unreadable,
                        "expected the state of a task, got something else",
                        Some(raw),
                    ));
                }
                Reply::TurnedAway(_) | Reply::NeverLeft { .. } | Reply::NoAnswer { .. } => {
                    let (_, raw) = answered(exchange)?;
                    return Err(CallFailure::new(
                        FailureKind::Unreadable,
                        "expected the state of a task, got something else",
                        Some(raw),
                    ));
                }
            }
        }
        self.task_name.store(UNKNOWN_NAME, Ordering::Relaxed);
        Err(missing.unwrap_or_else(|| {
            CallFailure::new(
                FailureKind::TurnedAway,
                "the agent has no task for a task's state",
                None,
            )
        }))
    }

    async fn media_buys(
        &self,
        buyer: &Buyer,
        which: Which<'_>,
        currency: Currency,
        deadline: Instant,
    ) -> Told<Vec<SeenBuy>> {
        let mut found = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let arguments = requests::get_media_buys(buyer, which, cursor.as_deref())?;
            let (page, _): (WireBuys, _) =
                self.read("get_media_buys", &arguments, deadline).await?;
            found.extend(
                page.media_buys
                    .iter()
                    .filter_map(|buy| map::seen(buy, currency)),
            );
            cursor = page.pagination.next();
            if cursor.is_none() {
                return Ok(found);
            }
        }
        // A part of the buys could pass for all of them, and a buy for missing.
        Err(too_many("media buys"))
    }

    async fn change(&self, arguments: &RawValue, currency: Currency, deadline: Instant) -> Placed {
        let exchange = self
            .call("update_media_buy", arguments, Effect::Write, deadline)
            .await;
        placed(exchange, currency)
    }

    async fn ask(
        &self,
        buyer: &Buyer,
        request: WishRequest<'_>,
        deadline: Instant,
    ) -> (WishAnswer, Option<RawExchange>) {
        let paused = request.wish == Wish::Pause;
        match requests::set_paused(
            buyer,
            request.idempotency_key,
            request.seller_buy_id,
            request.revision,
            paused,
        ) {
            Ok(arguments) => {
                let Exchange { reply, raw, .. } = self
                    .call("update_media_buy", &arguments, Effect::Write, deadline)
                    .await;
                (
                    map::wish(&reply, request.seller_buy_id, request.wish),
                    Some(raw),
                )
            }
            Err(unspeakable) => {
                let error = SellerError {
                    code: FailureKind::Unspeakable.code().to_owned(),
                    message: unspeakable.0,
                    field: None,
                    suggestion: None,
                    recovery: None,
                    retry_after_s: None,
                };
                (WishAnswer::NotConfirmed(error), None)
            }
        }
    }

    async fn delivery(
        &self,
        buyer: &Buyer,
        seller_buy_ids: &[String],
        days: Option<DayRange>,
        currency: Currency,
        deadline: Instant,
    ) -> Told<Vec<BuyFigures>> {
        let arguments = requests::get_media_buy_delivery(buyer, seller_buy_ids, days)?;
        let (report, _): (WireDelivery, _) = self
            .read("get_media_buy_delivery", &arguments, deadline)
            .await?;
        Ok(figures::read(&report, currency))
    }
}
