//! Goals on what the ads do.

use serde::{Deserialize, Serialize};

use super::{Positive, TargetKind};
use crate::error::{Code, Violation};
use crate::words::words;

words! {
    /// What a metric goal counts.
    pub enum Metric {
        Clicks = "clicks",
        Views = "views",
        CompletedViews = "completed_views",
        ViewedSeconds = "viewed_seconds",
        AttentionSeconds = "attention_seconds",
        AttentionScore = "attention_score",
        Engagements = "engagements",
        Follows = "follows",
        Saves = "saves",
        ProfileVisits = "profile_visits",
    }
}

/// What a metric goal aims at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum MetricTarget {
    /// Cost per unit of the metric, in the campaign's currency.
    CostPer(Positive),
    /// The least rate per impression: a share for clicks and views, seconds for the `_seconds`
    /// metrics, a score for the attention score.
    ThresholdRate(Positive),
}

impl MetricTarget {
    /// The kind.
    #[must_use]
    pub fn kind(self) -> TargetKind {
        match self {
            Self::CostPer(_) => TargetKind::CostPer,
            Self::ThresholdRate(_) => TargetKind::ThresholdRate,
        }
    }

    /// The figure.
    #[must_use]
    pub fn value(self) -> Positive {
        match self {
            Self::CostPer(value) | Self::ThresholdRate(value) => value,
        }
    }
}

/// A goal on a metric.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "MetricGoalParts", into = "MetricGoalParts")]
pub struct MetricGoal(MetricGoalParts);

/// The members of a [`MetricGoal`], before they are checked against each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricGoalParts {
    /// What is counted.
    pub metric: Metric,
    /// From how many seconds a view counts as completed; only with completed views.
    pub view_duration_seconds: Option<Positive>,
    /// What is aimed at; none: as much of the metric as the budget buys.
    pub target: Option<MetricTarget>,
    /// 1 is the highest; none: the order of the list.
    pub priority: Option<u32>,
}

impl MetricGoal {
    /// A goal.
    ///
    /// # Errors
    /// A violation at `viewDurationSeconds` for any metric but completed views.
    pub fn new(parts: MetricGoalParts) -> Result<Self, Violation> {
        if parts.view_duration_seconds.is_some() && parts.metric != Metric::CompletedViews {
            return Err(Violation::new(
                "viewDurationSeconds",
                Code::NotAllowedHere,
                format!(
                    "expected a view duration only with `completed_views`, got it with `{}`",
                    parts.metric
                ),
            ));
        }
        Ok(Self(parts))
    }

    /// The members.
    #[must_use]
    pub fn parts(&self) -> &MetricGoalParts {
        &self.0
    }
}

impl TryFrom<MetricGoalParts> for MetricGoal {
    type Error = String;
    fn try_from(parts: MetricGoalParts) -> Result<Self, String> {
        Self::new(parts).map_err(|violation| violation.to_string())
    }
}

impl From<MetricGoal> for MetricGoalParts {
    fn from(goal: MetricGoal) -> Self {
        goal.0
    }
}
