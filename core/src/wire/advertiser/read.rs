//! Reading advertisers, in the order of the contract's table of fields.

use super::{AdvertiserDraft, AdvertiserUpdate};
use crate::advertiser::{Advertiser, ApplyMode, Brand};
use crate::budget::Percent;
use crate::error::{Code, Violation};
use crate::money::Currency;
use crate::targeting::CapRule;
use crate::wire::budget::read_percent;
use crate::wire::campaign::expected_revision;
use crate::wire::caps::read_caps;
use crate::wire::json::Json;
use crate::wire::read::{Field, Fields, Reader};

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
                reader.spell(field.path()),
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
        let path = item.path();
        let currency = item.currency(reader)?;
        if let Some(now) = advertiser
            .map(|advertiser| advertiser.currency)
            .filter(|now| locked && *now != currency)
        {
            reader.add(
                Violation::new(
                    reader.spell(path),
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
        let path = item.path();
        let sandbox = item.boolean(reader)?;
        if advertiser.is_some_and(|advertiser| advertiser.sandbox != sandbox) {
            reader.add(Violation::new(
                reader.spell(path),
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
    use chrono::{DateTime, Utc};

    use super::super::{AdvertiserIn, AdvertiserPatchIn};
    use super::*;
    use crate::wire::read::testing::{members_of, take_asked, top};

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
            status: crate::advertiser::AdvertiserStatus::Active,
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

    #[test]
    fn readers_and_documented_structs_know_the_same_members() {
        let now = advertiser();
        take_asked();
        read_advertiser(&json(MINIMAL)).unwrap();
        assert_eq!(top(take_asked()), members_of::<AdvertiserIn>());
        read_advertiser_update(&json("{}"), &now, false).unwrap();
        assert_eq!(top(take_asked()), members_of::<AdvertiserPatchIn>());
    }
}
