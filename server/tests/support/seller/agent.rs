//! The seller as the product sees it: each call does what the script says next.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use flighting_core::execution::{Answer, SellerBuy, SellerTask, Silence, WishAnswer};
use flighting_core::flight::DayRange;
use flighting_core::ids::{ProductId, ProductKey};
use flighting_core::media_buy::{SellerBuyStatus, SellerError, Wish};
use flighting_core::money::{Currency, Money};
use flighting_core::selection::{DiscoveryQuery, Offer, PricingOption, ReportFrequency};
use flighting_server::adcp::{
    AccountNeed, AccountRef, AnswerRequest, Answered, BuyFigures, Buyer, CallFailure, Capabilities,
    Dialect, FailureKind, Placed, RawExchange, Reading, SalesAgent, SeenBuy, Told, Which,
    WishRequest, figures,
};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::{Does, Kept, Seller, Then, Thought, no};

fn reading(answer: Answer, error: Option<SellerError>) -> Reading {
    Reading {
        answer,
        error,
        served_version: None,
    }
}

fn task(task_id: &str) -> SellerTask {
    SellerTask {
        task_id: Some(task_id.to_owned()),
        status: "submitted".to_owned(),
        message: Some("the sales team looks at it".to_owned()),
        open: None,
    }
}

fn silent() -> Answer {
    Answer::Silent(Silence {
        message: "no answer".to_owned(),
        seller_media_buy_id: None,
    })
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
impl SalesAgent for Seller {
    async fn capabilities(&self, _: Instant) -> Told<Capabilities> {
        if let Some(silence) = self.silence() {
            return Err(silence);
        }
        Ok(Capabilities {
            dialect: Dialect::OPENING,
            supported_versions: vec!["3.1".to_owned()],
            protocols: vec!["media_buy".to_owned()],
            specialisms: Vec::new(),
            replay_ttl_s: self.replay_ttl_s,
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
        Ok(vec![Offer {
            key: ProductKey {
                agent_id: self.id.clone(),
                product_id: ProductId("banner".to_owned()),
            },
            agent_name: "Scripted".to_owned(),
            name: "Banner".to_owned(),
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
            report_webhooks: vec![ReportFrequency::Daily],
        }])
    }

    async fn create(&self, arguments: &RawValue, currency: Currency, _: Instant) -> Placed {
        self.requests
            .lock()
            .unwrap()
            .push(arguments.get().to_owned());
        self.arrived.add_permits(1);
        if let Some(gate) = &self.gate {
            gate.acquire().await.unwrap().forget();
        }
        let does = self
            .script
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or(Does::Accepts);
        let (answer, error) = match does {
            Does::Accepts => (Answer::Accepted(self.book(arguments, currency)), None),
            Does::AcceptsSilently => {
                self.book(arguments, currency);
                (silent(), None)
            }
            Does::AcceptsAs(id) => {
                let buy = SellerBuy {
                    media_buy_id: id.to_owned(),
                    ..self.book(arguments, currency)
                };
                (Answer::Accepted(buy), None)
            }
            Does::Loses => (silent(), None),
            Does::Halves => {
                self.book(arguments, currency);
                self.amend(|buy| {
                    for package in buy.packages.iter_mut().flatten() {
                        package.budget = package
                            .budget
                            .and_then(|held| Money::from_minor(held.minor() / 2, currency));
                    }
                });
                let held = self.ledger().pop().unwrap().buy;
                (Answer::Accepted(held), None)
            }
            Does::Says(code, retry_after_s) => {
                let error = SellerError {
                    retry_after_s,
                    ..no(code)
                };
                (silent(), Some(error))
            }
            Does::Refuses(code) => (Answer::Rejected(no(code)), Some(no(code))),
            Does::Unreachable => (Answer::Failed(no("not_sent")), Some(no("not_sent"))),
            Does::Submits(task) => (
                Answer::Waiting(SellerTask {
                    task_id: Some(task.to_owned()),
                    status: "submitted".to_owned(),
                    message: None,
                    open: None,
                }),
                None,
            ),
        };
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
            error: no("not_sent"),
            raw: raw("create_media_buy"),
        }
    }

    async fn task(&self, _: &Buyer, task_id: &str, _: Currency, _: Instant) -> Told<Reading> {
        if let Some(answer) = self.decided.lock().unwrap().get(task_id) {
            return Ok(reading(answer.clone(), None));
        }
        let thoughts = self.thoughts.lock().unwrap();
        let Some(thought) = thoughts.iter().find(|thought| thought.task_id == task_id) else {
            return Err(CallFailure::new(
                FailureKind::TurnedAway,
                "this seller has no such task",
                None,
            ));
        };
        let answer = match thought.said {
            None => Answer::Waiting(task(task_id)),
            Some(false) => Answer::Rejected(no("POLICY_VIOLATION")),
            Some(true) => {
                let ledger = self.ledger.lock().unwrap();
                let held = ledger
                    .iter()
                    .find(|kept| thought.request["media_buy_id"] == kept.buy.media_buy_id.as_str());
                Answer::Accepted(held.unwrap().buy.clone())
            }
        };
        Ok(reading(answer, None))
    }

    async fn media_buys(
        &self,
        _: &Buyer,
        which: Which<'_>,
        _: Currency,
        _: Instant,
    ) -> Told<Vec<SeenBuy>> {
        if let Some(silence) = self.silence() {
            return Err(silence);
        }
        self.listed.fetch_add(1, Ordering::SeqCst);
        if let Some(seconds) = *self.wait.lock().unwrap() {
            let mut failure = CallFailure::new(FailureKind::TooMany, "later", None);
            failure.error.retry_after_s = Some(seconds);
            return Err(failure);
        }
        if !*self.lists.lock().unwrap() {
            return Ok(Vec::new());
        }
        let wanted = |kept: &Kept| match which {
            Which::Ids(ids) => ids.contains(&kept.buy.media_buy_id),
            Which::All => true,
        };
        Ok(self
            .ledger()
            .into_iter()
            .filter(wanted)
            .map(|kept| SeenBuy {
                buy: kept.buy,
                our_media_buy_id: self.echoes.then_some(kept.ours),
                is_impaired: false,
            })
            .collect())
    }

    async fn change(&self, arguments: &RawValue, _: Currency, _: Instant) -> Placed {
        self.changes
            .lock()
            .unwrap()
            .push(arguments.get().to_owned());
        self.arrived.add_permits(1);
        if let Some(gate) = &self.gate {
            gate.acquire().await.unwrap().forget();
        }
        let placed = |answer, error| Placed {
            reading: reading(answer, error),
            raw: raw("update_media_buy"),
        };
        let request: Value = serde_json::from_str(arguments.get()).unwrap();
        let key = request["idempotency_key"].as_str().unwrap().to_owned();
        let known = self
            .answered
            .lock()
            .unwrap()
            .iter()
            .find(|(known, _)| *known == key)
            .map(|(_, buy)| buy.clone());
        if let Some(buy) = known {
            return placed(Answer::Accepted(buy), None);
        }
        let then = self
            .then
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or(Then::Applies);
        if matches!(then, Then::Moved) {
            for kept in self.ledger.lock().unwrap().iter_mut() {
                kept.buy.revision = kept.buy.revision.map(|revision| revision + 1);
            }
        }
        let holds = self
            .ledger
            .lock()
            .unwrap()
            .iter()
            .find(|kept| request["media_buy_id"] == kept.buy.media_buy_id.as_str())
            .and_then(|kept| kept.buy.revision);
        let stale = request["revision"]
            .as_u64()
            .is_some_and(|sent| Some(sent) != holds);
        match then {
            Then::Loses => placed(silent(), None),
            Then::Refuses(code) => placed(Answer::Rejected(no(code)), Some(no(code))),
            Then::Unreachable => placed(Answer::Failed(no("not_sent")), Some(no("not_sent"))),
            _ if stale => placed(silent(), Some(no("CONFLICT"))),
            Then::Applies | Then::Moved => {
                let buy = self.apply(&request);
                self.answered.lock().unwrap().push((key, buy.clone()));
                placed(Answer::Accepted(buy), None)
            }
            Then::AppliesSilently => {
                let buy = self.apply(&request);
                self.answered.lock().unwrap().push((key, buy));
                placed(silent(), None)
            }
            Then::Submits => {
                let mut thoughts = self.thoughts.lock().unwrap();
                let task_id = format!("t{}", thoughts.len() + 1);
                thoughts.push(Thought {
                    task_id: task_id.clone(),
                    request,
                    said: None,
                });
                placed(Answer::Waiting(task(&task_id)), None)
            }
        }
    }

    async fn ask(
        &self,
        _: &Buyer,
        request: WishRequest<'_>,
        _: Instant,
    ) -> (WishAnswer, Option<RawExchange>) {
        if *self.refuses_wishes.lock().unwrap() {
            return (
                WishAnswer::NotConfirmed(no("ACTION_NOT_ALLOWED")),
                Some(raw("update_media_buy")),
            );
        }
        let mut ledger = self.ledger.lock().unwrap();
        let kept = ledger
            .iter_mut()
            .find(|kept| kept.buy.media_buy_id == request.seller_buy_id)
            .unwrap();
        kept.buy.status = match request.wish {
            Wish::Pause => SellerBuyStatus::Paused,
            Wish::Resume => SellerBuyStatus::Active,
        };
        kept.buy.revision = kept.buy.revision.map(|revision| revision + 1);
        (
            WishAnswer::Confirmed {
                revision: kept.buy.revision,
            },
            Some(raw("update_media_buy")),
        )
    }

    async fn delivery(
        &self,
        _: &Buyer,
        _: &[String],
        _: Option<DayRange>,
        currency: Currency,
        _: Instant,
    ) -> Told<Vec<BuyFigures>> {
        match self.delivery.lock().unwrap().clone() {
            Some(body) => Ok(figures::read(
                &serde_json::from_value(body).unwrap(),
                currency,
            )),
            None => Err(CallFailure::new(
                FailureKind::Unreachable,
                "no answer",
                None,
            )),
        }
    }
}
