//! Later periods appended to the pacing of a running campaign (decision 21): their money goes to
//! the bought products in proportion to their bought budgets, as new packages of the live buys.

use chrono::{DateTime, Utc};

use super::decide::record;
use crate::campaign::{Campaign, CampaignStatus, Launching, over_budget};
use crate::error::{Code, Conflict, Refusal, Violation};
use crate::flight::Flight;
use crate::ids::{Ids, MediaBuyId, ProductId};
use crate::media_buy::{
    ChangeKind, MediaBuy, Package, PackageStatus, PeriodRef, Proposal, SubmissionState,
};
use crate::money::Money;
use crate::pacing::{Executed, Mode, Resolved, resolve};
use crate::split::split_money;
use crate::table::table;
use crate::words::words;

words! {
    /// Why a live buy is not asked for the new packages.
    pub enum Skipped {
        /// Its request, or a change of it, is on its way or unanswered.
        InFlight = "in_flight",
        /// The seller has not decided about the buy yet.
        AwaitingSeller = "awaiting_seller",
        /// The same request ends it.
        Ending = "ending",
        /// All appended periods are over already.
        PeriodOver = "period_over",
    }
}

/// What appending asks of one live buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cascaded {
    /// The buy.
    pub media_buy_id: MediaBuyId,
    /// The number of the change that asks its seller; none when it is not asked.
    pub number: Option<u32>,
    /// How many packages it is asked for.
    pub packages: usize,
    /// Why it is not asked.
    pub skipped: Option<Skipped>,
}

/// An appended period.
struct Column {
    period: PeriodRef,
    window: Flight,
    net: i64,
}

/// What a product of a buy was bought for.
struct Row {
    buy: MediaBuyId,
    product: ProductId,
    bought: u64,
}

impl Campaign {
    /// Lays the money of appended periods over the live buys and records what their sellers are
    /// asked for. `sent` are the changes this request recorded already; those of the append are
    /// added.
    pub(crate) fn append_packages(
        &mut self,
        sent: &mut Vec<(MediaBuyId, u32)>,
        ids: &mut dyn Ids,
        now: DateTime<Utc>,
    ) -> Result<Vec<Cascaded>, Refusal> {
        let kept = self.launched_periods.len();
        let Some(pacing) = self.plan.pacing.clone() else {
            return Ok(Vec::new());
        };
        let live = matches!(self.status, CampaignStatus::Active | CampaignStatus::Paused);
        if !live || kept == 0 || pacing.periods().len() <= kept {
            return Ok(Vec::new());
        }
        let unsettled: Vec<_> = self
            .buys
            .iter()
            .filter(|buy| {
                buy.undecided_change()
                    .is_some_and(|change| !change.proposal.new_packages.is_empty())
            })
            .map(|buy| buy.id.to_string())
            .collect();
        if !unsettled.is_empty() {
            return Err(Refusal::Conflict {
                what: Conflict::InFlight,
                message: "packages of periods that were appended earlier are not settled yet"
                    .to_owned(),
                media_buys: unsettled,
            });
        }
        let money = self.money()?;
        let resolved = resolve(
            &pacing,
            money.total,
            money.media,
            &self.executed_periods(),
            money.unallocated,
        )?;
        let columns = self.columns(&resolved);
        let nets = sum(columns.iter().map(|column| column.net))?;
        let nets = Money::from_minor(nets, self.currency()).ok_or(Refusal::Overflow)?;
        let rows = self.rows(sent);
        if rows.is_empty() || columns.is_empty() {
            return Ok(Vec::new());
        }
        if pacing.mode() == Mode::Budget && nets.minor() > money.unallocated.minor() {
            return Err(over_budget(
                money.allocated.plus(nets)?,
                money.media,
                &self.plan.fees,
            ));
        }
        let made = self.packages_of(&rows, &columns, nets, ids, now)?;
        self.launching = Some(Launching {
            launch: self.launch,
            periods: pacing
                .periods()
                .iter()
                .zip(&resolved)
                .map(|(period, resolved)| Executed {
                    days: period.days,
                    budget: resolved.budget,
                    net: resolved.net,
                })
                .collect(),
        });
        Ok(self.ask_for(made, sent, now))
    }

    /// The periods no execute knew, as far as they hold anything.
    fn columns(&self, resolved: &[Resolved]) -> Vec<Column> {
        let periods = self
            .plan
            .pacing
            .as_ref()
            .map_or(&[][..], crate::pacing::PacingPlan::periods);
        periods
            .iter()
            .zip(resolved)
            .enumerate()
            .skip(self.launched_periods.len())
            .filter(|(_, (period, _))| !period.intensity.is_zero())
            .filter_map(|(index, (period, money))| {
                Some(Column {
                    period: PeriodRef {
                        index: u32::try_from(index).ok()?.checked_add(1)?,
                        label: period.label.clone(),
                    },
                    window: self.plan.flight.clip(period.days)?,
                    net: money.net.minor(),
                })
            })
            .collect()
    }

    /// The products of live paced buys, in the order of the buys.
    fn rows(&self, sent: &[(MediaBuyId, u32)]) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        for buy in self
            .buys
            .iter()
            .filter(|buy| !buy.status.has_ended() && !ends(buy, sent))
        {
            for package in buy.packages.iter().filter(|package| {
                package.period.is_some() && package.status != PackageStatus::Canceled
            }) {
                let bought = u64::try_from(package.budget.minor()).unwrap_or(0);
                match rows
                    .iter_mut()
                    .find(|row| row.buy == buy.id && row.product == package.product_id)
                {
                    Some(row) => row.bought = row.bought.saturating_add(bought),
                    None => rows.push(Row {
                        buy: buy.id.clone(),
                        product: package.product_id.clone(),
                        bought,
                    }),
                }
            }
        }
        rows.retain(|row| row.bought > 0);
        rows
    }

    /// The table of decision 7, products by appended periods, as packages.
    fn packages_of(
        &self,
        rows: &[Row],
        columns: &[Column],
        nets: Money,
        ids: &mut dyn Ids,
        now: DateTime<Utc>,
    ) -> Result<Vec<(MediaBuyId, Package)>, Refusal> {
        let bought: Vec<u64> = rows.iter().map(|row| row.bought).collect();
        let shares: Vec<i64> = split_money(nets, &bought)?
            .into_iter()
            .map(Money::minor)
            .collect();
        let holds: Vec<i64> = columns.iter().map(|column| column.net).collect();
        let table = table(&shares, &holds).ok_or(Refusal::Overflow)?;
        let mut made = Vec::new();
        let mut violations = Vec::new();
        for (place, row) in rows.iter().enumerate() {
            let template = self.buy(&row.buy).and_then(|buy| {
                buy.packages
                    .iter()
                    .rfind(|package| package.product_id == row.product)
            });
            let Some(template) = template else { continue };
            for (index, column) in columns.iter().enumerate() {
                if column.window.over_at(now) {
                    continue;
                }
                let budget = Money::from_minor(table.cell(place, index), self.currency())
                    .ok_or(Refusal::Overflow)?;
                if budget.is_zero() {
                    violations.push(
                        Violation::new(
                            format!(
                                "pacingPeriods.periods[{}]",
                                column.period.index.saturating_sub(1)
                            ),
                            Code::PackageWithoutMoney,
                            format!(
                                "the package of `{}` in `{}` would hold no money: raise the total, or the period's budget",
                                template.product_name, column.period.label
                            ),
                        )
                        .with("productId", row.product.0.as_str())
                        .with("period", column.period.label.as_str()),
                    );
                    continue;
                }
                let package = Package {
                    id: ids.package(),
                    period: Some(column.period.clone()),
                    window: column.window,
                    starts_at_once: self.plan.flight.begun(now) && column.window.begun(now),
                    budget,
                    pacing: self.plan.budget.pacing,
                    status: PackageStatus::Active,
                    seller_package_id: None,
                    seller_budget: None,
                    delivery: None,
                    ..template.clone()
                };
                made.push((row.buy.clone(), package));
            }
        }
        if violations.is_empty() {
            Ok(made)
        } else {
            Err(Refusal::Invalid(violations))
        }
    }

    fn ask_for(
        &mut self,
        made: Vec<(MediaBuyId, Package)>,
        sent: &mut Vec<(MediaBuyId, u32)>,
        now: DateTime<Utc>,
    ) -> Vec<Cascaded> {
        let mut cascade = Vec::new();
        for buy in &mut self.buys {
            let paced = buy.packages.iter().any(|package| package.period.is_some());
            if buy.status.has_ended() || !paced {
                continue;
            }
            let packages: Vec<Package> = made
                .iter()
                .filter(|(id, _)| *id == buy.id)
                .map(|(_, package)| package.clone())
                .collect();
            let mine = sent
                .iter()
                .find(|(id, _)| *id == buy.id)
                .map(|(_, number)| *number);
            let skipped = if ends(buy, sent) {
                Some(Skipped::Ending)
            } else if buy.submission != SubmissionState::Closed
                || (mine.is_none() && buy.is_changing())
            {
                Some(Skipped::InFlight)
            } else if buy.seller.media_buy_id.is_none() {
                Some(Skipped::AwaitingSeller)
            } else if packages.is_empty() {
                Some(Skipped::PeriodOver)
            } else {
                None
            };
            if skipped.is_some() {
                cascade.push(Cascaded {
                    media_buy_id: buy.id.clone(),
                    number: None,
                    packages: 0,
                    skipped,
                });
                continue;
            }
            let count = packages.len();
            let last = packages
                .iter()
                .map(|package| package.window.end())
                .max()
                .filter(|last| *last > buy.end);
            let wanted = Proposal {
                end: last,
                new_packages: packages,
                ..Proposal::default()
            };
            let number = match (mine, &mut buy.pending_change) {
                (Some(number), Some(change)) => {
                    let mut proposal = std::mem::take(&mut change.proposal);
                    let end = proposal.end.max(wanted.end);
                    proposal = proposal.with(wanted);
                    proposal.end = end;
                    change.proposal = proposal;
                    number
                }
                _ => record(buy, ChangeKind::Append, wanted, None, now),
            };
            if mine.is_none() {
                sent.push((buy.id.clone(), number));
            }
            cascade.push(Cascaded {
                media_buy_id: buy.id.clone(),
                number: Some(number),
                packages: count,
                skipped: None,
            });
        }
        cascade
    }
}

/// Whether this request ends the buy.
fn ends(buy: &MediaBuy, sent: &[(MediaBuyId, u32)]) -> bool {
    let of_request = sent.iter().any(|(id, _)| *id == buy.id);
    buy.undecided_change().is_some_and(|change| {
        change.proposal.cancels && (of_request || !change.state.is_in_flight())
    })
}

fn sum(mut amounts: impl Iterator<Item = i64>) -> Result<i64, Refusal> {
    amounts
        .try_fold(0_i64, i64::checked_add)
        .ok_or(Refusal::Overflow)
}
