//! Goals on what people do at the advertiser.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Positive, TargetKind};
use crate::error::{Code, Violation};
use crate::targeting::{Window, WindowUnit};
use crate::words::words;

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
