//! Packages as a buyer asks for them, in create_media_buy and in update_media_buy's new ones.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::amount::major;
use crate::buys::Package;
use crate::delivery::{ByDay, Pacing};
use crate::ledger::Ledger;
use crate::overlay;
use crate::product::{Price, PricingOption, Product, priced};
use crate::reading::{Object, Reading, written};
use crate::refusal::Refusal;
use crate::seller::Call;

/// Most packages of one buy.
pub(crate) const MOST: usize = 1_000;

/// Members of a package that are kept and given back as they came.
const KEPT: [&str; 7] = [
    "targeting_overlay",
    "optimization_goals",
    "measurement_terms",
    "performance_standards",
    "impressions",
    "context",
    "ext",
];

/// Most difference between the seller's and a vendor's count that is accepted, in percent.
const LEAST_VARIANCE: f64 = 5.0;

/// The flight of the buy that a package must lie in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flight {
    /// The start that the buyer asked for; none for as soon as possible.
    pub asked_start: Option<DateTime<Utc>>,
    /// When it begins: never before the buy was made.
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

/// A package request whose shape is right.
#[derive(Debug)]
pub(crate) struct Requested {
    /// Where it stood, such as `packages[0]`.
    field: String,
    product_id: String,
    pricing_option_id: String,
    budget: i64,
    pacing: Pacing,
    pub bid: Option<i64>,
    pub start: Option<DateTime<Utc>>,
    pub end: Option<DateTime<Utc>>,
    paused: bool,
    pub creatives: BTreeMap<String, Option<f64>>,
    pub inline: Vec<(String, Object)>,
    kept: Object,
}

/// Members that a package may carry both when it is made and when it is changed.
pub(crate) struct Common {
    pub pacing: Option<Pacing>,
    pub bid: Option<i64>,
    pub start: Option<DateTime<Utc>>,
    pub end: Option<DateTime<Utc>>,
    pub paused: Option<bool>,
    pub creatives: Option<BTreeMap<String, Option<f64>>>,
    pub inline: Vec<(String, Object)>,
    pub kept: Object,
}

impl Common {
    pub(crate) fn read(reading: &mut Reading, from: &Object, at: &str) -> Self {
        let creatives = reading
            .objects(from, at, "creative_assignments", 100)
            .map(|assigned| {
                let mut creatives = BTreeMap::new();
                for (at, one) in assigned {
                    let weight = one.get("weight").map(|weight| match weight.as_f64() {
                        Some(weight) if (0.0..=100.0).contains(&weight) => weight,
                        _ => {
                            reading.wrong(
                                format!("{at}/weight"),
                                "type",
                                "expected a number from 0 to 100",
                            );
                            0.0
                        }
                    });
                    if let Some(id) = reading.needed_text(one, &at, "creative_id") {
                        creatives.insert(id.to_owned(), weight);
                    }
                }
                creatives
            });
        overlay::read_targeting(reading, from, at);
        overlay::read_goals(reading, from, at);
        let mut kept = Object::new();
        for key in KEPT {
            if let Some(value) = from.get(key) {
                kept.insert(key.into(), value.clone());
            }
        }
        if from.contains_key("context") {
            reading.object(from, at, "context");
        }
        Self {
            pacing: reading
                .word(from, at, "pacing", &Pacing::WORDS)
                .and_then(Pacing::parse),
            bid: reading.money(from, at, "bid_price"),
            start: reading.instant(from, at, "start_time"),
            end: reading.instant(from, at, "end_time"),
            paused: reading.flag(from, at, "paused"),
            creatives,
            inline: reading
                .objects(from, at, "creatives", 100)
                .unwrap_or_default()
                .into_iter()
                .map(|(at, creative)| (at, creative.clone()))
                .collect(),
            kept,
        }
    }
}

impl Requested {
    /// Reads the list under `key`; shape errors go to `reading`.
    pub(crate) fn read_all(reading: &mut Reading, arguments: &Object, key: &str) -> Vec<Self> {
        reading
            .objects(arguments, "", key, MOST)
            .unwrap_or_default()
            .into_iter()
            .enumerate()
            .filter_map(|(index, (at, from))| {
                Self::read(reading, from, &at, format!("{key}[{index}]"))
            })
            .collect()
    }

    fn read(reading: &mut Reading, from: &Object, at: &str, field: String) -> Option<Self> {
        let product_id = reading.needed_text(from, at, "product_id");
        let pricing_option_id = reading.needed_text(from, at, "pricing_option_id");
        if !from.contains_key("budget") {
            reading.missing(at, "budget");
        }
        let budget = reading.money(from, at, "budget");
        let common = Common::read(reading, from, at);
        Some(Self {
            field,
            product_id: product_id?.to_owned(),
            pricing_option_id: pricing_option_id?.to_owned(),
            budget: budget?,
            pacing: common.pacing.unwrap_or(Pacing::Even),
            bid: common.bid,
            start: common.start,
            end: common.end,
            paused: common.paused.unwrap_or(false),
            creatives: common.creatives.unwrap_or_default(),
            inline: common.inline,
            kept: common.kept,
        })
    }

    /// The product, if it is sold here at the option asked for.
    ///
    /// # Errors
    ///
    /// `PRODUCT_NOT_FOUND`, or `VALIDATION_ERROR` for an unknown pricing option.
    pub(crate) fn product<'a>(&self, ledger: &'a Ledger) -> Result<&'a Product, Refusal> {
        let product = ledger.product(&self.product_id).ok_or_else(|| {
            Refusal::new(
                "PRODUCT_NOT_FOUND",
                format!("no product `{}`", self.product_id),
            )
            .at(format!("{}.product_id", self.field))
            .suggesting("list the products with get_products")
        })?;
        if product.price(&self.pricing_option_id).is_none() {
            let offered: Vec<&str> = product
                .prices
                .iter()
                .map(|price| price.id.as_str())
                .collect();
            return Err(Refusal::invalid(
                format!("{}.pricing_option_id", self.field),
                format!(
                    "product `{}` has no pricing option `{}`",
                    product.id, self.pricing_option_id
                ),
            )
            .with(json!({"pricing_option_ids": offered})));
        }
        Ok(product)
    }

    /// The pricing option asked for.
    pub(crate) fn option<'a>(&self, product: &'a Product) -> Option<&'a PricingOption> {
        product.price(&self.pricing_option_id)
    }

    /// Refuses measurement terms that no seller can keep.
    pub(crate) fn check_terms(&self) -> Result<(), Refusal> {
        check_terms(&self.field, &self.kept)
    }

    /// Checks the request against the product and the flight, and books it.
    ///
    /// # Errors
    ///
    /// The seller's no, at the member that caused it.
    pub(crate) fn book(
        self,
        call: &Call<'_>,
        ledger: &mut Ledger,
        flight: Flight,
        anchor: DateTime<Utc>,
    ) -> Result<Package, Refusal> {
        let product = self.product(ledger)?.clone();
        let Some(price) = product.price(&self.pricing_option_id).cloned() else {
            return Err(Refusal::new(
                "PRODUCT_UNAVAILABLE",
                "the price was withdrawn",
            ));
        };
        check_budget(&self.field, self.budget, &product, &price.id)?;
        check_bid(&self.field, self.bid, &product, &price.id)?;
        check_window(&self.field, (self.start, self.end), flight, call.now)?;
        let formats = product
            .formats
            .iter()
            .map(|id| json!({"agent_url": call.seller.url, "id": id}))
            .collect();
        let video = product
            .channels
            .iter()
            .any(|channel| channel == "olv" || channel == "ctv");
        Ok(Package {
            id: ledger.issue("pkg"),
            product_id: product.id,
            bid: self.bid.filter(|_| matches!(price.price, Price::Floor(_))),
            price,
            video,
            wants_creatives: product.wants_creatives,
            budget: self.budget,
            pacing: self.pacing,
            start: self.start,
            end: self.end,
            paused: self.paused,
            canceled: None,
            creatives: self.creatives,
            kept: self.kept,
            formats,
            settled: ByDay::new(),
            anchor,
            ready: false,
        })
    }
}

/// Refuses a budget below the option's minimum.
pub(crate) fn check_budget(
    field: &str,
    budget: i64,
    product: &Product,
    pricing_option_id: &str,
) -> Result<(), Refusal> {
    let Some(price) = product.price(pricing_option_id) else {
        return Ok(());
    };
    let least = price.minimum.max(1);
    if budget >= least {
        return Ok(());
    }
    Err(Refusal::new(
        "BUDGET_TOO_LOW",
        format!(
            "`{}` takes at least {} a package, got {}",
            product.id,
            priced(least, &price.currency),
            priced(budget, &price.currency),
        ),
    )
    .at(format!("{field}.budget"))
    .suggesting(format!(
        "raise the budget to {}",
        priced(least, &price.currency)
    ))
    .with(json!({"minimum_budget": major(least), "currency": price.currency})))
}

/// Refuses a bid below the floor. A package without a bid bids the floor.
pub(crate) fn check_bid(
    field: &str,
    bid: Option<i64>,
    product: &Product,
    pricing_option_id: &str,
) -> Result<(), Refusal> {
    let (Some(bid), Some(price)) = (bid, product.price(pricing_option_id)) else {
        return Ok(());
    };
    match price.price {
        Price::Floor(floor) if bid < floor => Err(Refusal::invalid(
            format!("{field}.bid_price"),
            format!(
                "the floor of `{}` is {}, got {}",
                product.id,
                priced(floor, &price.currency),
                priced(bid, &price.currency),
            ),
        )
        .suggesting("bid at least the floor price")
        .with(json!({"floor_price": major(floor), "currency": price.currency}))),
        Price::Floor(_) | Price::Fixed(_) => Ok(()),
    }
}

/// Refuses a window that is empty, over, or not inside the flight.
pub(crate) fn check_window(
    field: &str,
    window: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    flight: Flight,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let start = window.0.unwrap_or(flight.start);
    let end = window.1.unwrap_or(flight.end);
    if window.0.is_some() && flight.asked_start.is_some_and(|asked| start < asked) {
        return Err(Refusal::invalid(
            format!("{field}.start_time"),
            format!("expected a start inside the flight, got {}", written(start)),
        ));
    }
    if end > flight.end {
        return Err(Refusal::invalid(
            format!("{field}.end_time"),
            format!("expected an end inside the flight, got {}", written(end)),
        ));
    }
    if end <= start || end <= now {
        return Err(Refusal::invalid(
            format!("{field}.end_time"),
            format!(
                "expected an end after the start and after now, got {}",
                written(end)
            ),
        ));
    }
    Ok(())
}

/// Refuses measurement terms that no seller can keep.
fn check_terms(field: &str, kept: &Object) -> Result<(), Refusal> {
    let billing = kept
        .get("measurement_terms")
        .and_then(|terms| terms.get("billing_measurement"));
    let Some(billing) = billing else {
        return Ok(());
    };
    let variance = billing.get("max_variance_percent").and_then(Value::as_f64);
    let window = billing.get("measurement_window").and_then(Value::as_str);
    let field = format!("{field}.measurement_terms.billing_measurement");
    if variance.is_some_and(|variance| variance < LEAST_VARIANCE) {
        return Err(Refusal::new(
            "TERMS_REJECTED",
            format!("a variance below {LEAST_VARIANCE} percent cannot be promised"),
        )
        .at(format!("{field}.max_variance_percent"))
        .suggesting("allow 10 percent"));
    }
    match window {
        None | Some("live" | "c3" | "c7") => Ok(()),
        Some(other) => Err(Refusal::new(
            "TERMS_REJECTED",
            format!("expected the window live, c3 or c7, got `{other}`"),
        )
        .at(format!("{field}.measurement_window"))
        .suggesting("take c7")),
    }
}
