//! Laying what a seller reports over days. Cumulative figures replace, they never add (decision 2):
//! where a report tells days, those days become what it says; what it counts beyond the days we
//! know is put on the day it was observed for, and what it counts less is taken away again, the
//! youngest day first. So the days of a package add up to what its seller last said.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Delivery;
use crate::error::Refusal;
use crate::flight::DayRange;
use crate::money::{Currency, Money};

/// Figures of a day that change later than this many days after it are late, our choice.
pub const LATE_AFTER_DAYS: i64 = 3;

/// What one package delivered on one UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayFigures {
    /// The figures of the day.
    pub delivery: Delivery,
    /// Whether they came long after the day, or are for a day on which the package did not run.
    pub late: bool,
}

/// Days by date.
pub type ByDay = BTreeMap<NaiveDate, DayFigures>;

/// Figures as a report has them; `None` is what it does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reported {
    /// Times shown.
    pub impressions: Option<u64>,
    /// Media money.
    pub spend: Option<Money>,
    /// Clicks.
    pub clicks: Option<u64>,
}

/// Which time the totals of a report count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// Everything since the package began.
    SinceStart,
    /// These days alone.
    Days(DayRange),
}

impl Span {
    fn holds(self, day: NaiveDate) -> bool {
        match self {
            Self::SinceStart => true,
            Self::Days(days) => days.first() <= day && day <= days.last(),
        }
    }
}

/// What a seller reports of one of its packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageReport {
    /// The seller's id of the package.
    pub seller_package_id: String,
    /// What `totals` counts; days outside are not taken from `days`.
    pub span: Span,
    /// Over the span.
    pub totals: Reported,
    /// Single days, where the seller tells them.
    pub days: BTreeMap<NaiveDate, Reported>,
}

/// What is known of a package: its days, and what it delivered in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// By day.
    pub days: ByDay,
    /// In all. More than the days add up to where an earlier release kept no days.
    pub total: Delivery,
}

impl Known {
    /// Nothing delivered.
    #[must_use]
    pub fn nothing(currency: Currency) -> Self {
        Self {
            days: ByDay::new(),
            total: Delivery::none(currency),
        }
    }
}

/// Lays a report over what is known. `observed` is the day it tells about at the latest; `window`
/// are the days on which the package runs, for the mark of late figures.
///
/// # Errors
/// [`Refusal::CurrencyMismatch`] for money in another currency than the known, [`Refusal::Invalid`]
/// never, [`Refusal::Overflow`] beyond the range of money and counts.
pub fn lay(
    known: &Known,
    report: &PackageReport,
    observed: NaiveDate,
    window: DayRange,
) -> Result<Known, Refusal> {
    let currency = known.total.spend.currency();
    let spends = report.days.values().chain([&report.totals]);
    Money::sum(currency, spends.filter_map(|figures| figures.spend))?;
    let on = match report.span {
        Span::SinceStart => observed,
        Span::Days(days) => days.last().min(observed).max(days.first()),
    };
    let series = |known_of: &dyn Fn(&Delivery) -> i128,
                  told_of: &dyn Fn(&Reported) -> Option<i128>| {
        Series {
            days: known
                .days
                .iter()
                .map(|(day, figures)| (*day, known_of(&figures.delivery)))
                .collect(),
            total: known_of(&known.total),
        }
        .laid(report, told_of, on)
    };
    let count = |count: u64| i128::from(count);
    let impressions = series(&|d| count(d.impressions), &|r| r.impressions.map(count));
    let clicks = series(&|d| count(d.clicks), &|r| r.clicks.map(count));
    let spend = series(&|d| i128::from(d.spend.minor()), &|r| {
        r.spend.map(|spend| i128::from(spend.minor()))
    });
    let delivery = |impressions: i128, spend: i128, clicks: i128| {
        let count = |count: i128| u64::try_from(count).map_err(|_| Refusal::Overflow);
        let minor = i64::try_from(spend).map_err(|_| Refusal::Overflow)?;
        Ok::<_, Refusal>(Delivery {
            impressions: count(impressions)?,
            spend: Money::from_minor(minor, currency).ok_or(Refusal::Overflow)?,
            clicks: count(clicks)?,
        })
    };
    let dates = [&impressions, &spend, &clicks]
        .into_iter()
        .flat_map(|series| series.days.keys().copied());
    let mut days = ByDay::new();
    for day in dates.collect::<std::collections::BTreeSet<_>>() {
        let figures = delivery(impressions.on(day), spend.on(day), clicks.on(day))?;
        let before = known.days.get(&day);
        if before.is_none() && figures == Delivery::none(currency) {
            continue;
        }
        let changed = before.is_none_or(|before| before.delivery != figures);
        let comes_late = day < window.first()
            || day > window.last()
            || (observed - day).num_days() > LATE_AFTER_DAYS;
        days.insert(
            day,
            DayFigures {
                delivery: figures,
                late: before.is_some_and(|before| before.late) || (changed && comes_late),
            },
        );
    }
    Ok(Known {
        days,
        total: delivery(impressions.total, spend.total, clicks.total)?,
    })
}

/// One kind of figure over days.
struct Series {
    days: BTreeMap<NaiveDate, i128>,
    total: i128,
}

impl Series {
    fn on(&self, day: NaiveDate) -> i128 {
        self.days.get(&day).copied().unwrap_or(0)
    }

    fn sum(&self, span: Span) -> i128 {
        self.days
            .iter()
            .filter(|(day, _)| span.holds(**day))
            .map(|(_, amount)| amount)
            .sum()
    }

    fn laid(
        mut self,
        report: &PackageReport,
        told_of: &dyn Fn(&Reported) -> Option<i128>,
        on: NaiveDate,
    ) -> Self {
        let mut undated = (self.total - self.sum(Span::SinceStart)).max(0);
        let mut told = Vec::new();
        for (day, figures) in &report.days {
            if let Some(amount) = told_of(figures)
                && report.span.holds(*day)
            {
                self.days.insert(*day, amount);
                told.push(*day);
            }
        }
        if let Some(total) = told_of(&report.totals) {
            let counted = match report.span {
                Span::SinceStart => undated,
                Span::Days(_) => 0,
            };
            let rest = total - counted - self.sum(report.span);
            if rest > 0 {
                *self.days.entry(on).or_default() += rest;
            } else {
                let mut less = -rest;
                if report.span == Span::SinceStart {
                    let part = less.min(undated);
                    undated -= part;
                    less -= part;
                }
                self.take_away(less, report.span, &told);
            }
        }
        self.total = undated + self.sum(Span::SinceStart);
        self
    }

    /// Takes away from the youngest days first; days that the report tells come last.
    fn take_away(&mut self, mut less: i128, span: Span, told: &[NaiveDate]) {
        for of_told in [false, true] {
            for (day, amount) in self.days.iter_mut().rev() {
                if less > 0 && span.holds(*day) && told.contains(day) == of_told {
                    let part = less.min(*amount);
                    *amount -= part;
                    less -= part;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eur(minor: i64) -> Money {
        Money::from_minor(minor, Currency::parse("EUR").unwrap()).unwrap()
    }

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2027, 3, day).unwrap()
    }

    fn window() -> DayRange {
        DayRange::new(day(1), day(10)).unwrap()
    }

    fn reported(impressions: u64, minor: i64) -> Reported {
        Reported {
            impressions: Some(impressions),
            spend: Some(eur(minor)),
            clicks: None,
        }
    }

    fn totals(impressions: u64, minor: i64) -> PackageReport {
        PackageReport {
            seller_package_id: "p".to_owned(),
            span: Span::SinceStart,
            totals: reported(impressions, minor),
            days: BTreeMap::new(),
        }
    }

    fn spends(known: &Known) -> Vec<(u32, i64)> {
        use chrono::Datelike;
        known
            .days
            .iter()
            .map(|(day, figures)| (day.day(), figures.delivery.spend.minor()))
            .collect()
    }

    fn nothing() -> Known {
        Known::nothing(eur(0).currency())
    }

    #[test]
    fn without_days_the_difference_is_put_on_the_day_observed() {
        let one = lay(&nothing(), &totals(10, 100), day(2), window()).unwrap();
        let two = lay(&one, &totals(25, 250), day(3), window()).unwrap();
        assert_eq!(spends(&two), [(2, 100), (3, 150)]);
        assert_eq!(two.total.spend, eur(250));
        // Saying the same again changes nothing.
        assert_eq!(lay(&two, &totals(25, 250), day(4), window()).unwrap(), two);
    }

    #[test]
    fn told_days_replace_and_the_rest_goes_to_the_day_observed() {
        let mut report = totals(30, 300);
        report.days = [(day(1), reported(10, 120)), (day(2), reported(10, 130))].into();
        let known = lay(&nothing(), &report, day(3), window()).unwrap();
        assert_eq!(spends(&known), [(1, 120), (2, 130), (3, 50)]);
        // Restated: the first day is less, and the third is told by now.
        report.totals = reported(30, 270);
        report.days = [
            (day(1), reported(10, 70)),
            (day(2), reported(10, 130)),
            (day(3), reported(10, 70)),
        ]
        .into();
        let restated = lay(&known, &report, day(4), window()).unwrap();
        assert_eq!(spends(&restated), [(1, 70), (2, 130), (3, 70)]);
        assert_eq!(restated.total.spend, eur(270));
    }

    #[test]
    fn less_than_before_is_taken_from_the_youngest_days() {
        let one = lay(&nothing(), &totals(10, 100), day(2), window()).unwrap();
        let two = lay(&one, &totals(20, 160), day(3), window()).unwrap();
        let less = lay(&two, &totals(20, 70), day(4), window()).unwrap();
        assert_eq!(spends(&less), [(2, 70), (3, 0)]);
        assert_eq!(less.total.spend, eur(70));
    }

    #[test]
    fn a_report_of_days_leaves_the_others_alone() {
        let known = lay(&nothing(), &totals(10, 100), day(2), window()).unwrap();
        let of_third = PackageReport {
            span: Span::Days(DayRange::new(day(3), day(3)).unwrap()),
            ..totals(5, 40)
        };
        let more = lay(&known, &of_third, day(4), window()).unwrap();
        assert_eq!(spends(&more), [(2, 100), (3, 40)]);
        assert_eq!(more.total.spend, eur(140));
        // The same once more replaces; it does not add.
        assert_eq!(lay(&more, &of_third, day(4), window()).unwrap(), more);
    }

    #[test]
    fn late_figures_are_kept_and_marked() {
        let known = lay(&nothing(), &totals(10, 100), day(2), window()).unwrap();
        assert!(!known.days[&day(2)].late);
        let mut report = totals(12, 120);
        report.days = [(day(2), reported(12, 120))].into();
        let late = lay(&known, &report, day(9), window()).unwrap();
        assert!(late.days[&day(2)].late);
        let after = lay(&known, &totals(12, 120), day(14), window()).unwrap();
        assert!(after.days[&day(14)].late && !after.days[&day(2)].late);
        assert_eq!(after.total.spend, eur(120));
    }

    #[test]
    fn what_an_earlier_release_kept_without_days_stays_in_the_total() {
        let old = Known {
            total: Delivery {
                impressions: 10,
                spend: eur(100),
                clicks: 0,
            },
            ..nothing()
        };
        let more = lay(&old, &totals(12, 120), day(5), window()).unwrap();
        assert_eq!(spends(&more), [(5, 20)]);
        assert_eq!(more.total.spend, eur(120));
        let mut told = totals(12, 120);
        told.days = [(day(4), reported(6, 70)), (day(5), reported(6, 50))].into();
        let told = lay(&old, &told, day(5), window()).unwrap();
        assert_eq!(spends(&told), [(4, 70), (5, 50)]);
        assert_eq!(told.total.spend, eur(120));
    }

    #[test]
    fn other_money_and_too_much_of_it_are_refused() {
        let yen = Money::from_minor(1, Currency::parse("JPY").unwrap()).unwrap();
        let mut report = totals(1, 1);
        report.totals.spend = Some(yen);
        assert!(lay(&nothing(), &report, day(1), window()).is_err());
    }
}
