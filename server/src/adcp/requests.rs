//! The requests we send, as pure functions: same input, same bytes. A create's bytes are stored
//! before they are sent and go out as they are (decision 14). Requests are written in the 3.1
//! shape, valid in 3.0 and 3.2 as well (decision 33).

use chrono::NaiveDate;
use flighting_core::flight::DayRange;
use flighting_core::selection::DiscoveryQuery;
use flighting_core::targeting::Channel;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::overlay::{Exact, Unspeakable};
use super::version::{Dialect, MAJOR};

pub use super::create_request::{answered, create_media_buy};
pub use super::update_request::{Changing, update_media_buy};

/// How many entries we ask for per page: the protocol's most.
pub const PAGE: u32 = 100;

/// Every status a buy can have; without them `get_media_buys` answers only active ones.
const ALL_STATUSES: [&str; 7] = [
    "pending_creatives",
    "pending_start",
    "active",
    "paused",
    "completed",
    "rejected",
    "canceled",
];

/// Which account at the seller pays: the seller's id of it, or who we are. Never both at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AccountRef {
    /// The seller's id.
    Id {
        /// The id.
        account_id: String,
    },
    /// Brand and operator; sandbox accounts are separate ones.
    Natural {
        /// The advertiser.
        brand: BrandRef,
        /// Who buys for it: a domain.
        operator: String,
        /// Whether nothing real is bought.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        sandbox: bool,
    },
}

/// An advertiser's brand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrandRef {
    /// Its domain.
    pub domain: String,
}

/// Who buys at one agent, and how we speak with it: what every request after the first depends
/// on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buyer {
    /// The release.
    pub dialect: Dialect,
    /// The advertiser's brand domain.
    pub brand: String,
    /// Who pays.
    pub account: AccountRef,
}

#[derive(Serialize)]
struct Page<'a> {
    max_results: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<&'a str>,
}

/// Writes arguments; a struct of ours always becomes JSON.
pub(super) fn written<T: Serialize>(arguments: &T) -> Result<Box<RawValue>, Unspeakable> {
    serde_json::value::to_raw_value(arguments)
        .map_err(|error| Unspeakable(format!("the request could not be written: {error}")))
}

#[derive(Serialize)]
struct GetCapabilities {
    #[serde(skip_serializing_if = "Option::is_none")]
    adcp_version: Option<&'static str>,
    adcp_major_version: u8,
    protocols: [&'static str; 1],
}

/// `get_adcp_capabilities`, pinned to a release the agent may not know yet.
///
/// # Errors
/// [`Unspeakable`] when it cannot be written.
pub fn get_adcp_capabilities(dialect: Dialect) -> Result<Box<RawValue>, Unspeakable> {
    written(&GetCapabilities {
        adcp_version: dialect.wire_version(),
        adcp_major_version: MAJOR,
        protocols: ["media_buy"],
    })
}

#[derive(Serialize)]
struct ListAccounts<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    adcp_version: Option<&'static str>,
    adcp_major_version: u8,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sandbox: Option<bool>,
    pagination: Page<'a>,
}

/// `list_accounts`: the active accounts that our credential reaches.
///
/// # Errors
/// [`Unspeakable`] when it cannot be written.
pub fn list_accounts(
    dialect: Dialect,
    sandbox: bool,
    cursor: Option<&str>,
) -> Result<Box<RawValue>, Unspeakable> {
    written(&ListAccounts {
        adcp_version: dialect.wire_version(),
        adcp_major_version: MAJOR,
        status: "active",
        sandbox: sandbox.then_some(true),
        pagination: Page {
            max_results: PAGE,
            cursor,
        },
    })
}

#[derive(Serialize)]
struct SyncAccounts<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    adcp_version: Option<&'static str>,
    adcp_major_version: u8,
    idempotency_key: &'a str,
    accounts: [SyncAccount<'a>; 1],
}

#[derive(Serialize)]
struct SyncAccount<'a> {
    brand: BrandRef,
    operator: &'a str,
    billing: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    sandbox: bool,
}

/// `sync_accounts`: declares the advertiser's account. `billing` is operator, agent or
/// advertiser.
///
/// # Errors
/// [`Unspeakable`] when it cannot be written.
pub fn sync_accounts(
    dialect: Dialect,
    idempotency_key: &str,
    brand: &str,
    operator: &str,
    billing: &str,
    sandbox: bool,
) -> Result<Box<RawValue>, Unspeakable> {
    written(&SyncAccounts {
        adcp_version: dialect.wire_version(),
        adcp_major_version: MAJOR,
        idempotency_key,
        accounts: [SyncAccount {
            brand: BrandRef {
                domain: brand.to_owned(),
            },
            operator,
            billing,
            sandbox,
        }],
    })
}

#[derive(Serialize)]
struct GetProducts<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    adcp_version: Option<&'static str>,
    adcp_major_version: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a AccountRef>,
    buying_mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    brief: Option<&'a str>,
    brand: BrandRef,
    #[serde(skip_serializing_if = "Option::is_none")]
    filters: Option<Filters<'a>>,
    pagination: Page<'a>,
}

#[derive(Serialize)]
struct Filters<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    budget_range: Option<BudgetRange>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    countries: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    channels: Vec<&'static str>,
}

#[derive(Serialize)]
struct BudgetRange {
    max: Exact,
    currency: &'static str,
}

/// `get_products`: with a brief, what fits it; without, the whole catalogue. Channels, countries,
/// days and money at hand go as filters.
///
/// # Errors
/// [`Unspeakable`] when it cannot be written.
pub fn get_products(
    dialect: Dialect,
    brand: &str,
    account: Option<&AccountRef>,
    query: &DiscoveryQuery,
    cursor: Option<&str>,
) -> Result<Box<RawValue>, Unspeakable> {
    let DiscoveryQuery {
        brief,
        channels,
        countries,
        budget,
        days,
    } = query;
    let brief = brief
        .as_deref()
        .map(str::trim)
        .filter(|brief| !brief.is_empty());
    let filters = Filters {
        start_date: days.map(|days| days.first()),
        end_date: days.map(|days| days.last()),
        budget_range: budget.map(|budget| BudgetRange {
            max: Exact(budget.to_decimal()),
            currency: budget.currency().code(),
        }),
        countries: countries.iter().map(String::as_str).collect(),
        channels: channels
            .iter()
            .filter_map(|word| Channel::parse_alias(word))
            .map(Channel::as_str)
            .collect(),
    };
    let is_open = filters.start_date.is_none()
        && filters.budget_range.is_none()
        && filters.countries.is_empty()
        && filters.channels.is_empty();
    written(&GetProducts {
        adcp_version: dialect.wire_version(),
        adcp_major_version: MAJOR,
        account,
        buying_mode: if brief.is_some() {
            "brief"
        } else {
            "wholesale"
        },
        brief,
        brand: BrandRef {
            domain: brand.to_owned(),
        },
        filters: (!is_open).then_some(filters),
        pagination: Page {
            max_results: PAGE,
            cursor,
        },
    })
}

#[derive(Serialize)]
struct TaskStatus<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    adcp_version: Option<&'static str>,
    adcp_major_version: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a AccountRef>,
    task_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    include_result: Option<bool>,
}

/// `get_task_status` (3.1), and the 3.0 names of the same thing. 3.0 knows neither account nor
/// `include_result`; its servers that have the latter take it all the same.
///
/// # Errors
/// [`Unspeakable`] when it cannot be written.
pub fn task_status(
    buyer: &Buyer,
    task_id: &str,
    is_30_name: bool,
) -> Result<Box<RawValue>, Unspeakable> {
    written(&TaskStatus {
        adcp_version: buyer.dialect.wire_version(),
        adcp_major_version: MAJOR,
        account: (!is_30_name).then_some(&buyer.account),
        task_id,
        include_result: Some(true),
    })
}

/// Which buys to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// These seller's ids.
    Ids(&'a [String]),
    /// Every buy of the account, in every status.
    All,
}

#[derive(Serialize)]
struct GetMediaBuys<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    adcp_version: Option<&'static str>,
    adcp_major_version: u8,
    account: &'a AccountRef,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_buy_ids: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_filter: Option<[&'static str; 7]>,
    pagination: Page<'a>,
}

/// `get_media_buys`, always in all statuses: without a filter sellers answer active ones only.
///
/// # Errors
/// [`Unspeakable`] when it cannot be written.
pub fn get_media_buys(
    buyer: &Buyer,
    which: Which<'_>,
    cursor: Option<&str>,
) -> Result<Box<RawValue>, Unspeakable> {
    let (media_buy_ids, status_filter) = match which {
        Which::Ids(ids) => (Some(ids), None),
        Which::All => (None, Some(ALL_STATUSES)),
    };
    written(&GetMediaBuys {
        adcp_version: buyer.dialect.wire_version(),
        adcp_major_version: MAJOR,
        account: &buyer.account,
        media_buy_ids,
        status_filter,
        pagination: Page {
            max_results: PAGE,
            cursor,
        },
    })
}

#[derive(Serialize)]
struct SetPaused<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    adcp_version: Option<&'static str>,
    adcp_major_version: u8,
    idempotency_key: &'a str,
    account: &'a AccountRef,
    media_buy_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    paused: bool,
}

/// `update_media_buy` that pauses or resumes a whole buy. A revision, when known, makes a stale
/// update fail instead of undoing another.
///
/// # Errors
/// [`Unspeakable`] when it cannot be written.
pub fn set_paused(
    buyer: &Buyer,
    idempotency_key: &str,
    seller_buy_id: &str,
    revision: Option<u64>,
    paused: bool,
) -> Result<Box<RawValue>, Unspeakable> {
    written(&SetPaused {
        adcp_version: buyer.dialect.wire_version(),
        adcp_major_version: MAJOR,
        idempotency_key,
        account: &buyer.account,
        media_buy_id: seller_buy_id,
        revision: revision.filter(|revision| *revision > 0),
        paused,
    })
}

#[derive(Serialize)]
struct GetDelivery<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    adcp_version: Option<&'static str>,
    adcp_major_version: u8,
    account: &'a AccountRef,
    media_buy_ids: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<NaiveDate>,
    include_package_daily_breakdown: bool,
}

/// `get_media_buy_delivery` over days, or since the beginning without any: figures that replace
/// those we have, with the single days of each package from sellers that tell them.
///
/// # Errors
/// [`Unspeakable`] when it cannot be written.
pub fn get_media_buy_delivery(
    buyer: &Buyer,
    seller_buy_ids: &[String],
    days: Option<DayRange>,
) -> Result<Box<RawValue>, Unspeakable> {
    written(&GetDelivery {
        adcp_version: buyer.dialect.wire_version(),
        adcp_major_version: MAJOR,
        account: &buyer.account,
        media_buy_ids: seller_buy_ids,
        start_date: days.map(DayRange::first),
        end_date: days.map(DayRange::last),
        include_package_daily_breakdown: true,
    })
}
