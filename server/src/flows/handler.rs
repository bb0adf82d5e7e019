//! Jobs to flows.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use flighting_core::ids::{CampaignId, MediaBuyId};

use super::{calendar, delivery, lifecycle, reconcile, refresh};
use crate::app::App;
use crate::error::Fault;
use crate::jobs::{Handler, Job, JobContext, Next};
use crate::store::AccountId;

/// How long a running buy is left alone between two looks; sandbox time runs faster.
const LIVE_EVERY: Duration = Duration::from_secs(60);
const SANDBOX_LIVE_EVERY: Duration = Duration::from_secs(5);

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
            Job::PullDelivery { account, campaign } => delivery::pull(app, account, campaign).await,
            Job::FlightCalendar { account, campaign } => {
                match calendar::tick(app, account, campaign).await {
                    Ok(_) => Ok(Next::Done),
                    Err(fault) => Err(fault),
                }
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

/// Looks at one buy until it is over: often while its seller decides, seldom while it runs.
async fn look(
    app: &App,
    account: &AccountId,
    campaign: &CampaignId,
    buy: &MediaBuyId,
) -> Result<Next, Fault> {
    let refreshed = refresh::run(app, account, campaign, Some(buy)).await?;
    let Some(buy) = refreshed.campaign.buy(buy) else {
        return Ok(Next::Done);
    };
    if buy.status.has_ended() {
        return Ok(Next::Done);
    }
    if let Some((_, error)) = refreshed.errors.first() {
        return Ok(Next::Retry {
            why: format!("{}: {}", error.code, error.message),
        });
    }
    if buy.status.is_running() {
        return Ok(Next::Again {
            after: if app.clock.speed() > 1 {
                SANDBOX_LIVE_EVERY
            } else {
                LIVE_EVERY
            },
        });
    }
    Ok(Next::Wait)
}
