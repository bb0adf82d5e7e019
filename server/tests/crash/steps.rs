//! What a caller does in a round, and how it sees that it is done.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::chance::Chance;
use crate::sellers::Manner;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Execute,
    Pause,
    Reactivate,
    /// Other money for a package of each buy.
    Update,
    /// Less money for packages, and a total that only fits then.
    Lower,
    /// The end of one buy.
    Cancel,
    /// The end of a buy whose seller has not said yes.
    CancelEarly,
    Delete,
}

/// What a round does, so that it comes by the points it is about.
pub fn program(points: &str, chance: &mut Chance) -> Vec<Step> {
    let about = |names: &[&str]| names.iter().any(|name| points.contains(name));
    if about(&["change.held"]) {
        return vec![Step::Execute, Step::CancelEarly, Step::Delete];
    }
    let changes = about(&["update.", "change.", "unanswered.", "delete."]);
    let pauses = about(&["wish.", "refresh."]);
    if changes || (!pauses && chance.one_in(3)) {
        let steps = [Step::Update, Step::Lower, Step::Cancel, Step::Delete];
        return [&[Step::Execute], &steps[..]].concat();
    }
    vec![Step::Execute, Step::Pause, Step::Reactivate]
}

/// Other money for a package, in whole units.
const UPDATED: u64 = 12_345;
const LOWERED: u64 = 9_000;

/// What a step asks of the buys, as it was first asked: asking again says the same.
#[derive(Debug, Default)]
pub struct Wanted {
    /// The package of each buy and its money.
    packages: BTreeMap<String, (String, u64)>,
    total: Option<f64>,
    pub ended: Option<String>,
}

fn buys(campaign: &Value) -> impl Iterator<Item = &Value> {
    campaign["mediaBuys"].as_array().into_iter().flatten()
}

fn id(buy: &Value) -> String {
    buy["mediaBuyId"].as_str().unwrap_or_default().to_owned()
}

fn runs(buy: &Value) -> bool {
    buy["submission"] == "closed" && buy["status"] == "ACTIVE"
}

impl Wanted {
    /// What a step wants of a campaign as it is shown.
    pub fn of(step: Step, campaign: &Value, agents: &BTreeMap<String, Manner>) -> Self {
        let mut wanted = Self::default();
        match step {
            Step::Update | Step::Lower => {
                let (place, money) = match step {
                    Step::Update => (0, UPDATED),
                    _ => (1, LOWERED),
                };
                let mut freed = 0.0;
                for buy in buys(campaign).filter(|buy| runs(buy)) {
                    let package = &buy["packages"][place];
                    let name = package["packageId"].as_str().unwrap_or_default();
                    freed += package["budget"].as_f64().unwrap_or(0.0) - money as f64;
                    wanted.packages.insert(id(buy), (name.to_owned(), money));
                }
                if step == Step::Lower {
                    let allocated = campaign["allocatedBudget"].as_f64().unwrap_or(0.0);
                    wanted.total = Some(((allocated - freed) * 100.0).round() / 100.0);
                }
            }
            Step::Cancel => {
                wanted.ended = buys(campaign).find(|buy| runs(buy)).map(id);
            }
            Step::CancelEarly => {
                let sound = |buy: &&Value| {
                    let agent = buy["salesAgentId"].as_str().unwrap_or_default();
                    agents.get(agent) == Some(&Manner::Sound)
                };
                wanted.ended = buys(campaign).find(sound).map(id);
            }
            Step::Execute | Step::Pause | Step::Reactivate | Step::Delete => {}
        }
        wanted
    }

    /// The body that asks for what is not so yet.
    pub fn body(&self, campaign: &Value) -> Value {
        if let Some(ended) = &self.ended {
            return json!({"mediaBuys": [{"mediaBuyId": ended, "action": "cancel"}]});
        }
        let open: Vec<Value> = buys(campaign)
            .filter(|buy| !self.has(buy))
            .filter_map(|buy| {
                let (package, money) = self.packages.get(&id(buy))?;
                let package = json!({"packageId": package, "budget": money});
                Some(json!({"mediaBuyId": id(buy), "packages": [package]}))
            })
            .collect();
        let mut body = json!({"mediaBuys": open});
        if let Some(total) = self.total {
            body["budget"] = json!({"total": total});
        }
        body
    }

    fn has(&self, buy: &Value) -> bool {
        let Some((package, money)) = self.packages.get(&id(buy)) else {
            return true;
        };
        let mut packages = buy["packages"].as_array().into_iter().flatten();
        packages.any(|shown| {
            shown["packageId"] == **package && shown["budget"].as_f64() == Some(*money as f64)
        })
    }

    /// Whether a campaign shows all of it.
    pub fn is_done(&self, step: Step, campaign: &Value) -> bool {
        match step {
            Step::Update | Step::Lower => {
                let total = &campaign["budget"]["total"];
                buys(campaign).all(|buy| self.has(buy))
                    && campaign["pendingPlan"].is_null()
                    && self
                        .total
                        .is_none_or(|wanted| total.as_f64() == Some(wanted))
            }
            Step::Cancel | Step::CancelEarly => buys(campaign)
                .filter(|buy| Some(id(buy)) == self.ended)
                .all(|buy| buy["status"] == "CANCELED"),
            Step::Delete => campaign["status"] == "ARCHIVED",
            Step::Execute | Step::Pause | Step::Reactivate => true,
        }
    }
}

/// What a person says of a buy that waits for one, after a look into the seller's books; the body.
/// `held` is what the seller holds of it: its id there and its money in cents.
pub fn told_by_a_person(buy: &Value, held: Option<(&str, i64)>) -> Value {
    let link = |id: &str| json!({"action": "link", "sellerMediaBuyId": id});
    let release = json!({"action": "release"});
    let Some((seller_id, cents)) = held else {
        return release;
    };
    if buy["submission"] == "silent" {
        return link(seller_id);
    }
    let proposed = buy["pendingChange"]["differences"]["budget"]["proposed"].as_f64();
    let proposed = proposed.map(|amount| (amount * 100.0).round() as i64);
    if proposed == Some(cents) {
        link(seller_id)
    } else {
        release
    }
}
