//! Messages signed with a shared secret, as AdCP did before signatures of RFC 9421.

use axum::http::HeaderMap;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::signature::WINDOW_S;

/// When a message was signed, in seconds since 1970.
pub const HMAC_TIMESTAMP: &str = "x-adcp-timestamp";
/// `sha256=` and the hex digits of the MAC.
pub const HMAC_SIGNATURE: &str = "x-adcp-signature";

/// Why such a signature does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HmacRefusal {
    /// A header is missing or cannot be read, or stands twice.
    Malformed,
    /// It was signed too long ago, or too far ahead.
    WindowInvalid,
    /// It was not made with the secret over this content.
    Invalid,
}

impl HmacRefusal {
    /// The stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "webhook_hmac_malformed",
            Self::WindowInvalid => "webhook_hmac_window_invalid",
            Self::Invalid => "webhook_hmac_invalid",
        }
    }
}

/// Verifies the MAC over the time, a dot and the content, in constant time.
///
/// # Errors
/// [`HmacRefusal`].
pub fn verify(secret: &str, headers: &HeaderMap, body: &[u8], now: i64) -> Result<(), HmacRefusal> {
    let timestamp = only(headers, HMAC_TIMESTAMP)?;
    let signature = only(headers, HMAC_SIGNATURE)?;
    let is_number = !timestamp.is_empty() && timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let at: i64 = timestamp
        .parse()
        .ok()
        .filter(|_| is_number)
        .ok_or(HmacRefusal::Malformed)?;
    let mac = signature
        .strip_prefix("sha256=")
        .and_then(|digits| hex::decode(digits).ok())
        .ok_or(HmacRefusal::Malformed)?;
    if now.abs_diff(at) > WINDOW_S.unsigned_abs() {
        return Err(HmacRefusal::WindowInvalid);
    }
    let mut ours =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| HmacRefusal::Malformed)?;
    ours.update(timestamp.as_bytes());
    ours.update(b".");
    ours.update(body);
    ours.verify_slice(&mac).map_err(|_| HmacRefusal::Invalid)
}

fn only<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, HmacRefusal> {
    let mut lines = headers.get_all(name).iter();
    match (lines.next(), lines.next()) {
        (Some(line), None) => line.to_str().map_err(|_| HmacRefusal::Malformed),
        _ => Err(HmacRefusal::Malformed),
    }
}
