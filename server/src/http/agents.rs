//! Sales agents of an account: register, list, probe, archive (decision 27).

use std::sync::Arc;

use axum::extract::State;
use flighting_core::error::Code;
use flighting_core::ids::AgentId;
use flighting_core::wire::agent::{
    self as wire, AgentCapabilities, AgentDraft, AgentIn, AgentOut, AgentWebhooks, BreakerOut,
    BreakerState,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{Body, PathId};
use super::envelope::{self, Answer};
use super::query::Query;
use crate::adcp::signing::WEBHOOK;
use crate::adcp::{AddressRefusal, Capabilities};
use crate::agents::Agent;
use crate::app::App;
use crate::auth::Caller;
use crate::breaker::{Phase, Standing};
use crate::error::{Clash, Fault};
use crate::flows;
use crate::hooks::{Hook, Signing};
use crate::secrets::Secret;
use crate::signature::KeySet;
use crate::store::{AgentProtocol, AgentStatus, Change, SalesAgent, StoreError, Stored};

/// How often a row that moves under our hands is read again.
const TRIES: usize = 4;

/// One agent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OneAgent {
    sales_agent: AgentOut,
}

/// A page of agents.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AgentList {
    sales_agents: Vec<AgentOut>,
    /// How many there are in all.
    total: u64,
}

/// The record as callers see it: without its secrets.
fn shown(app: &App, record: SalesAgent) -> AgentOut {
    let breaker = breaker(app.agents.standing(&record.id));
    let SalesAgent {
        id,
        account: _,
        name,
        url,
        protocol,
        token,
        webhooks,
        status,
        probe,
        created_at,
        updated_at,
    } = record;
    let (probed_at, told, probe_error) = probe.map_or((None, None, None), |probe| {
        (Some(probe.at), probe.capabilities, probe.error)
    });
    AgentOut {
        sales_agent_id: id.to_string(),
        name,
        url,
        protocol: match protocol {
            AgentProtocol::Mcp => wire::AgentProtocol::Mcp,
            AgentProtocol::A2a => wire::AgentProtocol::A2a,
        },
        status: match status {
            AgentStatus::Active => wire::AgentStatus::Active,
            AgentStatus::Unreachable => wire::AgentStatus::Unreachable,
            AgentStatus::Archived => wire::AgentStatus::Archived,
        },
        has_token: token.is_some(),
        has_webhooks: webhooks.is_some(),
        probed_at,
        probe_error,
        capabilities: told
            .and_then(|told| serde_json::from_value(told).ok())
            .map(capabilities),
        breaker,
        created_at,
        updated_at,
    }
}

fn breaker(standing: Standing) -> BreakerOut {
    let Standing {
        state,
        since,
        failures,
        next_try,
    } = standing;
    BreakerOut {
        state: match state {
            Phase::Closed => BreakerState::Closed,
            Phase::Open => BreakerState::Open,
            Phase::HalfOpen => BreakerState::HalfOpen,
        },
        since,
        failures,
        next_try_at: next_try,
    }
}

fn capabilities(told: Capabilities) -> AgentCapabilities {
    let Capabilities {
        dialect,
        supported_versions,
        protocols,
        specialisms,
        replay_ttl_s,
        require_operator_auth,
        supported_billing: _,
        pricing_models,
        signing: _,
    } = told;
    AgentCapabilities {
        supported_versions,
        served_version: Some(dialect.pin.as_str().to_owned()),
        protocols,
        specialisms,
        pricing_models,
        replay_ttl_seconds: replay_ttl_s,
        requires_operator_auth: require_operator_auth,
    }
}

pub(crate) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(register, list))
        .routes(routes!(get, archive))
        .routes(routes!(probe))
}

/// Register a sales agent
///
/// It is asked at once what it can do; an agent that does not answer is registered all the same,
/// with status `UNREACHABLE`.
#[utoipa::path(
    post, path = "/sales-agents", tag = "sales agents", request_body = AgentIn,
    responses((status = 201, description = "Registered", body = OneAgent))
)]
async fn register(State(app): State<Arc<App>>, caller: Caller, Body(json): Body) -> Answer {
    let AgentDraft {
        name,
        url,
        protocol,
        token,
        webhooks,
    } = wire::read_agent(&json).map_err(Fault::violations)?;
    let protocol = match protocol {
        wire::AgentProtocol::Mcp => AgentProtocol::Mcp,
        wire::AgentProtocol::A2a => AgentProtocol::A2a,
    };
    let url = app
        .agents
        .guard()
        .policy()
        .parse(&url)
        .map_err(|refusal| Fault::invalid("url", Code::InvalidFormat, refusal.to_string()))?;
    let hook = webhooks
        .map(|webhooks| Hook::fresh(signing(&app, webhooks)?).map_err(Fault::from))
        .transpose()?;
    let id = app.ids.agent();
    let webhooks_place = SalesAgent::webhooks_place(&caller.account, &id);
    let place = SalesAgent::token_place(&caller.account, &id);
    let mut change = Change::of(caller.actor());
    let now = app.clock.real_now();
    let record = SalesAgent {
        id,
        account: caller.account,
        name,
        url: url.into(),
        protocol,
        token: token
            .map(|token| app.keyring.seal(&place, &Secret::new(token.reveal())))
            .transpose()?,
        webhooks: hook
            .as_ref()
            .map(|hook| app.keyring.seal(&webhooks_place, &hook.secret()?))
            .transpose()?,
        status: AgentStatus::Active,
        probe: None,
        created_at: now,
        updated_at: now,
    };
    change.agent_new = Some(record.clone());
    change.webhook_path = hook.as_ref().map(Hook::path_hash);
    flows::commit(&app, change).await?;
    let agent = app.agents.connect(record)?;
    let record = ask(&app, &agent).await;
    envelope::created(
        &format!("/sales-agents/{}", record.id),
        OneAgent {
            sales_agent: shown(&app, record),
        },
    )
}

/// How the agent's messages are signed, with addresses we may fetch from and keys that can be used.
fn signing(app: &App, webhooks: AgentWebhooks) -> Result<Signing, Fault> {
    match webhooks {
        AgentWebhooks::JwksUri(uri) => {
            let refused = |refusal: AddressRefusal| {
                Fault::invalid("webhooks.jwksUri", Code::InvalidFormat, refusal.to_string())
            };
            let url = app.agents.guard().policy().parse(&uri).map_err(refused)?;
            Ok(Signing::JwksUri(url.into()))
        }
        AgentWebhooks::Jwks(json) => {
            let set = serde_json::to_value(&json).map_err(Fault::ours)?;
            let usable = KeySet::parse(&set).is_ok_and(|keys| keys.has_one_for(&WEBHOOK));
            if !usable {
                return Err(Fault::invalid(
                    "webhooks.jwks",
                    Code::InvalidFormat,
                    "expected a public key of Ed25519 or P-256 with `use` sig, `key_ops` verify and `adcp_use` request-signing",
                ));
            }
            Ok(Signing::Jwks(set))
        }
        AgentWebhooks::Hmac(secret) => Ok(Signing::Hmac(secret.reveal().to_owned())),
    }
}

async fn ask(app: &App, agent: &Agent) -> SalesAgent {
    let (record, answer) = app.agents.ask(agent, app.agent_deadline()).await;
    if let Err(failure) = answer {
        tracing::info!(agent = %record.id, kind = failure.kind.code(), "a probe failed");
    }
    record
}

/// List sales agents
#[utoipa::path(
    get, path = "/sales-agents", tag = "sales agents",
    params(
        ("status" = Option<String>, Query, description = "`IN_USE` (default), `ARCHIVED` or `ALL`"),
        ("take" = Option<u64>, Query, description = "At most so many, 1 to 250; 50 when left out"),
        ("skip" = Option<u64>, Query, description = "Leave out so many"),
    ),
    responses((status = 200, description = "In the order of registration", body = AgentList))
)]
async fn list(State(app): State<Arc<App>>, caller: Caller, mut query: Query) -> Answer {
    let which = query.word(
        "status",
        &["IN_USE", "ARCHIVED", "ALL"],
        |word| match word {
            "IN_USE" => Some(Some(false)),
            "ARCHIVED" => Some(Some(true)),
            "ALL" => Some(None),
            _ => None,
        },
    );
    let paging = query.paging(50, 250);
    query.finish()?;
    let archived = which.unwrap_or(Some(false));
    let all: Vec<SalesAgent> = app
        .store
        .agents(&caller.account)
        .await?
        .into_iter()
        .map(|stored| stored.value)
        .filter(|agent| {
            archived.is_none_or(|archived| archived == (agent.status == AgentStatus::Archived))
        })
        .collect();
    let total = all.len() as u64;
    let sales_agents: Vec<AgentOut> = all
        .into_iter()
        .skip(usize::try_from(paging.skip).unwrap_or(usize::MAX))
        .take(usize::try_from(paging.take).unwrap_or(usize::MAX))
        .map(|record| shown(&app, record))
        .collect();
    let page = paging.page(sales_agents.len() as u64, total);
    envelope::page(
        AgentList {
            sales_agents,
            total,
        },
        page,
    )
}

async fn stored(app: &App, caller: &Caller, id: &AgentId) -> Result<Stored<SalesAgent>, Fault> {
    app.store
        .agent(&caller.account, id)
        .await?
        .ok_or(Fault::NotFound("sales agent"))
}

/// Get a sales agent
#[utoipa::path(
    get, path = "/sales-agents/{salesAgentId}", tag = "sales agents",
    params(("salesAgentId" = String, Path, description = "Its id, `agt_…`")),
    responses((status = 200, description = "The agent", body = OneAgent))
)]
async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<AgentId>,
    query: Query,
) -> Answer {
    query.finish()?;
    let sales_agent = shown(&app, stored(&app, &caller, &id).await?.value);
    envelope::ok(OneAgent { sales_agent })
}

/// Ask a sales agent again what it can do
///
/// An agent that does not answer is told by its status and `probeError`, in a 200.
#[utoipa::path(
    post, path = "/sales-agents/{salesAgentId}/probe", tag = "sales agents",
    params(("salesAgentId" = String, Path, description = "Its id, `agt_…`")),
    responses((status = 200, description = "The agent as it is now", body = OneAgent))
)]
async fn probe(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<AgentId>) -> Answer {
    let agent = app
        .agents
        .find(&caller.account, &id)
        .await?
        .ok_or(Fault::NotFound("sales agent"))?;
    if agent.record.status == AgentStatus::Archived {
        return Err(Fault::clash(
            Clash::Archived,
            "expected a sales agent in use, got an archived one",
        ));
    }
    let sales_agent = shown(&app, ask(&app, &agent).await);
    envelope::ok(OneAgent { sales_agent })
}

/// Archive a sales agent
///
/// It is kept for its past buys and asked nothing more. 409 while it holds a live buy.
#[utoipa::path(
    delete, path = "/sales-agents/{salesAgentId}", tag = "sales agents",
    params(("salesAgentId" = String, Path, description = "Its id, `agt_…`")),
    responses((status = 204, description = "Archived, now or before"))
)]
async fn archive(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<AgentId>,
) -> Answer {
    for _ in 0..TRIES {
        let Stored { mut value, version } = stored(&app, &caller, &id).await?;
        if value.status == AgentStatus::Archived {
            return envelope::none();
        }
        value.status = AgentStatus::Archived;
        value.updated_at = app.clock.real_now();
        let mut change = Change::of(caller.actor());
        change.agent = Some((value, version));
        match flows::commit(&app, change).await {
            Ok(_) => return envelope::none(),
            Err(StoreError::Stale { .. }) => {}
            Err(StoreError::InUse { .. }) => {
                return Err(Fault::clash(
                    Clash::AgentHoldsBuys,
                    "expected a sales agent without live media buys: end them first",
                ));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::clash(
        Clash::Moved,
        "the sales agent keeps changing: try again",
    ))
}
