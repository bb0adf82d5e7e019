//! The official vectors for what a buyer does about an error. They are not part of this project:
//! `cargo xtask test server` fetches them and says where they are.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::PathBuf;

use flighting_core::media_buy::Recovery;
use flighting_server::adcp::errors;
use flighting_server::adcp::recovery::{self, Delay, Step};
use serde_json::{Value, json};

fn vectors() -> Vec<Value> {
    let folder = std::env::var_os("FLIGHTING_ADCP_VECTORS").map(PathBuf::from).unwrap_or_else(|| {
        panic!("expected the folder with AdCP's vectors in FLIGHTING_ADCP_VECTORS: run `cargo xtask test server`, which fetches them")
    });
    let text = std::fs::read_to_string(folder.join("error-recovery/vectors.json")).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

/// What we decide about a vector's error, in the vectors' words. Whether the seller was right to
/// send it (`schema_valid`, `producer_conformant`) is nothing a buyer acts on.
fn decided(vector: &Value) -> Value {
    let error = errors::read(&vector["error"]).unwrap();
    let count = |name: &str| u32::try_from(vector["retry_state"][name].as_u64().unwrap()).unwrap();
    let (retries, most) = (count("retries_attempted"), count("max_retries"));
    let decision = recovery::decide(&error, retries, most);
    let (action, schedule) = match decision.step {
        Step::Retry(Delay::AtLeast(seconds)) => (
            "retry",
            json!({"kind": "retry_after", "minimum_delay_seconds": seconds}),
        ),
        Step::Retry(Delay::BackOff) => ("retry", json!({"kind": "bounded_exponential_backoff"})),
        Step::Correct => ("correct_request", Value::Null),
        Step::Escalate => ("escalate", Value::Null),
        Step::Stop => ("stop_retrying", Value::Null),
    };
    json!({
        "code_known": errors::registered_recovery(&error.code).is_some(),
        "effective_recovery": match decision.recovery {
            Recovery::Transient => "transient",
            Recovery::Correctable => "correctable",
            Recovery::Terminal => "terminal",
        },
        "action": action,
        "automatic_retry": action == "retry",
        "schedule": schedule,
        "retry_budget": {
            "consumed": decision.retries > retries,
            "next_retries_attempted": decision.retries,
        },
    })
}

#[test]
fn every_official_vector_is_decided_as_it_says() {
    let vectors = vectors();
    assert!(vectors.len() >= 15, "only {} vectors", vectors.len());
    for vector in vectors {
        let mut expected = vector["expected"].clone();
        let members = expected.as_object_mut().unwrap();
        members.remove("schema_valid");
        members.remove("producer_conformant");
        assert_eq!(decided(&vector), expected, "{}", vector["id"]);
    }
}
