//! A seller that says exactly what a test wants when asked for its capabilities, and takes as long
//! as the test wants. All else it is asked ends the test.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use flighting_core::execution::WishAnswer;
use flighting_core::flight::DayRange;
use flighting_core::money::Currency;
use flighting_core::selection::{DiscoveryQuery, Offer};
use flighting_server::adcp::{
    AccountNeed, AccountRef, AnswerRequest, Answered, BuyFigures, Buyer, CallFailure, Capabilities,
    Dialect, FailureKind, Placed, RawExchange, Reading, SalesAgent, SeenBuy, Told, Which,
    WishRequest,
};
use serde_json::value::RawValue;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// What it does when it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Says that it is no seller.
    Refuses,
    /// Breaks the handler.
    Panics,
}

/// The scripted seller.
#[derive(Debug)]
pub struct Scripted {
    manner: Manner,
    asked: AtomicUsize,
    began: Semaphore,
    gate: Semaphore,
}

impl Scripted {
    /// Answers as soon as [`Scripted::open`] lets it.
    pub fn slow() -> Self {
        Self::new(Manner::Refuses, 0)
    }

    /// Answers at once.
    pub fn prompt() -> Self {
        Self::new(Manner::Refuses, Semaphore::MAX_PERMITS)
    }

    /// Panics at once.
    pub fn broken() -> Self {
        Self::new(Manner::Panics, Semaphore::MAX_PERMITS)
    }

    fn new(manner: Manner, open: usize) -> Self {
        Self {
            manner,
            asked: AtomicUsize::new(0),
            began: Semaphore::new(0),
            gate: Semaphore::new(open),
        }
    }

    /// Lets one question be answered.
    pub fn open(&self) {
        self.gate.add_permits(1);
    }

    /// Waits until a question has arrived that nobody waited for yet.
    pub async fn began(&self) {
        self.began.acquire().await.unwrap().forget();
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl SalesAgent for Scripted {
    async fn capabilities(&self, _: Instant) -> Told<Capabilities> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.began.add_permits(1);
        self.gate.acquire().await.unwrap().forget();
        assert_ne!(
            self.manner,
            Manner::Panics,
            "the scripted seller breaks the handler"
        );
        Err(CallFailure::new(
            FailureKind::NotASeller,
            "it only plays a seller",
            None,
        ))
    }

    async fn account(&self, _: &Capabilities, _: &AccountNeed, _: Instant) -> Told<AccountRef> {
        unreachable!("nobody asks for accounts")
    }

    async fn products(
        &self,
        _: Dialect,
        _: &str,
        _: Option<&AccountRef>,
        _: &DiscoveryQuery,
        _: Instant,
    ) -> Told<Vec<Offer>> {
        unreachable!("nobody asks for products")
    }

    async fn create(&self, _: &RawValue, _: Currency, _: Instant) -> Placed {
        unreachable!("nobody buys")
    }

    async fn answer(&self, _: AnswerRequest<'_>, _: Currency, _: Instant) -> Answered {
        unreachable!("nobody answers questions")
    }

    async fn task(&self, _: &Buyer, _: &str, _: Currency, _: Instant) -> Told<Reading> {
        unreachable!("nobody asks for tasks")
    }

    async fn media_buys(
        &self,
        _: &Buyer,
        _: Which<'_>,
        _: Currency,
        _: Instant,
    ) -> Told<Vec<SeenBuy>> {
        unreachable!("nobody asks for buys")
    }

    async fn change(&self, _: &RawValue, _: Currency, _: Instant) -> Placed {
        unreachable!("nobody changes a buy")
    }

    async fn ask(
        &self,
        _: &Buyer,
        _: WishRequest<'_>,
        _: Instant,
    ) -> (WishAnswer, Option<RawExchange>) {
        unreachable!("nobody pauses")
    }

    async fn delivery(
        &self,
        _: &Buyer,
        _: &[String],
        _: Option<DayRange>,
        _: Currency,
        _: Instant,
    ) -> Told<Vec<BuyFigures>> {
        unreachable!("nobody asks for delivery")
    }
}
