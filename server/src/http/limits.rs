//! How many requests a key may make: a window of one minute per key, told in every answer (C 1.3).

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};

use crate::app::App;
use crate::auth;
use crate::error::{Busy, Fault};

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// Length of a window.
const WINDOW: TimeDelta = TimeDelta::seconds(60);

/// When so many windows are remembered, those that are over are forgotten.
const MANY: usize = 10_000;

/// Who is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Counted {
    /// A key, by its id.
    Key(String),
    /// Requests without a valid key, by where they come from.
    Address(Option<IpAddr>),
}

/// How a request stands against the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Requests in a window; the greatest number where there is no limit.
    pub limit: u32,
    /// How many are left in this one.
    pub remaining: u32,
    /// Seconds until the next window, at least 1.
    pub reset_s: u32,
    /// Whether this request is within the limit.
    pub within: bool,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    until: DateTime<Utc>,
    used: u32,
}

/// Counts requests. In this process only: one process serves all (decision 29).
#[derive(Debug)]
pub struct RateLimiter {
    limit: u32,
    windows: Mutex<HashMap<Counted, Window>>,
}

impl RateLimiter {
    /// A limit per minute; 0 for none.
    #[must_use]
    pub fn new(limit: u32) -> Self {
        Self {
            limit,
            windows: Mutex::default(),
        }
    }

    /// Counts one request at `now`, real time. A window begins with its first request.
    pub fn count(&self, who: Counted, now: DateTime<Utc>) -> Standing {
        if self.limit == 0 {
            return Standing {
                limit: u32::MAX,
                remaining: u32::MAX,
                reset_s: 60,
                within: true,
            };
        }
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= MANY {
            windows.retain(|_, window| window.until > now);
        }
        let fresh = Window {
            until: now + WINDOW,
            used: 0,
        };
        let window = windows.entry(who).or_insert(fresh);
        if window.until <= now {
            *window = fresh;
        }
        let within = window.used < self.limit;
        if within {
            window.used += 1;
        }
        let left_ms = (window.until - now).num_milliseconds().max(1);
        Standing {
            limit: self.limit,
            remaining: self.limit - window.used,
            reset_s: u32::try_from((left_ms + 999) / 1_000).unwrap_or(60),
            within,
        }
    }
}

/// Finds the caller, counts the request, and tells in every answer how many are left.
pub(crate) async fn admit(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = match auth::caller(&app, request.headers()).await {
        Ok(caller) => caller,
        Err(fault) => return fault.into_response(),
    };
    let who = match &caller {
        Some(caller) => Counted::Key(caller.key_id.clone()),
        None => {
            let from = request.extensions().get::<ConnectInfo<SocketAddr>>();
            Counted::Address(from.map(|info| info.0.ip()))
        }
    };
    let standing = app.limits.count(who, app.clock.real_now());
    let mut response = if !standing.within {
        Fault::Busy {
            why: Busy::RateLimited,
            retry_after_s: standing.reset_s,
            message: format!(
                "expected at most {} requests a minute, got more",
                standing.limit
            ),
        }
        .into_response()
    } else if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
        next.run(request).await
    } else {
        Fault::Unauthenticated.into_response()
    };
    let headers = response.headers_mut();
    headers.insert(LIMIT, HeaderValue::from(standing.limit));
    headers.insert(REMAINING, HeaderValue::from(standing.remaining));
    headers.insert(RESET, HeaderValue::from(standing.reset_s));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn a_window_ends_and_another_begins() {
        let limiter = RateLimiter::new(2);
        let key = || Counted::Key("key_1".to_owned());
        assert_eq!(
            limiter.count(key(), at(0)),
            Standing {
                limit: 2,
                remaining: 1,
                reset_s: 60,
                within: true
            }
        );
        assert_eq!(
            limiter.count(key(), at(10)),
            Standing {
                limit: 2,
                remaining: 0,
                reset_s: 50,
                within: true
            }
        );
        assert_eq!(
            limiter.count(key(), at(59)),
            Standing {
                limit: 2,
                remaining: 0,
                reset_s: 1,
                within: false
            }
        );
        assert!(
            limiter
                .count(Counted::Key("key_2".to_owned()), at(59))
                .within
        );
        assert_eq!(
            limiter.count(key(), at(60)),
            Standing {
                limit: 2,
                remaining: 1,
                reset_s: 60,
                within: true
            }
        );
    }

    #[test]
    fn no_limit_never_refuses() {
        let limiter = RateLimiter::new(0);
        assert!((0..100_000).all(|_| limiter.count(Counted::Address(None), at(0)).within));
    }

    #[test]
    fn windows_that_are_over_are_forgotten() {
        let limiter = RateLimiter::new(1);
        for n in 0..MANY {
            limiter.count(Counted::Key(n.to_string()), at(0));
        }
        limiter.count(Counted::Key("late".to_owned()), at(61));
        assert_eq!(limiter.windows.lock().unwrap().len(), 1);
    }
}
