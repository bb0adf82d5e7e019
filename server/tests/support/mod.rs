//! The product in a test: its own database, the real router, a clock that stands until it is
//! moved, and sellers where the test wants some.

#![allow(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    reason = "every test file takes what it needs, and a test may fail where it stands"
)]

pub mod a2a;
pub mod log;
pub mod meddled;
pub mod raw;
mod reply;
mod scripted;
pub mod seller;
pub mod sender;
pub mod slow_lane;
pub mod staged;
pub mod third_party;
mod verdict;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, header};
use chrono::{DateTime, TimeDelta, Utc};
use flighting_core::ids::AgentId;
use flighting_sandbox::{AgentKind, Config, Sandbox};
use flighting_server::adcp::AddressPolicy;
use flighting_server::app::{App, Settings};
use flighting_server::auth;
use flighting_server::clock::Clock;
use flighting_server::flows::FlowJobs;
use flighting_server::http;
use flighting_server::ids::IdSource;
use flighting_server::jobs::{Now, run_due_until_idle};
use flighting_server::secrets::Keyring;
use flighting_server::store::{
    AccountId, AgentProtocol, AgentStatus, SalesAgent, SqliteStore, Store,
};
use serde_json::{Value, json};
use tower::ServiceExt;

pub use reply::Reply;
pub use scripted::Scripted;

/// When tests begin: a Monday noon, so that days before and after are whole.
pub const NOW: &str = "2027-03-01T12:00:00Z";

/// The most jobs a test may need; one that is always due again ends there.
const MOST_JOBS: u32 = 500;

/// A running product without a socket.
pub struct TestApp {
    /// What handlers and jobs share.
    pub app: Arc<App>,
    /// The clock; both kinds of time.
    pub clock: Clock,
    /// The account of [`TestApp::key`].
    pub account: AccountId,
    /// A key that may do everything.
    pub key: String,
    /// Sandbox sellers, where some were asked for.
    pub sandbox: Option<Sandbox>,
    router: Router,
    folder: Folder,
}

/// What differs from the usual.
pub struct Setup {
    pub settings: Settings,
    pub addresses: AddressPolicy,
    pub sellers: Vec<AgentKind>,
    /// How long the guaranteed seller takes, on the clock of the test.
    pub approval: TimeDelta,
    pub start: DateTime<Utc>,
    /// A database in memory instead of a file.
    pub in_memory: bool,
    /// What happens between two calls of the store.
    pub between: meddled::Between,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            settings: Settings {
                rate_limit: 0,
                ..Settings::default()
            },
            addresses: AddressPolicy::new(false),
            sellers: Vec::new(),
            approval: TimeDelta::minutes(5),
            start: NOW.parse().unwrap(),
            in_memory: false,
            between: meddled::Between::default(),
        }
    }
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl TestApp {
    /// The usual: no limits, no sellers.
    pub async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    /// With the three sandbox sellers, registered.
    pub async fn with_sellers() -> Self {
        Self::with(Setup {
            sellers: AgentKind::ALL.to_vec(),
            ..Setup::default()
        })
        .await
    }

    /// With whatever differs.
    pub async fn with(setup: Setup) -> Self {
        let folder = Folder(std::env::temp_dir().join(IdSource.other("flighting-test-")));
        std::fs::create_dir_all(&folder.0).unwrap();
        let store = if setup.in_memory {
            SqliteStore::in_memory().await.unwrap()
        } else {
            SqliteStore::open(&folder.0.join("test.db")).await.unwrap()
        };
        let store = Arc::new(meddled::Meddled {
            store: Arc::new(store),
            between: setup.between,
        });
        let clock = Clock::standing(setup.start);
        let mut addresses = setup.addresses;
        let sandbox = if setup.sellers.is_empty() {
            None
        } else {
            let config = Config {
                clock: clock.shared(),
                approval: setup.approval,
                agents: setup.sellers,
                ..Config::new("sandbox-token")
            };
            let sandbox = flighting_sandbox::start(config).await.unwrap();
            addresses = addresses.allowing(
                &sandbox.address().ip().to_string(),
                sandbox.address().port(),
            );
            Some(sandbox)
        };
        let keyring = Keyring::ephemeral().unwrap();
        let app = App::new(store, keyring, addresses, clock.clone(), setup.settings).unwrap();
        let mut test = Self {
            router: http::router(&app),
            account: AccountId::parse("acc_unset").unwrap(),
            key: String::new(),
            app,
            clock,
            sandbox,
            folder,
        };
        test.account = test.account_named("default").await;
        test.key = test.key_of(&test.account, false).await;
        test.app.seat_signing_key().await.unwrap();
        test.register_sellers().await;
        test
    }

    async fn register_sellers(&self) {
        let agents = self
            .sandbox
            .as_ref()
            .map(|sandbox| sandbox.agents().to_vec())
            .unwrap_or_default();
        for agent in agents {
            let reply = self
                .post(
                    "/sales-agents",
                    json!({"name": agent.title, "url": agent.url, "protocol": "MCP",
                           "auth": {"type": "bearer", "token": agent.token}}),
                )
                .await;
            assert_eq!(reply.data(201)["salesAgent"]["status"], "ACTIVE");
        }
    }

    /// The file of its database.
    pub fn database(&self) -> PathBuf {
        self.folder.0.join("test.db")
    }

    /// An account by name.
    pub async fn account_named(&self, name: &str) -> AccountId {
        let fresh = AccountId::parse(&IdSource.other("acc_")).unwrap();
        self.app
            .store
            .ensure_account(name, &fresh, self.clock.real_now())
            .await
            .unwrap()
    }

    /// A new key of an account.
    pub async fn key_of(&self, account: &AccountId, read_only: bool) -> String {
        let key = auth::fresh_key().unwrap();
        auth::store_key(
            &*self.app.store,
            account,
            &key,
            "test",
            read_only,
            self.clock.real_now(),
        )
        .await
        .unwrap();
        key.expose().to_owned()
    }

    /// An agent that stands in the database and nowhere else, for a scripted seller to play.
    pub async fn paper_agent(&self, name: &str) -> AgentId {
        let id = self.app.ids.agent();
        self.paper_agent_of(&id, name).await;
        id
    }

    /// The same under an id that the test chose.
    pub async fn paper_agent_of(&self, id: &AgentId, name: &str) {
        let now = self.clock.real_now();
        let record = SalesAgent {
            id: id.clone(),
            account: self.account.clone(),
            name: name.to_owned(),
            url: "https://seller.example/mcp".to_owned(),
            protocol: AgentProtocol::Mcp,
            token: None,
            webhooks: None,
            status: AgentStatus::Active,
            probe: None,
            created_at: now,
            updated_at: now,
        };
        self.app.store.insert_agent(&record).await.unwrap();
    }

    /// The id of a registered seller by its name.
    pub async fn agent_id(&self, name: &str) -> String {
        let list = self.get("/sales-agents").await.data(200);
        let agents = list["salesAgents"].as_array().unwrap();
        let agent = agents
            .iter()
            .find(|agent| agent["name"] == name)
            .unwrap_or_else(|| panic!("no seller `{name}`"));
        agent["salesAgentId"].as_str().unwrap().to_owned()
    }

    /// A new advertiser: in US dollars, without a margin.
    pub async fn advertiser(&self) -> String {
        let body = json!({"name": "Acme", "brand": "acme.example", "primaryCurrency": "USD", "sandbox": true});
        let data = self.post("/advertisers", body).await.data(201);
        data["advertiser"]["id"].as_str().unwrap().to_owned()
    }

    /// Sends any request to the real router.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        Reply::read(response).await
    }

    /// Every byte that the database keeps on disk, its log included.
    pub fn bytes_on_disk(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for entry in std::fs::read_dir(&self.folder.0).unwrap() {
            bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
        }
        bytes
    }

    /// The router, for tests that hold on to an answer.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// A request with the key, under the API's base.
    pub fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("{}{path}", http::BASE))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
    }

    /// A request with a JSON body.
    pub fn json(&self, method: Method, path: &str, body: &Value) -> Request<Body> {
        self.request(method, path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap()
    }

    /// The same under an idempotency key.
    pub fn keyed(&self, method: Method, path: &str, key: &str, body: &Value) -> Request<Body> {
        let mut request = self.json(method, path, body);
        request
            .headers_mut()
            .insert("idempotency-key", key.parse().unwrap());
        request
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path).body(Body::empty()).unwrap())
            .await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(self.json(Method::POST, path, &body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        let foretold = verdict::foretold(self, path, &body).await;
        let reply = self.put_among_others(path, body.clone()).await;
        if let Some(foretold) = foretold {
            verdict::same(foretold, &body, &reply);
        }
        reply
    }

    /// As [`Self::put`] where others change the same thing meanwhile, so that nothing can be
    /// foretold.
    pub async fn put_among_others(&self, path: &str, body: Value) -> Reply {
        self.send(self.json(Method::PUT, path, &body)).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send(
            self.request(Method::DELETE, path)
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    fn now(&self) -> Now {
        let clock = self.clock.clone();
        Arc::new(move || clock.real_now())
    }

    /// Runs the jobs that are due now, until none is; how many runs it took.
    pub async fn run_jobs(&self) -> u32 {
        let handler = FlowJobs(Arc::clone(&self.app));
        run_due_until_idle(&*self.app.store, &handler, &self.now(), MOST_JOBS)
            .await
            .unwrap()
    }

    /// Moves the clock and runs what is due by then.
    pub async fn pass(&self, time: TimeDelta) -> u32 {
        self.clock.advance(time);
        self.run_jobs().await
    }

    /// Moves the clock from job to job until `done` holds; fails when no job is left before.
    pub async fn run_until<F: Future<Output = bool>>(
        &self,
        what: &str,
        mut done: impl FnMut() -> F,
    ) {
        for _ in 0..MOST_JOBS {
            self.run_jobs().await;
            if done().await {
                return;
            }
            let Some(next) = self.app.store.next_job_at().await.unwrap() else {
                panic!("no job is left, and still not: {what}");
            };
            self.clock.set(next.max(self.clock.real_now()));
        }
        panic!("{MOST_JOBS} jobs ran, and still not: {what}");
    }

    /// Ends a test after which nothing may be left to do.
    pub async fn finish(self) {
        self.run_jobs().await;
        let left = self.app.store.next_job_at().await.unwrap();
        assert_eq!(left, None, "a job is left over");
        self.end().await;
    }

    /// Ends a test whose jobs go on, such as looks at a running buy.
    pub async fn end(self) {
        assert!(
            self.app.stop(std::time::Duration::from_secs(30)).await,
            "a request did not end"
        );
        self.app.store.close().await;
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await;
        }
    }
}
