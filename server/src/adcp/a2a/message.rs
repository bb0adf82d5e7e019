//! The requests of A2A: one message with one call in it, in both releases and both conventions for
//! where the arguments stand.

use flighting_core::media_buy::OpenTask;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::value::RawValue;

use super::super::exchange::Resume;
use super::card::{Card, PROFILE, Release};

const VERSION: HeaderName = HeaderName::from_static("a2a-version");
const EXTENSIONS: HeaderName = HeaderName::from_static("a2a-extensions");
/// What 0.3 calls it.
const EXTENSIONS_0_3: HeaderName = HeaderName::from_static("x-a2a-extensions");

#[derive(Serialize)]
struct Request<'a> {
    jsonrpc: &'static str,
    id: u64,
    method: &'static str,
    params: Params<'a>,
}

#[derive(Serialize)]
struct Params<'a> {
    message: Message<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    message_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    task_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_id: Option<&'a str>,
    role: &'static str,
    parts: Vec<Part<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extensions: Option<[&'static str; 1]>,
}

#[derive(Serialize)]
struct Part<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Invocation<'a>>,
}

/// One of the two has the arguments, byte for byte.
#[derive(Serialize)]
struct Invocation<'a> {
    skill: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<&'a RawValue>,
}

/// The method that sends a message.
pub(super) fn method(release: Release) -> &'static str {
    match release {
        Release::V1_0 => "SendMessage",
        Release::V0_3 => "message/send",
    }
}

/// Adds what a release and the profile want in the headers.
pub(super) fn headers(card: &Card, headers: &mut HeaderMap) {
    if card.release == Release::V1_0 {
        headers.insert(VERSION, HeaderValue::from_static("1.0"));
    }
    if card.has_profile {
        headers.insert(EXTENSIONS, HeaderValue::from_static(PROFILE));
        if card.release == Release::V0_3 {
            headers.insert(EXTENSIONS_0_3, HeaderValue::from_static(PROFILE));
        }
    }
}

/// Writes the request that calls a task. With the profile its data is exactly `skill` and `input`;
/// without it, `skill` and `parameters`, which is all that the known servers without it read.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(
    card: &Card,
    id: u64,
    message_id: String,
    task: &str,
    arguments: &RawValue,
    resume: Option<Resume<'_>>,
) -> Result<Vec<u8>, serde_json::Error> {
    let old = card.release == Release::V0_3;
    let kind = |word: &'static str| old.then_some(word);
    let (input, parameters) = if card.has_profile {
        (Some(arguments), None)
    } else {
        (None, Some(arguments))
    };
    let said = resume.map(|resume| Part {
        kind: kind("text"),
        text: Some(resume.message),
        data: None,
    });
    let call = Part {
        kind: kind("data"),
        text: None,
        data: Some(Invocation {
            skill: task,
            input,
            parameters,
        }),
    };
    let open: Option<&OpenTask> = resume.map(|resume| resume.open);
    serde_json::to_vec(&Request {
        jsonrpc: "2.0",
        id,
        method: method(card.release),
        params: Params {
            message: Message {
                kind: kind("message"),
                message_id,
                task_id: open.map(|open| open.task_id.as_str()),
                context_id: open.and_then(|open| open.context_id.as_deref()),
                role: if old { "user" } else { "ROLE_USER" },
                parts: said.into_iter().chain([call]).collect(),
                extensions: card.has_profile.then_some([PROFILE]),
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// Bytes that no re-writing would leave as they are.
    const ARGUMENTS: &str = r#"{"b": 1.50,"a":"ä" }"#;

    fn written(release: Release, has_profile: bool, resume: Option<Resume<'_>>) -> String {
        let card = Card {
            endpoint: "https://s.example/".parse().unwrap(),
            release,
            has_profile,
        };
        let arguments = RawValue::from_string(ARGUMENTS.to_owned()).unwrap();
        let bytes = write(
            &card,
            7,
            "m-1".to_owned(),
            "get_products",
            &arguments,
            resume,
        );
        String::from_utf8(bytes.unwrap()).unwrap()
    }

    #[test]
    fn each_release_and_convention_has_its_own_shape() {
        for release in [Release::V1_0, Release::V0_3] {
            for has_profile in [true, false] {
                let text = written(release, has_profile, None);
                assert!(
                    text.contains(ARGUMENTS),
                    "the bytes were written anew: {text}"
                );
                let request: Value = serde_json::from_str(&text).unwrap();
                let message = &request["params"]["message"];
                let data = message["parts"][0]["data"].as_object().unwrap();
                let members: Vec<&str> = data.keys().map(String::as_str).collect();
                let arguments = if has_profile { "input" } else { "parameters" };
                let mut expected = vec!["skill", arguments];
                expected.sort_unstable();
                assert_eq!(members, expected);
                assert_eq!(message["parts"].as_array().unwrap().len(), 1);
                let (method, role, kind) = match release {
                    Release::V1_0 => ("SendMessage", "ROLE_USER", Value::Null),
                    Release::V0_3 => ("message/send", "user", json!("message")),
                };
                assert_eq!(
                    (&request["method"], &message["role"], &message["kind"]),
                    (&json!(method), &json!(role), &kind)
                );
                let extensions = if has_profile {
                    json!([PROFILE])
                } else {
                    Value::Null
                };
                assert_eq!(message["extensions"], extensions);
            }
        }
    }

    #[test]
    fn an_answer_goes_into_the_open_conversation() {
        let open = OpenTask {
            task_id: "t-1".to_owned(),
            context_id: Some("c-1".to_owned()),
        };
        let resume = Resume {
            open: &open,
            message: "yes, go ahead",
        };
        let request: Value =
            serde_json::from_str(&written(Release::V1_0, true, Some(resume))).unwrap();
        let message = &request["params"]["message"];
        assert_eq!(
            (&message["taskId"], &message["contextId"]),
            (&json!("t-1"), &json!("c-1"))
        );
        assert_eq!(message["parts"][0], json!({"text": "yes, go ahead"}));
        assert_eq!(message["parts"][1]["data"]["skill"], "get_products");
    }
}
