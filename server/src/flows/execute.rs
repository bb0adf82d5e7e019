//! Turning a plan into media buys: each request is recorded, then sent once, then settled
//! (decisions 12 to 16).

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use flighting_core::campaign::{Campaign, CampaignStatus, CampaignType};
use flighting_core::error::{Code, Violation};
use flighting_core::execution::{self, Answer, Outcome, Plan, PlanWarning, Trouble};
use flighting_core::ids::{CampaignId, MediaBuyId};
use flighting_core::money::Currency;
use flighting_core::selection::DiscoverySession;
use flighting_core::wire::audit::AuditAction;
use futures::future::join_all;
use tokio::time::Instant;

use super::contact::{Contacts, reach_all};
use super::submit::{OnItsWay, prepare, send};
use super::{ATTEMPTS, advertiser, calendar, check_revision, commit, events, moved, settle};
use crate::adcp::RawExchange;
use crate::app::App;
use crate::error::Fault;
use crate::store::{AccountId, Actor, Change, NewJob, StoreError, Stored};

/// What an execute did.
#[derive(Debug)]
pub struct Executed {
    /// The campaign afterwards.
    pub campaign: Campaign,
    /// Its status before.
    pub previous: CampaignStatus,
    /// Its status after.
    pub new: CampaignStatus,
    /// How many buys were attempted; 0 when nothing was left to send.
    pub attempted: usize,
    /// What failed, was rejected or stayed silent, with the raw exchange where there was one.
    pub troubles: Vec<(Trouble, Option<RawExchange>)>,
    /// What to know.
    pub warnings: Vec<PlanWarning>,
    /// The session whose selection was bought.
    pub session: Option<DiscoverySession>,
}

/// Launches a campaign, or sends what of it is still unsent.
///
/// # Errors
/// What core refuses; a stale revision; an unknown campaign. Failures of sellers are no error:
/// they stand in the answer.
pub async fn run(
    app: &App,
    by: &Actor,
    id: &CampaignId,
    expected: Option<u64>,
) -> Result<Executed, Fault> {
    let deadline = app.agent_deadline();
    let (recorded, on_their_way) = record(app, by, id, expected, deadline).await?;
    let Recorded {
        plan,
        previous,
        failed,
        session,
    } = recorded;
    crash_point!("execute.recorded");
    let mut raws: HashMap<MediaBuyId, RawExchange> = HashMap::new();
    let mut outcomes = Vec::new();
    let sent = join_all(
        on_their_way
            .into_iter()
            .map(|request| send(app, request, plan_currency(&plan), deadline)),
    )
    .await;
    for (outcome, raw) in sent {
        if let Some(raw) = raw {
            raws.insert(outcome.media_buy_id.clone(), raw);
        }
        outcomes.push(outcome);
    }
    crash_point!("execute.all_answered");
    let (settled, campaign) = settle::outcomes(app, by, id, &outcomes).await?;
    crash_point!("execute.settled");
    let mut troubles = Vec::new();
    for (trouble, raw) in failed {
        troubles.push((trouble, raw));
    }
    for trouble in settled.troubles {
        let raw = raws.remove(&trouble.media_buy_id);
        troubles.push((trouble, raw));
    }
    let order: HashMap<_, _> = plan
        .buys
        .iter()
        .enumerate()
        .map(|(index, buy)| (&buy.media_buy_id, index))
        .collect();
    troubles.sort_by_key(|(trouble, _)| order.get(&trouble.media_buy_id).copied());
    Ok(Executed {
        previous,
        new: campaign.status(),
        attempted: plan.buys.len(),
        troubles,
        warnings: plan.warnings.clone(),
        session,
        campaign,
    })
}

/// What the first commit put down.
struct Recorded {
    plan: Plan,
    previous: CampaignStatus,
    /// Agents that could not be asked: failed without a submission, since nothing left us.
    failed: Vec<(Trouble, Option<RawExchange>)>,
    session: Option<DiscoverySession>,
}

/// The first commit: buys in DRAFT, one submission each with its exact bytes, and a reconcile job
/// that is due only when the request is over. From here a crash loses nothing.
async fn record(
    app: &App,
    by: &Actor,
    id: &CampaignId,
    expected: Option<u64>,
    deadline: Instant,
) -> Result<(Recorded, Vec<OnItsWay>), Fault> {
    let account = &by.account;
    let mut contacts = Contacts::new();
    for _ in 0..ATTEMPTS {
        let decided = decide(app, account, id, expected, deadline, &mut contacts).await?;
        let Decided {
            mut campaign,
            before,
            version,
            plan,
            session,
            now,
        } = decided;
        let previous = before.status();
        let mut change = Change::of(by);
        change.action = Some(AuditAction::Execute);
        let mut on_their_way = Vec::new();
        let mut unreached = Vec::new();
        for buy in &plan.buys {
            let offered = session.as_ref().map(|session| &session.value);
            match prepare(app, account, &campaign, &before, buy, &contacts, offered).await? {
                Ok((submission, request)) => {
                    change.jobs.push(NewJob {
                        job: settle::reconcile_job(account, id, &buy.media_buy_id),
                        run_at: submission.lease_until.unwrap_or(now),
                    });
                    change.submissions.push(submission);
                    on_their_way.push(request);
                }
                Err(out) => unreached.push((buy.media_buy_id.clone(), out)),
            }
        }
        let failures: Vec<_> = unreached
            .iter()
            .filter_map(|(buy, out)| {
                let failed = Answer::Failed(out.error.clone());
                Some(Outcome::of(campaign.buy(buy)?, failed, None))
            })
            .collect();
        let settled = execution::settle(&mut campaign, &failures, now);
        let failed = settled
            .troubles
            .into_iter()
            .zip(unreached)
            .map(|(trouble, (_, out))| (trouble, out.raw.map(|raw| *raw)))
            .collect();
        change.events = events::between(&before, &campaign, now);
        change.jobs.extend(calendar::job(app, account, &campaign));
        let session = write_shares(session, &plan, &mut change, now);
        if campaign == *before {
            return Ok((
                Recorded {
                    plan,
                    previous,
                    failed,
                    session,
                },
                Vec::new(),
            ));
        }
        change.campaign = Some((campaign, version));
        change.campaign_before = Some(before);
        crash_point!("execute.planned");
        match commit(app, change).await {
            Ok(_) => {
                return Ok((
                    Recorded {
                        plan,
                        previous,
                        failed,
                        session,
                    },
                    on_their_way,
                ));
            }
            Err(StoreError::Stale { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(moved())
}

/// What an execute decides before anything is written: the campaign with the plan's buys begun,
/// and every agent of the plan reached.
pub(super) struct Decided {
    /// The campaign as it would be committed.
    pub campaign: Campaign,
    /// As it is.
    pub before: Arc<Campaign>,
    /// The version of its row.
    pub version: i64,
    /// What would be sent.
    pub plan: Plan,
    /// The session whose selection is bought.
    pub session: Option<Stored<DiscoverySession>>,
    /// The time it was decided for.
    pub now: DateTime<Utc>,
}

/// Loads, lets core decide and reaches the agents; writes nothing.
pub(super) async fn decide(
    app: &App,
    account: &AccountId,
    id: &CampaignId,
    expected: Option<u64>,
    deadline: Instant,
    contacts: &mut Contacts,
) -> Result<Decided, Fault> {
    let stored = app
        .store
        .campaign(account, id)
        .await?
        .ok_or(Fault::NotFound("campaign"))?;
    let before = Arc::clone(&stored.value);
    let (mut campaign, version) = stored.into_parts();
    check_revision(&campaign, expected)?;
    let owner = advertiser(app, account, campaign.advertiser_id()).await?;
    let session = session_of(app, account, &campaign).await?;
    let selection = session
        .as_ref()
        .map(|session| session.value.selection.clone())
        .unwrap_or_default();
    let now = app.clock.now();
    let mut ids = app.ids;
    let plan = execution::plan(&campaign, &selection, &mut ids, now)?;
    has_credentials(app, account, &campaign, &plan).await?;
    let agents = plan.buys.iter().map(|buy| &buy.agent_id);
    let campaign_type = campaign.campaign_type();
    reach_all(
        app,
        account,
        &owner,
        campaign_type,
        agents,
        deadline,
        contacts,
    )
    .await?;
    execution::begin(&mut campaign, &plan, now);
    Ok(Decided {
        campaign,
        before,
        version,
        plan,
        session,
        now,
    })
}

/// Shares become the products' budgets, so that a retry buys the same (decision 8).
fn write_shares(
    session: Option<Stored<DiscoverySession>>,
    plan: &Plan,
    change: &mut Change,
    now: DateTime<Utc>,
) -> Option<DiscoverySession> {
    let Stored {
        value: mut session,
        version,
    } = session?;
    if plan.shares.is_empty() {
        return Some(session);
    }
    for product in &mut session.selection {
        if let Some((_, share)) = plan.shares.iter().find(|(key, _)| *key == product.key) {
            product.budget = Some(*share);
        }
    }
    session.updated_at = now;
    change.discovery = Some((session.clone(), version));
    Some(session)
}

async fn session_of(
    app: &App,
    account: &AccountId,
    campaign: &Campaign,
) -> Result<Option<Stored<DiscoverySession>>, Fault> {
    match &campaign.plan().discovery_id {
        Some(id) => Ok(app.store.discovery(account, id).await?),
        None => Ok(None),
    }
}

/// ROUTED campaigns buy with the advertiser's own credentials and with no others (decision 22).
/// Every agent of the plan that lacks them is named.
async fn has_credentials(
    app: &App,
    account: &AccountId,
    campaign: &Campaign,
    plan: &Plan,
) -> Result<(), Fault> {
    if campaign.campaign_type() == CampaignType::Decisioned {
        return Ok(());
    }
    let mut missing = Vec::new();
    for buy in &plan.buys {
        let known = app
            .store
            .credentials(account, campaign.advertiser_id(), &buy.agent_id)
            .await?;
        if known.is_none() {
            let violation = Violation::new(
                "campaignType",
                Code::CredentialsMissing,
                format!(
                    "a routed campaign buys with the advertiser's own credentials, and there are none for `{}`",
                    buy.agent_name
                ),
            );
            missing.push(violation.with("salesAgentId", buy.agent_id.as_str()));
        }
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Fault::violations(missing))
    }
}

fn plan_currency(plan: &Plan) -> Option<Currency> {
    plan.buys
        .first()
        .and_then(|buy| buy.packages.first())
        .map(|package| package.budget.currency())
}
