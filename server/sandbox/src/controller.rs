//! `comply_test_controller`: how a conformance run, or a test of ours, sets the scene. It works
//! for sandbox accounts only, and its answers have no AdCP envelope.

use serde_json::{Value, json};

use crate::buys::Status;
use crate::creatives;
use crate::delivery::Served;
use crate::ledger::Ledger;
use crate::product::{CHANNELS, Price, PriceModel, PricingOption, Product};
use crate::reading::{Object, Reading};
use crate::refusal::Refusal;
use crate::seller::Call;

/// Scenarios named in the capabilities; 3.0 knows no more of ours.
pub(crate) const DECLARED: [&str; 2] = ["force_media_buy_status", "simulate_delivery"];
const SCENARIOS: [&str; 6] = [
    "list_scenarios",
    "seed_product",
    "seed_pricing_option",
    "seed_creative",
    "force_media_buy_status",
    "simulate_delivery",
];

/// A controller's own kind of no: a code and a sentence.
type Refused = (&'static str, String);

pub(crate) fn comply_test_controller(
    call: &Call<'_>,
    ledger: &mut Ledger,
) -> Result<Object, Refusal> {
    let mut reading = Reading::default();
    let scenario = reading.needed_text(call.arguments, "", "scenario");
    let params = reading.object(call.arguments, "", "params");
    let account = reading.object(call.arguments, "", "account");
    reading.done()?;
    let sandbox = account
        .and_then(|account| account.get("sandbox"))
        .and_then(Value::as_bool);
    let empty = Object::new();
    let params = params.unwrap_or(&empty);
    let outcome = if sandbox == Some(true) {
        match scenario.unwrap_or_default() {
            "list_scenarios" => Ok(json!({"success": true, "scenarios": SCENARIOS})),
            "seed_product" => seed_product(call, ledger, params),
            "seed_pricing_option" => seed_pricing_option(ledger, params),
            "seed_creative" => seed_creative(call, ledger, params),
            "force_media_buy_status" => force_status(call, ledger, params),
            "simulate_delivery" => simulate_delivery(call, ledger, params),
            other => Err(("UNKNOWN_SCENARIO", format!("no scenario `{other}`"))),
        }
    } else {
        Err(("FORBIDDEN", "expected an account with sandbox true".into()))
    };
    let mut body = match outcome {
        Ok(Value::Object(body)) => body,
        Ok(_) => Object::new(),
        Err((code, detail)) => {
            let mut body = Object::new();
            body.insert("success".into(), false.into());
            body.insert("error".into(), code.into());
            body.insert("error_detail".into(), detail.into());
            body
        }
    };
    if let Some(context) = call.arguments.get("context") {
        body.insert("context".into(), context.clone());
    }
    Ok(body)
}

fn text<'a>(params: &'a Object, key: &str) -> Result<&'a str, Refused> {
    params
        .get(key)
        .and_then(Value::as_str)
        .ok_or_else(|| ("INVALID_PARAMS", format!("expected `{key}`")))
}

fn texts(fixture: &Object, key: &str) -> Vec<String> {
    fixture
        .get(key)
        .and_then(Value::as_array)
        .map(|items| {
            items
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect()
        })
        .unwrap_or_default()
}

fn fixture(params: &Object) -> Object {
    params
        .get("fixture")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

fn full(refusal: Refusal) -> Refused {
    ("INVALID_STATE", refusal.message)
}

/// Adds a product, or replaces the one seeded before. Seeded products want creatives; a person
/// looks at them only where the buyer leaves an address for the answer.
fn seed_product(call: &Call<'_>, ledger: &mut Ledger, params: &Object) -> Result<Value, Refused> {
    let id = text(params, "product_id")?.to_owned();
    let fixture = fixture(params);
    if ledger.product(&id).is_none() {
        ledger.room_for_a_product().map_err(full)?;
    } else if ledger.product(&id).is_some_and(|held| !held.seeded) {
        return Err((
            "INVALID_STATE",
            format!("`{id}` is a product of the catalogue"),
        ));
    }
    // Fixtures written for 2.x say video; the channel's name is olv since 3.0.
    let channels: Vec<String> = texts(&fixture, "channels")
        .into_iter()
        .map(|channel| {
            if channel == "video" {
                "olv".into()
            } else {
                channel
            }
        })
        .filter(|channel| CHANNELS.contains(&channel.as_str()))
        .collect();
    let formats: Vec<String> = fixture
        .get("format_ids")
        .and_then(Value::as_array)
        .map(|formats| {
            formats
                .iter()
                .filter_map(|format| format.get("id").and_then(Value::as_str))
                .map(str::to_owned)
                .collect()
        })
        .unwrap_or_default();
    let named = |key: &str| fixture.get(key).and_then(Value::as_str);
    let prices = ledger
        .product(&id)
        .map(|held| held.prices.clone())
        .unwrap_or_default();
    let product = Product {
        name: named("name").unwrap_or(&id).to_owned(),
        description: named("description")
            .unwrap_or("Placed by a test controller")
            .to_owned(),
        domain: format!("{}.example", call.seller.name),
        channels,
        formats: if formats.is_empty() {
            vec!["display_300x250".into()]
        } else {
            formats
        },
        guaranteed: named("delivery_type") == Some("guaranteed"),
        countries: texts(&fixture, "countries"),
        prices,
        wants_creatives: true,
        needs_approval: false,
        seeded: true,
        id: id.clone(),
    };
    ledger.products.retain(|held| held.id != id);
    ledger.products.push(product);
    Ok(json!({"success": true, "message": format!("product `{id}` is sold now")}))
}

fn seed_pricing_option(ledger: &mut Ledger, params: &Object) -> Result<Value, Refused> {
    let product_id = text(params, "product_id")?.to_owned();
    let id = text(params, "pricing_option_id")?.to_owned();
    let fixture = fixture(params);
    let model = match fixture.get("pricing_model").and_then(Value::as_str) {
        Some(word) => PriceModel::parse(word).ok_or_else(|| {
            let known = PriceModel::WORDS.join(", ");
            (
                "INVALID_PARAMS",
                format!("expected one of {known}, got `{word}`"),
            )
        })?,
        None => PriceModel::Cpm,
    };
    let currency = match fixture.get("currency").and_then(Value::as_str) {
        None | Some("USD") => "USD",
        Some("EUR") => "EUR",
        Some(other) => {
            return Err((
                "INVALID_PARAMS",
                format!("expected USD or EUR, got `{other}`"),
            ));
        }
    };
    let money = |key: &str| match fixture.get(key) {
        Some(value) => crate::amount::minor(value)
            .map(Some)
            .map_err(|unreadable| ("INVALID_PARAMS", format!("{key}: {}", unreadable.message()))),
        None => Ok(None),
    };
    let price = match (money("fixed_price")?, money("floor_price")?) {
        (Some(price), _) => Price::Fixed(price),
        (None, Some(floor)) => Price::Floor(floor),
        (None, None) => Price::Fixed(1_000),
    };
    let minimum = money("min_spend_per_package")?.unwrap_or(0);
    let product = ledger
        .products
        .iter_mut()
        .find(|product| product.id == product_id && product.seeded)
        .ok_or_else(|| ("NOT_FOUND", format!("no seeded product `{product_id}`")))?;
    product.prices.retain(|price| price.id != id);
    if product.prices.len() >= 20 {
        return Err((
            "INVALID_STATE",
            "expected at most 20 pricing options".into(),
        ));
    }
    product.prices.push(PricingOption {
        id: id.clone(),
        model,
        currency: currency.into(),
        price,
        minimum,
    });
    Ok(json!({"success": true, "message": format!("pricing option `{id}` is offered now")}))
}

fn seed_creative(call: &Call<'_>, ledger: &mut Ledger, params: &Object) -> Result<Value, Refused> {
    let id = text(params, "creative_id")?.to_owned();
    let fixture = fixture(params);
    let mut format = Object::new();
    if let Some(format_id) = fixture.get("format_id") {
        format.insert("format_id".into(), format_id.clone());
    }
    let name = fixture.get("name").and_then(Value::as_str).unwrap_or(&id);
    let creative = creatives::seeded(&id, name, format, call.now);
    ledger.room_for_a_creative().map_err(full)?;
    ledger.creatives.insert(id.clone(), creative);
    ledger.creatives_changed(call.now);
    Ok(json!({"success": true, "message": format!("creative `{id}` is held now")}))
}

/// Moves a buy as a person at the seller would.
fn force_status(call: &Call<'_>, ledger: &mut Ledger, params: &Object) -> Result<Value, Refused> {
    let id = text(params, "media_buy_id")?;
    let word = text(params, "status")?;
    let buy = ledger
        .confirmed(id, call.now)
        .map_err(|refusal| ("NOT_FOUND", refusal.message))?;
    let before = buy.status(call.now);
    if before.is_terminal() {
        return Err((
            "INVALID_TRANSITION",
            format!("the media buy is {}", before.word()),
        ));
    }
    buy.settle(call.now);
    match word {
        "rejected" => {
            let reason = params
                .get("rejection_reason")
                .and_then(Value::as_str)
                .unwrap_or("declined by the seller");
            buy.rejected = Some(reason.to_owned());
        }
        "completed" => buy.forced = Some(Status::Completed),
        "active" => {
            buy.paused = false;
            buy.resumed = true;
            buy.complete = true;
            buy.forced = None;
            for package in &mut buy.packages {
                package.ready = true;
            }
        }
        "paused" => {
            buy.paused = true;
            buy.forced = None;
        }
        other => {
            return Err((
                "INVALID_PARAMS",
                format!("expected active, paused, completed or rejected, got `{other}`"),
            ));
        }
    }
    buy.changed(call.now, "forced");
    Ok(json!({
        "success": true,
        "previous_state": before.word(),
        "current_state": buy.status(call.now).word(),
    }))
}

/// Books delivery that the clock did not bring, on the first package that has room for it.
fn simulate_delivery(
    call: &Call<'_>,
    ledger: &mut Ledger,
    params: &Object,
) -> Result<Value, Refused> {
    let id = text(params, "media_buy_id")?;
    let count = |key: &str| {
        params
            .get(key)
            .and_then(Value::as_i64)
            .unwrap_or(0)
            .clamp(0, 1_000_000_000_000)
    };
    let spend = match params
        .get("reported_spend")
        .and_then(|spend| spend.get("amount"))
    {
        Some(amount) => crate::amount::minor(amount)
            .map_err(|unreadable| ("INVALID_PARAMS", unreadable.message().to_owned()))?,
        None => 0,
    };
    let buy = ledger
        .confirmed(id, call.now)
        .map_err(|refusal| ("NOT_FOUND", refusal.message))?;
    buy.settle(call.now);
    let served = Served {
        spend,
        impressions: count("impressions"),
        clicks: count("clicks"),
        completed_views: 0,
    };
    let package = buy.packages.iter_mut().find(|package| {
        let spent: i64 = package.settled.values().map(|day| day.spend).sum();
        package.budget - spent >= spend
    });
    let Some(package) = package else {
        return Err((
            "INVALID_PARAMS",
            "expected a spend that one package has left".into(),
        ));
    };
    let day = package.settled.entry(call.now.date_naive()).or_default();
    *day = day.plus(served);
    Ok(json!({
        "success": true,
        "simulated": {
            "media_buy_id": id,
            "impressions": served.impressions,
            "clicks": served.clicks,
            "reported_spend": params.get("reported_spend"),
        },
    }))
}
