//! What the seller holds: a create goes into its ledger once, and a change as a whole.

use flighting_core::execution::{SellerBuy, SellerPackage};
use flighting_core::ids::{MediaBuyId, PackageId, ProductId};
use flighting_core::media_buy::SellerBuyStatus;
use flighting_core::money::{Currency, Money};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Kept, Seller};

impl Seller {
    /// Applies a change to the ledger, as a whole.
    pub(super) fn apply(&self, request: &Value) -> SellerBuy {
        let mut ledger = self.ledger.lock().unwrap();
        let kept = ledger
            .iter_mut()
            .find(|kept| request["media_buy_id"] == kept.buy.media_buy_id.as_str())
            .unwrap();
        let buy = &mut kept.buy;
        if request["canceled"] == true {
            buy.status = SellerBuyStatus::Canceled;
        }
        if let Some(end) = request["end_time"].as_str() {
            buy.end = Some(end.parse().unwrap());
        }
        let packages = buy.packages.as_mut().unwrap();
        for change in request["packages"].as_array().into_iter().flatten() {
            let package = packages
                .iter_mut()
                .find(|package| change["package_id"] == package.seller_package_id.as_str())
                .unwrap();
            if !change["budget"].is_null() {
                let currency = package.budget.unwrap().currency();
                package.budget = money(&change["budget"], currency);
            }
            if !change["bid_price"].is_null() {
                package.bid = Some(change["bid_price"].to_string().parse().unwrap());
            }
            if let Some(end) = change["end_time"].as_str() {
                package.end = Some(end.parse().unwrap());
            }
            package.canceled |= change["canceled"] == true;
        }
        let currency = packages[0].budget.unwrap().currency();
        for new in request["new_packages"].as_array().into_iter().flatten() {
            let id = format!("{}-new{}", buy.media_buy_id, packages.len());
            packages.push(package_of(new, id, currency));
        }
        buy.revision = buy.revision.map(|revision| revision + 1);
        buy.clone()
    }

    pub(super) fn book(&self, arguments: &RawValue, currency: Currency) -> SellerBuy {
        let request: Value = serde_json::from_str(arguments.get()).unwrap();
        let key = request["idempotency_key"].as_str().unwrap().to_owned();
        let mut ledger = self.ledger.lock().unwrap();
        if let Some(known) = ledger.iter().find(|kept| kept.key == key) {
            assert_eq!(
                known.bytes,
                arguments.get(),
                "the same key with other bytes"
            );
            return known.buy.clone();
        }
        let number = ledger.len() + 1;
        let packages = request["packages"]
            .as_array()
            .unwrap()
            .iter()
            .enumerate()
            .map(|(index, package)| package_of(package, format!("p{number}-{index}"), currency))
            .collect();
        let (status, confirmed, creatives) = self.books.lock().unwrap().clone();
        let buy = SellerBuy {
            media_buy_id: format!("b{number}"),
            status,
            confirmed,
            revision: Some(1),
            valid_actions: self.actions.lock().unwrap().clone(),
            packages: Some(packages),
            creatives,
            message: None,
            end: Some(request["end_time"].as_str().unwrap().parse().unwrap()),
        };
        let ours = MediaBuyId::parse(request["context"]["media_buy_id"].as_str().unwrap()).unwrap();
        ledger.push(Kept {
            key,
            bytes: arguments.get().to_owned(),
            buy: buy.clone(),
            ours,
        });
        buy
    }
}

fn money(value: &Value, currency: Currency) -> Option<Money> {
    Money::from_decimal(value.to_string().parse().unwrap(), currency).ok()
}

fn package_of(package: &Value, id: String, currency: Currency) -> SellerPackage {
    SellerPackage {
        seller_package_id: id,
        our_package_id: PackageId::parse(package["context"]["package_id"].as_str().unwrap()),
        product_id: Some(ProductId(
            package["product_id"].as_str().unwrap().to_owned(),
        )),
        budget: money(&package["budget"], currency),
        paused: false,
        canceled: false,
        bid: None,
        end: Some(package["end_time"].as_str().unwrap().parse().unwrap()),
    }
}
