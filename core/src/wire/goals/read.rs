//! Reading goals: only allowed pairs of goal and target come out.

use rust_decimal::Decimal;

use super::{GoalKind, MAX_GOALS};
use crate::error::{Code, Violation};
use crate::goal::{
    Attribution, EventGoal, EventGoalParts, EventSource, EventSourceParts, EventTarget, EventType,
    Goal, Metric, MetricGoal, MetricGoalParts, MetricTarget, Positive, TargetKind,
};
use crate::targeting::{Window, WindowUnit};
use crate::wire::caps::read_window;
use crate::wire::read::{Field, Fields, Item, Range, Reader};

const MAX_SOURCES: usize = 20;

/// How the members of a goal are spelt: camelCase on campaigns, snake case on media buys.
struct Names {
    event_sources: &'static str,
    view_duration_seconds: &'static str,
    attribution_window: &'static str,
    event_source_id: &'static str,
    event_type: &'static str,
    custom_event_name: &'static str,
    value_field: &'static str,
    value_factor: &'static str,
    post_click: &'static str,
    post_view: &'static str,
}

const CAMEL: Names = Names {
    event_sources: "eventSources",
    view_duration_seconds: "viewDurationSeconds",
    attribution_window: "attributionWindow",
    event_source_id: "eventSourceId",
    event_type: "eventType",
    custom_event_name: "customEventName",
    value_field: "valueField",
    value_factor: "valueFactor",
    post_click: "postClick",
    post_view: "postView",
};

const SNAKE: Names = Names {
    event_sources: "event_sources",
    view_duration_seconds: "view_duration_seconds",
    attribution_window: "attribution_window",
    event_source_id: "event_source_id",
    event_type: "event_type",
    custom_event_name: "custom_event_name",
    value_field: "value_field",
    value_factor: "value_factor",
    post_click: "post_click",
    post_view: "post_view",
};

impl Names {
    /// The path of a rule's violation in this spelling; rules speak camelCase.
    fn spell(&self, path: &str) -> String {
        let names = [
            (CAMEL.event_sources, self.event_sources),
            (CAMEL.view_duration_seconds, self.view_duration_seconds),
            (CAMEL.attribution_window, self.attribution_window),
            (CAMEL.custom_event_name, self.custom_event_name),
            (CAMEL.value_field, self.value_field),
            (CAMEL.value_factor, self.value_factor),
        ];
        let mut spelt = String::new();
        for step in path.split('.') {
            if !spelt.is_empty() {
                spelt.push('.');
            }
            let (name, place) = match step.split_once('[') {
                Some((name, place)) => (name, Some(place)),
                None => (step, None),
            };
            let here = names.iter().find(|(rule, _)| *rule == name);
            spelt.push_str(here.map_or(name, |(_, here)| here));
            if let Some(place) = place {
                spelt.push('[');
                spelt.push_str(place);
            }
        }
        spelt
    }
}

/// Reads `performanceConfig`.
pub(in crate::wire) fn read(item: Item<'_>, reader: &mut Reader) -> Option<Vec<Goal>> {
    let mut fields = item.object(reader)?;
    let goals = fields
        .get(reader, "optimizationGoals")
        .required(reader)
        .and_then(|item| {
            item.each(reader, 1, MAX_GOALS, |item, reader| {
                goal(item, reader, &CAMEL)
            })
        });
    fields.finish(reader);
    goals
}

/// Reads `optimization_goals` of a media buy; an empty list clears them.
pub(in crate::wire) fn read_of_buy(item: Item<'_>, reader: &mut Reader) -> Option<Vec<Goal>> {
    item.each(reader, 0, MAX_GOALS, |item, reader| {
        goal(item, reader, &SNAKE)
    })
}

fn goal(item: Item<'_>, reader: &mut Reader, names: &Names) -> Option<Goal> {
    let mut fields = item.object(reader)?;
    let path = fields.path();
    // Without a kind nothing can be said about the other members.
    let kind = fields
        .get(reader, "kind")
        .required(reader)
        .and_then(|item| item.word(reader, GoalKind::WORDS, GoalKind::parse))?;
    let before = reader.count();
    let sources = fields.get(reader, names.event_sources);
    let metric = fields.get(reader, "metric");
    let duration = fields.get(reader, names.view_duration_seconds);
    let target = fields.get(reader, "target");
    let attribution = fields.get(reader, names.attribution_window);
    let priority = fields.get(reader, "priority");
    let built = match kind {
        GoalKind::Event => {
            let sources = sources.required(reader).and_then(|item| {
                item.each(reader, 1, MAX_SOURCES, |item, reader| {
                    event_source(item, reader, names)
                })
            });
            not_here(metric, reader, kind);
            not_here(duration, reader, kind);
            let target = target
                .optional(reader)
                .and_then(|item| event_target(item, reader));
            let attribution = attribution
                .optional(reader)
                .and_then(|item| read_attribution(item, reader, names));
            let priority = read_priority(priority, reader);
            fields.finish(reader);
            if reader.count() > before {
                return None;
            }
            EventGoal::new(EventGoalParts {
                sources: sources?,
                target,
                attribution,
                priority,
            })
            .map(Goal::Event)
        }
        GoalKind::Metric => {
            not_here(sources, reader, kind);
            let metric = metric
                .required(reader)
                .and_then(|item| item.word(reader, Metric::WORDS, Metric::parse));
            let view_duration_seconds = duration
                .optional(reader)
                .and_then(|item| positive(item, reader, "a number of seconds"));
            let target = target
                .optional(reader)
                .and_then(|item| metric_target(item, reader));
            not_here(attribution, reader, kind);
            let priority = read_priority(priority, reader);
            fields.finish(reader);
            if reader.count() > before {
                return None;
            }
            MetricGoal::new(MetricGoalParts {
                metric: metric?,
                view_duration_seconds,
                target,
                priority,
            })
            .map(Goal::Metric)
        }
    };
    built
        .map_err(|mut violation| {
            violation.path = names.spell(&violation.path);
            reader.add_under(path, [violation]);
        })
        .ok()
}

fn not_here(field: Field<'_>, reader: &mut Reader, kind: GoalKind) {
    if field.is_present() {
        reader.add(Violation::new(
            reader.spell(field.path()),
            Code::NotAllowedHere,
            format!("expected no such member in a goal of kind `{kind}`"),
        ));
    }
}

fn read_priority(field: Field<'_>, reader: &mut Reader) -> Option<u32> {
    let value = field.optional(reader)?.integer(reader, 1, 1000)?;
    u32::try_from(value).ok()
}

fn positive(item: Item<'_>, reader: &mut Reader, what: &str) -> Option<Positive> {
    let range = Range {
        above: Some(Decimal::ZERO),
        min: None,
        max: Decimal::new(Positive::BELOW * 1_000_000 - 1, Positive::MAX_DECIMALS),
        decimals: Positive::MAX_DECIMALS,
    };
    item.rate(reader, what, range).and_then(Positive::new)
}

fn event_source(item: Item<'_>, reader: &mut Reader, names: &Names) -> Option<EventSource> {
    let before = reader.count();
    let mut fields = item.object(reader)?;
    let path = fields.path();
    let event_source_id = fields
        .get(reader, names.event_source_id)
        .required(reader)
        .and_then(|item| item.line(reader, 1, 255));
    let event_type = fields
        .get(reader, names.event_type)
        .required(reader)
        .and_then(|item| item.word(reader, EventType::WORDS, EventType::parse));
    let custom_event_name = optional_line(&mut fields, reader, names.custom_event_name);
    let value_field = optional_line(&mut fields, reader, names.value_field);
    let value_factor = fields
        .get(reader, names.value_factor)
        .optional(reader)
        .and_then(|item| factor(item, reader));
    fields.finish(reader);
    if reader.count() > before {
        return None;
    }
    EventSource::new(EventSourceParts {
        event_source_id: event_source_id?,
        event_type: event_type?,
        custom_event_name,
        value_field,
        value_factor,
    })
    .map_err(|mut violation| {
        violation.path = names.spell(&violation.path);
        reader.add_under(path, [violation]);
    })
    .ok()
}

fn optional_line(
    fields: &mut Fields<'_>,
    reader: &mut Reader,
    name: &'static str,
) -> Option<String> {
    fields
        .get(reader, name)
        .optional(reader)
        .and_then(|item| item.line(reader, 1, 255))
}

fn factor(item: Item<'_>, reader: &mut Reader) -> Option<Decimal> {
    let path = item.path();
    let limit = Decimal::from(1_000_000);
    let range = Range {
        above: None,
        min: Some(-limit),
        max: limit,
        decimals: 6,
    };
    let value = item.rate(reader, "a factor", range)?;
    if value.is_zero() {
        reader.add(Violation::new(
            reader.spell(path),
            Code::TooSmall,
            "expected a factor other than 0, got 0",
        ));
        return None;
    }
    Some(value)
}

/// Kind and value of a target; the value is there exactly when the kind takes one.
fn target(
    item: Item<'_>,
    reader: &mut Reader,
    allowed: &[TargetKind],
) -> Option<(TargetKind, Option<Positive>)> {
    let before = reader.count();
    let mut fields = item.object(reader)?;
    let words: Vec<&str> = allowed.iter().map(|kind| kind.as_str()).collect();
    let kind = fields
        .get(reader, "kind")
        .required(reader)
        .and_then(|item| {
            item.word(reader, &words, |word| {
                TargetKind::parse(word).filter(|kind| allowed.contains(kind))
            })
        });
    let value = fields.get(reader, "value");
    let value = match kind {
        Some(kind) if !kind.takes_value() => {
            if value.is_present() {
                reader.add(Violation::new(
                    reader.spell(value.path()),
                    Code::NotAllowedHere,
                    "expected no value with `maximize_value`",
                ));
            }
            None
        }
        Some(_) => value
            .required(reader)
            .and_then(|item| positive(item, reader, "a number")),
        None => None,
    };
    fields.finish(reader);
    if reader.count() > before {
        None
    } else {
        Some((kind?, value))
    }
}

fn event_target(item: Item<'_>, reader: &mut Reader) -> Option<EventTarget> {
    match target(item, reader, GoalKind::Event.targets())? {
        (TargetKind::CostPer, value) => value.map(EventTarget::CostPer),
        (TargetKind::PerAdSpend, value) => value.map(EventTarget::PerAdSpend),
        (TargetKind::MaximizeValue, _) => Some(EventTarget::MaximizeValue),
        (TargetKind::ThresholdRate, _) => None,
    }
}

fn metric_target(item: Item<'_>, reader: &mut Reader) -> Option<MetricTarget> {
    match target(item, reader, GoalKind::Metric.targets())? {
        (TargetKind::CostPer, value) => value.map(MetricTarget::CostPer),
        (TargetKind::ThresholdRate, value) => value.map(MetricTarget::ThresholdRate),
        (TargetKind::PerAdSpend | TargetKind::MaximizeValue, _) => None,
    }
}

fn read_attribution(item: Item<'_>, reader: &mut Reader, names: &Names) -> Option<Attribution> {
    let before = reader.count();
    let mut fields = item.object(reader)?;
    let click = fields.get(reader, names.post_click);
    if !click.is_present() {
        reader.add(Violation::new(
            reader.spell(click.path()),
            Code::Required,
            "expected a window, or null where clicks do not count, got nothing",
        ));
    }
    let click = click
        .nullable()
        .flatten()
        .and_then(|item| attribution_window(item, reader));
    let view = fields
        .get(reader, names.post_view)
        .optional(reader)
        .and_then(|item| attribution_window(item, reader));
    fields.finish(reader);
    if reader.count() > before {
        None
    } else {
        Attribution::new(click, view)
    }
}

fn attribution_window(item: Item<'_>, reader: &mut Reader) -> Option<Window> {
    let units = [
        WindowUnit::Minutes,
        WindowUnit::Hours,
        WindowUnit::Days,
        WindowUnit::Campaign,
    ];
    read_window(item, reader, &units)
}

#[cfg(test)]
mod tests {
    use super::super::{BuyGoalOut, PerformanceConfig};
    use super::*;
    use crate::wire::read::testing::{read_with, violations_of};

    fn config(goal: &str) -> String {
        format!(r#"{{"optimizationGoals":[{goal}]}}"#)
    }

    const SALE: &str = r#"{"eventSourceId":"pixel","eventType":"purchase","valueField":"amount","valueFactor":0.01}"#;

    #[test]
    fn goals_can_be_written_back() {
        for goal in [
            format!(
                r#"{{"kind":"event","eventSources":[{SALE}],"target":{{"kind":"per_ad_spend","value":4.5}},
                "attributionWindow":{{"postClick":null,"postView":{{"interval":1,"unit":"days"}}}},"priority":1}}"#
            ),
            format!(r#"{{"kind":"event","eventSources":[{SALE}],"target":{{"kind":"maximize_value"}}}}"#),
            r#"{"kind":"metric","metric":"completed_views","viewDurationSeconds":15,"target":{"kind":"threshold_rate","value":0.7}}"#.to_owned(),
            r#"{"kind":"metric","metric":"clicks"}"#.to_owned(),
        ] {
            let goals = read_with(&config(&goal), read).unwrap();
            let body = PerformanceConfig { optimization_goals: goals.iter().map(Into::into).collect() };
            let text = serde_json::to_string(&body).unwrap();
            assert_eq!(read_with(&text, read).unwrap(), goals, "{text}");
        }
    }

    #[test]
    fn only_the_allowed_pairs_are_taken() {
        let code = |goal: &str| violations_of(&config(goal), read);
        let at = |path: &str, code| vec![(format!("x.optimizationGoals[0].{path}"), code)];
        assert_eq!(
            code(
                r#"{"kind":"metric","metric":"clicks","target":{"kind":"per_ad_spend","value":4}}"#
            ),
            at("target.kind", Code::UnknownValue)
        );
        assert_eq!(
            code(&format!(
                r#"{{"kind":"event","eventSources":[{SALE}],"target":{{"kind":"threshold_rate","value":4}}}}"#
            )),
            at("target.kind", Code::UnknownValue)
        );
        assert_eq!(
            code(&format!(
                r#"{{"kind":"event","eventSources":[{SALE}],"target":{{"kind":"maximize_value","value":4}}}}"#
            )),
            at("target.value", Code::NotAllowedHere)
        );
        assert_eq!(
            code(r#"{"kind":"metric","metric":"reach"}"#),
            at("metric", Code::UnknownValue)
        );
        assert_eq!(
            code(r#"{"kind":"vendor_metric"}"#),
            at("kind", Code::UnknownValue)
        );
        assert_eq!(
            code(
                r#"{"kind":"event","eventSources":[{"eventSourceId":"p","eventType":"lead"}],"target":{"kind":"maximize_value"}}"#
            ),
            at("eventSources", Code::Required)
        );
        assert_eq!(
            code(r#"{"kind":"metric","metric":"clicks","viewDurationSeconds":5}"#),
            at("viewDurationSeconds", Code::NotAllowedHere)
        );
        assert_eq!(
            code(r#"{"kind":"metric","metric":"clicks","eventSources":[],"attributionWindow":{}}"#),
            [
                at("eventSources", Code::NotAllowedHere),
                at("attributionWindow", Code::NotAllowedHere)
            ]
            .concat()
        );
        assert_eq!(
            code(r#"{"kind":"metric","metric":"clicks","target":{"kind":"cost_per"}}"#),
            at("target.value", Code::Required)
        );
    }

    #[test]
    fn inside_media_buys_members_are_snake_case() {
        let goals = read_with(
            &config(&format!(r#"{{"kind":"event","eventSources":[{SALE}]}}"#)),
            read,
        )
        .unwrap();
        let out: Vec<BuyGoalOut> = goals.iter().map(Into::into).collect();
        let text = serde_json::to_string(&out).unwrap();
        assert!(text.contains(r#""event_sources":[{"event_source_id":"pixel","event_type":"purchase","value_field":"amount","value_factor":0.01}]"#), "{text}");
    }
}
