//! `get_adcp_capabilities`: what an agent truly does.

use serde_json::{Value, json};

use crate::idempotency::REPLAY;
use crate::ledger::Ledger;
use crate::product::CHANNELS;
use crate::reading::{Object, Reading};
use crate::refusal::Refusal;
use crate::seller::Call;
use crate::{controller, version};

pub(crate) fn get_adcp_capabilities(
    call: &Call<'_>,
    ledger: &mut Ledger,
) -> Result<Object, Refusal> {
    let mut reading = Reading::default();
    reading.texts(call.arguments, "", "protocols", false);
    reading.done()?;
    let of_catalogue = |pick: fn(&crate::product::Product) -> Vec<String>| {
        let mut found: Vec<String> = ledger
            .products
            .iter()
            .filter(|product| !product.seeded)
            .flat_map(pick)
            .collect();
        found.sort();
        found.dedup();
        found
    };
    let models = of_catalogue(|product| {
        product
            .prices
            .iter()
            .map(|price| price.model.word().to_owned())
            .collect()
    });
    let channels = of_catalogue(|product| product.channels.clone());
    let countries = of_catalogue(|product| product.countries.clone());
    let domains = of_catalogue(|product| vec![product.domain.clone()]);
    debug_assert!(
        channels
            .iter()
            .all(|channel| CHANNELS.contains(&channel.as_str()))
    );
    let body = json!({
        "adcp": {
            "major_versions": [3],
            "supported_versions": version::SUPPORTED,
            "idempotency": {
                "supported": true,
                "replay_ttl_seconds": REPLAY.as_secs(),
            },
        },
        "supported_protocols": ["media_buy"],
        "account": {
            "require_operator_auth": false,
            "supported_billing": ["operator", "agent"],
            "required_for_products": false,
            "sandbox": true,
        },
        "media_buy": {
            "supported_pricing_models": models,
            "features": {
                "inline_creative_management": true,
                "property_list_filtering": false,
                "catalog_management": false,
            },
            "execution": {
                "targeting": {
                    "geo_countries": true,
                    "geo_regions": true,
                    "language": true,
                },
            },
            "portfolio": {
                "publisher_domains": domains,
                "primary_channels": channels,
                "primary_countries": countries,
                "description": format!(
                    "{}: a sandbox seller; inventory, approval and delivery are simulated",
                    call.seller.title,
                ),
            },
        },
        "request_signing": {"supported": false},
        "compliance_testing": {"scenarios": controller::DECLARED},
        "specialisms": [call.seller.profile.specialism],
    });
    match body {
        Value::Object(body) => Ok(body),
        _ => Ok(Object::new()),
    }
}
