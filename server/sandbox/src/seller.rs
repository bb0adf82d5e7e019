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
use crate::journal::{Entry, Journal, Kept};
use crate::ledger::{Ledger, LedgerBuy};
use crate::reading::Object;
use crate::refusal::Refusal;
use crate::tools::{self, Tool};
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
    books: Mutex<Books>,
}

/// What an agent holds, and the file that remembers how it came to it.
struct Books {
    ledger: Ledger,
    journal: Option<Journal>,
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
    /// An agent with an empty ledger, or with the one that its file in [`Config::ledgers`] comes to.
    pub(crate) fn open(
        kind: AgentKind,
        address: SocketAddr,
        config: &Config,
    ) -> std::io::Result<Self> {
        let profile = catalogue::profile(kind);
        let title = match kind {
            AgentKind::Bench(number) => format!("{} {number}", profile.title),
            AgentKind::Alder | AgentKind::Birch | AgentKind::Cedar => profile.title.to_owned(),
        };
        let (mut journal, kept) = match &config.ledgers {
            Some(folder) => {
                let (journal, kept) = Journal::open(folder, &profile.name, address)?;
                (Some(journal), kept)
            }
            None => (None, Kept::default()),
        };
        let run = match kept.run {
            Some(run) => run,
            None => {
                let run = format!("{:08x}", RandomState::new().build_hasher().finish() as u32);
                if let Some(journal) = &mut journal {
                    journal.begin(&run)?;
                }
                run
            }
        };
        let ledger = Ledger::new(catalogue::products(kind), run);
        let seller = Self {
            name: profile.name.clone(),
            title,
            url: format!("http://{address}/{}/mcp", profile.name),
            latency: config.latency,
            approval: config.approval,
            clock: Clock::clone(&config.clock),
            books: Mutex::new(Books { ledger, journal }),
            profile,
        };
        for entry in &kept.entries {
            seller.do_again(entry);
        }
        Ok(seller)
    }

    /// A call of an earlier time, as it was then. What it is refused with is what it was refused
    /// with then.
    fn do_again(&self, entry: &Entry) {
        let ledger = &mut self.locked().ledger;
        if let (Some(tool), Ok(served)) = (
            tools::find(&entry.tool),
            version::negotiate(&entry.arguments),
        ) {
            let call = Call {
                seller: self,
                served,
                now: entry.at,
                arguments: &entry.arguments,
            };
            changing::decide(&call, ledger);
            let _same = run(tool, &call, ledger);
        }
    }

    /// Answers a call; the error side is an answer too, to be sent as a failed tool call.
    pub(crate) fn call(&self, tool: &Tool, arguments: &Object) -> Result<Object, Object> {
        let context = arguments.get("context");
        let mut books = self.locked();
        let Books { ledger, journal } = &mut *books;
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
        let before = ledger.mark();
        changing::decide(&call, ledger);
        let done = run(tool, &call, ledger);
        if let Some(journal) = journal
            && ledger.mark() != before
            && let Err(error) = journal.add(&Entry {
                tool: tool.name.to_owned(),
                at: call.now,
                arguments: arguments.clone(),
            })
        {
            tracing::warn!(agent = self.name, %error, "the sandbox cannot keep what it was asked");
        }
        match done {
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
        let ledger = &mut self.locked().ledger;
        let call = Call {
            seller: self,
            served: answer::UNKNOWN,
            now,
            arguments: &Object::new(),
        };
        changing::decide(&call, ledger);
        ledger
            .buys
            .values()
            .map(|buy| LedgerBuy::of(buy, now))
            .collect()
    }

    pub(crate) fn received(&self) -> BTreeMap<String, u64> {
        self.locked()
            .ledger
            .received
            .iter()
            .map(|(tool, count)| ((*tool).to_owned(), *count))
            .collect()
    }

    /// A call that panicked left whole values behind: every change is written at its end.
    fn locked(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
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
