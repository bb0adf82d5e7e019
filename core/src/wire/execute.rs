//! Execute, pause and reactivate: what they take and what they answer (contract 8.2 and 8.3).

use serde::{Deserialize, Serialize};

use super::campaign::expected_revision;
use super::json::Json;
use super::media_buy::PeriodRefOut;
use super::read::Reader;
use super::{Amount, Figure};
use crate::campaign::CampaignStatus;
use crate::creative::FormatId;
use crate::error::Violation;
use crate::execution::{PlanWarning, Trouble};
use crate::media_buy::{MediaBuyStatus, Recovery, SellerError};

/// The body of execute, pause and reactivate; may be left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExecuteIn {
    /// Whether `errors[]` carry the raw exchange with the seller, credentials removed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub debug: bool,
    /// The revision that was seen; another one is a conflict.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub expected_revision: Option<u64>,
}

impl ExecuteIn {
    /// Reads the body.
    ///
    /// # Errors
    /// Every violation.
    pub fn read(json: &Json) -> Result<Self, Vec<Violation>> {
        let mut reader = Reader::new();
        let read = reader.body(json).map(|mut fields| {
            let debug = fields
                .get(&mut reader, "debug")
                .optional(&mut reader)
                .and_then(|item| item.boolean(&mut reader))
                .unwrap_or(false);
            let expected_revision = expected_revision(&mut fields, &mut reader);
            fields.finish(&mut reader);
            Self {
                debug,
                expected_revision,
            }
        });
        reader.finish(read)
    }
}

/// What execute did. Sellers' failures stand in `errors`; the answer is 200 all the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExecuteOut {
    /// The campaign.
    pub campaign_id: String,
    /// Its status before.
    pub previous_status: CampaignStatus,
    /// And after.
    pub new_status: CampaignStatus,
    /// False as soon as any buy failed or was not answered.
    pub success: bool,
    /// How many buys were sent.
    pub media_buys_executed: u64,
    /// Why nothing was sent: `no_media_buys_to_execute`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// One entry per buy that failed or was not answered.
    pub errors: Vec<SubmissionError>,
    /// What to know besides.
    pub warnings: Vec<Warning>,
    /// The campaign's revision from now on.
    pub revision: u64,
}

impl ExecuteOut {
    /// Why nothing was sent.
    pub const NOTHING: &'static str = "no_media_buys_to_execute";
}

/// A buy that did not go through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubmissionError {
    /// The buy.
    pub media_buy_id: String,
    /// Who was asked.
    pub sales_agent_id: String,
    /// The seller's code, or ours: `no_answer`, `not_sent`.
    pub code: String,
    /// The seller's sentence, or ours: untrusted text.
    pub message: String,
    /// The field of the seller's request it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What the seller proposes: untrusted text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// What helps, as the seller or the protocol says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Recovery>,
    /// The least delay before asking again, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// The raw exchange, when it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debug: Option<DebugOut>,
}

/// The raw exchange with a seller, credentials removed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DebugOut {
    /// What was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub request: Option<Json>,
    /// What came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub response: Option<Json>,
    /// What happened in between, line by line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub debug_logs: Vec<String>,
    /// Why nothing came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl SubmissionError {
    /// The entry for a buy; the exchange only when the caller asked for it.
    #[must_use]
    pub fn of(trouble: &Trouble, debug: Option<DebugOut>) -> Self {
        let Trouble {
            media_buy_id,
            agent_id,
            error,
        } = trouble;
        Self::for_buy(media_buy_id.to_string(), agent_id.to_string(), error, debug)
    }

    /// The entry for a buy by its ids.
    #[must_use]
    pub fn for_buy(
        media_buy_id: String,
        sales_agent_id: String,
        error: &SellerError,
        debug: Option<DebugOut>,
    ) -> Self {
        let SellerError {
            code,
            message,
            field,
            suggestion,
            recovery,
            retry_after_s,
        } = error;
        Self {
            media_buy_id,
            sales_agent_id,
            code: code.clone(),
            message: message.clone(),
            field: field.clone(),
            suggestion: suggestion.clone(),
            recovery: *recovery,
            retry_after: *retry_after_s,
            debug,
        }
    }
}

/// Something to know that stops nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Warning {
    /// Buys whose request is on its way or not answered; they are not sent again.
    #[serde(rename_all = "camelCase")]
    InFlight {
        /// The buys.
        media_buy_ids: Vec<String>,
    },
    /// A pacing period is over: no package, its money stays unallocated.
    PeriodOver {
        /// The period.
        period: PeriodRefOut,
    },
    /// The selected products ask for more than there is; execute refuses this.
    #[serde(rename_all = "camelCase")]
    OverAllocated {
        /// How much too much.
        short_by: Amount,
        /// The currency.
        currency: String,
    },
    /// A package holds less than its seller's minimum.
    #[serde(rename_all = "camelCase")]
    BelowMinimum {
        /// The product.
        product_id: String,
        /// Who sells it.
        sales_agent_id: String,
        /// The least money per package.
        minimum: Figure,
        /// The smallest package.
        smallest: Amount,
        /// The currency.
        currency: String,
    },
    /// Money that the daily cap leaves unspent.
    Unspendable {
        /// How much.
        amount: Amount,
        /// The currency.
        currency: String,
    },
    /// Formats of selected products that no creative fits yet.
    MissingFormats {
        /// The formats.
        formats: Vec<FormatId>,
    },
}

impl From<&PlanWarning> for Warning {
    fn from(warning: &PlanWarning) -> Self {
        match warning {
            PlanWarning::InFlight { media_buy_ids } => Self::InFlight {
                media_buy_ids: media_buy_ids.iter().map(ToString::to_string).collect(),
            },
            PlanWarning::PeriodOver { period } => Self::PeriodOver {
                period: period.into(),
            },
            PlanWarning::OverAllocated { short_by } => Self::OverAllocated {
                short_by: (*short_by).into(),
                currency: short_by.currency().code().to_owned(),
            },
            PlanWarning::BelowMinimum {
                key,
                minimum,
                smallest,
            } => Self::BelowMinimum {
                product_id: key.product_id.to_string(),
                sales_agent_id: key.agent_id.to_string(),
                minimum: (*minimum).into(),
                smallest: (*smallest).into(),
                currency: smallest.currency().code().to_owned(),
            },
            PlanWarning::Unspendable { amount } => Self::Unspendable {
                amount: (*amount).into(),
                currency: amount.currency().code().to_owned(),
            },
        }
    }
}

/// What pause or reactivate did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LifecycleOut {
    /// The campaign.
    pub campaign_id: String,
    /// Its name.
    pub campaign_name: String,
    /// Its status before.
    pub previous_status: CampaignStatus,
    /// And after; the campaign moves even where single buys failed.
    pub new_status: CampaignStatus,
    /// Whether no buy failed.
    pub success: bool,
    /// One entry per buy it was about.
    pub media_buy_results: Vec<MediaBuyResult>,
    /// How many entries there are.
    pub total_media_buys: u64,
    /// How many sellers confirmed.
    pub success_count: u64,
    /// How many refused or did not answer; we keep asking.
    pub failure_count: u64,
    /// How many wait for their seller and carry the pause until then; neither success nor
    /// failure.
    pub held_count: u64,
    /// The failed entries, as execute tells them.
    pub errors: Vec<SubmissionError>,
    /// The campaign's revision from now on.
    pub revision: u64,
}

/// What pause or reactivate did to one buy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MediaBuyResult {
    /// The buy.
    pub media_buy_id: String,
    /// Its name.
    pub name: String,
    /// Its status before.
    pub previous_status: MediaBuyStatus,
    /// And after.
    pub new_status: MediaBuyStatus,
    /// Whether the seller confirmed; false for a held one.
    pub success: bool,
    /// Whether it waits for its seller and carries the pause until then.
    pub held: bool,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl LifecycleOut {
    /// The answer from its entries; the counts follow from them.
    #[must_use]
    pub fn of(
        campaign: &crate::campaign::Campaign,
        previous_status: CampaignStatus,
        media_buy_results: Vec<MediaBuyResult>,
        errors: Vec<SubmissionError>,
    ) -> Self {
        let count = |wanted: fn(&MediaBuyResult) -> bool| {
            u64::try_from(
                media_buy_results
                    .iter()
                    .filter(|result| wanted(result))
                    .count(),
            )
            .unwrap_or(u64::MAX)
        };
        let held_count = count(|result| result.held);
        let success_count = count(|result| result.success && !result.held);
        let failure_count = count(|result| !result.success && !result.held);
        Self {
            campaign_id: campaign.id().to_string(),
            campaign_name: campaign.plan().name.clone(),
            previous_status,
            new_status: campaign.status(),
            success: failure_count == 0,
            total_media_buys: count(|_| true),
            success_count,
            failure_count,
            held_count,
            media_buy_results,
            errors,
            revision: campaign.revision(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    fn read(text: &str) -> Result<ExecuteIn, Vec<(String, Code)>> {
        ExecuteIn::read(&serde_json::from_str(text).unwrap())
            .map_err(|found| found.into_iter().map(|v| (v.path, v.code)).collect())
    }

    #[test]
    fn the_body_takes_two_members() {
        assert_eq!(read("{}"), Ok(ExecuteIn::default()));
        assert_eq!(
            read(r#"{"debug":true,"expectedRevision":3}"#),
            Ok(ExecuteIn {
                debug: true,
                expected_revision: Some(3)
            })
        );
        assert_eq!(
            read(r#"{"Debug":true,"expectedRevision":0}"#),
            Err(vec![
                ("expectedRevision".to_owned(), Code::TooSmall),
                ("Debug".to_owned(), Code::UnknownField)
            ])
        );
        assert_eq!(read("[]"), Err(vec![(String::new(), Code::WrongType)]));
    }

    #[test]
    fn warnings_are_told_apart_by_their_type() {
        let warning = Warning::InFlight {
            media_buy_ids: vec!["mb_1".into()],
        };
        let text = serde_json::to_string(&warning).unwrap();
        assert_eq!(text, r#"{"type":"in_flight","mediaBuyIds":["mb_1"]}"#);
        assert_eq!(serde_json::from_str::<Warning>(&text).unwrap(), warning);
    }
}
