//! The border itself: bytes to JSON, answers to text, and the one conversion of a refusal.

use flighting_core::wire::error::ErrorBody;
use flighting_core::wire::json::Json;
use flighting_core::wire::plan::{Answer, Asked, Verdict, read_text};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::text::to_text;

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

/// JavaScript's own shortest text, without an exponent.
fn shorten(token: &str) -> Option<String> {
    let value = number(token);
    value.is_finite().then(|| plain(&string(value)))
}

/// Writes `1.5e-7` as `0.00000015` and `1e+21` as its digits.
fn plain(text: &str) -> String {
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return text.to_owned();
    };
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let shift: i32 = exponent.trim_start_matches('+').parse().unwrap_or(0);
    let zeros = |count: usize| "0".repeat(count);
    match usize::try_from(shift) {
        Ok(shift) => {
            let missing = shift.saturating_sub(fraction.len());
            format!("{sign}{whole}{fraction}{}", zeros(missing))
        }
        Err(_) => {
            let shift = usize::try_from(shift.unsigned_abs()).unwrap_or(0);
            format!(
                "{sign}0.{}{whole}{fraction}",
                zeros(shift.saturating_sub(1))
            )
        }
    }
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

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn exponents_are_written_out() {
        assert_eq!(plain("12.5"), "12.5");
        assert_eq!(plain("1.5e-7"), "0.00000015");
        assert_eq!(plain("-1e-7"), "-0.0000001");
        assert_eq!(plain("1e+21"), "1000000000000000000000");
        assert_eq!(plain("1.25e+22"), "12500000000000000000000");
        for value in [1e21, 1.5e-7, -2.5e300, 1.234_567_890_123_456_7e25] {
            let text = format!("{value:e}");
            assert_eq!(plain(&text), value.to_string());
        }
    }
}
