//! What sellers report as delivered: cumulative figures that replace what we had (decision 2).
//! Figures that cannot be ours, in another currency, negative or beyond any range, are told as
//! troubles and taken in by nobody.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use flighting_core::delivery::{PackageReport, Reported, Span};
use flighting_core::media_buy::SellerBuyStatus;
use flighting_core::money::{Currency, Money};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use super::types::{WireBuyDelivery, WireDay, WireDelivery, WireFigures};

/// Figures of a buy or of one of its packages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// How often it was shown.
    pub impressions: Option<u64>,
    /// Media money spent, rounded half up.
    pub spend: Option<Money>,
    /// Clicks; none where the seller does not count them.
    pub clicks: Option<u64>,
    /// Completed views; none where the seller does not count them.
    pub completed_views: Option<u64>,
}

impl From<Figures> for Reported {
    fn from(figures: Figures) -> Self {
        let Figures {
            impressions,
            spend,
            clicks,
            completed_views: _,
        } = figures;
        Self {
            impressions,
            spend,
            clicks,
        }
    }
}

/// Why figures are not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TroubleKind {
    /// They are in another currency than the campaign.
    OtherCurrency,
    /// One of them is below 0.
    Negative,
    /// One of them is beyond any range.
    OutOfRange,
    /// The report speaks of the whole buy alone, and it has several packages.
    NoPackages,
    /// The report speaks of a package that is none of the buy's.
    UnknownPackage,
    /// The report counts less than a day, so that it cannot be told from another part of the day.
    PartOfDay,
}

impl TroubleKind {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::OtherCurrency => "currency_differs",
            Self::Negative => "negative_figures",
            Self::OutOfRange => "figures_out_of_range",
            Self::NoPackages => "no_packages_reported",
            Self::UnknownPackage => "unknown_package",
            Self::PartOfDay => "part_of_a_day",
        }
    }
}

/// Figures that are not taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureTrouble {
    /// Why.
    pub kind: TroubleKind,
    /// The seller's id of the package; none where it is about the whole report of the buy.
    pub seller_package_id: Option<String>,
    /// The sentence.
    pub message: String,
}

impl FigureTrouble {
    /// A trouble of a package, or of the whole buy.
    #[must_use]
    pub fn new(kind: TroubleKind, package: Option<&str>, message: impl Into<String>) -> Self {
        Self {
            kind,
            seller_package_id: package.map(str::to_owned),
            message: message.into(),
        }
    }
}

/// What one package delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageFigures {
    /// The seller's id of the package.
    pub seller_package_id: String,
    /// Over the time that the report counts.
    pub totals: Figures,
    /// Single days, where the seller tells them.
    pub days: BTreeMap<NaiveDate, Figures>,
}

impl PackageFigures {
    /// The same for core, with the time that `totals` count.
    #[must_use]
    pub fn over(&self, span: Span) -> PackageReport {
        PackageReport {
            seller_package_id: self.seller_package_id.clone(),
            span,
            totals: self.totals.into(),
            days: self
                .days
                .iter()
                .map(|(day, figures)| (*day, (*figures).into()))
                .collect(),
        }
    }
}

/// What one buy delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuyFigures {
    /// The seller's id of the buy.
    pub seller_buy_id: String,
    /// The seller's word for its state in the report; reports have words of their own besides.
    pub status: Option<SellerBuyStatus>,
    /// Whether the seller says that figures are late.
    pub delayed: bool,
    /// When the seller expects figures that are late.
    pub expected_at: Option<DateTime<Utc>>,
    /// Whether the seller says that these are the last figures.
    pub is_final: bool,
    /// Of the whole buy.
    pub totals: Figures,
    /// By package.
    pub packages: Vec<PackageFigures>,
    /// What is not taken in, and why.
    pub troubles: Vec<FigureTrouble>,
}

/// Reads a delivery report. Buys and packages without an id are left out.
#[must_use]
pub fn read(report: &WireDelivery, currency: Currency) -> Vec<BuyFigures> {
    report
        .media_buy_deliveries
        .iter()
        .filter_map(|delivery| buy(delivery, report.currency.as_deref(), currency))
        .collect()
}

/// A report that a seller sends by itself.
#[derive(Debug, Clone)]
pub struct SentReport(WireDelivery);

impl SentReport {
    /// Reads its body: the `result` of a reporting webhook. `None` when it is no report.
    #[must_use]
    pub fn read(body: &Value) -> Option<Self> {
        body.get("media_buy_deliveries")?.as_array()?;
        serde_json::from_value(body.clone()).ok().map(Self)
    }

    /// The buys it speaks of, by the seller's ids.
    pub fn seller_buy_ids(&self) -> impl Iterator<Item = &str> {
        self.0
            .media_buy_deliveries
            .iter()
            .filter_map(|delivery| delivery.media_buy_id.as_deref())
    }

    /// The figures of one of its buys.
    #[must_use]
    pub fn buy(&self, seller_buy_id: &str, currency: Currency) -> Option<BuyFigures> {
        let delivery = self
            .0
            .media_buy_deliveries
            .iter()
            .find(|delivery| delivery.media_buy_id.as_deref() == Some(seller_buy_id))?;
        let mut read = buy(delivery, self.0.currency.as_deref(), currency)?;
        match self.0.notification_type.as_deref() {
            Some("delayed") => read.delayed = true,
            Some("final") => read.is_final = true,
            _ => {}
        }
        read.expected_at = read
            .expected_at
            .or_else(|| instant(self.0.next_expected_at.as_deref()).filter(|_| read.delayed));
        Some(read)
    }

    /// The time its totals count: from, and up to but not including.
    #[must_use]
    pub fn period(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let period = &self.0.reporting_period;
        Some((
            instant(period.start.as_deref())?,
            instant(period.end.as_deref())?,
        ))
        .filter(|(start, end)| start < end)
    }
}

fn instant(text: Option<&str>) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text?)
        .ok()
        .map(|at| at.with_timezone(&Utc))
}

fn buy(
    delivery: &WireBuyDelivery,
    of_report: Option<&str>,
    currency: Currency,
) -> Option<BuyFigures> {
    let WireBuyDelivery {
        media_buy_id,
        currency: of_buy,
        status,
        expected_availability,
        is_final,
        totals,
        by_package,
    } = delivery;
    let of_report = of_buy.as_deref().or(of_report);
    let inherited = totals.currency.as_deref().or(of_report);
    let mut troubles = Vec::new();
    let mut packages = Vec::new();
    for package in by_package {
        let Some(id) = package.package_id.clone() else {
            continue;
        };
        match package_figures(&id, package, inherited, currency) {
            Ok(figures) => packages.push(figures),
            Err((kind, message)) => troubles.push(FigureTrouble::new(kind, Some(&id), message)),
        }
    }
    let totals = match figures(totals, of_report, currency) {
        Ok(figures) => figures,
        Err((kind, message)) => {
            // Where packages tell, the sum of them is of no use.
            if by_package.is_empty() {
                troubles.push(FigureTrouble::new(kind, None, message));
            }
            Figures::default()
        }
    };
    Some(BuyFigures {
        seller_buy_id: media_buy_id.clone()?,
        delayed: status.as_deref() == Some("reporting_delayed"),
        status: status.as_deref().map(SellerBuyStatus::read),
        expected_at: instant(expected_availability.as_deref()),
        is_final: *is_final,
        totals,
        packages,
        troubles,
    })
}

/// Why something is no figure of ours.
type Wrong = (TroubleKind, String);

fn package_figures(
    id: &str,
    wire: &WireFigures,
    inherited: Option<&str>,
    currency: Currency,
) -> Result<PackageFigures, Wrong> {
    let mut days = BTreeMap::new();
    for day in &wire.daily_breakdown {
        let WireDay {
            date,
            impressions,
            spend,
            clicks,
        } = day;
        let Some(date) = date.as_deref().and_then(|text| text.parse().ok()) else {
            continue;
        };
        days.insert(
            date,
            Figures {
                impressions: counted("impressions", *impressions)?,
                spend: spent(*spend, currency)?,
                clicks: counted("clicks", *clicks)?,
                completed_views: None,
            },
        );
    }
    Ok(PackageFigures {
        seller_package_id: id.to_owned(),
        totals: figures(wire, inherited, currency)?,
        days,
    })
}

fn figures(
    wire: &WireFigures,
    inherited: Option<&str>,
    currency: Currency,
) -> Result<Figures, Wrong> {
    let said = wire.currency.as_deref().or(inherited);
    if let Some(said) = said.filter(|code| *code != currency.code()) {
        let said: String = said.chars().take(12).collect();
        return Err((
            TroubleKind::OtherCurrency,
            format!("expected figures in {}, got `{said}`", currency.code()),
        ));
    }
    Ok(Figures {
        impressions: counted("impressions", wire.impressions)?,
        spend: spent(wire.spend, currency)?,
        clicks: counted("clicks", wire.clicks)?,
        completed_views: counted("completed views", wire.completed_views)?,
    })
}

/// A count; a fraction is rounded half up like money.
fn counted(what: &str, figure: Option<Decimal>) -> Result<Option<u64>, Wrong> {
    let Some(figure) = figure else {
        return Ok(None);
    };
    not_negative(what, figure)?;
    let whole =
        figure.round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    // Counts are stored as signed columns and added up.
    match whole
        .to_u64()
        .filter(|whole| *whole <= u64::from(u32::MAX) << 20)
    {
        Some(whole) => Ok(Some(whole)),
        None => Err((
            TroubleKind::OutOfRange,
            format!("expected fewer {what}, got {figure}"),
        )),
    }
}

fn spent(figure: Option<Decimal>, currency: Currency) -> Result<Option<Money>, Wrong> {
    let Some(figure) = figure else {
        return Ok(None);
    };
    not_negative("spend", figure)?;
    match Money::round_reported(figure, currency) {
        Some(money) => Ok(Some(money)),
        None => Err((
            TroubleKind::OutOfRange,
            format!("expected less spend, got {figure}"),
        )),
    }
}

fn not_negative(what: &str, figure: Decimal) -> Result<(), Wrong> {
    if figure.is_sign_negative() && !figure.is_zero() {
        return Err((
            TroubleKind::Negative,
            format!("expected {what} of at least 0, got {figure}"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read_one(body: Value) -> BuyFigures {
        let wire: WireDelivery = serde_json::from_value(body).unwrap();
        let usd = Currency::parse("USD").unwrap();
        read(&wire, usd).pop().unwrap()
    }

    fn report(package: Value) -> Value {
        json!({"currency": "USD", "media_buy_deliveries": [{"media_buy_id": "b", "by_package": [package]}]})
    }

    #[test]
    fn money_with_more_digits_is_rounded_half_up_and_days_are_read() {
        let read = read_one(report(json!({
            "package_id": "p", "impressions": 10.0, "spend": 1.005, "clicks": 3,
            "daily_breakdown": [{"date": "2027-03-01", "impressions": 4, "spend": 0.005}, {"date": "nonsense"}],
        })));
        let package = &read.packages[0];
        assert_eq!(package.totals.spend.unwrap().minor(), 101);
        assert_eq!(package.totals.impressions, Some(10));
        let (day, figures) = package.days.first_key_value().unwrap();
        assert_eq!(day.to_string(), "2027-03-01");
        assert_eq!((figures.spend.unwrap().minor(), figures.clicks), (1, None));
        assert_eq!(package.days.len(), 1);
    }

    #[test]
    fn figures_that_cannot_be_ours_are_troubles() {
        for (package, kind) in [
            (
                json!({"package_id": "p", "spend": 1, "currency": "EUR"}),
                TroubleKind::OtherCurrency,
            ),
            (
                json!({"package_id": "p", "spend": -0.01}),
                TroubleKind::Negative,
            ),
            (
                json!({"package_id": "p", "impressions": -1}),
                TroubleKind::Negative,
            ),
            (
                json!({"package_id": "p", "spend": 1e20}),
                TroubleKind::OutOfRange,
            ),
            (
                json!({"package_id": "p", "spend": 1, "daily_breakdown": [{"date": "2027-03-01", "spend": -1}]}),
                TroubleKind::Negative,
            ),
        ] {
            let read = read_one(report(package.clone()));
            assert!(read.packages.is_empty(), "{package}");
            assert_eq!(read.troubles[0].kind, kind, "{package}");
            assert_eq!(read.troubles[0].seller_package_id.as_deref(), Some("p"));
        }
    }

    #[test]
    fn late_reporting_is_told() {
        let body = json!({"currency": "USD", "media_buy_deliveries": [
            {"media_buy_id": "b", "status": "reporting_delayed", "expected_availability": "2027-03-02T00:00:00Z"}]});
        let read = read_one(body.clone());
        assert!(read.delayed && read.expected_at.is_some());
        let sent = SentReport::read(&body).unwrap();
        assert_eq!(sent.seller_buy_ids().collect::<Vec<_>>(), ["b"]);
        assert!(sent.period().is_none());
        assert!(SentReport::read(&json!({"status": "completed"})).is_none());
    }
}
