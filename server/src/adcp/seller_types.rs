//! The fields of sellers' answers that are not about a single buy: capabilities, accounts,
//! products, delivery.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use super::lenient::{count, decimal, each, lenient, text, words};
use super::types::WirePagination;

/// `get_adcp_capabilities`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireCapabilities {
    #[serde(deserialize_with = "lenient")]
    pub adcp: Option<WireAdcp>,
    #[serde(deserialize_with = "words")]
    pub supported_protocols: Vec<String>,
    #[serde(deserialize_with = "lenient")]
    pub account: WireAccountRules,
    #[serde(deserialize_with = "lenient")]
    pub media_buy: WireMediaBuyRules,
    #[serde(deserialize_with = "words")]
    pub specialisms: Vec<String>,
    #[serde(deserialize_with = "lenient")]
    pub request_signing: WireSigning,
}

/// Its `adcp` part.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireAdcp {
    #[serde(deserialize_with = "lenient")]
    pub major_versions: Vec<u64>,
    #[serde(deserialize_with = "lenient")]
    pub supported_versions: Option<Vec<String>>,
    #[serde(deserialize_with = "lenient")]
    pub idempotency: WireIdempotency,
}

/// How long a seller remembers keys.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireIdempotency {
    #[serde(deserialize_with = "lenient")]
    pub supported: Option<bool>,
    #[serde(deserialize_with = "count")]
    pub replay_ttl_seconds: Option<u64>,
}

/// How a seller wants accounts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireAccountRules {
    #[serde(deserialize_with = "lenient")]
    pub require_operator_auth: bool,
    #[serde(deserialize_with = "words")]
    pub supported_billing: Vec<String>,
}

/// What a seller's media buys can do.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireMediaBuyRules {
    #[serde(deserialize_with = "words")]
    pub supported_pricing_models: Vec<String>,
}

/// Which requests have to be signed, and how.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireSigning {
    #[serde(deserialize_with = "lenient")]
    pub supported: Option<bool>,
    #[serde(deserialize_with = "text")]
    pub covers_content_digest: Option<String>,
    #[serde(deserialize_with = "words")]
    pub required_for: Vec<String>,
    #[serde(deserialize_with = "words")]
    pub warn_for: Vec<String>,
    #[serde(deserialize_with = "words")]
    pub supported_for: Vec<String>,
    #[serde(deserialize_with = "words")]
    pub protocol_methods_required_for: Vec<String>,
    #[serde(deserialize_with = "words")]
    pub protocol_methods_warn_for: Vec<String>,
    #[serde(deserialize_with = "words")]
    pub protocol_methods_supported_for: Vec<String>,
}

/// `list_accounts` and `sync_accounts`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireAccounts {
    #[serde(deserialize_with = "each")]
    pub accounts: Vec<WireAccount>,
    #[serde(deserialize_with = "lenient")]
    pub pagination: WirePagination,
}

/// One account.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireAccount {
    #[serde(deserialize_with = "text")]
    pub account_id: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub brand: WireBrand,
    #[serde(deserialize_with = "text")]
    pub operator: Option<String>,
    #[serde(deserialize_with = "text")]
    pub action: Option<String>,
    #[serde(deserialize_with = "text")]
    pub status: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub sandbox: Option<bool>,
    #[serde(deserialize_with = "lenient")]
    pub setup: WireSetup,
    #[serde(deserialize_with = "lenient")]
    pub errors: Vec<Value>,
}

/// A brand.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireBrand {
    #[serde(deserialize_with = "text")]
    pub domain: Option<String>,
}

/// What a person has to do for an account.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireSetup {
    #[serde(deserialize_with = "text")]
    pub url: Option<String>,
    #[serde(deserialize_with = "text")]
    pub message: Option<String>,
}

/// `get_products`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireProducts {
    #[serde(deserialize_with = "each")]
    pub products: Vec<WireProduct>,
    #[serde(deserialize_with = "lenient")]
    pub pagination: WirePagination,
}

/// One product.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireProduct {
    #[serde(deserialize_with = "text")]
    pub product_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub description: Option<String>,
    #[serde(deserialize_with = "text")]
    pub delivery_type: Option<String>,
    #[serde(deserialize_with = "words")]
    pub channels: Vec<String>,
    #[serde(deserialize_with = "each")]
    pub format_ids: Vec<WireFormatId>,
    #[serde(deserialize_with = "each")]
    pub format_options: Vec<WireFormatOption>,
    #[serde(deserialize_with = "each")]
    pub pricing_options: Vec<WirePricing>,
    #[serde(deserialize_with = "each")]
    pub publisher_properties: Vec<WireProperty>,
    #[serde(deserialize_with = "text")]
    pub brief_relevance: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub reporting_capabilities: WireReporting,
}

/// How delivery of a product is reported.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireReporting {
    #[serde(deserialize_with = "lenient")]
    pub supports_webhooks: bool,
    #[serde(deserialize_with = "words")]
    pub available_reporting_frequencies: Vec<String>,
}

/// A format of 3.0 and 3.1.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireFormatId {
    #[serde(deserialize_with = "text")]
    pub agent_url: Option<String>,
    #[serde(deserialize_with = "text")]
    pub id: Option<String>,
}

/// A format of 3.1 and 3.2.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireFormatOption {
    #[serde(deserialize_with = "text")]
    pub format_option_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub format_kind: Option<String>,
}

/// How a product is priced.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WirePricing {
    #[serde(deserialize_with = "text")]
    pub pricing_option_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub pricing_model: Option<String>,
    #[serde(deserialize_with = "text")]
    pub currency: Option<String>,
    #[serde(deserialize_with = "decimal")]
    pub fixed_price: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub floor_price: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub min_spend_per_package: Option<Decimal>,
}

/// Where a product runs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireProperty {
    #[serde(deserialize_with = "text")]
    pub publisher_domain: Option<String>,
}

/// `get_media_buy_delivery`, and the result of a reporting webhook.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireDelivery {
    #[serde(deserialize_with = "text")]
    pub notification_type: Option<String>,
    #[serde(deserialize_with = "text")]
    pub next_expected_at: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub reporting_period: WirePeriod,
    #[serde(deserialize_with = "text")]
    pub currency: Option<String>,
    #[serde(deserialize_with = "each")]
    pub media_buy_deliveries: Vec<WireBuyDelivery>,
}

/// What time a report counts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WirePeriod {
    #[serde(deserialize_with = "text")]
    pub start: Option<String>,
    #[serde(deserialize_with = "text")]
    pub end: Option<String>,
}

/// What one buy delivered.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireBuyDelivery {
    #[serde(deserialize_with = "text")]
    pub media_buy_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub currency: Option<String>,
    #[serde(deserialize_with = "text")]
    pub status: Option<String>,
    #[serde(deserialize_with = "text")]
    pub expected_availability: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub is_final: bool,
    #[serde(deserialize_with = "lenient")]
    pub totals: WireFigures,
    #[serde(deserialize_with = "each")]
    pub by_package: Vec<WireFigures>,
}

/// Figures of a buy or a package.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireFigures {
    #[serde(deserialize_with = "text")]
    pub package_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub currency: Option<String>,
    #[serde(deserialize_with = "decimal")]
    pub impressions: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub spend: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub clicks: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub completed_views: Option<Decimal>,
    #[serde(deserialize_with = "each")]
    pub daily_breakdown: Vec<WireDay>,
}

/// Figures of one day.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireDay {
    #[serde(deserialize_with = "text")]
    pub date: Option<String>,
    #[serde(deserialize_with = "decimal")]
    pub impressions: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub spend: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub clicks: Option<Decimal>,
}
