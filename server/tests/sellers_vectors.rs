//! The official vectors for signatures as the npm SDK ships them, of AdCP 3.0.6.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

#[path = "support/vectors.rs"]
mod vectors;

use std::path::PathBuf;

use flighting_server::adcp::signing::WEBHOOK;
use flighting_server::signature::Profile;

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../e2e/sellers/node_modules/@adcp/sdk/compliance/cache/3.0.6/test-vectors")
        .join(name)
}

#[test]
#[ignore = "needs npm packages: cargo xtask test sellers"]
fn webhooks_are_judged_as_the_vectors_of_30_say() {
    // 3.0.6 did not know yet that one key may sign requests and webhooks.
    let of_30 = Profile {
        purposes: &["webhook-signing"],
        ..WEBHOOK
    };
    assert_eq!(vectors::webhooks(&folder("webhook-signing"), &of_30), 28);
}

#[test]
#[ignore = "needs npm packages: cargo xtask test sellers"]
fn requests_are_judged_and_signed_as_the_vectors_of_30_say() {
    let root = folder("request-signing");
    let renamed = (
        "026-non-ascii-host.json",
        "request_signature_header_malformed",
        "request_target_uri_malformed",
    );
    assert_eq!(vectors::requests(&root, &[renamed]), 39);
    assert_eq!(
        vectors::signs_alike(&root, &root, vectors::request_profile),
        9
    );
}
