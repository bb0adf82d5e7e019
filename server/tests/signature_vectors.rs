//! The official vectors for signatures of webhooks and requests, all of them. They are not part of
//! this project: `cargo xtask test server` fetches them and says where they are.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

#[path = "support/vectors.rs"]
mod vectors;

use std::path::PathBuf;

use flighting_server::adcp::operation::Operation;
use flighting_server::adcp::signing::{Need, SigningTerms, WEBHOOK};
use flighting_server::signature::Target;
use serde_json::json;

fn folder(name: &str) -> PathBuf {
    let told = |variable: &str| std::env::var_os(variable).map(PathBuf::from);
    let root = told("FLIGHTING_ADCP_VECTORS")
        .or_else(|| told("FLIGHTING_ADCP_SCHEMAS").map(|schemas| schemas.join("test-vectors")))
        .unwrap_or_else(|| {
            panic!("expected the folder with AdCP's test vectors in FLIGHTING_ADCP_VECTORS: run `cargo xtask test server`, which fetches them")
        });
    root.join(name)
}

#[test]
fn webhooks_are_judged_as_the_official_vectors_say() {
    assert_eq!(vectors::webhooks(&folder("webhook-signing"), &WEBHOOK), 29);
}

#[test]
fn requests_are_judged_as_the_official_vectors_say() {
    // 46 for 3.1, 46 for 3.2, 33 for operations over A2A.
    assert_eq!(
        vectors::requests(&folder("request-signing"), &[]),
        46 + 46 + 33
    );
}

#[test]
fn requests_are_signed_byte_for_byte_as_in_the_official_vectors() {
    let root = folder("request-signing");
    let signed =
        |part: &str| vectors::signs_alike(&root.join(part), &root, vectors::request_profile);
    assert_eq!(
        (signed("."), signed("profile-3.2"), signed("a2a")),
        (10, 9, 2)
    );
}

#[test]
fn addresses_have_one_spelling_as_the_official_vectors_say() {
    let cases = vectors::read(&folder("request-signing").join("canonicalization.json"));
    let mut wrong = Vec::new();
    for case in cases["cases"].as_array().unwrap() {
        let told = Target::parse(case["input_url"].as_str().unwrap());
        let fits = match &told {
            Ok(target) => {
                case["expected_target_uri"] == *target.uri
                    && case["expected_authority"] == *target.authority
            }
            Err(_) => case["reject"] == true,
        };
        if !fits {
            wrong.push(format!("{case}: {told:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn methods_are_matched_to_the_letter_as_the_official_vectors_say() {
    let cases = vectors::read(&folder("request-signing").join("protocol-method-names.json"));
    for case in cases["exact_match_cases"].as_array().unwrap() {
        let capability =
            json!({"supported": true, "protocol_methods_required_for": case["declared_methods"]});
        let operation = Operation {
            method: case["wire_method"].as_str().unwrap().to_owned(),
            task: None,
            tells_webhook_secret: false,
        };
        let need = SigningTerms::of_capability(capability, true).need(&operation);
        assert_eq!(need == Need::Required, case["matches"] == true, "{case}");
    }
}
