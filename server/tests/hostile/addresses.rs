//! Addresses of agents that lead where nobody may go: each is refused with a sentence, and no
//! connection is made.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use flighting_server::adcp::guard::Post;
use flighting_server::adcp::{AddressPolicy, Guard};
use reqwest::header::HeaderMap;
use serde_json::json;
use tokio::time::Instant;
use url::Url;

use super::support::TestApp;

/// `{}` stands for a port at which somebody listens on loopback.
pub const HOSTILE: [&str; 96] = [
    // Loopback in the forms that resolvers and libraries read as one.
    "https://127.0.0.1:{}/",
    "http://127.0.0.1:{}/mcp",
    "https://127.1:{}/",
    "https://127.0.1:{}/",
    "https://0x7f.1:{}/",
    "https://0x7f000001:{}/",
    "https://0X7F.0.0.0x1:{}/",
    "https://0177.0.0.1:{}/",
    "https://0177.0.0.01:{}/",
    "https://017700000001:{}/",
    "https://2130706433:{}/",
    "https://127.0.0.1.:{}/",
    "https://127.255.255.254:{}/",
    "https://127.0.0.2:{}/",
    "https://0:{}/",
    "https://0.0.0.0:{}/",
    "https://0.0.0.1:{}/",
    "https://[::1]:{}/",
    "https://[0:0:0:0:0:0:0:1]:{}/",
    "https://[0000:0000:0000:0000:0000:0000:0000:0001]:{}/",
    "https://[::]:{}/",
    "https://[::ffff:127.0.0.1]:{}/",
    "https://[::ffff:7f00:1]:{}/",
    "https://[0:0:0:0:0:ffff:127.0.0.1]:{}/",
    "https://[::127.0.0.1]:{}/",
    "https://[::ffff:0:127.0.0.1]:{}/",
    "https://[64:ff9b::127.0.0.1]:{}/",
    "https://[64:ff9b::7f00:1]:{}/",
    "https://[64:ff9b:1::127.0.0.1]:{}/",
    "https://[2002:7f00:1::]:{}/",
    "https://[2002:7f00:1::1]:{}/",
    "https://[2001:0:7f00:1::]:{}/",
    "https://[fe80::1]:{}/",
    "https://[fe80::1%25lo]:{}/",
    "https://[fe80::1%25eth0]:{}/",
    // Names for it.
    "https://localhost:{}/",
    "https://LOCALHOST:{}/",
    "https://LocalHost.:{}/",
    "https://localhost..:{}/",
    "https://a.localhost:{}/",
    "https://a.b.localhost.:{}/",
    "https://localhost%00.example:{}/",
    "https://localhost%2eexample%2f:{}/",
    "https://l\u{3ff}calhost:{}/",
    "https://\u{24db}ocalhost:{}/",
    "https://\u{2460}\u{2461}\u{2466}.\u{24ea}.\u{24ea}.\u{2460}:{}/",
    "https://127\u{3002}0\u{3002}0\u{3002}1:{}/",
    "https://127\u{ff0e}0\u{ff0e}0\u{ff0e}1:{}/",
    "https://127\u{ff61}0.0.1:{}/",
    "https://\u{ff11}\u{ff12}\u{ff17}.0.0.1:{}/",
    "https://local\u{200b}host:{}/",
    "https://local\u{ad}host:{}/",
    "https://\u{200d}localhost:{}/",
    "https://127.0.0\u{200b}.1:{}/",
    "https://\u{feff}127.0.0.1:{}/",
    "https://\u{202e}127.0.0.1:{}/",
    // Somebody else's words before the host.
    "https://seller.example@127.0.0.1:{}/",
    "https://user:password@127.0.0.1:{}/",
    "https://seller.example:443@127.0.0.1:{}/",
    "https://127.0.0.1:{}\\@seller.example/",
    "https://seller.example\\@127.0.0.1:{}/",
    "https:\\\\127.0.0.1:{}\\",
    "https:/127.0.0.1:{}/",
    "https:127.0.0.1:{}/",
    "https:///127.0.0.1:{}/",
    "https://127.0.0.1:{}#@seller.example/",
    "https://127.0.0.1:{}?@seller.example/",
    "https://127.0.0.1:{}/%2e%2e/",
    "HTTPS://127.0.0.1:{}/",
    " https://127.0.0.1:{}/",
    "https://127.0.0.1:{}/\t",
    "ht\ntps://127.0.0.1:{}/",
    "https://127.0.0.1\r\n:{}/",
    // Private, link-local, metadata, documentation, multicast.
    "https://10.0.0.1:{}/",
    "https://10.1:{}/",
    "https://0xa000001:{}/",
    "https://172.16.0.1:{}/",
    "https://192.168.0.1:{}/",
    "https://100.64.0.1:{}/",
    "https://169.254.169.254:{}/latest/meta-data/",
    "https://[::ffff:169.254.169.254]:{}/",
    "https://100.100.100.200:{}/",
    "https://[fd00:ec2::254]:{}/",
    "https://metadata.google.internal:{}/",
    "https://[fd12:3456:789a::1]:{}/",
    "https://[fec0::1]:{}/",
    "https://224.0.0.1:{}/",
    "https://255.255.255.255:{}/",
    "https://192.0.2.1:{}/",
    // Other schemes.
    "ftp://127.0.0.1:{}/",
    "gopher://127.0.0.1:{}/_POST",
    "file:///etc/passwd",
    "ws://127.0.0.1:{}/",
    "unix:/var/run/docker.sock",
    "data:text/plain,hello",
    "javascript:alert(1)",
];

/// Listeners on every loopback address we can have, at one port; how many connections came.
struct Traps {
    port: u16,
    listeners: Vec<TcpListener>,
}

impl Traps {
    fn set() -> Self {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = first.local_addr().unwrap().port();
        let mut listeners = vec![first];
        for other in ["127.0.0.2", "127.255.255.254", "[::1]"] {
            listeners.extend(TcpListener::bind(format!("{other}:{port}")));
        }
        for listener in &listeners {
            listener.set_nonblocking(true).unwrap();
        }
        Self { port, listeners }
    }

    fn caught(&self) -> Vec<SocketAddr> {
        let mut caught = Vec::new();
        for listener in &self.listeners {
            while let Ok((_, from)) = listener.accept() {
                caught.push(from);
            }
        }
        caught
    }

    fn urls(&self) -> Vec<String> {
        HOSTILE
            .iter()
            .map(|url| url.replace("{}", &self.port.to_string()))
            .collect()
    }
}

/// A sentence as the house writes them.
fn is_a_sentence(text: &str) -> bool {
    text.starts_with("expected ") && !text.ends_with('.') && text.len() > 20
}

#[tokio::test]
async fn no_agent_can_be_registered_at_any_of_them() {
    let traps = Traps::set();
    assert!(
        std::net::TcpStream::connect(("127.0.0.1", traps.port)).is_ok()
            && traps.caught().len() == 1,
        "the traps work"
    );
    let test = TestApp::start().await;
    for url in traps.urls() {
        let body = json!({"name": "Hostile", "url": url, "protocol": "MCP"});
        let error = test
            .post("/sales-agents", body)
            .await
            .error(400, "VALIDATION_ERROR");
        assert_eq!(error["field"], "url", "`{url}`: {error}");
        let message = error["details"]["issues"][0]["message"].as_str().unwrap();
        assert!(is_a_sentence(message), "`{url}`: {message}");
    }
    assert_eq!(test.get("/sales-agents").await.data(200)["total"], 0);
    assert_eq!(traps.caught(), []);
    test.finish().await;
}

#[tokio::test]
async fn no_keys_are_fetched_from_any_of_them() {
    let traps = Traps::set();
    let test = TestApp::start().await;
    for url in traps.urls() {
        let body = json!({"name": "Hostile keys", "url": "https://seller.example/mcp", "protocol": "MCP",
            "webhooks": {"jwksUri": url}});
        let error = test
            .post("/sales-agents", body)
            .await
            .error(400, "VALIDATION_ERROR");
        assert_eq!(error["field"], "webhooks.jwksUri", "`{url}`: {error}");
        let message = error["details"]["issues"][0]["message"].as_str().unwrap();
        assert!(is_a_sentence(message), "`{url}`: {message}");
    }
    assert_eq!(test.get("/sales-agents").await.data(200)["total"], 0);
    assert_eq!(traps.caught(), []);
    test.finish().await;
}

#[tokio::test]
async fn no_webhook_can_be_sent_to_any_of_them() {
    let traps = Traps::set();
    let test = TestApp::start().await;
    for url in traps.urls() {
        let body = json!({"url": url, "secret": "0123456789abcdef0123456789abcdef",
            "eventTypes": ["campaign.status_changed"]});
        let error = test
            .post("/webhook-subscriptions", body)
            .await
            .error(400, "VALIDATION_ERROR");
        assert_eq!(error["field"], "url", "`{url}`: {error}");
        let message = error["details"]["issues"][0]["message"].as_str().unwrap();
        assert!(is_a_sentence(message), "`{url}`: {message}");
    }
    test.run_jobs().await;
    assert_eq!(traps.caught(), []);
    test.finish().await;
}

/// Behind the reading of addresses stands the guard: whoever comes by another way is refused too.
#[tokio::test]
async fn the_guard_connects_to_none_of_them() {
    let traps = Traps::set();
    let guard = Guard::new(AddressPolicy::new(false)).unwrap();
    let mut judged = 0;
    for text in traps.urls() {
        let Ok(url) = Url::parse(&text) else { continue };
        judged += 1;
        let post = Post {
            url: &url,
            headers: HeaderMap::new(),
            body: b"{}".to_vec(),
            own_connection: true,
            deadline: Instant::now() + Duration::from_secs(10),
        };
        let error = guard
            .post(post)
            .await
            .expect_err(&format!("`{text}` was answered"));
        assert!(error.never_left(), "`{text}`: {error}");
    }
    assert!(judged >= 60, "{judged}");
    assert_eq!(traps.caught(), []);
}
