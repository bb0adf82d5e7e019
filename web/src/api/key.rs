//! The bearer key: it comes in the address's fragment (`#key=flt_…`), which no server ever sees, is
//! kept for this browser session and taken out of the address at once (decision 28).

const SLOT: &str = "flighting.key";
const FRAGMENT: &str = "#key=";

/// Whether a text looks like a key: `flt_` and some letters, digits, `_` or `-`.
#[must_use]
pub fn is_key(text: &str) -> bool {
    text.strip_prefix("flt_").is_some_and(|rest| {
        (1..=200).contains(&rest.len())
            && rest
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    })
}

/// The key of a fragment, where it holds one.
#[must_use]
pub fn from_fragment(fragment: &str) -> Option<&str> {
    fragment.strip_prefix(FRAGMENT).filter(|key| is_key(key))
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.session_storage().ok().flatten()
}

/// The key of the address, else the one of this browser session.
#[must_use]
pub fn take() -> Option<String> {
    let location = web_sys::window()?.location();
    let fragment = location.hash().unwrap_or_default();
    if fragment.starts_with(FRAGMENT) {
        if let Some(key) = from_fragment(&fragment) {
            keep(key);
        }
        // Out of the address even where it is no key: it was meant as one.
        let path = location.pathname().unwrap_or_else(|_| "/".to_owned());
        let query = location.search().unwrap_or_default();
        if let Some(history) = web_sys::window().and_then(|window| window.history().ok()) {
            let _ = history.replace_state_with_url(
                &wasm_bindgen::JsValue::NULL,
                "",
                Some(&format!("{path}{query}")),
            );
        }
    }
    storage()?.get_item(SLOT).ok().flatten()
}

/// Keeps a key for this browser session.
pub fn keep(key: &str) {
    if let Some(storage) = storage() {
        // A browser that refuses storage still has the key until the next reload.
        let _ = storage.set_item(SLOT, key);
    }
}

/// Forgets the key.
pub fn clear() {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(SLOT);
    }
}

/// A fresh `Idempotency-Key`: the same for every attempt at the same request (decision 25).
#[must_use]
pub fn idempotency() -> String {
    let part = || {
        // 32 bits of chance at a time: the product is below 2^32 and whole after the cut.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 2^32 - 1"
        )]
        let bits = (js_sys::Math::random() * 4_294_967_296.0) as u32;
        bits
    };
    format!("page-{:08x}{:08x}{:08x}", part(), part(), part())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_are_taken_from_the_fragment() {
        assert_eq!(from_fragment("#key=flt_abc-1_Z"), Some("flt_abc-1_Z"));
        for bad in [
            "",
            "#",
            "#key=",
            "#key=flt_",
            "#key=abc",
            "key=flt_a",
            "#key=flt_a b",
            "#key=flt_<x>",
        ] {
            assert_eq!(from_fragment(bad), None, "{bad}");
        }
    }
}
