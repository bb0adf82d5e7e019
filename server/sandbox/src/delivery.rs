//! Simulated delivery: what a package has served by an instant.
//!
//! A package earns along its pacing from an anchor: the moment it last began or changed. What it
//! served before the anchor is settled for good, day by day; what follows is computed from the
//! clock, so that reading a report changes nothing. Cumulative amounts are whole minor units and
//! a day is the difference of two of them, so the days add up to the total and the total to the
//! budget at the end of the flight.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use crate::product::PriceModel;

/// How a package spends its budget over its flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pacing {
    Even,
    /// All of it in the first tenth of the time that is left.
    Asap,
    /// A rate that falls linearly from 1.5 to 0.5 of the average.
    FrontLoaded,
}

impl Pacing {
    pub(crate) const WORDS: [&str; 3] = ["even", "asap", "front_loaded"];

    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "even" => Some(Self::Even),
            "asap" => Some(Self::Asap),
            "front_loaded" => Some(Self::FrontLoaded),
            _ => None,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Even => "even",
            Self::Asap => "asap",
            Self::FrontLoaded => "front_loaded",
        }
    }
}

/// What was served; money in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Served {
    pub spend: i64,
    pub impressions: i64,
    pub clicks: i64,
    pub completed_views: i64,
}

impl Served {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            spend: self.spend + other.spend,
            impressions: self.impressions + other.impressions,
            clicks: self.clicks + other.clicks,
            completed_views: self.completed_views + other.completed_views,
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            spend: self.spend - other.spend,
            impressions: self.impressions - other.impressions,
            clicks: self.clicks - other.clicks,
            completed_views: self.completed_views - other.completed_views,
        }
    }
}

pub(crate) type ByDay = BTreeMap<NaiveDate, Served>;

/// What the rest of a budget earns from `from` to `end`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Course {
    /// Start of the package's whole flight.
    pub start: DateTime<Utc>,
    pub from: DateTime<Utc>,
    pub end: DateTime<Utc>,
    pub pacing: Pacing,
    /// Minor units still to spend at `from`.
    pub rest: i64,
    pub model: PriceModel,
    /// Minor units a unit of `model`.
    pub rate: i64,
    pub video: bool,
}

impl Course {
    /// Adds what is served from `from` to `now` to `days`.
    pub(crate) fn add_until(&self, now: DateTime<Utc>, days: &mut ByDay) {
        let until = now.min(self.end);
        if until <= self.from || self.rest <= 0 {
            return;
        }
        let mut day = self.from.date_naive();
        let mut before = Served::default();
        loop {
            let Some(next) = day.checked_add_days(Days::new(1)) else {
                return;
            };
            let midnight = next.and_time(NaiveTime::MIN).and_utc();
            let cut = midnight.min(until);
            let after = self.served(self.spent(cut));
            let part = after.minus(before);
            if part != Served::default() {
                let entry = days.entry(day).or_default();
                *entry = entry.plus(part);
            }
            before = after;
            if cut >= until {
                return;
            }
            day = next;
        }
    }

    /// Minor units spent from `from` to `at`; all of the rest at `end`.
    fn spent(&self, at: DateTime<Utc>) -> i64 {
        let seconds = |a: DateTime<Utc>, b: DateTime<Utc>| i128::from((b - a).num_seconds().max(0));
        if at >= self.end {
            return self.rest;
        }
        let (part, whole) = match self.pacing {
            Pacing::Even => (seconds(self.from, at), seconds(self.from, self.end)),
            Pacing::Asap => {
                let whole = (seconds(self.from, self.end) / 10).max(1);
                (seconds(self.from, at).min(whole), whole)
            }
            Pacing::FrontLoaded => {
                // The integral of 1.5 - x over the flight, times twice its length squared.
                let length = seconds(self.start, self.end);
                let weight = |moment: DateTime<Utc>| {
                    let passed = seconds(self.start, moment);
                    3 * length * passed - passed * passed
                };
                let begun = weight(self.from);
                (weight(at) - begun, weight(self.end) - begun)
            }
        };
        if whole <= 0 {
            return self.rest;
        }
        let spent = i128::from(self.rest) * part / whole;
        i64::try_from(spent).unwrap_or(self.rest).min(self.rest)
    }

    /// What `spend` buys. Clicks are 2 in a thousand impressions and 75 of 100 videos are seen
    /// to the end, except where the click or the view is what is paid.
    fn served(&self, spend: i64) -> Served {
        let units = |times: i128| {
            i64::try_from(i128::from(spend) * times / i128::from(self.rate)).unwrap_or(i64::MAX)
        };
        let mut served = Served {
            spend,
            ..Served::default()
        };
        match self.model {
            PriceModel::Cpm => {
                served.impressions = units(1_000);
                served.clicks = served.impressions / 500;
            }
            PriceModel::Cpc => {
                served.clicks = units(1);
                served.impressions = served.clicks.saturating_mul(100);
            }
            PriceModel::Cpcv => {
                served.completed_views = units(1);
                served.impressions = served.completed_views.saturating_mul(4) / 3;
                served.clicks = served.impressions / 500;
            }
        }
        if self.video && self.model != PriceModel::Cpcv {
            served.completed_views = served.impressions / 4 * 3;
        }
        served
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    fn at(day: u32, hour: u32) -> DateTime<Utc> {
        match Utc.with_ymd_and_hms(2027, 1, day, hour, 0, 0) {
            chrono::LocalResult::Single(instant) => instant,
            other => panic!("{other:?}"),
        }
    }

    fn course(pacing: Pacing, rest: i64) -> Course {
        Course {
            start: at(1, 0),
            from: at(1, 0),
            end: at(11, 0),
            pacing,
            rest,
            model: PriceModel::Cpm,
            rate: 650,
            video: true,
        }
    }

    fn total(course: &Course, now: DateTime<Utc>) -> Served {
        let mut days = ByDay::new();
        course.add_until(now, &mut days);
        days.values()
            .fold(Served::default(), |sum, day| sum.plus(*day))
    }

    #[test]
    fn every_pacing_spends_the_budget_to_the_cent_and_never_more() {
        for pacing in [Pacing::Even, Pacing::Asap, Pacing::FrontLoaded] {
            for rest in [1, 7, 99_999, 1_000_003, 999_999_999_999_999] {
                let course = course(pacing, rest);
                let mut last = 0;
                for hour in 0..=240 {
                    let spend = total(&course, at(1, 0) + chrono::Duration::hours(hour)).spend;
                    assert!(spend >= last && spend <= rest, "{pacing:?} {rest} {hour}");
                    last = spend;
                }
                assert_eq!(total(&course, at(30, 0)).spend, rest);
            }
        }
    }

    #[test]
    fn pacing_words_mean_different_curves() {
        let half = at(6, 0);
        assert_eq!(total(&course(Pacing::Even, 100_000), half).spend, 50_000);
        assert_eq!(
            total(&course(Pacing::FrontLoaded, 100_000), half).spend,
            62_500
        );
        assert_eq!(total(&course(Pacing::Asap, 100_000), half).spend, 100_000);
        assert_eq!(
            total(&course(Pacing::Asap, 100_000), at(1, 12)).spend,
            50_000
        );
        assert_eq!(total(&course(Pacing::Even, 100_000), at(1, 0)).spend, 0);
    }

    #[test]
    fn days_add_up_and_bear_what_they_served() {
        let course = course(Pacing::Even, 100_003);
        let mut days = ByDay::new();
        course.add_until(at(20, 0), &mut days);
        assert_eq!(days.len(), 10);
        assert_eq!(days.values().map(|day| day.spend).sum::<i64>(), 100_003);
        let sum = days
            .values()
            .fold(Served::default(), |sum, day| sum.plus(*day));
        assert_eq!(sum.impressions, 100_003 * 1_000 / 650);
        assert_eq!(sum.clicks, sum.impressions / 500);
    }
}
