//! `flighting-core` for JavaScript: every function reads, asks core, and writes. Plans come as
//! JSON text in bytes and answers go as JSON text; small values cross as they are. What is refused
//! is thrown as the text of the API's own error body; nothing panics.

mod border;
mod held;
mod units;

use flighting_core::wire::plan;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use border::{Thrown, asked, body, small, verdict, write};

/// The version of the rules, as published.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    flighting_core::VERSION.to_owned()
}

/// What the API says of the body of a create.
#[wasm_bindgen(js_name = validateCampaign)]
pub fn validate_campaign(text: &[u8], options: &[u8]) -> Result<Option<String>, Thrown> {
    let asked = asked(options)?;
    verdict(body(text).map(|body| plan::validate_campaign(&body, &asked)))
}

/// What the API says of a plan with its products.
#[wasm_bindgen(js_name = validatePlan)]
pub fn validate_plan(text: &[u8], options: &[u8]) -> Result<Option<String>, Thrown> {
    let asked = asked(options)?;
    verdict(body(text).map(|body| plan::validate_plan(&body, &asked)))
}

/// What the API says of the body of an update.
#[wasm_bindgen(js_name = validateCampaignUpdate)]
pub fn validate_campaign_update(
    current: &[u8],
    patch: &[u8],
    options: &[u8],
) -> Result<Option<String>, Thrown> {
    let (asked, current) = (asked(options)?, body(current)?);
    match body(patch) {
        Ok(patch) => verdict(Ok(plan::validate_campaign_update(
            &current, &patch, &asked,
        )?)),
        Err(refused) => verdict(Err(refused)),
    }
}

/// What the API says of a pacing schedule.
#[wasm_bindgen(js_name = validatePacing)]
pub fn validate_pacing(
    schedule: &[u8],
    within: &[u8],
    options: &[u8],
) -> Result<Option<String>, Thrown> {
    let (asked, within) = (asked(options)?, body(within)?);
    verdict(body(schedule).map(|schedule| plan::validate_pacing(&schedule, &within, &asked)))
}

/// What the API says of optimisation goals.
#[wasm_bindgen(js_name = validateGoals)]
pub fn validate_goals(config: &[u8]) -> Result<Option<String>, Thrown> {
    verdict(body(config).map(|config| plan::validate_goals(&config)))
}

/// What the API says of frequency caps.
#[wasm_bindgen(js_name = validateCaps)]
pub fn validate_caps(list: &[u8]) -> Result<Option<String>, Thrown> {
    verdict(body(list).map(|list| plan::validate_caps(&list)))
}

/// What every pacing period comes to.
#[wasm_bindgen(js_name = resolvePacing)]
pub fn resolve_pacing(text: &[u8], options: &[u8]) -> Result<String, Thrown> {
    write(&plan::resolve_pacing(&body(text)?, &asked(options)?)?)
}

/// What the money of a plan comes to.
#[wasm_bindgen(js_name = budgetSummary)]
pub fn budget_summary(text: &[u8], options: &[u8]) -> Result<String, Thrown> {
    write(&plan::budget_summary(&body(text)?, &asked(options)?)?)
}

/// What executing a plan would buy.
#[wasm_bindgen(js_name = planPackages)]
pub fn plan_packages(text: &[u8], options: &[u8]) -> Result<String, Thrown> {
    write(&plan::plan_packages(&body(text)?, &asked(options)?)?)
}

/// Why an amount of a plan is what it is.
#[wasm_bindgen]
pub fn explain(text: &[u8], path: &str, options: &[u8]) -> Result<String, Thrown> {
    write(&plan::explain(&body(text)?, path, &asked(options)?)?)
}

/// The one status of many media buys.
#[wasm_bindgen(js_name = rollUp)]
pub fn roll_up(buys: &[u8]) -> Result<String, Thrown> {
    write(&plan::roll_up(&body(buys)?)?)
}

/// Which commands a campaign takes now.
#[wasm_bindgen(js_name = allowedCommands)]
pub fn allowed_commands(campaign: &[u8], options: &[u8]) -> Result<String, Thrown> {
    write(&plan::allowed_commands(&body(campaign)?, &asked(options)?)?)
}

/// Which creative formats products take, and which are missing.
#[wasm_bindgen(js_name = creativeCoverage)]
pub fn creative_coverage(products: &[u8], supplied: &[u8]) -> Result<JsValue, Thrown> {
    small(&plan::creative_coverage(
        &body(products)?,
        &body(supplied)?,
    )?)
}

/// The planned curve of a plan or of lines.
#[wasm_bindgen(js_name = plannedCurve)]
pub fn planned_curve(text: &[u8], options: &[u8]) -> Result<String, Thrown> {
    write(&plan::planned_curve(&body(text)?, &asked(options)?)?)
}

/// Where delivered spend stands.
#[wasm_bindgen]
pub fn pace(delivered: &[u8], text: &[u8], options: &[u8]) -> Result<String, Thrown> {
    write(&plan::pace_of(
        &body(delivered)?,
        &body(text)?,
        &asked(options)?,
    )?)
}
