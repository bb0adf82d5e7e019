//! Changes of a live media buy as they are typed: budget, bid and pacing of its packages, and why.
//! What of it reads is said by core's reader; what may be asked of the seller by the server.

use flighting_core::campaign::Campaign;
use flighting_core::error::Violation;
use flighting_core::media_buy::PackageStatus;
use flighting_core::wire::Json;
use flighting_core::wire::campaign::read_update;
use flighting_core::wire::media_buy::{MediaBuyOut, PackageOut};
use serde::{Deserialize, Serialize};

use super::{figure, object, text, word};
use crate::format;

/// What is typed for one package; empty where nothing other than what it has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageForm {
    /// Its money.
    pub budget: Option<String>,
    /// Its bid.
    pub bid: Option<String>,
    /// How it spends, as a word of the wire.
    pub pacing: Option<String>,
}

/// What is typed for one buy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuyForm {
    /// By package id.
    pub packages: Vec<(String, PackageForm)>,
    /// Why, for whoever reads the history.
    pub reason: String,
}

/// A value that would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is about.
    pub name: String,
    /// As it is.
    pub before: String,
    /// As typed.
    pub after: String,
}

/// Which value of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Its money.
    Budget,
    /// Its bid.
    Bid,
    /// How it spends.
    Pacing,
}

impl Value {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 3] = [Self::Budget, Self::Bid, Self::Pacing];

    /// Its member in a package's update.
    #[must_use]
    pub fn member(self) -> &'static str {
        match self {
            Self::Budget => "budget",
            Self::Bid => "bidPrice",
            Self::Pacing => "pacing",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Budget => "Budget",
            Self::Bid => "Bid",
            Self::Pacing => "Pacing",
        }
    }

    /// As the package has it, in the form it is typed in.
    #[must_use]
    pub fn live(self, package: &PackageOut) -> String {
        match self {
            Self::Budget => format::typed(package.budget),
            Self::Bid => package
                .bid_price
                .map(|bid| bid.to_decimal().normalize().to_string())
                .unwrap_or_default(),
            Self::Pacing => package.pacing.as_str().to_owned(),
        }
    }

    fn slot(self, form: &mut PackageForm) -> &mut Option<String> {
        match self {
            Self::Budget => &mut form.budget,
            Self::Bid => &mut form.bid,
            Self::Pacing => &mut form.pacing,
        }
    }

    fn typed(self, form: &PackageForm) -> Option<&String> {
        match self {
            Self::Budget => form.budget.as_ref(),
            Self::Bid => form.bid.as_ref(),
            Self::Pacing => form.pacing.as_ref(),
        }
    }
}

/// Whether a package can take other values at all: it has not ended.
#[must_use]
pub fn takes_changes(package: &PackageOut) -> bool {
    package.status != PackageStatus::Canceled
}

impl BuyForm {
    fn package(&self, id: &str) -> Option<&PackageForm> {
        self.packages
            .iter()
            .find(|(known, _)| known == id)
            .map(|(_, form)| form)
    }

    /// A value as it stands in its field: typed, else live.
    #[must_use]
    pub fn shown(&self, package: &PackageOut, value: Value) -> String {
        self.package(&package.package_id)
            .and_then(|form| value.typed(form).cloned())
            .unwrap_or_else(|| value.live(package))
    }

    /// Types a value; what says the same as the package has is no change.
    pub fn set(&mut self, package: &PackageOut, value: Value, typed: String) {
        let id = &package.package_id;
        let at = self
            .packages
            .iter()
            .position(|(known, _)| known == id)
            .unwrap_or_else(|| {
                self.packages.push((id.clone(), PackageForm::default()));
                self.packages.len() - 1
            });
        if let Some((_, form)) = self.packages.get_mut(at) {
            let same = figure(&typed) == figure(&value.live(package));
            *value.slot(form) = (!same).then_some(typed);
        }
        self.packages
            .retain(|(_, form)| *form != PackageForm::default());
    }

    /// Whether anything would change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    /// The packages with something typed, in the order of the buy, each with its values.
    fn typed<'a>(
        &'a self,
        buy: &'a MediaBuyOut,
    ) -> impl Iterator<Item = (&'a PackageOut, &'a PackageForm)> {
        buy.packages.iter().filter_map(|package| {
            self.package(&package.package_id)
                .map(|form| (package, form))
        })
    }

    /// What would change, value by value.
    #[must_use]
    pub fn differences(&self, buy: &MediaBuyOut) -> Vec<Difference> {
        self.typed(buy)
            .flat_map(|(package, form)| {
                Value::ALL.into_iter().filter_map(move |value| {
                    Some(Difference {
                        name: format!("{} of {}", value.words(), called(package)),
                        before: value.live(package),
                        after: value.typed(form)?.trim().to_owned(),
                    })
                })
            })
            .collect()
    }

    /// The body of the update that asks the seller for it.
    #[must_use]
    pub fn body(&self, buy: &MediaBuyOut, revision: u64) -> Json {
        let packages = self
            .typed(buy)
            .map(|(package, form)| {
                let given = |value: Value, read: fn(&str) -> Option<Json>| {
                    value
                        .typed(form)
                        .map(|typed| read(typed).unwrap_or(Json::Null))
                };
                object([
                    ("packageId", Some(word(&package.package_id))),
                    ("budget", given(Value::Budget, figure)),
                    ("bidPrice", given(Value::Bid, figure)),
                    ("pacing", given(Value::Pacing, text)),
                ])
            })
            .collect();
        acting(
            buy,
            revision,
            [
                ("packages", Some(Json::List(packages))),
                ("updated_reason", text(&self.reason)),
            ],
        )
    }

    /// Where a value stands in that body, as violations name it.
    #[must_use]
    pub fn path(&self, buy: &MediaBuyOut, package: &str, value: Value) -> String {
        let at = self
            .typed(buy)
            .position(|(one, _)| one.package_id == package);
        match at {
            Some(at) => format!("mediaBuys[0].packages[{at}].{}", value.member()),
            None => format!("{package}.{}", value.member()),
        }
    }

    /// Everything wrong with what is typed that can be said without the seller.
    #[must_use]
    pub fn violations(&self, buy: &MediaBuyOut, campaign: &Campaign) -> Vec<Violation> {
        if self.is_empty() {
            return Vec::new();
        }
        read_update(&self.body(buy, 1), campaign)
            .err()
            .unwrap_or_default()
    }
}

fn called(package: &PackageOut) -> String {
    match &package.pacing_period {
        Some(period) => format!("{}, {}", package.product_name, period.label),
        None => package.product_name.clone(),
    }
}

/// The update of a campaign that acts on one buy, with further members of the action.
fn acting<const N: usize>(
    buy: &MediaBuyOut,
    revision: u64,
    members: [(&str, Option<Json>); N],
) -> Json {
    let mut action = vec![("mediaBuyId".to_owned(), word(&buy.media_buy_id))];
    action.extend(
        members
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| (name.to_owned(), value))),
    );
    let revision = i64::try_from(revision).unwrap_or(i64::MAX);
    object([
        ("mediaBuys", Some(Json::List(vec![Json::Object(action)]))),
        ("expectedRevision", Some(Json::Number(revision.into()))),
    ])
}

/// The update that pauses a buy by itself, or lets it run again.
#[must_use]
pub fn pause_body(buy: &MediaBuyOut, paused: bool, revision: u64) -> Json {
    acting(buy, revision, [("paused", Some(Json::Bool(paused)))])
}

/// The update that ends a buy at its seller; the seller is told why.
#[must_use]
pub fn cancel_body(buy: &MediaBuyOut, reason: &str, revision: u64) -> Json {
    acting(
        buy,
        revision,
        [("action", Some(word("cancel"))), ("reason", text(reason))],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::known;
    use crate::forms::testing::{advertiser, executed};

    fn typed(texts: &[(Value, &str)]) -> (MediaBuyOut, BuyForm, Campaign) {
        let out = executed();
        let draft = known::draft(&out, &advertiser()).unwrap();
        let buy = out.media_buys[0].clone();
        let mut form = BuyForm::default();
        for (value, text) in texts {
            form.set(&buy.packages[1], *value, (*text).to_owned());
        }
        (buy, form, draft)
    }

    #[test]
    fn only_what_differs_is_asked_for_and_named() {
        let (buy, form, draft) = typed(&[(Value::Budget, "1,250.50"), (Value::Pacing, "asap")]);
        let live = Value::Budget.live(&buy.packages[1]);
        let said: Vec<_> = form
            .differences(&buy)
            .into_iter()
            .map(|one| (one.name, one.before, one.after))
            .collect();
        let called = called(&buy.packages[1]);
        assert_eq!(
            said,
            [
                (format!("Budget of {called}"), live, "1,250.50".to_owned()),
                (
                    format!("Pacing of {called}"),
                    "even".to_owned(),
                    "asap".to_owned()
                ),
            ]
        );
        assert_eq!(form.violations(&buy, &draft), []);
        let body = serde_json::to_string(&form.body(&buy, 7)).unwrap();
        assert_eq!(
            body,
            format!(
                r#"{{"mediaBuys":[{{"mediaBuyId":"{}","packages":[{{"packageId":"{}","budget":"1250.50","pacing":"asap"}}]}}],"expectedRevision":7}}"#,
                buy.media_buy_id, buy.packages[1].package_id
            )
        );
    }

    #[test]
    fn what_says_the_same_is_no_change() {
        let (buy, mut form, _) = typed(&[(Value::Budget, "1")]);
        assert!(!form.is_empty());
        let live = Value::Budget.live(&buy.packages[1]);
        form.set(&buy.packages[1], Value::Budget, format!(" {live} "));
        assert!(form.is_empty());
    }

    #[test]
    fn what_does_not_read_stays_with_its_reason_at_its_field() {
        let (buy, form, draft) = typed(&[(Value::Budget, "12x")]);
        let wrong = form.violations(&buy, &draft);
        let path = form.path(&buy, &buy.packages[1].package_id, Value::Budget);
        assert_eq!((wrong.len(), wrong[0].path.as_str()), (1, path.as_str()));
        assert_eq!(form.shown(&buy.packages[1], Value::Budget), "12x");
        // An emptied field is no zero.
        let (buy, form, draft) = typed(&[(Value::Budget, "")]);
        assert_eq!(form.violations(&buy, &draft).len(), 1);
    }

    #[test]
    fn pausing_and_canceling_name_one_buy() {
        let buy = executed().media_buys[0].clone();
        let said = |json: Json| serde_json::to_string(&json).unwrap();
        let id = &buy.media_buy_id;
        assert_eq!(
            said(pause_body(&buy, true, 3)),
            format!(
                r#"{{"mediaBuys":[{{"mediaBuyId":"{id}","paused":true}}],"expectedRevision":3}}"#
            )
        );
        assert_eq!(
            said(cancel_body(&buy, " no stock ", 3)),
            format!(
                r#"{{"mediaBuys":[{{"mediaBuyId":"{id}","action":"cancel","reason":"no stock"}}],"expectedRevision":3}}"#
            )
        );
    }
}
