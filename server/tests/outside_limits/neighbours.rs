//! The other bodies and the query parameters, each outside its limits.

use axum::http::Method;

use super::support::TestApp;
use super::{Issue, campaign, check, send_text};

async fn refuse(test: &TestApp, method: Method, path: &str, cases: &[(&str, &[Issue])]) {
    for (body, issues) in cases {
        let reply = send_text(test, method.clone(), path, (*body).to_owned()).await;
        check(&format!("{method} {path}: {body}"), &reply, issues);
    }
}

#[tokio::test]
async fn advertisers() {
    let test = TestApp::start().await;
    let long = format!(
        r#"{{"name":"{}","description":"{}","brand":"{}.example","primaryCurrency":"USD"}}"#,
        "n".repeat(256),
        "d".repeat(1001),
        "b".repeat(64)
    );
    let create: &[(&str, &[Issue])] = &[
        (
            "{}",
            &[
                ("name", "required"),
                ("brand", "required"),
                ("primaryCurrency", "required"),
            ],
        ),
        (
            &long,
            &[
                ("name", "too_long"),
                ("description", "too_long"),
                ("brand", "invalid_format"),
            ],
        ),
        (
            r#"{"name":"A","brand":"https://acme.example","primaryCurrency":"usd","marginPercent":101,"sandbox":"yes"}"#,
            &[
                ("brand", "invalid_format"),
                ("primaryCurrency", "unsupported_currency"),
                ("marginPercent", "too_large"),
                ("sandbox", "wrong_type"),
            ],
        ),
        (
            r#"{"name":"A","brand":"acme.example","primaryCurrency":"XXX","fees":[]}"#,
            &[
                ("primaryCurrency", "unsupported_currency"),
                ("fees", "unknown_field"),
            ],
        ),
    ];
    refuse(&test, Method::POST, "/advertisers", create).await;
    let id = test.advertiser().await;
    campaign(&test, &id).await;
    let path = format!("/advertisers/{id}");
    let update: &[(&str, &[Issue])] = &[
        (
            r#"{"name":null,"brand":""}"#,
            &[("name", "null_not_allowed"), ("brand", "invalid_format")],
        ),
        (
            r#"{"primaryCurrency":"EUR","marginPercent":0.00001,"sandbox":false}"#,
            &[
                ("primaryCurrency", "locked"),
                ("marginPercent", "too_many_decimals"),
                ("sandbox", "immutable"),
            ],
        ),
        (
            r#"{"frequencyCaps":[1],"status":"ARCHIVED"}"#,
            &[
                ("frequencyCaps[0]", "wrong_type"),
                ("status", "unknown_field"),
            ],
        ),
        (
            r#"{"expectedRevision":-1}"#,
            &[("expectedRevision", "too_small")],
        ),
    ];
    refuse(&test, Method::PUT, &path, update).await;
    test.finish().await;
}

#[tokio::test]
async fn sales_agents() {
    let test = TestApp::start().await;
    let long = format!(
        r#"{{"name":"A","url":"https://{}.example/","protocol":"MCP"}}"#,
        "x".repeat(2048)
    );
    let cases: &[(&str, &[Issue])] = &[
        (
            "{}",
            &[
                ("name", "required"),
                ("url", "required"),
                ("protocol", "required"),
            ],
        ),
        (
            r#"{"name":"","url":"ftp://a.example","protocol":"REST","auth":{"type":"basic","token":"a b"},"webhooks":{}}"#,
            &[
                ("name", "too_short"),
                ("url", "invalid_format"),
                ("protocol", "unknown_value"),
                ("auth.type", "unknown_value"),
                ("auth.token", "invalid_format"),
                ("webhooks", "contradiction"),
            ],
        ),
        (
            r#"{"name":"A","url":"https://user:pass@a.example/","protocol":"MCP"}"#,
            &[("url", "invalid_format")],
        ),
        (
            r#"{"name":"A","url":"http://127.0.0.1:1/mcp","protocol":"MCP"}"#,
            &[("url", "invalid_format")],
        ),
        (
            r#"{"name":"A","url":"http://[::1]/mcp","protocol":"MCP"}"#,
            &[("url", "invalid_format")],
        ),
        (
            r#"{"name":"A","url":"http://169.254.169.254/","protocol":"MCP"}"#,
            &[("url", "invalid_format")],
        ),
        (&long, &[("url", "invalid_format")]),
        (
            r#"{"name":"A","url":"https://a.example/","protocol":"MCP","auth":{"type":"bearer"},"token":"x"}"#,
            &[("auth.token", "required"), ("token", "unknown_field")],
        ),
    ];
    refuse(&test, Method::POST, "/sales-agents", cases).await;
    assert_eq!(test.get("/sales-agents").await.data(200)["total"], 0);
    test.finish().await;
}

#[tokio::test]
async fn searches_and_selections() {
    let test = TestApp::with_sellers().await;
    let advertiser = test.advertiser().await;
    let id = campaign(&test, &advertiser).await;
    let cases: &[(&str, &[Issue])] = &[
        ("{}", &[("advertiserId", "required")]),
        (
            r#"{"advertiserId":"adv_unknown"}"#,
            &[("advertiserId", "not_found")],
        ),
    ];
    refuse(&test, Method::POST, "/discovery/discover-products", cases).await;
    let more: [(&str, &[Issue]); 6] = [
        (
            r#""campaignId":"cmp_unknown""#,
            &[("campaignId", "not_found")],
        ),
        (
            r#""channels":["tv"],"countries":["usa"],"budget":0"#,
            &[
                ("channels[0]", "unknown_value"),
                ("countries[0]", "invalid_format"),
                ("budget", "too_small"),
            ],
        ),
        (r#""budget":{"total":5}"#, &[("budget", "wrong_type")]),
        (
            r#""flightDates":{"startDate":"2027-05-01","endDate":"2027-04-01"}"#,
            &[("flightDates.endDate", "end_before_start")],
        ),
        (
            r#""groupLimit":11,"groupOffset":-1,"productsPerGroup":16,"productOffset":1001"#,
            &[
                ("groupLimit", "too_large"),
                ("groupOffset", "too_small"),
                ("productsPerGroup", "too_large"),
                ("productOffset", "too_large"),
            ],
        ),
        (
            r#""brief":null,"refine":[]"#,
            &[("brief", "null_not_allowed"), ("refine", "unknown_field")],
        ),
    ];
    for (members, issues) in more {
        let body = format!(r#"{{"advertiserId":"{advertiser}",{members}}}"#);
        refuse(
            &test,
            Method::POST,
            "/discovery/discover-products",
            &[(&body, issues)],
        )
        .await;
    }

    let body = serde_json::json!({"advertiserId": advertiser, "campaignId": id});
    let found = test
        .post("/discovery/discover-products", body)
        .await
        .data(200);
    let session = found["discoveryId"].as_str().unwrap();
    let path = format!("/discovery/{session}/products");
    let many = format!(
        r#"{{"products":[{}]}}"#,
        vec![r#"{"productId":"banner"}"#; 101].join(",")
    );
    let select: &[(&str, &[Issue])] = &[
        ("{}", &[("products", "required")]),
        (r#"{"products":[]}"#, &[("products", "too_short")]),
        (&many, &[("products", "too_long")]),
        (
            r#"{"products":["banner"]}"#,
            &[("products[0]", "wrong_type")],
        ),
        (
            r#"{"products":[{"productId":"","salesAgentId":"x","budget":-1,"bidPrice":0,"price":1}],"expectedRevision":0}"#,
            &[
                ("products[0].productId", "too_short"),
                ("products[0].salesAgentId", "invalid_format"),
                ("products[0].budget", "too_small"),
                ("products[0].bidPrice", "too_small"),
                ("products[0].price", "unknown_field"),
                ("expectedRevision", "too_small"),
            ],
        ),
        (
            r#"{"products":[{"productId":"banner","budget":1.001,"bidPrice":1000001}]}"#,
            &[
                ("products[0].budget", "too_many_decimals"),
                ("products[0].bidPrice", "too_large"),
            ],
        ),
        (
            r#"{"products":[{"productId":"no such product"}]}"#,
            &[("products[0].productId", "not_found")],
        ),
    ];
    refuse(&test, Method::POST, &path, select).await;
    let deselect: &[(&str, &[Issue])] = &[
        ("{}", &[("products", "required")]),
        (
            r#"{"products":[{"productId":"banner"}]}"#,
            &[("products[0].salesAgentId", "required")],
        ),
    ];
    refuse(&test, Method::DELETE, &path, deselect).await;
    assert_eq!(test.get(&path).await.data(200)["totalProducts"], 0);

    let execute = format!("/campaigns/{id}/execute");
    let commands: &[(&str, &[Issue])] = &[
        (r#"{"debug":"yes"}"#, &[("debug", "wrong_type")]),
        (r#"{"debug":null}"#, &[("debug", "null_not_allowed")]),
        (
            r#"{"expectedRevision":1e99}"#,
            &[("expectedRevision", "too_large")],
        ),
        (
            r#"{"debug":true,"debug":true,"force":true}"#,
            &[("debug", "duplicate_field"), ("force", "unknown_field")],
        ),
    ];
    for command in ["execute", "pause", "reactivate"] {
        refuse(
            &test,
            Method::POST,
            &format!("/campaigns/{id}/{command}"),
            commands,
        )
        .await;
    }
    let reply = send_text(&test, Method::POST, &execute, "{}").await;
    assert_eq!(reply.issues()[0].1, "no_products");
    test.end().await;
}

#[tokio::test]
async fn query_parameters() {
    let test = TestApp::start().await;
    let advertiser = test.advertiser().await;
    let id = campaign(&test, &advertiser).await;
    let get = |rest: &str| format!("/campaigns/{id}{rest}");
    let long = format!("/campaigns?name={}", "x".repeat(256));
    let cases: &[(String, &[Issue])] = &[
        (
            "/campaigns?take=0&skip=-1".to_owned(),
            &[("take", "too_small"), ("skip", "invalid_format")],
        ),
        (
            "/campaigns?take=251&skip=9223372036854775808".to_owned(),
            &[("take", "too_large"), ("skip", "too_large")],
        ),
        (
            "/campaigns?take=&skip=1.5".to_owned(),
            &[("take", "invalid_format"), ("skip", "invalid_format")],
        ),
        (
            "/campaigns?take=99999999999999999999999999".to_owned(),
            &[("take", "too_large")],
        ),
        (
            "/campaigns?take=1&take=2".to_owned(),
            &[("take", "duplicate_field")],
        ),
        (
            "/campaigns?status=LIVE,DRAFT".to_owned(),
            &[("status", "unknown_value")],
        ),
        (
            "/campaigns?mediaBuyStatus=active".to_owned(),
            &[("mediaBuyStatus", "unknown_value")],
        ),
        (
            "/campaigns?includeArchived=1".to_owned(),
            &[("includeArchived", "unknown_value")],
        ),
        (
            "/campaigns?advertiserId=7".to_owned(),
            &[("advertiserId", "invalid_format")],
        ),
        (
            "/campaigns?sort=name&order=name&Take=1".to_owned(),
            &[("Take", "unknown_field"), ("order", "unknown_field")],
        ),
        (
            "/campaigns?sort=Name".to_owned(),
            &[("sort", "unknown_value")],
        ),
        (long, &[("name", "too_long")]),
        (get("?fresh=true"), &[("fresh", "unknown_field")]),
        (get("/media-buy-status?x=%ff"), &[("x", "unknown_field")]),
        (get("/delivery?fresh=maybe"), &[("fresh", "unknown_value")]),
        (get("/creatives/formats?x=1"), &[("x", "unknown_field")]),
        (
            "/advertisers?status=GONE&sandbox=2&take=x".to_owned(),
            &[
                ("status", "unknown_value"),
                ("sandbox", "unknown_value"),
                ("take", "invalid_format"),
            ],
        ),
        (
            "/sales-agents?status=GONE&skip=a".to_owned(),
            &[("status", "unknown_value"), ("skip", "invalid_format")],
        ),
    ];
    for (path, issues) in cases {
        check(path, &test.get(path).await, issues);
    }
    let reply = test.delete(&get("?expectedRevision=0&force=1")).await;
    check(
        "delete",
        &reply,
        &[
            ("expectedRevision", "too_small"),
            ("force", "unknown_field"),
        ],
    );
    test.finish().await;
}
