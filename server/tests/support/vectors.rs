//! Runs the official vectors for signatures from a folder, whatever release it is of.

use std::path::Path;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use flighting_server::adcp::operation::{Operation, tells_webhook_secret};
use flighting_server::adcp::signing::{Need, REQUEST_31, REQUEST_32, SigningTerms};
use flighting_server::signature::{
    Claim, DigestCover, KeySet, Message, Profile, SignatureRefusal, SigningKey, Standing, sign,
};
use serde_json::{Value, json};

/// What became of one vector: the operation that was found, and whether a signature held.
type Verdict = Result<Found, String>;

#[derive(Debug, PartialEq)]
struct Found {
    operation: Option<String>,
    is_signed: bool,
}

/// A folder's JSON files by name, in order.
pub fn files(folder: &Path) -> Vec<(String, Value)> {
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| (path.display().to_string(), read(&path)))
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

pub fn read(path: &Path) -> Value {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

struct Sent {
    method: String,
    url: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Sent {
    fn of(vector: &Value) -> Self {
        let mut headers = HeaderMap::new();
        for (name, value) in vector["request"]["headers"].as_object().unwrap() {
            let name: HeaderName = name.parse().unwrap();
            headers.append(
                name,
                HeaderValue::from_str(value.as_str().unwrap()).unwrap(),
            );
        }
        Self {
            method: text(vector, "/request/method").to_owned(),
            url: text(vector, "/request/url").to_owned(),
            headers,
            body: text(vector, "/request/body").as_bytes().to_vec(),
        }
    }

    fn message(&self) -> Message<'_> {
        Message {
            method: &self.method,
            url: &self.url,
            headers: &self.headers,
            body: &self.body,
        }
    }
}

/// The keys a vector presents: those of the folder it names, or its own in place of them.
fn keys(vector: &Value, all: &Value) -> KeySet {
    if let Some(set) = vector.pointer("/jwks_override/keys") {
        return KeySet::parse(&json!({"keys": set})).unwrap();
    }
    let names: Vec<&str> = vector["jwks_ref"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    let keys: Vec<Value> = all["keys"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|key| names.contains(&text(key, "/kid")))
        .map(|key| {
            vector["jwks_override"]
                .get(text(key, "/kid"))
                .unwrap_or(key)
                .clone()
        })
        .collect();
    assert_eq!(keys.len(), names.len());
    KeySet::parse(&json!({"keys": keys})).unwrap()
}

/// Puts down the state a vector asks for, in whichever of its shapes.
fn standing(vector: &Value, keyid: &str) -> Standing {
    let state = &vector["test_harness_state"];
    let names = |list: Option<&Value>| {
        list.and_then(Value::as_array)
            .is_some_and(|list| list.iter().any(|kid| kid == keyid))
    };
    Standing {
        revoked: names(state.get("revoked_kids"))
            || names(state.pointer("/revocation_list/revoked_kids")),
        stale: state.get("revocation_list_stale_seconds").is_some(),
        full: text(state, "/per_keyid_cap_filled_for") == keyid
            || text(state, "/replay_cache_per_keyid_cap_hit/keyid") == keyid,
    }
}

fn signed(vector: &Value, all_keys: &Value, profile: &Profile) -> Result<(), String> {
    let sent = Sent::of(vector);
    let message = sent.message();
    let now = vector["reference_now"].as_i64().unwrap();
    let code = |refusal: SignatureRefusal| refusal.code(profile);
    let claim = Claim::read(profile, &message, now).map_err(code)?;
    if let Some(expected) = vector["expected_signature_base"].as_str()
        && let Ok(base) = claim.base(&message)
    {
        assert_eq!(base, expected, "{}", vector["name"]);
    }
    let keyid = claim.keyid().to_owned();
    let set = keys(vector, all_keys);
    let verified = claim
        .verify(set.find(&keyid), standing(vector, &keyid), &message)
        .map_err(code)?;
    let seen = vector
        .pointer("/test_harness_state/replay_cache_entries")
        .and_then(Value::as_array);
    if seen.is_some_and(|seen| {
        seen.iter()
            .any(|entry| entry["keyid"] == verified.keyid && entry["nonce"] == verified.nonce)
    }) {
        return Err(code(SignatureRefusal::Replayed));
    }
    Ok(())
}

/// The receiver's half of a request's verification: is a signature needed, and does it hold?
fn requested(vector: &Value, all_keys: &Value, of_a2a: bool) -> Verdict {
    let sent = Sent::of(vector);
    let capability = &vector["verifier_capability"];
    let terms = SigningTerms::of_capability(
        capability.clone(),
        vector["signing_profile_version"] == "3.2",
    );
    let path = url::Url::parse(&sent.url)
        .map(|url| url.path().to_owned())
        .unwrap_or_default();
    let json_rpc = Operation::resolve(&path, &sent.body);
    let operation = match json_rpc {
        Ok(operation) => operation,
        Err(_) if of_a2a => return Err("request_body_malformed".to_owned()),
        // These vectors name the operation in the path, as no protocol does.
        Err(_) => Operation {
            method: String::new(),
            task: path.rsplit('/').next().map(str::to_owned),
            tells_webhook_secret: serde_json::from_slice(&sent.body)
                .is_ok_and(|json| tells_webhook_secret(&json)),
        },
    };
    let is_unsigned = ["signature", "signature-input"]
        .iter()
        .all(|name| !sent.headers.contains_key(*name));
    let profile = terms.profile();
    if is_unsigned && terms.need(&operation) == Need::Required {
        return Err(SignatureRefusal::Required.code(&profile));
    }
    if !is_unsigned {
        signed(vector, all_keys, &profile)?;
    }
    Ok(Found {
        operation: operation.task,
        is_signed: !is_unsigned,
    })
}

fn judge(file: &str, vector: &Value, verdict: Verdict, wrong: &mut Vec<String>) {
    let outcome = &vector["expected_outcome"];
    let fits = match &verdict {
        Ok(found) => {
            outcome["success"] == true
                && outcome
                    .get("resolved_operation")
                    .is_none_or(|expected| expected.as_str() == found.operation.as_deref())
                && outcome
                    .get("status")
                    .is_none_or(|status| (status == "verified") == found.is_signed)
        }
        Err(code) => outcome["success"] == false && outcome["error_code"] == *code,
    };
    if !fits {
        wrong.push(format!("{file}: expected {outcome}, got {verdict:?}"));
    }
}

/// Runs `webhook-signing`; how many vectors there were.
pub fn webhooks(folder: &Path, profile: &Profile) -> usize {
    let all_keys = read(&folder.join("keys.json"));
    let mut wrong = Vec::new();
    let mut count = 0;
    for part in ["positive", "negative"] {
        for (file, vector) in files(&folder.join(part)) {
            count += 1;
            let verdict = signed(&vector, &all_keys, profile).map(|()| Found {
                operation: None,
                is_signed: true,
            });
            judge(&file, &vector, verdict, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    count
}

/// Runs `request-signing` and what stands in folders below it; how many vectors there were. A code
/// that a later release renamed counts for the earlier one's: the vector, its code and the newer.
pub fn requests(folder: &Path, renamed: &[(&str, &str, &str)]) -> usize {
    let all_keys = read(&folder.join("keys.json"));
    let mut wrong = Vec::new();
    let mut count = 0;
    for group in [".", "profile-3.2", "a2a"] {
        let group_folder = folder.join(group);
        if !group_folder.exists() {
            continue;
        }
        for part in ["positive", "negative"] {
            for (file, vector) in files(&group_folder.join(part)) {
                count += 1;
                let verdict = requested(&vector, &all_keys, group == "a2a").map_err(|code| {
                    let earlier = renamed
                        .iter()
                        .find(|(name, _, newer)| file.ends_with(name) && code == *newer);
                    earlier.map_or(code, |(_, earlier, _)| (*earlier).to_owned())
                });
                judge(&file, &vector, verdict, &mut wrong);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    count
}

/// Signs what the positive vectors hold and compares with their bytes; Ed25519 signs the same
/// bytes the same way. How many were signed.
pub fn signs_alike(folder: &Path, keys: &Path, profile_of: impl Fn(&Value) -> Profile) -> usize {
    use base64::Engine;
    let all_keys = read(&keys.join("keys.json"));
    let mut count = 0;
    for (file, vector) in files(&folder.join("positive")) {
        let kid = vector["jwks_ref"][0].as_str().unwrap();
        let key = all_keys["keys"]
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["kid"] == kid)
            .unwrap();
        let sent = Sent::of(&vector);
        let Some(input) = sent.headers.get("signature-input") else {
            continue;
        };
        let input = input.to_str().unwrap();
        if key["kty"] != "OKP"
            || input.contains("sig2=")
            || input.contains("relay=")
            || sent.headers.contains_key("host")
        {
            continue;
        }
        let d = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(text(key, "/_private_d_for_test_only"))
            .unwrap();
        let nonce = input
            .split("nonce=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let mut profile = profile_of(&vector);
        let told = sent
            .headers
            .get("content-digest")
            .map(|value| value.to_str().unwrap().to_owned());
        if !input.contains("content-digest") {
            profile.digest = DigestCover::Forbidden;
        }
        let ours = sign(
            &profile,
            &SigningKey::from_seed(kid, &d.try_into().unwrap()),
            &sent.message(),
            vector["reference_now"].as_i64().unwrap(),
            nonce,
        )
        .unwrap();
        // A digest spelt in the other alphabet gives another text to sign.
        if told != ours.content_digest {
            continue;
        }
        assert_eq!(ours.signature_input, input, "{file}");
        assert_eq!(
            ours.signature,
            sent.headers["signature"].to_str().unwrap(),
            "{file}"
        );
        count += 1;
    }
    count
}

/// The profile a request's vector asks for.
pub fn request_profile(vector: &Value) -> Profile {
    if vector["signing_profile_version"] == "3.2" {
        REQUEST_32
    } else {
        REQUEST_31
    }
}
