//! The form field: label, input, hint and what is wrong with it. There is no other.

use std::collections::BTreeSet;

use flighting_core::error::Violation;
use leptos::prelude::*;
use leptos::{ev, html};

use super::icon::Icon;
use crate::changed::changed;
use crate::format;

/// What is wrong with a form, and what of it may be said already: a field is not blamed before it
/// was left, or before the whole form was sent.
#[derive(Clone, Copy)]
pub struct Issues {
    all: Signal<Vec<Violation>>,
    left: RwSignal<BTreeSet<String>>,
    everything: RwSignal<bool>,
}

impl Issues {
    /// The issues of one form.
    #[must_use]
    pub fn new(all: Signal<Vec<Violation>>) -> Self {
        Self {
            all,
            left: RwSignal::new(BTreeSet::new()),
            everything: RwSignal::new(false),
        }
    }

    /// From now on everything is said: the form was sent.
    pub fn show_all(self) {
        self.everything.set(true);
    }

    /// A field was left.
    pub fn leave(self, path: &str) {
        if !self.left.with_untracked(|left| left.contains(path)) {
            self.left.update(|left| {
                left.insert(path.to_owned());
            });
        }
    }

    fn may_say(self, violation: &Violation) -> bool {
        self.everything.get()
            || self
                .left
                .with(|left| left.iter().any(|path| belongs(&violation.path, path)))
    }

    /// What is wrong at a path or inside it, as one sentence; followed.
    #[must_use]
    pub fn at(self, path: &str) -> Option<String> {
        self.all.with(|all| {
            let sentences: Vec<&str> = all
                .iter()
                .filter(|violation| belongs(&violation.path, path) && self.may_say(violation))
                .map(|violation| violation.message.as_str())
                .collect();
            (!sentences.is_empty()).then(|| sentences.join("; "))
        })
    }

    /// Everything that may be said, in core's order; followed.
    #[must_use]
    pub fn said(self) -> Vec<Violation> {
        self.all.with(|all| {
            all.iter()
                .filter(|violation| self.may_say(violation))
                .cloned()
                .collect()
        })
    }
}

impl std::fmt::Debug for Issues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Issues")
    }
}

/// Whether a violation's path is a field's, or inside it.
fn belongs(path: &str, field: &str) -> bool {
    path.strip_prefix(field)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The id of the field for a path, so that an issue can lead to it.
#[must_use]
pub fn field_id(path: &str) -> String {
    let clean: String = path
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    format!("f-{clean}")
}

fn described(
    path: Signal<String>,
    issues: Issues,
) -> (RwSignal<Option<String>>, Signal<String>, Signal<String>) {
    let wrong = changed(move || issues.at(&path.get()));
    let id = Signal::derive(move || field_id(&path.get()));
    let note = Signal::derive(move || format!("{}-note", id.get()));
    (wrong, id, note)
}

#[component]
fn Note(
    wrong: RwSignal<Option<String>>,
    id: Signal<String>,
    hint: Option<&'static str>,
) -> impl IntoView {
    view! {
        <p class="note" id=move || id.get() class:bad=move || wrong.with(Option::is_some)>
            {move || match wrong.get() {
                Some(wrong) => view! { <Icon name="fail"/> <span>{sentence(&wrong)}</span> }.into_any(),
                None => hint.into_any(),
            }}
        </p>
    }
}

/// A message as a sentence: core's are lower case without a full stop.
#[must_use]
pub fn sentence(message: &str) -> String {
    let capital = format::capital(message);
    let end = if message.ends_with(['.', '?', '!']) {
        ""
    } else {
        "."
    };
    format!("{capital}{end}")
}

/// A field with one line of text.
#[component]
pub fn TextField(
    /// What it is.
    #[prop(into)]
    label: Signal<String>,
    /// Where it stands in the body.
    #[prop(into)]
    path: Signal<String>,
    /// What is typed.
    #[prop(into)]
    value: Signal<String>,
    /// What is typed now.
    #[prop(into)]
    on_input: Callback<String>,
    /// Once it is left or Enter is pressed.
    #[prop(optional, into)]
    on_leave: Option<Callback<()>>,
    /// What is wrong with the form.
    issues: Issues,
    /// `text` or `date`.
    #[prop(default = "text")]
    kind: &'static str,
    /// Whether figures are typed.
    #[prop(optional)]
    figures: bool,
    /// The unit behind the field.
    #[prop(optional, into)]
    unit: Signal<String>,
    /// What to know before typing.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// Whether only screen readers get the label: the head of the column says it.
    #[prop(optional)]
    in_table: bool,
    /// What stands for an empty field.
    #[prop(optional, into)]
    placeholder: Signal<String>,
) -> impl IntoView {
    let (wrong, id, note) = described(path, issues);
    let input = NodeRef::<html::Input>::new();
    let leave = move || {
        issues.leave(&path.get_untracked());
        if let Some(on_leave) = on_leave {
            on_leave.run(());
        }
    };
    view! {
        <div class="field" class:in-table=in_table class:invalid=move || wrong.with(Option::is_some)>
            <label for=move || id.get() class:unseen=in_table>{move || label.get()}</label>
            <div class="box" class:figures=figures>
                <input
                    node_ref=input
                    type=kind
                    id=move || id.get()
                    autocomplete="off"
                    inputmode=if figures { "decimal" } else { "text" }
                    spellcheck=if figures { "false" } else { "true" }
                    placeholder=move || said(placeholder.get())
                    prop:value=move || value.get()
                    aria-invalid=move || wrong.with(Option::is_some).to_string()
                    aria-describedby=move || note.get()
                    on:input=move |event| on_input.run(event_target_value(&event))
                    on:change=move |_| leave()
                    on:blur=move |_| issues.leave(&path.get_untracked())
                />
                {move || {
                    let unit = unit.get();
                    (!unit.is_empty()).then(|| view! { <span class="unit">{unit}</span> })
                }}
            </div>
            <Note wrong id=note hint/>
        </div>
    }
    .into_any()
}

/// What stands for an empty field; none where there is nothing to say. With the attribute, even an empty
/// one, browsers hold a text in reserve and style it anew with every key.
fn said(placeholder: String) -> Option<String> {
    Some(placeholder).filter(|words| !words.is_empty())
}

/// A field with several lines of text.
#[component]
pub fn AreaField(
    /// What it is.
    label: &'static str,
    /// Where it stands in the body.
    path: &'static str,
    /// What is typed.
    #[prop(into)]
    value: Signal<String>,
    /// What is typed now.
    #[prop(into)]
    on_input: Callback<String>,
    /// What is wrong with the form.
    issues: Issues,
    /// What to know before typing.
    #[prop(optional)]
    hint: Option<&'static str>,
) -> impl IntoView {
    let (wrong, id, note) = described(Signal::derive(move || path.to_owned()), issues);
    view! {
        <div class="field" class:invalid=move || wrong.with(Option::is_some)>
            <label for=move || id.get()>{label}</label>
            <textarea
                id=move || id.get()
                rows="3"
                prop:value=move || value.get()
                aria-invalid=move || wrong.with(Option::is_some).to_string()
                aria-describedby=move || note.get()
                on:input=move |event| on_input.run(event_target_value(&event))
                on:blur=move |_| issues.leave(path)
            ></textarea>
            <Note wrong id=note hint/>
        </div>
    }
    .into_any()
}

/// A choice of one.
#[component]
pub fn ChoiceField(
    /// What it is.
    label: &'static str,
    /// Where it stands in the body.
    #[prop(into)]
    path: Signal<String>,
    /// What is chosen.
    #[prop(into)]
    value: Signal<String>,
    /// What can be chosen: value and words.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    /// What is chosen now.
    #[prop(into)]
    on_choose: Callback<String>,
    /// What is wrong with the form.
    issues: Issues,
    /// What to know before choosing.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// Why nothing can be chosen; then it is only shown.
    #[prop(optional)]
    fixed: bool,
    /// Whether only screen readers get the label.
    #[prop(optional)]
    in_table: bool,
) -> impl IntoView {
    let (wrong, id, note) = described(path, issues);
    let choose = move |event: ev::Event| on_choose.run(event_target_value(&event));
    view! {
        <div class="field" class:in-table=in_table class:invalid=move || wrong.with(Option::is_some)>
            <label for=move || id.get() class:unseen=in_table>{label}</label>
            <select
                id=move || id.get()
                disabled=fixed
                prop:value=move || value.get()
                aria-invalid=move || wrong.with(Option::is_some).to_string()
                aria-describedby=move || note.get()
                on:change=choose
                on:blur=move |_| issues.leave(&path.get_untracked())
            >
                {move || {
                    let chosen = value.get();
                    options
                        .get()
                        .into_iter()
                        .map(|(value, words)| {
                            let selected = value == chosen;
                            view! { <option value=value selected=selected>{words}</option> }
                        })
                        .collect_view()
                }}
            </select>
            <Note wrong id=note hint/>
        </div>
    }
    .into_any()
}

/// Every issue that may be said, each leading to its field.
#[component]
pub fn IssueList(
    /// What is wrong with the form.
    issues: Issues,
) -> impl IntoView {
    let said = Memo::new(move |_| issues.said());
    view! {
        <div class="issues" class:none=move || said.with(Vec::is_empty)>
            <h2>
                "Issues "
                <span class="quiet">
                    {move || match said.with(Vec::len) {
                        0 => "none".to_owned(),
                        number => crate::format::plural(u64::try_from(number).unwrap_or(0), "error", "errors"),
                    }}
                </span>
            </h2>
            <ul>
                {move || said.get().into_iter().map(|violation| {
                    let target = violation.path.clone();
                    view! {
                        <li>
                            <Icon name="fail"/>
                            <button type="button" class="link" on:click=move |_| focus(&target)>
                                {sentence(&violation.message)}
                            </button>
                            <code>{violation.path.clone()}</code>
                        </li>
                    }
                }).collect_view()}
            </ul>
        </div>
    }
    .into_any()
}

/// Leads to the field of a path, or to that of the nearest path around it.
pub fn focus(path: &str) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else {
        return;
    };
    let mut path = path;
    loop {
        if let Some(element) = document.get_element_by_id(&field_id(path)) {
            if let Ok(element) = wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(element) {
                let _ = element.focus();
            }
            return;
        }
        let Some(end) = path.rfind(['.', '[']) else {
            return;
        };
        path = path.get(..end).unwrap_or_default();
        if path.is_empty() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_takes_what_is_wrong_inside_it_and_nothing_beside_it() {
        assert!(belongs("budget.total", "budget.total"));
        assert!(belongs(
            "constraints.geo_countries[1]",
            "constraints.geo_countries"
        ));
        assert!(!belongs("budget.totals", "budget.total"));
        assert!(!belongs(
            "pacingPeriods.periods[10].end",
            "pacingPeriods.periods[1]"
        ));
        assert_eq!(
            field_id("pacingPeriods.periods[1].end"),
            "f-pacingPeriods-periods-1--end"
        );
    }

    #[test]
    fn messages_become_sentences() {
        assert_eq!(
            sentence("expected a day, got `x`"),
            "Expected a day, got `x`."
        );
        assert_eq!(sentence(""), ".");
    }
}
