//! Answering a seller's question: the request and what came of it.

use serde::{Deserialize, Serialize};

use super::Json;
use super::campaign::expected_revision;
use super::execute::SubmissionError;
use super::media_buy::MediaBuyOut;
use super::read::Reader;
use crate::error::Violation;
use crate::media_buy::MediaBuyStatus;

/// The longest answer, in characters.
const LONGEST: usize = 4_000;

/// An answer to a seller's question.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SellerAnswer))]
pub struct AnswerIn {
    /// What to say.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 4000))]
    pub message: String,
    /// Members that the seller asked for, added to the request that places the buy. What the plan
    /// decides (packages, dates, money, account) cannot be changed by an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub data: Option<Json>,
    /// Whether `errors[]` carry the raw exchange with the seller, credentials removed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub debug: bool,
    /// The campaign's revision that was seen; another one is a conflict.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub expected_revision: Option<u64>,
}

impl AnswerIn {
    /// Reads the body.
    ///
    /// # Errors
    /// Every violation.
    pub fn read(json: &Json) -> Result<Self, Vec<Violation>> {
        let mut reader = Reader::new();
        let read = reader.body(json).and_then(|mut fields| {
            let message = fields
                .get(&mut reader, "message")
                .required(&mut reader)
                .and_then(|item| item.text(&mut reader, 1, LONGEST));
            let data = fields
                .get(&mut reader, "data")
                .optional(&mut reader)
                .and_then(|item| match item.value() {
                    object @ Json::Object(_) => Some(object.clone()),
                    _ => item.wrong(&mut reader, "an object"),
                });
            let debug = fields
                .get(&mut reader, "debug")
                .optional(&mut reader)
                .and_then(|item| item.boolean(&mut reader))
                .unwrap_or(false);
            let expected_revision = expected_revision(&mut fields, &mut reader);
            fields.finish(&mut reader);
            Some(Self {
                message: message?,
                data,
                debug,
                expected_revision,
            })
        });
        reader.finish(read)
    }
}

/// What came of an answer. A seller that did not take it stands in `errors`; the answer is 200 all
/// the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SellerAnswered))]
pub struct AnswerOut {
    /// The campaign of the buy.
    pub campaign_id: String,
    /// Whether the seller took the answer.
    pub success: bool,
    /// The buy's status before.
    pub previous_status: MediaBuyStatus,
    /// And after.
    pub new_status: MediaBuyStatus,
    /// The buy as it is now.
    pub media_buy: MediaBuyOut,
    /// Why the answer was not taken, or is not known to be.
    pub errors: Vec<SubmissionError>,
    /// The campaign's revision from now on.
    pub revision: u64,
}
