//! Every command in one story: the row it leaves, and what the row says was changed.

use serde_json::{Value, json};

use super::support::TestApp;
use super::support::seller::{Seller, shared};
use super::{ANSWER, COMMANDS, Log, RECONCILE, change, row};

/// A seller that takes what it is asked for, at an agent registered over the API.
async fn seller(test: &TestApp, log: &Log<'_>, proved: &mut Vec<&'static str>) -> String {
    let body = json!({"name": "Scripted", "url": "https://seller.example/mcp", "protocol": "MCP",
                      "auth": {"type": "bearer", "token": "canary-token-of-the-agent"}});
    let (data, rows) = log.of(test.post("/sales-agents", body), 201).await;
    let made = row(&rows, "post /sales-agents");
    assert_eq!(change(made, "hasToken"), (Value::Null, json!(true)));
    assert_eq!(made["resourceName"], "Scripted");
    proved.push("post /sales-agents");
    let id = data["salesAgent"]["salesAgentId"]
        .as_str()
        .unwrap()
        .to_owned();
    let agent = flighting_core::ids::AgentId::parse(&id).unwrap();
    let (_, client) = shared(Seller::new(agent.clone(), []));
    test.app.agents.script(agent, client);
    id
}

/// A subscription from its begin to its end, with a message that is sent anew.
async fn webhooks(test: &TestApp, log: &Log<'_>, campaign: &str, proved: &mut Vec<&'static str>) {
    let body = json!({"url": "https://hooks.example/", "secret": "canary-secret-of-webhooks",
                      "eventTypes": ["campaign.status_changed"]});
    let (data, rows) = log.of(test.post("/webhook-subscriptions", body), 201).await;
    let made = row(&rows, "post /webhook-subscriptions");
    assert_eq!(
        change(made, "url"),
        (Value::Null, json!("https://hooks.example/"))
    );
    proved.push("post /webhook-subscriptions");
    let id = data["webhookSubscription"]["id"].as_str().unwrap();
    let path = format!("/webhook-subscriptions/{id}");
    let pause = format!("/campaigns/{campaign}/pause");
    test.post(&pause, json!({})).await.data(200);
    let told = test.get(&format!("{path}/deliveries")).await.data(200);
    let message = told["deliveries"][0]["id"].as_str().unwrap();
    let replay = format!("{path}/deliveries/{message}/replay");
    let (_, rows) = log.of(test.post(&replay, json!({})), 200).await;
    let name = "post /webhook-subscriptions/{subscriptionId}/deliveries/{deliveryId}/replay";
    assert_eq!(
        change(row(&rows, name), "replayed"),
        (Value::Null, json!(message))
    );
    proved.push(name);
    let (_, rows) = log.of(test.delete(&path), 204).await;
    row(&rows, "delete /webhook-subscriptions/{subscriptionId}");
    proved.push("delete /webhook-subscriptions/{subscriptionId}");
}

#[tokio::test]
async fn every_command_leaves_its_row_and_says_what_changed() {
    let test = TestApp::start().await;
    let log = Log(&test);
    let mut proved = Vec::new();
    let agent = seller(&test, &log, &mut proved).await;

    let body =
        json!({"name": "Acme", "brand": "acme.example", "primaryCurrency": "USD", "sandbox": true});
    let (data, rows) = log.of(test.post("/advertisers", body), 201).await;
    let made = row(&rows, "post /advertisers");
    let advertiser = data["advertiser"]["id"].as_str().unwrap().to_owned();
    assert_eq!(made["resourceId"], json!(advertiser));
    assert_eq!(made["advertiserId"], json!(advertiser));
    assert_eq!(made["actorOrigin"], "human");
    assert_eq!(made["serviceTokenName"], "test");
    assert!(made["serviceTokenId"].as_str().unwrap().starts_with("key_"));
    assert_eq!(made["outcome"], "succeeded");
    assert_eq!(
        made["description"],
        "the key `test` created the advertiser `Acme`"
    );
    assert_eq!(change(made, "name"), (Value::Null, json!("Acme")));
    proved.push("post /advertisers");

    let at = format!("/advertisers/{advertiser}");
    let (_, rows) = log
        .of(test.put(&at, json!({"name": "Acme Outdoor"})), 200)
        .await;
    let changed = row(&rows, "put /advertisers/{advertiserId}");
    assert_eq!(
        changed["changes"],
        json!([{"field": "name", "old": "Acme", "new": "Acme Outdoor"}])
    );
    proved.push("put /advertisers/{advertiserId}");

    let (_, rows) = log.of(test.delete(&at), 204).await;
    let gone = row(&rows, "delete /advertisers/{advertiserId}");
    assert_eq!(change(gone, "status"), (json!("ACTIVE"), json!("ARCHIVED")));
    proved.push("delete /advertisers/{advertiserId}");
    let (_, rows) = log
        .of(test.post(&format!("{at}/restore"), json!({})), 200)
        .await;
    row(&rows, "post /advertisers/{advertiserId}/restore");
    proved.push("post /advertisers/{advertiserId}/restore");

    let body = json!({
        "advertiserId": advertiser, "name": "Spring", "campaignType": "DECISIONED",
        "flightDates": {"startDate": "2027-03-10", "endDate": "2027-05-31"}, "budget": {"total": 3_000},
    });
    let (data, rows) = log.of(test.post("/campaigns", body.clone()), 201).await;
    let made = row(&rows, "post /campaigns");
    let campaign = data["campaign"]["campaignId"].as_str().unwrap().to_owned();
    assert_eq!(made["campaignId"], json!(campaign));
    assert_eq!(made["parentType"], "ADVERTISER");
    assert_eq!(made["parentId"], json!(advertiser));
    assert_eq!(change(made, "budget.total"), (Value::Null, json!(3_000)));
    proved.push("post /campaigns");

    let at = format!("/campaigns/{campaign}");
    let (_, rows) = log
        .of(
            test.put(&at, json!({"name": "Summer", "budget": {"total": 4_000.5}})),
            200,
        )
        .await;
    let changed = row(&rows, "put /campaigns/{campaignId}");
    assert_eq!(change(changed, "name"), (json!("Spring"), json!("Summer")));
    assert_eq!(
        change(changed, "budget.total"),
        (json!(3_000), json!(4_000.5))
    );
    assert_eq!(changed["changes"].as_array().unwrap().len(), 2, "{changed}");
    proved.push("put /campaigns/{campaignId}");

    let search = json!({"advertiserId": advertiser, "campaignId": campaign});
    let (data, rows) = log
        .of(test.post("/discovery/discover-products", search), 200)
        .await;
    let session = data["discoveryId"].as_str().unwrap().to_owned();
    assert_eq!(
        row(&rows, "post /discovery/discover-products")["resourceId"],
        json!(session)
    );
    let bound = row(&rows, "put /campaigns/{campaignId}");
    assert_eq!(change(bound, "discoveryId"), (Value::Null, json!(session)));
    proved.push("post /discovery/discover-products");

    let products = format!("/discovery/{session}/products");
    let choose = json!({"products": [{"productId": "banner", "budget": 900}]});
    let (_, rows) = log.of(test.post(&products, choose.clone()), 200).await;
    let chosen = row(&rows, "post /discovery/{discoveryId}/products");
    let entry = format!("products[{agent}/banner].budget");
    assert_eq!(change(chosen, &entry), (Value::Null, json!("900.00")));
    assert_eq!(chosen["campaignId"], json!(campaign));
    proved.push("post /discovery/{discoveryId}/products");
    let remove = test.json(
        axum::http::Method::DELETE,
        &products,
        &json!({"products": [{"productId": "banner", "salesAgentId": agent}]}),
    );
    let (_, rows) = log.of(test.send(remove), 200).await;
    let removed = row(&rows, "delete /discovery/{discoveryId}/products");
    assert_eq!(change(removed, &entry), (json!("900.00"), Value::Null));
    proved.push("delete /discovery/{discoveryId}/products");
    test.post(&products, choose).await.data(200);

    let (data, rows) = log
        .of(test.post(&format!("{at}/execute"), json!({})), 200)
        .await;
    assert_eq!(data["success"], true);
    row(&rows, "post /campaigns/{campaignId}/execute");
    let launched = rows
        .iter()
        .find(|row| row["resourceType"] == "CAMPAIGN" && row["action"] == "ACTIVATE")
        .unwrap();
    assert_eq!(
        change(launched, "status"),
        (json!("DRAFT"), json!("ACTIVE"))
    );
    let buys: Vec<&Value> = rows
        .iter()
        .filter(|row| row["resourceType"] == "MEDIA_BUY")
        .collect();
    assert_eq!(buys[0]["action"], "CREATE");
    assert_eq!(buys[0]["parentId"], json!(campaign));
    assert_eq!(change(buys[1], "status"), (json!("DRAFT"), json!("ACTIVE")));
    assert!(
        rows.iter().all(|row| row["serviceTokenName"] == "test"),
        "{rows:#?}"
    );
    proved.push("post /campaigns/{campaignId}/execute");

    let (_, rows) = log
        .of(test.post(&format!("{at}/pause"), json!({})), 200)
        .await;
    row(&rows, "post /campaigns/{campaignId}/pause");
    let buy = rows
        .iter()
        .rfind(|row| row["resourceType"] == "MEDIA_BUY")
        .unwrap();
    assert_eq!(change(buy, "status"), (json!("ACTIVE"), json!("PAUSED")));
    proved.push("post /campaigns/{campaignId}/pause");
    let (_, rows) = log
        .of(test.post(&format!("{at}/reactivate"), json!({})), 200)
        .await;
    row(&rows, "post /campaigns/{campaignId}/reactivate");
    proved.push("post /campaigns/{campaignId}/reactivate");

    let (data, _) = log.of(test.post("/campaigns", body), 201).await;
    let spare = data["campaign"]["campaignId"].as_str().unwrap();
    let (_, rows) = log
        .of(test.delete(&format!("/campaigns/{spare}")), 204)
        .await;
    let gone = row(&rows, "delete /campaigns/{campaignId}");
    assert_eq!(change(gone, "status"), (json!("DRAFT"), json!("ARCHIVED")));
    proved.push("delete /campaigns/{campaignId}");

    let path = format!("/advertisers/{advertiser}/sales-agents/{agent}/credentials");
    let own = json!({"auth": {"type": "bearer", "token": "canary-token-of-the-advertiser"}});
    let (_, rows) = log.of(test.put(&path, own), 200).await;
    let name = "put /advertisers/{advertiserId}/sales-agents/{agentId}/credentials";
    assert_eq!(row(&rows, name)["advertiserId"], json!(advertiser));
    proved.push(name);
    let (_, rows) = log.of(test.delete(&path), 204).await;
    let name = "delete /advertisers/{advertiserId}/sales-agents/{agentId}/credentials";
    assert_eq!(row(&rows, name)["resourceId"], json!(agent));
    proved.push(name);
    webhooks(&test, &log, &campaign, &mut proved).await;

    let idle = test.paper_agent("Idle").await;
    let (_, rows) = log
        .of(test.delete(&format!("/sales-agents/{idle}")), 204)
        .await;
    row(&rows, "delete /sales-agents/{salesAgentId}");
    proved.push("delete /sales-agents/{salesAgentId}");

    let unproved: Vec<_> = COMMANDS
        .iter()
        .filter(|(name, ..)| !proved.contains(name) && ![RECONCILE, ANSWER].contains(name))
        .collect();
    assert!(unproved.is_empty(), "{unproved:#?}");
    let all = Value::from(log.read("").await).to_string();
    assert!(!all.contains("canary"), "a secret is in the log");
    test.end().await;
}
