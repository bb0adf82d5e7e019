//! `budget` and `fees` (contract 3.1 and 3.4, decision 4).

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::read::{Item, Least, Range, Reader};
use super::{Amount, Figure};
use crate::budget::{self, Budget, Fee, PacingStrategy, Percent};
use crate::error::{Code, Refusal, Violation};
use crate::money::{Currency, Money};
use crate::words::words;

/// The most fee lines of one campaign: our choice.
pub const MAX_FEES: usize = 20;

words! {
    /// How money is spent over time, as campaigns spell it.
    pub enum BudgetPacing {
        /// The same every day.
        Even = "EVEN",
        /// As early as the daily cap lets it.
        Asap = "ASAP",
        /// More at the beginning.
        FrontLoaded = "FRONTLOADED",
    }
}

words! {
    /// How money is spent over time, as packages spell it.
    pub enum PackagePacing {
        /// The same every day.
        Even = "even",
        /// As early as possible.
        Asap = "asap",
        /// More at the beginning.
        FrontLoaded = "front_loaded",
    }
}

impl From<PacingStrategy> for BudgetPacing {
    fn from(pacing: PacingStrategy) -> Self {
        match pacing {
            PacingStrategy::Even => Self::Even,
            PacingStrategy::Asap => Self::Asap,
            PacingStrategy::FrontLoaded => Self::FrontLoaded,
        }
    }
}

impl From<BudgetPacing> for PacingStrategy {
    fn from(pacing: BudgetPacing) -> Self {
        match pacing {
            BudgetPacing::Even => Self::Even,
            BudgetPacing::Asap => Self::Asap,
            BudgetPacing::FrontLoaded => Self::FrontLoaded,
        }
    }
}

impl From<PackagePacing> for PacingStrategy {
    fn from(pacing: PackagePacing) -> Self {
        match pacing {
            PackagePacing::Even => Self::Even,
            PackagePacing::Asap => Self::Asap,
            PackagePacing::FrontLoaded => Self::FrontLoaded,
        }
    }
}

impl From<PacingStrategy> for PackagePacing {
    fn from(pacing: PacingStrategy) -> Self {
        match pacing {
            PacingStrategy::Even => Self::Even,
            PacingStrategy::Asap => Self::Asap,
            PacingStrategy::FrontLoaded => Self::FrontLoaded,
        }
    }
}

/// The budget as it is sent. On create `total` is required; on update what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BudgetIn {
    /// Everything the advertiser commits, fees included, in major units; above 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = 300_000.0))]
    pub total: Option<Amount>,
    /// The advertiser's currency; no other is taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(example = "EUR", min_length = 3, max_length = 3)
    )]
    pub currency: Option<String>,
    /// The most media money of the whole campaign in one UTC day; above 0, at most the total.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub daily_cap: Option<Amount>,
    /// How packages spend inside their window; `EVEN` when left out on create.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pacing: Option<BudgetPacing>,
}

/// The budget as it is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BudgetOut {
    /// Everything the advertiser commits, fees included, in major units.
    pub total: Amount,
    /// The currency of every amount of the campaign.
    pub currency: String,
    /// The most media money of the whole campaign in one UTC day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_cap: Option<Amount>,
    /// How packages spend inside their window.
    pub pacing: BudgetPacing,
}

impl From<&Budget> for BudgetOut {
    fn from(budget: &Budget) -> Self {
        let Budget {
            total,
            daily_cap,
            pacing,
        } = budget;
        Self {
            total: (*total).into(),
            currency: total.currency().code().to_owned(),
            daily_cap: daily_cap.map(Into::into),
            pacing: (*pacing).into(),
        }
    }
}

/// An amount with its currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TotalOut {
    /// In major units.
    pub total: Amount,
    /// Its currency.
    pub currency: String,
}

impl From<Money> for TotalOut {
    fn from(money: Money) -> Self {
        Self {
            total: money.into(),
            currency: money.currency().code().to_owned(),
        }
    }
}

words! {
    /// How a fee is worked out.
    pub enum FeeKind {
        /// A percent of the total; follows the total.
        Margin = "MARGIN",
        /// An amount; stays.
        Flat = "FLAT",
    }
}

/// One fee line as it is sent; the list replaces all lines. A margin line takes `marginPercent`
/// and ignores `amount`, a flat line takes `amount`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeeIn {
    /// How it is worked out.
    pub pricing_type: FeeKind,
    /// Margin: percent of the total, 0 to 100 with at most 4 decimals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 100))]
    pub margin_percent: Option<Figure>,
    /// Flat: the amount in major units, at least 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// The campaign's currency; no other is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100))]
    pub label: Option<String>,
}

/// One fee line as it is answered, with the amount it comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeeOut {
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How it is worked out.
    pub pricing_type: FeeKind,
    /// Margin: percent of the total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin_percent: Option<Figure>,
    /// What it comes to, in major units.
    pub amount: Amount,
    /// The currency.
    pub currency: String,
}

/// The fee lines with their amounts.
///
/// # Errors
/// As [`budget::fee_lines`].
pub(super) fn fees_out(total: Money, fees: &[Fee]) -> Result<Vec<FeeOut>, Refusal> {
    let lines = budget::fee_lines(total, fees)?;
    Ok(lines
        .into_iter()
        .map(|budget::FeeLine { fee, amount }| {
            let (pricing_type, margin_percent, label) = match fee {
                Fee::Margin { percent, label } => {
                    (FeeKind::Margin, Some(percent.to_decimal().into()), label)
                }
                Fee::Flat { amount: _, label } => (FeeKind::Flat, None, label),
            };
            FeeOut {
                label,
                pricing_type,
                margin_percent,
                amount: amount.into(),
                currency: amount.currency().code().to_owned(),
            }
        })
        .collect())
}

/// Reads `budget` of a create.
pub(super) fn read_new(item: Item<'_>, reader: &mut Reader, currency: Currency) -> Option<Budget> {
    read(item, reader, currency, None)
}

/// Reads `budget` of an update onto the one that is.
pub(super) fn read_onto(item: Item<'_>, reader: &mut Reader, now: &Budget) -> Option<Budget> {
    read(item, reader, now.total.currency(), Some(now))
}

fn read(
    item: Item<'_>,
    reader: &mut Reader,
    currency: Currency,
    now: Option<&Budget>,
) -> Option<Budget> {
    let before = reader.count();
    let mut fields = item.object(reader)?;
    let total = fields.get(reader, "total");
    let total = if now.is_some() {
        total.optional(reader)
    } else {
        total.required(reader)
    };
    let total = total.and_then(|item| item.money(reader, currency, Least::AboveZero));
    if let Some(item) = fields.get(reader, "currency").optional(reader) {
        item.same_currency(reader, currency);
    }
    let daily_cap = fields
        .get(reader, "dailyCap")
        .optional(reader)
        .and_then(|item| item.money(reader, currency, Least::AboveZero));
    let pacing = fields
        .get(reader, "pacing")
        .optional(reader)
        .and_then(|item| item.word(reader, BudgetPacing::WORDS, BudgetPacing::parse));
    fields.finish(reader);
    if reader.count() > before {
        return None;
    }
    Some(Budget {
        total: total.or(now.map(|budget| budget.total))?,
        daily_cap: daily_cap.or(now.and_then(|budget| budget.daily_cap)),
        pacing: pacing.map_or(
            now.map_or(PacingStrategy::Even, |budget| budget.pacing),
            Into::into,
        ),
    })
}

/// Reads the whole list of fees.
pub(super) fn read_fees(
    item: Item<'_>,
    reader: &mut Reader,
    currency: Currency,
) -> Option<Vec<Fee>> {
    item.each(reader, 0, MAX_FEES, |item, reader| {
        let before = reader.count();
        let mut fields = item.object(reader)?;
        let kind = fields
            .get(reader, "pricingType")
            .required(reader)
            .and_then(|item| item.word(reader, FeeKind::WORDS, FeeKind::parse));
        let percent = fields.get(reader, "marginPercent");
        let amount = fields.get(reader, "amount");
        let mut margin = None;
        let mut flat = None;
        match kind {
            // The amount of a margin line is ours to work out: what was read can be put back.
            Some(FeeKind::Margin) => {
                margin = percent
                    .required(reader)
                    .and_then(|item| read_percent(item, reader));
            }
            Some(FeeKind::Flat) => {
                if percent.is_present() {
                    reader.add(Violation::new(
                        reader.spell(percent.path()),
                        Code::NotAllowedHere,
                        "expected no percent in a flat fee",
                    ));
                }
                flat = amount
                    .required(reader)
                    .and_then(|item| item.money(reader, currency, Least::Zero));
            }
            None => {}
        }
        if let Some(item) = fields.get(reader, "currency").optional(reader) {
            item.same_currency(reader, currency);
        }
        let label = fields
            .get(reader, "label")
            .optional(reader)
            .and_then(|item| item.line(reader, 1, 100));
        fields.finish(reader);
        if reader.count() > before {
            return None;
        }
        match kind? {
            FeeKind::Margin => Some(Fee::Margin {
                percent: margin?,
                label,
            }),
            FeeKind::Flat => Some(Fee::Flat {
                amount: flat?,
                label,
            }),
        }
    })
}

/// A percent of 0 to 100 with at most 4 decimals.
pub(super) fn read_percent(item: Item<'_>, reader: &mut Reader) -> Option<Percent> {
    let range = Range {
        above: None,
        min: Some(Decimal::ZERO),
        max: Decimal::ONE_HUNDRED,
        decimals: 4,
    };
    item.rate(reader, "a percent", range).and_then(Percent::new)
}

#[cfg(test)]
mod tests {
    use super::super::read::testing::{read_with, violations_of};
    use super::*;

    fn eur() -> Currency {
        Currency::parse("EUR").unwrap()
    }

    fn new(text: &str) -> Result<Budget, Vec<Violation>> {
        read_with(text, |item, reader| read_new(item, reader, eur()))
    }

    #[test]
    fn an_update_keeps_what_it_does_not_name() {
        let first =
            new(r#"{"total":1000,"dailyCap":50.5,"pacing":"ASAP","currency":"EUR"}"#).unwrap();
        let next = read_with(r#"{"total":"2000.00"}"#, |i, r| read_onto(i, r, &first)).unwrap();
        assert_eq!(next.total.minor(), 200_000);
        assert_eq!(next.daily_cap, first.daily_cap);
        assert_eq!(next.pacing, PacingStrategy::Asap);
        let same = serde_json::to_string(&BudgetOut::from(&next)).unwrap();
        assert_eq!(
            read_with(&same, |i, r| read_onto(i, r, &first)).unwrap(),
            next
        );
    }

    #[test]
    fn a_budget_has_limits() {
        assert_eq!(new(r#"{"total":1}"#).unwrap().pacing, PacingStrategy::Even);
        let found = violations_of(
            r#"{"total":0,"currency":"USD","dailyCap":null,"pacing":"even","limit":1}"#,
            |i, r| read_new(i, r, eur()),
        );
        assert_eq!(
            found,
            [
                ("x.total".to_owned(), Code::TooSmall),
                ("x.currency".to_owned(), Code::CurrencyMismatch),
                ("x.dailyCap".to_owned(), Code::NullNotAllowed),
                ("x.pacing".to_owned(), Code::UnknownValue),
                ("x.limit".to_owned(), Code::UnknownField),
            ]
        );
        assert_eq!(new("{}").unwrap_err()[0].code, Code::Required);
    }

    fn fees(text: &str) -> Result<Vec<Fee>, Vec<Violation>> {
        read_with(text, |item, reader| read_fees(item, reader, eur()))
    }

    #[test]
    fn fees_can_be_written_back() {
        let first = fees(
            r#"[{"pricingType":"MARGIN","marginPercent":"8.25","label":"service"},{"pricingType":"FLAT","amount":100}]"#,
        )
        .unwrap();
        let total = Money::from_minor(10_000_000, eur()).unwrap();
        let out = fees_out(total, &first).unwrap();
        assert_eq!(out[0].amount.to_decimal(), Decimal::from(8250));
        let text = serde_json::to_string(&out).unwrap();
        assert_eq!(fees(&text).unwrap(), first);
    }

    #[test]
    fn each_kind_of_fee_has_its_own_figure() {
        let codes = |text: &str| violations_of(text, |i, r| read_fees(i, r, eur()));
        assert_eq!(
            codes(
                r#"[{"pricingType":"MARGIN"},{"pricingType":"FLAT","marginPercent":1,"amount":-1,"currency":"USD"}]"#
            ),
            [
                ("x[0].marginPercent".to_owned(), Code::Required),
                ("x[1].marginPercent".to_owned(), Code::NotAllowedHere),
                ("x[1].amount".to_owned(), Code::TooSmall),
                ("x[1].currency".to_owned(), Code::CurrencyMismatch),
            ]
        );
        assert_eq!(
            codes(
                r#"[{"pricingType":"MARGIN","marginPercent":100.1},{"pricingType":"MARGIN","marginPercent":1.00001}]"#
            ),
            [
                ("x[0].marginPercent".to_owned(), Code::TooLarge),
                ("x[1].marginPercent".to_owned(), Code::TooManyDecimals)
            ]
        );
        // What stands beside a margin percent is ignored, whatever it is.
        assert!(fees(r#"[{"pricingType":"MARGIN","marginPercent":8,"amount":0.001}]"#).is_ok());
    }
}
