//! What is done later and again until it is done: the jobs, and the runner that works them off.

mod handler;
mod runner;

use flighting_core::ids::{CampaignId, MediaBuyId};
use serde::{Deserialize, Serialize};

use crate::store::{AccountId, PollGroup};

pub use handler::{Handler, JobContext, Next};
pub use runner::{Now, Runner, RunnerSettings, run_due_until_idle};

/// One thing to do. There is at most one row of each, so asking twice is asking once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Find out what became of a submission that was not answered (decision 15).
    ReconcileSubmission {
        /// Whose.
        account: AccountId,
        /// The campaign.
        campaign: CampaignId,
        /// The buy.
        buy: MediaBuyId,
    },
    /// Ask for the task that decides about a buy.
    PollTask {
        /// Whose.
        account: AccountId,
        /// The campaign.
        campaign: CampaignId,
        /// The buy.
        buy: MediaBuyId,
    },
    /// Ask for the state of a buy.
    RefreshBuy {
        /// Whose.
        account: AccountId,
        /// The campaign.
        campaign: CampaignId,
        /// The buy.
        buy: MediaBuyId,
    },
    /// Repeat a pause or resume that the seller has not confirmed (decision 19).
    RepeatWish {
        /// Whose.
        account: AccountId,
        /// The campaign.
        campaign: CampaignId,
        /// The buy.
        buy: MediaBuyId,
    },
    /// Send the change that waited for the seller's yes to the buy.
    SendChange {
        /// Whose.
        account: AccountId,
        /// The campaign.
        campaign: CampaignId,
        /// The buy.
        buy: MediaBuyId,
    },
    /// Ask what became of a change that the seller decides about.
    PollChange {
        /// Whose.
        account: AccountId,
        /// The campaign.
        campaign: CampaignId,
        /// The buy.
        buy: MediaBuyId,
    },
    /// Fetch what was delivered.
    PullDelivery {
        /// Whose.
        account: AccountId,
        /// The campaign.
        campaign: CampaignId,
    },
    /// Look at the running buys of one agent and advertiser that are due.
    PollBuys {
        /// Whose.
        account: AccountId,
        /// Which buys.
        group: PollGroup,
    },
    /// Move statuses that only time moves: flights and packages begin and end.
    FlightCalendar {
        /// Whose.
        account: AccountId,
        /// The campaign.
        campaign: CampaignId,
    },
    /// Send the messages of a webhook subscription that are due.
    SendWebhooks {
        /// Whose.
        account: AccountId,
        /// The subscription.
        subscription: String,
    },
}

/// The kinds whose jobs ask a seller for something that nobody told us yet: what became of a
/// request, of a task, of a wish.
pub const AWAITING: [&str; 3] = ["reconcile_submission", "poll_task", "repeat_wish"];

impl Job {
    /// The word for its kind, for logs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ReconcileSubmission { .. } => "reconcile_submission",
            Self::PollTask { .. } => "poll_task",
            Self::RefreshBuy { .. } => "refresh_buy",
            Self::RepeatWish { .. } => "repeat_wish",
            Self::SendChange { .. } => "send_change",
            Self::PollChange { .. } => "poll_change",
            Self::PullDelivery { .. } => "pull_delivery",
            Self::PollBuys { .. } => "poll_buys",
            Self::FlightCalendar { .. } => "flight_calendar",
            Self::SendWebhooks { .. } => "send_webhooks",
        }
    }

    /// Whose it is.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        match self {
            Self::ReconcileSubmission { account, .. }
            | Self::PollTask { account, .. }
            | Self::RefreshBuy { account, .. }
            | Self::RepeatWish { account, .. }
            | Self::SendChange { account, .. }
            | Self::PollChange { account, .. }
            | Self::PullDelivery { account, .. }
            | Self::PollBuys { account, .. }
            | Self::FlightCalendar { account, .. }
            | Self::SendWebhooks { account, .. } => account,
        }
    }

    /// The campaign it is about, where it is about one.
    #[must_use]
    pub fn campaign(&self) -> Option<&CampaignId> {
        match self {
            Self::ReconcileSubmission { campaign, .. }
            | Self::PollTask { campaign, .. }
            | Self::RefreshBuy { campaign, .. }
            | Self::RepeatWish { campaign, .. }
            | Self::SendChange { campaign, .. }
            | Self::PollChange { campaign, .. }
            | Self::PullDelivery { campaign, .. }
            | Self::FlightCalendar { campaign, .. } => Some(campaign),
            Self::PollBuys { .. } | Self::SendWebhooks { .. } => None,
        }
    }

    /// The buy it is about, where it is about one.
    #[must_use]
    pub fn buy(&self) -> Option<&MediaBuyId> {
        match self {
            Self::ReconcileSubmission { buy, .. }
            | Self::PollTask { buy, .. }
            | Self::RefreshBuy { buy, .. }
            | Self::RepeatWish { buy, .. }
            | Self::SendChange { buy, .. }
            | Self::PollChange { buy, .. } => Some(buy),
            Self::PullDelivery { .. }
            | Self::FlightCalendar { .. }
            | Self::PollBuys { .. }
            | Self::SendWebhooks { .. } => None,
        }
    }

    /// What makes it one: its kind and what it is about. Ids are unique over all accounts.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.kind(), self.about())
    }

    /// What it is about, in one text: a buy, a campaign, what several buys have in common, or a
    /// subscription.
    #[must_use]
    pub fn about(&self) -> String {
        match self {
            Self::PollBuys { group, .. } => return group.to_string(),
            Self::SendWebhooks { subscription, .. } => return subscription.clone(),
            _ => {}
        }
        self.buy()
            .map(MediaBuyId::as_str)
            .or_else(|| self.campaign().map(CampaignId::as_str))
            .unwrap_or_default()
            .to_owned()
    }
}
