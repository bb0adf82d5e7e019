//! The approval of a submitted buy: `get_task_status`, and `tasks_get` or `tasks/get` in 3.0.

use serde_json::Value;

use crate::buying::created;
use crate::buys::Asked;
use crate::ledger::Ledger;
use crate::reading::{Object, Reading, written};
use crate::refusal::Refusal;
use crate::seller::Call;
use crate::version::Version;

pub(crate) fn get_task_status(call: &Call<'_>, ledger: &mut Ledger) -> Result<Object, Refusal> {
    let mut reading = Reading::default();
    let id = reading.needed_text(call.arguments, "", "task_id");
    let include = reading.flag(call.arguments, "", "include_result");
    reading.done()?;
    let id = id.unwrap_or_default();
    let change = ledger
        .buys
        .values()
        .flat_map(|buy| &buy.asked)
        .find(|asked| asked.task_id == id);
    if let Some(asked) = change {
        return Ok(of_change(asked, include, call));
    }
    let Some(buy) = ledger
        .buys
        .values()
        .find(|buy| buy.task_id.as_deref() == Some(id))
    else {
        return Err(
            Refusal::new("REFERENCE_NOT_FOUND", format!("no task `{id}`"))
                .at("task_id")
                .suggesting("use the task_id of the submitted answer"),
        );
    };
    let done = buy.is_confirmed(call.now);
    let status = if done { "completed" } else { "submitted" };
    let mut body = Object::new();
    body.insert("task_id".into(), id.into());
    body.insert("task_type".into(), "create_media_buy".into());
    body.insert("protocol".into(), "media-buy".into());
    body.insert("status".into(), status.into());
    body.insert("created_at".into(), written(buy.created_at).into());
    let updated = if done {
        buy.confirmed_at
    } else {
        buy.created_at
    };
    body.insert("updated_at".into(), written(updated).into());
    if done {
        body.insert("completed_at".into(), written(buy.confirmed_at).into());
        if include.unwrap_or(call.served.version == Version::V30) {
            let mut result = created(buy, call);
            if let Some(context) = &buy.context {
                result.insert("context".into(), context.clone());
            }
            body.insert("result".into(), Value::Object(result));
        }
    }
    Ok(body)
}

/// The task of a change that a person looks at.
fn of_change(asked: &Asked, include: Option<bool>, call: &Call<'_>) -> Object {
    let status = match &asked.outcome {
        None => "submitted",
        Some(Ok(_)) => "completed",
        Some(Err(_)) => "failed",
    };
    let mut body = Object::new();
    body.insert("task_id".into(), asked.task_id.clone().into());
    body.insert("task_type".into(), "update_media_buy".into());
    body.insert("protocol".into(), "media-buy".into());
    body.insert("status".into(), status.into());
    body.insert("created_at".into(), written(asked.at).into());
    let Some(outcome) = &asked.outcome else {
        body.insert("updated_at".into(), written(asked.at).into());
        return body;
    };
    body.insert("updated_at".into(), written(asked.decided_at).into());
    body.insert("completed_at".into(), written(asked.decided_at).into());
    match outcome {
        Ok(result) if include.unwrap_or(call.served.version == Version::V30) => {
            body.insert("result".into(), Value::Object(result.clone()));
        }
        Ok(_) => {}
        Err(refusal) => {
            body.insert("error".into(), refusal.body());
        }
    }
    body
}
