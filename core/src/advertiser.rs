//! Advertisers: who owns campaigns and pays, and what their campaigns inherit.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::budget::{Fee, Percent};
use crate::ids::AdvertiserId;
use crate::money::Currency;
use crate::targeting::FrequencyCap;
use crate::words::words;

words! {
    /// What happens to suggestions of the optimizer.
    pub enum ApplyMode {
        /// Applied at once.
        Auto = "AUTO",
        /// They wait for a person.
        Manual = "MANUAL",
    }
}

words! {
    /// Whether an advertiser is in use.
    pub enum AdvertiserStatus {
        /// In use.
        Active = "ACTIVE",
        /// Put away; its campaigns are kept, new ones are refused.
        Archived = "ARCHIVED",
    }
}

/// The domain of a brand: lower case, letters, digits and inner hyphens in labels joined by dots,
/// at most 253 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Brand(String);

impl Brand {
    /// Reads a domain; capitals are lowered. `None` for what is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        (text.len() <= 253 && text.split('.').all(label)).then_some(Self(text))
    }

    /// The domain.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Brand {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("expected a domain, got `{text}`"))
    }
}

impl From<Brand> for String {
    fn from(brand: Brand) -> Self {
        brand.0
    }
}

/// Who owns campaigns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advertiser {
    /// Stable id.
    pub id: AdvertiserId,
    /// 1 to 255 characters.
    pub name: String,
    /// At most 1,000 characters.
    pub description: Option<String>,
    /// The brand sellers are told.
    pub brand: Brand,
    /// The currency of every campaign; fixed once the first exists.
    pub currency: Currency,
    /// What campaigns use that do not say otherwise.
    pub apply_mode: ApplyMode,
    /// Percent of the total that a new campaign's fee line takes when it names no fees
    /// (decision 4).
    pub margin_percent: Percent,
    /// Buys of a sandbox advertiser spend nothing; never changes.
    pub sandbox: bool,
    /// Caps on all its campaigns, archived ones included.
    pub caps: Vec<FrequencyCap>,
    /// Whether it is in use.
    pub status: AdvertiserStatus,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When a caller last changed it.
    pub updated_at: DateTime<Utc>,
    /// Moves with callers' commands; begins at 1.
    pub revision: u64,
}

impl Advertiser {
    /// The fees of a new campaign that names none: one margin line, or none at 0 (decision 4).
    #[must_use]
    pub fn default_fees(&self) -> Vec<Fee> {
        if self.margin_percent.to_decimal().is_zero() {
            Vec::new()
        } else {
            vec![Fee::Margin {
                percent: self.margin_percent,
                label: None,
            }]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brands_are_domains() {
        for good in ["acme.example", "ACME.example", "a", "x-1.co.uk"] {
            assert!(Brand::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            ".",
            "a..b",
            "-a.com",
            "a-.com",
            "a b.com",
            "https://a.com",
            "ä.com",
            "a.com/x",
        ] {
            assert!(Brand::parse(bad).is_none(), "{bad}");
        }
        assert_eq!(
            Brand::parse("ACME.example").unwrap().as_str(),
            "acme.example"
        );
    }
}
