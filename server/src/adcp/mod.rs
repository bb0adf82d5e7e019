//! How we speak with sales agents: the Ad Context Protocol, release 3.0 to 3.2, over MCP and A2A.
//! Knows core and nothing of the store, the flows or HTTP.
//!
//! `types`, `errors`, `lenient` read; `requests`, `overlay` write; `map` is the one place where
//! sellers' words become ours; `client` joins them over any [`Transport`]; `mcp` and `a2a` are;
//! `guard` with `address` is the only way out of the process.

pub mod a2a;
pub mod accounts;
pub mod address;
mod bounded;
pub mod capabilities;
pub mod changes;
pub mod client;
mod create_request;
pub mod errors;
pub mod exchange;
pub mod failure;
pub mod figures;
pub mod guard;
mod lenient;
pub mod map;
pub mod mcp;
mod mcp_answer;
mod offers;
pub mod operation;
pub mod overlay;
pub mod recovery;
pub mod repeats;
pub mod requests;
mod rpc;
mod seller_types;
pub mod signing;
mod sse;
pub mod types;
mod update_request;
mod verdict;
pub mod version;
mod wishes;

use std::fmt;

use async_trait::async_trait;
use flighting_core::execution::{Answer, WishAnswer};
use flighting_core::flight::DayRange;
use flighting_core::media_buy::{OpenTask, SellerError, Wish};
use flighting_core::money::Currency;
use flighting_core::selection::{DiscoveryQuery, Offer};
use serde_json::value::RawValue;
use tokio::time::Instant;

pub use a2a::A2aTransport;
pub use accounts::AccountNeed;
pub use address::{AddressPolicy, AddressRefusal};
pub use capabilities::Capabilities;
pub use client::AgentClient;
pub use exchange::{Bearer, Exchange, RawExchange, Reply, Transport};
pub use failure::{CallFailure, FailureKind};
pub use figures::{BuyFigures, FigureTrouble, Figures, PackageFigures, SentReport, TroubleKind};
pub use guard::{Guard, Names, Post, SystemNames};
pub use map::{Reading, SeenBuy};
pub use mcp::McpTransport;
pub use overlay::Unspeakable;
pub use requests::{AccountRef, Buyer, Which};
pub use version::{Dialect, Version};

/// What a question to an agent brings.
pub type Told<T> = Result<T, CallFailure>;

/// What became of placing a buy.
#[derive(Debug, Clone)]
pub struct Placed {
    /// What it means.
    pub reading: Reading,
    /// What went and came, for `debug`.
    pub raw: RawExchange,
}

impl Placed {
    /// What becomes of a request that was given up while it was on its way.
    #[must_use]
    pub fn silent(answer: Answer) -> Self {
        Self {
            reading: Reading {
                answer,
                error: None,
                served_version: None,
            },
            raw: RawExchange {
                task: "create_media_buy".to_owned(),
                request: serde_json::Value::Null,
                response: None,
                http_status: None,
                took_ms: 0,
            },
        }
    }
}

/// What became of answering a seller's question.
#[derive(Debug, Clone)]
pub enum Answered {
    /// The answer reached nobody, or nothing ran for it: the question stands.
    NotTaken {
        /// Why.
        error: SellerError,
        /// What went and came, for `debug`.
        raw: RawExchange,
    },
    /// The seller went on with it, or may have.
    Placed(Placed),
}

/// An answer to a seller's question.
#[derive(Debug, Clone, Copy)]
pub struct AnswerRequest<'a> {
    /// The conversation it belongs to.
    pub open: &'a OpenTask,
    /// What a person says.
    pub message: &'a str,
    /// The request that places the buy, with what the answer adds; sent byte for byte.
    pub arguments: &'a RawValue,
}

/// A pause or resume: which buy, and what for.
#[derive(Debug, Clone, Copy)]
pub struct WishRequest<'a> {
    /// The seller's id of the buy.
    pub seller_buy_id: &'a str,
    /// To pause or to resume.
    pub wish: Wish,
    /// The seller's revision, where known.
    pub revision: Option<u64>,
    /// Makes it safe to repeat: one key per wish.
    pub idempotency_key: &'a str,
}

/// One sales agent. Every method asks once and waits no longer than the deadline.
#[async_trait]
pub trait SalesAgent: Send + Sync + fmt::Debug {
    /// What it can do, and which release we speak with it.
    async fn capabilities(&self, deadline: Instant) -> Told<Capabilities>;

    /// The account that pays: declared by us, or one of the seller's.
    async fn account(
        &self,
        capabilities: &Capabilities,
        need: &AccountNeed,
        deadline: Instant,
    ) -> Told<AccountRef>;

    /// What it offers for a query; the account sharpens prices and may be left out.
    async fn products(
        &self,
        dialect: Dialect,
        brand: &str,
        account: Option<&AccountRef>,
        query: &DiscoveryQuery,
        deadline: Instant,
    ) -> Told<Vec<Offer>>;

    /// Places a buy: sends the stored arguments of [`requests::create_media_buy`] byte for byte,
    /// once. Failing is an answer, too.
    async fn create(&self, arguments: &RawValue, currency: Currency, deadline: Instant) -> Placed;

    /// Answers the question on which the placing of a buy waits, once.
    async fn answer(
        &self,
        request: AnswerRequest<'_>,
        currency: Currency,
        deadline: Instant,
    ) -> Answered;

    /// The state of the task that decides about a buy.
    async fn task(
        &self,
        buyer: &Buyer,
        task_id: &str,
        currency: Currency,
        deadline: Instant,
    ) -> Told<Reading>;

    /// Buys as the seller holds them, in every status.
    async fn media_buys(
        &self,
        buyer: &Buyer,
        which: Which<'_>,
        currency: Currency,
        deadline: Instant,
    ) -> Told<Vec<SeenBuy>>;

    /// Changes a buy: sends the stored arguments of [`requests::update_media_buy`] byte for byte,
    /// once. The reading is to be understood by [`changes::answer`].
    async fn change(&self, arguments: &RawValue, currency: Currency, deadline: Instant) -> Placed;

    /// Pauses or resumes a whole buy.
    async fn ask(
        &self,
        buyer: &Buyer,
        request: WishRequest<'_>,
        deadline: Instant,
    ) -> (WishAnswer, Option<RawExchange>);

    /// What buys delivered: over days, or since their beginning.
    async fn delivery(
        &self,
        buyer: &Buyer,
        seller_buy_ids: &[String],
        days: Option<DayRange>,
        currency: Currency,
        deadline: Instant,
    ) -> Told<Vec<BuyFigures>>;
}
