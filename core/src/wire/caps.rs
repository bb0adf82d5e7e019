//! Frequency caps (contract 5) and audiences (contract 7.1).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::read::{Item, Reader};
use crate::ids::AudienceId;
use crate::targeting::{Audiences, CapRule, FrequencyCap, Window, WindowUnit};
use crate::words::words;

/// The most caps of one campaign or advertiser: our choice.
pub const MAX_CAPS: usize = 20;

/// A rolling length of time, or the whole campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Window))]
pub struct WindowBody {
    /// How many units; means nothing with `campaign`.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub interval: u32,
    /// The unit.
    pub unit: WindowUnit,
}

impl From<Window> for WindowBody {
    fn from(window: Window) -> Self {
        Self {
            interval: window.interval(),
            unit: window.unit(),
        }
    }
}

/// A frequency cap as it is sent: at most so many impressions per person in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FrequencyCapIn {
    /// The most impressions.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub max_impressions: u32,
    /// In which time.
    pub window: WindowBody,
}

words! {
    /// What a frequency cap belongs to.
    pub enum CapLevel {
        /// All campaigns of the advertiser.
        Advertiser = "ADVERTISER",
        /// One campaign.
        Campaign = "CAMPAIGN",
    }
}

/// A frequency cap in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FrequencyCapOut {
    /// Stable id.
    pub id: String,
    /// The most impressions.
    pub max_impressions: u32,
    /// In which time.
    pub window: WindowBody,
    /// What it belongs to.
    #[serde(rename = "targetLevel")]
    pub target_level: CapLevel,
    /// Id of that.
    #[serde(rename = "targetId")]
    pub target_id: String,
    /// When it was made.
    #[serde(rename = "createdAt")]
    pub created_at: DateTime<Utc>,
    /// When another list took its place; always `null` here, since history is not shown.
    #[serde(rename = "archivedAt")]
    pub archived_at: Option<DateTime<Utc>>,
}

/// The caps in force, without those that were replaced.
pub(super) fn caps_out(
    caps: &[FrequencyCap],
    level: CapLevel,
    target: &str,
) -> Vec<FrequencyCapOut> {
    caps.iter()
        .filter(|cap| cap.archived_at.is_none())
        .map(|cap| {
            let FrequencyCap {
                id,
                rule,
                created_at,
                archived_at,
            } = cap;
            FrequencyCapOut {
                id: id.to_string(),
                max_impressions: rule.max_impressions(),
                window: rule.window().into(),
                target_level: level,
                target_id: target.to_owned(),
                created_at: *created_at,
                archived_at: *archived_at,
            }
        })
        .collect()
}

/// Reads the whole list of caps.
pub(super) fn read_caps(item: Item<'_>, reader: &mut Reader) -> Option<Vec<CapRule>> {
    item.distinct(reader, 0, MAX_CAPS, |item, reader| {
        let mut fields = item.object(reader)?;
        let max = fields
            .get(reader, "max_impressions")
            .required(reader)
            .and_then(|item| item.integer(reader, 1, i64::from(u32::MAX)));
        let window = fields
            .get(reader, "window")
            .required(reader)
            .and_then(|item| read_window(item, reader, WindowUnit::ALL));
        fields.ignore(&[
            "id",
            "targetLevel",
            "targetId",
            "createdAt",
            "updatedAt",
            "archivedAt",
        ]);
        fields.finish(reader);
        CapRule::new(u32::try_from(max?).ok()?, window?)
    })
}

/// Reads a window in one of some units. For `campaign` the interval may be left out.
pub(super) fn read_window(
    item: Item<'_>,
    reader: &mut Reader,
    units: &[WindowUnit],
) -> Option<Window> {
    let before = reader.count();
    let mut fields = item.object(reader)?;
    let words: Vec<&str> = units.iter().map(|unit| unit.as_str()).collect();
    let interval = fields.get(reader, "interval");
    let unit = fields.get(reader, "unit");
    let whole = fields.text("unit") == Some(WindowUnit::Campaign.as_str());
    let interval = if whole {
        interval.optional(reader)
    } else {
        interval.required(reader)
    };
    let interval = interval.and_then(|item| item.integer(reader, 1, 1_000_000));
    let unit = unit.required(reader).and_then(|item| {
        item.word(reader, &words, |word| {
            WindowUnit::parse(word).filter(|unit| units.contains(unit))
        })
    });
    fields.finish(reader);
    if reader.count() > before {
        return None;
    }
    Window::new(u32::try_from(interval.unwrap_or(1)).ok()?, unit?)
}

/// Audiences to target and to suppress. Create attaches them, an update adds to those attached,
/// unless `deleteMissing` asks for exactly these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AudienceConfig {
    /// Whom to reach; at most 100.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub target_audience_ids: Vec<String>,
    /// Whom to leave out; at most 100, none of them targeted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub suppress_audience_ids: Vec<String>,
    /// Whether exactly the given ones remain; alone it clears both lists.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub delete_missing: bool,
}

words! {
    /// How an audience is used.
    pub enum AudienceUse {
        /// The campaign is for it.
        Target = "TARGET",
        /// The campaign avoids it.
        Suppress = "SUPPRESS",
    }
}

/// An audience attached to a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AudienceOut {
    /// Its id.
    pub audience_id: String,
    /// Its name, where it is known.
    pub name: Option<String>,
    /// How it is used.
    #[serde(rename = "type")]
    pub use_: AudienceUse,
}

/// All audiences, targets first.
pub(super) fn audiences_out(audiences: &Audiences) -> Vec<AudienceOut> {
    let out = |use_| {
        move |id: &AudienceId| AudienceOut {
            audience_id: id.to_string(),
            name: None,
            use_,
        }
    };
    audiences
        .target()
        .iter()
        .map(out(AudienceUse::Target))
        .chain(audiences.suppress().iter().map(out(AudienceUse::Suppress)))
        .collect()
}

/// Reads `audienceConfig` onto the audiences that are attached.
pub(super) fn read_audiences(
    item: Item<'_>,
    reader: &mut Reader,
    attached: &Audiences,
) -> Option<Audiences> {
    let before = reader.count();
    let mut fields = item.object(reader)?;
    let path = fields.path();
    let mut ids = |reader: &mut Reader, name| {
        fields
            .get(reader, name)
            .optional(reader)
            .and_then(|item| {
                item.each(reader, 0, Audiences::MAX, |item, reader| {
                    item.id(reader, AudienceId::PREFIX, AudienceId::parse)
                })
            })
            .unwrap_or_default()
    };
    let target = ids(reader, "targetAudienceIds");
    let suppress = ids(reader, "suppressAudienceIds");
    let delete_missing = fields
        .get(reader, "deleteMissing")
        .optional(reader)
        .and_then(|item| item.boolean(reader))
        .unwrap_or(false);
    fields.finish(reader);
    if reader.count() > before {
        return None;
    }
    attached
        .merged(target, suppress, delete_missing)
        .map_err(|found| reader.add_under(path, found))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::super::read::testing::{read_with, violations_of};
    use super::*;
    use crate::error::Code;

    #[test]
    fn caps_can_be_written_back() {
        let text = r#"[{"max_impressions":3,"window":{"interval":1,"unit":"days"}},{"max_impressions":20,"window":{"unit":"campaign"}}]"#;
        let rules = read_with(text, read_caps).unwrap();
        let id = crate::ids::CapId::parse("cap_1").unwrap();
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let caps: Vec<_> = rules
            .iter()
            .map(|rule| FrequencyCap {
                id: id.clone(),
                rule: *rule,
                created_at: now,
                archived_at: None,
            })
            .collect();
        let out = serde_json::to_string(&caps_out(&caps, CapLevel::Campaign, "cmp_1")).unwrap();
        assert_eq!(read_with(&out, read_caps).unwrap(), rules);
        let gone = FrequencyCap {
            archived_at: Some(now),
            ..caps[0].clone()
        };
        assert!(caps_out(&[gone], CapLevel::Campaign, "cmp_1").is_empty());
    }

    #[test]
    fn caps_have_no_publisher_side_members() {
        assert_eq!(
            violations_of(
                r#"[{"max_impressions":0,"window":{"interval":0,"unit":"weeks"},"per":"households"}]"#,
                read_caps
            ),
            [
                ("x[0].max_impressions".to_owned(), Code::TooSmall),
                ("x[0].window.interval".to_owned(), Code::TooSmall),
                ("x[0].window.unit".to_owned(), Code::UnknownValue),
                ("x[0].per".to_owned(), Code::UnknownField),
            ]
        );
        assert_eq!(
            violations_of(
                r#"[{"max_impressions":1,"window":{"unit":"days"}}]"#,
                read_caps
            ),
            [("x[0].window.interval".to_owned(), Code::Required)]
        );
    }

    #[test]
    fn audiences_add_up_and_clear() {
        let none = Audiences::default();
        let first = read_with(r#"{"targetAudienceIds":["aud_1"]}"#, |i, r| {
            read_audiences(i, r, &none)
        })
        .unwrap();
        let more = read_with(r#"{"suppressAudienceIds":["aud_2"]}"#, |i, r| {
            read_audiences(i, r, &first)
        })
        .unwrap();
        assert_eq!(audiences_out(&more).len(), 2);
        let clear = read_with(r#"{"deleteMissing":true}"#, |i, r| {
            read_audiences(i, r, &more)
        })
        .unwrap();
        assert!(clear.is_empty());
        assert_eq!(
            violations_of(r#"{"suppressAudienceIds":["aud_9","aud_1"]}"#, |i, r| {
                read_audiences(i, r, &first)
            }),
            [("x.suppressAudienceIds[1]".to_owned(), Code::Contradiction)]
        );
        assert_eq!(
            violations_of(
                r#"{"targetAudienceIds":["seg-1"],"deleteMissing":"yes"}"#,
                |i, r| read_audiences(i, r, &none)
            ),
            [
                ("x.targetAudienceIds[0]".to_owned(), Code::InvalidFormat),
                ("x.deleteMissing".to_owned(), Code::WrongType)
            ]
        );
    }
}
