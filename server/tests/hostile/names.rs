//! Names whose addresses change between two looks, and redirects: what is judged is what is
//! connected to.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use flighting_server::adcp::guard::{GuardError, Post};
use flighting_server::adcp::{AddressPolicy, Guard, Names, SalesAgent};
use reqwest::header::HeaderMap;
use tokio::time::Instant;
use url::Url;

use super::canned::{Act, Canned, create_arguments, recorded, soon, usd};
use super::support::raw::{RawServer, answer};

/// Answers each look with the next list, the last one for ever.
#[derive(Debug)]
struct Turning(Mutex<VecDeque<Vec<IpAddr>>>, Mutex<usize>);

impl Turning {
    fn new(looks: &[&[&str]]) -> Arc<Self> {
        let looks = looks
            .iter()
            .map(|look| look.iter().map(|ip| ip.parse().unwrap()).collect());
        Arc::new(Self(Mutex::new(looks.collect()), Mutex::new(0)))
    }

    fn looks(&self) -> usize {
        *self.1.lock().unwrap()
    }
}

#[async_trait]
impl Names for Turning {
    async fn look_up(&self, _: &str) -> std::io::Result<Vec<SocketAddr>> {
        *self.1.lock().unwrap() += 1;
        let mut looks = self.0.lock().unwrap();
        let now = if looks.len() > 1 {
            looks.pop_front()
        } else {
            looks.front().cloned()
        };
        let now = now.unwrap_or_default();
        Ok(now.into_iter().map(|ip| SocketAddr::new(ip, 0)).collect())
    }
}

async fn post(guard: &Guard, url: &str, own: bool) -> Result<u16, GuardError> {
    let url = Url::parse(url).unwrap();
    let told = guard
        .post(Post {
            url: &url,
            headers: HeaderMap::new(),
            body: b"{}".to_vec(),
            own_connection: own,
            deadline: Instant::now() + Duration::from_secs(10),
        })
        .await?;
    Ok(told.status().as_u16())
}

async fn listener() -> RawServer {
    RawServer::start(|_, mut stream| {
        Box::pin(async move { answer(&mut stream, 200, "application/json", b"{}").await })
    })
    .await
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_whole() {
    let inside = listener().await;
    for look in [
        &["127.0.0.1"][..],
        &["93.184.215.14", "127.0.0.1"],
        &["127.0.0.1", "93.184.215.14"],
        &["93.184.215.14", "2606:4700::1", "::1"],
        &["10.0.0.1"],
        &["169.254.169.254"],
        &["::ffff:127.0.0.1"],
        &["64:ff9b::7f00:1"],
        &["2002:7f00:1::"],
        &["fe80::1"],
        &["0.0.0.0"],
        &["::"],
    ] {
        let names = Turning::new(&[look]);
        let seam: Arc<dyn Names> = Arc::<Turning>::clone(&names);
        let guard = Guard::with_names(AddressPolicy::new(false), seam).unwrap();
        let port = inside.address.port();
        for own in [true, false] {
            let error = post(&guard, &format!("https://rebound.example:{port}/"), own)
                .await
                .unwrap_err();
            assert!(
                matches!(error, GuardError::Refused(_)) && error.never_left(),
                "{look:?}: {error}"
            );
            assert!(
                error.to_string().starts_with("expected a public address"),
                "{error}"
            );
        }
    }
    assert_eq!(inside.connections(), 0);
}

/// With private addresses allowed the first look may lead to loopback; the second must not lead
/// to the metadata service. Each connection has one look, and it is the one that was judged.
#[tokio::test]
async fn the_second_look_is_judged_like_the_first() {
    let inside = listener().await;
    let port = inside.address.port();
    for own in [true, false] {
        let before = inside.connections();
        let names = Turning::new(&[&["127.0.0.1"], &["169.254.169.254"], &["127.0.0.1"]]);
        let seam: Arc<dyn Names> = Arc::<Turning>::clone(&names);
        let guard = Guard::with_names(AddressPolicy::new(true), seam).unwrap();
        let url = format!("http://rebound.example:{port}/");
        assert_eq!(post(&guard, &url, own).await.unwrap(), 200);
        assert_eq!(
            names.looks(),
            1,
            "no second look between check and connection"
        );
        let error = post(&guard, &url, own).await.unwrap_err();
        assert!(matches!(error, GuardError::Refused(_)), "{error}");
        assert_eq!(names.looks(), 2);
        assert_eq!(inside.connections() - before, 1);
        assert_eq!(post(&guard, &url, own).await.unwrap(), 200);
    }
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let inside = listener().await;
    let bodies = recorded().await;
    for status in [301, 302, 303, 307, 308] {
        let target = format!("http://{}/mcp", inside.address);
        let redirect = format!(
            "HTTP/1.1 {status} Moved\r\nlocation: {target}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        let seller = Canned::start(&bodies, move |_, _| {
            Act::Bytes(redirect.clone().into_bytes())
        })
        .await;
        let agent = seller.client();
        let failure = agent.capabilities(soon()).await.unwrap_err();
        assert!(
            failure.to_string().contains(&status.to_string()),
            "{status}: {failure}"
        );
        let placed = agent.create(&create_arguments(), usd(), soon()).await;
        assert!(
            matches!(
                placed.reading.answer,
                flighting_core::execution::Answer::Silent(_)
            ),
            "{status}: {:?}",
            placed.reading
        );
    }
    assert_eq!(inside.connections(), 0, "a redirect was followed");
}
