//! The book, asked as a sales agent.

use async_trait::async_trait;
use flighting_core::execution::{Answer, SellerTask, Silence, WishAnswer};
use flighting_core::flight::DayRange;
use flighting_core::ids::{ProductId, ProductKey};
use flighting_core::media_buy::{Recovery, SellerBuyStatus, SellerError, Wish};
use flighting_core::money::Currency;
use flighting_core::selection::{DiscoveryQuery, Offer, PricingOption};
use flighting_server::adcp::{
    AccountNeed, AccountRef, AnswerRequest, Answered, BuyFigures, Buyer, Capabilities, Dialect,
    Placed, RawExchange, Reading, SalesAgent, SeenBuy, Told, Which, WishRequest,
};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::book::{Book, Decision, Manner, PRODUCTS, Temper};

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

fn placed(task: &str, answer: Answer, error: Option<SellerError>) -> Placed {
    Placed {
        reading: Reading {
            answer,
            error,
            served_version: None,
        },
        raw: raw(task),
    }
}

fn silent() -> Answer {
    Answer::Silent(Silence {
        message: "no answer".to_owned(),
        seller_media_buy_id: None,
    })
}

fn refused(code: &str, recovery: Recovery) -> (Answer, Option<SellerError>) {
    let error = no(code, recovery);
    (Answer::Rejected(error.clone()), Some(error))
}

fn unsent() -> (Answer, Option<SellerError>) {
    let error = no("not_sent", Recovery::Transient);
    (Answer::Failed(error.clone()), Some(error))
}

fn task(id: &str, status: &str) -> SellerTask {
    SellerTask {
        task_id: Some(id.to_owned()),
        status: status.to_owned(),
        message: None,
        open: None,
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
            report_webhooks: Vec::new(),
        };
        Ok(PRODUCTS.iter().map(offer).collect())
    }

    async fn create(&self, arguments: &RawValue, currency: Currency, _: Instant) -> Placed {
        let request: Value = serde_json::from_str(arguments.get()).unwrap();
        let (answer, error) = {
            let mut pages = self.pages();
            let temper = pages.temper;
            match temper {
                Temper::Runs | Temper::Schedules | Temper::Waits => {
                    let entry = pages.book(&request, currency, temper);
                    (Answer::Accepted(entry.told()), None)
                }
                Temper::Thinks => {
                    let id = pages.think(request, currency);
                    (Answer::Waiting(task(&id, "submitted")), None)
                }
                Temper::Silent => {
                    pages.book(&request, currency, temper);
                    (silent(), None)
                }
                Temper::Loses => (silent(), None),
                Temper::Rejects => refused("POLICY_VIOLATION", Recovery::Terminal),
                Temper::Away => unsent(),
            }
        };
        // Others get their turn, so that concurrent commands truly mix.
        tokio::task::yield_now().await;
        placed("create_media_buy", answer, error)
    }

    async fn answer(&self, _: AnswerRequest<'_>, _: Currency, _: Instant) -> Answered {
        Answered::NotTaken {
            error: no("not_sent", Recovery::Transient),
            raw: raw("create_media_buy"),
        }
    }

    async fn change(&self, arguments: &RawValue, _: Currency, _: Instant) -> Placed {
        let request: Value = serde_json::from_str(arguments.get()).unwrap();
        let key = request["idempotency_key"].as_str().unwrap().to_owned();
        let (answer, error) = {
            let mut pages = self.pages();
            let manner = pages.manner;
            let known = pages.changes.get(&key).cloned();
            let entry = pages
                .entries
                .iter_mut()
                .find(|entry| request["media_buy_id"] == entry.id())
                .unwrap();
            let stale = request["revision"]
                .as_u64()
                .is_some_and(|sent| sent != entry.revision);
            match (manner, known) {
                (Manner::Loses, _) => (silent(), None),
                (Manner::Away, _) => unsent(),
                (_, Some(known)) => (Answer::Accepted(known), None),
                _ if stale => (silent(), Some(no("CONFLICT", Recovery::Correctable))),
                _ if entry.is_over() => refused("INVALID_STATE", Recovery::Correctable),
                (Manner::Refuses, None) => refused("ACTION_NOT_ALLOWED", Recovery::Correctable),
                (Manner::Yields | Manner::Swallows, None) => {
                    entry.apply(&request);
                    let told = entry.told();
                    pages.changes.insert(key, told.clone());
                    match manner {
                        Manner::Swallows => (silent(), None),
                        _ => (Answer::Accepted(told), None),
                    }
                }
            }
        };
        tokio::task::yield_now().await;
        placed("update_media_buy", answer, error)
    }

    async fn task(&self, _: &Buyer, id: &str, _: Currency, _: Instant) -> Told<Reading> {
        tokio::task::yield_now().await;
        let pages = self.pages();
        let place: usize = id.trim_start_matches('t').parse().unwrap();
        let (answer, error) = match &pages.thoughts[place].decision {
            None => (Answer::Waiting(task(id, "working")), None),
            Some(Decision::Asks) => (Answer::NeedsInput(task(id, "input-required")), None),
            Some(Decision::Yes(number)) => {
                let entry = pages.entries.iter().find(|entry| entry.number == *number);
                (Answer::Accepted(entry.unwrap().told()), None)
            }
            Some(Decision::No) => refused("POLICY_VIOLATION", Recovery::Terminal),
            Some(Decision::CalledOff) => {
                let error = no("CANCELED", Recovery::Terminal);
                (Answer::Canceled(error.clone()), Some(error))
            }
        };
        Ok(placed("tasks_get", answer, error).reading)
    }

    async fn media_buys(
        &self,
        _: &Buyer,
        which: Which<'_>,
        _: Currency,
        _: Instant,
    ) -> Told<Vec<SeenBuy>> {
        tokio::task::yield_now().await;
        let pages = self.pages();
        Ok(pages
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

    /// A pause is no change of what was bought: the revision stays.
    async fn ask(
        &self,
        _: &Buyer,
        request: WishRequest<'_>,
        _: Instant,
    ) -> (WishAnswer, Option<RawExchange>) {
        tokio::task::yield_now().await;
        let mut pages = self.pages();
        let entry = pages
            .entries
            .iter_mut()
            .find(|entry| entry.id() == request.seller_buy_id);
        let answer = match entry {
            Some(entry) if entry.confirmed && !entry.is_over() => {
                entry.status = match request.wish {
                    Wish::Pause => SellerBuyStatus::Paused,
                    Wish::Resume => entry.runs_as.clone(),
                };
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
