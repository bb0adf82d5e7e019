//! Whom a campaign is for, and how often one person may see it, as it is typed.

use flighting_core::wire::Json;
use flighting_core::wire::caps::{AudienceOut, AudienceUse, FrequencyCapOut};
use serde::{Deserialize, Serialize};

use super::{object, text, whole, word};

/// Audiences as typed: ids with anything between them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudiencesForm {
    /// Whom to reach.
    pub target: String,
    /// Whom to leave out.
    pub suppress: String,
}

impl AudiencesForm {
    /// The audiences of a campaign that is.
    #[must_use]
    pub fn of(audiences: &[AudienceOut]) -> Self {
        let ids = |use_: AudienceUse| {
            audiences
                .iter()
                .filter(|audience| audience.use_ == use_)
                .map(|audience| audience.audience_id.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        Self {
            target: ids(AudienceUse::Target),
            suppress: ids(AudienceUse::Suppress),
        }
    }

    /// The member `audienceConfig`. `exact`: of an update, which makes the lists exactly these; a
    /// create without audiences has none.
    #[must_use]
    pub fn body(&self, exact: bool) -> Option<Json> {
        let ids = |typed: &str| -> Vec<Json> {
            typed
                .split(|c: char| c == ',' || c == ';' || c.is_whitespace())
                .filter(|id| !id.is_empty())
                .map(word)
                .collect()
        };
        let (target, suppress) = (ids(&self.target), ids(&self.suppress));
        let some = |ids: Vec<Json>| (!ids.is_empty()).then_some(Json::List(ids));
        (exact || !target.is_empty() || !suppress.is_empty()).then(|| {
            object([
                ("targetAudienceIds", some(target)),
                ("suppressAudienceIds", some(suppress)),
                ("deleteMissing", exact.then_some(Json::Bool(true))),
            ])
        })
    }
}

/// One frequency cap as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapRow {
    /// Ours: stays with the row while others come and go.
    pub key: u32,
    /// The most impressions.
    pub most: String,
    /// How many units the window has.
    pub interval: String,
    /// The unit, as a word of the wire.
    pub unit: String,
}

/// The frequency caps as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapsForm {
    /// All of them hold.
    pub rows: Vec<CapRow>,
    next_key: u32,
}

impl CapsForm {
    /// The caps in force of a campaign that is.
    #[must_use]
    pub fn of(caps: &[FrequencyCapOut]) -> Self {
        let mut form = Self::default();
        for cap in caps {
            form.push(
                cap.max_impressions.to_string(),
                cap.window.interval.to_string(),
                cap.window.unit.as_str().to_owned(),
            );
        }
        form
    }

    fn push(&mut self, most: String, interval: String, unit: String) {
        self.next_key += 1;
        self.rows.push(CapRow {
            key: self.next_key,
            most,
            interval,
            unit,
        });
    }

    /// Adds a cap: so many in one day, the number to be typed.
    pub fn add(&mut self) {
        self.push(String::new(), "1".to_owned(), "days".to_owned());
    }

    /// Takes a cap out.
    pub fn remove(&mut self, key: u32) {
        self.rows.retain(|row| row.key != key);
    }

    /// One cap.
    #[must_use]
    pub fn row(&self, key: u32) -> Option<&CapRow> {
        self.rows.iter().find(|row| row.key == key)
    }

    /// Changes one cap.
    pub fn edit(&mut self, key: u32, change: impl FnOnce(&mut CapRow)) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.key == key) {
            change(row);
        }
    }

    /// The member `frequencyCaps`; none without caps.
    #[must_use]
    pub fn body(&self) -> Option<Json> {
        let caps = self.rows.iter().map(|row| {
            let window = object([
                (
                    "interval",
                    whole(&row.interval).filter(|_| row.unit != "campaign"),
                ),
                ("unit", text(&row.unit)),
            ]);
            object([
                ("max_impressions", whole(&row.most)),
                ("window", Some(window)),
            ])
        });
        (!self.rows.is_empty()).then(|| Json::List(caps.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(body: &Option<Json>) -> String {
        serde_json::to_string(body).unwrap()
    }

    #[test]
    fn audiences_are_ids_with_anything_between_them() {
        let form = AudiencesForm {
            target: "aud_1, aud_2;aud_3".into(),
            suppress: " ".into(),
        };
        assert_eq!(
            written(&form.body(false)),
            r#"{"targetAudienceIds":["aud_1","aud_2","aud_3"]}"#
        );
        assert_eq!(AudiencesForm::default().body(false), None);
        assert_eq!(
            written(&AudiencesForm::default().body(true)),
            r#"{"deleteMissing":true}"#
        );
    }

    #[test]
    fn a_cap_keeps_what_was_typed_and_names_no_interval_for_the_whole_campaign() {
        let mut form = CapsForm::default();
        assert_eq!(form.body(), None);
        form.add();
        form.edit(1, |row| row.most = "3x".into());
        form.add();
        form.edit(2, |row| {
            row.most = "10".into();
            row.unit = "campaign".into();
        });
        assert_eq!(
            written(&form.body()),
            r#"[{"max_impressions":"3x","window":{"interval":1,"unit":"days"}},{"max_impressions":10,"window":{"unit":"campaign"}}]"#
        );
    }
}
