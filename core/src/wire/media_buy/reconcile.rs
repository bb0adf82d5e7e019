//! `POST /media-buys/{id}/reconcile`, and how a buy says that it waits for a person (decision 15).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::super::Amount;
use super::super::campaign::expected_revision;
use super::super::json::Json;
use super::super::read::Reader;
use super::MediaBuyOut;
use crate::error::{Code, Refusal, Violation};
use crate::media_buy::{
    BuyFlag, Candidate, MediaBuy, MediaBuyStatus, NeedsPerson, PendingReason, PersonReason,
    SubmissionState,
};
use crate::money::{Currency, Money};
use crate::words::words;

words! {
    /// What a person says about a buy.
    pub enum ReconcileAction {
        /// It is one of the seller's media buys; of an unanswered change, that it was applied.
        Link = "link",
        /// The seller does not hold it: it may be sent again; of an unanswered change, that it was
        /// not applied.
        Release = "release",
    }
}

/// The body of reconcile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReconcileIn {
    /// What to do.
    pub action: ReconcileAction,
    /// The seller's id of the media buy, 1 to 255 characters; only with `link`, and needed there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub seller_media_buy_id: Option<String>,
    /// The campaign's revision that was seen; another one is a conflict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub expected_revision: Option<u64>,
}

impl ReconcileIn {
    /// Reads the body.
    ///
    /// # Errors
    /// Every violation.
    pub fn read(json: &Json) -> Result<Self, Vec<Violation>> {
        const ID: &str = "sellerMediaBuyId";
        let mut reader = Reader::new();
        let read = reader.body(json).and_then(|mut fields| {
            let action = fields
                .get(&mut reader, "action")
                .required(&mut reader)
                .and_then(|item| {
                    item.word(&mut reader, ReconcileAction::WORDS, ReconcileAction::parse)
                });
            let seller_media_buy_id = fields
                .get(&mut reader, ID)
                .optional(&mut reader)
                .and_then(|item| item.text(&mut reader, 1, 255));
            let given = fields.has(ID);
            match action {
                Some(ReconcileAction::Link) if !given => reader.add(Violation::new(
                    ID,
                    Code::Required,
                    "expected the seller's id of the media buy to link",
                )),
                Some(ReconcileAction::Release) if given => reader.add(Violation::new(
                    ID,
                    Code::UnknownField,
                    "expected no id of the seller's in a release",
                )),
                Some(ReconcileAction::Link | ReconcileAction::Release) | None => {}
            }
            let expected_revision = expected_revision(&mut fields, &mut reader);
            fields.finish(&mut reader);
            Some(Self {
                action: action?,
                seller_media_buy_id,
                expected_revision,
            })
        });
        reader.finish(read)
    }
}

/// What reconcile did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReconcileOut {
    /// The campaign.
    pub campaign_id: String,
    /// Its revision from now on.
    pub revision: u64,
    /// The buy afterwards.
    pub media_buy: MediaBuyOut,
    /// What to know besides.
    pub warnings: Vec<ReconcileWarning>,
}

/// What to know about a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReconcileWarning {
    /// Which: `may_be_bought_twice`, `may_be_applied` or `packages_differ`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The sentence.
    pub message: String,
}

impl ReconcileOut {
    /// The answer.
    ///
    /// # Errors
    /// Arithmetic beyond the range of money.
    pub fn of(
        campaign: &crate::campaign::Campaign,
        buy: &MediaBuy,
        action: ReconcileAction,
    ) -> Result<Self, Refusal> {
        let mut warnings = Vec::new();
        let mut warn = |kind: &str, message: &str| {
            warnings.push(ReconcileWarning {
                kind: kind.to_owned(),
                message: message.to_owned(),
            });
        };
        if action == ReconcileAction::Release && buy.status != MediaBuyStatus::Failed {
            warn(
                "may_be_applied",
                "if the seller applied the change after all, the media buy shows `packages_differ`, \
                 or its end, at one of the next looks",
            );
        } else if action == ReconcileAction::Release {
            warn(
                "may_be_bought_twice",
                "executing the campaign sends this media buy again: if the seller holds the first \
                 one after all, it is bought twice",
            );
        }
        if buy.flags.contains(&BuyFlag::PackagesDiffer) {
            warn(
                "packages_differ",
                "the seller holds other packages than were sent: link once more to take them over",
            );
        }
        Ok(Self {
            campaign_id: campaign.id().to_string(),
            revision: campaign.revision(),
            media_buy: MediaBuyOut::of(buy, campaign.currency())?,
            warnings,
        })
    }
}

/// That a buy waits for a person, and what that person should know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reconciliation {
    /// Why: `looks_alike`, `no_replay`, `replay_over`, `key_conflict`, `key_expired`, `not_shown` or
    /// `packages_differ`.
    pub reason: String,
    /// The same in a sentence.
    pub message: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// What can be done.
    pub actions: Vec<ReconcileAction>,
    /// What the seller holds that may be it.
    pub candidates: Vec<CandidateOut>,
}

/// A buy of the seller's that may be ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CandidateOut {
    /// The seller's id.
    pub seller_media_buy_id: String,
    /// The seller's word for its state.
    pub adcp_status: String,
    /// The sum of its packages, in the campaign's currency; absent where the seller does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Amount>,
    /// How many packages it has.
    pub packages: u32,
}

fn word(reason: PersonReason) -> &'static str {
    match reason {
        PersonReason::LooksAlike => "looks_alike",
        PersonReason::NoReplay => "no_replay",
        PersonReason::ReplayOver => "replay_over",
        PersonReason::KeyConflict => "key_conflict",
        PersonReason::KeyExpired => "key_expired",
        PersonReason::NotShown => "not_shown",
    }
}

impl Reconciliation {
    /// Why a buy waits for a person; `None` when it does not.
    ///
    /// # Errors
    /// Arithmetic beyond the range of money.
    pub(super) fn of(buy: &MediaBuy, currency: Currency) -> Result<Option<Self>, Refusal> {
        if let Some(needs) = &buy.needs_person {
            let NeedsPerson {
                reason,
                message,
                since,
                candidates,
            } = needs;
            return Ok(Some(Self {
                reason: word(*reason).to_owned(),
                message: message.clone(),
                since: *since,
                actions: vec![ReconcileAction::Link, ReconcileAction::Release],
                candidates: candidates.iter().map(Into::into).collect(),
            }));
        }
        let differs = buy.flags.contains(&BuyFlag::PackagesDiffer)
            && buy.submission == SubmissionState::Closed
            && !buy.status.has_ended();
        let (true, Some(id)) = (differs, &buy.seller.media_buy_id) else {
            return Ok(None);
        };
        let held = Money::sum(
            currency,
            buy.packages
                .iter()
                .map(|package| package.seller_budget.unwrap_or(package.budget)),
        )?;
        let since = buy
            .pending
            .filter(|pending| pending.reason == PendingReason::PackagesDiffer)
            .map_or(buy.status_since, |pending| pending.since);
        Ok(Some(Self {
            reason: PendingReason::PackagesDiffer.as_str().to_owned(),
            message: "the seller holds other packages or budgets than were sent".to_owned(),
            since,
            actions: vec![ReconcileAction::Link],
            candidates: vec![CandidateOut {
                seller_media_buy_id: id.clone(),
                adcp_status: buy.seller.adcp_status.clone().unwrap_or_default(),
                budget: Some(held.into()),
                packages: u32::try_from(buy.packages.len()).unwrap_or(u32::MAX),
            }],
        }))
    }
}

impl From<&Candidate> for CandidateOut {
    fn from(candidate: &Candidate) -> Self {
        let Candidate {
            seller_media_buy_id,
            adcp_status,
            budget,
            packages,
        } = candidate;
        Self {
            seller_media_buy_id: seller_media_buy_id.clone(),
            adcp_status: adcp_status.clone(),
            budget: budget.map(Into::into),
            packages: *packages,
        }
    }
}
