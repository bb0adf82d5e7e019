//! One agent: its profile, its ledger, and the way every call goes through it.

use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::catalogue::{self, Profile};
use crate::changing;
use crate::idempotency::Identity;
use crate::ledger::{Ledger, LedgerBuy};
use crate::reading::Object;
use crate::refusal::Refusal;
use crate::tools::Tool;
use crate::version::Served;
use crate::{AgentKind, Clock, Config, answer, version};

pub(crate) struct Seller {
    pub name: String,
    pub title: String,
    pub url: String,
    pub latency: Duration,
    pub profile: Profile,
    approval: chrono::Duration,
    clock: Clock,
    ledger: Mutex<Ledger>,
}

/// One call: who is asked, in which release, at what time, with what.
pub(crate) struct Call<'a> {
    pub seller: &'a Seller,
    pub served: Served,
    pub now: DateTime<Utc>,
    pub arguments: &'a Object,
}

impl Call<'_> {
    /// Until when a person at the seller looks at a buy made now.
    pub(crate) fn approved_at(&self) -> DateTime<Utc> {
        self.now + self.seller.approval
    }
}

impl Seller {
    pub(crate) fn open(kind: AgentKind, address: SocketAddr, config: &Config) -> Self {
        let profile = catalogue::profile(kind);
        let title = match kind {
            AgentKind::Bench(number) => format!("{} {number}", profile.title),
            AgentKind::Alder | AgentKind::Birch | AgentKind::Cedar => profile.title.to_owned(),
        };
        let run = format!("{:08x}", RandomState::new().build_hasher().finish() as u32);
        Self {
            name: profile.name.clone(),
            title,
            url: format!("http://{address}/{}/mcp", profile.name),
            latency: config.latency,
            approval: config.approval,
            clock: Clock::clone(&config.clock),
            ledger: Mutex::new(Ledger::new(catalogue::products(kind), run)),
            profile,
        }
    }

    /// Answers a call; the error side is an answer too, to be sent as a failed tool call.
    pub(crate) fn call(&self, tool: &Tool, arguments: &Object) -> Result<Object, Object> {
        let context = arguments.get("context");
        let mut ledger = self.locked();
        *ledger.received.entry(tool.name).or_default() += 1;
        let served = match version::negotiate(arguments) {
            Ok(served) => served,
            Err(refusal) => return Err(answer::refused(&refusal, answer::UNKNOWN, context)),
        };
        let call = Call {
            seller: self,
            served,
            now: (self.clock)(),
            arguments,
        };
        changing::decide(&call, &mut ledger);
        match run(tool, &call, &mut ledger) {
            Ok(body) if tool.is_bare => Ok(body),
            Ok(body) => Ok(answer::complete(body, served, context)),
            Err(refusal) => {
                tracing::debug!(
                    agent = self.name,
                    tool = tool.name,
                    code = refusal.code,
                    "sandbox refused a call"
                );
                Err(answer::refused(&refusal, served, context))
            }
        }
    }

    pub(crate) fn ledger(&self) -> Vec<LedgerBuy> {
        let now = (self.clock)();
        let mut ledger = self.locked();
        let call = Call {
            seller: self,
            served: answer::UNKNOWN,
            now,
            arguments: &Object::new(),
        };
        changing::decide(&call, &mut ledger);
        ledger
            .buys
            .values()
            .map(|buy| LedgerBuy::of(buy, now))
            .collect()
    }

    pub(crate) fn received(&self) -> BTreeMap<String, u64> {
        self.locked()
            .received
            .iter()
            .map(|(tool, count)| ((*tool).to_owned(), *count))
            .collect()
    }

    /// A call that panicked left whole values behind: every change is written at its end.
    fn locked(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a tool, or replays what it answered to the same key and body. Refusals are not kept.
fn run(tool: &Tool, call: &Call<'_>, ledger: &mut Ledger) -> Result<Object, Refusal> {
    if let Some(context) = call.arguments.get("context")
        && !matches!(context, Value::Object(_))
    {
        return Err(Refusal::invalid("context", "expected an object"));
    }
    if !tool.is_changing {
        return (tool.run)(call, ledger);
    }
    let identity = Identity::of(tool.name, call.arguments)?;
    if let Some(body) = ledger.replies.find(&identity)? {
        return Ok(body);
    }
    let body = (tool.run)(call, ledger)?;
    ledger.replies.keep(identity, body.clone());
    Ok(body)
}

impl fmt::Debug for Seller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seller")
            .field("name", &self.name)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}
