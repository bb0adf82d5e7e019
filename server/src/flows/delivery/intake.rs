//! Taking in figures, whoever brings them: what we asked for, and what sellers send by themselves.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use flighting_core::campaign::Campaign;
use flighting_core::delivery::{ByDay, DayFigures, Delivery, Span};
use flighting_core::execution::{Delivered, deliver};
use flighting_core::flight::DayRange;
use flighting_core::ids::{AgentId, CampaignId, MediaBuyId, PackageId};
use flighting_core::media_buy::MediaBuy;
use serde_json::Value;

use super::super::{ATTEMPTS, commit, events, moved};
use crate::adcp::{BuyFigures, FigureTrouble, Figures, PackageFigures, SentReport, TroubleKind};
use crate::app::App;
use crate::error::Fault;
use crate::store::{
    AccountId, Change, DeliveryReport, DeliveryRow, ReportSource, ReportTrouble, StoreError,
};

/// Figures of one buy, as somebody saw them.
#[derive(Debug, Clone)]
pub struct Observation {
    /// The buy.
    pub buy: MediaBuyId,
    /// Which time the totals count; `None` when it is a part of a day, which is not taken in.
    pub span: Option<Span>,
    /// What the seller says.
    pub figures: BuyFigures,
}

/// What became of a report that a seller sent by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// Buys of ours whose figures it told.
    pub buys: Vec<MediaBuyId>,
    /// Seller's ids in it that are no buy of ours, or more than one.
    pub unknown: Vec<String>,
}

/// Takes in a report that an agent sent by itself: `report` is the `result` of its message, `at`
/// the time at which it was made (the product's time). Safe to repeat: figures replace. What was
/// observed before what is known already changes nothing.
///
/// # Errors
/// What the store says. A body that is no report speaks of no buy.
pub async fn take_report(
    app: &App,
    account: &AccountId,
    agent: &AgentId,
    report: &Value,
    at: DateTime<Utc>,
) -> Result<Taken, Fault> {
    let mut taken = Taken::default();
    let Some(sent) = SentReport::read(report) else {
        return Ok(taken);
    };
    let mut by_campaign: BTreeMap<CampaignId, Vec<(String, MediaBuyId)>> = BTreeMap::new();
    for seller_id in sent.seller_buy_ids() {
        let known = app.store.buys_at_seller(account, agent, seller_id).await?;
        match known.as_slice() {
            [(campaign, buy)] => by_campaign
                .entry(campaign.clone())
                .or_default()
                .push((seller_id.to_owned(), buy.clone())),
            _ => taken.unknown.push(seller_id.to_owned()),
        }
    }
    for (campaign_id, buys) in by_campaign {
        let Some(stored) = app.store.campaign(account, &campaign_id).await? else {
            continue;
        };
        let campaign = stored.value;
        let observations: Vec<_> = buys
            .into_iter()
            .filter_map(|(seller_id, buy)| {
                Some(Observation {
                    span: span(sent.period(), campaign.buy(&buy)?),
                    figures: sent.buy(&seller_id, campaign.currency())?,
                    buy,
                })
            })
            .collect();
        take_in(
            app,
            account,
            &campaign_id,
            at,
            ReportSource::Webhook,
            &observations,
        )
        .await?;
        taken
            .buys
            .extend(observations.into_iter().map(|observation| observation.buy));
    }
    Ok(taken)
}

/// What the totals of a report count for a buy. One that begins with the buy, or earlier, counts
/// all of it; one of whole days counts those days, the last one perhaps up to now; a shorter one is
/// `None`, since nobody could tell whether it repeats or continues another of the same day.
fn span(period: Option<(DateTime<Utc>, DateTime<Utc>)>, buy: &MediaBuy) -> Option<Span> {
    let Some((start, end)) = period else {
        return Some(Span::SinceStart);
    };
    let begin = buy
        .packages
        .iter()
        .map(|package| package.window.start())
        .min()
        .unwrap_or(buy.created_at);
    let last = (end - TimeDelta::seconds(1)).date_naive();
    // Sellers in other time zones begin their days at other hours of ours.
    let whole = (end - start) >= TimeDelta::hours(23) || start.time() == chrono::NaiveTime::MIN;
    if start <= begin {
        Some(Span::SinceStart)
    } else if whole {
        DayRange::new(start.date_naive(), last).map(Span::Days)
    } else {
        None
    }
}

/// Takes in what was observed of a campaign's buys at a moment of the product's time; the campaign
/// afterwards.
///
/// # Errors
/// An unknown campaign, and what the store says.
pub async fn take_in(
    app: &App,
    account: &AccountId,
    id: &CampaignId,
    at: DateTime<Utc>,
    source: ReportSource,
    observations: &[Observation],
) -> Result<Campaign, Fault> {
    for _ in 0..ATTEMPTS {
        let stored = app
            .store
            .campaign(account, id)
            .await?
            .ok_or(Fault::NotFound("campaign"))?;
        let before = Arc::clone(&stored.value);
        let (mut campaign, version) = stored.into_parts();
        if observations.is_empty() {
            return Ok(campaign);
        }
        let kept = KeptDays::read(app, account, id).await?;
        let reports = app.store.delivery_reports(account, id).await?;
        let mut change = Change::of(account.clone());
        let mut changed = Vec::new();
        for observation in observations {
            let last = reports
                .iter()
                .find(|last| last.media_buy_id == observation.buy);
            let Some(buy) = campaign.buy(&observation.buy) else {
                continue;
            };
            if kept.knows_better(buy, last, observation.span, at) {
                continue;
            }
            let (packages, mut troubles) = packages(buy, observation);
            let now = app.clock.now();
            let observed = at.date_naive();
            let Delivered {
                days,
                changed: moved,
                unknown_packages,
                refused,
            } = deliver(
                &mut campaign,
                &observation.buy,
                &packages,
                &kept.days,
                observed,
                now,
            );
            for package in unknown_packages {
                let words = "expected packages of the media buy, got another one";
                troubles.push(FigureTrouble::new(
                    TroubleKind::UnknownPackage,
                    Some(&package),
                    words,
                ));
            }
            for (package, refusal) in refused {
                troubles.push(FigureTrouble::new(
                    TroubleKind::OutOfRange,
                    Some(&package),
                    refusal.to_string(),
                ));
            }
            change
                .delivery
                .extend(days.into_iter().map(|(package, day, figures)| {
                    row(id, &observation.buy, package, day, figures, at)
                }));
            if moved {
                changed.push(observation.buy.clone());
            }
            let report = report(id, observation, at, source, troubles);
            if last != Some(&report) {
                change.delivery_reports.push(report);
            }
        }
        if change.delivery_reports.is_empty() && change.delivery.is_empty() && campaign == *before {
            return Ok(campaign);
        }
        if !changed.is_empty() {
            change
                .events
                .push(events::delivered(&campaign, &changed, app.clock.now()));
        }
        if campaign != *before || !change.delivery.is_empty() {
            // Days lean on the campaign's totals: both move together or not at all.
            change.campaign = Some((campaign.clone(), version));
            change.campaign_before = Some(before);
        }
        match commit(app, change).await {
            Ok(_) => return Ok(campaign),
            Err(StoreError::Stale { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(moved())
}

/// The days that are kept of a campaign.
struct KeptDays {
    days: BTreeMap<PackageId, ByDay>,
    /// When each was observed.
    observed: BTreeMap<(PackageId, NaiveDate), DateTime<Utc>>,
}

impl KeptDays {
    async fn read(app: &App, account: &AccountId, id: &CampaignId) -> Result<Self, Fault> {
        let mut kept = Self {
            days: BTreeMap::new(),
            observed: BTreeMap::new(),
        };
        for row in super::view::rows(app, account, id, None).await? {
            kept.observed
                .insert((row.package_id.clone(), row.day), row.observed_at);
            super::view::put(&mut kept.days, row);
        }
        Ok(kept)
    }

    /// Whether what is known was observed after `at`.
    fn knows_better(
        &self,
        buy: &MediaBuy,
        last: Option<&DeliveryReport>,
        span: Option<Span>,
        at: DateTime<Utc>,
    ) -> bool {
        match span {
            Some(Span::Days(days)) => buy.packages.iter().any(|package| {
                days.iter().any(|day| {
                    self.observed
                        .get(&(package.id.clone(), day))
                        .is_some_and(|observed| *observed > at)
                })
            }),
            Some(Span::SinceStart) | None => last.is_some_and(|last| last.as_of > at),
        }
    }
}

/// The figures by package, and what of them is not taken in. Where a seller reports only the whole
/// of a buy with one package, that is the package's. A seller that says that its figures are late
/// has none to tell: what it puts in their place would pass for less than before.
fn packages(
    buy: &MediaBuy,
    observation: &Observation,
) -> (
    Vec<flighting_core::delivery::PackageReport>,
    Vec<FigureTrouble>,
) {
    let figures = &observation.figures;
    let mut troubles = figures.troubles.clone();
    if figures.delayed {
        return (Vec::new(), troubles);
    }
    let Some(span) = observation.span else {
        troubles.push(FigureTrouble::new(
            TroubleKind::PartOfDay,
            None,
            "expected a report of whole days or since the beginning, got a part of a day",
        ));
        return (Vec::new(), troubles);
    };
    let whole;
    let packages = match (figures.packages.as_slice(), buy.packages.as_slice()) {
        ([], [only]) => {
            whole = only
                .seller_package_id
                .iter()
                .filter(|_| says_anything(figures.totals))
                .map(|id| PackageFigures {
                    seller_package_id: id.clone(),
                    totals: figures.totals,
                    days: BTreeMap::new(),
                })
                .collect::<Vec<_>>();
            whole.as_slice()
        }
        ([], _) => {
            if figures.troubles.is_empty() && says_anything(figures.totals) {
                troubles.push(FigureTrouble::new(
                    TroubleKind::NoPackages,
                    None,
                    "expected figures of each package, got those of the whole media buy alone",
                ));
            }
            &[]
        }
        (packages, _) => packages,
    };
    let packages = packages.iter().map(|package| package.over(span)).collect();
    (packages, troubles)
}

fn says_anything(figures: Figures) -> bool {
    let Figures {
        impressions,
        spend,
        clicks,
        completed_views: _,
    } = figures;
    impressions.is_some_and(|n| n > 0)
        || spend.is_some_and(|spend| !spend.is_zero())
        || clicks.is_some_and(|n| n > 0)
}

fn row(
    campaign: &CampaignId,
    buy: &MediaBuyId,
    package: PackageId,
    day: NaiveDate,
    figures: DayFigures,
    at: DateTime<Utc>,
) -> DeliveryRow {
    let DayFigures { delivery, late } = figures;
    let Delivery {
        impressions,
        spend,
        clicks,
    } = delivery;
    DeliveryRow {
        campaign_id: campaign.clone(),
        media_buy_id: buy.clone(),
        package_id: package,
        day,
        impressions,
        spend,
        clicks,
        late,
        observed_at: at,
    }
}

fn report(
    campaign: &CampaignId,
    observation: &Observation,
    at: DateTime<Utc>,
    source: ReportSource,
    troubles: Vec<FigureTrouble>,
) -> DeliveryReport {
    let figures = &observation.figures;
    DeliveryReport {
        campaign_id: campaign.clone(),
        media_buy_id: observation.buy.clone(),
        as_of: at,
        source,
        delayed: figures.delayed,
        expected_at: figures.expected_at,
        is_final: figures.is_final,
        troubles: troubles
            .into_iter()
            .map(|trouble| ReportTrouble {
                code: trouble.kind.code().to_owned(),
                package: trouble.seller_package_id,
                message: trouble.message,
            })
            .collect(),
    }
}
