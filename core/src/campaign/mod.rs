//! A campaign: one media plan of an advertiser, and the media buys that executing it made. Its
//! fields are private; changes go through commands (`lifecycle`, `update`, `execution`).

mod lifecycle;
mod update;

pub(crate) use update::over_budget;

use crate::change::{BuyAction, PendingPlan};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::advertiser::ApplyMode;
use crate::budget::{self, Budget, Fee};
use crate::error::{Code, Refusal, Violation};
use crate::flight::Flight;
use crate::goal::Goal;
use crate::ids::{AdvertiserId, AgentId, CampaignId, CapId, DiscoveryId, MediaBuyId};
use crate::media_buy::MediaBuy;
use crate::money::{Currency, Money};
use crate::pacing::{Executed, PacingPlan};
use crate::rollup::{RollUp, roll_up};
use crate::targeting::{Audiences, CapRule, Constraints, FrequencyCap, replace_caps};

pub use lifecycle::{Cascade, ToSend};

/// Who optimizes and with whose credentials; fixed after create (brief, decision 22).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Hash)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CampaignType {
    /// We allocate and optimize, with the platform's credentials.
    Decisioned,
    /// Passed through with the advertiser's own credentials.
    Routed,
}

impl CampaignType {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decisioned => "DECISIONED",
            Self::Routed => "ROUTED",
        }
    }
}

/// The campaign's status (brief).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CampaignStatus {
    /// Being planned.
    Draft,
    /// Executed.
    Active,
    /// All buys halted.
    Paused,
    /// Over; may be relaunched with a later end.
    Completed,
    /// Put away.
    Archived,
}

impl CampaignStatus {
    /// All five.
    pub const ALL: [Self; 5] = [
        Self::Draft,
        Self::Active,
        Self::Paused,
        Self::Completed,
        Self::Archived,
    ];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Active => "ACTIVE",
            Self::Paused => "PAUSED",
            Self::Completed => "COMPLETED",
            Self::Archived => "ARCHIVED",
        }
    }

    /// Reads the word of the wire.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// The part of a campaign that a planner writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanFields {
    /// 1 to 255 characters.
    pub name: String,
    /// Free text for product search.
    pub brief: Option<String>,
    /// When ads may run.
    pub flight: Flight,
    /// Total, daily cap and default pacing strategy.
    pub budget: Budget,
    /// What is taken from the total before media.
    pub fees: Vec<Fee>,
    /// How the money is laid over time; none is the whole flight at once.
    pub pacing: Option<PacingPlan>,
    /// Channels, countries and more.
    pub constraints: Constraints,
    /// Optimization goals in order of priority.
    pub goals: Vec<Goal>,
    /// Whom to reach and whom to leave out.
    pub audiences: Audiences,
    /// None inherits the advertiser's.
    pub apply_mode: Option<ApplyMode>,
    /// The discovery session that owns the selection.
    pub discovery_id: Option<DiscoveryId>,
}

impl PlanFields {
    /// The rules that bind fields to each other, in core's fixed order: daily cap, fees, pacing
    /// periods. Rules of single fields hold by construction.
    #[must_use]
    pub fn check(&self) -> Vec<Violation> {
        let mut violations = Vec::new();
        if let Some(cap) = self.budget.daily_cap
            && cap.minor() > self.budget.total.minor()
        {
            violations.push(
                Violation::new(
                    "budget.dailyCap",
                    Code::TooLarge,
                    format!(
                        "expected at most the total of {}, got {cap}",
                        self.budget.total
                    ),
                )
                .with("maximum", self.budget.total.to_decimal().to_string()),
            );
        }
        violations.extend(budget::check_fees(self.budget.total, &self.fees));
        if let Some(pacing) = &self.pacing {
            violations.extend(pacing.check(self.flight, self.budget.total));
        }
        violations
    }
}

/// Which members of the plan a request named with another value than they have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Touched {
    /// `name`.
    pub name: bool,
    /// `brief`.
    pub brief: bool,
    /// `flightDates`.
    pub flight: bool,
    /// `budget`.
    pub budget: bool,
    /// `fees`.
    pub fees: bool,
    /// `pacingPeriods`.
    pub pacing: bool,
    /// `constraints`.
    pub constraints: bool,
    /// `performanceConfig`.
    pub goals: bool,
    /// `audienceConfig`.
    pub audiences: bool,
    /// `optimizationApplyMode`.
    pub apply_mode: bool,
    /// `discoveryId`.
    pub discovery_id: bool,
}

/// What a create request asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct CampaignDraft {
    /// The owner.
    pub advertiser_id: AdvertiserId,
    /// Fixed from now on.
    pub campaign_type: CampaignType,
    /// The plan; `check` holds.
    pub plan: PlanFields,
    /// Caps to begin with.
    pub caps: Vec<CapRule>,
    /// Products of the attached session to select at once.
    pub product_ids: Vec<String>,
}

/// What an update request asks for: the whole new plan, and which members the request named.
#[derive(Debug, Clone, PartialEq)]
pub struct CampaignUpdate {
    /// The plan as it shall be.
    pub plan: PlanFields,
    /// What the request named.
    pub touched: Touched,
    /// All caps as they shall be; none keeps them.
    pub caps: Option<Vec<CapRule>>,
    /// What to do with single buys, in the request's order.
    pub actions: Vec<BuyAction>,
    /// The revision the caller saw.
    pub expected_revision: Option<u64>,
}

/// The money of a campaign in one view (decisions 4 and 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoneyView {
    /// Everything the advertiser commits, fees included.
    pub total: Money,
    /// Total less fees.
    pub media: Money,
    /// Held by buys that still count.
    pub allocated: Money,
    /// Media less allocated; delivery may push it below zero, no command of ours does.
    pub unallocated: Money,
    /// Delivered media money.
    pub spent: Money,
}

/// A period that an execute knew, with the launch it belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LaunchedPeriod {
    /// The launch, from 1.
    pub launch: u32,
    /// The money it resolved to then; kept from then on (decision 21).
    pub period: Executed,
}

/// The periods of an execute that is under way; kept when anything of it was bought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Launching {
    pub(crate) launch: u32,
    pub(crate) periods: Vec<Executed>,
}

/// One media plan of an advertiser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Campaign {
    pub(crate) id: CampaignId,
    pub(crate) advertiser_id: AdvertiserId,
    pub(crate) campaign_type: CampaignType,
    pub(crate) status: CampaignStatus,
    pub(crate) plan: PlanFields,
    pub(crate) caps: Vec<FrequencyCap>,
    pub(crate) buys: Vec<MediaBuy>,
    /// How often it was launched from DRAFT or COMPLETED.
    pub(crate) launch: u32,
    pub(crate) launched_periods: Vec<LaunchedPeriod>,
    pub(crate) launching: Option<Launching>,
    /// A smaller plan that waits for sellers.
    #[serde(default)]
    pub(crate) pending_plan: Option<PendingPlan>,
    pub(crate) revision: u64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

impl Campaign {
    /// A new campaign in DRAFT, at revision 1.
    #[must_use]
    pub fn create(
        id: CampaignId,
        draft: CampaignDraft,
        new_cap: &mut dyn FnMut() -> CapId,
        now: DateTime<Utc>,
    ) -> Self {
        let CampaignDraft {
            advertiser_id,
            campaign_type,
            plan,
            caps: rules,
            product_ids: _,
        } = draft;
        let mut caps = Vec::new();
        let rules = rules.into_iter().map(|rule| (new_cap(), rule)).collect();
        replace_caps(&mut caps, Some(rules), now);
        Self {
            id,
            advertiser_id,
            campaign_type,
            status: CampaignStatus::Draft,
            plan,
            caps,
            buys: Vec::new(),
            launch: 0,
            launched_periods: Vec::new(),
            launching: None,
            pending_plan: None,
            revision: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &CampaignId {
        &self.id
    }

    /// The owner.
    #[must_use]
    pub fn advertiser_id(&self) -> &AdvertiserId {
        &self.advertiser_id
    }

    /// Decisioned or routed; never changes.
    #[must_use]
    pub fn campaign_type(&self) -> CampaignType {
        self.campaign_type
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> CampaignStatus {
        self.status
    }

    /// What the planner wrote.
    #[must_use]
    pub fn plan(&self) -> &PlanFields {
        &self.plan
    }

    /// Its caps, archived ones included.
    #[must_use]
    pub fn caps(&self) -> &[FrequencyCap] {
        &self.caps
    }

    /// Its media buys, oldest first.
    #[must_use]
    pub fn buys(&self) -> &[MediaBuy] {
        &self.buys
    }

    /// The buy that a seller holds under an id of its own.
    #[must_use]
    pub fn buy_at_seller(&self, agent: &AgentId, seller_media_buy_id: &str) -> Option<&MediaBuy> {
        self.buys.iter().find(|buy| {
            buy.agent_id == *agent
                && buy.seller.media_buy_id.as_deref() == Some(seller_media_buy_id)
        })
    }

    /// One of its buys.
    #[must_use]
    pub fn buy(&self, id: &MediaBuyId) -> Option<&MediaBuy> {
        self.buys.iter().find(|buy| buy.id == *id)
    }

    /// Moves with every caller's command; starts at 1 (decision 23).
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// When it was created.
    #[must_use]
    pub fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    /// When it last changed.
    #[must_use]
    pub fn updated_at(&self) -> DateTime<Utc> {
        self.updated_at
    }

    /// The currency of all its money.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.plan.budget.total.currency()
    }

    /// The periods earlier executes knew, in order of the plan.
    #[must_use]
    pub fn launched_periods(&self) -> &[LaunchedPeriod] {
        &self.launched_periods
    }

    /// The smaller budget and fees that wait for sellers to confirm what makes room for them.
    #[must_use]
    pub fn pending_money(&self) -> Option<(&Budget, &[Fee])> {
        let (budget, fees) = self.pending_plan.as_ref()?.money.as_ref()?;
        Some((budget, fees))
    }

    /// The narrower flight that waits for sellers to confirm what makes room for it.
    #[must_use]
    pub fn pending_flight(&self) -> Option<Flight> {
        self.pending_plan.as_ref()?.flight
    }

    /// The buys whose changes the smaller plan waits for; none when nothing waits.
    #[must_use]
    pub fn plan_waits_for(&self) -> Option<Vec<&MediaBuyId>> {
        let pending = self.pending_plan.as_ref()?;
        Some(pending.waits_for.iter().map(|(id, _)| id).collect())
    }

    /// Total less fees (decision 4).
    ///
    /// # Errors
    /// Arithmetic beyond the range of money; not possible for a plan that passed its check.
    pub fn media_budget(&self) -> Result<Money, Refusal> {
        budget::media_budget(self.plan.budget.total, &self.plan.fees)
    }

    /// The sum of what its buys hold, by their statuses (decision 5).
    ///
    /// # Errors
    /// As [`Campaign::media_budget`].
    pub fn allocated(&self) -> Result<Money, Refusal> {
        let currency = self.currency();
        self.buys
            .iter()
            .try_fold(Money::zero(currency), |sum, buy| {
                sum.plus(buy.allocated(currency)?)
            })
    }

    /// All its money in one view.
    ///
    /// # Errors
    /// As [`Campaign::media_budget`].
    pub fn money(&self) -> Result<MoneyView, Refusal> {
        let currency = self.currency();
        let media = self.media_budget()?;
        let allocated = self.allocated()?;
        let spent = self
            .buys
            .iter()
            .try_fold(Money::zero(currency), |sum, buy| {
                sum.plus(buy.spend(currency)?)
            })?;
        Ok(MoneyView {
            total: self.plan.budget.total,
            media,
            allocated,
            unallocated: media.minus(allocated)?,
            spent,
        })
    }

    /// The one status of its buys, explained; none before the first execute.
    #[must_use]
    pub fn roll_up(&self) -> Option<RollUp> {
        roll_up(&self.buys)
    }

    /// Whether a submission of it is open: an execute is under way (decision 14).
    #[must_use]
    pub fn is_executing(&self) -> bool {
        use crate::media_buy::SubmissionState;
        self.buys
            .iter()
            .any(|buy| buy.submission == SubmissionState::Open)
    }

    pub(crate) fn buy_mut(&mut self, id: &MediaBuyId) -> Option<&mut MediaBuy> {
        self.buys.iter_mut().find(|buy| buy.id == *id)
    }

    /// The periods earlier executes knew, without their launches.
    pub(crate) fn executed_periods(&self) -> Vec<Executed> {
        self.launched_periods
            .iter()
            .map(|launched| launched.period)
            .collect()
    }
}
