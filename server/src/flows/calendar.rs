//! What time does: flights and buys end, and delivery is fetched while they run.

use chrono::{DateTime, TimeDelta, Utc};
use flighting_core::campaign::Campaign;
use flighting_core::ids::CampaignId;

use super::change;
use crate::app::App;
use crate::error::Fault;
use crate::jobs::Job;
use crate::store::{AccountId, NewJob};

/// How often delivery is fetched while buys run, in seconds of real time. Sellers report by the
/// hour or day; sandbox time runs faster and is watched more closely.
const DELIVERY_EVERY_S: i64 = 900;
const SANDBOX_DELIVERY_EVERY_S: i64 = 3;

/// Moves statuses that only time moves. `None` when nothing is left to wait for.
///
/// # Errors
/// What the store says.
pub async fn tick(
    app: &App,
    account: &AccountId,
    id: &CampaignId,
) -> Result<Option<DateTime<Utc>>, Fault> {
    let ((), campaign) = change(app, account, id, |campaign, _, now| {
        campaign.tick(now);
        Ok(())
    })
    .await?;
    Ok(campaign.next_tick().map(|tick| real(app, tick)))
}

/// The job for the next moment at which time changes something.
pub(super) fn job(app: &App, account: &AccountId, campaign: &Campaign) -> Option<NewJob> {
    let run_at = real(app, campaign.next_tick()?);
    Some(NewJob {
        job: Job::FlightCalendar {
            account: account.clone(),
            campaign: campaign.id().clone(),
        },
        run_at,
    })
}

/// The job that fetches delivery while anything runs.
pub(super) fn delivery_job(app: &App, account: &AccountId, campaign: &Campaign) -> Option<NewJob> {
    let runs = campaign.buys().iter().any(|buy| buy.status.is_running());
    runs.then(|| NewJob {
        job: Job::PullDelivery {
            account: account.clone(),
            campaign: campaign.id().clone(),
        },
        run_at: app.clock.real_now() + delivery_every(app),
    })
}

/// How long to wait between two fetches.
pub(super) fn delivery_every(app: &App) -> TimeDelta {
    TimeDelta::seconds(if app.clock.speed() > 1 {
        SANDBOX_DELIVERY_EVERY_S
    } else {
        DELIVERY_EVERY_S
    })
}

/// How long a span of the product's time lasts in real time; a second at least.
pub(super) fn real_span(app: &App, span: TimeDelta) -> TimeDelta {
    (span / app.clock.speed().max(1)).max(TimeDelta::seconds(1))
}

/// Real time at a moment of the product's time, which may run faster (decision 30).
fn real(app: &App, at: DateTime<Utc>) -> DateTime<Utc> {
    let wait = (at - app.clock.now()).max(TimeDelta::zero()) / app.clock.speed().max(1);
    app.clock
        .real_now()
        .checked_add_signed(wait + TimeDelta::milliseconds(200))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}
