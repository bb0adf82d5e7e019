//! The discovery session: what sellers offered, and the products selected from it. It owns the
//! selection (decision 13): product, agent, pricing option, budget and bid.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::creative::FormatId;
use crate::error::{Code, Violation};
use crate::ids::{AdvertiserId, AgentId, CampaignId, DiscoveryId, ProductId, ProductKey};
use crate::money::{Currency, Money};
use crate::words::words;

/// How a product is priced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricingOption {
    /// The seller's id of it.
    pub id: String,
    /// cpm, vcpm, cpc, cpcv, cpv, cpp, cpa, flat_rate or time; a seller's newer word is kept.
    pub model: String,
    /// Currency code; one that we cannot hold money in cannot be selected.
    pub currency: String,
    /// The price, in major units, where it is fixed.
    pub fixed_price: Option<Decimal>,
    /// The least bid, in major units, where it is an auction.
    pub floor_price: Option<Decimal>,
    /// The least money per package, in major units.
    pub min_spend_per_package: Option<Decimal>,
}

impl PricingOption {
    /// Whether the price is fixed; else a bid is needed.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        self.fixed_price.is_some() || self.floor_price.is_none()
    }
}

/// A product that a sales agent offers in this session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Who offers it, and its id there.
    pub key: ProductKey,
    /// The agent's name.
    pub agent_name: String,
    /// Its name.
    pub name: String,
    /// What the seller says of it.
    pub description: String,
    /// Channels, as the seller names them.
    pub channels: Vec<String>,
    /// guaranteed or non_guaranteed, as the seller says.
    pub delivery_type: Option<String>,
    /// Formats it accepts.
    pub formats: Vec<FormatId>,
    /// How it can be bought; at least one for a product that can be selected.
    pub pricing_options: Vec<PricingOption>,
    /// Domains of the publishers it runs on.
    pub publishers: Vec<String>,
    /// Why it fits the brief, in the seller's words.
    pub brief_relevance: Option<String>,
    /// How often its seller can report its delivery by itself; empty where it cannot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub report_webhooks: Vec<ReportFrequency>,
}

words! {
    /// How often a seller reports delivery by itself. Monthly reports come too late to act on.
    pub enum ReportFrequency {
        /// Every hour.
        Hourly = "hourly",
        /// Every day.
        Daily = "daily",
    }
}

/// An agent that could not answer in this session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncompleteAgent {
    /// Who.
    pub agent_id: AgentId,
    /// Its name.
    pub agent_name: String,
    /// Stable code of what happened.
    pub code: String,
    /// What happened, in a sentence.
    pub message: String,
}

/// When an agent was asked in a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedAgent {
    /// Who.
    pub agent_id: AgentId,
    /// Its name then.
    pub agent_name: String,
    /// When it was asked last.
    pub at: DateTime<Utc>,
}

/// What sellers said when some of them were asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Who was asked.
    pub asked: Vec<AskedAgent>,
    /// What they offer.
    pub offers: Vec<Offer>,
    /// Who of them could not answer.
    pub incomplete: Vec<IncompleteAgent>,
}

/// A product the planner chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelectedProduct {
    /// Its identity in the selection (decision 13).
    pub key: ProductKey,
    /// The agent's name, for people.
    pub agent_name: String,
    /// The product's name, for people.
    pub name: String,
    /// How it will be bought.
    pub pricing_option_id: String,
    /// Pricing model of that option.
    pub pricing_model: String,
    /// Price of that option where it is fixed, in major units.
    pub fixed_price: Option<Decimal>,
    /// The least money per package that the option asks for.
    pub min_spend_per_package: Option<Decimal>,
    /// Formats the product accepts.
    pub formats: Vec<FormatId>,
    /// Its money; none takes an even share of what is left at execute (decision 8).
    pub budget: Option<Money>,
    /// Bid, in major units of the budget's currency; for auction products.
    pub bid: Option<Decimal>,
    /// When it was selected; selecting it anew lets it be bought again (decision 16).
    pub selected_at: DateTime<Utc>,
}

/// What was asked of the sellers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscoveryQuery {
    /// Free text; without it the sellers' whole catalogue is asked for.
    pub brief: Option<String>,
    /// Channels to keep.
    pub channels: Vec<String>,
    /// Countries to keep, ISO 3166-1 alpha-2.
    pub countries: Vec<String>,
    /// Money at hand.
    pub budget: Option<Money>,
    /// First and last day.
    pub days: Option<crate::flight::DayRange>,
}

/// One search over all agents and what was selected from it; bound to at most one campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscoverySession {
    /// Its id.
    pub id: DiscoveryId,
    /// Whose it is.
    pub advertiser_id: AdvertiserId,
    /// The campaign it is bound to.
    pub campaign_id: Option<CampaignId>,
    /// What was asked.
    pub query: DiscoveryQuery,
    /// What was offered, by agent in the order of registration.
    pub offers: Vec<Offer>,
    /// Who could not answer.
    pub incomplete: Vec<IncompleteAgent>,
    /// Who was asked, in the order of registration; empty in a session older than this member.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<AskedAgent>,
    /// What was chosen, in the order of choosing.
    pub selection: Vec<SelectedProduct>,
    /// Moves with every change.
    pub revision: u64,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A wish to select one product; what is left out is looked up where only one answer fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The product.
    pub product_id: ProductId,
    /// Who sells it; may be left out where only one agent of the session offers the id.
    pub agent_id: Option<AgentId>,
    /// How to buy it; may be left out where the product has one option.
    pub pricing_option_id: Option<String>,
    /// Its money.
    pub budget: Option<Money>,
    /// Bid in major units.
    pub bid: Option<Decimal>,
}

impl DiscoverySession {
    /// The most offers a session keeps, our choice: what one page can still browse.
    pub const MAX_OFFERS: usize = 2_000;

    /// Takes what sellers said. Who was not asked keeps what was known of it, as long as it is
    /// among `in_use`; who could not answer keeps what it offered before.
    pub fn take_found(&mut self, found: Found, in_use: &[AgentId]) {
        let Found {
            asked,
            offers,
            incomplete,
        } = found;
        let answered = |agent: &AgentId| {
            asked.iter().any(|one| one.agent_id == *agent)
                && incomplete.iter().all(|one| one.agent_id != *agent)
        };
        self.offers.retain(|offer| {
            let agent = &offer.key.agent_id;
            in_use.contains(agent) && !answered(agent)
        });
        self.offers.extend(offers);
        let was_asked = |agent: &AgentId| asked.iter().any(|one| one.agent_id == *agent);
        self.incomplete
            .retain(|one| in_use.contains(&one.agent_id) && !was_asked(&one.agent_id));
        self.incomplete.extend(incomplete);
        self.asked
            .retain(|one| in_use.contains(&one.agent_id) && !was_asked(&one.agent_id));
        self.asked.extend(asked);
        let place = |agent: &AgentId| in_use.iter().position(|one| one == agent);
        self.offers.sort_by_key(|offer| place(&offer.key.agent_id));
        self.offers.truncate(Self::MAX_OFFERS);
        self.incomplete.sort_by_key(|one| place(&one.agent_id));
        self.asked.sort_by_key(|one| place(&one.agent_id));
    }

    /// How often the seller of some products can report on all of them by itself, the more often
    /// the better; `None` where it cannot, or they are not among the offers.
    #[must_use]
    pub fn report_frequency<'a>(
        &self,
        products: impl Iterator<Item = &'a ProductKey> + Clone,
    ) -> Option<ReportFrequency> {
        products.clone().next()?;
        let offers = |key: &ProductKey, frequency| {
            let mut offers = self.offers.iter();
            offers.any(|offer| offer.key == *key && offer.report_webhooks.contains(&frequency))
        };
        ReportFrequency::ALL
            .iter()
            .copied()
            .find(|frequency| products.clone().all(|key| offers(key, *frequency)))
    }

    /// Selects products; one that is selected already takes the new option, budget and bid and
    /// keeps its place and time.
    ///
    /// # Errors
    /// Every violation, with paths `products[i].…`; nothing is selected then.
    pub fn select(
        &mut self,
        choices: &[Choice],
        currency: Currency,
        now: DateTime<Utc>,
    ) -> Result<(), Vec<Violation>> {
        let mut chosen: Vec<SelectedProduct> = Vec::new();
        let mut violations = Vec::new();
        for (index, choice) in choices.iter().enumerate() {
            match self.resolve(choice, currency, now) {
                Ok(product) if chosen.iter().any(|other| other.key == product.key) => violations
                    .push(Violation::new(
                        format!("products[{index}].productId"),
                        Code::Duplicate,
                        format!("`{}` stands here twice", product.key.product_id),
                    )),
                Ok(product) => chosen.push(product),
                Err(violation) => violations.push(violation.under(&format!("products[{index}]"))),
            }
        }
        if !violations.is_empty() {
            return Err(violations);
        }
        for product in chosen {
            match self
                .selection
                .iter_mut()
                .find(|present| present.key == product.key)
            {
                Some(present) => {
                    let selected_at = present.selected_at;
                    *present = SelectedProduct {
                        selected_at,
                        ..product
                    };
                }
                None => self.selection.push(product),
            }
        }
        self.revision += 1;
        self.updated_at = now;
        Ok(())
    }

    /// Takes products out of the selection.
    ///
    /// # Errors
    /// One violation per product that is not selected; nothing is removed then.
    pub fn deselect(
        &mut self,
        keys: &[ProductKey],
        now: DateTime<Utc>,
    ) -> Result<(), Vec<Violation>> {
        let violations: Vec<_> = keys
            .iter()
            .enumerate()
            .filter(|(_, key)| !self.selection.iter().any(|product| product.key == **key))
            .map(|(index, key)| {
                Violation::new(
                    format!("products[{index}].productId"),
                    Code::NotFound,
                    format!("`{}` is not selected from this agent", key.product_id),
                )
            })
            .collect();
        if !violations.is_empty() {
            return Err(violations);
        }
        self.selection
            .retain(|product| !keys.contains(&product.key));
        self.revision += 1;
        self.updated_at = now;
        Ok(())
    }

    fn resolve(
        &self,
        choice: &Choice,
        currency: Currency,
        now: DateTime<Utc>,
    ) -> Result<SelectedProduct, Violation> {
        let mut offers = self.offers.iter().filter(|offer| {
            offer.key.product_id == choice.product_id
                && choice
                    .agent_id
                    .as_ref()
                    .is_none_or(|agent| *agent == offer.key.agent_id)
        });
        let Some(offer) = offers.next() else {
            return Err(Violation::new(
                "productId",
                Code::NotFound,
                format!("`{}` is not offered in this session", choice.product_id),
            ));
        };
        if offers.next().is_some() {
            return Err(Violation::new(
                "salesAgentId",
                Code::Ambiguous,
                format!("several agents offer `{}`: say which", choice.product_id),
            ));
        }
        let option = match &choice.pricing_option_id {
            Some(id) => offer
                .pricing_options
                .iter()
                .find(|option| option.id == *id)
                .ok_or_else(|| {
                    Violation::new(
                        "pricingOptionId",
                        Code::NotFound,
                        format!("`{}` has no pricing option `{id}`", offer.name),
                    )
                })?,
            None => match offer.pricing_options.as_slice() {
                [only] => only,
                [] => {
                    return Err(Violation::new(
                        "productId",
                        Code::NotFound,
                        format!(
                            "`{}` has no pricing option and cannot be bought",
                            offer.name
                        ),
                    ));
                }
                _ => {
                    return Err(Violation::new(
                        "pricingOptionId",
                        Code::Ambiguous,
                        format!("`{}` has several pricing options: say which", offer.name),
                    ));
                }
            },
        };
        if option.currency != currency.code() {
            return Err(Violation::new(
                "pricingOptionId",
                Code::CurrencyMismatch,
                format!(
                    "expected a price in {currency}, got one in `{}`",
                    option.currency
                ),
            ));
        }
        let bid = check_bid(option, choice.bid)?;
        Ok(SelectedProduct {
            key: offer.key.clone(),
            agent_name: offer.agent_name.clone(),
            name: offer.name.clone(),
            pricing_option_id: option.id.clone(),
            pricing_model: option.model.clone(),
            fixed_price: option.fixed_price,
            min_spend_per_package: option.min_spend_per_package,
            formats: offer.formats.clone(),
            budget: choice.budget,
            bid,
            selected_at: now,
        })
    }
}

fn check_bid(option: &PricingOption, bid: Option<Decimal>) -> Result<Option<Decimal>, Violation> {
    match (option.is_fixed(), bid) {
        (true, None) => Ok(None),
        (true, Some(_)) => Err(Violation::new(
            "bidPrice",
            Code::NotAllowedHere,
            "a bid is only for auction prices, and this price is fixed",
        )),
        (false, None) => Err(Violation::new(
            "bidPrice",
            Code::BidRequired,
            "an auction price needs a bid",
        )),
        (false, Some(bid)) => match option.floor_price {
            Some(floor) if bid < floor => Err(Violation::new(
                "bidPrice",
                Code::TooSmall,
                format!("expected a bid of at least {floor}, got {bid}"),
            )
            .with("minimum", floor.to_string())),
            _ => Ok(Some(bid)),
        },
    }
}
