//! What came back from sellers, turned into statuses (decisions 12, 14, 15, 18, 19; AdCP's states
//! as mapped by contract 12.2).

use chrono::{DateTime, Utc};

use crate::campaign::{Campaign, CampaignStatus, LaunchedPeriod};
use crate::ids::{AgentId, MediaBuyId, PackageId, ProductId};
use crate::media_buy::{
    BuyFlag, MediaBuy, MediaBuyStatus, PackageStatus, PendingReason, SellerBuyStatus, SellerError,
    SubmissionState, Wish,
};
use crate::money::Money;

/// A package as its seller holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SellerPackage {
    /// The seller's id.
    pub seller_package_id: String,
    /// Our id, where the seller echoed our context.
    pub our_package_id: Option<PackageId>,
    /// The product.
    pub product_id: Option<ProductId>,
    /// Its money, rounded half up; none where the seller does not say.
    pub budget: Option<Money>,
    /// Whether it is held by itself.
    pub paused: bool,
    /// Whether it was ended.
    pub canceled: bool,
}

/// A buy as its seller holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SellerBuy {
    /// The seller's id.
    pub media_buy_id: String,
    /// The seller's word for its state.
    pub status: SellerBuyStatus,
    /// `confirmed_at` absent counts as confirmed, null does not (decision 18).
    pub confirmed: bool,
    /// The seller's revision.
    pub revision: Option<u64>,
    /// What may be done now.
    pub valid_actions: Vec<String>,
    /// Its packages; none where the answer does not list them.
    pub packages: Option<Vec<SellerPackage>>,
    /// What the seller says about it.
    pub message: Option<String>,
}

/// A task that decides about a buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SellerTask {
    /// Its id at the seller.
    pub task_id: Option<String>,
    /// The seller's word for its state.
    pub status: String,
    /// What the seller says about it.
    pub message: Option<String>,
}

/// Nothing that settles: the buy may exist (decision 15).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// What happened, in a sentence.
    pub message: String,
    /// An id of the seller's found in an invalid answer; it links the buy.
    pub seller_media_buy_id: Option<String>,
}

/// A seller's answer to the request that places a buy, or the end of the task that decides it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The seller holds the buy.
    Accepted(SellerBuy),
    /// The seller decides later.
    Waiting(SellerTask),
    /// The seller asks something first.
    NeedsInput(SellerTask),
    /// The seller said no.
    Rejected(SellerError),
    /// The task that decides about it was called off before there was a buy.
    Canceled(SellerError),
    /// It provably was not bought (decision 15).
    Failed(SellerError),
    /// It may have been bought: nobody knows yet.
    Silent(Silence),
}

/// What came back for one buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The buy.
    pub media_buy_id: MediaBuyId,
    /// The answer.
    pub answer: Answer,
    /// The protocol version that was served, where known.
    pub served_version: Option<String>,
}

/// What has to happen next for a buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FollowUp {
    /// Ask for the task, or for the buy, again later.
    Poll(MediaBuyId),
    /// Find out whether it exists.
    Reconcile(MediaBuyId),
    /// Ask for the pause or resume that is wished for.
    SendWish(MediaBuyId),
}

/// A buy that did not go through, for `errors[]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The buy.
    pub media_buy_id: MediaBuyId,
    /// Who was asked.
    pub agent_id: AgentId,
    /// What it said, or `no_answer`.
    pub error: SellerError,
}

/// What settling did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The campaign's status before.
    pub previous: CampaignStatus,
    /// And after.
    pub new: CampaignStatus,
    /// Buys that failed, were rejected or stayed silent.
    pub troubles: Vec<Trouble>,
    /// What has to happen next.
    pub follow_ups: Vec<FollowUp>,
}

/// Applies answers to their buys. Settling the same outcomes twice changes nothing more.
pub fn settle(campaign: &mut Campaign, outcomes: &[Outcome], now: DateTime<Utc>) -> Settled {
    let previous = campaign.status;
    let before = campaign.clone();
    let paused = campaign.status == CampaignStatus::Paused;
    let mut troubles = Vec::new();
    let mut follow_ups = Vec::new();
    let mut bought_launch = None;
    for outcome in outcomes {
        let Some(buy) = campaign.buy_mut(&outcome.media_buy_id) else { continue };
        if let Some(error) = outcome.answer.trouble() {
            troubles.push(Trouble {
                media_buy_id: buy.id.clone(),
                agent_id: buy.agent_id.clone(),
                error,
            });
        }
        let concerns = buy.submission != SubmissionState::Closed || buy.status.is_waiting();
        if !concerns {
            continue;
        }
        if paused {
            // Paused while the request was on its way (decision 14).
            buy.campaign_hold = true;
        }
        if outcome.served_version.is_some() {
            buy.seller.served_version.clone_from(&outcome.served_version);
        }
        follow_ups.extend(apply(buy, &outcome.answer, now));
        if !matches!(buy.status, MediaBuyStatus::Failed | MediaBuyStatus::Rejected | MediaBuyStatus::Draft) {
            bought_launch = Some(buy.launch);
        }
    }
    if let Some(launch) = bought_launch {
        launched(campaign, launch);
    }
    if !campaign.is_executing() {
        campaign.launching = None;
    }
    if *campaign != before {
        campaign.updated_at = now;
    }
    Settled { previous, new: campaign.status, troubles, follow_ups }
}

/// Something of a launch was bought: DRAFT and COMPLETED become ACTIVE and nothing else does
/// (decision 14); the periods keep what they resolved to (decision 21).
fn launched(campaign: &mut Campaign, launch: u32) {
    if matches!(campaign.status, CampaignStatus::Draft | CampaignStatus::Completed) {
        campaign.status = CampaignStatus::Active;
        campaign.launch = launch;
    }
    let Some(launching) = campaign.launching.as_ref().filter(|launching| launching.launch == launch) else {
        return;
    };
    let fresh = launching.periods.iter().skip(campaign.launched_periods.len()).cloned();
    let fresh: Vec<_> = fresh.map(|period| LaunchedPeriod { launch, period }).collect();
    campaign.launched_periods.extend(fresh);
}

impl Answer {
    /// The error an answer puts into `errors[]`; a silent one says `no_answer` (decision 15).
    fn trouble(&self) -> Option<SellerError> {
        match self {
            Self::Accepted(_) | Self::Waiting(_) | Self::NeedsInput(_) => None,
            Self::Rejected(error) | Self::Canceled(error) | Self::Failed(error) => Some(error.clone()),
            Self::Silent(silence) => Some(SellerError {
                code: "no_answer".to_owned(),
                message: silence.message.clone(),
                field: None,
                suggestion: None,
                recovery: None,
                retry_after_s: None,
            }),
        }
    }
}

fn apply(buy: &mut MediaBuy, answer: &Answer, now: DateTime<Utc>) -> Option<FollowUp> {
    match answer {
        Answer::Accepted(seller) => {
            buy.submission = SubmissionState::Closed;
            buy.failure = None;
            take_in(buy, seller, now)
        }
        Answer::Waiting(task) => {
            buy.submission = SubmissionState::Closed;
            buy.failure = None;
            note_task(buy, task);
            buy.move_to(MediaBuyStatus::PendingApproval, now);
            buy.wait_for(Some(PendingReason::AwaitingStorefrontApproval), now);
            Some(FollowUp::Poll(buy.id.clone()))
        }
        Answer::NeedsInput(task) => {
            buy.submission = SubmissionState::Closed;
            buy.failure = None;
            note_task(buy, task);
            buy.move_to(MediaBuyStatus::InputRequired, now);
            buy.wait_for(Some(PendingReason::InputRequested), now);
            Some(FollowUp::Poll(buy.id.clone()))
        }
        Answer::Rejected(error) => {
            buy.submission = SubmissionState::Closed;
            buy.failure = Some(error.clone());
            buy.move_to(MediaBuyStatus::Rejected, now);
            None
        }
        Answer::Canceled(error) => {
            buy.submission = SubmissionState::Closed;
            buy.failure = Some(error.clone());
            buy.move_to(MediaBuyStatus::Canceled, now);
            None
        }
        Answer::Failed(error) => {
            buy.submission = SubmissionState::Closed;
            buy.failure = Some(error.clone());
            buy.move_to(MediaBuyStatus::Failed, now);
            None
        }
        // A task that does not answer a poll is no silence of the buy: it was placed.
        Answer::Silent(_) if buy.submission == SubmissionState::Closed => Some(FollowUp::Poll(buy.id.clone())),
        Answer::Silent(silence) => {
            buy.submission = SubmissionState::Silent;
            buy.failure = answer.trouble();
            if silence.seller_media_buy_id.is_some() {
                buy.seller.media_buy_id.clone_from(&silence.seller_media_buy_id);
            }
            buy.seller.adcp_status = Some("unknown".to_owned());
            buy.move_to(MediaBuyStatus::PendingApproval, now);
            buy.wait_for(Some(PendingReason::ForwardFailedRetrying), now);
            Some(FollowUp::Reconcile(buy.id.clone()))
        }
    }
}

fn note_task(buy: &mut MediaBuy, task: &SellerTask) {
    if task.task_id.is_some() {
        buy.seller.task_id.clone_from(&task.task_id);
    }
    buy.seller.task_status = Some(task.status.clone());
    buy.seller.message.clone_from(&task.message);
}

/// A poll or message about a buy that its seller holds. What is late or illegal changes nothing.
/// The answer says what to do next; `None` when nothing.
pub fn observe(
    campaign: &mut Campaign,
    id: &MediaBuyId,
    seller: &SellerBuy,
    now: DateTime<Utc>,
) -> Option<FollowUp> {
    let buy = campaign.buy_mut(id)?;
    if buy.status.has_ended() || buy.submission == SubmissionState::Open {
        return None;
    }
    buy.submission = SubmissionState::Closed;
    take_in(buy, seller, now)
}

/// Takes in the seller's picture of a buy: packages, status, and what follows.
fn take_in(buy: &mut MediaBuy, seller: &SellerBuy, now: DateTime<Utc>) -> Option<FollowUp> {
    let SellerBuy { media_buy_id, status, confirmed, revision, valid_actions, packages, message } = seller;
    let before = buy.clone();
    buy.seller.media_buy_id = Some(media_buy_id.clone());
    buy.seller.adcp_status = Some(status.as_str().to_owned());
    buy.seller.confirmed = *confirmed;
    if revision.is_some() {
        buy.seller.revision = *revision;
    }
    buy.seller.valid_actions.clone_from(valid_actions);
    if message.is_some() {
        buy.seller.message.clone_from(message);
    }
    if buy.seller.task_id.is_some() {
        buy.seller.task_status = Some("completed".to_owned());
    }
    let first_sight = buy.packages.iter().any(|package| package.seller_package_id.is_none());
    match packages {
        Some(packages) => {
            let agrees = match_packages(buy, packages);
            buy.flag(BuyFlag::PackagesDiffer, !agrees);
        }
        None if first_sight => buy.flag(BuyFlag::PackagesDiffer, true),
        None => {}
    }
    let follow_up = if buy.flags.contains(&BuyFlag::PackagesDiffer) && (first_sight || buy.status.is_waiting()) {
        // The seller holds something else than we sent: a person has to look (decision 15).
        buy.move_to(MediaBuyStatus::PendingApproval, now);
        buy.wait_for(Some(PendingReason::PackagesDiffer), now);
        Some(FollowUp::Poll(buy.id.clone()))
    } else {
        move_by(buy, status, *confirmed, now)
    };
    if *buy != before {
        buy.updated_at = now;
    }
    follow_up
}

/// Gives our packages the seller's ids: by echoed context, else by order when count and products
/// agree (decision 15). `false` where they cannot be matched or a budget differs.
fn match_packages(buy: &mut MediaBuy, theirs: &[SellerPackage]) -> bool {
    let known = buy.packages.iter().all(|ours| {
        ours.seller_package_id.as_ref().is_some_and(|id| theirs.iter().any(|their| their.seller_package_id == *id))
    });
    let echoed = || {
        buy.packages
            .iter()
            .all(|ours| theirs.iter().filter(|their| their.our_package_id.as_ref() == Some(&ours.id)).count() == 1)
    };
    let in_order = || {
        buy.packages
            .iter()
            .zip(theirs)
            .all(|(ours, their)| their.product_id.as_ref().is_none_or(|product| *product == ours.product_id))
    };
    if buy.packages.len() != theirs.len() {
        return false;
    }
    let by_context = !known && echoed();
    if !known && !by_context && !in_order() {
        return false;
    }
    let mut agrees = true;
    for (ours, in_place) in buy.packages.iter_mut().zip(theirs) {
        let their = if known {
            theirs.iter().find(|their| Some(&their.seller_package_id) == ours.seller_package_id.as_ref())
        } else if by_context {
            theirs.iter().find(|their| their.our_package_id.as_ref() == Some(&ours.id))
        } else {
            Some(in_place)
        };
        let Some(their) = their else { continue };
        ours.seller_package_id = Some(their.seller_package_id.clone());
        ours.seller_budget = their.budget.filter(|budget| *budget != ours.budget);
        ours.status = match (their.canceled, their.paused) {
            (true, _) => PackageStatus::Canceled,
            (false, true) => PackageStatus::Paused,
            (false, false) => PackageStatus::Active,
        };
        agrees &= ours.seller_budget.is_none();
    }
    agrees
}

/// The one table from the seller's state of a buy to ours (contract 12.2, decision 18); `None` for
/// words we do not know.
fn shown(status: &SellerBuyStatus, confirmed: bool) -> Option<(MediaBuyStatus, Option<PendingReason>)> {
    use MediaBuyStatus as S;
    use PendingReason as P;
    Some(match (status, confirmed) {
        (SellerBuyStatus::PendingCreatives | SellerBuyStatus::PendingStart, false) => {
            (S::PendingApproval, Some(P::AwaitingStorefrontApproval))
        }
        (SellerBuyStatus::PendingCreatives, true) => (S::InputRequired, Some(P::NoCreativesAttached)),
        (SellerBuyStatus::PendingStart, true) => (S::Active, Some(P::ScheduledNotStarted)),
        (SellerBuyStatus::Active, _) => (S::Active, None),
        (SellerBuyStatus::Paused, _) => (S::Paused, None),
        (SellerBuyStatus::Completed, _) => (S::Completed, None),
        (SellerBuyStatus::Rejected, _) => (S::Rejected, None),
        (SellerBuyStatus::Canceled, _) => (S::Canceled, None),
        (SellerBuyStatus::Unknown(_), _) => return None,
    })
}

fn move_by(buy: &mut MediaBuy, status: &SellerBuyStatus, confirmed: bool, now: DateTime<Utc>) -> Option<FollowUp> {
    let Some((target, reason)) = shown(status, confirmed) else {
        // It is placed, in a state we have no word for: waiting, if nothing better is known.
        if buy.status == MediaBuyStatus::Draft {
            buy.move_to(MediaBuyStatus::PendingApproval, now);
            buy.wait_for(Some(PendingReason::AwaitingStorefrontApproval), now);
        }
        return Some(FollowUp::Poll(buy.id.clone()));
    };
    match (buy.status, target) {
        // A confirmed pause of ours is never undone by a poll (decision 19).
        (MediaBuyStatus::Paused, MediaBuyStatus::Active)
            if buy.should_be_paused() && buy.wish != Some(Wish::Resume) =>
        {
            let reported_active = *status == SellerBuyStatus::Active;
            buy.flag(BuyFlag::SellerReportsActive, reported_active);
            if reported_active {
                buy.wish = Some(Wish::Pause);
                return Some(FollowUp::SendWish(buy.id.clone()));
            }
        }
        (MediaBuyStatus::Paused, MediaBuyStatus::Active) => {
            buy.move_to(MediaBuyStatus::Active, now);
            buy.wish = None;
            buy.flag(BuyFlag::SellerReportsActive, false);
            buy.wait_for(reason, now);
        }
        (_, MediaBuyStatus::Active) => {
            buy.move_to(MediaBuyStatus::Active, now);
            if buy.status == MediaBuyStatus::Active {
                buy.wait_for(reason, now);
                if buy.should_be_paused() {
                    // Approved while held: paused at once (decision 19).
                    buy.wish = Some(Wish::Pause);
                    return Some(FollowUp::SendWish(buy.id.clone()));
                }
            }
        }
        (_, MediaBuyStatus::Paused) => {
            if buy.wish == Some(Wish::Resume) && buy.status == MediaBuyStatus::Active {
                // A pause that arrived although it was taken back: run again.
                return Some(FollowUp::SendWish(buy.id.clone()));
            }
            let paused = buy.move_to(MediaBuyStatus::Paused, now) || buy.status == MediaBuyStatus::Paused;
            if paused {
                if buy.wish == Some(Wish::Pause) {
                    buy.wish = None;
                }
                buy.flag(BuyFlag::SellerReportsActive, false);
                buy.wait_for(None, now);
                if buy.wish == Some(Wish::Resume) {
                    return Some(FollowUp::SendWish(buy.id.clone()));
                }
            }
        }
        (_, target) => {
            if buy.status == target || buy.move_to(target, now) {
                buy.wait_for(reason, now);
            }
        }
    }
    (!buy.status.has_ended()).then(|| FollowUp::Poll(buy.id.clone()))
}

/// What a seller said to a wish to pause or resume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WishAnswer {
    /// Done. The seller's revision after it, where it says.
    Confirmed {
        /// The seller's revision.
        revision: Option<u64>,
    },
    /// Refused, or no answer that confirms it: the buy stays as it is, and the wish.
    NotConfirmed(SellerError),
}

/// Applies the answer to a wish, if the wish still is the latest (decision 19). `true` when it is
/// confirmed now.
pub fn answer_wish(
    campaign: &mut Campaign,
    id: &MediaBuyId,
    wish: Wish,
    answer: &WishAnswer,
    now: DateTime<Utc>,
) -> bool {
    let Some(buy) = campaign.buy_mut(id) else { return false };
    match answer {
        WishAnswer::NotConfirmed(error) => {
            if buy.wish == Some(wish) {
                buy.failure = Some(error.clone());
                buy.updated_at = now;
            }
            false
        }
        WishAnswer::Confirmed { revision } => {
            if revision.is_some() {
                buy.seller.revision = *revision;
            }
            buy.updated_at = now;
            let target = match wish {
                Wish::Pause => MediaBuyStatus::Paused,
                Wish::Resume => MediaBuyStatus::Active,
            };
            // The seller is in that state now, whatever is wished for since.
            if buy.status != target && !buy.move_to(target, now) {
                return false;
            }
            if buy.wish == Some(wish) {
                buy.wish = None;
                buy.failure = None;
            }
            if wish == Wish::Resume {
                buy.flag(BuyFlag::SellerReportsActive, false);
            }
            true
        }
    }
}
