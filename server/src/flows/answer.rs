//! Answering a seller's question: a submission of its own, recorded before it is sent and sent
//! once, in the conversation that the seller keeps open. A lost answer is reconciled like a lost
//! request: whatever became of it, the buy is known again or waits for a person.

use flighting_core::campaign::Campaign;
use flighting_core::execution::{self, Answer, Outcome, Silence, Trouble};
use flighting_core::ids::{CampaignId, MediaBuyId};
use flighting_core::media_buy::{MediaBuyStatus, OpenTask, SellerError, SubmissionState};
use flighting_core::wire::Json;
use flighting_core::wire::question::AnswerIn;
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout_at};

use super::contact::{Contact, reach};
use super::submit::{Bytes, recorded};
use super::{advertiser, audit, change, check_revision, settle};
use crate::adcp::{AnswerRequest, Answered, Placed, RawExchange, requests};
use crate::app::App;
use crate::error::Fault;
use crate::store::{AccountId, Actor, Change, NewJob, Submission, SubmissionUpdate};

/// What came of an answer.
#[derive(Debug)]
pub struct Done {
    /// The campaign as it is now.
    pub campaign: Campaign,
    /// The buy's status before.
    pub previous: MediaBuyStatus,
    /// Why it was not taken, or is not known to be; with the raw exchange where there was one.
    pub trouble: Option<(Trouble, Option<RawExchange>)>,
}

/// Answers the question of a buy's seller.
///
/// # Errors
/// An unknown buy; a stale revision; what core refuses: nothing is asked, a request is on its way,
/// or the seller cannot be answered here; data that is no answer. A seller's failure is no error.
pub async fn run(app: &App, by: &Actor, id: &MediaBuyId, answer: &AnswerIn) -> Result<Done, Fault> {
    let account = &by.account;
    let deadline = app.agent_deadline();
    let missing = || Fault::NotFound("media buy");
    let campaign_id = app
        .store
        .campaign_of_buy(account, id)
        .await?
        .ok_or_else(missing)?;
    let stored = app
        .store
        .campaign(account, &campaign_id)
        .await?
        .ok_or_else(missing)?;
    let before = &*stored.value;
    let buy = before.buy(id).ok_or_else(missing)?;
    check_revision(before, answer.expected_revision)?;
    // Refused before anybody is asked anything.
    execution::begin_answer(&mut before.clone(), id, app.clock.now())?;
    let first = app
        .store
        .submission(account, id)
        .await?
        .ok_or_else(missing)?;
    let (key, arguments) = write(&first, answer.data.as_ref())?;

    let owner = advertiser(app, account, before.advertiser_id()).await?;
    let contact = match reach(
        app,
        account,
        &owner,
        before.campaign_type(),
        &buy.agent_id,
        deadline,
    )
    .await?
    {
        Ok(contact) => contact,
        Err(out) => {
            let trouble = trouble(before, id, out.error);
            return Ok(Done {
                campaign: before.clone(),
                previous: buy.status,
                trouble: trouble.map(|trouble| (trouble, out.raw.map(|raw| *raw))),
            });
        }
    };
    let sending = app.agents.with_secrets(&contact.agent.record, &arguments)?;
    let same_key = key == first.idempotency_key;
    let bytes = Bytes {
        key,
        arguments: &arguments,
        // The seller's promise to recognise a key runs from the first request that had it.
        first_sent_at: first.first_sent_at.filter(|_| same_key),
    };
    let submission = recorded(app, account, &campaign_id, id, &buy.agent_id, bytes);
    let (open, sent) = record(app, by, &campaign_id, id, answer, &submission).await?;
    let previous = sent.buy(id).map_or(buy.status, |buy| buy.status);

    let request = AnswerRequest {
        open: &open,
        message: &answer.message,
        arguments: &sending,
    };
    match ask(app, &contact, request, &sent, deadline).await {
        Answered::NotTaken { error, raw } => {
            let campaign = take_back(app, account, &campaign_id, id, &submission, &error).await?;
            let trouble = trouble(&campaign, id, error);
            Ok(Done {
                campaign,
                previous,
                trouble: trouble.map(|trouble| (trouble, Some(raw))),
            })
        }
        Answered::Placed(Placed { reading, raw }) => {
            let answered = sent.buy(id).ok_or_else(missing)?;
            let outcome = Outcome::of(answered, reading.answer, reading.served_version);
            let (settled, campaign) =
                settle::outcomes(app, account, &campaign_id, &[outcome]).await?;
            Ok(Done {
                campaign,
                previous,
                trouble: settled
                    .troubles
                    .into_iter()
                    .next()
                    .map(|trouble| (trouble, Some(raw))),
            })
        }
    }
}

/// The key and the arguments of the answer.
fn write(first: &Submission, data: Option<&Json>) -> Result<(String, Box<RawValue>), Fault> {
    let stored = std::str::from_utf8(&first.request_bytes).map_err(Fault::ours)?;
    let members: &[(String, Json)] = match data {
        Some(Json::Object(members)) => members,
        _ => &[],
    };
    let fresh = uuid::Uuid::new_v4().to_string();
    let arguments = requests::answered(stored, &first.idempotency_key, &fresh, members)
        .map_err(Fault::violations)?;
    let key = if members.is_empty() {
        first.idempotency_key.clone()
    } else {
        fresh
    };
    Ok((key, arguments))
}

/// The commit before the answer is sent.
async fn record(
    app: &App,
    by: &Actor,
    campaign: &CampaignId,
    id: &MediaBuyId,
    answer: &AnswerIn,
    submission: &Submission,
) -> Result<(OpenTask, Campaign), Fault> {
    change(app, by, campaign, |campaign, change, now| {
        check_revision(campaign, answer.expected_revision)?;
        let open = execution::begin_answer(campaign, id, now)?;
        change.submissions.push(submission.clone());
        change.jobs.push(NewJob {
            job: settle::reconcile_job(&by.account, campaign.id(), id),
            run_at: submission.lease_until.unwrap_or(now),
        });
        audit::answered(app, change, campaign, id, &answer.message);
        Ok(open)
    })
    .await
}

/// Sends it, once.
async fn ask(
    app: &App,
    contact: &Contact,
    request: AnswerRequest<'_>,
    campaign: &Campaign,
    deadline: Instant,
) -> Answered {
    // Above the client's own deadline, so that whatever hangs there ends as silence here.
    let patience = deadline + app.settings.agent_timeout / 5;
    let client = &contact.agent.client;
    let asked = client.answer(request, campaign.currency(), deadline);
    timeout_at(patience, asked).await.unwrap_or_else(|_| {
        let message = format!(
            "no answer within {} s",
            app.settings.agent_timeout.as_secs()
        );
        Answered::Placed(Placed::silent(Answer::Silent(Silence {
            message,
            seller_media_buy_id: None,
        })))
    })
}

/// The answer reached nobody: its submission is closed, and the question stands.
async fn take_back(
    app: &App,
    account: &AccountId,
    campaign: &CampaignId,
    id: &MediaBuyId,
    submission: &Submission,
    error: &SellerError,
) -> Result<Campaign, Fault> {
    let ((), campaign) = change(
        app,
        account,
        campaign,
        |campaign, change: &mut Change, now| {
            execution::question_stands(campaign, id, error, now);
            change.submission_updates.push(SubmissionUpdate {
                id: submission.id.clone(),
                expected: SubmissionState::Open,
                holder: None,
                state: SubmissionState::Closed,
                sent_at: None,
                seller_task_id: None,
            });
            change
                .jobs_done
                .push(settle::reconcile_job(account, campaign.id(), id));
            Ok(())
        },
    )
    .await?;
    Ok(campaign)
}

fn trouble(campaign: &Campaign, id: &MediaBuyId, error: SellerError) -> Option<Trouble> {
    campaign.buy(id).map(|buy| Trouble {
        media_buy_id: id.clone(),
        agent_id: buy.agent_id.clone(),
        error,
    })
}
