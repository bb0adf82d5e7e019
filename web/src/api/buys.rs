//! The endpoints that act on single media buys of a campaign.

use flighting_core::wire::Json;
use flighting_core::wire::campaign::CampaignOut;
use flighting_core::wire::media_buy::{ChangeResult, ReconcileOut};
use flighting_core::wire::question::AnswerOut;
use gloo_net::http::Method;
use serde::Deserialize;

use super::{Api, ApiError, encoded, key};

/// What became of media buys that were acted on.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// The campaign as it is now.
    pub campaign: CampaignOut,
    /// One entry per buy that was named.
    #[serde(default)]
    pub media_buy_results: Vec<ChangeResult>,
}

impl Api {
    /// Acts on media buys by an update of their campaign.
    ///
    /// # Errors
    /// As every call: [`ApiError`]; what sellers refused is in the answer.
    pub async fn change_buys(self, campaign_id: String, body: Json) -> Result<Changed, ApiError> {
        let path = format!("/campaigns/{}", encoded(&campaign_id));
        self.send(Method::PUT, &path, &body, Some(&key::idempotency()))
            .await
    }

    /// Answers a seller's question.
    ///
    /// # Errors
    /// As every call: [`ApiError`]; a seller that did not take the answer is in it.
    pub async fn answer(self, media_buy_id: String, body: Json) -> Result<AnswerOut, ApiError> {
        let path = format!("/media-buys/{}/answer", encoded(&media_buy_id));
        self.send(Method::POST, &path, &body, Some(&key::idempotency()))
            .await
    }

    /// Says what became of a buy.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn reconcile(
        self,
        media_buy_id: String,
        body: Json,
    ) -> Result<ReconcileOut, ApiError> {
        let path = format!("/media-buys/{}/reconcile", encoded(&media_buy_id));
        self.send(Method::POST, &path, &body, Some(&key::idempotency()))
            .await
    }
}
