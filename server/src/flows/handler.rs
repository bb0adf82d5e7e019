//! Jobs to flows.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use flighting_core::ids::{CampaignId, MediaBuyId};
use flighting_core::media_buy::SellerError;

use super::{calendar, changes, delivery, lifecycle, outbox, poll, reconcile, refresh};
use crate::app::App;
use crate::error::Fault;
use crate::jobs::{Handler, Job, JobContext, Next};
use crate::store::AccountId;

/// How long after its end a buy is looked at that its seller never decided about, in the product's
/// time.
const GIVEN_UP: TimeDelta = TimeDelta::days(7);

/// Does the jobs of an [`App`].
#[derive(Debug)]
pub struct FlowJobs(pub Arc<App>);

#[async_trait]
impl Handler for FlowJobs {
    async fn run(&self, job: Job, _: JobContext) -> Next {
        let app = &self.0;
        let done = match &job {
            Job::ReconcileSubmission {
                account,
                campaign,
                buy,
            } => reconcile::run(app, account, campaign, buy).await,
            Job::PollTask {
                account,
                campaign,
                buy,
            }
            | Job::RefreshBuy {
                account,
                campaign,
                buy,
            } => look(app, account, campaign, buy).await,
            Job::RepeatWish {
                account,
                campaign,
                buy,
            } => lifecycle::repeat(app, account, campaign, buy).await,
            Job::SendChange {
                account,
                campaign,
                buy,
            } => changes::send_held(app, account, campaign, buy).await,
            Job::PollChange {
                account,
                campaign,
                buy,
            } => changes::poll(app, account, campaign, buy).await,
            Job::PullDelivery { account, campaign } => delivery::pull(app, account, campaign).await,
            Job::PollBuys { account, group } => poll::run(app, account, group).await,
            Job::SendWebhooks {
                account,
                subscription,
            } => outbox::send(app, account, subscription).await,
            Job::FlightCalendar { account, campaign } => {
                // What it was asked for may have moved: it comes back when time changes something.
                calendar::tick(app, account, campaign).await.map(|next| {
                    next.map_or(Next::Done, |at| Next::Again {
                        after: (at - app.clock.real_now()).to_std().unwrap_or_default(),
                    })
                })
            }
        };
        match done {
            Ok(next) => next,
            // Archived or never there: nobody waits for it.
            Err(Fault::NotFound(_)) => Next::Done,
            Err(fault) => Next::Retry {
                why: format!("{fault}"),
            },
        }
    }
}

/// Again when the seller asks for it, else later each time.
fn later(error: &SellerError) -> Next {
    match error.retry_after_s {
        Some(seconds) => Next::Again {
            after: Duration::from_secs(u64::from(seconds.clamp(1, 3_600))),
        },
        None => Next::Retry {
            why: format!("{}: {}", error.code, error.message),
        },
    }
}

/// Looks at one buy while its seller decides.
async fn look(
    app: &App,
    account: &AccountId,
    campaign: &CampaignId,
    buy: &MediaBuyId,
) -> Result<Next, Fault> {
    let refreshed = refresh::run(app, account, campaign, Some(buy)).await?;
    let campaign = &refreshed.campaign;
    let Some(buy) = campaign.buy(buy) else {
        return Ok(Next::Done);
    };
    if buy.status.has_ended() {
        return Ok(Next::Done);
    }
    let over_since = app.clock.now() - buy.end;
    if over_since > GIVEN_UP {
        // Its flight has long been over: whatever its seller decides buys nothing any more.
        return Ok(Next::Done);
    }
    if let Some((_, error)) = refreshed.errors.first() {
        return Ok(later(error));
    }
    if buy.status.is_running() && buy.seller.media_buy_id.is_some() {
        // From now on it is looked at together with others.
        poll::enrol(app, account, campaign, buy).await?;
        return Ok(Next::Done);
    }
    Ok(Next::Wait)
}
