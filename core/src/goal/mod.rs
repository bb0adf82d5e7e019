//! Optimisation goals: what a campaign is bought for, and which targets each kind allows.
//! Only an allowed pair of goal and target can be built.

mod event;
mod metric;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::words::words;

pub use event::{
    Attribution, EventGoal, EventGoalParts, EventSource, EventSourceParts, EventTarget, EventType,
};
pub use metric::{Metric, MetricGoal, MetricGoalParts, MetricTarget};

words! {
    /// The four kinds of target; which goal allows which is the rule of this module.
    pub enum TargetKind {
        /// Cost per event or per unit of the metric.
        CostPer = "cost_per",
        /// Value per unit of money spent; events only.
        PerAdSpend = "per_ad_spend",
        /// As much event value as the budget buys; events only, takes no figure.
        MaximizeValue = "maximize_value",
        /// The least rate of the metric per impression; metrics only.
        ThresholdRate = "threshold_rate",
    }
}

impl TargetKind {
    /// Whether a target of this kind has a figure.
    #[must_use]
    pub fn takes_value(self) -> bool {
        !matches!(self, Self::MaximizeValue)
    }
}

/// A figure above 0 and below 1,000,000,000 with at most 6 decimals: targets, durations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Decimal", into = "Decimal")]
pub struct Positive(Decimal);

impl Positive {
    /// The greatest number of decimals.
    pub const MAX_DECIMALS: u32 = 6;
    /// What every figure stays below.
    pub const BELOW: i64 = 1_000_000_000;

    /// A figure; `None` outside the range or with more decimals.
    #[must_use]
    pub fn new(value: Decimal) -> Option<Self> {
        let value = value.normalize();
        let fits = value > Decimal::ZERO
            && value < Decimal::from(Self::BELOW)
            && value.scale() <= Self::MAX_DECIMALS;
        fits.then_some(Self(value))
    }

    /// The figure.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        self.0
    }
}

impl TryFrom<Decimal> for Positive {
    type Error = String;
    fn try_from(value: Decimal) -> Result<Self, String> {
        Self::new(value).ok_or_else(|| {
            format!("expected a figure above 0 with at most 6 decimals, got {value}")
        })
    }
}

impl From<Positive> for Decimal {
    fn from(value: Positive) -> Self {
        value.0
    }
}

/// One optimisation goal; applied to every package at execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Goal {
    /// On what people do at the advertiser.
    Event(EventGoal),
    /// On what the ads do.
    Metric(MetricGoal),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Code, Violation};

    fn source(
        event_type: EventType,
        name: Option<&str>,
        value: Option<&str>,
    ) -> Result<EventSource, Violation> {
        EventSource::new(EventSourceParts {
            event_source_id: "pixel".into(),
            event_type,
            custom_event_name: name.map(Into::into),
            value_field: value.map(Into::into),
            value_factor: None,
        })
    }

    fn goal(value: Option<&str>, target: EventTarget) -> Result<EventGoal, Violation> {
        EventGoal::new(EventGoalParts {
            sources: vec![source(EventType::Purchase, None, value)?],
            target: Some(target),
            attribution: None,
            priority: None,
        })
    }

    #[test]
    fn a_custom_event_has_a_name_and_no_other_has() {
        assert!(source(EventType::Custom, Some("brochure"), None).is_ok());
        assert_eq!(
            source(EventType::Custom, None, None).unwrap_err().code,
            Code::Required
        );
        assert_eq!(
            source(EventType::Lead, Some("x"), None).unwrap_err().code,
            Code::NotAllowedHere
        );
    }

    #[test]
    fn targets_on_value_need_a_source_with_a_value() {
        let four = Positive::new(Decimal::from(4)).unwrap();
        assert!(goal(None, EventTarget::CostPer(four)).is_ok());
        assert!(goal(Some("amount"), EventTarget::PerAdSpend(four)).is_ok());
        assert!(goal(None, EventTarget::PerAdSpend(four)).is_err());
        assert!(goal(None, EventTarget::MaximizeValue).is_err());
    }

    #[test]
    fn view_duration_belongs_to_completed_views() {
        let parts = |metric| MetricGoalParts {
            metric,
            view_duration_seconds: Positive::new(Decimal::from(15)),
            target: None,
            priority: None,
        };
        assert!(MetricGoal::new(parts(Metric::CompletedViews)).is_ok());
        assert!(MetricGoal::new(parts(Metric::Clicks)).is_err());
    }

    #[test]
    fn figures_stay_in_their_range() {
        assert!(Positive::new(Decimal::ZERO).is_none());
        assert!(Positive::new(Decimal::new(1, 7)).is_none());
        assert!(Positive::new(Decimal::from(Positive::BELOW)).is_none());
        assert_eq!(
            Positive::new(Decimal::new(10, 7)).unwrap().to_decimal(),
            Decimal::new(1, 6)
        );
    }

    #[test]
    fn the_stored_form_reads_through_the_same_rules() {
        let good = Goal::Event(goal(Some("amount"), EventTarget::MaximizeValue).unwrap());
        let text = serde_json::to_string(&good).unwrap();
        assert_eq!(serde_json::from_str::<Goal>(&text).unwrap(), good);
        let bad = text.replace("\"amount\"", "null");
        assert!(serde_json::from_str::<Goal>(&bad).is_err());
    }
}
