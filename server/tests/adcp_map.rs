//! What sellers answer, and what it means to us: one table per question. The answers are written
//! by hand after the protocol and after what running sellers were seen to send; those marked
//! `valid_in` are checked against the official schemas in `adcp_schema`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use flighting_core::execution::{Answer, SellerBuy, WishAnswer};
use flighting_core::media_buy::{Recovery, SellerBuyStatus, Wish};
use flighting_core::money::Currency;
use flighting_server::adcp::exchange::{Reply, Turned, TurnedAway};
use flighting_server::adcp::map::{self, Reading};
use flighting_server::adcp::types::{WireBuy, WireDelivery};
use serde_json::{Value, json};

fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

fn cases(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

fn buy(buy: &SellerBuy) -> String {
    let status = match &buy.status {
        SellerBuyStatus::Unknown(word) if word != "not_stated" => format!("?{word}"),
        known => known.as_str().to_owned(),
    };
    let revision = buy
        .revision
        .map(|revision| format!(" r{revision}"))
        .unwrap_or_default();
    let packages = buy.packages.as_ref().map_or_else(
        || "no-packages".to_owned(),
        |packages| {
            let texts: Vec<String> = packages
                .iter()
                .map(|package| {
                    let mut text = package.seller_package_id.clone();
                    if let Some(ours) = &package.our_package_id {
                        text += &format!("={ours}");
                    }
                    if let Some(product) = &package.product_id {
                        text += &format!(" {product}");
                    }
                    if let Some(budget) = package.budget {
                        text += &format!(" {budget}");
                    }
                    if package.paused {
                        text += " paused";
                    }
                    text
                })
                .collect();
            format!("[{}]", texts.join(", "))
        },
    );
    let confirmed = if buy.confirmed {
        "confirmed"
    } else {
        "unconfirmed"
    };
    format!(
        "accepted {} {status} {confirmed}{revision} {packages}",
        buy.media_buy_id
    )
}

fn tell(reading: &Reading) -> String {
    match &reading.answer {
        Answer::Accepted(seller) => buy(seller),
        Answer::Waiting(task) => format!(
            "waiting {} {}",
            task.task_id.as_deref().unwrap_or("-"),
            task.status
        ),
        Answer::NeedsInput(task) => format!(
            "needs-input {} {}",
            task.task_id.as_deref().unwrap_or("-"),
            task.status
        ),
        Answer::Rejected(error) => format!("rejected {}", error.code),
        Answer::Canceled(error) => format!("canceled {}", error.code),
        Answer::Failed(error) => format!("failed {}", error.code),
        Answer::Silent(silence) => {
            let code = reading
                .error
                .as_ref()
                .map(|error| format!(" {}", error.code))
                .unwrap_or_default();
            let link = silence
                .seller_media_buy_id
                .as_ref()
                .map(|id| format!(" links {id}"))
                .unwrap_or_default();
            format!("silent{code}{link}")
        }
    }
}

#[test]
fn every_answer_to_a_create_has_one_meaning() {
    for case in cases(include_str!("fixtures/adcp/create.json")) {
        let marked_error = case["marked_error"].as_bool().unwrap_or(false);
        let reading = map::create(
            &Reply::Answer {
                body: case["body"].clone(),
                marked_error,
            },
            usd(),
        );
        assert_eq!(tell(&reading), case["expect"], "{}", case["name"]);
    }
}

#[test]
fn every_state_of_a_task_has_one_meaning() {
    for case in cases(include_str!("fixtures/adcp/task.json")) {
        let marked_error = case["marked_error"].as_bool().unwrap_or(false);
        let reading = map::task(&case["body"], marked_error, "task_1", usd());
        let told = reading.as_ref().map_or_else(|| "no task".to_owned(), tell);
        assert_eq!(told, case["expect"], "{}", case["name"]);
    }
}

/// What running sellers of each release sent, as it came but for ids and times: the npm seller
/// serves 3.0 and echoes nothing, the PyPI seller echoes 3.1 and does not echo 3.2.
#[test]
fn every_recorded_answer_is_read_by_the_release_that_was_served() {
    let recorded = cases(include_str!("fixtures/adcp/recorded.json"));
    for release in ["3.0", "3.1", "3.2"] {
        let of_release = |case: &&Value| case["name"].as_str().unwrap().starts_with(release);
        assert!(recorded.iter().filter(of_release).count() >= 7, "{release}");
    }
    for case in recorded {
        let body = &case["body"];
        let marked_error = body.get("adcp_error").is_some();
        let reply = Reply::Answer {
            body: body.clone(),
            marked_error,
        };
        let (told, served) = match case["kind"].as_str().unwrap() {
            "create" => {
                let reading = map::create(&reply, usd());
                (tell(&reading), reading.served_version)
            }
            "task" => {
                let reading = map::task(body, marked_error, "task_1", usd()).unwrap();
                (tell(&reading), reading.served_version)
            }
            "seen" => {
                let wire: WireBuy = serde_json::from_value(body.clone()).unwrap();
                (buy(&map::seen(&wire, usd()).unwrap().buy), None)
            }
            "pause" => match map::wish(&reply, body["media_buy_id"].as_str().unwrap(), Wish::Pause)
            {
                WishAnswer::Confirmed { revision } => {
                    let served = body["adcp_version"].as_str().map(str::to_owned);
                    (format!("confirmed r{}", revision.unwrap()), served)
                }
                WishAnswer::NotConfirmed(error) => (format!("not confirmed {}", error.code), None),
            },
            other => panic!("no kind `{other}`"),
        };
        assert_eq!(told, case["expect"], "{}", case["name"]);
        assert_eq!(json!(served), case["served"], "{}", case["name"]);
    }
}

fn turned(how: Turned) -> Reply {
    Reply::TurnedAway(TurnedAway {
        how,
        reason: "HTTP".into(),
        http_status: None,
        rpc_code: None,
        retry_after_s: Some(30),
    })
}

#[test]
fn only_what_provably_never_arrived_has_failed() {
    let never = |http_status| Reply::NeverLeft {
        reason: "no connection".into(),
        http_status,
    };
    for (reply, expected, recovery) in [
        (never(None), "failed not_sent", Some(Recovery::Transient)),
        (
            never(Some(401)),
            "failed credentials_refused",
            Some(Recovery::Terminal),
        ),
        (
            turned(Turned::Credentials),
            "failed credentials_refused",
            Some(Recovery::Terminal),
        ),
        (
            turned(Turned::TooMany),
            "failed RATE_LIMITED",
            Some(Recovery::Transient),
        ),
        (
            turned(Turned::NoSuchTask),
            "failed task_not_offered",
            Some(Recovery::Terminal),
        ),
        (
            turned(Turned::Malformed),
            "failed turned_away",
            Some(Recovery::Correctable),
        ),
        (
            Reply::NoAnswer {
                reason: "time".into(),
                http_status: None,
            },
            "silent",
            None,
        ),
        (
            Reply::NoAnswer {
                reason: "HTTP 500".into(),
                http_status: Some(500),
            },
            "silent",
            None,
        ),
    ] {
        let reading = map::create(&reply, usd());
        assert_eq!(tell(&reading), expected, "{reply:?}");
        if let Answer::Failed(error) = &reading.answer {
            assert_eq!(error.recovery, recovery, "{reply:?}");
        }
    }
}

#[test]
fn the_served_release_is_kept() {
    let body = json!({"adcp_version": "3.1", "media_buy_id": "s_1", "status": "completed", "media_buy_status": "active"});
    let reading = map::create(
        &Reply::Answer {
            body,
            marked_error: false,
        },
        usd(),
    );
    assert_eq!(reading.served_version.as_deref(), Some("3.1"));
}

#[test]
fn a_refusal_keeps_the_sellers_words() {
    let body = json!({"status": "failed", "errors": [{"code": "BUDGET_TOO_LOW", "message": "minimum 1000 USD",
        "field": "packages[0].budget", "suggestion": "raise to 1000", "retry_after": 5}]});
    let reading = map::create(
        &Reply::Answer {
            body,
            marked_error: true,
        },
        usd(),
    );
    let Answer::Rejected(error) = reading.answer else {
        panic!("{reading:?}")
    };
    assert_eq!(error.message, "minimum 1000 USD");
    assert_eq!(error.field.as_deref(), Some("packages[0].budget"));
    assert_eq!(error.suggestion.as_deref(), Some("raise to 1000"));
    assert_eq!(
        (error.recovery, error.retry_after_s),
        (Some(Recovery::Correctable), Some(5))
    );
}

#[test]
fn a_reported_buy_is_read_with_whose_it_is() {
    let wire: WireBuy = serde_json::from_value(json!({
        "media_buy_id": "s_1", "status": "rejected", "currency": "USD", "total_budget": 10000, "revision": 3,
        "confirmed_at": null, "rejection_reason": "category", "health": "impaired",
        "context": {"campaign_id": "cmp_1", "media_buy_id": "mb_9"},
        "valid_actions": ["pause"], "available_actions": [{"action": "cancel"}, {"action": "resume"}],
        "packages": [{"package_id": "sp_1", "product_id": "ros", "budget": 5000.0, "canceled": true}],
    }))
    .unwrap();
    let seen = map::seen(&wire, usd()).unwrap();
    assert_eq!(
        buy(&seen.buy),
        "accepted s_1 rejected unconfirmed r3 [sp_1 ros 5000.00 USD]"
    );
    assert_eq!(seen.our_media_buy_id.unwrap().as_str(), "mb_9");
    assert_eq!(seen.buy.valid_actions, ["cancel", "resume"]);
    assert_eq!(seen.buy.message.as_deref(), Some("category"));
    assert!(seen.is_impaired && seen.buy.packages.unwrap()[0].canceled);
    assert!(map::seen(&WireBuy::default(), usd()).is_none());
}

#[test]
fn a_wish_is_confirmed_by_an_acknowledgement_that_does_not_contradict_it() {
    let answer = |body: Value, marked_error| Reply::Answer { body, marked_error };
    let says = |status: &str| {
        answer(
            json!({"status": "completed", "media_buy_id": "s_1", "media_buy_status": status, "revision": 4}),
            false,
        )
    };
    let refusal = |code: &str| answer(json!({"errors": [{"code": code, "message": "no"}]}), false);
    for (reply, pause, resume) in [
        (says("paused"), "yes", "not_confirmed"),
        (says("active"), "not_confirmed", "yes"),
        (says("pending_start"), "not_confirmed", "yes"),
        (says("pending_creatives"), "not_confirmed", "yes"),
        (says("completed"), "not_confirmed", "not_confirmed"),
        (says("canceled"), "not_confirmed", "not_confirmed"),
        (says("asleep"), "not_confirmed", "not_confirmed"),
        (
            answer(
                json!({"status": "completed", "media_buy_id": "s_1", "revision": 4}),
                false,
            ),
            "yes",
            "yes",
        ),
        (
            answer(
                json!({"media_buy_id": "s_1", "status": "paused", "revision": 4.0}),
                false,
            ),
            "yes",
            "not_confirmed",
        ),
        (
            answer(json!({"status": "submitted", "task_id": "task_1"}), false),
            "not_confirmed",
            "not_confirmed",
        ),
        (
            answer(json!({"status": "completed"}), false),
            "not_confirmed",
            "not_confirmed",
        ),
        (
            answer(json!({"status": "failed", "media_buy_id": "s_1"}), false),
            "refused",
            "refused",
        ),
        (
            answer(json!({"message": "boom"}), true),
            "refused",
            "refused",
        ),
        (refusal("INVALID_STATE"), "INVALID_STATE", "INVALID_STATE"),
        (refusal("CONFLICT"), "CONFLICT", "CONFLICT"),
        (
            turned(Turned::Credentials),
            "credentials_refused",
            "credentials_refused",
        ),
        (
            Reply::NeverLeft {
                reason: "x".into(),
                http_status: None,
            },
            "not_sent",
            "not_sent",
        ),
        (
            Reply::NoAnswer {
                reason: "x".into(),
                http_status: None,
            },
            "no_answer",
            "no_answer",
        ),
    ] {
        for (wish, expected) in [(Wish::Pause, pause), (Wish::Resume, resume)] {
            let told = match map::wish(&reply, "s_1", wish) {
                WishAnswer::Confirmed { revision } => {
                    assert_eq!(revision, Some(4));
                    "yes".to_owned()
                }
                WishAnswer::NotConfirmed(error) => error.code,
            };
            assert_eq!(told, expected, "{wish:?} {reply:?}");
        }
    }
}

#[test]
fn delivered_figures_are_rounded_half_up_and_never_in_a_foreign_currency() {
    let report: WireDelivery = serde_json::from_value(json!({
        "currency": "USD",
        "media_buy_deliveries": [
            {"media_buy_id": "s_1", "status": "reporting_delayed", "totals": {"impressions": 1000.0, "spend": 5.005, "clicks": "3"},
             "by_package": [{"package_id": "sp_1", "impressions": 1000, "spend": "2.004", "pricing_model": "cpm"},
                            {"package_id": "sp_2", "spend": 7, "currency": "EUR"}, {"spend": 1}, "nonsense"]},
            {"status": "active"},
        ],
    }))
    .unwrap();
    let read = flighting_server::adcp::figures::read(&report, usd());
    assert_eq!(read.len(), 1);
    assert_eq!(read[0].totals.spend.unwrap().minor(), 501);
    assert_eq!(
        (read[0].totals.impressions, read[0].totals.clicks),
        (Some(1000), Some(3))
    );
    assert!(read[0].delayed);
    let packages: Vec<_> = read[0]
        .packages
        .iter()
        .map(|package| {
            (
                package.seller_package_id.as_str(),
                package.totals.spend.map(|spend| spend.minor()),
            )
        })
        .collect();
    assert_eq!(packages, [("sp_1", Some(200))]);
    let troubles: Vec<_> = read[0]
        .troubles
        .iter()
        .map(|trouble| (trouble.kind.code(), trouble.seller_package_id.as_deref()))
        .collect();
    assert_eq!(troubles, [("currency_differs", Some("sp_2"))]);
}
