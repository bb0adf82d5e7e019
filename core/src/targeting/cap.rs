//! Frequency caps and the windows they count in.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::CapId;
use crate::words::words;

words! {
    /// In what a window is measured.
    pub enum WindowUnit {
        Seconds = "seconds",
        Minutes = "minutes",
        Hours = "hours",
        Days = "days",
        /// The whole campaign: not rolling, its interval is always 1.
        Campaign = "campaign",
    }
}

/// A rolling length of time, or the whole campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(u32, WindowUnit)", into = "(u32, WindowUnit)")]
pub struct Window {
    interval: u32,
    unit: WindowUnit,
}

impl Window {
    /// A window; `None` for an interval of 0. For the whole campaign the interval means nothing
    /// and becomes 1.
    #[must_use]
    pub fn new(interval: u32, unit: WindowUnit) -> Option<Self> {
        match (interval, unit) {
            (0, _) => None,
            (_, WindowUnit::Campaign) => Some(Self { interval: 1, unit }),
            _ => Some(Self { interval, unit }),
        }
    }

    /// How many units, at least 1.
    #[must_use]
    pub fn interval(self) -> u32 {
        self.interval
    }

    /// The unit.
    #[must_use]
    pub fn unit(self) -> WindowUnit {
        self.unit
    }
}

impl TryFrom<(u32, WindowUnit)> for Window {
    type Error = String;
    fn try_from((interval, unit): (u32, WindowUnit)) -> Result<Self, String> {
        Self::new(interval, unit)
            .ok_or_else(|| "expected an interval of at least 1, got 0".to_owned())
    }
}

impl From<Window> for (u32, WindowUnit) {
    fn from(window: Window) -> Self {
        (window.interval, window.unit)
    }
}

/// At most so many impressions per person in a window. Several caps all hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(u32, Window)", into = "(u32, Window)")]
pub struct CapRule {
    max_impressions: u32,
    window: Window,
}

impl CapRule {
    /// A rule; `None` for 0 impressions.
    #[must_use]
    pub fn new(max_impressions: u32, window: Window) -> Option<Self> {
        (max_impressions > 0).then_some(Self {
            max_impressions,
            window,
        })
    }

    /// The most impressions, at least 1.
    #[must_use]
    pub fn max_impressions(self) -> u32 {
        self.max_impressions
    }

    /// The window.
    #[must_use]
    pub fn window(self) -> Window {
        self.window
    }
}

impl TryFrom<(u32, Window)> for CapRule {
    type Error = String;
    fn try_from((max, window): (u32, Window)) -> Result<Self, String> {
        Self::new(max, window).ok_or_else(|| "expected at least 1 impression, got 0".to_owned())
    }
}

impl From<CapRule> for (u32, Window) {
    fn from(rule: CapRule) -> Self {
        (rule.max_impressions, rule.window)
    }
}

/// A frequency cap of a campaign or an advertiser. Replaced ones stay as history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrequencyCap {
    /// Stable id.
    pub id: CapId,
    /// What it says.
    pub rule: CapRule,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When another list took its place.
    pub archived_at: Option<DateTime<Utc>>,
}

/// Puts new caps in the place of all that are in force, which become history; `None` keeps them,
/// an empty list clears.
pub fn replace_caps(
    existing: &mut Vec<FrequencyCap>,
    rules: Option<Vec<(CapId, CapRule)>>,
    now: DateTime<Utc>,
) {
    let Some(rules) = rules else { return };
    for cap in existing.iter_mut().filter(|cap| cap.archived_at.is_none()) {
        cap.archived_at = Some(now);
    }
    existing.extend(rules.into_iter().map(|(id, rule)| FrequencyCap {
        id,
        rule,
        created_at: now,
        archived_at: None,
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_caps_take_the_place_of_those_in_force() {
        let at = |day: u32| {
            chrono::NaiveDate::from_ymd_opt(2026, 1, day)
                .unwrap()
                .and_hms_opt(0, 0, 0)
                .unwrap()
                .and_utc()
        };
        let rule = |max| CapRule::new(max, Window::new(1, WindowUnit::Days).unwrap()).unwrap();
        let id = |n: u32| CapId::parse(&format!("cap_{n}")).unwrap();
        let mut caps = Vec::new();
        replace_caps(&mut caps, Some(vec![(id(1), rule(3))]), at(1));
        replace_caps(&mut caps, None, at(2));
        assert_eq!(caps.len(), 1);
        assert_eq!(caps[0].archived_at, None);
        replace_caps(&mut caps, Some(vec![(id(2), rule(5))]), at(3));
        assert_eq!(caps[0].archived_at, Some(at(3)));
        assert_eq!(caps[1].archived_at, None);
        replace_caps(&mut caps, Some(vec![]), at(4));
        assert_eq!(caps[0].archived_at, Some(at(3)));
        assert!(caps.iter().all(|cap| cap.archived_at.is_some()));
    }

    #[test]
    fn a_campaign_window_has_no_interval_of_its_own() {
        assert_eq!(Window::new(7, WindowUnit::Campaign).unwrap().interval(), 1);
        assert!(Window::new(0, WindowUnit::Days).is_none());
    }
}
