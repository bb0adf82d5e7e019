//! What sellers answer, in our words: the outcome of placing a buy, a buy as its seller holds it,
//! and what has to follow.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::ids::{AgentId, MediaBuyId, PackageId, ProductId};
use crate::media_buy::{MediaBuy, OpenTask, SellerBuyStatus, SellerError};
use crate::money::Money;

/// A package as its seller holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SellerPackage {
    /// The seller's id.
    pub seller_package_id: String,
    /// Our id, where the seller echoed our context.
    pub our_package_id: Option<PackageId>,
    /// The product.
    pub product_id: Option<ProductId>,
    /// Its money, rounded half up; none where the seller does not say.
    pub budget: Option<Money>,
    /// Whether it is held by itself.
    pub paused: bool,
    /// Whether it was ended.
    pub canceled: bool,
    /// The bid, where the seller says.
    pub bid: Option<Decimal>,
    /// The last instant of its window, where the seller says.
    pub end: Option<DateTime<Utc>>,
}

/// How the creatives of a buy stand at its seller, over all its packages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SellerCreatives {
    /// Assigned to packages.
    pub assigned: u32,
    /// The seller looks at them.
    pub in_review: u32,
    /// Approved.
    pub approved: u32,
    /// Approved in part.
    pub partly_approved: u32,
    /// Turned down.
    pub rejected: u32,
}

/// A buy as its seller holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SellerBuy {
    /// The seller's id.
    pub media_buy_id: String,
    /// The seller's word for its state.
    pub status: SellerBuyStatus,
    /// `confirmed_at` absent counts as confirmed, null does not (decision 18).
    pub confirmed: bool,
    /// The seller's revision.
    pub revision: Option<u64>,
    /// What may be done now.
    pub valid_actions: Vec<String>,
    /// Its packages; none where the answer does not list them.
    pub packages: Option<Vec<SellerPackage>>,
    /// How its creatives stand.
    pub creatives: SellerCreatives,
    /// What the seller says about it.
    pub message: Option<String>,
    /// When it ends, where the seller says.
    pub end: Option<DateTime<Utc>>,
}

/// A task that decides about a buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SellerTask {
    /// Its id at the seller.
    pub task_id: Option<String>,
    /// The seller's word for its state.
    pub status: String,
    /// What the seller says about it.
    pub message: Option<String>,
    /// Where an answer to its question goes; none where the transport cannot resume.
    pub open: Option<OpenTask>,
}

/// Nothing that settles: the buy may exist (decision 15).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// What happened, in a sentence.
    pub message: String,
    /// An id of the seller's found in an invalid answer; it links the buy.
    pub seller_media_buy_id: Option<String>,
}

impl Silence {
    /// The code where a seller was asked and did not answer: what was asked may be done all the same.
    pub const CODE: &'static str = "no_answer";
}

/// A seller's answer to the request that places a buy, or the end of the task that decides it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The seller holds the buy.
    Accepted(SellerBuy),
    /// The seller decides later.
    Waiting(SellerTask),
    /// The seller asks something first.
    NeedsInput(SellerTask),
    /// The seller said no.
    Rejected(SellerError),
    /// The task that decides about it was called off before there was a buy.
    Canceled(SellerError),
    /// It provably was not bought (decision 15).
    Failed(SellerError),
    /// It may have been bought: nobody knows yet.
    Silent(Silence),
}

/// What came back for one buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The buy.
    pub media_buy_id: MediaBuyId,
    /// Which of the buy's [requests](MediaBuy::requests) it is about.
    pub request: u32,
    /// The answer.
    pub answer: Answer,
    /// The protocol version that was served, where known.
    pub served_version: Option<String>,
}

impl Outcome {
    /// What came back for a buy as it stood when it was sent or asked about. Should another
    /// request be under way when it is settled, it changes nothing.
    #[must_use]
    pub fn of(buy: &MediaBuy, answer: Answer, served_version: Option<String>) -> Self {
        Self {
            media_buy_id: buy.id.clone(),
            request: buy.requests,
            answer,
            served_version,
        }
    }
}

/// What has to happen next for a buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FollowUp {
    /// Ask for the task, or for the buy, again later.
    Poll(MediaBuyId),
    /// Find out whether it exists.
    Reconcile(MediaBuyId),
    /// Ask for the pause or resume that is wished for.
    SendWish(MediaBuyId),
    /// Send the change that waited for the seller's yes to the buy.
    SendChange(MediaBuyId),
    /// Ask what became of a change that the seller decides about.
    PollChange(MediaBuyId),
}

/// A buy that did not go through, for `errors[]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The buy.
    pub media_buy_id: MediaBuyId,
    /// Who was asked.
    pub agent_id: AgentId,
    /// What it said, or `no_answer`.
    pub error: SellerError,
}

impl Answer {
    /// The error an answer puts into `errors[]`; a silent one says `no_answer` (decision 15).
    pub(super) fn trouble(&self) -> Option<SellerError> {
        match self {
            Self::Accepted(_) | Self::Waiting(_) | Self::NeedsInput(_) => None,
            Self::Rejected(error) | Self::Canceled(error) | Self::Failed(error) => {
                Some(error.clone())
            }
            Self::Silent(silence) => Some(SellerError {
                code: Silence::CODE.to_owned(),
                message: silence.message.clone(),
                field: None,
                suggestion: None,
                recovery: None,
                retry_after_s: None,
            }),
        }
    }
}

/// What a seller said to a wish to pause or resume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WishAnswer {
    /// Done. The seller's revision after it, where it says.
    Confirmed {
        /// The seller's revision.
        revision: Option<u64>,
    },
    /// Refused, or no answer that confirms it: the buy stays as it is, and the wish.
    NotConfirmed(SellerError),
}
