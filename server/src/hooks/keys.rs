//! Keys that agents publish, fetched through the guard and kept for a while. A message with a key
//! we do not know makes us look again, but no more than once a minute whoever sends it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;
use url::Url;

use crate::adcp::Guard;
use crate::adcp::guard::Get;
use crate::signature::KeySet;

/// How long fetched keys are taken as they are, our choice.
const FRESH_FOR: TimeDelta = TimeDelta::minutes(15);

/// The least time between two fetches of one address.
const BETWEEN: TimeDelta = TimeDelta::seconds(60);

/// How long keys are still taken when they cannot be fetched anew; after that nobody could say
/// whether one of them was withdrawn.
const STALE_AFTER: TimeDelta = TimeDelta::hours(6);

/// How long a fetch may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// The largest answer that is read, in bytes.
const MAX_BYTES: usize = 256 * 1024;

/// The most addresses that are kept, our choice; the oldest makes room.
const MAX_ADDRESSES: usize = 10_000;

/// The most withdrawn names that are remembered for one address.
const MAX_WITHDRAWN: usize = 200;

/// Keys as last fetched.
#[derive(Debug, Clone, Default)]
pub struct KeysOf {
    /// The keys.
    pub set: Arc<KeySet>,
    /// Names that were among them earlier and are not any more.
    pub withdrawn: Arc<HashSet<String>>,
    /// Whether they are too old to be believed.
    pub is_stale: bool,
}

/// Why there are no keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the keys could not be fetched: {0}")]
pub struct NoKeys(pub String);

/// What is known of one address. Whoever fetches holds nobody up who can do with what is there.
#[derive(Debug, Default)]
struct Entry {
    state: Mutex<State>,
    fetching: tokio::sync::Mutex<()>,
}

impl Entry {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct State {
    set: Option<Arc<KeySet>>,
    withdrawn: Arc<HashSet<String>>,
    fetched_at: Option<DateTime<Utc>>,
    tried_at: Option<DateTime<Utc>>,
    failure: Option<String>,
}

impl State {
    fn keys(&self, now: DateTime<Utc>) -> Option<KeysOf> {
        let fetched_at = self.fetched_at?;
        Some(KeysOf {
            set: Arc::clone(self.set.as_ref()?),
            withdrawn: Arc::clone(&self.withdrawn),
            is_stale: now - fetched_at > STALE_AFTER,
        })
    }

    fn is_due(&self, now: DateTime<Utc>, kid: &str) -> bool {
        let may = self
            .tried_at
            .is_none_or(|tried| now - tried >= BETWEEN || now < tried);
        let fresh = self
            .fetched_at
            .is_some_and(|fetched| now >= fetched && now - fetched < FRESH_FOR);
        let knows = self.set.as_ref().is_some_and(|set| set.find(kid).is_some());
        may && !(fresh && knows)
    }

    fn replace(&mut self, set: KeySet, now: DateTime<Utc>) {
        let mut withdrawn: HashSet<String> = (*self.withdrawn).clone();
        let before = self.set.iter().flat_map(|set| set.names());
        withdrawn.extend(before.map(str::to_owned));
        withdrawn.retain(|name| set.find(name).is_none());
        if withdrawn.len() > MAX_WITHDRAWN {
            withdrawn.clear();
        }
        self.withdrawn = Arc::new(withdrawn);
        self.set = Some(Arc::new(set));
        self.fetched_at = Some(now);
        self.failure = None;
    }
}

/// Keys by the address they were fetched from.
#[derive(Debug, Default)]
pub struct KeyCache(Mutex<HashMap<Url, Arc<Entry>>>);

impl KeyCache {
    /// The keys at an address, where one of this name is wanted. Many that ask at once wait for
    /// one fetch.
    ///
    /// # Errors
    /// [`NoKeys`] when they were never fetched and cannot be now.
    pub async fn at(
        &self,
        guard: &Guard,
        url: &Url,
        kid: &str,
        now: DateTime<Utc>,
    ) -> Result<KeysOf, NoKeys> {
        let entry = self.entry(url);
        if entry.state().is_due(now, kid) {
            let _fetching = entry.fetching.lock().await;
            // Another may have fetched while we waited.
            if entry.state().is_due(now, kid) {
                let fetched = fetch(guard, url).await;
                entry.state().tried_at = Some(now);
                match fetched {
                    Ok(set) => entry.state().replace(set, now),
                    Err(NoKeys(why)) => {
                        tracing::warn!(host = url.host_str(), %why, "an agent's keys could not be fetched");
                        entry.state().failure = Some(why);
                    }
                }
            }
        }
        let state = entry.state();
        state.keys(now).ok_or_else(|| {
            NoKeys(
                state
                    .failure
                    .clone()
                    .unwrap_or_else(|| "they were not asked for yet".to_owned()),
            )
        })
    }

    fn entry(&self, url: &Url) -> Arc<Entry> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MAX_ADDRESSES && !all.contains_key(url) {
            all.clear();
        }
        Arc::clone(all.entry(url.clone()).or_default())
    }
}

async fn fetch(guard: &Guard, url: &Url) -> Result<KeySet, NoKeys> {
    let told = |why: &dyn std::fmt::Display| NoKeys(why.to_string());
    let get = Get {
        url,
        headers: HeaderMap::new(),
        max_body_bytes: MAX_BYTES,
        deadline: Instant::now() + PATIENCE,
    };
    let mut answer = guard.get(get).await.map_err(|error| told(&error))?;
    if !answer.status().is_success() {
        return Err(NoKeys(format!(
            "expected HTTP 200, got {}",
            answer.status().as_u16()
        )));
    }
    let body = answer.body().await.map_err(|error| told(&error))?;
    let value = serde_json::from_slice(&body).map_err(|error| told(&error))?;
    KeySet::parse(&value).map_err(|error| told(&error))
}
