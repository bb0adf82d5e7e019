//! The endpoints, one method each.

use flighting_core::wire::advertiser::AdvertiserOut;
use flighting_core::wire::agent::AgentOut;
use flighting_core::wire::audit::AuditLogOut;
use flighting_core::wire::campaign::{CampaignOrder, CampaignOut, CampaignRow};
use flighting_core::wire::delivery::DeliveryOut;
use flighting_core::wire::discovery::{DiscoverOut, GroupPaging, ProductGroup, SelectionOut};
use flighting_core::wire::execute::{ExecuteIn, ExecuteOut, LifecycleOut};
use flighting_core::wire::preflight::PreflightOut;
use flighting_core::wire::status::MediaBuyStatusOut;
use flighting_core::wire::{Json, Page};
use gloo_net::http::Method;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Api, ApiError, key};

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

pub(super) fn encoded(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// An advertiser as a list has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AdvertiserName {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
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
struct Advertisers {
    #[serde(rename = "advertisers")]
    items: Vec<AdvertiserName>,
}

#[derive(Deserialize)]
struct WholeAdvertisers {
    advertisers: Vec<AdvertiserOut>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Agents {
    sales_agents: Vec<AgentOut>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OneAgent {
    sales_agent: AgentOut,
}

#[derive(Deserialize)]
struct Logs {
    logs: Vec<AuditLogOut>,
}

#[derive(Deserialize)]
struct OneAdvertiser {
    advertiser: AdvertiserOut,
}

/// The most advertisers that are offered for choice.
const ADVERTISERS: u32 = 250;
/// The most pages of a session's products that are fetched, so that no seller keeps us busy.
const PRODUCT_PAGES: usize = 20;

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
        let (status, text) = self.exchange(Method::DELETE, &path, None).await?;
        if status == 204 {
            return Ok(());
        }
        self.understand::<IgnoredAny>(status, &text).map(|_| ())
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

    /// Asks agents for products, for a campaign, in the session it has; without a session one is
    /// opened. What they offer is read with [`Api::discovery`].
    ///
    /// # Errors
    /// As every call: [`ApiError`]; agents that did not answer are in the answer.
    pub async fn discover(
        self,
        advertiser_id: String,
        campaign_id: String,
        discovery_id: Option<String>,
        only: &[String],
    ) -> Result<DiscoverOut, ApiError> {
        let member = |name: &str, value: String| (name.to_owned(), Json::Text(value));
        let mut members = vec![
            member("advertiserId", advertiser_id),
            member("campaignId", campaign_id),
        ];
        members.extend(discovery_id.map(|id| member("discoveryId", id)));
        // What they offer is read apart, so as little of it as can be comes along.
        for name in ["groupLimit", "productsPerGroup"] {
            members.push((name.to_owned(), Json::Number(1_i64.into())));
        }
        let only = only.iter().cloned().map(Json::Text).collect();
        members.push(("salesAgentIds".to_owned(), Json::List(only)));
        let key = key::idempotency();
        self.send(
            Method::POST,
            "/discovery/discover-products",
            &Json::Object(members),
            Some(&key),
        )
        .await
    }

    /// Everything a session holds.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn discovery(self, id: String) -> Result<DiscoverOut, ApiError> {
        let (groups, products) = (GroupPaging::MAX_GROUPS, GroupPaging::MAX_PRODUCTS);
        let fetch = async |group: usize, product: usize| -> Result<DiscoverOut, ApiError> {
            self.get(&format!(
                "/discovery/{}/discover-products?groupLimit={groups}&groupOffset={group}&productsPerGroup={products}&productOffset={product}",
                encoded(&id)
            ))
            .await
        };
        let mut whole = fetch(0, 0).await?;
        let mut more_groups = whole.has_more_groups;
        let mut more_products = whole.groups.iter().any(|group| group.has_more_products);
        for page in 1..PRODUCT_PAGES {
            if !more_products {
                break;
            }
            let next = fetch(0, page * products).await?;
            more_products = next.groups.iter().any(|group| group.has_more_products);
            merge(&mut whole.groups, next.groups);
        }
        for page in 1..PRODUCT_PAGES {
            if !more_groups {
                break;
            }
            let next = fetch(page * groups, 0).await?;
            more_groups = next.has_more_groups;
            merge(&mut whole.groups, next.groups);
        }
        whole.has_more_groups = more_groups;
        Ok(whole)
    }

    /// What is selected in a session.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn selection(self, id: String) -> Result<SelectionOut, ApiError> {
        self.get(&format!("/discovery/{}/products", encoded(&id)))
            .await
    }

    /// Selects products, or changes how they are selected.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn select(self, id: String, body: Json) -> Result<SelectionOut, ApiError> {
        let path = format!("/discovery/{}/products", encoded(&id));
        self.send(Method::POST, &path, &body, Some(&key::idempotency()))
            .await
    }

    /// Takes products out of the selection.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn deselect(self, id: String, body: Json) -> Result<SelectionOut, ApiError> {
        self.send(
            Method::DELETE,
            &format!("/discovery/{}/products", encoded(&id)),
            &body,
            None,
        )
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

    /// The advertisers in use, by name.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn advertisers(self) -> Result<Vec<AdvertiserName>, ApiError> {
        let list: Advertisers = self
            .get(&format!("/advertisers?take={ADVERTISERS}"))
            .await?;
        Ok(list.items)
    }

    /// The advertisers in use, whole, newest first.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn all_advertisers(self) -> Result<Vec<AdvertiserOut>, ApiError> {
        let list: WholeAdvertisers = self
            .get(&format!("/advertisers?take={ADVERTISERS}"))
            .await?;
        Ok(list.advertisers)
    }

    /// The sales agents in use, in the order of registration.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn agents(self) -> Result<Vec<AgentOut>, ApiError> {
        let list: Agents = self
            .get(&format!("/sales-agents?take={ADVERTISERS}"))
            .await?;
        Ok(list.sales_agents)
    }

    /// Registers a sales agent and asks it what it can do.
    ///
    /// # Errors
    /// As every call: [`ApiError`]; an agent that does not answer is registered all the same.
    pub async fn register_agent(self, body: Json) -> Result<AgentOut, ApiError> {
        let one: OneAgent = self
            .send(
                Method::POST,
                "/sales-agents",
                &body,
                Some(&key::idempotency()),
            )
            .await?;
        Ok(one.sales_agent)
    }

    /// Asks a sales agent again what it can do.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn probe(self, id: String) -> Result<AgentOut, ApiError> {
        let path = format!("/sales-agents/{}/probe", encoded(&id));
        let one: OneAgent = self
            .read(Method::POST, &path, None)
            .await
            .map(|(data, _)| data)?;
        Ok(one.sales_agent)
    }

    /// Puts a sales agent away.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn archive_agent(self, id: String) -> Result<(), ApiError> {
        let path = format!("/sales-agents/{}", encoded(&id));
        let (status, text) = self.exchange(Method::DELETE, &path, None).await?;
        if status == 204 {
            return Ok(());
        }
        self.understand::<IgnoredAny>(status, &text).map(|_| ())
    }

    /// One advertiser.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn advertiser(self, id: String) -> Result<AdvertiserOut, ApiError> {
        let one: OneAdvertiser = self.get(&format!("/advertisers/{}", encoded(&id))).await?;
        Ok(one.advertiser)
    }

    /// Creates an advertiser; the same key for the same body never creates two.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn create_advertiser(
        self,
        body: Json,
        key: String,
    ) -> Result<AdvertiserOut, ApiError> {
        let one: OneAdvertiser = self
            .send(Method::POST, "/advertisers", &body, Some(&key))
            .await?;
        Ok(one.advertiser)
    }
}

fn seen(revision: u64) -> ExecuteIn {
    ExecuteIn {
        debug: false,
        expected_revision: Some(revision),
    }
}

/// Puts later pages behind earlier ones of the same group, and new groups at the end.
fn merge(groups: &mut Vec<ProductGroup>, more: Vec<ProductGroup>) {
    for group in more {
        match groups
            .iter_mut()
            .find(|known| known.group_id == group.group_id)
        {
            Some(known) => {
                known.products.extend(group.products);
                known.has_more_products = group.has_more_products;
            }
            None => groups.push(group),
        }
    }
}
