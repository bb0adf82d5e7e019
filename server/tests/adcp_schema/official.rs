//! The official schemas from their folder, and that they refuse what they forbid.

use std::collections::HashMap;
use std::path::PathBuf;

use jsonschema::{Retrieve, Uri, Validator};
use serde_json::{Value, json};

use super::samples::{buyers, creates};

fn folder() -> PathBuf {
    std::env::var_os("FLIGHTING_ADCP_SCHEMAS").map(PathBuf::from).unwrap_or_else(|| {
        panic!("expected the folder with AdCP's schemas in FLIGHTING_ADCP_SCHEMAS: run `cargo xtask test server`, which fetches them")
    })
}

/// Finds `…/schemas/3.1.27/core/error.json` in the folder of 3.1.
struct Official;

impl Retrieve for Official {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let path = uri.path().as_str();
        let rest = path
            .split("/schemas/")
            .nth(1)
            .ok_or_else(|| format!("no schema at {path}"))?;
        let (release, file) = rest
            .split_once('/')
            .ok_or_else(|| format!("no schema at {path}"))?;
        let line: Vec<&str> = release.splitn(3, '.').take(2).collect();
        let text = std::fs::read_to_string(folder().join(line.join(".")).join(file))
            .map_err(|error| format!("{path}: {error}"))?;
        Ok(serde_json::from_str(&text)?)
    }
}

#[derive(Default)]
pub struct Schemas(HashMap<(String, String), Validator>);

impl Schemas {
    fn get(&mut self, release: &str, file: &str) -> &Validator {
        self.0
            .entry((release.to_owned(), file.to_owned()))
            .or_insert_with(|| {
                let path = folder().join(release).join(file);
                let text = std::fs::read_to_string(&path)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                jsonschema::options()
                    .with_retriever(Official)
                    .with_base_uri(format!(
                        "https://adcontextprotocol.org/schemas/{release}.0/{file}"
                    ))
                    .should_validate_formats(true)
                    .build(&serde_json::from_str(&text).unwrap())
                    .unwrap_or_else(|error| panic!("{release}/{file}: {error}"))
            })
    }

    pub fn errors(&mut self, release: &str, file: &str, value: &Value) -> Vec<String> {
        self.get(release, file)
            .iter_errors(value)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect()
    }

    pub fn valid(&mut self, release: &str, file: &str, value: &Value, what: &str) {
        let errors = self.errors(release, file, value);
        assert!(
            errors.is_empty(),
            "{what} against {release}/{file}: {errors:#?}\n{value:#}"
        );
    }
}

#[test]
fn what_the_schemas_forbid_is_refused_by_them() {
    let mut schemas = Schemas::default();
    let buyer = buyers().pop().unwrap();
    let valid: Value = serde_json::from_str(creates(&buyer).remove(1).get()).unwrap();
    let broken = |path: &str, value: Value| {
        let mut body = valid.clone();
        *body.pointer_mut(path).unwrap() = value;
        body
    };
    let create = "media-buy/create-media-buy-request.json";
    for release in ["3.0", "3.1", "3.2"] {
        for (what, body) in [
            (
                "a budget object",
                broken(
                    "/packages/0/budget",
                    json!({"amount": 5, "currency": "USD"}),
                ),
            ),
            (
                "a merged account",
                broken(
                    "/account",
                    json!({"account_id": "a", "brand": {"domain": "acme.example"}, "operator": "agency.example"}),
                ),
            ),
            (
                "a start that is no time",
                broken("/start_time", json!("soon")),
            ),
            (
                "a pacing word in capitals",
                broken("/packages/0/pacing", json!("EVEN")),
            ),
            ("a short key", broken("/idempotency_key", json!("short"))),
        ] {
            assert!(
                !schemas.errors(release, create, &body).is_empty(),
                "{release} accepts {what}"
            );
        }
        let no_mode = json!({"adcp_major_version": 3, "brief": "x"});
        assert!(
            !schemas
                .errors(release, "media-buy/get-products-request.json", &no_mode)
                .is_empty()
        );
    }
}
