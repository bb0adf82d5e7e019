//! A seller that keeps a book, does with a purchase what it was told, and changes what it holds
//! when told so.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use flighting_core::execution::{Answer, SellerBuy, SellerPackage, Silence, WishAnswer};
use flighting_core::flight::DayRange;
use flighting_core::ids::{AgentId, MediaBuyId, PackageId, ProductId, ProductKey};
use flighting_core::media_buy::{Recovery, SellerBuyStatus, SellerError, Wish};
use flighting_core::money::{Currency, Money};
use flighting_core::selection::{DiscoveryQuery, Offer, PricingOption};
use flighting_server::adcp::{
    AccountNeed, AccountRef, AnswerRequest, Answered, BuyFigures, Buyer, CallFailure, Capabilities,
    Dialect, FailureKind, Placed, RawExchange, Reading, SalesAgent, SeenBuy, Told, Which,
    WishRequest,
};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::Instant;

/// What a seller does with a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Temper {
    /// Says yes, it runs.
    Runs,
    /// Says yes, it runs later.
    Schedules,
    /// Books it without commitment yet.
    Waits,
    /// Books it, and the answer is lost.
    Silent,
    /// The request is lost on the way, and nobody knows.
    Loses,
    /// Says no.
    Rejects,
    /// Cannot be reached: nothing leaves us.
    Away,
}

impl Temper {
    pub const ALL: [Self; 7] = [
        Self::Runs,
        Self::Schedules,
        Self::Waits,
        Self::Silent,
        Self::Loses,
        Self::Rejects,
        Self::Away,
    ];
}

/// A buy in the book.
#[derive(Debug, Clone)]
pub struct Entry {
    pub key: String,
    pub ours: MediaBuyId,
    pub status: SellerBuyStatus,
    pub confirmed: bool,
    /// What it goes back to when it is resumed.
    pub runs_as: SellerBuyStatus,
    packages: Vec<SellerPackage>,
    revision: u64,
    number: usize,
}

impl Entry {
    fn told(&self) -> SellerBuy {
        SellerBuy {
            media_buy_id: format!("s{}", self.number),
            status: self.status.clone(),
            confirmed: self.confirmed,
            revision: Some(self.revision),
            valid_actions: Vec::new(),
            packages: Some(self.packages.clone()),
            message: None,
            creatives: Default::default(),
            end: None,
        }
    }
}

#[derive(Debug)]
struct Inside {
    temper: Temper,
    entries: Vec<Entry>,
}

/// The seller.
#[derive(Debug)]
pub struct Book {
    id: AgentId,
    inside: Mutex<Inside>,
}

pub const PRODUCTS: [&str; 2] = ["display", "video"];

impl Book {
    pub fn open(id: AgentId) -> Arc<Self> {
        Arc::new(Self {
            id,
            inside: Mutex::new(Inside {
                temper: Temper::Runs,
                entries: Vec::new(),
            }),
        })
    }

    pub fn set_temper(&self, temper: Temper) {
        self.inside.lock().unwrap().temper = temper;
    }

    /// What it holds of a buy of ours.
    pub fn entries_of(&self, ours: &str) -> Vec<Entry> {
        let inside = self.inside.lock().unwrap();
        let of = |entry: &&Entry| entry.ours.as_str() == ours;
        inside.entries.iter().filter(of).cloned().collect()
    }

    /// Changes what it holds of a buy of ours.
    pub fn change(&self, ours: &str, status: SellerBuyStatus) {
        let mut inside = self.inside.lock().unwrap();
        for entry in &mut inside.entries {
            if entry.ours.as_str() == ours {
                entry.status = status.clone();
                entry.confirmed = true;
                entry.revision += 1;
            }
        }
    }

    fn book(&self, arguments: &RawValue, currency: Currency, temper: Temper) -> SellerBuy {
        let request: Value = serde_json::from_str(arguments.get()).unwrap();
        let key = request["idempotency_key"].as_str().unwrap().to_owned();
        let mut inside = self.inside.lock().unwrap();
        if let Some(known) = inside.entries.iter().find(|entry| entry.key == key) {
            return known.told();
        }
        let number = inside.entries.len() + 1;
        let packages = request["packages"].as_array().unwrap();
        let packages = packages
            .iter()
            .enumerate()
            .map(|(index, package)| SellerPackage {
                seller_package_id: format!("s{number}-{index}"),
                our_package_id: PackageId::parse(
                    package["context"]["package_id"].as_str().unwrap(),
                ),
                product_id: Some(ProductId(
                    package["product_id"].as_str().unwrap().to_owned(),
                )),
                budget: Money::from_decimal(
                    package["budget"].to_string().parse().unwrap(),
                    currency,
                )
                .ok(),
                paused: false,
                canceled: false,
                bid: None,
                end: None,
            })
            .collect();
        let (status, confirmed) = match temper {
            Temper::Schedules => (SellerBuyStatus::PendingStart, true),
            Temper::Waits => (SellerBuyStatus::PendingStart, false),
            _ => (SellerBuyStatus::Active, true),
        };
        let entry = Entry {
            key,
            ours: MediaBuyId::parse(request["context"]["media_buy_id"].as_str().unwrap()).unwrap(),
            runs_as: if temper == Temper::Schedules {
                SellerBuyStatus::PendingStart
            } else {
                SellerBuyStatus::Active
            },
            status,
            confirmed,
            packages,
            revision: 1,
            number,
        };
        let told = entry.told();
        inside.entries.push(entry);
        told
    }
}

fn no(code: &str, recovery: Recovery) -> SellerError {
    SellerError {
        code: code.to_owned(),
        message: "the seller says no".to_owned(),
        field: None,
        suggestion: None,
        recovery: Some(recovery),
        retry_after_s: None,
    }
}

fn raw(task: &str) -> RawExchange {
    RawExchange {
        task: task.to_owned(),
        request: Value::Null,
        response: None,
        http_status: None,
        took_ms: 0,
    }
}

#[async_trait]
impl SalesAgent for Book {
    async fn capabilities(&self, _: Instant) -> Told<Capabilities> {
        Ok(Capabilities {
            dialect: Dialect::OPENING,
            supported_versions: vec!["3.1".to_owned()],
            protocols: vec!["media_buy".to_owned()],
            specialisms: Vec::new(),
            replay_ttl_s: Some(604_800),
            require_operator_auth: false,
            supported_billing: Vec::new(),
            pricing_models: Vec::new(),
            signing: Default::default(),
        })
    }

    async fn account(&self, _: &Capabilities, need: &AccountNeed, _: Instant) -> Told<AccountRef> {
        Ok(need.natural())
    }

    async fn products(
        &self,
        _: Dialect,
        _: &str,
        _: Option<&AccountRef>,
        _: &DiscoveryQuery,
        _: Instant,
    ) -> Told<Vec<Offer>> {
        let offer = |product: &&str| Offer {
            key: ProductKey {
                agent_id: self.id.clone(),
                product_id: ProductId((*product).to_owned()),
            },
            agent_name: "Book".to_owned(),
            name: (*product).to_owned(),
            description: String::new(),
            channels: vec!["display".to_owned()],
            delivery_type: None,
            formats: Vec::new(),
            pricing_options: vec![PricingOption {
                id: "fixed".to_owned(),
                model: "cpm".to_owned(),
                currency: "USD".to_owned(),
                fixed_price: Some("5".parse().unwrap()),
                floor_price: None,
                min_spend_per_package: None,
            }],
            publishers: Vec::new(),
            brief_relevance: None,
        };
        Ok(PRODUCTS.iter().map(offer).collect())
    }

    async fn create(&self, arguments: &RawValue, currency: Currency, _: Instant) -> Placed {
        let temper = self.inside.lock().unwrap().temper;
        let silent = || {
            Answer::Silent(Silence {
                message: "no answer".to_owned(),
                seller_media_buy_id: None,
            })
        };
        let (answer, error) = match temper {
            Temper::Runs | Temper::Schedules | Temper::Waits => (
                Answer::Accepted(self.book(arguments, currency, temper)),
                None,
            ),
            Temper::Silent => {
                self.book(arguments, currency, temper);
                (silent(), None)
            }
            Temper::Loses => (silent(), None),
            Temper::Rejects => {
                let error = no("POLICY_VIOLATION", Recovery::Terminal);
                (Answer::Rejected(error.clone()), Some(error))
            }
            Temper::Away => {
                let error = no("not_sent", Recovery::Transient);
                (Answer::Failed(error.clone()), Some(error))
            }
        };
        // Others get their turn, so that concurrent commands truly mix.
        tokio::task::yield_now().await;
        Placed {
            reading: Reading {
                answer,
                error,
                served_version: None,
            },
            raw: raw("create_media_buy"),
        }
    }

    async fn answer(&self, _: AnswerRequest<'_>, _: Currency, _: Instant) -> Answered {
        Answered::NotTaken {
            error: no("not_sent", Recovery::Transient),
            raw: raw("create_media_buy"),
        }
    }

    async fn change(&self, _: &RawValue, _: Currency, _: Instant) -> Placed {
        unreachable!("nobody changes a buy")
    }

    async fn task(&self, _: &Buyer, _: &str, _: Currency, _: Instant) -> Told<Reading> {
        Err(CallFailure::new(
            FailureKind::TurnedAway,
            "this seller has no tasks",
            None,
        ))
    }

    async fn media_buys(
        &self,
        _: &Buyer,
        which: Which<'_>,
        _: Currency,
        _: Instant,
    ) -> Told<Vec<SeenBuy>> {
        tokio::task::yield_now().await;
        let inside = self.inside.lock().unwrap();
        Ok(inside
            .entries
            .iter()
            .map(|entry| SeenBuy {
                buy: entry.told(),
                our_media_buy_id: Some(entry.ours.clone()),
                is_impaired: false,
            })
            .filter(|seen| match which {
                Which::Ids(ids) => ids.contains(&seen.buy.media_buy_id),
                Which::All => true,
            })
            .collect())
    }

    async fn ask(
        &self,
        _: &Buyer,
        request: WishRequest<'_>,
        _: Instant,
    ) -> (WishAnswer, Option<RawExchange>) {
        tokio::task::yield_now().await;
        let mut inside = self.inside.lock().unwrap();
        let entry = inside
            .entries
            .iter_mut()
            .find(|entry| format!("s{}", entry.number) == request.seller_buy_id);
        let answer = match entry {
            Some(entry)
                if entry.confirmed
                    && matches!(
                        entry.status,
                        SellerBuyStatus::Active
                            | SellerBuyStatus::PendingStart
                            | SellerBuyStatus::Paused
                    ) =>
            {
                entry.status = match request.wish {
                    Wish::Pause => SellerBuyStatus::Paused,
                    Wish::Resume => entry.runs_as.clone(),
                };
                entry.revision += 1;
                WishAnswer::Confirmed {
                    revision: Some(entry.revision),
                }
            }
            _ => WishAnswer::NotConfirmed(no("INVALID_STATE", Recovery::Correctable)),
        };
        (answer, Some(raw("update_media_buy")))
    }

    async fn delivery(
        &self,
        _: &Buyer,
        _: &[String],
        _: Option<DayRange>,
        _: Currency,
        _: Instant,
    ) -> Told<Vec<BuyFigures>> {
        Ok(Vec::new())
    }
}
