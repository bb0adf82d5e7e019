//! Runs `vectors/<function>/*.json`: input and expected output as plain JSON, one folder per public
//! function. The same files are run from JavaScript. Amounts, rates and weights are decimal text
//! in major units; `split` and `table` speak of whole units.
//!
//! Whoever reads `vectors` takes all that is in it for cases, so the modules are in `runners`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic; that is how it fails"
)]

#[path = "runners/curves.rs"]
mod curves;
#[path = "runners/fees.rs"]
mod fees;
#[path = "runners/periods.rs"]
mod periods;
#[path = "runners/splits.rs"]
mod splits;

use std::fs;
use std::path::Path;

use flighting_core::error::{Refusal, Violation};
use flighting_core::money::{Currency, Money};
use serde::Deserialize;
use serde::de::DeserializeOwned;
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
    input: Value,
    expected: Value,
}

/// Runs one folder.
fn run(function: &str, answer: impl Fn(Value) -> Value) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(function);
    let mut cases = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let file: File = serde_json::from_str(&fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(
            !file.about.is_empty(),
            "{} says what it is about",
            path.display()
        );
        for Case {
            name,
            input,
            expected,
        } in file.cases
        {
            assert_eq!(answer(input), expected, "{}: {name}", path.display());
            cases += 1;
        }
    }
    assert!(cases > 0, "{function} has cases");
}

fn read<T: DeserializeOwned>(input: Value) -> T {
    serde_json::from_value(input).unwrap()
}

fn money(text: &str, currency: Currency) -> Money {
    Money::from_decimal(text.parse().unwrap(), currency).unwrap()
}

fn text(amount: Money) -> Value {
    json!(amount.to_decimal().to_string())
}

fn texts(amounts: &[Money]) -> Value {
    amounts.iter().map(|amount| text(*amount)).collect()
}

fn refused(refusal: &Refusal) -> Value {
    match refusal {
        Refusal::Invalid(violations) => json!({ "refused": violations[0].code.as_str() }),
        Refusal::CurrencyMismatch { .. } => json!({ "refused": "currency_mismatch" }),
        other => json!({ "refused": other.to_string() }),
    }
}

fn violations(violations: &[Violation]) -> Value {
    let list: Vec<_> = violations
        .iter()
        .map(|v| json!({ "path": v.path, "code": v.code.as_str() }))
        .collect();
    json!({ "violations": list })
}

/// A new folder without a runner would prove nothing.
#[test]
fn every_folder_is_run() {
    let source = concat!(
        include_str!("runners/curves.rs"),
        include_str!("runners/fees.rs"),
        include_str!("runners/periods.rs"),
        include_str!("runners/splits.rs"),
        include_str!("questions.rs")
    );
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")).unwrap()
    {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            let name = entry.file_name().into_string().unwrap();
            assert!(
                source.contains(&format!("run(\"{name}\""))
                    || source.contains(&format!("(\"{name}\", ")),
                "`{name}` has a runner"
            );
        }
    }
}
