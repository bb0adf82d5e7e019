//! What an execute would send now, before anybody sends it: decided, reached and written by the
//! code of an execute, up to the first commit and not beyond.

use std::collections::HashSet;

use flighting_core::campaign::Campaign;
use flighting_core::execution::{PlanWarning, PlannedBuy};
use flighting_core::ids::{AgentId, CampaignId, MediaBuyId};
use flighting_core::media_buy::SellerError;
use flighting_core::selection::SelectedProduct;
use flighting_core::wire::Json;

use super::contact::Contacts;
use super::execute::{Decided, decide};
use super::submit::prepare;
use crate::app::App;
use crate::error::Fault;
use crate::store::{AccountId, Submission};

/// Stands where a key or an id goes that is made when it is executed.
const MADE_LATER: &str = "[made when it is executed]";

/// What an execute would send now.
#[derive(Debug)]
pub struct Preflight {
    /// The campaign as it is.
    pub revision: u64,
    /// One per agent, in the order of the plan.
    pub requests: Vec<Request>,
    /// What to know.
    pub warnings: Vec<PlanWarning>,
    /// The selection that would be bought.
    pub selection: Vec<SelectedProduct>,
}

/// One request as it would go out.
#[derive(Debug)]
pub struct Request {
    /// Who would be asked.
    pub agent_id: AgentId,
    /// Its name.
    pub agent_name: String,
    /// The FAILED buy that would be sent again.
    pub again: Option<MediaBuyId>,
    /// Its arguments, or why they cannot be written.
    pub arguments: Result<Json, SellerError>,
}

/// What an execute would send now. Nothing is written; agents are asked what the requests depend
/// on, as execute asks them.
///
/// # Errors
/// What execute would refuse; an unknown campaign.
pub async fn run(app: &App, account: &AccountId, id: &CampaignId) -> Result<Preflight, Fault> {
    let deadline = app.agent_deadline();
    let mut contacts = Contacts::new();
    let Decided {
        campaign,
        before,
        version: _,
        plan,
        session,
        now: _,
    } = decide(app, account, id, None, deadline, &mut contacts).await?;
    let mut requests = Vec::with_capacity(plan.buys.len());
    for buy in &plan.buys {
        let offered = session.as_ref().map(|session| &session.value);
        let arguments =
            match prepare(app, account, &campaign, &before, buy, &contacts, offered).await? {
                Ok((submission, _)) => Ok(shown(app, account, &before, buy, &submission).await?),
                Err(out) => Err(out.error),
            };
        requests.push(Request {
            agent_id: buy.agent_id.clone(),
            agent_name: buy.agent_name.clone(),
            again: buy.reuses_failed.then(|| buy.media_buy_id.clone()),
            arguments,
        });
    }
    Ok(Preflight {
        revision: before.revision(),
        requests,
        warnings: plan.warnings,
        selection: session.map_or_else(Vec::new, |session| session.value.selection),
    })
}

/// The bytes that would be stored, without the keys and ids that were made for this look alone.
/// Secrets are not among them: those are put in when a request is sent.
async fn shown(
    app: &App,
    account: &AccountId,
    before: &Campaign,
    buy: &PlannedBuy,
    submission: &Submission,
) -> Result<Json, Fault> {
    let mut request: Json =
        serde_json::from_slice(&submission.request_bytes).map_err(Fault::ours)?;
    let known = before.buy(&buy.media_buy_id);
    let mut made: HashSet<&str> = buy
        .packages
        .iter()
        .map(|package| &package.package_id)
        .filter(|id| known.is_none_or(|known| known.packages.iter().all(|one| one.id != **id)))
        .map(|id| id.as_str())
        .collect();
    if known.is_none() {
        made.insert(buy.media_buy_id.as_str());
    }
    let earlier = match known {
        Some(_) => app.store.submission(account, &buy.media_buy_id).await?,
        None => None,
    };
    if earlier.is_none_or(|earlier| earlier.idempotency_key != submission.idempotency_key) {
        made.insert(&submission.idempotency_key);
    }
    put_aside(&mut request, &made);
    Ok(request)
}

/// Puts a word in the place of every text that is one of these. They are random, so that no text
/// of a plan is the same by chance.
fn put_aside(json: &mut Json, made: &HashSet<&str>) {
    match json {
        Json::Text(text) if made.contains(text.as_str()) => MADE_LATER.clone_into(text),
        Json::Text(_) | Json::Null | Json::Bool(_) | Json::Number(_) => {}
        Json::List(entries) => entries.iter_mut().for_each(|one| put_aside(one, made)),
        Json::Object(members) => {
            members.iter_mut().for_each(|(_, one)| put_aside(one, made));
        }
    }
}
