//! The endpoints of those who buy and those who sell: advertisers and sales agents.

use flighting_core::wire::Json;
use flighting_core::wire::advertiser::AdvertiserOut;
use flighting_core::wire::agent::AgentOut;
use gloo_net::http::Method;
use serde::Deserialize;

use super::{Api, ApiError, encoded, key};

/// An advertiser as a list has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AdvertiserName {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
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
struct OneAdvertiser {
    advertiser: AdvertiserOut,
}

/// The most advertisers that are offered for choice.
const ADVERTISERS: u32 = 250;

impl Api {
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
        self.remove(&format!("/sales-agents/{}", encoded(&id)))
            .await
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
