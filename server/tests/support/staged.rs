//! One scripted seller with a `banner` to sell, and campaigns that buy it.

use std::sync::Arc;

use flighting_core::ids::AgentId;
use flighting_server::ids::IdSource;
use serde_json::{Value, json};

use super::TestApp;
use super::seller::{Does, Seller, shared};

/// A product with one seller that does what the test says.
pub struct Staged {
    pub test: TestApp,
    pub seller: Arc<Seller>,
    pub agent: AgentId,
}

impl Staged {
    /// The usual product, with a seller of this script; `change` sees it before it is shared.
    pub async fn start(
        script: impl IntoIterator<Item = Does>,
        change: impl FnOnce(Seller) -> Seller,
    ) -> Self {
        Self::on(TestApp::start().await, script, change).await
    }

    /// The same on a product that differs from the usual.
    pub async fn on(
        test: TestApp,
        script: impl IntoIterator<Item = Does>,
        change: impl FnOnce(Seller) -> Seller,
    ) -> Self {
        let id = IdSource.agent();
        let (seller, agent) = shared(change(Seller::new(id.clone(), script)));
        test.app.agents.script(id.clone(), agent);
        test.paper_agent_of(&id, "Scripted").await;
        Self {
            test,
            seller,
            agent: id,
        }
    }

    /// A draft of 1,000 US dollars from 10 to 19 March 2027 that has the banner selected with 900;
    /// its id.
    pub async fn campaign(&self) -> String {
        self.campaign_of(json!({})).await
    }

    /// The same with other members in the body that creates it.
    pub async fn campaign_of(&self, other: Value) -> String {
        let test = &self.test;
        let advertiser = test.advertiser().await;
        let mut body = json!({"advertiserId": advertiser, "name": "Spring", "campaignType": "DECISIONED",
            "flightDates": {"startDate": "2027-03-10", "endDate": "2027-03-19"}, "budget": {"total": 1000}});
        for (name, value) in other.as_object().unwrap() {
            body[name] = value.clone();
        }
        let id = test.post("/campaigns", body.clone()).await.data(201)["campaign"]["campaignId"]
            .as_str()
            .unwrap()
            .to_owned();
        let found = test
            .post(
                "/discovery/discover-products",
                json!({"advertiserId": body["advertiserId"], "campaignId": id}),
            )
            .await
            .data(200);
        let chosen =
            json!({"productId": "banner", "salesAgentId": self.agent.as_str(), "budget": 900});
        let session = found["discoveryId"].as_str().unwrap();
        test.post(
            &format!("/discovery/{session}/products"),
            json!({"products": [chosen]}),
        )
        .await
        .data(200);
        id
    }

    /// Another draft of the advertiser of a campaign; its id.
    pub async fn second_campaign(&self, first: &str) -> String {
        let advertiser = self.read(first).await["advertiserId"].clone();
        self.campaign_of(json!({"advertiserId": advertiser})).await
    }

    /// So many executed campaigns of one advertiser; their ids.
    pub async fn many(&self, count: usize) -> Vec<String> {
        let mut ids = vec![self.executed().await];
        while ids.len() < count {
            let id = self.second_campaign(&ids[0]).await;
            self.execute(&id).await;
            ids.push(id);
        }
        ids
    }

    /// Executes it; the answer.
    pub async fn execute(&self, id: &str) -> Value {
        self.test
            .post(&format!("/campaigns/{id}/execute"), json!({}))
            .await
            .data(200)
    }

    /// A draft that was executed; its id.
    pub async fn executed(&self) -> String {
        let id = self.campaign().await;
        self.execute(&id).await;
        id
    }

    /// The first buy of a campaign, as GET shows it.
    pub async fn buy(&self, id: &str) -> Value {
        self.read(id).await["mediaBuys"][0].clone()
    }

    /// The campaign, as GET shows it.
    pub async fn read(&self, id: &str) -> Value {
        self.test.get(&format!("/campaigns/{id}")).await.data(200)["campaign"].clone()
    }
}
