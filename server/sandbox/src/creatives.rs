//! `sync_creatives`, `list_creatives`, and creatives that come inside a package.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::accounts::Reference;
use crate::catalogue::FORMATS;
use crate::ledger::Ledger;
use crate::listing::Page;
use crate::reading::{Object, Reading, written};
use crate::refusal::Refusal;
use crate::seller::Call;

const VALIDATION_MODES: [&str; 2] = ["strict", "lenient"];

#[derive(Debug, Clone)]
pub(crate) struct Creative {
    pub id: String,
    /// Empty for one placed by a test controller.
    account_id: String,
    name: String,
    /// As the buyer named it: `format_id`, or `format_kind` with an option.
    format: Object,
    assets: Object,
    pub status: &'static str,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Creative {
    pub(crate) fn is_usable(&self) -> bool {
        self.status == "approved"
    }

    /// Reads a creative's shape; what the seller thinks of it comes later.
    fn read(reading: &mut Reading, from: &Object, at: &str, now: DateTime<Utc>) -> Option<Self> {
        let id = reading.needed_text(from, at, "creative_id");
        let name = reading.needed_text(from, at, "name");
        let mut format = Object::new();
        for key in ["format_id", "format_kind", "format_option_ref"] {
            if let Some(value) = from.get(key) {
                format.insert(key.into(), value.clone());
            }
        }
        if let Some(format_id) = reading.object(from, at, "format_id") {
            let at = format!("{at}/format_id");
            reading.needed_text(format_id, &at, "agent_url");
            reading.needed_text(format_id, &at, "id");
        } else if !from.contains_key("format_id") && reading.text(from, at, "format_kind").is_none()
        {
            reading.missing(at, "format_id");
        }
        if !from.contains_key("assets") {
            reading.missing(at, "assets");
        }
        let assets = reading.object(from, at, "assets").cloned();
        Some(Self {
            id: id?.to_owned(),
            account_id: String::new(),
            name: name?.to_owned(),
            format,
            assets: assets?,
            status: "approved",
            created_at: now,
            updated_at: now,
        })
    }

    /// What is wrong with it in the seller's eyes.
    fn fault(&self, agent_url: &str) -> Option<Refusal> {
        if self.assets.is_empty() {
            return Some(Refusal::new(
                "CREATIVE_REJECTED",
                format!("creative `{}` has no assets", self.id),
            ));
        }
        let format = self.format.get("format_id")?;
        let ours = format.get("agent_url").and_then(Value::as_str) == Some(agent_url);
        let id = format.get("id").and_then(Value::as_str).unwrap_or_default();
        if ours && !FORMATS.iter().any(|format| format.id == id) {
            return Some(Refusal::new(
                "CREATIVE_REJECTED",
                format!("this agent has no format `{id}`"),
            ));
        }
        None
    }

    fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.format == other.format && self.assets == other.assets
    }

    fn shown(&self) -> Value {
        let mut shown = self.format.clone();
        shown.insert("creative_id".into(), self.id.clone().into());
        shown.insert("name".into(), self.name.clone().into());
        shown.insert("status".into(), self.status.into());
        shown.insert("created_date".into(), written(self.created_at).into());
        shown.insert("updated_date".into(), written(self.updated_at).into());
        Value::Object(shown)
    }
}

/// A creative placed by a test controller.
pub(crate) fn seeded(id: &str, name: &str, format: Object, now: DateTime<Utc>) -> Creative {
    Creative {
        id: id.to_owned(),
        account_id: String::new(),
        name: name.to_owned(),
        format,
        assets: Object::new(),
        status: "approved",
        created_at: now,
        updated_at: now,
    }
}

/// Reads creatives that came inside a package, with the pointer of each.
pub(crate) fn read_inline(
    call: &Call<'_>,
    inline: Vec<(String, Object)>,
) -> Result<Vec<Creative>, Refusal> {
    let mut reading = Reading::default();
    let creatives: Vec<Creative> = inline
        .iter()
        .filter_map(|(at, from)| Creative::read(&mut reading, from, at, call.now))
        .collect();
    reading.done()?;
    match creatives.iter().find_map(|one| one.fault(&call.seller.url)) {
        Some(fault) => Err(fault),
        None => Ok(creatives),
    }
}

/// Books creatives; one that is held already is replaced.
pub(crate) fn take_in(
    ledger: &mut Ledger,
    account_id: &str,
    creatives: Vec<Creative>,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    if creatives.is_empty() {
        return Ok(());
    }
    for mut creative in creatives {
        ledger.room_for_a_creative()?;
        creative.account_id = account_id.to_owned();
        if let Some(held) = ledger.creatives.get(&creative.id) {
            creative.created_at = held.created_at;
        }
        ledger.creatives.insert(creative.id.clone(), creative);
    }
    ledger.creatives_changed(now);
    Ok(())
}

struct Assignment {
    creative_id: String,
    package_id: String,
    weight: Option<f64>,
}

/// `sync_creatives`: each creative stands for itself; what is wrong with one is said at it.
pub(crate) fn sync_creatives(call: &Call<'_>, ledger: &mut Ledger) -> Result<Object, Refusal> {
    let arguments = call.arguments;
    let mut reading = Reading::default();
    let account = Reference::needed(&mut reading, arguments);
    if !arguments.contains_key("creatives") {
        reading.missing("", "creatives");
    }
    let creatives: Vec<Creative> = reading
        .objects(arguments, "", "creatives", 100)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(at, from)| Creative::read(&mut reading, from, &at, call.now))
        .collect();
    let assignments: Vec<Assignment> = reading
        .objects(arguments, "", "assignments", 1_000)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(at, from)| {
            let creative = reading.needed_text(from, &at, "creative_id");
            let package = reading.needed_text(from, &at, "package_id");
            Some(Assignment {
                creative_id: creative?.to_owned(),
                package_id: package?.to_owned(),
                weight: from.get("weight").and_then(Value::as_f64),
            })
        })
        .collect();
    let dry_run = reading.flag(arguments, "", "dry_run").unwrap_or(false);
    reading.word(arguments, "", "validation_mode", &VALIDATION_MODES);
    reading.done()?;
    let Some(account) = account else {
        return Err(Refusal::malformed(Vec::new()));
    };
    let account_id = account.open(ledger)?.id;
    let mut rows = Vec::with_capacity(creatives.len());
    for creative in creatives {
        rows.push(sync_one(call, ledger, &account_id, creative, dry_run)?);
    }
    for assignment in assignments {
        let failure = if dry_run {
            None
        } else {
            assign(call, ledger, &assignment).err()
        };
        let row = rows
            .iter_mut()
            .filter_map(Value::as_object_mut)
            .find(|row| {
                row.get("creative_id").and_then(Value::as_str) == Some(&assignment.creative_id)
            });
        match (row, failure) {
            (Some(row), None) => {
                if let Value::Array(assigned) =
                    row.entry("assigned_to").or_insert_with(|| json!([]))
                {
                    assigned.push(assignment.package_id.into());
                }
            }
            (Some(row), Some(failure)) => {
                if let Value::Object(errors) =
                    row.entry("assignment_errors").or_insert_with(|| json!({}))
                {
                    errors.insert(assignment.package_id, failure.message.into());
                }
            }
            (None, Some(failure)) => return Err(failure),
            (None, None) => {}
        }
    }
    if !dry_run {
        ledger.creatives_changed(call.now);
    }
    let mut body = Object::new();
    if dry_run {
        body.insert("dry_run".into(), true.into());
    }
    body.insert("creatives".into(), rows.into());
    Ok(body)
}

fn sync_one(
    call: &Call<'_>,
    ledger: &mut Ledger,
    account_id: &str,
    mut creative: Creative,
    dry_run: bool,
) -> Result<Value, Refusal> {
    if let Some(fault) = creative.fault(&call.seller.url) {
        return Ok(json!({
            "creative_id": creative.id,
            "action": "failed",
            "errors": [fault.body()],
        }));
    }
    creative.account_id = account_id.to_owned();
    let action = match ledger.creatives.get(&creative.id) {
        Some(held) if held.is_same(&creative) => "unchanged",
        Some(held) => {
            creative.created_at = held.created_at;
            "updated"
        }
        None => {
            ledger.room_for_a_creative()?;
            "created"
        }
    };
    let row = json!({
        "creative_id": creative.id,
        "action": action,
        "status": creative.status,
    });
    if !dry_run && action != "unchanged" {
        ledger.creatives.insert(creative.id.clone(), creative);
    }
    Ok(row)
}

fn assign(call: &Call<'_>, ledger: &mut Ledger, assignment: &Assignment) -> Result<(), Refusal> {
    if !ledger.creatives.contains_key(&assignment.creative_id) {
        return Err(Refusal::new(
            "CREATIVE_NOT_FOUND",
            format!("no creative `{}`", assignment.creative_id),
        )
        .at("assignments"));
    }
    let held = ledger
        .buys
        .values_mut()
        .filter(|buy| buy.is_confirmed(call.now))
        .flat_map(|buy| buy.packages.iter_mut())
        .find(|package| package.id == assignment.package_id);
    match held {
        Some(package) => {
            package
                .creatives
                .insert(assignment.creative_id.clone(), assignment.weight);
            Ok(())
        }
        None => Err(Refusal::new(
            "PACKAGE_NOT_FOUND",
            format!("no package `{}`", assignment.package_id),
        )
        .at("assignments")),
    }
}

/// `list_creatives`, of one account or of all.
pub(crate) fn list_creatives(call: &Call<'_>, ledger: &mut Ledger) -> Result<Object, Refusal> {
    let mut reading = Reading::default();
    let account = Reference::read(&mut reading, call.arguments);
    let ids = match reading.object(call.arguments, "", "filters") {
        Some(filters) => reading.texts(filters, "/filters", "creative_ids", false),
        None => None,
    };
    let page = Page::read(&mut reading, call.arguments);
    reading.done()?;
    let account_id = match &account {
        Some(reference) => match reference.find(ledger) {
            Some(account) => Some(account.id.clone()),
            None => Some(String::new()),
        },
        None => None,
    };
    let found: Vec<Value> = ledger
        .creatives
        .values()
        .filter(|creative| {
            account_id
                .as_ref()
                .is_none_or(|wanted| creative.account_id == *wanted)
        })
        .filter(|creative| ids.as_ref().is_none_or(|ids| ids.contains(&creative.id)))
        .map(Creative::shown)
        .collect();
    let total = found.len();
    let mut body = page.answer("creatives", found)?;
    let returned = body
        .get("creatives")
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    body.insert(
        "query_summary".into(),
        json!({"total_matching": total, "returned": returned}),
    );
    Ok(body)
}
