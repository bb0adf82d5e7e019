//! The endpoints of campaigns: to list, plan, execute and follow them.

use flighting_core::wire::audit::AuditLogOut;
use flighting_core::wire::campaign::{CampaignOrder, CampaignOut, CampaignRow};
use flighting_core::wire::delivery::DeliveryOut;
use flighting_core::wire::execute::{ExecuteIn, ExecuteOut, LifecycleOut};
use flighting_core::wire::preflight::PreflightOut;
use flighting_core::wire::status::MediaBuyStatusOut;
use flighting_core::wire::{Json, Page};
use gloo_net::http::Method;
use serde::Deserialize;

use super::{Api, ApiError, encoded, key};

/// Which campaigns of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CampaignQuery {
    /// Part of the name, in any case; empty for all.
    pub name: String,
    /// One status, as a word of the wire; empty for all that are not archived.
    pub status: String,
    /// One status of media buys, as a word of the wire; empty for any.
    pub media_buy_status: String,
    /// One advertiser; empty for all.
    pub advertiser_id: String,
    /// In which order.
    pub order: CampaignOrder,
    /// How many to leave out.
    pub skip: u64,
    /// How many at most.
    pub take: u64,
}

impl CampaignQuery {
    fn query(&self) -> String {
        let mut pairs = vec![format!("take={}", self.take), format!("skip={}", self.skip)];
        if self.order != CampaignOrder::default() {
            pairs.push(format!("sort={}", self.order));
        }
        for (name, value) in [
            ("name", &self.name),
            ("status", &self.status),
            ("mediaBuyStatus", &self.media_buy_status),
            ("advertiserId", &self.advertiser_id),
        ] {
            let value = value.trim();
            if !value.is_empty() {
                pairs.push(format!("{name}={}", encoded(value)));
            }
        }
        pairs.join("&")
    }
}

/// Which rows of the audit log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Only of this campaign.
    pub campaign_id: String,
    /// One action, as a word of the wire; empty for any.
    pub action: String,
    /// One kind of actor; empty for any.
    pub actor: String,
    /// How it ended; empty for what was carried out.
    pub outcome: String,
    /// How many to leave out.
    pub skip: u64,
    /// How many at most.
    pub take: u64,
}

#[derive(Deserialize)]
struct Campaigns {
    campaigns: Vec<CampaignRow>,
}

#[derive(Deserialize)]
struct OneCampaign {
    campaign: CampaignOut,
}

#[derive(Deserialize)]
struct Logs {
    logs: Vec<AuditLogOut>,
}

impl Api {
    /// A page of campaigns, newest first.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn campaigns(
        self,
        query: CampaignQuery,
    ) -> Result<(Vec<CampaignRow>, Option<Page>), ApiError> {
        let path = format!("/campaigns?{}", query.query());
        let (list, page): (Campaigns, _) = self.get_page(&path).await?;
        Ok((list.campaigns, page))
    }

    /// One campaign.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn campaign(self, id: String) -> Result<CampaignOut, ApiError> {
        let one: OneCampaign = self.get(&format!("/campaigns/{}", encoded(&id))).await?;
        Ok(one.campaign)
    }

    /// Creates a campaign; the same key for the same body never creates two.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn create_campaign(self, body: Json, key: String) -> Result<CampaignOut, ApiError> {
        let one: OneCampaign = self
            .send(Method::POST, "/campaigns", &body, Some(&key))
            .await?;
        Ok(one.campaign)
    }

    /// Changes what the body names.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn update_campaign(self, id: String, body: Json) -> Result<CampaignOut, ApiError> {
        let path = format!("/campaigns/{}", encoded(&id));
        let one: OneCampaign = self
            .send(Method::PUT, &path, &body, Some(&key::idempotency()))
            .await?;
        Ok(one.campaign)
    }

    /// Puts a campaign away.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn delete_campaign(self, id: String, revision: u64) -> Result<(), ApiError> {
        let path = format!("/campaigns/{}?expectedRevision={revision}", encoded(&id));
        self.remove(&path).await
    }

    async fn act<T: serde::de::DeserializeOwned>(
        self,
        id: &str,
        action: &str,
        body: ExecuteIn,
    ) -> Result<T, ApiError> {
        let path = format!("/campaigns/{}/{action}", encoded(id));
        self.send(Method::POST, &path, &body, Some(&key::idempotency()))
            .await
    }

    /// Halts all buys of a campaign whatever its revision: of several at once nobody has seen every
    /// one.
    ///
    /// # Errors
    /// As every call: [`ApiError`]; sellers' failures are in the answer.
    pub async fn pause_any(self, id: String) -> Result<LifecycleOut, ApiError> {
        let path = format!("/campaigns/{}/pause", encoded(&id));
        self.send(
            Method::POST,
            &path,
            &Json::Object(Vec::new()),
            Some(&key::idempotency()),
        )
        .await
    }

    /// Sends what is unsent to the sellers; `debug` asks for the raw exchange with those that fail.
    ///
    /// # Errors
    /// As every call: [`ApiError`]; sellers' failures are in the answer.
    pub async fn execute(
        self,
        id: String,
        revision: u64,
        debug: bool,
    ) -> Result<ExecuteOut, ApiError> {
        let body = ExecuteIn {
            debug,
            expected_revision: Some(revision),
        };
        self.act(&id, "execute", body).await
    }

    /// The requests that an execute would send now; nothing is sent.
    ///
    /// # Errors
    /// As every call: [`ApiError`]; what execute would refuse.
    pub async fn preflight(self, id: String) -> Result<PreflightOut, ApiError> {
        self.get(&format!("/campaigns/{}/preflight", encoded(&id)))
            .await
    }

    /// Halts all buys.
    ///
    /// # Errors
    /// As every call: [`ApiError`]; sellers' failures are in the answer.
    pub async fn pause(self, id: String, revision: u64) -> Result<LifecycleOut, ApiError> {
        self.act(&id, "pause", seen(revision)).await
    }

    /// Brings a paused campaign back.
    ///
    /// # Errors
    /// As every call: [`ApiError`]; sellers' failures are in the answer.
    pub async fn reactivate(self, id: String, revision: u64) -> Result<LifecycleOut, ApiError> {
        self.act(&id, "reactivate", seen(revision)).await
    }

    /// Asks every seller now.
    ///
    /// # Errors
    /// As every call: [`ApiError`]; sellers that did not answer are in the answer.
    pub async fn media_buy_status(self, id: String) -> Result<MediaBuyStatusOut, ApiError> {
        self.get(&format!("/campaigns/{}/media-buy-status", encoded(&id)))
            .await
    }

    /// What was delivered beside what was planned.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn delivery(self, id: String) -> Result<DeliveryOut, ApiError> {
        self.get(&format!("/campaigns/{}/delivery", encoded(&id)))
            .await
    }

    /// Rows of the audit log, newest first.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn audit(
        self,
        query: AuditQuery,
    ) -> Result<(Vec<AuditLogOut>, Option<Page>), ApiError> {
        let AuditQuery {
            campaign_id,
            action,
            actor,
            outcome,
            skip,
            take,
        } = query;
        let mut path = format!("/audit-logs?take={take}&skip={skip}");
        for (name, value) in [
            ("campaignId", campaign_id),
            ("actions", action),
            ("actorOrigin", actor),
            ("outcome", outcome),
        ] {
            if !value.is_empty() {
                path.push_str(&format!("&{name}={}", encoded(&value)));
            }
        }
        let (logs, page): (Logs, _) = self.get_page(&path).await?;
        Ok((logs.logs, page))
    }
}

fn seen(revision: u64) -> ExecuteIn {
    ExecuteIn {
        debug: false,
        expected_revision: Some(revision),
    }
}
