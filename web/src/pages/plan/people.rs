//! Goals, audiences and frequency caps, and who decides on optimization.

use flighting_core::advertiser::{Advertiser, ApplyMode};
use flighting_core::goal::{EventType, Metric, TargetKind};
use flighting_core::targeting::WindowUnit;
use flighting_core::wire::goals::GoalKind;
use leptos::prelude::*;

use super::planner::Planner;
use crate::format;
use crate::forms::campaign::CampaignForm;
use crate::forms::goals::{GoalRow, SourceRow, WindowRow};
use crate::forms::people::CapRow;
use crate::parts::field::{AreaField, ChoiceField, Issues, TextField, sentence};
use crate::parts::icon::Icon;

type Options = Vec<(String, String)>;

fn option(word: &str) -> (String, String) {
    (word.to_owned(), format::word(word))
}

fn units(all: &[WindowUnit]) -> Options {
    all.iter().map(|unit| option(unit.as_str())).collect()
}

/// What a kind of target is called.
fn target_words(kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::CostPer => "Cost per unit",
        TargetKind::PerAdSpend => "Value per money spent",
        TargetKind::MaximizeValue => "As much value as possible",
        TargetKind::ThresholdRate => "At least this rate",
    }
}

/// The cards of goals, audiences, caps and optimization.
#[component]
pub fn People(planner: Planner, issues: Issues) -> impl IntoView {
    let form = planner.form;
    let read = move |get: fn(&CampaignForm) -> &String| {
        Memo::new(move |_| form.with(|form| get(form).clone()))
    };
    let inherited = Signal::derive(move || {
        let mode = planner
            .advertiser
            .with(|one| one.as_ref().map(|one: &Advertiser| one.apply_mode));
        let words = match mode {
            Some(ApplyMode::Auto) => "As the advertiser has it: automatic",
            Some(ApplyMode::Manual) => "As the advertiser has it: by hand",
            None => "As the advertiser has it",
        };
        vec![
            (String::new(), words.to_owned()),
            (
                "AUTO".to_owned(),
                "Automatic: suggestions are applied".to_owned(),
            ),
            (
                "MANUAL".to_owned(),
                "By hand: suggestions wait for you".to_owned(),
            ),
        ]
    });
    view! {
        <section class="card fields" aria-labelledby="goals-title">
            <h2 id="goals-title">"Goals"</h2>
            <Goals planner issues/>
            <ChoiceField
                label="Optimization"
                path="optimizationApplyMode"
                value=read(|form| &form.apply_mode)
                options=inherited
                on_choose=move |text: String| form.update(|form| form.apply_mode = text)
                issues
            />
        </section>
        <section class="card fields" aria-labelledby="people-title">
            <h2 id="people-title">"Audiences and frequency"</h2>
            <AreaField label="Audiences to reach" path="audienceConfig.targetAudienceIds" value=read(|form| &form.audiences.target) on_input=move |text: String| form.update(|form| form.audiences.target = text) issues hint="Ids such as aud_01HX, with a comma or a space between."/>
            <AreaField label="Audiences to leave out" path="audienceConfig.suppressAudienceIds" value=read(|form| &form.audiences.suppress) on_input=move |text: String| form.update(|form| form.audiences.suppress = text) issues/>
            <Caps planner issues/>
        </section>
    }
    .into_any()
}

#[component]
fn Goals(planner: Planner, issues: Issues) -> impl IntoView {
    let form = planner.form;
    let keys = Memo::new(move |_| {
        form.with(|form| {
            form.goals
                .rows
                .iter()
                .map(|row| row.key)
                .collect::<Vec<_>>()
        })
    });
    let add = move |kind| form.update(|form| form.goals.add(kind));
    view! {
        <For each=move || keys.get() key=|key| *key let(key)>
            <Goal planner issues key/>
        </For>
        {move || keys.with(Vec::is_empty).then(|| view! { <p class="quiet">"No goal: sellers deliver as they do."</p> })}
        <div class="row">
            <button type="button" class="button" on:click=move |_| add(GoalKind::Metric)><Icon name="plus"/>"Goal on a metric"</button>
            <button type="button" class="button" on:click=move |_| add(GoalKind::Event)><Icon name="plus"/>"Goal on events"</button>
        </div>
    }
    .into_any()
}

/// Reading and writing one goal.
#[derive(Clone, Copy)]
struct At {
    planner: Planner,
    key: u32,
}

impl At {
    fn read(self, get: impl Fn(&GoalRow) -> String + Send + Sync + 'static) -> Signal<String> {
        Signal::derive(move || {
            self.planner
                .form
                .with(|form| form.goals.row(self.key).map(&get).unwrap_or_default())
        })
    }

    fn write(self, set: impl Fn(&mut GoalRow, String) + Send + Sync + 'static) -> Callback<String> {
        Callback::new(move |text: String| {
            self.planner
                .form
                .update(|form| form.goals.edit(self.key, |row| set(row, text)));
        })
    }

    fn path(self, member: &'static str) -> Signal<String> {
        Signal::derive(move || {
            let at = self
                .planner
                .form
                .with(|form| form.goals.rows.iter().position(|row| row.key == self.key));
            format!(
                "performanceConfig.optimizationGoals[{}].{member}",
                at.unwrap_or(usize::MAX)
            )
        })
    }
}

#[component]
fn Goal(planner: Planner, issues: Issues, key: u32) -> impl IntoView {
    let at = At { planner, key };
    let form = planner.form;
    let kind = Memo::new(move |_| {
        form.with(|form| form.goals.row(key).map_or(GoalKind::Metric, |row| row.kind))
    });
    let place = move || {
        form.with(|form| {
            form.goals
                .rows
                .iter()
                .position(|row| row.key == key)
                .unwrap_or(0)
                + 1
        })
    };
    let targets = Signal::derive(move || {
        let mut all = vec![(String::new(), "As much as the budget buys".to_owned())];
        all.extend(
            kind.get()
                .targets()
                .iter()
                .map(|target| (target.as_str().to_owned(), target_words(*target).to_owned())),
        );
        all
    });
    let takes_value =
        Memo::new(move |_| form.with(|form| form.goals.row(key).is_some_and(GoalRow::takes_value)));
    view! {
        <div class="nested" role="group" aria-label=move || format!("Goal {}", place())>
            <div class="row">
                <h3>"Goal " {place} ", " {move || match kind.get() { GoalKind::Event => "on events", GoalKind::Metric => "on a metric" }}</h3>
                <button type="button" class="button quiet square aside" aria-label=move || format!("Remove goal {}", place()) on:click=move |_| form.update(|form| form.goals.remove(key))><Icon name="close"/></button>
            </div>
            {move || match kind.get() {
                GoalKind::Metric => view! { <MetricFields at issues/> }.into_any(),
                GoalKind::Event => view! { <EventFields at issues/> }.into_any(),
            }}
            <div class="pair">
                <ChoiceField label="Target" path=at.path("target.kind") value=at.read(|row| row.target.clone()) options=targets on_choose=at.write(|row, text| row.target = text) issues/>
                <Show when=move || takes_value.get()>
                    <TextField label="Figure aimed at" figures=true path=at.path("target.value") value=at.read(|row| row.value.clone()) on_input=at.write(|row, text| row.value = text) issues/>
                </Show>
            </div>
            <TextField label="Priority" figures=true path=at.path("priority") value=at.read(|row| row.priority.clone()) on_input=at.write(|row, text| row.priority = text) issues hint="1 is the highest. Empty: the order of the list."/>
        </div>
    }
    .into_any()
}

#[component]
fn MetricFields(at: At, issues: Issues) -> impl IntoView {
    let metrics: Options = Metric::ALL
        .iter()
        .map(|metric| option(metric.as_str()))
        .collect();
    let completed = Memo::new(move |_| {
        at.planner.form.with(|form| {
            form.goals
                .row(at.key)
                .is_some_and(|row| row.metric == Metric::CompletedViews.as_str())
        })
    });
    view! {
        <div class="pair">
            <ChoiceField label="Metric" path=at.path("metric") value=at.read(|row| row.metric.clone()) options=metrics on_choose=at.write(|row, text| row.metric = text) issues/>
            <Show when=move || completed.get()>
                <TextField label="Counts as completed from" figures=true unit="s" path=at.path("viewDurationSeconds") value=at.read(|row| row.duration.clone()) on_input=at.write(|row, text| row.duration = text) issues/>
            </Show>
        </div>
    }
    .into_any()
}

/// One member of the source of an event goal.
fn source(at: At, nth: usize, get: fn(&SourceRow) -> &String) -> Signal<String> {
    at.read(move |row| row.sources.get(nth).map(get).cloned().unwrap_or_default())
}

fn set_source(at: At, nth: usize, set: fn(&mut SourceRow, String)) -> Callback<String> {
    at.write(move |row, text| {
        if let Some(source) = row.sources.get_mut(nth) {
            set(source, text);
        }
    })
}

#[component]
fn EventFields(at: At, issues: Issues) -> impl IntoView {
    let count = Memo::new(move |_| {
        at.planner
            .form
            .with(|form| form.goals.row(at.key).map_or(0, |row| row.sources.len()))
    });
    let edit = move |change: &dyn Fn(&mut GoalRow)| {
        at.planner
            .form
            .update(|form| form.goals.edit(at.key, |row| change(row)));
    };
    let window = [
        WindowUnit::Minutes,
        WindowUnit::Hours,
        WindowUnit::Days,
        WindowUnit::Campaign,
    ];
    view! {
        {move || (0..count.get()).map(|nth| view! { <Source at nth issues/> }).collect_view()}
        <div class="row">
            <button type="button" class="button" on:click=move |_| edit(&|row| row.sources.push(SourceRow::default()))><Icon name="plus"/>"Event source"</button>
            <Show when=move || 1 < count.get()>
                <button type="button" class="button quiet" on:click=move |_| edit(&|row| { row.sources.pop(); })>"Remove the last source"</button>
            </Show>
        </div>
        <Window at issues label="After a click, events count for" member="attributionWindow.postClick" get=|row| &row.click set=|row| &mut row.click units=units(&window)/>
        <Window at issues label="After a view, events count for" member="attributionWindow.postView" get=|row| &row.view set=|row| &mut row.view units=units(&window)/>
    }
    .into_any()
}

#[component]
fn Source(at: At, nth: usize, issues: Issues) -> impl IntoView {
    let events: Options = EventType::ALL
        .iter()
        .map(|event| option(event.as_str()))
        .collect();
    let mut options = vec![(String::new(), "Choose…".to_owned())];
    options.extend(events);
    let path = move |member: &'static str| {
        let goal = at.path("eventSources");
        Signal::derive(move || format!("{}[{nth}].{member}", goal.get()))
    };
    let event = source(at, nth, |source| &source.event);
    let custom = Memo::new(move |_| event.get() == EventType::Custom.as_str());
    view! {
        <div class="pair">
            <TextField label="Event source id" path=path("eventSourceId") value=source(at, nth, |source| &source.id) on_input=set_source(at, nth, |source, text| source.id = text) issues/>
            <ChoiceField label="Event" path=path("eventType") value=event options=options on_choose=set_source(at, nth, |source, text| source.event = text) issues/>
        </div>
        <Show when=move || custom.get()>
            <TextField label="Name of the custom event" path=path("customEventName") value=source(at, nth, |source| &source.custom) on_input=set_source(at, nth, |source, text| source.custom = text) issues/>
        </Show>
        <div class="pair">
            <TextField label="Member with the value" path=path("valueField") value=source(at, nth, |source| &source.value_field) on_input=set_source(at, nth, |source, text| source.value_field = text) issues/>
            <TextField label="Value times" figures=true path=path("valueFactor") value=source(at, nth, |source| &source.factor) on_input=set_source(at, nth, |source, text| source.factor = text) issues/>
        </div>
    }
    .into_any()
}

#[component]
fn Window(
    at: At,
    issues: Issues,
    label: &'static str,
    member: &'static str,
    get: fn(&GoalRow) -> &WindowRow,
    set: fn(&mut GoalRow) -> &mut WindowRow,
    units: Options,
) -> impl IntoView {
    let unit = at.read(move |row| get(row).unit.clone());
    let counts = Memo::new(move |_| {
        let unit = unit.get();
        !unit.is_empty() && unit != WindowUnit::Campaign.as_str()
    });
    let base = at.path(member);
    let under = move |last: &'static str| Signal::derive(move || format!("{}.{last}", base.get()));
    let mut options = vec![(String::new(), "not at all".to_owned())];
    options.extend(units);
    view! {
        <div class="pair">
            <ChoiceField label=label path=under("unit") value=unit options=options on_choose=at.write(move |row, text| set(row).unit = text) issues/>
            <Show when=move || counts.get()>
                <TextField label="How many" figures=true path=under("interval") value=at.read(move |row| get(row).interval.clone()) on_input=at.write(move |row, text| set(row).interval = text) issues/>
            </Show>
        </div>
    }
    .into_any()
}

#[component]
fn Caps(planner: Planner, issues: Issues) -> impl IntoView {
    let form = planner.form;
    let keys = Memo::new(move |_| {
        form.with(|form| form.caps.rows.iter().map(|row| row.key).collect::<Vec<_>>())
    });
    let twice = move || {
        let rows = form.with(|form| form.caps.rows.len());
        let inside = (0..rows).any(|row| {
            ["max_impressions", "window"].iter().any(|member| {
                issues
                    .at(&format!("frequencyCaps[{row}].{member}"))
                    .is_some()
            })
        });
        issues.at("frequencyCaps").filter(|_| !inside)
    };
    view! {
        <div class="fees" role="group" aria-label="Frequency caps">
            <h3>"Frequency caps"</h3>
            <For each=move || keys.get() key=|key| *key let(key)>
                <Cap planner issues key/>
            </For>
            {move || keys.with(Vec::is_empty).then(|| view! { <p class="quiet">"No cap of its own; the advertiser’s hold all the same."</p> })}
            <div class="row">
                <button type="button" class="button" on:click=move |_| form.update(|form| form.caps.add())><Icon name="plus"/>"Frequency cap"</button>
            </div>
            <p class="note bad">{move || twice().map(|wrong| sentence(&wrong))}</p>
        </div>
    }
    .into_any()
}

#[component]
fn Cap(planner: Planner, issues: Issues, key: u32) -> impl IntoView {
    let form = planner.form;
    let place = move || {
        form.with(|form| {
            form.caps
                .rows
                .iter()
                .position(|row| row.key == key)
                .unwrap_or(usize::MAX)
        })
    };
    let path = move |member: &'static str| {
        Signal::derive(move || format!("frequencyCaps[{}].{member}", place()))
    };
    let read = move |get: fn(&CapRow) -> &String| {
        Signal::derive(move || {
            form.with(|form| form.caps.row(key).map(get).cloned().unwrap_or_default())
        })
    };
    let write = move |set: fn(&mut CapRow, String)| {
        Callback::new(move |text: String| {
            form.update(|form| form.caps.edit(key, |row| set(row, text)))
        })
    };
    let unit = read(|row| &row.unit);
    let whole = Memo::new(move |_| unit.get() == WindowUnit::Campaign.as_str());
    view! {
        <div class="cap-row">
            <TextField label="At most" figures=true unit="times" path=path("max_impressions") value=read(|row| &row.most) on_input=write(|row, text| row.most = text) issues/>
            <Show when=move || !whole.get()>
                <TextField label="in" figures=true path=path("window.interval") value=read(|row| &row.interval) on_input=write(|row, text| row.interval = text) issues/>
            </Show>
            <ChoiceField label="Window" path=path("window.unit") value=unit options=units(WindowUnit::ALL) on_choose=write(|row, text| row.unit = text) issues/>
            <button type="button" class="button quiet square" aria-label=move || format!("Remove frequency cap {}", place().saturating_add(1)) on:click=move |_| form.update(|form| form.caps.remove(key))><Icon name="close"/></button>
        </div>
    }
    .into_any()
}
