//! Something that is being fetched: what was last seen stays on screen while it is fetched again.

use std::future::Future;
use std::pin::Pin;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::ApiError;

/// A fetch under way. Boxed, so that the page carries one copy of what follows per kind of value.
type Fetch<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

/// The state of a fetch.
#[derive(Debug, Clone)]
pub struct Loaded<T> {
    /// What came last.
    pub value: Option<T>,
    /// Why the last attempt brought nothing; cleared by the next success.
    pub trouble: Option<ApiError>,
    /// Whether an attempt is under way.
    pub busy: bool,
}

/// A fetch that can be repeated; late answers of earlier attempts are dropped.
pub struct Load<T: Send + Sync + 'static> {
    state: RwSignal<Loaded<T>>,
    round: StoredValue<u64>,
    more: StoredValue<bool>,
}

impl<T: Send + Sync + 'static> Clone for Load<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Load<T> {}

impl<T: Clone + Send + Sync + 'static> Load<T> {
    /// Nothing fetched yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            state: RwSignal::new(Loaded {
                value: None,
                trouble: None,
                busy: false,
            }),
            round: StoredValue::new(0),
            more: StoredValue::new(false),
        }
    }

    /// Fetches anew: an attempt that is still under way is forgotten.
    pub fn run<F>(self, fetch: F)
    where
        F: Future<Output = Result<T, ApiError>> + 'static,
    {
        self.follow(Box::pin(fetch));
    }

    fn follow(self, fetch: Fetch<T>) {
        let round = self.round.try_get_value().unwrap_or(0) + 1;
        self.round.try_set_value(round);
        self.state.try_update(|state| state.busy = true);
        spawn_local(async move {
            let result = fetch.await;
            if self.round.try_get_value() != Some(round) {
                return;
            }
            self.state.try_update(|state| {
                state.busy = false;
                match result {
                    Ok(value) => {
                        state.value = Some(value);
                        state.trouble = None;
                    }
                    Err(trouble) => state.trouble = Some(trouble),
                }
            });
        });
    }

    /// Fetches once more because something changed. Many changes in a row end in one more fetch
    /// after the one under way, never in a queue of them.
    pub fn refresh<F, M>(self, make: M)
    where
        F: Future<Output = Result<T, ApiError>> + 'static,
        M: Fn() -> F + 'static,
    {
        self.again(Box::new(move || Box::pin(make())));
    }

    fn again(self, make: Box<dyn Fn() -> Fetch<T>>) {
        if self.state.try_with_untracked(|state| state.busy) == Some(true) {
            self.more.try_set_value(true);
            return;
        }
        let round = self.round.try_get_value().unwrap_or(0) + 1;
        self.round.try_set_value(round);
        self.state.try_update(|state| state.busy = true);
        spawn_local(async move {
            loop {
                self.more.try_set_value(false);
                let result = make().await;
                if self.round.try_get_value() != Some(round) {
                    return;
                }
                let more = self.more.try_get_value() == Some(true);
                self.state.try_update(|state| {
                    state.busy = more;
                    match result {
                        Ok(value) => {
                            state.value = Some(value);
                            state.trouble = None;
                        }
                        Err(trouble) => state.trouble = Some(trouble),
                    }
                });
                if !more {
                    return;
                }
            }
        });
    }

    /// Puts a value that an answer brought, without fetching.
    pub fn put(self, value: T) {
        self.round.try_update_value(|round| *round += 1);
        self.state.try_set(Loaded {
            value: Some(value),
            trouble: None,
            busy: false,
        });
    }

    /// Reads the state and follows it.
    pub fn with<U>(self, read: impl FnOnce(&Loaded<T>) -> U) -> U {
        self.state.with(read)
    }

    /// The value, followed.
    #[must_use]
    pub fn value(self) -> Option<T> {
        self.state.with(|state| state.value.clone())
    }

    /// The value, not followed.
    #[must_use]
    pub fn value_now(self) -> Option<T> {
        self.state.with_untracked(|state| state.value.clone())
    }

    /// Why there is nothing newer, followed.
    #[must_use]
    pub fn trouble(self) -> Option<ApiError> {
        self.state.with(|state| state.trouble.clone())
    }

    /// Whether an attempt is under way, followed.
    #[must_use]
    pub fn busy(self) -> bool {
        self.state.with(|state| state.busy)
    }
}
