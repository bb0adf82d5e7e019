//! What an agent sells: products with formats and pricing options.

use serde_json::{Value, json};

use crate::amount::{major, text};
use crate::reading::Object;

/// Channels of AdCP 3.0 and later.
pub(crate) const CHANNELS: [&str; 20] = [
    "display",
    "olv",
    "social",
    "search",
    "ctv",
    "linear_tv",
    "radio",
    "streaming_audio",
    "podcast",
    "dooh",
    "ooh",
    "print",
    "cinema",
    "email",
    "gaming",
    "retail_media",
    "influencer",
    "affiliate",
    "product_placement",
    "sponsored_intelligence",
];

/// What the buyer pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PriceModel {
    /// A thousand impressions.
    Cpm,
    /// One click.
    Cpc,
    /// One completed view.
    Cpcv,
}

impl PriceModel {
    pub(crate) const WORDS: [&str; 3] = ["cpm", "cpc", "cpcv"];

    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "cpm" => Some(Self::Cpm),
            "cpc" => Some(Self::Cpc),
            "cpcv" => Some(Self::Cpcv),
            _ => None,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Cpm => "cpm",
            Self::Cpc => "cpc",
            Self::Cpcv => "cpcv",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Price {
    /// Minor units a unit.
    Fixed(i64),
    /// Lowest bid, minor units a unit.
    Floor(i64),
}

#[derive(Debug, Clone)]
pub(crate) struct PricingOption {
    pub id: String,
    pub model: PriceModel,
    pub currency: String,
    pub price: Price,
    /// Least budget of a package, minor units.
    pub minimum: i64,
}

impl PricingOption {
    /// What a unit costs at `bid`: the fixed price, or half way from the floor to the bid, as an
    /// auction that clears below the bid. Minor units, at least 1.
    pub(crate) fn rate(&self, bid: Option<i64>) -> i64 {
        let rate = match self.price {
            Price::Fixed(price) => price,
            Price::Floor(floor) => {
                let bid = bid.unwrap_or(floor).max(floor);
                floor + (bid - floor) / 2
            }
        };
        rate.max(1)
    }

    fn shown(&self) -> Value {
        let mut shown = Object::new();
        shown.insert("pricing_option_id".into(), self.id.clone().into());
        shown.insert("pricing_model".into(), self.model.word().into());
        shown.insert("currency".into(), self.currency.clone().into());
        match self.price {
            Price::Fixed(price) => {
                shown.insert("fixed_price".into(), major(price));
            }
            Price::Floor(floor) => {
                shown.insert("floor_price".into(), major(floor));
                shown.insert(
                    "price_guidance".into(),
                    json!({
                        "p25": major(floor + floor / 10),
                        "p50": major(floor + floor / 4),
                        "p75": major(floor + floor / 2),
                        "p90": major(floor * 2),
                    }),
                );
            }
        }
        shown.insert("min_spend_per_package".into(), major(self.minimum));
        Value::Object(shown)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Product {
    pub id: String,
    pub name: String,
    pub description: String,
    pub domain: String,
    pub channels: Vec<String>,
    /// Ids of this agent's formats.
    pub formats: Vec<String>,
    pub guaranteed: bool,
    /// Countries where it runs; empty for everywhere.
    pub countries: Vec<String>,
    pub prices: Vec<PricingOption>,
    /// Nothing runs before a creative is assigned to the package.
    pub wants_creatives: bool,
    /// A person at the seller looks at each buy of it first.
    pub needs_approval: bool,
    /// Placed by a test controller rather than part of the catalogue.
    pub seeded: bool,
}

impl Product {
    pub(crate) fn price(&self, id: &str) -> Option<&PricingOption> {
        self.prices.iter().find(|price| price.id == id)
    }

    fn is_video(&self) -> bool {
        self.channels
            .iter()
            .any(|channel| channel == "olv" || channel == "ctv")
    }

    /// As get_products shows it. `relevance` is only given for a brief.
    pub(crate) fn shown(&self, agent_url: &str, relevance: Option<String>) -> Value {
        let formats: Vec<Value> = self
            .formats
            .iter()
            .map(|id| json!({"agent_url": agent_url, "id": id}))
            .collect();
        let prices: Vec<Value> = self.prices.iter().map(PricingOption::shown).collect();
        let mut shown = json!({
            "product_id": self.id,
            "name": self.name,
            "description": self.description,
            "publisher_properties": [{
                "publisher_domain": self.domain,
                "selection_type": "all",
            }],
            "channels": self.channels,
            "format_ids": formats,
            "delivery_type": if self.guaranteed { "guaranteed" } else { "non_guaranteed" },
            "pricing_options": prices,
            "delivery_measurement": {"provider": "Flighting sandbox ad server (simulated)"},
            "reporting_capabilities": {
                "available_reporting_frequencies": ["daily"],
                "expected_delay_minutes": 0,
                "timezone": "UTC",
                "supports_webhooks": false,
                "available_metrics": ["impressions", "spend", "clicks"],
                "date_range_support": "date_range",
            },
            "metric_optimization": {
                "supported_metrics": crate::overlay::METRICS,
                "supported_targets": ["cost_per", "threshold_rate"],
            },
            "is_custom": false,
        });
        if let Value::Object(product) = &mut shown {
            if let Some(forecast) = self.forecast() {
                product.insert("forecast".into(), forecast);
            }
            if let Some(relevance) = relevance {
                product.insert("brief_relevance".into(), relevance.into());
            }
        }
        shown
    }

    /// What three budgets would buy at the first pricing option.
    fn forecast(&self) -> Option<Value> {
        let price = self.prices.first()?;
        if price.model != PriceModel::Cpm {
            return None;
        }
        let rate = price.rate(None);
        let least = price.minimum.max(100_000);
        let points: Vec<Value> = [1, 5, 20]
            .into_iter()
            .map(|times| {
                let budget = least.saturating_mul(times);
                let impressions = budget.saturating_mul(1_000) / rate;
                json!({
                    "budget": major(budget),
                    "metrics": {"impressions": {
                        "low": impressions / 10 * 8,
                        "mid": impressions,
                        "high": impressions / 10 * 11,
                    }},
                })
            })
            .collect();
        Some(json!({"points": points, "method": "modeled", "currency": price.currency}))
    }

    /// Every word that a brief may hit.
    pub(crate) fn words(&self) -> String {
        let mut words = format!(
            "{} {} {}",
            self.name,
            self.description,
            self.channels.join(" ")
        );
        if self.is_video() {
            words.push_str(" video");
        }
        words.push_str(if self.guaranteed {
            " guaranteed"
        } else {
            " auction"
        });
        words.to_lowercase()
    }
}

/// A creative format, with the one file it needs.
#[derive(Debug, Clone)]
pub(crate) struct Format {
    pub id: &'static str,
    pub name: &'static str,
    pub asset: &'static str,
    /// Width and height in pixels; none for sound.
    pub size: Option<(u32, u32)>,
    /// Longest playing time in milliseconds; none for still pictures.
    pub longest_ms: Option<u32>,
}

impl Format {
    pub(crate) fn shown(&self, agent_url: &str) -> Value {
        let mut requirements = Object::new();
        let mut shown = json!({
            "format_id": {"agent_url": agent_url, "id": self.id},
            "name": self.name,
        });
        if let Some((width, height)) = self.size {
            requirements.insert("width".into(), width.into());
            requirements.insert("height".into(), height.into());
        }
        if let Some(longest) = self.longest_ms {
            requirements.insert("max_duration_ms".into(), longest.into());
        }
        if let Value::Object(format) = &mut shown {
            if let Some((width, height)) = self.size {
                format.insert(
                    "renders".into(),
                    json!([{
                        "role": "primary",
                        "dimensions": {"width": width, "height": height, "unit": "px"},
                    }]),
                );
            }
            format.insert(
                "assets".into(),
                json!([{
                    "item_type": "individual",
                    "asset_type": self.asset,
                    "asset_id": self.asset,
                    "required": true,
                    "requirements": requirements,
                }]),
            );
        }
        shown
    }
}

/// `12.50 USD`.
pub(crate) fn priced(minor: i64, currency: &str) -> String {
    format!("{} {currency}", text(minor))
}
