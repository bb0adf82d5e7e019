//! AdCP's words to ours: every status and error, one exhaustive match each (decisions 15 and 18).
//!
//! Two axes: the state of the task, and once it is complete the state of the buy. `completed`,
//! `rejected` and `canceled` are words of both; beside a `media_buy_status` the root `status` is
//! always the task's, and in a create a `completed` alone is, too: a buy just made cannot be over.

use chrono::{DateTime, Utc};
use flighting_core::execution::{
    Answer, SellerBuy, SellerCreatives, SellerPackage, SellerTask, Silence,
};
use flighting_core::ids::{MediaBuyId, PackageId, ProductId};
use flighting_core::media_buy::{SellerBuyStatus, SellerError};
use flighting_core::money::{Currency, Money};
use serde_json::{Value, json};

use super::errors::{self, error_in, is_about_the_answer, says_nothing_sure, speaks_of_error};
use super::exchange::Reply;
use super::types::{TaskStatus, WireBuy, WirePackage, WireTask};
use super::verdict::{Finality, Meaning, meaning, not_sent, plain, turned_error};

pub use super::wishes::wish;

/// The word we note where a seller states none.
pub(super) const NOT_STATED: &str = "not_stated";

/// What an answer to the request that places a buy means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What it means.
    pub answer: Answer,
    /// The seller's error, also where it settles nothing: replaying hangs on its code.
    pub error: Option<SellerError>,
    /// The release the seller says it served.
    pub served_version: Option<String>,
}

impl Reading {
    fn new(answer: Answer) -> Self {
        Self {
            answer,
            error: None,
            served_version: None,
        }
    }
}

/// A buy that a seller reports, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenBuy {
    /// The buy.
    pub buy: SellerBuy,
    /// Our id of it, where the seller echoes our context.
    pub our_media_buy_id: Option<MediaBuyId>,
    /// Whether the seller says that something outside keeps it from serving.
    pub is_impaired: bool,
}

/// Reads the outcome of a create (decision 15).
#[must_use]
pub fn create(reply: &Reply, currency: Currency) -> Reading {
    match reply {
        Reply::Answer { body, marked_error } => {
            let settled = buy_body(body, *marked_error, currency, Finality::Direct);
            Reading {
                served_version: served(body),
                ..settled
            }
        }
        Reply::TurnedAway(turned) => Reading::new(Answer::Failed(turned_error(turned))),
        Reply::NeverLeft {
            reason,
            http_status,
        } => Reading::new(Answer::Failed(not_sent(reason, *http_status))),
        Reply::NoAnswer {
            reason,
            http_status: _,
        } => Reading::new(silent(reason.clone(), None)),
    }
}

/// Reads the state of the task that decides about a buy. `None` when the answer is no task: the
/// question failed, and says nothing about the task.
#[must_use]
pub fn task(
    body: &Value,
    marked_error: bool,
    task_id: &str,
    currency: Currency,
) -> Option<Reading> {
    let wire: WireTask = serde_json::from_value(body.clone()).ok()?;
    let says_which = wire.task_id.as_deref() == Some(task_id);
    if (marked_error || body.get("adcp_error").is_some_and(|error| !error.is_null())) && !says_which
    {
        return None;
    }
    let status = TaskStatus::read(wire.status.as_deref()?);
    if !says_which && wire.task_id.is_some() {
        return None;
    }
    let state = |status: &TaskStatus| SellerTask {
        task_id: Some(task_id.to_owned()),
        status: status.as_str().to_owned(),
        message: wire.message.clone(),
        open: None,
    };
    let said = || {
        wire.error
            .as_ref()
            .and_then(errors::read)
            .or_else(|| wire.result.as_ref().and_then(error_in))
            .or_else(|| error_in(body))
    };
    let mut reading = match &status {
        TaskStatus::Submitted | TaskStatus::Working => {
            Reading::new(Answer::Waiting(state(&status)))
        }
        TaskStatus::InputRequired | TaskStatus::AuthRequired => {
            Reading::new(Answer::NeedsInput(state(&status)))
        }
        TaskStatus::Completed => {
            let result = wire
                .result
                .as_ref()
                .filter(|result| result.is_object())
                .unwrap_or(body);
            buy_body(result, false, currency, Finality::Task)
        }
        TaskStatus::Failed => {
            let error = said().unwrap_or_else(|| {
                plain(
                    "task_failed",
                    wire.message.as_deref(),
                    "the seller's task failed",
                )
            });
            let of_task = wire
                .error
                .as_ref()
                .map(|error| json!({"adcp_error": error}));
            let about_answer = [Some(body), wire.result.as_ref(), of_task.as_ref()]
                .into_iter()
                .flatten()
                .any(is_about_the_answer);
            if about_answer {
                own_answer_refused(error)
            } else {
                refusal(error, Finality::Task)
            }
        }
        TaskStatus::Rejected => {
            let error = said().unwrap_or_else(|| {
                plain(
                    "task_rejected",
                    wire.message.as_deref(),
                    "the seller turned it down",
                )
            });
            Reading {
                answer: Answer::Rejected(error.clone()),
                error: Some(error),
                served_version: None,
            }
        }
        TaskStatus::Canceled => ended(wire.message.as_deref()),
        TaskStatus::Unknown(word) => Reading::new(silent(
            format!("the seller says `{word}` of its task"),
            None,
        )),
    };
    reading.served_version = wire.adcp_version.or(reading.served_version);
    Some(reading)
}

/// Reads one entry of `get_media_buys`; none without an id.
#[must_use]
pub fn seen(wire: &WireBuy, currency: Currency) -> Option<SeenBuy> {
    let id = wire.media_buy_id.clone()?;
    let status = SellerBuyStatus::read(
        wire.status
            .as_deref()
            .or(wire.media_buy_status.as_deref())
            .unwrap_or(NOT_STATED),
    );
    Some(SeenBuy {
        buy: seller_buy(id, status, wire, currency),
        our_media_buy_id: wire
            .echoed("media_buy_id")
            .as_deref()
            .and_then(MediaBuyId::parse),
        is_impaired: wire.health.as_deref() == Some("impaired"),
    })
}

pub(super) fn wire_buy(body: &Value) -> WireBuy {
    serde_json::from_value(body.clone()).unwrap_or_default()
}

fn served(body: &Value) -> Option<String> {
    body.get("adcp_version")
        .and_then(Value::as_str)
        .map(str::to_owned)
}

/// Reads a body that should hold a buy, a task or an error.
fn buy_body(body: &Value, marked_error: bool, currency: Currency, finality: Finality) -> Reading {
    let wire = wire_buy(body);
    let task = wire
        .status
        .as_deref()
        .filter(|word| !is_buy_word(word))
        .map(TaskStatus::read);
    let waits = matches!(
        task,
        Some(
            TaskStatus::Submitted
                | TaskStatus::Working
                | TaskStatus::InputRequired
                | TaskStatus::AuthRequired
        )
    );
    let speaks = speaks_of_error(body);
    let fails = marked_error
        || body.get("adcp_error").is_some_and(|error| !error.is_null())
        || task == Some(TaskStatus::Failed)
        || (speaks && !waits);
    if fails {
        return match (error_in(body), &wire.media_buy_id) {
            (error, Some(id)) => Reading {
                error,
                ..Reading::new(silent(
                    "the seller answered an error and a media buy at once".to_owned(),
                    Some(id.clone()),
                ))
            },
            (Some(error), None) if is_about_the_answer(body) => own_answer_refused(error),
            (Some(error), None) if task == Some(TaskStatus::Rejected) => Reading {
                answer: Answer::Rejected(error.clone()),
                error: Some(error),
                served_version: None,
            },
            (Some(error), None) if finality == Finality::Direct && says_nothing_sure(body) => {
                Reading {
                    answer: silent(
                        format!("the seller answered `{}`: {}", error.code, error.message),
                        None,
                    ),
                    error: Some(error),
                    served_version: None,
                }
            }
            (Some(error), None) => refusal(error, finality),
            (None, None) if finality == Finality::Task => refusal(
                plain(
                    "task_failed",
                    wire.message.as_deref(),
                    "the seller's task failed",
                ),
                finality,
            ),
            (None, None) => Reading::new(silent(
                wire.message.as_deref().map_or_else(
                    || "the seller answered an error that says nothing".to_owned(),
                    |words| format!("the seller answered an error without a code: {words}"),
                ),
                None,
            )),
        };
    }
    let state = |status: &TaskStatus| SellerTask {
        task_id: wire.task_id.clone(),
        status: status.as_str().to_owned(),
        message: wire.message.clone(),
        open: None,
    };
    let Some(id) = wire.media_buy_id.clone() else {
        return match &task {
            Some(status @ (TaskStatus::Submitted | TaskStatus::Working))
                if wire.task_id.is_some() =>
            {
                Reading::new(Answer::Waiting(state(status)))
            }
            Some(status @ (TaskStatus::InputRequired | TaskStatus::AuthRequired)) => {
                Reading::new(Answer::NeedsInput(state(status)))
            }
            Some(TaskStatus::Rejected) => {
                let error = plain(
                    "task_rejected",
                    wire.rejection_reason.as_deref().or(wire.message.as_deref()),
                    "the seller turned it down",
                );
                Reading {
                    answer: Answer::Rejected(error.clone()),
                    error: Some(error),
                    served_version: None,
                }
            }
            Some(TaskStatus::Canceled) => ended(wire.message.as_deref()),
            Some(TaskStatus::Submitted | TaskStatus::Working) => Reading::new(silent(
                "the seller works on it and names no task".to_owned(),
                None,
            )),
            Some(TaskStatus::Completed | TaskStatus::Failed | TaskStatus::Unknown(_)) | None => {
                Reading::new(silent(
                    "the seller answered without a media buy, a task or an error".to_owned(),
                    None,
                ))
            }
        };
    };
    let status =
        buy_status(&wire).unwrap_or_else(|| SellerBuyStatus::Unknown(NOT_STATED.to_owned()));
    Reading {
        served_version: served(body),
        ..Reading::new(Answer::Accepted(seller_buy(id, status, &wire, currency)))
    }
}

/// Whether a word of a root `status` can only be the buy's.
fn is_buy_word(word: &str) -> bool {
    matches!(
        word,
        "pending_creatives" | "pending_start" | "active" | "paused"
    )
}

/// The buy's state in an answer to create or update. A root `completed` alone is the task's.
pub(super) fn buy_status(wire: &WireBuy) -> Option<SellerBuyStatus> {
    if let Some(word) = &wire.media_buy_status {
        return Some(SellerBuyStatus::read(word));
    }
    let word = wire.status.as_deref()?;
    (is_buy_word(word) || matches!(word, "rejected" | "canceled"))
        .then(|| SellerBuyStatus::read(word))
}

fn seller_buy(
    id: String,
    status: SellerBuyStatus,
    wire: &WireBuy,
    currency: Currency,
) -> SellerBuy {
    SellerBuy {
        media_buy_id: id,
        status,
        confirmed: wire.confirmed_at.confirms(),
        revision: wire.revision,
        valid_actions: wire.actions(),
        packages: packages(wire, currency),
        creatives: creatives(wire),
        message: wire
            .rejection_reason
            .clone()
            .or_else(|| wire.message.clone()),
        end: instant(wire.end_time.as_deref()),
    }
}

/// How its creatives stand, over all packages.
fn creatives(wire: &WireBuy) -> SellerCreatives {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let with = |word: &str| {
        let approvals = wire.packages.iter().flat_map(|p| &p.creative_approvals);
        let said = approvals.filter(|one| one.approval_status.as_deref() == Some(word));
        count(said.count())
    };
    SellerCreatives {
        assigned: count(
            wire.packages
                .iter()
                .map(|package| package.creative_assignments.len())
                .sum(),
        ),
        in_review: with("pending_review"),
        approved: with("approved"),
        partly_approved: with("partially_approved"),
        rejected: with("rejected"),
    }
}

fn instant(text: Option<&str>) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text?)
        .ok()
        .map(|at| at.with_timezone(&Utc))
}

/// The packages; none where they are not listed, or one has no id or no amount in our currency:
/// what cannot be compared must not pass for equal.
fn packages(wire: &WireBuy, currency: Currency) -> Option<Vec<SellerPackage>> {
    let told = if wire.packages.is_empty() {
        &wire.affected_packages
    } else {
        &wire.packages
    };
    if told.is_empty() {
        return None;
    }
    told.iter()
        .map(|package| self::package(package, wire.currency.as_deref(), currency))
        .collect()
}

fn package(wire: &WirePackage, of_buy: Option<&str>, currency: Currency) -> Option<SellerPackage> {
    let said = wire.currency.as_deref().or(of_buy);
    if said.is_some_and(|code| code != currency.code()) {
        return None;
    }
    let budget = match wire.budget {
        Some(amount) => Some(Money::round_reported(amount, currency)?),
        None => None,
    };
    Some(SellerPackage {
        seller_package_id: wire.package_id.clone()?,
        our_package_id: wire.echoed_package_id().and_then(PackageId::parse),
        product_id: wire.product_id.clone().map(ProductId),
        budget,
        paused: wire.paused,
        canceled: wire.canceled,
        bid: wire.bid_price.map(|bid| bid.normalize()),
        end: instant(wire.end_time.as_deref()),
    })
}

fn refusal(error: SellerError, finality: Finality) -> Reading {
    let answer = match meaning(&error, finality) {
        Meaning::Rejected => Answer::Rejected(error.clone()),
        Meaning::Failed => Answer::Failed(error.clone()),
        Meaning::Silent => silent(
            format!("the seller answered `{}`: {}", error.code, error.message),
            None,
        ),
    };
    Reading {
        answer,
        error: Some(error),
        served_version: None,
    }
}

/// The seller ran the task and then refused what it made: the buy may exist.
fn own_answer_refused(error: SellerError) -> Reading {
    let words = format!(
        "the seller ran the task and refused its own answer: {}",
        error.message
    );
    Reading {
        answer: silent(words, None),
        error: Some(error),
        served_version: None,
    }
}

/// A task that was ended before there was a buy.
fn ended(message: Option<&str>) -> Reading {
    let error = plain("task_canceled", message, "the seller's task was canceled");
    Reading {
        answer: Answer::Canceled(error.clone()),
        error: Some(error),
        served_version: None,
    }
}

fn silent(message: String, seller_media_buy_id: Option<String>) -> Answer {
    Answer::Silent(Silence {
        message,
        seller_media_buy_id,
    })
}
