//! An agent as it is asked: never by too many at once, and not at all while it rests
//! ([`crate::breaker`]). Every question to every agent passes here.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use flighting_core::execution::{Answer, Silence, WishAnswer};
use flighting_core::flight::DayRange;
use flighting_core::media_buy::{Recovery, SellerError};
use flighting_core::money::Currency;
use flighting_core::selection::{DiscoveryQuery, Offer};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use crate::adcp::{
    AccountNeed, AccountRef, AnswerRequest, Answered, BuyFigures, Buyer, CallFailure, Capabilities,
    Dialect, FailureKind, Placed, RawExchange, Reading, SalesAgent, SeenBuy, Told, Which,
    WishRequest,
};
use crate::breaker::{Breaker, Pass, Resting, Standing};
use crate::clock::Clock;

/// The code of a question that was not asked since its agent rests.
pub const RESTING: &str = "agent_resting";

/// The code of a question that was not asked since too many others were under way.
pub const BUSY: &str = "agent_busy";

/// Questions to one agent at the same time, our choice.
const AT_ONCE: usize = 8;

/// What is known of an agent's health: shared by all who ask it.
pub struct Health {
    breaker: Mutex<Breaker>,
    lane: Semaphore,
    clock: Clock,
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health")
            .field("standing", &self.standing())
            .finish_non_exhaustive()
    }
}

impl Health {
    /// Nothing known yet.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            breaker: Mutex::new(Breaker::new(clock.real_now())),
            lane: Semaphore::new(AT_ONCE),
            clock,
        }
    }

    /// How its breaker stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.with(|breaker| breaker.standing())
    }

    /// Asks for leave; the one question after a rest is a [`Pass::Probe`].
    ///
    /// # Errors
    /// That the agent rests: nothing may be asked.
    pub fn allow(&self) -> Result<Pass, Box<CallFailure>> {
        let now = self.clock.real_now();
        self.with(|breaker| breaker.allow(now))
            .map_err(|resting| Box::new(self.refused(resting)))
    }

    /// Whether it rests, or is being probed after a rest.
    fn resting(&self) -> Option<Resting> {
        let standing = self.standing();
        standing.next_try.map(|until| Resting {
            until,
            failures: standing.failures,
        })
    }

    fn with<T>(&self, look: impl FnOnce(&mut Breaker) -> T) -> T {
        look(&mut self.breaker.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, answered: bool) {
        let now = self.clock.real_now();
        self.with(|breaker| {
            let before = breaker.standing().state;
            if answered {
                breaker.answered(now);
            } else {
                breaker.failed(now);
            }
            let after = breaker.standing();
            if after.state != before {
                tracing::info!(state = ?after.state, failures = after.failures, "an agent's breaker moved");
            }
        });
    }

    fn refused(&self, resting: Resting) -> CallFailure {
        let Resting { until, failures } = resting;
        let wait = (until - self.clock.real_now()).num_seconds().max(0) + 1;
        not_asked(
            RESTING,
            format!(
                "the agent did not answer {failures} times in a row and is left alone until {}",
                until.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
            ),
            u32::try_from(wait).unwrap_or(u32::MAX),
        )
    }

    /// A place among those who ask, once there is one.
    async fn place(&self, deadline: Instant) -> Result<SemaphorePermit<'_>, CallFailure> {
        match tokio::time::timeout_at(deadline, self.lane.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(not_asked(
                BUSY,
                format!("{AT_ONCE} other questions to the agent were under way all the time"),
                1,
            )),
        }
    }
}

/// A question that was not asked: nothing left us.
fn not_asked(code: &str, message: String, retry_after_s: u32) -> CallFailure {
    let mut failure = CallFailure::new(FailureKind::Unreachable, message, None);
    failure.error = SellerError {
        code: code.to_owned(),
        recovery: Some(Recovery::Transient),
        retry_after_s: Some(retry_after_s),
        ..failure.error
    };
    failure
}

/// An agent behind its health.
#[derive(Debug)]
pub struct Watched {
    inner: Arc<dyn SalesAgent>,
    health: Arc<Health>,
}

impl Watched {
    /// Watches an agent.
    #[must_use]
    pub fn new(inner: Arc<dyn SalesAgent>, health: Arc<Health>) -> Self {
        Self { inner, health }
    }

    /// Leave and place for one question as usual.
    async fn enter(&self, deadline: Instant) -> Result<SemaphorePermit<'_>, CallFailure> {
        if let Some(resting) = self.health.resting() {
            return Err(self.health.refused(resting));
        }
        let permit = self.health.place(deadline).await?;
        // Whoever was before may have found out that nobody is there.
        match self.health.resting() {
            Some(resting) => Err(self.health.refused(resting)),
            None => Ok(permit),
        }
    }

    async fn told<T>(&self, deadline: Instant, asked: impl Future<Output = Told<T>>) -> Told<T> {
        let permit = self.enter(deadline).await?;
        let told = asked.await;
        self.health.note(answers(&told));
        drop(permit);
        told
    }
}

/// The exchange of a request that was not sent.
fn nothing_sent() -> RawExchange {
    RawExchange {
        task: "create_media_buy".to_owned(),
        request: Value::Null,
        response: None,
        http_status: None,
        took_ms: 0,
    }
}

/// Whether somebody answered at all: a no is an answer, and so is nonsense.
fn answers<T>(told: &Told<T>) -> bool {
    !matches!(told, Err(failure) if failure.kind == FailureKind::Unreachable)
}

/// Whether somebody answered the request that places a buy.
fn answers_create(placed: &Placed) -> bool {
    match &placed.reading.answer {
        Answer::Silent(_) => placed.raw.response.is_some(),
        Answer::Failed(error) => error.code != "not_sent",
        Answer::Accepted(_)
        | Answer::Waiting(_)
        | Answer::NeedsInput(_)
        | Answer::Rejected(_)
        | Answer::Canceled(_) => true,
    }
}

impl Watched {
    /// Sends what places or changes a buy, unless the agent rests.
    async fn placed(&self, deadline: Instant, sent: impl Future<Output = Placed>) -> Placed {
        let permit = match self.enter(deadline).await {
            Ok(permit) => permit,
            // Provably never sent (decision 15).
            Err(refused) => {
                return Placed {
                    reading: Reading {
                        answer: Answer::Failed(refused.error.clone()),
                        error: Some(refused.error),
                        served_version: None,
                    },
                    raw: nothing_sent(),
                };
            }
        };
        let placed = sent.await;
        self.health.note(answers_create(&placed));
        drop(permit);
        placed
    }
}

#[async_trait]
impl SalesAgent for Watched {
    /// Asked even while the agent rests: whether it is, is decided before
    /// ([`crate::agents::AgentDirectory::capabilities`]), and a person may always look.
    async fn capabilities(&self, deadline: Instant) -> Told<Capabilities> {
        let permit = self.health.place(deadline).await?;
        let told = self.inner.capabilities(deadline).await;
        self.health.note(answers(&told));
        drop(permit);
        told
    }

    async fn account(
        &self,
        capabilities: &Capabilities,
        need: &AccountNeed,
        deadline: Instant,
    ) -> Told<AccountRef> {
        self.told(deadline, self.inner.account(capabilities, need, deadline))
            .await
    }

    async fn products(
        &self,
        dialect: Dialect,
        brand: &str,
        account: Option<&AccountRef>,
        query: &DiscoveryQuery,
        deadline: Instant,
    ) -> Told<Vec<Offer>> {
        let asked = self
            .inner
            .products(dialect, brand, account, query, deadline);
        self.told(deadline, asked).await
    }

    async fn create(&self, arguments: &RawValue, currency: Currency, deadline: Instant) -> Placed {
        self.placed(deadline, self.inner.create(arguments, currency, deadline))
            .await
    }

    async fn change(&self, arguments: &RawValue, currency: Currency, deadline: Instant) -> Placed {
        self.placed(deadline, self.inner.change(arguments, currency, deadline))
            .await
    }

    async fn answer(
        &self,
        request: AnswerRequest<'_>,
        currency: Currency,
        deadline: Instant,
    ) -> Answered {
        let permit = match self.enter(deadline).await {
            Ok(permit) => permit,
            Err(refused) => {
                return Answered::NotTaken {
                    error: refused.error,
                    raw: nothing_sent(),
                };
            }
        };
        let answered = self.inner.answer(request, currency, deadline).await;
        self.health.note(match &answered {
            Answered::Placed(placed) => answers_create(placed),
            Answered::NotTaken { error, .. } => error.code != "not_sent",
        });
        drop(permit);
        answered
    }

    async fn task(
        &self,
        buyer: &Buyer,
        task_id: &str,
        currency: Currency,
        deadline: Instant,
    ) -> Told<Reading> {
        let asked = self.inner.task(buyer, task_id, currency, deadline);
        self.told(deadline, asked).await
    }

    async fn media_buys(
        &self,
        buyer: &Buyer,
        which: Which<'_>,
        currency: Currency,
        deadline: Instant,
    ) -> Told<Vec<SeenBuy>> {
        let asked = self.inner.media_buys(buyer, which, currency, deadline);
        self.told(deadline, asked).await
    }

    async fn ask(
        &self,
        buyer: &Buyer,
        request: WishRequest<'_>,
        deadline: Instant,
    ) -> (WishAnswer, Option<RawExchange>) {
        let permit = match self.enter(deadline).await {
            Ok(permit) => permit,
            Err(refused) => return (WishAnswer::NotConfirmed(refused.error), None),
        };
        let answer = self.inner.ask(buyer, request, deadline).await;
        let answered = !matches!(&answer.0, WishAnswer::NotConfirmed(error)
            if matches!(error.code.as_str(), Silence::CODE | "not_sent"));
        self.health.note(answered);
        drop(permit);
        answer
    }

    async fn delivery(
        &self,
        buyer: &Buyer,
        seller_buy_ids: &[String],
        days: Option<DayRange>,
        currency: Currency,
        deadline: Instant,
    ) -> Told<Vec<BuyFigures>> {
        let asked = self
            .inner
            .delivery(buyer, seller_buy_ids, days, currency, deadline);
        self.told(deadline, asked).await
    }
}
