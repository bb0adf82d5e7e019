//! The tools of every agent, with small input schemas.

use serde_json::{Value, json};

use crate::ledger::Ledger;
use crate::reading::Object;
use crate::refusal::Refusal;
use crate::seller::Call;
use crate::{
    accounts, buying, capabilities, changing, controller, creatives, discovery, listing, reporting,
    tasks,
};

type Run = fn(&Call<'_>, &mut Ledger) -> Result<Object, Refusal>;

pub(crate) struct Tool {
    pub name: &'static str,
    pub description: &'static str,
    /// Changes something: needs an idempotency key and replays.
    pub is_changing: bool,
    /// Answers without the AdCP envelope, as the test controller does.
    pub is_bare: bool,
    pub run: Run,
    /// Members with their JSON type; those marked `true` are required.
    members: &'static [(&'static str, &'static str, bool)],
}

impl Tool {
    pub(crate) fn input_schema(&self) -> Object {
        let mut properties = Object::new();
        for (name, kind, _) in self.members {
            properties.insert((*name).into(), json!({"type": kind}));
        }
        for (name, kind) in [
            ("adcp_version", "string"),
            ("adcp_major_version", "integer"),
            ("context", "object"),
            ("ext", "object"),
        ] {
            properties.insert(name.into(), json!({"type": kind}));
        }
        let mut schema = Object::new();
        schema.insert("type".into(), "object".into());
        schema.insert("properties".into(), Value::Object(properties));
        let required: Vec<&str> = self
            .members
            .iter()
            .filter(|(_, _, required)| *required)
            .map(|(name, _, _)| *name)
            .collect();
        if !required.is_empty() {
            schema.insert("required".into(), json!(required));
        }
        schema.insert("additionalProperties".into(), true.into());
        schema
    }
}

pub(crate) fn find(name: &str) -> Option<&'static Tool> {
    ALL.iter().find(|tool| tool.name == name)
}

const fn reading(
    name: &'static str,
    description: &'static str,
    run: Run,
    members: &'static [(&'static str, &'static str, bool)],
) -> Tool {
    Tool {
        name,
        description,
        is_changing: false,
        is_bare: false,
        run,
        members,
    }
}

const fn changing(
    name: &'static str,
    description: &'static str,
    run: Run,
    members: &'static [(&'static str, &'static str, bool)],
) -> Tool {
    Tool {
        name,
        description,
        is_changing: true,
        is_bare: false,
        run,
        members,
    }
}

const TASK: &[(&str, &str, bool)] = &[
    ("task_id", "string", true),
    ("include_result", "boolean", false),
];

pub(crate) static ALL: [Tool; 16] = [
    reading(
        "get_adcp_capabilities",
        "What this agent supports",
        capabilities::get_adcp_capabilities,
        &[("protocols", "array", false)],
    ),
    changing(
        "sync_accounts",
        "Opens accounts for brands and operators",
        accounts::sync_accounts,
        &[
            ("idempotency_key", "string", true),
            ("accounts", "array", true),
        ],
    ),
    reading(
        "list_accounts",
        "The accounts opened here",
        accounts::list_accounts,
        &[
            ("status", "string", false),
            ("sandbox", "boolean", false),
            ("pagination", "object", false),
        ],
    ),
    reading(
        "get_products",
        "Products for a brief, or the whole catalogue",
        discovery::get_products,
        &[
            ("buying_mode", "string", false),
            ("brief", "string", false),
            ("refine", "array", false),
            ("brand", "object", false),
            ("account", "object", false),
            ("filters", "object", false),
            ("pagination", "object", false),
        ],
    ),
    reading(
        "list_creative_formats",
        "Formats that creatives must have",
        discovery::list_creative_formats,
        &[
            ("format_ids", "array", false),
            ("asset_types", "array", false),
            ("pagination", "object", false),
        ],
    ),
    changing(
        "create_media_buy",
        "Buys packages of products",
        buying::create_media_buy,
        &[
            ("idempotency_key", "string", true),
            ("account", "object", true),
            ("brand", "object", true),
            ("start_time", "string", true),
            ("end_time", "string", true),
            ("packages", "array", false),
            ("po_number", "string", false),
            ("paused", "boolean", false),
            ("push_notification_config", "object", false),
            ("reporting_webhook", "object", false),
        ],
    ),
    changing(
        "update_media_buy",
        "Pauses, resumes, cancels or changes a media buy",
        changing::update_media_buy,
        &[
            ("idempotency_key", "string", true),
            ("account", "object", true),
            ("media_buy_id", "string", true),
            ("revision", "integer", false),
            ("paused", "boolean", false),
            ("canceled", "boolean", false),
            ("cancellation_reason", "string", false),
            ("start_time", "string", false),
            ("end_time", "string", false),
            ("packages", "array", false),
            ("new_packages", "array", false),
            ("push_notification_config", "object", false),
            ("reporting_webhook", "object", false),
        ],
    ),
    reading(
        "get_media_buys",
        "Media buys with their status and packages",
        listing::get_media_buys,
        &[
            ("account", "object", false),
            ("media_buy_ids", "array", false),
            ("include_snapshot", "boolean", false),
            ("include_history", "integer", false),
            ("pagination", "object", false),
        ],
    ),
    reading(
        "get_media_buy_delivery",
        "What media buys served and spent",
        reporting::get_media_buy_delivery,
        &[
            ("account", "object", false),
            ("media_buy_ids", "array", false),
            ("start_date", "string", false),
            ("end_date", "string", false),
            ("include_package_daily_breakdown", "boolean", false),
        ],
    ),
    changing(
        "sync_creatives",
        "Takes in creatives and assigns them to packages",
        creatives::sync_creatives,
        &[
            ("idempotency_key", "string", true),
            ("account", "object", true),
            ("creatives", "array", true),
            ("assignments", "array", false),
            ("dry_run", "boolean", false),
            ("validation_mode", "string", false),
        ],
    ),
    reading(
        "list_creatives",
        "The creatives held here",
        creatives::list_creatives,
        &[
            ("account", "object", false),
            ("filters", "object", false),
            ("pagination", "object", false),
        ],
    ),
    reading(
        "get_task_status",
        "State and result of an approval",
        tasks::get_task_status,
        TASK,
    ),
    reading(
        "tasks_get",
        "State and result of an approval (AdCP 3.0)",
        tasks::get_task_status,
        TASK,
    ),
    reading(
        "tasks/get",
        "State and result of an approval (AdCP 3.0)",
        tasks::get_task_status,
        TASK,
    ),
    changing(
        "provide_performance_feedback",
        "Notes how well a media buy performed",
        listing::provide_performance_feedback,
        &[
            ("idempotency_key", "string", true),
            ("media_buy_id", "string", true),
            ("measurement_period", "object", true),
            ("performance_index", "number", true),
        ],
    ),
    Tool {
        name: "comply_test_controller",
        description: "Sets up and steers a test, for sandbox accounts only",
        is_changing: false,
        is_bare: true,
        run: controller::comply_test_controller,
        members: &[
            ("scenario", "string", true),
            ("params", "object", false),
            ("account", "object", false),
        ],
    },
];
