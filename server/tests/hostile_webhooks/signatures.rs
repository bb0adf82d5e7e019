//! Messages whose signature is not the seller's for just this message: another key, tag, time,
//! address or body, or parts of it missing, twice or garbage.

use chrono::TimeDelta;
use flighting_server::adcp::signing::{REQUEST_31, WEBHOOK};
use flighting_server::signature::Profile;

use super::support::sender::{Sender, Sent};
use super::{Case, Given};

pub fn cases(given: &Given) -> Vec<Case> {
    let Given {
        url,
        message,
        now,
        sender,
        neighbour,
        for_answers,
        beside_config,
    } = given;
    let now = *now;
    let good = || given.good();
    let at = |offset: i64| sender.send(url, message, now + TimeDelta::seconds(offset));
    let as_profile = |profile: Profile| {
        Sender {
            profile,
            ..sender.clone()
        }
        .send(url, message, now)
    };
    let elsewhere =
        |signed: &str| sender.sign_as(signed, url, message.to_string().into_bytes(), now);
    let input = |from: &str, to: &str| good().edit("signature-input", from, to);
    let other_body = |mut sent: Sent| {
        sent.body = message.to_string().replace("active", "paused").into_bytes();
        sent
    };
    let created = now.timestamp();
    let expires = created + 300;
    vec![
        (
            "unsigned",
            401,
            "webhook_signature_required",
            good().without("signature").without("signature-input"),
        ),
        (
            "half a pair",
            401,
            "webhook_signature_header_malformed",
            good().without("signature-input"),
        ),
        (
            "the other half",
            401,
            "webhook_signature_header_malformed",
            good().without("signature"),
        ),
        (
            "another key under the same name",
            401,
            "webhook_signature_invalid",
            Sender::new("seller-1", 8).send(url, message, now),
        ),
        (
            "a stranger's key",
            401,
            "webhook_signature_key_unknown",
            Sender::new("stranger", 8).send(url, message, now),
        ),
        (
            "the neighbour's key",
            401,
            "webhook_signature_key_unknown",
            neighbour.send(url, message, now),
        ),
        (
            "a key for something else",
            401,
            "webhook_signature_key_purpose_invalid",
            for_answers.send(url, message, now),
        ),
        (
            "the tag of requests",
            401,
            "webhook_signature_tag_invalid",
            as_profile(Profile {
                binary: WEBHOOK.binary,
                digest: WEBHOOK.digest,
                ..REQUEST_31
            }),
        ),
        (
            "a tag of nobody",
            401,
            "webhook_signature_tag_invalid",
            input("adcp/webhook-signing/v1", "adcp/webhook-signing/v2"),
        ),
        (
            "rsa",
            401,
            "webhook_signature_alg_not_allowed",
            input("\"ed25519\"", "\"rsa-pss-sha512\""),
        ),
        (
            "hmac as algorithm",
            401,
            "webhook_signature_alg_not_allowed",
            input("\"ed25519\"", "\"hmac-sha256\""),
        ),
        (
            "the other algorithm",
            401,
            "webhook_signature_key_purpose_invalid",
            input("\"ed25519\"", "\"ecdsa-p256-sha256\""),
        ),
        (
            "no method",
            401,
            "webhook_signature_components_incomplete",
            input("\"@method\" ", ""),
        ),
        (
            "no address",
            401,
            "webhook_signature_components_incomplete",
            input("\"@target-uri\" ", ""),
        ),
        (
            "no authority",
            401,
            "webhook_signature_components_incomplete",
            input("\"@authority\" ", ""),
        ),
        (
            "no type",
            401,
            "webhook_signature_components_incomplete",
            input("\"content-type\" ", ""),
        ),
        (
            "no digest covered",
            401,
            "webhook_signature_components_incomplete",
            input(" \"content-digest\"", ""),
        ),
        (
            "a component we cannot judge",
            401,
            "webhook_signature_components_unexpected",
            input("(", "(\"@query\" "),
        ),
        (
            "a component twice",
            401,
            "webhook_signature_header_malformed",
            input("(", "(\"@method\" "),
        ),
        (
            "a component with parameters",
            401,
            "webhook_signature_header_malformed",
            input("\"@method\"", "\"@method\";req"),
        ),
        (
            "a header that is not there",
            401,
            "webhook_signature_header_malformed",
            input("(", "(\"x-not-there\" "),
        ),
        ("stale", 401, "webhook_signature_window_invalid", at(-361)),
        (
            "from the future",
            401,
            "webhook_signature_window_invalid",
            at(61),
        ),
        (
            "valid for too long",
            401,
            "webhook_signature_window_invalid",
            input(
                &format!("expires={expires}"),
                &format!("expires={}", expires + 1),
            ),
        ),
        (
            "over before it began",
            401,
            "webhook_signature_window_invalid",
            input(&format!("expires={expires}"), &format!("expires={created}")),
        ),
        (
            "a later end",
            401,
            "webhook_signature_invalid",
            input(
                &format!("expires={expires}"),
                &format!("expires={}", expires - 1),
            ),
        ),
        (
            "no nonce",
            401,
            "webhook_signature_params_incomplete",
            input(";nonce=", ";once="),
        ),
        (
            "a short nonce",
            401,
            "webhook_signature_params_incomplete",
            input(";nonce=\"", ";nonce=\"short\";once=\""),
        ),
        (
            "no key",
            401,
            "webhook_signature_params_incomplete",
            input(";keyid=", ";key="),
        ),
        (
            "no beginning",
            401,
            "webhook_signature_params_incomplete",
            input(";created=", ";made="),
        ),
        (
            "no tag",
            401,
            "webhook_signature_params_incomplete",
            input(";tag=", ";label="),
        ),
        (
            "a number as text",
            401,
            "webhook_signature_header_malformed",
            input(
                &format!("created={created}"),
                &format!("created=\"{created}\""),
            ),
        ),
        (
            "a parameter twice",
            401,
            "webhook_signature_header_malformed",
            input(";tag=", ";alg=\"ed25519\";tag="),
        ),
        (
            "a label of another name",
            401,
            "webhook_signature_header_malformed",
            input("sig1=", "sig2="),
        ),
        (
            "two of one label",
            401,
            "webhook_signature_header_malformed",
            good().and("signature", "sig1=:AAAA:"),
        ),
        (
            "a signature cut short",
            401,
            "webhook_signature_invalid",
            good().with("signature", "sig1=:AAAA:"),
        ),
        (
            "two alphabets at once",
            401,
            "webhook_signature_header_malformed",
            good().with("signature", "sig1=:A+B-:"),
        ),
        (
            "no signature but garbage",
            401,
            "webhook_signature_header_malformed",
            good().with("signature", "garbage"),
        ),
        (
            "no input but garbage",
            401,
            "webhook_signature_header_malformed",
            good().with("signature-input", "((("),
        ),
        (
            "signed for another path",
            401,
            "webhook_signature_invalid",
            elsewhere(&format!("{url}0")),
        ),
        (
            "signed for the neighbour's address",
            401,
            "webhook_signature_invalid",
            elsewhere(beside_config["url"].as_str().unwrap()),
        ),
        (
            "signed for another host",
            401,
            "webhook_signature_invalid",
            elsewhere(&url.replace("planner", "planer")),
        ),
        (
            "signed for another port",
            401,
            "webhook_signature_invalid",
            elsewhere(&url.replace(".example", ".example:8443")),
        ),
        (
            "signed without encryption",
            401,
            "webhook_signature_invalid",
            elsewhere(&url.replace("https", "http")),
        ),
        (
            "another body",
            401,
            "webhook_signature_digest_mismatch",
            other_body(good()),
        ),
        (
            "another body with its digest",
            401,
            "webhook_signature_invalid",
            {
                let digest =
                    sender.sign(url, other_body(good()).body, now).headers["content-digest"]
                        .to_str()
                        .unwrap()
                        .to_owned();
                other_body(good()).with("content-digest", &digest)
            },
        ),
        (
            "no digest",
            401,
            "webhook_signature_header_malformed",
            good().without("content-digest"),
        ),
        (
            "two digests",
            401,
            "webhook_signature_header_malformed",
            good().and("content-digest", "sha-256=:AAAA:"),
        ),
        (
            "a digest of an algorithm nobody has",
            401,
            "webhook_signature_header_malformed",
            good().with("content-digest", "md5=:AAAA:"),
        ),
        (
            "another type than was signed",
            401,
            "webhook_signature_invalid",
            good().with("content-type", "application/json; charset=utf-8"),
        ),
    ]
}
