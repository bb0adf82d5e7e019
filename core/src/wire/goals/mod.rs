//! `performanceConfig.optimizationGoals` (contract 10): camelCase on the campaign, snake case
//! inside media buys.

mod read;

use serde::{Deserialize, Serialize};

use super::Figure;
use super::caps::WindowBody;
use crate::goal::{
    EventGoalParts, EventSource, EventSourceParts, EventType, Goal, Metric, MetricGoalParts,
    TargetKind,
};
use crate::words::words;

pub(super) use read::{read, read_of_buy};

words! {
    /// What a goal looks at.
    pub enum GoalKind {
        /// What people do at the advertiser.
        Event = "event",
        /// What the ads do.
        Metric = "metric",
    }
}

impl GoalKind {
    /// The kinds of target that a goal of this kind allows (the brief's table of targets).
    #[must_use]
    pub fn targets(self) -> &'static [TargetKind] {
        match self {
            Self::Event => &[
                TargetKind::CostPer,
                TargetKind::PerAdSpend,
                TargetKind::MaximizeValue,
            ],
            Self::Metric => &[TargetKind::CostPer, TargetKind::ThresholdRate],
        }
    }
}

/// The most goals of one campaign: our choice.
pub const MAX_GOALS: usize = 20;

/// What a campaign is optimised for; `null` on update clears it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PerformanceConfig {
    /// Goals, 1 to 20; applied to every package at execution.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 20))]
    pub optimization_goals: Vec<GoalBody>,
}

/// What a goal aims at. Events allow `cost_per`, `per_ad_spend` and `maximize_value`; metrics
/// allow `cost_per` and `threshold_rate`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GoalTarget {
    /// Which kind.
    pub kind: TargetKind,
    /// Above 0; absent for `maximize_value`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Figure>,
}

macro_rules! goal_bodies {
    ($case:tt, $goal:ident, $source:ident, $attribution:ident) => {
        /// One optimisation goal.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = $case, deny_unknown_fields)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $goal {
            /// Event or metric.
            pub kind: GoalKind,
            /// Events only, required there: where the events come from.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub event_sources: Option<Vec<$source>>,
            /// Metrics only, required there.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub metric: Option<Metric>,
            /// `completed_views` only: seconds from which a view counts as completed.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub view_duration_seconds: Option<Figure>,
            /// What is aimed at; absent: as many as the budget buys.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub target: Option<GoalTarget>,
            /// Events only: how long after a contact an event counts.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub attribution_window: Option<$attribution>,
            /// 1 is the highest; absent: the order of the list.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "openapi", schema(minimum = 1))]
            pub priority: Option<u32>,
        }

        /// Where events come from.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = $case, deny_unknown_fields)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $source {
            /// The source, as registered by the advertiser.
            #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
            pub event_source_id: String,
            /// What happened.
            pub event_type: EventType,
            /// Required for `custom`, not allowed for any other.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
            pub custom_event_name: Option<String>,
            /// The member of the event that holds its value; on at least one source for
            /// `per_ad_spend` and `maximize_value`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
            pub value_field: Option<String>,
            /// What the value is multiplied by, not 0: -1 for refunds, 0.01 for cents.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub value_factor: Option<Figure>,
        }

        /// How long after a contact an event still counts.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = $case, deny_unknown_fields)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $attribution {
            /// After a click; always there, `null`: clicks do not count.
            pub post_click: Option<WindowBody>,
            /// After a view; absent: views do not count.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub post_view: Option<WindowBody>,
        }

        impl From<&Goal> for $goal {
            fn from(goal: &Goal) -> Self {
                match goal {
                    Goal::Event(goal) => {
                        let EventGoalParts {
                            sources,
                            target,
                            attribution,
                            priority,
                        } = goal.parts();
                        Self {
                            kind: GoalKind::Event,
                            event_sources: Some(sources.iter().map(Into::into).collect()),
                            metric: None,
                            view_duration_seconds: None,
                            target: target.map(|target| GoalTarget {
                                kind: target.kind(),
                                value: target.value().map(|value| value.to_decimal().into()),
                            }),
                            attribution_window: attribution.map(|attribution| $attribution {
                                post_click: attribution.post_click().map(Into::into),
                                post_view: attribution.post_view().map(Into::into),
                            }),
                            priority: *priority,
                        }
                    }
                    Goal::Metric(goal) => {
                        let MetricGoalParts {
                            metric,
                            view_duration_seconds,
                            target,
                            priority,
                        } = goal.parts();
                        Self {
                            kind: GoalKind::Metric,
                            event_sources: None,
                            metric: Some(*metric),
                            view_duration_seconds: view_duration_seconds
                                .map(|value| value.to_decimal().into()),
                            target: target.map(|target| GoalTarget {
                                kind: target.kind(),
                                value: Some(target.value().to_decimal().into()),
                            }),
                            attribution_window: None,
                            priority: *priority,
                        }
                    }
                }
            }
        }

        impl From<&EventSource> for $source {
            fn from(source: &EventSource) -> Self {
                let EventSourceParts {
                    event_source_id,
                    event_type,
                    custom_event_name,
                    value_field,
                    value_factor,
                } = source.parts();
                Self {
                    event_source_id: event_source_id.clone(),
                    event_type: *event_type,
                    custom_event_name: custom_event_name.clone(),
                    value_field: value_field.clone(),
                    value_factor: value_factor.map(Into::into),
                }
            }
        }
    };
}

goal_bodies!("camelCase", GoalBody, EventSourceBody, AttributionBody);
goal_bodies!(
    "snake_case",
    BuyGoalOut,
    BuyEventSourceOut,
    BuyAttributionOut
);
