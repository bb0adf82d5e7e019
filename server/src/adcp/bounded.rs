//! JSON from sellers within bounds: a body of some megabytes can hold millions of values, each of
//! which costs many times its bytes once it is read.

use serde_json::Value;

use super::guard::GuardError;

/// The most values of one answer that are read, our choice: 400 for each of a thousand products.
pub const MAX_VALUES: usize = 400_000;

/// Reads JSON; `None` when it is none.
///
/// # Errors
/// [`GuardError::TooManyValues`].
pub(super) fn json(bytes: &[u8]) -> Result<Option<Value>, GuardError> {
    if values_in(bytes) > MAX_VALUES {
        return Err(GuardError::TooManyValues { limit: MAX_VALUES });
    }
    Ok(serde_json::from_slice(bytes).ok())
}

/// How many values JSON holds, at most: what begins a list, an object, or another member.
fn values_in(bytes: &[u8]) -> usize {
    let (mut count, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b',' | b'[' | b'{' if !in_text => count += 1,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_outside_of_texts() {
        for (text, count) in [
            ("", 0),
            ("7", 0),
            ("[]", 1),
            ("[1,2,3]", 3),
            (r#"{"a":1,"b":[true]}"#, 3),
            (r#"{"a":",,[[{{\",,"}"#, 1),
            (r#"["\\",1]"#, 2),
        ] {
            assert_eq!(values_in(text.as_bytes()), count, "{text}");
        }
    }

    #[test]
    fn more_values_than_anybody_sells_are_not_read() {
        let list = |many: usize| format!("[{}0]", "0,".repeat(many));
        assert!(json(list(MAX_VALUES - 1).as_bytes()).unwrap().is_some());
        let error = json(list(MAX_VALUES).as_bytes()).unwrap_err();
        assert!(!error.never_left());
        assert_eq!(
            error.to_string(),
            "expected an answer of at most 400000 values, got more"
        );
        assert_eq!(json(b"{").unwrap(), None);
    }
}
