//! Binary values in structured fields. AdCP 3.2 requests spell them as RFC 8941 does; webhooks and
//! older requests without padding in the alphabet for addresses, and senders of those are seen to
//! use either alphabet (adcp.md 7).

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const PADDED: GeneralPurpose = base64::engine::general_purpose::STANDARD;
const UNPADDED: GeneralPurpose = base64::engine::general_purpose::URL_SAFE_NO_PAD;
const EITHER_STANDARD: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);
const EITHER_URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);

/// How binary values are spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    /// Standard base64 with padding (RFC 8941), and nothing else.
    Padded,
    /// Written as base64url without padding; read in either alphabet, never in both at once.
    Legacy,
}

impl Binary {
    /// Writes bytes, without the colons around them.
    #[must_use]
    pub fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Padded => PADDED.encode(bytes),
            Self::Legacy => UNPADDED.encode(bytes),
        }
    }

    /// Reads bytes from between the colons.
    #[must_use]
    pub fn decode(self, text: &str) -> Option<Vec<u8>> {
        let engine = match self {
            Self::Padded => &PADDED,
            Self::Legacy if text.contains(['-', '_']) => &EITHER_URL,
            Self::Legacy => &EITHER_STANDARD,
        };
        engine.decode(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alphabets_are_not_mixed() {
        let bytes = [0xfb, 0xef, 0xff, 0x01];
        assert_eq!(Binary::Padded.encode(&bytes), "++//AQ==");
        assert_eq!(Binary::Legacy.encode(&bytes), "--__AQ");
        for text in ["++//AQ==", "--__AQ", "++//AQ", "--__AQ=="] {
            assert_eq!(Binary::Legacy.decode(text).as_deref(), Some(&bytes[..]));
        }
        assert_eq!(
            Binary::Padded.decode("++//AQ==").as_deref(),
            Some(&bytes[..])
        );
        for text in ["--__AQ", "++//AQ", "+-//AQ=="] {
            assert_eq!(Binary::Padded.decode(text), None, "{text}");
        }
        for text in ["+-//AQ==", "-+", "ä", "A", "AB=C", "AR"] {
            assert_eq!(Binary::Legacy.decode(text), None, "{text}");
        }
    }
}
