//! A plan by itself: the members of a campaign with its products, as a page or another team's
//! program holds it before anything is sent. What the API would say of it and what it comes to is
//! answered here, by the same readers and rules.

mod check;
mod coverage;
mod curve;
mod edit;
mod explain;
mod held;
mod known;
mod money;
mod options;
mod packages;
mod read;
mod standing;

use serde::{Deserialize, Serialize};

use super::error::ErrorBody;
use super::json::{Json, Shorten};
use crate::creative::FormatId;
use crate::error::{Code, Violation};
use crate::wire::{Amount, Figure};

pub use check::{
    Verdict, validate_campaign, validate_campaign_update, validate_caps, validate_goals,
    validate_pacing, validate_plan,
};
pub use coverage::creative_coverage;
pub use curve::{
    CurveLineIn, CurveLineOut, CurveOut, DeliveredIn, StandingOut, pace_of, planned_curve,
};
pub use explain::{Exact, ExplainInput, ExplainPart, ExplainRule, ExplanationOut, explain};
pub use held::{HeldPlan, PlanTotals};
pub use known::{read_known, read_standing};
pub use money::{BudgetSummary, budget_summary, resolve_pacing};
pub use options::{Asked, PlanOptions};
pub use packages::{PlannedBuyOut, PlannedPackageOut, PlannedPackages, plan_packages};
pub use standing::{AllowedCommand, BuyStandingIn, Command, RollUpOut, allowed_commands, roll_up};

/// What a question is answered with: the value, or exactly what the API would refuse with.
pub type Answer<T> = Result<T, Box<ErrorBody>>;

/// The most products of one plan: our choice.
pub const MAX_PRODUCTS: usize = 1_000;

/// One selected product of a plan: what a selection asks for, with what the seller says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlanProductIn {
    /// The seller's id of it.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub product_id: String,
    /// Who sells it.
    #[cfg_attr(feature = "openapi", schema(example = "agt_01HX"))]
    pub sales_agent_id: String,
    /// How to buy it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub pricing_option_id: Option<String>,
    /// Its media money in major units, above 0; left out: an even share of what is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Amount>,
    /// The bid in major units, above 0 with at most 6 decimals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid_price: Option<Figure>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The agent's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sales_agent_name: Option<String>,
    /// The least money per package, in major units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_spend_per_package: Option<Figure>,
    /// Formats it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formats: Option<Vec<FormatId>>,
}

/// Reads the text of a question; `marked` and `shorten` as in [`Json::from_marked_text`].
///
/// # Errors
/// What the API refuses such a body with.
pub fn read_text(text: &[u8], marked: bool, shorten: Shorten) -> Answer<Json> {
    Json::from_marked_text(text, marked, shorten).map_err(|not| unreadable(not.to_string()))
}

fn unreadable(message: String) -> Box<ErrorBody> {
    refused(vec![Violation::new("", Code::InvalidFormat, message)])
}

fn refused(issues: Vec<Violation>) -> Box<ErrorBody> {
    Box::new(ErrorBody::invalid(issues))
}

impl From<Vec<Violation>> for Box<ErrorBody> {
    fn from(issues: Vec<Violation>) -> Self {
        refused(issues)
    }
}

impl From<crate::error::Refusal> for Box<ErrorBody> {
    fn from(refusal: crate::error::Refusal) -> Self {
        Box::new(ErrorBody::refused(&refusal))
    }
}
