//! What a campaign is optimized for, as it is typed.

use flighting_core::goal::TargetKind;
use flighting_core::wire::Json;
use flighting_core::wire::caps::WindowBody;
use flighting_core::wire::goals::{GoalBody, GoalKind, PerformanceConfig};
use serde::{Deserialize, Serialize};

use super::{figure, json_of, object, text, whole, word};

/// A length of time as typed; without a unit it is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowRow {
    /// How many units.
    pub interval: String,
    /// A unit, as a word of the wire; empty: contacts of this kind do not count.
    pub unit: String,
}

impl WindowRow {
    fn of(window: Option<&WindowBody>) -> Self {
        window
            .map(|window| Self {
                interval: window.interval.to_string(),
                unit: window.unit.as_str().to_owned(),
            })
            .unwrap_or_default()
    }

    fn body(&self) -> Option<Json> {
        (!self.unit.is_empty()).then(|| {
            object([
                ("interval", whole(&self.interval)),
                ("unit", Some(word(&self.unit))),
            ])
        })
    }
}

/// Where the events of a goal come from, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRow {
    /// The source, as registered by the advertiser.
    pub id: String,
    /// What happened, as a word of the wire.
    pub event: String,
    /// The name of a custom event.
    pub custom: String,
    /// The member of the event that holds its value.
    pub value_field: String,
    /// What the value is multiplied by.
    pub factor: String,
}

/// One goal as typed. What belongs to the other kind is kept, so that changing the kind loses
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoalRow {
    /// Ours: stays with the row while others come and go.
    pub key: u32,
    /// Event or metric.
    pub kind: GoalKind,
    /// What is counted, as a word of the wire; metrics only.
    pub metric: String,
    /// From how many seconds a view counts as completed.
    pub duration: String,
    /// Where events come from; events only.
    pub sources: Vec<SourceRow>,
    /// What is aimed at, as a word of the wire; empty: as much as the budget buys.
    pub target: String,
    /// The figure that is aimed at.
    pub value: String,
    /// How long after a click an event counts; events only.
    pub click: WindowRow,
    /// How long after a view.
    pub view: WindowRow,
    /// 1 is the highest; empty: the order of the list.
    pub priority: String,
}

impl GoalRow {
    fn of(key: u32, goal: &GoalBody) -> Self {
        let plain =
            |figure: flighting_core::wire::Figure| figure.to_decimal().normalize().to_string();
        let attribution = goal.attribution_window.as_ref();
        Self {
            key,
            kind: goal.kind,
            metric: goal
                .metric
                .map(|metric| metric.as_str().to_owned())
                .unwrap_or_default(),
            duration: goal.view_duration_seconds.map(plain).unwrap_or_default(),
            sources: goal
                .event_sources
                .iter()
                .flatten()
                .map(|source| SourceRow {
                    id: source.event_source_id.clone(),
                    event: source.event_type.as_str().to_owned(),
                    custom: source.custom_event_name.clone().unwrap_or_default(),
                    value_field: source.value_field.clone().unwrap_or_default(),
                    factor: source.value_factor.map(plain).unwrap_or_default(),
                })
                .collect(),
            target: goal
                .target
                .as_ref()
                .map(|target| target.kind.as_str().to_owned())
                .unwrap_or_default(),
            value: goal
                .target
                .as_ref()
                .and_then(|target| target.value)
                .map(plain)
                .unwrap_or_default(),
            click: WindowRow::of(attribution.and_then(|windows| windows.post_click.as_ref())),
            view: WindowRow::of(attribution.and_then(|windows| windows.post_view.as_ref())),
            priority: goal
                .priority
                .map(|priority| priority.to_string())
                .unwrap_or_default(),
        }
    }

    /// Takes the other kind; a target that it does not allow goes.
    pub fn set_kind(&mut self, kind: GoalKind) {
        self.kind = kind;
        if !kind
            .targets()
            .iter()
            .any(|target| target.as_str() == self.target)
        {
            self.target.clear();
        }
        match kind {
            GoalKind::Event if self.sources.is_empty() => self.sources.push(SourceRow::default()),
            GoalKind::Metric if self.metric.is_empty() => self.metric = "clicks".to_owned(),
            GoalKind::Event | GoalKind::Metric => {}
        }
    }

    /// Whether its target takes a figure.
    #[must_use]
    pub fn takes_value(&self) -> bool {
        TargetKind::parse(&self.target).is_some_and(TargetKind::takes_value)
    }

    fn target_body(&self) -> Option<Json> {
        (!self.target.is_empty()).then(|| {
            object([
                ("kind", Some(word(&self.target))),
                ("value", figure(&self.value).filter(|_| self.takes_value())),
            ])
        })
    }

    fn body(&self) -> Json {
        let kind = Some(json_of(&self.kind));
        let priority = whole(&self.priority);
        match self.kind {
            GoalKind::Metric => object([
                ("kind", kind),
                ("metric", text(&self.metric)),
                (
                    "viewDurationSeconds",
                    figure(&self.duration).filter(|_| self.metric == "completed_views"),
                ),
                ("target", self.target_body()),
                ("priority", priority),
            ]),
            GoalKind::Event => {
                let sources = self.sources.iter().map(|source| {
                    object([
                        ("eventSourceId", text(&source.id)),
                        ("eventType", text(&source.event)),
                        (
                            "customEventName",
                            text(&source.custom).filter(|_| source.event == "custom"),
                        ),
                        ("valueField", text(&source.value_field)),
                        ("valueFactor", figure(&source.factor)),
                    ])
                });
                let (click, view) = (self.click.body(), self.view.body());
                let windows = (click.is_some() || view.is_some()).then(|| {
                    object([
                        ("postClick", Some(click.unwrap_or(Json::Null))),
                        ("postView", view),
                    ])
                });
                object([
                    ("kind", kind),
                    ("eventSources", Some(Json::List(sources.collect()))),
                    ("target", self.target_body()),
                    ("attributionWindow", windows),
                    ("priority", priority),
                ])
            }
        }
    }
}

/// The goals as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoalsForm {
    /// In order.
    pub rows: Vec<GoalRow>,
    next_key: u32,
}

impl GoalsForm {
    /// The goals of a campaign that is.
    #[must_use]
    pub fn of(config: Option<&PerformanceConfig>) -> Self {
        let mut form = Self::default();
        for goal in config.iter().flat_map(|config| &config.optimization_goals) {
            form.next_key += 1;
            form.rows.push(GoalRow::of(form.next_key, goal));
        }
        form
    }

    /// Adds a goal with nothing aimed at.
    pub fn add(&mut self, kind: GoalKind) {
        self.next_key += 1;
        let mut row = GoalRow {
            key: self.next_key,
            kind,
            metric: String::new(),
            duration: String::new(),
            sources: Vec::new(),
            target: String::new(),
            value: String::new(),
            click: WindowRow::default(),
            view: WindowRow::default(),
            priority: String::new(),
        };
        row.set_kind(kind);
        self.rows.push(row);
    }

    /// Takes a goal out.
    pub fn remove(&mut self, key: u32) {
        self.rows.retain(|row| row.key != key);
    }

    /// One goal.
    #[must_use]
    pub fn row(&self, key: u32) -> Option<&GoalRow> {
        self.rows.iter().find(|row| row.key == key)
    }

    /// Changes one goal.
    pub fn edit(&mut self, key: u32, change: impl FnOnce(&mut GoalRow)) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.key == key) {
            change(row);
        }
    }

    /// The member `performanceConfig`; none without goals.
    #[must_use]
    pub fn body(&self) -> Option<Json> {
        (!self.rows.is_empty()).then(|| {
            let goals = self.rows.iter().map(GoalRow::body).collect();
            object([("optimizationGoals", Some(Json::List(goals)))])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(form: &GoalsForm) -> String {
        serde_json::to_string(&form.body()).unwrap()
    }

    #[test]
    fn a_goal_survives_the_way_through_its_answer() {
        let text = r#"{"optimizationGoals":[{"kind":"event","eventSources":[{"eventSourceId":"pixel","eventType":"purchase","valueField":"amount"}],"target":{"kind":"per_ad_spend","value":"4.5"},"attributionWindow":{"postClick":{"interval":7,"unit":"days"}},"priority":1},{"kind":"metric","metric":"completed_views","viewDurationSeconds":"15","target":{"kind":"threshold_rate","value":"0.7"}}]}"#;
        let config: PerformanceConfig = serde_json::from_str(
            &text
                .replace("\"4.5\"", "4.5")
                .replace("\"15\"", "15")
                .replace("\"0.7\"", "0.7"),
        )
        .unwrap();
        assert_eq!(written(&GoalsForm::of(Some(&config))), text);
    }

    #[test]
    fn changing_the_kind_drops_only_the_target_it_does_not_allow() {
        let mut form = GoalsForm::default();
        form.add(GoalKind::Metric);
        form.edit(1, |row| {
            row.target = "threshold_rate".into();
            row.value = "0.5".into();
            row.set_kind(GoalKind::Event);
        });
        assert_eq!(
            written(&form),
            r#"{"optimizationGoals":[{"kind":"event","eventSources":[{}]}]}"#
        );
        form.edit(1, |row| {
            row.target = "cost_per".into();
            row.set_kind(GoalKind::Metric);
        });
        assert_eq!(
            written(&form),
            r#"{"optimizationGoals":[{"kind":"metric","metric":"clicks","target":{"kind":"cost_per","value":"0.5"}}]}"#
        );
    }
}
