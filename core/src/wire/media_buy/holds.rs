//! What a package takes of the media budget, told from the answer that shows its buy: the same rules
//! as [`MediaBuy::allocated`](crate::media_buy::MediaBuy::allocated), package by package.

use super::{MediaBuyOut, PackageOut};
use crate::media_buy::{ChangeState, Counts, PackageStatus};
use crate::money::{Currency, Money};
use crate::wire::Amount;

/// The money of one package of a media buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackageMoney {
    /// What it takes of the media budget.
    pub holds: Money,
    /// By which rule: its money, its spend once it or its buy is over, or nothing.
    pub counts: Counts,
    /// What was asked for it, as it was last agreed.
    pub asked: Money,
    /// What it delivered so far.
    pub spend: Money,
    /// What the seller holds, where that differs.
    pub seller: Option<Money>,
    /// What it would hold with the change that nobody has decided, where that differs, and how far
    /// the change has come.
    pub proposed: Option<(Money, ChangeState)>,
}

impl MediaBuyOut {
    /// The money of one of its packages; `None` where the answer holds an amount that is none of
    /// the currency.
    #[must_use]
    pub fn money_of(&self, package: &PackageOut, currency: Currency) -> Option<PackageMoney> {
        let read = |amount: Amount| amount.to_money(currency).ok();
        let asked = read(package.budget)?;
        let spend = match &package.delivery {
            Some(delivery) => read(delivery.spend)?,
            None => Money::zero(currency),
        };
        let counts = match (self.status.counts(), package.status) {
            (Counts::Packages, PackageStatus::Canceled) => Counts::Spend,
            (counts, _) => counts,
        };
        let holds = match counts {
            Counts::Packages => asked,
            Counts::Spend => spend,
            Counts::Nothing => Money::zero(currency),
        };
        let proposed = match &self.pending_change {
            Some(change) if counts == Counts::Packages && change.status.is_undecided() => {
                let differences = &change.differences;
                let ends = differences.canceled
                    || differences
                        .canceled_package_ids
                        .contains(&package.package_id);
                let other = differences
                    .package_budgets
                    .iter()
                    .find(|one| one.package_id == package.package_id);
                match (ends, other) {
                    (true, _) => Some(spend),
                    (false, Some(other)) => Some(read(other.proposed)?),
                    (false, None) => None,
                }
                .filter(|money| *money != holds)
                .map(|money| (money, change.status))
            }
            _ => None,
        };
        Some(PackageMoney {
            holds,
            counts,
            asked,
            spend,
            seller: match package.seller_budget {
                Some(seller) => Some(read(seller)?).filter(|seller| *seller != asked),
                None => None,
            },
            proposed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media_buy::{MediaBuy, MediaBuyStatus};
    use crate::wire::json::Json;
    use crate::wire::plan::read_standing;

    /// A buy of three packages, the second of which is canceled.
    fn buy(status: &str, change: &str) -> (MediaBuy, Currency) {
        let text = format!(
            r#"{{"status":"ACTIVE","mediaBuys":[{{"status":"{status}","packages":[
                {{"packageId":"pkg_1","budget":100,"delivery":{{"spend":40}}}},
                {{"packageId":"pkg_2","budget":200,"status":"canceled","delivery":{{"spend":7.5}}}},
                {{"packageId":"pkg_3","budget":300}}]{change}}}]}}"#
        );
        let campaign = read_standing(&Json::from_text(text.as_bytes()).unwrap()).unwrap();
        (campaign.buys()[0].clone(), campaign.currency())
    }

    fn moneys(buy: &MediaBuy, currency: Currency) -> Vec<PackageMoney> {
        let out = MediaBuyOut::of(buy, currency).unwrap();
        let all = out
            .packages
            .iter()
            .map(|package| out.money_of(package, currency).unwrap());
        all.collect()
    }

    /// What packages hold is what their buy takes, in every status.
    #[test]
    fn the_packages_add_up_to_what_the_buy_takes() {
        for status in MediaBuyStatus::ALL {
            let (buy, currency) = buy(status.as_str(), "");
            let holds = moneys(&buy, currency).into_iter().map(|one| one.holds);
            assert_eq!(
                Money::sum(currency, holds),
                buy.allocated(currency),
                "{status:?}"
            );
        }
    }

    /// With the change that nobody has decided they add up to what the buy would hold.
    #[test]
    fn an_undecided_change_is_told_package_by_package() {
        let changes = [
            r#"{"packageIds":["pkg_3"],"packageBudgets":[{"packageId":"pkg_3","live":300,"proposed":350}]}"#,
            r#"{"canceledPackageIds":["pkg_1"]}"#,
            r#"{"canceled":true}"#,
        ];
        for differences in changes {
            for state in ["held", "open", "silent", "submitted"] {
                let change = format!(
                    r#","pendingChange":{{"kind":"update","status":"{state}","differences":{differences}}}"#
                );
                let (buy, currency) = buy("ACTIVE", &change);
                let proposal = &buy.undecided_change().unwrap().proposal;
                let would = moneys(&buy, currency)
                    .into_iter()
                    .map(|one| one.proposed.map_or(one.holds, |(money, _)| money));
                assert_eq!(
                    Money::sum(currency, would),
                    buy.holds_with(proposal, currency),
                    "{change}"
                );
            }
        }
    }

    #[test]
    fn a_change_that_was_decided_proposes_nothing() {
        for state in ["approved", "refused", "expired"] {
            let change = format!(
                r#","pendingChange":{{"kind":"cancel","status":"{state}","differences":{{"canceled":true}}}}"#
            );
            let (buy, currency) = buy("ACTIVE", &change);
            assert!(
                moneys(&buy, currency)
                    .iter()
                    .all(|one| one.proposed.is_none()),
                "{state}"
            );
        }
    }
}
