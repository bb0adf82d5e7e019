//! Optimisation goals: what a campaign is bought for, and which targets each kind allows.
//! Only an allowed pair of goal and target can be built.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::error::{Code, Violation};
use crate::targeting::{Window, WindowUnit};
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

words! {
    /// What happened on the advertiser's side; the list of AdCP 3.1.
    pub enum EventType {
        PageView = "page_view",
        ViewContent = "view_content",
        SelectContent = "select_content",
        SelectItem = "select_item",
        Search = "search",
        Share = "share",
        AddToCart = "add_to_cart",
        RemoveFromCart = "remove_from_cart",
        ViewedCart = "viewed_cart",
        AddToWishlist = "add_to_wishlist",
        InitiateCheckout = "initiate_checkout",
        AddPaymentInfo = "add_payment_info",
        Purchase = "purchase",
        Refund = "refund",
        Lead = "lead",
        QualifyLead = "qualify_lead",
        CloseConvertLead = "close_convert_lead",
        DisqualifyLead = "disqualify_lead",
        CompleteRegistration = "complete_registration",
        Subscribe = "subscribe",
        Follow = "follow",
        ContentView = "content_view",
        WatchMilestone = "watch_milestone",
        StartTrial = "start_trial",
        AppInstall = "app_install",
        AppLaunch = "app_launch",
        Contact = "contact",
        Schedule = "schedule",
        Donate = "donate",
        SubmitApplication = "submit_application",
        /// Named by the advertiser.
        Custom = "custom",
    }
}

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

/// What an event goal aims at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum EventTarget {
    /// Cost per event, in the campaign's currency.
    CostPer(Positive),
    /// Value per unit of money spent: 4 is four times the spend.
    PerAdSpend(Positive),
    /// As much event value as the budget buys.
    MaximizeValue,
}

impl EventTarget {
    /// The kind.
    #[must_use]
    pub fn kind(self) -> TargetKind {
        match self {
            Self::CostPer(_) => TargetKind::CostPer,
            Self::PerAdSpend(_) => TargetKind::PerAdSpend,
            Self::MaximizeValue => TargetKind::MaximizeValue,
        }
    }

    /// The figure, where the kind has one.
    #[must_use]
    pub fn value(self) -> Option<Positive> {
        match self {
            Self::CostPer(value) | Self::PerAdSpend(value) => Some(value),
            Self::MaximizeValue => None,
        }
    }

    /// Whether it can only be worked out from the value of events.
    #[must_use]
    pub fn needs_value(self) -> bool {
        matches!(self, Self::PerAdSpend(_) | Self::MaximizeValue)
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

/// Where events come from. A custom event has a name, every other has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "EventSourceParts", into = "EventSourceParts")]
pub struct EventSource(EventSourceParts);

/// The members of an [`EventSource`], before they are checked against each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventSourceParts {
    /// The source, as registered by the advertiser: 1 to 255 characters.
    pub event_source_id: String,
    /// What happened.
    pub event_type: EventType,
    /// The name of a custom event.
    pub custom_event_name: Option<String>,
    /// The member of the event that holds its value.
    pub value_field: Option<String>,
    /// What the value is multiplied by: -1 for refunds, 0.01 for cents; 1 when absent.
    pub value_factor: Option<Decimal>,
}

impl EventSource {
    /// A source.
    ///
    /// # Errors
    /// A violation at `customEventName` when a custom event has no name or another has one; at
    /// `valueFactor` when there is a factor but no `valueField`.
    pub fn new(parts: EventSourceParts) -> Result<Self, Violation> {
        match (parts.event_type, &parts.custom_event_name) {
            (EventType::Custom, None) => {
                return Err(Violation::new(
                    "customEventName",
                    Code::Required,
                    "expected the name of the custom event, got nothing",
                ));
            }
            (EventType::Custom, Some(_)) | (_, None) => {}
            (other, Some(_)) => {
                return Err(Violation::new(
                    "customEventName",
                    Code::NotAllowedHere,
                    format!("expected no custom name for the event `{other}`"),
                ));
            }
        }
        if parts.value_factor.is_some() && parts.value_field.is_none() {
            return Err(Violation::new(
                "valueFactor",
                Code::NotAllowedHere,
                "expected a `valueField` beside the factor, got none",
            ));
        }
        Ok(Self(parts))
    }

    /// The members.
    #[must_use]
    pub fn parts(&self) -> &EventSourceParts {
        &self.0
    }
}

impl TryFrom<EventSourceParts> for EventSource {
    type Error = String;
    fn try_from(parts: EventSourceParts) -> Result<Self, String> {
        Self::new(parts).map_err(|violation| violation.to_string())
    }
}

impl From<EventSource> for EventSourceParts {
    fn from(source: EventSource) -> Self {
        source.0
    }
}

/// How long after a contact an event still counts. Windows are minutes, hours, days or the
/// whole campaign; seconds are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    try_from = "(Option<Window>, Option<Window>)",
    into = "(Option<Window>, Option<Window>)"
)]
pub struct Attribution {
    post_click: Option<Window>,
    post_view: Option<Window>,
}

impl Attribution {
    /// Windows after a click and after a view; `None` when one is in seconds.
    #[must_use]
    pub fn new(post_click: Option<Window>, post_view: Option<Window>) -> Option<Self> {
        let fits = |window: Option<Window>| window.is_none_or(|w| w.unit() != WindowUnit::Seconds);
        (fits(post_click) && fits(post_view)).then_some(Self {
            post_click,
            post_view,
        })
    }

    /// The window after a click; none: clicks do not count.
    #[must_use]
    pub fn post_click(self) -> Option<Window> {
        self.post_click
    }

    /// The window after a view; none: views do not count.
    #[must_use]
    pub fn post_view(self) -> Option<Window> {
        self.post_view
    }
}

impl TryFrom<(Option<Window>, Option<Window>)> for Attribution {
    type Error = String;
    fn try_from((click, view): (Option<Window>, Option<Window>)) -> Result<Self, String> {
        Self::new(click, view).ok_or_else(|| "expected no attribution window in seconds".to_owned())
    }
}

impl From<Attribution> for (Option<Window>, Option<Window>) {
    fn from(attribution: Attribution) -> Self {
        (attribution.post_click, attribution.post_view)
    }
}

/// A goal on events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "EventGoalParts", into = "EventGoalParts")]
pub struct EventGoal(EventGoalParts);

/// The members of an [`EventGoal`], before they are checked against each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventGoalParts {
    /// Where the events come from; at least one.
    pub sources: Vec<EventSource>,
    /// What is aimed at; none: as many events as the budget buys.
    pub target: Option<EventTarget>,
    /// How long an event counts.
    pub attribution: Option<Attribution>,
    /// 1 is the highest; none: the order of the list.
    pub priority: Option<u32>,
}

impl EventGoal {
    /// A goal.
    ///
    /// # Errors
    /// A violation at `eventSources` when there is none, or when the target is a value and no
    /// source says where the value stands.
    pub fn new(parts: EventGoalParts) -> Result<Self, Violation> {
        if parts.sources.is_empty() {
            return Err(Violation::new(
                "eventSources",
                Code::TooShort,
                "expected at least 1 event source, got none",
            )
            .with("min", 1_i64));
        }
        let valued = parts
            .sources
            .iter()
            .any(|source| source.parts().value_field.is_some());
        if let Some(target) = parts.target
            && target.needs_value()
            && !valued
        {
            return Err(Violation::new(
                "eventSources",
                Code::Required,
                format!(
                    "expected a `valueField` on at least 1 source for the target `{}`, got none",
                    target.kind()
                ),
            ));
        }
        Ok(Self(parts))
    }

    /// The members.
    #[must_use]
    pub fn parts(&self) -> &EventGoalParts {
        &self.0
    }
}

impl TryFrom<EventGoalParts> for EventGoal {
    type Error = String;
    fn try_from(parts: EventGoalParts) -> Result<Self, String> {
        Self::new(parts).map_err(|violation| violation.to_string())
    }
}

impl From<EventGoal> for EventGoalParts {
    fn from(goal: EventGoal) -> Self {
        goal.0
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
