//! Advertisers on the wire (contract 2, decision 4 for `marginPercent`).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Figure;
use super::budget::read_percent;
use super::campaign::expected_revision;
use super::caps::{CapLevel, FrequencyCapIn, FrequencyCapOut, caps_out, read_caps};
use super::json::Json;
use super::read::{Field, Fields, Reader};
use crate::advertiser::{Advertiser, AdvertiserStatus, ApplyMode, Brand};
use crate::budget::Percent;
use crate::error::{Code, Violation};
use crate::money::Currency;
use crate::targeting::CapRule;

/// A new advertiser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdvertiserIn {
    /// 1 to 255 characters.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 255, example = "Acme")
    )]
    pub name: String,
    /// At most 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 1000))]
    pub description: Option<String>,
    /// The domain of the brand; sellers are told.
    #[cfg_attr(
        feature = "openapi",
        schema(max_length = 253, example = "acme.example")
    )]
    pub brand: String,
    /// ISO 4217, with minor units; of every campaign.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 3, max_length = 3, example = "EUR")
    )]
    pub primary_currency: String,
    /// `MANUAL` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimization_apply_mode: Option<ApplyMode>,
    /// The fee line of campaigns that name none: percent of their total, 0 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 100))]
    pub margin_percent: Option<Figure>,
    /// Whether its buys spend nothing; cannot change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<bool>,
    /// Caps on all its campaigns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub frequency_caps: Option<Vec<FrequencyCapIn>>,
}

/// A change of an advertiser: what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdvertiserPatchIn {
    /// 1 to 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub name: Option<String>,
    /// At most 1,000 characters; empty text clears it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 1000))]
    pub description: Option<String>,
    /// The domain of the brand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// Only until the first campaign exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_currency: Option<String>,
    /// What campaigns use that do not say otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimization_apply_mode: Option<ApplyMode>,
    /// For campaigns to come; those that are keep their fees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin_percent: Option<Figure>,
    /// Only what it is: cannot change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<bool>,
    /// Replaces all caps in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency_caps: Option<Vec<FrequencyCapIn>>,
    /// The revision that was seen; another one is a conflict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_revision: Option<u64>,
}

/// An advertiser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Advertiser))]
pub struct AdvertiserOut {
    /// Stable id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The domain of the brand.
    pub brand: String,
    /// Of every campaign.
    pub primary_currency: String,
    /// Whether a campaign exists, so that the currency stays.
    pub currency_locked: bool,
    /// What campaigns use that do not say otherwise.
    pub optimization_apply_mode: ApplyMode,
    /// The fee line of campaigns that name none: percent of their total.
    pub margin_percent: Figure,
    /// Whether its buys spend nothing.
    pub sandbox: bool,
    /// Caps in force.
    pub frequency_caps: Vec<FrequencyCapOut>,
    /// Whether it is in use.
    pub status: AdvertiserStatus,
    /// Moves with every command of a caller.
    pub revision: u64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl AdvertiserOut {
    /// The answer; whether a campaign exists only the store knows.
    #[must_use]
    pub fn of(advertiser: &Advertiser, currency_locked: bool) -> Self {
        let Advertiser {
            id,
            name,
            description,
            brand,
            currency,
            apply_mode,
            margin_percent,
            sandbox,
            caps,
            status,
            created_at,
            updated_at,
            revision,
        } = advertiser;
        Self {
            id: id.to_string(),
            name: name.clone(),
            description: description.clone(),
            brand: brand.as_str().to_owned(),
            primary_currency: currency.code().to_owned(),
            currency_locked,
            optimization_apply_mode: *apply_mode,
            margin_percent: margin_percent.to_decimal().into(),
            sandbox: *sandbox,
            frequency_caps: caps_out(caps, CapLevel::Advertiser, id.as_str()),
            status: *status,
            revision: *revision,
            created_at: *created_at,
            updated_at: *updated_at,
        }
    }
}

/// What a create asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvertiserDraft {
    /// 1 to 255 characters.
    pub name: String,
    /// At most 1,000 characters.
    pub description: Option<String>,
    /// The brand.
    pub brand: Brand,
    /// Of every campaign.
    pub currency: Currency,
    /// What campaigns use that do not say otherwise.
    pub apply_mode: ApplyMode,
    /// The fee line of campaigns that name none.
    pub margin_percent: Percent,
    /// Whether its buys spend nothing.
    pub sandbox: bool,
    /// Caps to begin with.
    pub caps: Vec<CapRule>,
}

/// What an update asks for: the advertiser as it shall be, caps and revision apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvertiserUpdate {
    /// 1 to 255 characters.
    pub name: String,
    /// At most 1,000 characters.
    pub description: Option<String>,
    /// The brand.
    pub brand: Brand,
    /// Of every campaign.
    pub currency: Currency,
    /// What campaigns use that do not say otherwise.
    pub apply_mode: ApplyMode,
    /// The fee line of campaigns to come.
    pub margin_percent: Percent,
    /// All caps as they shall be; none keeps them.
    pub caps: Option<Vec<CapRule>>,
    /// The revision the caller saw.
    pub expected_revision: Option<u64>,
}

struct Members {
    name: Option<String>,
    description: Option<String>,
    brand: Option<Brand>,
    currency: Option<Currency>,
    apply_mode: Option<ApplyMode>,
    margin_percent: Option<Percent>,
    sandbox: Option<bool>,
    caps: Option<Vec<CapRule>>,
}

fn members(
    fields: &mut Fields<'_>,
    reader: &mut Reader,
    advertiser: Option<&Advertiser>,
    locked: bool,
) -> Members {
    let must = |field: Field<'_>, reader: &mut Reader| {
        let missing = advertiser.is_none() && !field.is_present();
        if missing {
            reader.add(Violation::new(
                field.path(),
                Code::Required,
                "expected a value, got nothing",
            ));
        }
    };
    macro_rules! item {
        ($name:literal, required) => {{
            let field = fields.get(reader, $name);
            if field.is_present() {
                field.optional(reader)
            } else {
                must(field, reader);
                None
            }
        }};
        ($name:literal) => {
            fields.get(reader, $name).optional(reader)
        };
    }
    let name = item!("name", required).and_then(|item| item.line(reader, 1, 255));
    let description = item!("description").and_then(|item| item.text(reader, 0, 1000));
    let brand = item!("brand", required).and_then(|item| {
        item.parsed(
            reader,
            Code::InvalidFormat,
            "a domain such as `acme.example`",
            Brand::parse,
        )
    });
    let currency = item!("primaryCurrency", required).and_then(|item| {
        let path = item.path().to_owned();
        let currency = item.currency(reader)?;
        if let Some(now) = advertiser
            .map(|advertiser| advertiser.currency)
            .filter(|now| locked && *now != currency)
        {
            reader.add(
                Violation::new(
                    path,
                    Code::Locked,
                    format!(
                        "expected `{now}`, which stays once a campaign exists, got `{currency}`"
                    ),
                )
                .with("current", now.code()),
            );
            return None;
        }
        Some(currency)
    });
    let apply_mode = item!("optimizationApplyMode")
        .and_then(|item| item.word(reader, ApplyMode::WORDS, ApplyMode::parse));
    let margin_percent = item!("marginPercent").and_then(|item| read_percent(item, reader));
    let sandbox = item!("sandbox").and_then(|item| {
        let path = item.path().to_owned();
        let sandbox = item.boolean(reader)?;
        if advertiser.is_some_and(|advertiser| advertiser.sandbox != sandbox) {
            reader.add(Violation::new(
                path,
                Code::Immutable,
                format!("expected `{}`, which cannot change", !sandbox),
            ));
            return None;
        }
        Some(sandbox)
    });
    let caps = item!("frequencyCaps").and_then(|item| read_caps(item, reader));
    Members {
        name,
        description,
        brand,
        currency,
        apply_mode,
        margin_percent,
        sandbox,
        caps,
    }
}

/// Reads the body of a create.
///
/// # Errors
/// Every violation, in the order of the contract's table of fields.
pub fn read_advertiser(json: &Json) -> Result<AdvertiserDraft, Vec<Violation>> {
    let mut reader = Reader::new();
    let draft = reader.body(json).and_then(|mut fields| {
        let members = members(&mut fields, &mut reader, None, false);
        fields.finish(&mut reader);
        let Members {
            name,
            description,
            brand,
            currency,
            apply_mode,
            margin_percent,
            sandbox,
            caps,
        } = members;
        Some(AdvertiserDraft {
            name: name?,
            description: description.filter(|text| !text.is_empty()),
            brand: brand?,
            currency: currency?,
            apply_mode: apply_mode.unwrap_or(ApplyMode::Manual),
            margin_percent: margin_percent.or_else(|| Percent::new(rust_decimal::Decimal::ZERO))?,
            sandbox: sandbox.unwrap_or(false),
            caps: caps.unwrap_or_default(),
        })
    });
    reader.finish(draft)
}

/// Reads the body of an update; with a campaign the currency stays as it is.
///
/// # Errors
/// Every violation, in the order of the contract's table of fields.
pub fn read_advertiser_update(
    json: &Json,
    advertiser: &Advertiser,
    currency_locked: bool,
) -> Result<AdvertiserUpdate, Vec<Violation>> {
    let mut reader = Reader::new();
    let update = reader.body(json).map(|mut fields| {
        let members = members(&mut fields, &mut reader, Some(advertiser), currency_locked);
        let expected_revision = expected_revision(&mut fields, &mut reader);
        fields.finish(&mut reader);
        let Members {
            name,
            description,
            brand,
            currency,
            apply_mode,
            margin_percent,
            sandbox: _,
            caps,
        } = members;
        AdvertiserUpdate {
            name: name.unwrap_or_else(|| advertiser.name.clone()),
            description: match description {
                Some(text) => Some(text).filter(|text| !text.is_empty()),
                None => advertiser.description.clone(),
            },
            brand: brand.unwrap_or_else(|| advertiser.brand.clone()),
            currency: currency.unwrap_or(advertiser.currency),
            apply_mode: apply_mode.unwrap_or(advertiser.apply_mode),
            margin_percent: margin_percent.unwrap_or(advertiser.margin_percent),
            caps,
            expected_revision,
        }
    });
    reader.finish(update)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        serde_json::from_str(text).unwrap()
    }

    fn codes<T: std::fmt::Debug>(read: Result<T, Vec<Violation>>) -> Vec<(String, Code)> {
        read.unwrap_err()
            .into_iter()
            .map(|v| (v.path, v.code))
            .collect()
    }

    const MINIMAL: &str = r#"{"name":" Acme ","brand":"ACME.example","primaryCurrency":"EUR"}"#;

    #[test]
    fn a_new_advertiser_needs_three_members() {
        let draft = read_advertiser(&json(MINIMAL)).unwrap();
        assert_eq!(draft.name, "Acme");
        assert_eq!(draft.brand.as_str(), "acme.example");
        assert_eq!(draft.apply_mode, ApplyMode::Manual);
        assert!(draft.margin_percent.to_decimal().is_zero());
        assert_eq!(
            codes(read_advertiser(&json("{}"))),
            [
                ("name".to_owned(), Code::Required),
                ("brand".to_owned(), Code::Required),
                ("primaryCurrency".to_owned(), Code::Required)
            ]
        );
    }

    #[test]
    fn each_member_has_limits() {
        let body = json(
            r#"{"name":"","description":null,"brand":"not a domain","primaryCurrency":"XAU","optimizationApplyMode":"auto",
            "marginPercent":-1,"sandbox":"no","frequencyCaps":{},"utmConfig":[]}"#,
        );
        assert_eq!(
            codes(read_advertiser(&body)),
            [
                ("name".to_owned(), Code::TooShort),
                ("description".to_owned(), Code::NullNotAllowed),
                ("brand".to_owned(), Code::InvalidFormat),
                ("primaryCurrency".to_owned(), Code::UnsupportedCurrency),
                ("optimizationApplyMode".to_owned(), Code::UnknownValue),
                ("marginPercent".to_owned(), Code::TooSmall),
                ("sandbox".to_owned(), Code::WrongType),
                ("frequencyCaps".to_owned(), Code::WrongType),
                ("utmConfig".to_owned(), Code::UnknownField),
            ]
        );
    }

    fn advertiser() -> Advertiser {
        let draft = read_advertiser(&json(MINIMAL)).unwrap();
        let now = DateTime::<Utc>::UNIX_EPOCH;
        Advertiser {
            id: crate::ids::AdvertiserId::parse("adv_1").unwrap(),
            name: draft.name,
            description: Some("shoes".into()),
            brand: draft.brand,
            currency: draft.currency,
            apply_mode: draft.apply_mode,
            margin_percent: draft.margin_percent,
            sandbox: draft.sandbox,
            caps: Vec::new(),
            status: AdvertiserStatus::Active,
            created_at: now,
            updated_at: now,
            revision: 1,
        }
    }

    #[test]
    fn an_update_keeps_what_it_does_not_name() {
        let now = advertiser();
        let update = read_advertiser_update(
            &json(r#"{"description":"","marginPercent":8.5,"expectedRevision":1}"#),
            &now,
            true,
        )
        .unwrap();
        assert_eq!(update.name, now.name);
        assert_eq!(update.description, None);
        assert_eq!(update.margin_percent.to_decimal().to_string(), "8.5");
        assert_eq!(update.expected_revision, Some(1));
        assert_eq!(update.caps, None);
    }

    #[test]
    fn the_currency_stays_once_a_campaign_exists() {
        let now = advertiser();
        let body = json(r#"{"primaryCurrency":"USD","sandbox":true}"#);
        assert_eq!(
            codes(read_advertiser_update(&body, &now, true)),
            [
                ("primaryCurrency".to_owned(), Code::Locked),
                ("sandbox".to_owned(), Code::Immutable)
            ]
        );
        let usd = json(r#"{"primaryCurrency":"USD","sandbox":false}"#);
        assert_eq!(
            read_advertiser_update(&usd, &now, false)
                .unwrap()
                .currency
                .code(),
            "USD"
        );
    }
}
