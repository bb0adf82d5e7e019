//! The border itself: bytes to JSON, answers to text, and the one conversion of a refusal.

use flighting_core::wire::error::ErrorBody;
use flighting_core::wire::json::{Json, to_text};
use flighting_core::wire::plan::{Answer, Asked, Verdict, read_text};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = Number)]
    fn number(text: &str) -> f64;

    #[wasm_bindgen(js_name = String)]
    fn string(number: f64) -> String;
}

/// What is thrown: the text of an error body, which the JavaScript side makes an Error of.
#[derive(Debug)]
pub struct Thrown(String);

impl From<Thrown> for JsValue {
    fn from(thrown: Thrown) -> Self {
        Self::from_str(&thrown.0)
    }
}

impl From<Box<ErrorBody>> for Thrown {
    fn from(body: Box<ErrorBody>) -> Self {
        Self(to_text(&*body))
    }
}

/// Reads JSON text. A zero byte in front says that it was made of JavaScript values: texts that
/// begin with U+0000 are then numbers that JSON could not write.
pub fn body(text: &[u8]) -> Answer<Json> {
    match text.split_first() {
        Some((0, marked)) => read_text(marked, true, shorten),
        _ => read_text(text, false, shorten),
    }
}

/// JavaScript's own shortest text.
fn shorten(token: &str) -> Option<String> {
    let value = number(token);
    value.is_finite().then(|| string(value))
}

/// Reads the options of a question; empty text is none.
pub fn asked(options: &[u8]) -> Answer<Asked> {
    if options.is_empty() {
        return Ok(Asked::default());
    }
    Ok(Asked::read(Some(&body(options)?))?)
}

/// Writes an answer as text.
pub fn write<T: Serialize>(answer: &T) -> Result<String, Thrown> {
    Ok(to_text(answer))
}

/// Writes a small answer as a JavaScript value.
pub fn small<T: Serialize>(answer: &T) -> Result<JsValue, Thrown> {
    answer
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .map_err(|error| Thrown(error.to_string()))
}

/// Writes a verdict: nothing, or the text of what the API refuses with.
pub fn verdict(verdict: Answer<Verdict>) -> Result<Option<String>, Thrown> {
    Ok(match verdict {
        Ok(None) => None,
        Ok(Some(refused)) | Err(refused) => Some(to_text(&*refused)),
    })
}
