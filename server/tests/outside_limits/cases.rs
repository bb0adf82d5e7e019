//! Members of a campaign outside their limits: what is sent, and what is told. A line a case.

use serde_json::json;

use super::Issue;

/// What a case is tried with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Both,
    Create,
    Update,
}
use On::{Both, Create, Update};

const NULL: &str = "null_not_allowed";
pub const TYPE: &str = "wrong_type";
pub const UNKNOWN: &str = "unknown_field";
pub const MISSING: &str = "required";

/// Member, its JSON text (empty: left out), and the violations.
pub type Case = (On, &'static str, &'static str, &'static [Issue]);

/// Who, what, when.
#[rustfmt::skip]
const PLAIN: &[Case] = &[
    (Create, "advertiserId", "", &[("advertiserId", MISSING)]),
    (Both, "advertiserId", "null", &[("advertiserId", NULL)]),
    (Both, "advertiserId", "7", &[("advertiserId", TYPE)]),
    (Both, "advertiserId", r#""cmp_1""#, &[("advertiserId", "invalid_format")]),
    (Create, "advertiserId", r#""adv_unknown""#, &[("advertiserId", "not_found")]),
    (Update, "advertiserId", r#""adv_unknown""#, &[("advertiserId", "immutable")]),
    (Create, "name", "", &[("name", MISSING)]),
    (Both, "name", "null", &[("name", NULL)]),
    (Both, "name", "7", &[("name", TYPE)]),
    (Both, "name", "[\"a\"]", &[("name", TYPE)]),
    (Both, "name", r#""""#, &[("name", "too_short")]),
    (Both, "name", r#"" \t ""#, &[("name", "too_short")]),
    (Both, "name", r#""a\u0000b""#, &[("name", "invalid_format")]),
    (Both, "name", r#""a","name":"b""#, &[("name", "duplicate_field")]),
    (Create, "campaignType", "", &[("campaignType", MISSING)]),
    (Both, "campaignType", "null", &[("campaignType", NULL)]),
    (Both, "campaignType", "true", &[("campaignType", TYPE)]),
    (Both, "campaignType", r#""decisioned""#, &[("campaignType", "unknown_value")]),
    (Update, "campaignType", r#""ROUTED""#, &[("campaignType", "immutable")]),
    (Create, "flightDates", "", &[("flightDates", MISSING)]),
    (Both, "flightDates", "null", &[("flightDates", NULL)]),
    (Both, "flightDates", "\"2027\"", &[("flightDates", TYPE)]),
    (Both, "flightDates", "{}", &[("flightDates.startDate", MISSING), ("flightDates.endDate", MISSING)]),
    (Both, "flightDates", r#"{"startDate":"2027-03-10"}"#, &[("flightDates.endDate", MISSING)]),
    (Both, "flightDates", r#"{"startDate":null,"endDate":20270531}"#,
        &[("flightDates.startDate", NULL), ("flightDates.endDate", TYPE)]),
    (Both, "flightDates", r#"{"startDate":"2027-02-30","endDate":"2027-05-31T23:59:59+02:00"}"#,
        &[("flightDates.startDate", "invalid_format"), ("flightDates.endDate", "invalid_format")]),
    (Both, "flightDates", r#"{"startDate":"2027-05-31","endDate":"2027-03-10"}"#,
        &[("flightDates.endDate", "end_before_start")]),
    (Both, "flightDates", r#"{"startDate":"2027-03-10T10:00:00Z","endDate":"2027-03-10T10:00:00Z"}"#,
        &[("flightDates.endDate", "end_before_start")]),
    (Both, "flightDates", r#"{"startDate":"2027-03-10","endDate":"2047-05-31"}"#,
        &[("flightDates.endDate", "too_long")]),
    (Both, "flightDates", r#"{"startDate":"2027-03-11","endDate":"2027-05-30"}"#,
        &[("pacingPeriods.periods[0].start", "outside_flight"), ("pacingPeriods.periods[2].end", "outside_flight")]),
    (Both, "flightDates", r#"{"startDate":"2027-03-10","endDate":"2027-05-31","timezone":"UTC"}"#,
        &[("flightDates.timezone", UNKNOWN)]),
    (Both, "brief", "null", &[("brief", NULL)]),
    (Both, "brief", "{}", &[("brief", TYPE)]),
    (Both, "brief", r#""a\u0007b""#, &[("brief", "invalid_format")]),
    (Both, "optimizationApplyMode", r#""auto""#, &[("optimizationApplyMode", "unknown_value")]),
    (Both, "optimizationApplyMode", "1", &[("optimizationApplyMode", TYPE)]),
    (Both, "discoveryId", "null", &[("discoveryId", NULL)]),
    (Both, "discoveryId", r#""cmp_1""#, &[("discoveryId", "invalid_format")]),
    (Both, "discoveryId", r#""dsc_unknown""#, &[("discoveryId", "not_found")]),
    (Create, "productIds", r#"["banner","banner"]"#, &[("productIds[1]", "duplicate")]),
    (Create, "productIds", r#"["banner"]"#, &[("productIds", "not_allowed_here")]),
    (Create, "expectedRevision", "1", &[("expectedRevision", UNKNOWN)]),
    (Update, "expectedRevision", "0", &[("expectedRevision", "too_small")]),
    (Update, "expectedRevision", "1.5", &[("expectedRevision", TYPE)]),
    (Update, "expectedRevision", r#""1""#, &[("expectedRevision", TYPE)]),
    (Update, "productIds", "[]", &[("productIds", UNKNOWN)]),
    (Both, "status", r#""ACTIVE""#, &[("status", UNKNOWN)]),
    (Both, "mediaBudget", "{}", &[("mediaBudget", UNKNOWN)]),
    (Both, "Name", r#""a""#, &[("Name", UNKNOWN)]),
    (Both, "", "1", &[("", UNKNOWN)]),
];

/// Money and what is taken from it.
#[rustfmt::skip]
const MONEY: &[Case] = &[
    (Create, "budget", "", &[("budget", MISSING)]),
    (Both, "budget", "null", &[("budget", NULL)]),
    (Both, "budget", "300000", &[("budget", TYPE)]),
    (Create, "budget", "{}", &[("budget.total", MISSING)]),
    (Both, "budget", r#"{"total":null}"#, &[("budget.total", NULL)]),
    (Both, "budget", r#"{"total":0}"#, &[("budget.total", "too_small")]),
    (Both, "budget", r#"{"total":-0.0}"#, &[("budget.total", "too_small")]),
    (Both, "budget", r#"{"total":-5}"#, &[("budget.total", "too_small")]),
    (Both, "budget", r#"{"total":100.001}"#, &[("budget.total", "too_many_decimals")]),
    (Both, "budget", r#"{"total":"100.001"}"#, &[("budget.total", "too_many_decimals")]),
    (Both, "budget", r#"{"total":1e-30}"#, &[("budget.total", "too_many_decimals")]),
    (Both, "budget", r#"{"total":10000000000000}"#, &[("budget.total", "out_of_range")]),
    (Both, "budget", r#"{"total":1e308}"#, &[("budget.total", "out_of_range")]),
    (Both, "budget", r#"{"total":-1e308}"#, &[("budget.total", "out_of_range")]),
    (Both, "budget", r#"{"total":1234567890123456789012345678901234567890}"#, &[("budget.total", "out_of_range")]),
    (Both, "budget", r#"{"total":"1e400"}"#, &[("budget.total", TYPE)]),
    (Both, "budget", r#"{"total":"1,000"}"#, &[("budget.total", TYPE)]),
    (Both, "budget", r#"{"total":""}"#, &[("budget.total", TYPE)]),
    (Both, "budget", r#"{"total":"NaN"}"#, &[("budget.total", TYPE)]),
    (Both, "budget", r#"{"total":true}"#, &[("budget.total", TYPE)]),
    (Both, "budget", r#"{"total":[100]}"#, &[("budget.total", TYPE)]),
    (Both, "budget", r#"{"total":100,"total":200}"#, &[("budget.total", "duplicate_field")]),
    (Both, "budget", r#"{"total":300000,"currency":"EUR"}"#, &[("budget.currency", "currency_mismatch")]),
    (Both, "budget", r#"{"total":300000,"currency":"JPY"}"#, &[("budget.currency", "currency_mismatch")]),
    (Both, "budget", r#"{"total":300000,"currency":"usd"}"#, &[("budget.currency", "unsupported_currency")]),
    (Both, "budget", r#"{"total":300000,"currency":"XAU"}"#, &[("budget.currency", "unsupported_currency")]),
    (Both, "budget", r#"{"total":300000,"currency":"DOLLARS"}"#, &[("budget.currency", "unsupported_currency")]),
    (Both, "budget", r#"{"total":300000,"currency":null}"#, &[("budget.currency", NULL)]),
    (Both, "budget", r#"{"total":300000,"currency":840}"#, &[("budget.currency", TYPE)]),
    (Both, "budget", r#"{"total":300000,"dailyCap":300000.01}"#, &[("budget.dailyCap", "too_large")]),
    (Both, "budget", r#"{"total":300000,"dailyCap":0}"#, &[("budget.dailyCap", "too_small")]),
    (Both, "budget", r#"{"total":300000,"dailyCap":-1}"#, &[("budget.dailyCap", "too_small")]),
    (Both, "budget", r#"{"total":300000,"dailyCap":0.001}"#, &[("budget.dailyCap", "too_many_decimals")]),
    (Both, "budget", r#"{"total":300000,"dailyCap":null}"#, &[("budget.dailyCap", NULL)]),
    (Update, "budget", r#"{"total":5000}"#, &[("budget.dailyCap", "too_large")]),
    (Both, "budget", r#"{"total":300000,"pacing":"even"}"#, &[("budget.pacing", "unknown_value")]),
    (Both, "budget", r#"{"total":300000,"pacing":"FRONT_LOADED"}"#, &[("budget.pacing", "unknown_value")]),
    (Both, "budget", r#"{"total":300000,"pacing":3}"#, &[("budget.pacing", TYPE)]),
    (Both, "budget", r#"{"total":300000,"spent":1}"#, &[("budget.spent", UNKNOWN)]),
    (Both, "fees", "null", &[("fees", NULL)]),
    (Both, "fees", "{}", &[("fees", TYPE)]),
    (Both, "fees", "[8]", &[("fees[0]", TYPE)]),
    (Both, "fees", "[{}]", &[("fees[0].pricingType", MISSING)]),
    (Both, "fees", r#"[{"pricingType":"CPM"}]"#, &[("fees[0].pricingType", "unknown_value")]),
    (Both, "fees", r#"[{"pricingType":"MARGIN"}]"#, &[("fees[0].marginPercent", MISSING)]),
    (Both, "fees", r#"[{"pricingType":"MARGIN","marginPercent":-1}]"#, &[("fees[0].marginPercent", "too_small")]),
    (Both, "fees", r#"[{"pricingType":"MARGIN","marginPercent":100.1}]"#, &[("fees[0].marginPercent", "too_large")]),
    (Both, "fees", r#"[{"pricingType":"MARGIN","marginPercent":1.23456}]"#, &[("fees[0].marginPercent", "too_many_decimals")]),
    (Both, "fees", r#"[{"pricingType":"MARGIN","marginPercent":60},{"pricingType":"MARGIN","marginPercent":40.0001}]"#,
        &[("fees", "fees_exceed_total")]),
    (Both, "fees", r#"[{"pricingType":"FLAT"}]"#, &[("fees[0].amount", MISSING)]),
    (Both, "fees", r#"[{"pricingType":"FLAT","amount":-1}]"#, &[("fees[0].amount", "too_small")]),
    (Both, "fees", r#"[{"pricingType":"FLAT","amount":1.005}]"#, &[("fees[0].amount", "too_many_decimals")]),
    (Both, "fees", r#"[{"pricingType":"FLAT","amount":1e40}]"#, &[("fees[0].amount", "out_of_range")]),
    (Both, "fees", r#"[{"pricingType":"FLAT","amount":1,"marginPercent":1}]"#, &[("fees[0].marginPercent", "not_allowed_here")]),
    (Both, "fees", r#"[{"pricingType":"FLAT","amount":300000.01}]"#, &[("fees", "fees_exceed_total")]),
    (Both, "fees", r#"[{"pricingType":"MARGIN","marginPercent":50},{"pricingType":"FLAT","amount":150000.01}]"#,
        &[("fees", "fees_exceed_total")]),
    (Both, "fees", r#"[{"pricingType":"FLAT","amount":1,"currency":"EUR"}]"#, &[("fees[0].currency", "currency_mismatch")]),
    (Both, "fees", r#"[{"pricingType":"FLAT","amount":1,"label":""}]"#, &[("fees[0].label", "too_short")]),
    (Both, "fees", r#"[{"pricingType":"FLAT","amount":1,"unit":"CPM"}]"#, &[("fees[0].unit", UNKNOWN)]),
];

/// The schedule. The flight is 10 March to 31 May 2027, the total 300,000 USD.
#[rustfmt::skip]
const PERIODS: &[Case] = &[
    (Both, "pacingPeriods", "[]", &[("pacingPeriods", TYPE)]),
    (Both, "pacingPeriods", "{}", &[("pacingPeriods.mode", MISSING), ("pacingPeriods.periods", MISSING)]),
    (Both, "pacingPeriods", r#"{"mode":"weights","periods":[]}"#,
        &[("pacingPeriods.mode", "unknown_value"), ("pacingPeriods.periods", "too_short")]),
    (Both, "pacingPeriods", r#"{"mode":"weight","periods":[]}"#, &[("pacingPeriods.periods", "too_short")]),
    (Both, "pacingPeriods", r#"{"mode":"weight","periods":null}"#, &[("pacingPeriods.periods", NULL)]),
    (Both, "pacingPeriods", r#"{"mode":"weight","periods":[null]}"#, &[("pacingPeriods.periods[0]", TYPE)]),
    (Both, "pacingPeriods", r#"{"mode":"weight","periods":[{}]}"#,
        &[("pacingPeriods.periods[0].label", MISSING), ("pacingPeriods.periods[0].start", MISSING),
          ("pacingPeriods.periods[0].end", MISSING), ("pacingPeriods.periods[0].weight", MISSING)]),
    (Both, "pacingPeriods", r#"{"mode":"weight","periods":[{"label":"","start":"2027-03-10T00:00:00Z","end":"2027-3-9","weight":1}]}"#,
        &[("pacingPeriods.periods[0].label", "too_short"), ("pacingPeriods.periods[0].start", "invalid_format"),
          ("pacingPeriods.periods[0].end", "invalid_format")]),
    (Both, "pacingPeriods", r#"{"mode":"weight","periods":[{"label":"a","start":"2027-03-11","end":"2027-03-10","weight":1}]}"#,
        &[("pacingPeriods.periods[0].end", "end_before_start")]),
    (Both, "pacingPeriods", r#"{"mode":"weight","periods":[{"label":"a","start":"2027-03-09","end":"2027-06-01","weight":1}]}"#,
        &[("pacingPeriods.periods[0].start", "outside_flight"), ("pacingPeriods.periods[0].end", "outside_flight")]),
    (Both, "pacingPeriods", r#"{"mode":"weight","periods":[{"label":"a","start":"2027-03-10","end":"2027-03-20","weight":1},{"label":"b","start":"2027-03-20","end":"2027-03-30","weight":1}]}"#,
        &[("pacingPeriods.periods[1].start", "overlap")]),
    (Both, "pacingPeriods", r#"{"mode":"weight","periods":[{"label":"b","start":"2027-04-01","end":"2027-04-30","weight":1},{"label":"a","start":"2027-03-10","end":"2027-03-20","weight":1}]}"#,
        &[("pacingPeriods.periods[1].start", "overlap")]),
    (Both, "pacingPeriods", r#"{"mode":"weight","periods":[{"label":"a","start":"2027-03-10","end":"2027-03-20","weight":10.1}]}"#,
        &[("pacingPeriods.periods[0].weight", "too_large")]),
    (Both, "pacingPeriods", r#"{"mode":"weight","periods":[{"label":"a","start":"2027-03-10","end":"2027-03-20","weight":-0.1}]}"#,
        &[("pacingPeriods.periods[0].weight", "too_small")]),
    (Both, "pacingPeriods", r#"{"mode":"weight","periods":[{"label":"a","start":"2027-03-10","end":"2027-03-20","weight":0.00001}]}"#,
        &[("pacingPeriods.periods[0].weight", "too_many_decimals")]),
    (Both, "pacingPeriods", r#"{"mode":"weight","periods":[{"label":"a","start":"2027-03-10","end":"2027-03-20","weight":0},{"label":"b","start":"2027-03-21","end":"2027-03-30","weight":0}]}"#,
        &[("pacingPeriods.periods", "all_zero")]),
    (Both, "pacingPeriods", r#"{"mode":"weight","periods":[{"label":"a","start":"2027-03-10","end":"2027-03-20","budget":5}]}"#,
        &[("pacingPeriods.periods[0].weight", MISSING)]),
    (Both, "pacingPeriods", r#"{"mode":"budget","periods":[{"label":"a","start":"2027-03-10","end":"2027-03-20"}]}"#,
        &[("pacingPeriods.periods[0].budget", MISSING)]),
    (Both, "pacingPeriods", r#"{"mode":"budget","periods":[{"label":"a","start":"2027-03-10","end":"2027-03-20","weight":1,"budget":5}]}"#,
        &[("pacingPeriods.periods[0].weight", "not_allowed_here")]),
    (Both, "pacingPeriods", r#"{"mode":"budget","periods":[{"label":"a","start":"2027-03-10","end":"2027-03-20","budget":-5}]}"#,
        &[("pacingPeriods.periods[0].budget", "too_small")]),
    (Both, "pacingPeriods", r#"{"mode":"budget","periods":[{"label":"a","start":"2027-03-10","end":"2027-03-20","budget":5.001}]}"#,
        &[("pacingPeriods.periods[0].budget", "too_many_decimals")]),
    (Both, "pacingPeriods", r#"{"mode":"budget","periods":[{"label":"a","start":"2027-03-10","end":"2027-03-20","budget":0}]}"#,
        &[("pacingPeriods.periods", "all_zero")]),
    (Both, "pacingPeriods", r#"{"mode":"budget","periods":[{"label":"a","start":"2027-03-10","end":"2027-03-20","budget":200000},{"label":"b","start":"2027-03-21","end":"2027-03-30","budget":100000.01}]}"#,
        &[("pacingPeriods.periods", "sum_too_large")]),
    (Both, "pacingPeriods", r#"{"mode":"weight","periods":[{"label":"a","start":"2027-03-10","end":"2027-03-20","weight":1,"daily":1}],"repeat":true}"#,
        &[("pacingPeriods.periods[0].daily", UNKNOWN), ("pacingPeriods.repeat", UNKNOWN)]),
];

/// Where, to whom, for what.
#[rustfmt::skip]
const TARGETING: &[Case] = &[
    (Both, "constraints", "null", &[("constraints", NULL)]),
    (Both, "constraints", "[]", &[("constraints", TYPE)]),
    (Both, "constraints", r#"{"channels":["tv","ctv","ctv"]}"#,
        &[("constraints.channels[0]", "unknown_value"), ("constraints.channels[2]", "duplicate")]),
    (Both, "constraints", r#"{"channels":"ctv"}"#, &[("constraints.channels", TYPE)]),
    (Both, "constraints", r#"{"countries":["USA"]}"#, &[("constraints.countries[0]", "invalid_format")]),
    (Both, "constraints", r#"{"geo_countries":["us"]}"#, &[("constraints.geo_countries[0]", "invalid_format")]),
    (Both, "constraints", r#"{"geo_countries":[49]}"#, &[("constraints.geo_countries[0]", TYPE)]),
    (Both, "constraints", r#"{"countries":["US"],"geo_countries":["DE"]}"#, &[("constraints.countries", "contradiction")]),
    (Both, "constraints", r#"{"geo_countries":["US","DE"],"geo_countries_exclude":["FR","DE"]}"#,
        &[("constraints.geo_countries_exclude[1]", "contradiction")]),
    (Both, "constraints", r#"{"geo_regions":["California"]}"#, &[("constraints.geo_regions[0]", "invalid_format")]),
    (Both, "constraints", r#"{"geo_regions":["US-CA"],"geo_regions_exclude":["US-CA"]}"#,
        &[("constraints.geo_regions_exclude[0]", "contradiction")]),
    (Both, "constraints", r#"{"geo_metros":[{"system":"dma","values":[]}]}"#,
        &[("constraints.geo_metros[0].system", "unknown_value"), ("constraints.geo_metros[0].values", "too_short")]),
    (Both, "constraints", r#"{"geo_postal_areas":[{"country":"DE","system":"plz","values":["10115"],"city":"Berlin"}]}"#,
        &[("constraints.geo_postal_areas[0].city", UNKNOWN)]),
    (Both, "constraints", r#"{"language":["deutsch"],"device_type":["phone"],"device_platform":["symbian"]}"#,
        &[("constraints.language[0]", "invalid_format"), ("constraints.device_type[0]", "unknown_value"),
          ("constraints.device_platform[0]", "unknown_value")]),
    (Both, "constraints", r#"{"device_type":["ctv"],"device_type_exclude":["ctv"]}"#,
        &[("constraints.device_type_exclude[0]", "contradiction")]),
    (Both, "constraints", r#"{"cities":["Berlin"]}"#, &[("constraints.cities", UNKNOWN)]),
    (Both, "audienceConfig", "null", &[("audienceConfig", NULL)]),
    (Both, "audienceConfig", r#"{"targetAudienceIds":["seg-1",5]}"#,
        &[("audienceConfig.targetAudienceIds[0]", "invalid_format"), ("audienceConfig.targetAudienceIds[1]", TYPE)]),
    (Both, "audienceConfig", r#"{"targetAudienceIds":["aud_1"],"suppressAudienceIds":["aud_2","aud_1"]}"#,
        &[("audienceConfig.suppressAudienceIds[1]", "contradiction")]),
    (Both, "audienceConfig", r#"{"targetAudienceIds":["aud_1","aud_1"]}"#, &[("audienceConfig.targetAudienceIds[1]", "duplicate")]),
    (Update, "audienceConfig", r#"{"targetAudienceIds":["aud_b"]}"#, &[("audienceConfig.targetAudienceIds[0]", "contradiction")]),
    (Both, "audienceConfig", r#"{"deleteMissing":1,"segments":[]}"#,
        &[("audienceConfig.deleteMissing", TYPE), ("audienceConfig.segments", UNKNOWN)]),
    (Both, "performanceConfig", "[]", &[("performanceConfig", TYPE)]),
    (Both, "performanceConfig", "{}", &[("performanceConfig.optimizationGoals", MISSING)]),
    (Both, "performanceConfig", r#"{"optimizationGoals":[]}"#, &[("performanceConfig.optimizationGoals", "too_short")]),
    (Both, "performanceConfig", r#"{"optimizationGoals":[{"kind":"reach"}]}"#,
        &[("performanceConfig.optimizationGoals[0].kind", "unknown_value")]),
    (Both, "performanceConfig", r#"{"optimizationGoals":[{"kind":"metric"}]}"#,
        &[("performanceConfig.optimizationGoals[0].metric", MISSING)]),
    (Both, "performanceConfig", r#"{"optimizationGoals":[{"kind":"metric","metric":"conversions"}]}"#,
        &[("performanceConfig.optimizationGoals[0].metric", "unknown_value")]),
    (Both, "performanceConfig", r#"{"optimizationGoals":[{"kind":"metric","metric":"clicks","target":{"kind":"per_ad_spend","value":2}}]}"#,
        &[("performanceConfig.optimizationGoals[0].target.kind", "unknown_value")]),
    (Both, "performanceConfig", r#"{"optimizationGoals":[{"kind":"metric","metric":"clicks","target":{"kind":"maximize_value"}}]}"#,
        &[("performanceConfig.optimizationGoals[0].target.kind", "unknown_value")]),
    (Both, "performanceConfig", r#"{"optimizationGoals":[{"kind":"metric","metric":"clicks","target":{"kind":"cost_per"}}]}"#,
        &[("performanceConfig.optimizationGoals[0].target.value", MISSING)]),
    (Both, "performanceConfig", r#"{"optimizationGoals":[{"kind":"metric","metric":"clicks","target":{"kind":"cost_per","value":0}}]}"#,
        &[("performanceConfig.optimizationGoals[0].target.value", "too_small")]),
    (Both, "performanceConfig", r#"{"optimizationGoals":[{"kind":"metric","metric":"clicks","viewDurationSeconds":3}]}"#,
        &[("performanceConfig.optimizationGoals[0].viewDurationSeconds", "not_allowed_here")]),
    (Both, "performanceConfig", r#"{"optimizationGoals":[{"kind":"event"}]}"#,
        &[("performanceConfig.optimizationGoals[0].eventSources", MISSING)]),
    (Both, "performanceConfig", r#"{"optimizationGoals":[{"kind":"event","eventSources":[{"eventSourceId":"px","eventType":"purchase"}],"target":{"kind":"threshold_rate","value":1}}]}"#,
        &[("performanceConfig.optimizationGoals[0].target.kind", "unknown_value")]),
    (Both, "performanceConfig", r#"{"optimizationGoals":[{"kind":"event","eventSources":[{"eventSourceId":"px","eventType":"purchase"}],"target":{"kind":"per_ad_spend","value":4}}]}"#,
        &[("performanceConfig.optimizationGoals[0].eventSources", MISSING)]),
    (Both, "performanceConfig", r#"{"optimizationGoals":[{"kind":"event","eventSources":[{"eventSourceId":"px","eventType":"purchase","valueField":"v"}],"target":{"kind":"maximize_value","value":4}}]}"#,
        &[("performanceConfig.optimizationGoals[0].target.value", "not_allowed_here")]),
    (Both, "performanceConfig", r#"{"optimizationGoals":[{"kind":"event","eventSources":[{"eventSourceId":"px","eventType":"purchase"}],"metric":"clicks","priority":0}]}"#,
        &[("performanceConfig.optimizationGoals[0].metric", "not_allowed_here"), ("performanceConfig.optimizationGoals[0].priority", "too_small")]),
    (Both, "performanceConfig", r#"{"optimizationGoals":[{"kind":"metric","metric":"clicks","weight":1}],"mode":"x"}"#,
        &[("performanceConfig.optimizationGoals[0].weight", UNKNOWN), ("performanceConfig.mode", UNKNOWN)]),
    (Both, "frequencyCaps", "null", &[("frequencyCaps", NULL)]),
    (Both, "frequencyCaps", "[{}]", &[("frequencyCaps[0].max_impressions", MISSING), ("frequencyCaps[0].window", MISSING)]),
    (Both, "frequencyCaps", r#"[{"max_impressions":0,"window":{"interval":0,"unit":"days"}}]"#,
        &[("frequencyCaps[0].max_impressions", "too_small"), ("frequencyCaps[0].window.interval", "too_small")]),
    (Both, "frequencyCaps", r#"[{"max_impressions":4294967296,"window":{"interval":1000001,"unit":"weeks"}}]"#,
        &[("frequencyCaps[0].max_impressions", "too_large"), ("frequencyCaps[0].window.interval", "too_large"),
          ("frequencyCaps[0].window.unit", "unknown_value")]),
    (Both, "frequencyCaps", r#"[{"max_impressions":1.5,"window":{"interval":"1","unit":"days"}}]"#,
        &[("frequencyCaps[0].max_impressions", TYPE), ("frequencyCaps[0].window.interval", TYPE)]),
    (Both, "frequencyCaps", r#"[{"max_impressions":3,"window":{"unit":"days"}}]"#, &[("frequencyCaps[0].window.interval", MISSING)]),
    (Both, "frequencyCaps", r#"[{"max_impressions":3,"window":{"interval":1,"unit":"days"}},{"max_impressions":3,"window":{"interval":1,"unit":"days"}}]"#,
        &[("frequencyCaps[1]", "duplicate")]),
    (Both, "frequencyCaps", r#"[{"max_impressions":3,"window":{"interval":1,"unit":"days","per":"person"},"scope":"household"}]"#,
        &[("frequencyCaps[0].window.per", UNKNOWN), ("frequencyCaps[0].scope", UNKNOWN)]),
];

/// What is too long to be written down.
pub fn long() -> Vec<(&'static str, String, Issue)> {
    let text = |n: usize| json!("ä".repeat(n)).to_string();
    let list = |n: usize, one: &dyn Fn(usize) -> String| {
        format!("[{}]", (0..n).map(one).collect::<Vec<_>>().join(","))
    };
    let period = |i: usize| {
        let day = chrono::NaiveDate::from_ymd_opt(2027, 3, 10).unwrap()
            + chrono::Days::new(u64::try_from(i).unwrap());
        format!(r#"{{"label":"p","start":"{day}","end":"{day}","weight":1}}"#)
    };
    let one_period = |label: &str| {
        format!(
            r#"{{"mode":"weight","periods":[{{"label":{label},"start":"2027-03-10","end":"2027-03-20","weight":1}}]}}"#
        )
    };
    let fee = |_| r#"{"pricingType":"FLAT","amount":1}"#.to_owned();
    let cap = |i: usize| {
        format!(
            r#"{{"max_impressions":{},"window":{{"interval":1,"unit":"days"}}}}"#,
            i + 1
        )
    };
    let goal = |_| r#"{"kind":"metric","metric":"clicks"}"#.to_owned();
    let audience = |i: usize| format!("\"aud_{i}\"");
    let over = "too_long";
    vec![
        ("name", text(256), ("name", over)),
        ("brief", text(5001), ("brief", over)),
        ("fees", list(21, &fee), ("fees", over)),
        (
            "fees",
            format!(
                r#"[{{"pricingType":"FLAT","amount":1,"label":{}}}]"#,
                text(101)
            ),
            ("fees[0].label", over),
        ),
        (
            "pacingPeriods",
            format!(r#"{{"mode":"weight","periods":{}}}"#, list(53, &period)),
            ("pacingPeriods.periods", over),
        ),
        (
            "pacingPeriods",
            one_period(&text(101)),
            ("pacingPeriods.periods[0].label", over),
        ),
        ("frequencyCaps", list(21, &cap), ("frequencyCaps", over)),
        (
            "performanceConfig",
            format!(r#"{{"optimizationGoals":{}}}"#, list(21, &goal)),
            ("performanceConfig.optimizationGoals", over),
        ),
        (
            "audienceConfig",
            format!(r#"{{"suppressAudienceIds":{}}}"#, list(101, &audience)),
            ("audienceConfig.suppressAudienceIds", over),
        ),
        (
            "constraints",
            format!(r#"{{"countries":{}}}"#, list(251, &|_| "\"US\"".to_owned())),
            ("constraints.countries", over),
        ),
        (
            "constraints",
            format!(
                r#"{{"geo_metros":[{{"system":"custom","values":{}}}]}}"#,
                list(501, &|i| format!("\"{i}\""))
            ),
            ("constraints.geo_metros[0].values", over),
        ),
    ]
}

pub fn cases() -> impl Iterator<Item = &'static Case> {
    [PLAIN, MONEY, PERIODS, TARGETING].into_iter().flatten()
}
