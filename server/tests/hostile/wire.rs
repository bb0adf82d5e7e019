//! Answers that are no answers: endless, huge, slow, broken, lying about themselves. All of them
//! sell in one execute beside a sound seller.

use std::time::Duration;

use flighting_sandbox::AgentKind;
use flighting_server::adcp::AddressPolicy;
use flighting_server::app::Settings;
use serde_json::{Value, json};

use super::canned::{Act, Bodies, Canned, enveloped, recorded};
use super::support::{Setup, TestApp};

/// How long an agent may take in these tests.
const PATIENCE: Duration = Duration::from_secs(3);

fn head(lines: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{lines}\r\n").into_bytes()
}

const JSON: &str = "content-type: application/json\r\n";
const STREAM: &str = "content-type: text/event-stream\r\n";

/// A bomb: gzip of zeros, which nobody asked for.
fn bomb() -> Vec<u8> {
    use std::io::Write;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..64 {
        packed.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    packed.finish().unwrap()
}

/// What a hostile seller does with a call, given the JSON-RPC id.
pub type Manner = Box<dyn Fn(&Value) -> Act + Send + Sync>;

/// All of them, by name.
pub fn manners() -> Vec<(&'static str, Manner)> {
    fn of(act: impl Fn(&Value) -> Act + Send + Sync + 'static) -> Manner {
        Box::new(act)
    }
    fn bytes(all: Vec<u8>) -> Manner {
        of(move |_| Act::Bytes(all.clone()))
    }
    let json = |body: &str| [head(JSON), body.as_bytes().to_vec()].concat();
    vec![
        (
            "fifty megabytes of JSON",
            of(|id| {
                let padding = vec![b' '; 50 * 1024 * 1024];
                Act::Json([b"{".as_slice(), &padding, enveloped(id, b"{}")[1..].as_ref()].concat())
            }),
        ),
        (
            "fifty megabytes in one text",
            of(|id| {
                let text = format!("{{\"message\":\"{}\"}}", "x".repeat(50 * 1024 * 1024));
                Act::Json(enveloped(id, text.as_bytes()))
            }),
        ),
        (
            "lists without end",
            of(|id| {
                let body = format!("{{\"a\":[{}[]]}}", "[],".repeat(5_000_000));
                Act::Json(enveloped(id, body.as_bytes()))
            }),
        ),
        (
            "members without end",
            of(|id| {
                let members: String = (0..900_000).map(|n| format!("\"{n:x}\":0,")).collect();
                Act::Json(enveloped(id, format!("{{{members}\"z\":0}}").as_bytes()))
            }),
        ),
        (
            "as many members as are read",
            of(|id| {
                let members: String = (0..398_000).map(|n| format!("\"{n:x}\":0,")).collect();
                Act::Json(enveloped(id, format!("{{{members}\"z\":0}}").as_bytes()))
            }),
        ),
        (
            "a hundred thousand levels",
            of(|id| {
                let body = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
                Act::Json(enveloped(id, body.as_bytes()))
            }),
        ),
        (
            "one byte at a time",
            of(|id| {
                let body = [head(JSON), enveloped(id, b"{\"status\":\"completed\"}")].concat();
                Act::Drip(body, Duration::from_secs(1))
            }),
        ),
        (
            "a head one byte at a time",
            of(|_| Act::Drip(head(JSON), Duration::from_millis(400))),
        ),
        (
            "headers without end",
            of(|_| Act::Flood(b"HTTP/1.1 200 OK\r\n".to_vec(), b"x-more: yes\r\n".repeat(100))),
        ),
        (
            "one header without end",
            of(|_| Act::Flood(b"HTTP/1.1 200 OK\r\nx-more: ".to_vec(), vec![b'y'; 4096])),
        ),
        (
            "preliminary answers without end",
            of(|_| Act::Flood(Vec::new(), b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(50))),
        ),
        ("a body without end", of(|_| Act::Flood(head(JSON), vec![b' '; 65_536]))),
        (
            "events without end",
            of(|_| Act::Flood(head(STREAM), b"data: {\"jsonrpc\":\"2.0\",\"method\":\"ping\"}\n\n".repeat(500))),
        ),
        (
            "one event without end",
            of(|_| Act::Flood([head(STREAM), b"data: ".to_vec()].concat(), vec![b'z'; 65_536])),
        ),
        (
            "comments without end",
            of(|_| Act::Flood(head(STREAM), b": still here\n".repeat(1_000))),
        ),
        (
            "empty chunks without end",
            of(|_| {
                Act::Flood(
                    head(&format!("{JSON}transfer-encoding: chunked\r\n")),
                    b"1;ext=yyyyyyyyyyyyyyyy\r\n \r\n".repeat(1_000),
                )
            }),
        ),
        (
            "a chunk of a size beyond numbers",
            bytes([
                head(&format!("{JSON}transfer-encoding: chunked\r\n")),
                b"fffffffffffffffff\r\n{}".to_vec(),
            ]
            .concat()),
        ),
        (
            "two lengths",
            bytes([head(&format!("{JSON}content-length: 2\r\ncontent-length: 40\r\n")), b"{}".to_vec()].concat()),
        ),
        (
            "a length below nothing",
            bytes([head(&format!("{JSON}content-length: -1\r\n")), b"{}".to_vec()].concat()),
        ),
        (
            "a length beyond what comes",
            bytes([head(&format!("{JSON}content-length: 100000\r\n")), b"{\"jsonrpc\"".to_vec()].concat()),
        ),
        (
            "length and chunks at once",
            bytes([
                head(&format!("{JSON}content-length: 4\r\ntransfer-encoding: chunked\r\n")),
                b"0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n".to_vec(),
            ]
            .concat()),
        ),
        (
            "a packed bomb",
            of(|_| {
                let packed = bomb();
                let lines = format!("{JSON}content-encoding: gzip\r\ncontent-length: {}\r\n", packed.len());
                Act::Bytes([head(&lines), packed].concat())
            }),
        ),
        ("no HTTP", bytes(b"220 smtp.example ESMTP\r\n".to_vec())),
        ("bytes of chance", bytes((0..4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect())),
        ("another protocol", bytes(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n".to_vec())),
        ("nothing with success", bytes(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec())),
        ("a page", bytes([head("content-type: text/html\r\n"), b"<html>".to_vec()].concat())),
        ("not UTF-8", bytes([head(JSON), b"{\"jsonrpc\":\"\xff\xfe\"}".to_vec()].concat())),
        ("another's id", bytes(json(r#"{"jsonrpc":"2.0","id":987654,"result":{"structuredContent":{"media_buy_id":"x"}}}"#))),
        ("result and error", of(|id| Act::Json(format!(
            r#"{{"jsonrpc":"2.0","id":{id},"result":{{"structuredContent":{{"media_buy_id":"x"}}}},"error":{{"code":-32603,"message":"no"}}}}"#
        ).into_bytes()))),
        ("mute", of(|_| Act::Mute)),
        ("hangs up", bytes(Vec::new())),
    ]
}

/// The products of one seller, as good as any.
fn choice(found: &Value, agent: &str) -> Value {
    let groups = found["groups"].as_array().unwrap();
    let group = groups
        .iter()
        .find(|group| group["salesAgentId"] == agent)
        .unwrap_or_else(|| panic!("no products of `{agent}`: {found}"));
    let product = &group["products"][0];
    let options = product["pricingOptions"].as_array().unwrap();
    let option = options
        .iter()
        .find(|option| option["isFixed"] == true && option["currency"] == "USD")
        .unwrap();
    json!({"productId": product["productId"], "salesAgentId": agent,
           "pricingOptionId": option["pricingOptionId"], "budget": 20_000})
}

async fn register(test: &TestApp, seller: &Canned, name: &str) -> String {
    let body = json!({"name": name, "url": seller.url(), "protocol": "MCP",
        "auth": {"type": "bearer", "token": "hostile-token"}});
    let data = test.post("/sales-agents", body).await.data(201);
    assert_eq!(data["salesAgent"]["status"], "ACTIVE", "{name}: {data}");
    data["salesAgent"]["salesAgentId"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// A campaign with one product of each of these sellers; its id.
async fn campaign(test: &TestApp, agents: &[String]) -> String {
    let advertiser = test.advertiser().await;
    let body = json!({"advertiserId": advertiser, "name": "Beside", "campaignType": "DECISIONED",
        "flightDates": {"startDate": "2027-03-10", "endDate": "2027-05-31"},
        "budget": {"total": 2_000_000}});
    let data = test.post("/campaigns", body).await.data(201);
    let id = data["campaign"]["campaignId"].as_str().unwrap().to_owned();
    let mut chosen = Vec::new();
    let mut session = None;
    // A search shows ten sellers at most.
    for offset in (0..agents.len()).step_by(10) {
        let mut search = json!({"advertiserId": advertiser, "campaignId": id,
            "groupLimit": 10, "groupOffset": offset, "productsPerGroup": 1});
        if let Some(session) = &session {
            search["discoveryId"] = json!(session);
        }
        let found = match &session {
            None => test
                .post("/discovery/discover-products", search)
                .await
                .data(200),
            Some(session) => {
                let path = format!(
                    "/discovery/{session}/discover-products?groupLimit=10&groupOffset={offset}&productsPerGroup=1"
                );
                test.get(&path).await.data(200)
            }
        };
        session.get_or_insert(found["discoveryId"].as_str().unwrap().to_owned());
        for agent in &agents[offset..(offset + 10).min(agents.len())] {
            chosen.push(choice(&found, agent));
        }
    }
    let path = format!("/discovery/{}/products", session.unwrap());
    test.post(&path, json!({"products": chosen}))
        .await
        .data(200);
    id
}

async fn market(
    bodies: &Bodies,
    hostile_task: &'static str,
) -> (TestApp, Vec<Canned>, Vec<(&'static str, String)>) {
    let mut sellers = Vec::new();
    for (name, act) in manners() {
        let seller = Canned::start(bodies, move |task, message| {
            if task == hostile_task {
                act(&message["id"])
            } else {
                Act::Decent
            }
        })
        .await;
        sellers.push((name, seller));
    }
    let policy = sellers
        .iter()
        .fold(AddressPolicy::new(false), |policy, (_, seller)| {
            policy.allowing("127.0.0.1", seller.address().port())
        });
    let test = TestApp::with(Setup {
        addresses: policy,
        settings: Settings {
            rate_limit: 0,
            agent_timeout: PATIENCE,
            ..Settings::default()
        },
        sellers: vec![AgentKind::Alder],
        ..Setup::default()
    })
    .await;
    let mut agents = vec![("sound", test.agent_id("Alder Media").await)];
    for (name, seller) in &sellers {
        agents.push((*name, register(&test, seller, name).await));
    }
    let sellers = sellers.into_iter().map(|(_, seller)| seller).collect();
    (test, sellers, agents)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_execute_over_all_of_them_harms_nobody_else() {
    let bodies = recorded().await;
    let (test, _sellers, agents) = market(&bodies, "create_media_buy").await;
    let ids: Vec<String> = agents.iter().map(|(_, id)| id.clone()).collect();
    let campaign = campaign(&test, &ids).await;
    let done = test
        .post(&format!("/campaigns/{campaign}/execute"), json!({}))
        .await
        .data(200);
    assert_eq!(done["newStatus"], "ACTIVE");
    assert_eq!(done["success"], false);
    let shown = test.get(&format!("/campaigns/{campaign}")).await.data(200);
    let buys = shown["campaign"]["mediaBuys"].as_array().unwrap();
    assert_eq!(buys.len(), agents.len());
    for (name, agent) in &agents {
        let buy = buys
            .iter()
            .find(|buy| buy["salesAgentId"] == **agent)
            .unwrap();
        if *name == "sound" {
            assert_eq!(buy["status"], "ACTIVE", "{buy}");
            continue;
        }
        // It reached the seller: whatever came back, the buy may exist.
        assert_eq!(buy["submission"], "silent", "{name}: {buy}");
        assert_eq!(buy["status"], "PENDING_APPROVAL", "{name}: {buy}");
        let errors = done["errors"].as_array().unwrap();
        let error = errors
            .iter()
            .find(|error| error["mediaBuyId"] == buy["mediaBuyId"])
            .unwrap_or_else(|| panic!("{name} is not among the errors: {done}"));
        assert!(
            error["message"].as_str().unwrap().len() > 10,
            "{name}: {error}"
        );
    }
    test.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_over_all_of_them_finds_what_the_others_offer() {
    let bodies = recorded().await;
    let (test, _sellers, agents) = market(&bodies, "get_products").await;
    let advertiser = test.advertiser().await;
    let found = test
        .post(
            "/discovery/discover-products",
            json!({"advertiserId": advertiser, "groupLimit": 10, "productsPerGroup": 1}),
        )
        .await
        .data(200);
    let (_, sound) = agents.iter().find(|(name, _)| *name == "sound").unwrap();
    let groups = found["groups"].as_array().unwrap();
    assert!(
        groups.iter().any(|group| group["salesAgentId"] == **sound
            && !group["products"].as_array().unwrap().is_empty()),
        "{found}"
    );
    assert!(
        groups.iter().all(|group| group["salesAgentId"] == **sound
            || group["products"].as_array().unwrap().is_empty()),
        "{found}"
    );
    test.finish().await;
}
