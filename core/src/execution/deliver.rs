//! Taking in what sellers report as delivered (decision 2: cumulative figures replace, they never
//! add).

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use crate::campaign::Campaign;
use crate::delivery::{ByDay, DayFigures, Delivery, Known, PackageReport, lay};
use crate::error::Refusal;
use crate::ids::{MediaBuyId, PackageId};

/// What a report changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Days whose figures are others now.
    pub days: Vec<(PackageId, NaiveDate, DayFigures)>,
    /// Whether the figures of any package moved.
    pub changed: bool,
    /// Packages of the report that are none of the buy's, by the seller's ids.
    pub unknown_packages: Vec<String>,
    /// Packages whose figures cannot be taken in, by the seller's ids, and why.
    pub refused: Vec<(String, Refusal)>,
}

/// Takes the report of a buy's packages in; `known` are the days there are of them. Packages that
/// the report leaves out keep their figures, and so does one whose figures cannot be taken in. Plan
/// amounts never change. An unknown buy changes nothing.
pub fn deliver(
    campaign: &mut Campaign,
    id: &MediaBuyId,
    reports: &[PackageReport],
    known: &BTreeMap<PackageId, ByDay>,
    observed: NaiveDate,
    now: DateTime<Utc>,
) -> Delivered {
    let currency = campaign.currency();
    let mut done = Delivered::default();
    let Some(buy) = campaign.buy_mut(id) else {
        return done;
    };
    for report in reports {
        let package = buy
            .packages
            .iter_mut()
            .find(|package| package.seller_package_id.as_ref() == Some(&report.seller_package_id));
        let Some(package) = package else {
            done.unknown_packages.push(report.seller_package_id.clone());
            continue;
        };
        let before = Known {
            days: known.get(&package.id).cloned().unwrap_or_default(),
            total: package.delivery.unwrap_or(Delivery::none(currency)),
        };
        match lay(&before, report, observed, package.window.days()) {
            Ok(after) => {
                let new = after
                    .days
                    .iter()
                    .filter(|(day, figures)| before.days.get(day) != Some(figures));
                done.days
                    .extend(new.map(|(day, figures)| (package.id.clone(), *day, *figures)));
                if package.delivery != Some(after.total) {
                    package.delivery = Some(after.total);
                    done.changed = true;
                }
            }
            Err(refusal) => done
                .refused
                .push((report.seller_package_id.clone(), refusal)),
        }
    }
    done.changed |= !done.days.is_empty();
    if done.changed {
        buy.updated_at = now;
    }
    done
}
