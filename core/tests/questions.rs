//! Runs the folders of `vectors/` whose cases are whole questions: the arguments of one function
//! of the npm package, and its whole answer. The same files are run from JavaScript in Node and in
//! Chromium, and those of create and update against the HTTP API.
//!
//! An argument `{"$text": "…"}` is JSON text as it came, right or wrong.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic; that is how it fails"
)]

use std::fs;
use std::path::Path;

use flighting_core::wire::error::ErrorBody;
use flighting_core::wire::json::Json;
use flighting_core::wire::plan::{self, Answer, Asked, HeldPlan, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    about: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    input: Input,
    expected: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    args: Vec<Value>,
}

/// A folder, and what answers its cases.
type Question = (&'static str, fn(&Args) -> Answer<Value>);

/// All folders of questions.
const QUESTIONS: [Question; 16] = [
    ("validate_campaign", |args| {
        told(
            args.body(0)
                .map(|body| plan::validate_campaign(&body, &args.asked(1))),
        )
    }),
    ("validate_plan", |args| {
        told(
            args.body(0)
                .map(|body| plan::validate_plan(&body, &args.asked(1))),
        )
    }),
    ("validate_campaign_update", |args| {
        let current = args.body(0)?;
        told(match args.body(1) {
            Ok(patch) => Ok(plan::validate_campaign_update(
                &current,
                &patch,
                &args.asked(2),
            )?),
            Err(refused) => Err(refused),
        })
    }),
    ("validate_pacing", |args| {
        let within = args.body(1).unwrap_or(Json::Object(Vec::new()));
        told(
            args.body(0)
                .map(|body| plan::validate_pacing(&body, &within, &args.asked(2))),
        )
    }),
    ("validate_goals", |args| {
        told(args.body(0).map(|body| plan::validate_goals(&body)))
    }),
    ("validate_caps", |args| {
        told(args.body(0).map(|body| plan::validate_caps(&body)))
    }),
    ("resolve_pacing", |args| {
        value(plan::resolve_pacing(&args.body(0)?, &args.asked(1)))
    }),
    ("budget_summary", |args| {
        value(plan::budget_summary(&args.body(0)?, &args.asked(1)))
    }),
    ("plan_packages", |args| {
        value(plan::plan_packages(&args.body(0)?, &args.asked(1)))
    }),
    ("explain", |args| {
        let path = args.0[1].as_str().unwrap();
        value(plan::explain(&args.body(0)?, path, &args.asked(2)))
    }),
    ("roll_up", |args| value(plan::roll_up(&args.body(0)?))),
    ("allowed_commands", |args| {
        value(plan::allowed_commands(&args.body(0)?, &args.asked(1)))
    }),
    ("creative_coverage", |args| {
        value(plan::creative_coverage(&args.body(0)?, &args.body(1)?))
    }),
    ("planned_curve", |args| {
        value(plan::planned_curve(&args.body(0)?, &args.asked(1)))
    }),
    ("pace_of", |args| {
        value(plan::pace_of(
            &args.body(0)?,
            &args.body(1)?,
            &args.asked(2),
        ))
    }),
    ("held_plan", held),
];

struct Args(Vec<Value>);

impl Args {
    fn body(&self, index: usize) -> Answer<Json> {
        let text = match self.0.get(index) {
            Some(Value::Object(one)) if one.contains_key("$text") => {
                one["$text"].as_str().unwrap().to_owned()
            }
            other => other.unwrap_or(&Value::Null).to_string(),
        };
        plan::read_text(text.as_bytes(), false, |token| {
            let value: f64 = token.parse().ok()?;
            value.is_finite().then(|| value.to_string())
        })
    }

    fn asked(&self, index: usize) -> Asked {
        Asked::read(
            self.0
                .get(index)
                .map(|_| self.body(index).unwrap())
                .as_ref(),
        )
        .unwrap()
    }
}

fn value<T: Serialize>(answer: Answer<T>) -> Answer<Value> {
    answer.map(|answer| serde_json::to_value(answer).unwrap())
}

fn told(verdict: Answer<Verdict>) -> Answer<Value> {
    let refused = match verdict {
        Ok(verdict) => verdict,
        Err(refused) => Some(refused),
    };
    Ok(serde_json::to_value(refused).unwrap())
}

/// `[plan, steps, options]`; a step is `["set", path, value]`, `["remove", path]`, `["undo"]` or
/// `["redo"]`. Answers with what there is to read after each step, the load before them.
fn held(args: &Args) -> Answer<Value> {
    let mut held = HeldPlan::new(args.body(0)?, args.asked(2));
    let shown = |held: &HeldPlan| json!({ "totals": held.totals(), "issues": held.issues(), "changed": held.changed() });
    let mut answers = vec![shown(&held)];
    for step in args.0[1].as_array().unwrap() {
        let path = || step[1].as_str().unwrap();
        let refused = match step[0].as_str().unwrap() {
            "set" => held.set(path(), Args(vec![step[2].clone()]).body(0)?).err(),
            "remove" => held.remove(path()).err(),
            "undo" => {
                assert!(held.undo());
                None
            }
            "redo" => {
                assert!(held.redo());
                None
            }
            other => panic!("no step `{other}`"),
        };
        answers.push(refused.map_or_else(|| shown(&held), |body| json!({ "error": body })));
    }
    Ok(Value::Array(answers))
}

fn error(body: &ErrorBody) -> Value {
    json!({ "error": body })
}

#[test]
fn every_case_is_answered_as_written() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut wrong = Vec::new();
    for (function, answer) in QUESTIONS {
        let mut cases = 0;
        for entry in fs::read_dir(vectors.join(function))
            .unwrap_or_else(|error| panic!("vectors/{function}: {error}"))
        {
            let path = entry.unwrap().path();
            let file: File = serde_json::from_str(&fs::read_to_string(&path).unwrap())
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert!(!file.about.is_empty());
            for Case {
                name,
                input,
                expected,
            } in file.cases
            {
                let got = answer(&Args(input.args)).unwrap_or_else(|body| error(&body));
                if got != expected {
                    wrong.push(format!(
                        "{}: {name}: expected\n{expected}\ngot\n{got}",
                        path.display()
                    ));
                }
                cases += 1;
            }
        }
        assert!(cases > 0, "{function} has cases");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
