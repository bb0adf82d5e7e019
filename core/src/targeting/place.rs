//! Channels, places and devices: the words and codes.

use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// Where ads run; the list of AdCP 3.1.
    pub enum Channel {
        Display = "display",
        /// Online video.
        Olv = "olv",
        Social = "social",
        Search = "search",
        Ctv = "ctv",
        LinearTv = "linear_tv",
        Radio = "radio",
        StreamingAudio = "streaming_audio",
        Podcast = "podcast",
        /// Digital out of home.
        Dooh = "dooh",
        /// Out of home.
        Ooh = "ooh",
        Print = "print",
        Cinema = "cinema",
        Email = "email",
        Gaming = "gaming",
        RetailMedia = "retail_media",
        Influencer = "influencer",
        Affiliate = "affiliate",
        ProductPlacement = "product_placement",
        SponsoredIntelligence = "sponsored_intelligence",
    }
}

impl Channel {
    /// Reads a channel or one of the two older words: `video` is `olv`, `audio` is
    /// `streaming_audio`.
    #[must_use]
    pub fn parse_alias(word: &str) -> Option<Self> {
        match word {
            "video" => Some(Self::Olv),
            "audio" => Some(Self::StreamingAudio),
            _ => Self::parse(word),
        }
    }
}

words! {
    /// The kind of device.
    pub enum DeviceType {
        Desktop = "desktop",
        Mobile = "mobile",
        Tablet = "tablet",
        Ctv = "ctv",
        Dooh = "dooh",
        Unknown = "unknown",
    }
}

words! {
    /// What a device runs.
    pub enum DevicePlatform {
        Ios = "ios",
        Android = "android",
        Windows = "windows",
        Macos = "macos",
        Linux = "linux",
        Chromeos = "chromeos",
        Tvos = "tvos",
        Tizen = "tizen",
        Webos = "webos",
        FireOs = "fire_os",
        RokuOs = "roku_os",
        Unknown = "unknown",
    }
}

words! {
    /// Whose division into metropolitan areas.
    pub enum MetroSystem {
        NielsenDma = "nielsen_dma",
        UkItl1 = "uk_itl1",
        UkItl2 = "uk_itl2",
        EurostatNuts2 = "eurostat_nuts2",
        Custom = "custom",
    }
}

words! {
    /// A country's own kind of postal code.
    pub enum PostalSystem {
        PostalCode = "postal_code",
        Zip = "zip",
        ZipPlusFour = "zip_plus_four",
        Outward = "outward",
        Full = "full",
        Fsa = "fsa",
        Plz = "plz",
        CodePostal = "code_postal",
        Postcode = "postcode",
        Cep = "cep",
        Pin = "pin",
        Custom = "custom",
    }
}

macro_rules! place {
    ($(#[$doc:meta])* $name:ident, $what:literal, $fits:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// What is expected, for messages.
            pub const EXPECTED: &'static str = $what;

            /// Reads the code as it stands; `None` when it has another form.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let fits: fn(&[u8]) -> bool = $fits;
                fits(text.as_bytes()).then(|| Self(text.to_owned()))
            }

            /// The code.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                Self::parse(&text).ok_or_else(|| format!(concat!("expected ", $what, ", got `{}`"), text))
            }
        }

        impl From<$name> for String {
            fn from(place: $name) -> Self {
                place.0
            }
        }
    };
}

place!(
    /// A country, ISO 3166-1 alpha-2. The form is checked, not the list.
    Country,
    "two capital letters",
    |b| matches!(b, [x, y] if x.is_ascii_uppercase() && y.is_ascii_uppercase())
);

place!(
    /// A region, ISO 3166-2, such as `US-CA`.
    Region,
    "a region such as `US-CA`",
    |b| matches!(b, [x, y, b'-', rest @ ..] if x.is_ascii_uppercase() && y.is_ascii_uppercase()
        && (1..=3).contains(&rest.len()) && rest.iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()))
);

place!(
    /// A language, ISO 639-1.
    Language,
    "two small letters",
    |b| matches!(b, [x, y] if x.is_ascii_lowercase() && y.is_ascii_lowercase())
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_keep_their_form() {
        assert!(Country::parse("DE").is_some());
        assert!(
            ["de", "D", "DEU", "D1", ""]
                .iter()
                .all(|bad| Country::parse(bad).is_none())
        );
        assert!(
            ["US-CA", "GB-SCT", "FR-1"]
                .iter()
                .all(|good| Region::parse(good).is_some())
        );
        assert!(
            ["US", "US-", "US-CALI", "us-ca", "US_CA"]
                .iter()
                .all(|bad| Region::parse(bad).is_none())
        );
        assert!(Language::parse("en").is_some() && Language::parse("EN").is_none());
    }
}
