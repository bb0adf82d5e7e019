//! Targeting and goals of a package: their shape is checked, then they are kept as they came.

use crate::reading::{Object, Reading};

/// Metrics that goals may name, in every release served.
pub(crate) const METRICS: [&str; 11] = [
    "clicks",
    "views",
    "completed_views",
    "viewed_seconds",
    "attention_seconds",
    "attention_score",
    "engagements",
    "follows",
    "saves",
    "profile_visits",
    "reach",
];

/// Checks the shape of a package's `targeting_overlay`.
pub(crate) fn read_targeting(reading: &mut Reading, from: &Object, at: &str) {
    let Some(overlay) = reading.object(from, at, "targeting_overlay") else {
        return;
    };
    let at = format!("{at}/targeting_overlay");
    for key in ["geo_countries", "geo_countries_exclude"] {
        let countries = reading.texts(overlay, &at, key, false);
        for (index, country) in countries.iter().flatten().enumerate() {
            if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
                reading.wrong(
                    format!("{at}/{key}/{index}"),
                    "pattern",
                    format!("expected a country code such as US, got `{country}`"),
                );
            }
        }
    }
    if let Some(cap) = reading.object(overlay, &at, "frequency_cap") {
        let at = format!("{at}/frequency_cap");
        if cap.contains_key("max_impressions") {
            reading.count(cap, &at, "max_impressions", 1, u64::MAX);
            for key in ["per", "window"] {
                if !cap.contains_key(key) {
                    reading.missing(&at, key);
                }
            }
        } else if !cap.contains_key("suppress") && !cap.contains_key("suppress_minutes") {
            reading.wrong(at.clone(), "anyOf", "expected max_impressions or suppress");
        }
        for key in ["window", "suppress"] {
            if let Some(time) = reading.object(cap, &at, key) {
                let at = format!("{at}/{key}");
                reading.count(time, &at, "interval", 1, 1_000_000);
                let units = ["seconds", "minutes", "hours", "days", "campaign"];
                reading.word(time, &at, "unit", &units);
            }
        }
    }
    for key in [
        "property_list",
        "collection_list",
        "collection_list_exclude",
    ] {
        if let Some(list) = reading.object(overlay, &at, key) {
            let at = format!("{at}/{key}");
            reading.needed_text(list, &at, "agent_url");
            reading.needed_text(list, &at, "list_id");
        }
    }
}

/// Checks the shape of a package's `optimization_goals`.
pub(crate) fn read_goals(reading: &mut Reading, from: &Object, at: &str) {
    let goals = reading
        .objects(from, at, "optimization_goals", 20)
        .unwrap_or_default();
    for (at, goal) in goals {
        if !goal.contains_key("kind") {
            reading.missing(&at, "kind");
        }
        let kind = reading.word(goal, &at, "kind", &["metric", "event", "vendor_metric"]);
        let targets: &[&str] = match kind {
            Some("metric") => {
                if !goal.contains_key("metric") {
                    reading.missing(&at, "metric");
                }
                reading.word(goal, &at, "metric", &METRICS);
                &["cost_per", "threshold_rate"]
            }
            Some("event") => {
                let sources = reading.objects(goal, &at, "event_sources", 100);
                if sources.is_none_or(|sources| sources.is_empty()) {
                    reading.missing(&at, "event_sources");
                }
                &["cost_per", "per_ad_spend", "maximize_value"]
            }
            _ => continue,
        };
        if let Some(target) = reading.object(goal, &at, "target") {
            let at = format!("{at}/target");
            if !target.contains_key("kind") {
                reading.missing(&at, "kind");
            }
            reading.word(target, &at, "kind", targets);
        }
    }
}
