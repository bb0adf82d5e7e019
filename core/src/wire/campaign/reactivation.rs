//! What reactivating a paused campaign would demand of each day, told before one does it.

use chrono::{DateTime, Days, Utc};

use super::CampaignOut;
use crate::delivery::{Demand, Unspent, demand};
use crate::flight::DayRange;
use crate::media_buy::{MediaBuyStatus, PackageStatus};
use crate::money::{Currency, Money};
use crate::wire::Amount;
use crate::wire::media_buy::{MediaBuyOut, PackageOut};

/// What would come of a reactivate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reactivation {
    /// What the days need if it is done today, and on each of the days after it.
    pub from: Vec<Demand>,
    /// The part of it in buys whose sellers have not decided yet.
    pub waiting: Money,
    /// How many buys are asked to run, or lose their hold.
    pub buys: usize,
    /// How many stay paused: they were paused by themselves.
    pub stay_paused: usize,
    /// How many do not come back: their flight is over.
    pub over: usize,
}

enum Comes {
    Back,
    StaysPaused,
    Over,
    No,
}

fn comes(buy: &MediaBuyOut, now: DateTime<Utc>) -> Comes {
    match buy.status {
        _ if buy.status.has_ended() => Comes::No,
        MediaBuyStatus::Active | MediaBuyStatus::Paused if buy.end_time <= now => Comes::Over,
        MediaBuyStatus::Paused if buy.paused_by_itself => Comes::StaysPaused,
        _ => Comes::Back,
    }
}

fn unspent(package: &PackageOut, currency: Currency) -> Option<Unspent> {
    let money = |amount: Amount| amount.to_money(currency).ok();
    let spent = match &package.delivery {
        Some(delivery) => money(delivery.spend)?,
        None => Money::zero(currency),
    };
    Some(Unspent {
        days: DayRange::new(
            package.start_time.date_naive(),
            package.end_time.date_naive(),
        )?,
        left: money(package.budget)?.minus(spent).ok()?.at_least_zero(),
    })
}

/// What reactivating a campaign would demand, today and on so many days after it. `None` only for
/// an answer that holds what core does not take, which a server of the same version never sends.
#[must_use]
pub fn reactivation(
    campaign: &CampaignOut,
    now: DateTime<Utc>,
    later: u32,
) -> Option<Reactivation> {
    let currency = Currency::parse(&campaign.currency)?;
    let cap = campaign
        .budget
        .daily_cap
        .and_then(|cap| cap.to_money(currency).ok());
    let mut packages = Vec::new();
    let mut waiting = Money::zero(currency);
    let (mut buys, mut stay_paused, mut over) = (0, 0, 0);
    for buy in &campaign.media_buys {
        match comes(buy, now) {
            Comes::Back => buys += 1,
            Comes::StaysPaused => stay_paused += 1,
            Comes::Over => over += 1,
            Comes::No => {}
        }
        if !matches!(comes(buy, now), Comes::Back | Comes::Over) {
            continue;
        }
        for package in &buy.packages {
            if package.status == PackageStatus::Canceled {
                continue;
            }
            let Some(one) = unspent(package, currency) else {
                continue;
            };
            if buy.status.is_waiting() {
                waiting = waiting.plus(one.left).ok()?;
            }
            packages.push(one);
        }
    }
    let today = now.date_naive();
    let from = (0..=later)
        .filter_map(|days| today.checked_add_days(Days::new(u64::from(days))))
        .map(|from| demand(&packages, cap, from, currency).ok())
        .collect::<Option<_>>()?;
    Some(Reactivation {
        from,
        waiting,
        buys,
        stay_paused,
        over,
    })
}
