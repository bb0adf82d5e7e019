//! History: who changed what of a campaign, old and new, from the audit log.

use flighting_core::wire::Json;
use flighting_core::wire::Page;
use flighting_core::wire::audit::{
    ActorOrigin, AuditAction, AuditLogOut, AuditOutcome, FieldChange,
};
use flighting_core::wire::json::to_text;
use leptos::prelude::*;

use super::api;
use super::campaign::open;
use crate::api::AuditQuery;
use crate::load::Load;
use crate::parts::icon::Icon;
use crate::parts::trouble::{About, Trouble};
use crate::{clock, format};

const TAKE: u64 = 50;

/// The page of a campaign's history.
#[component]
pub fn HistoryPage() -> impl IntoView {
    let open = open()?;
    let api = api();
    let (action, actor, outcome, skip) = (
        RwSignal::new(String::new()),
        RwSignal::new(String::new()),
        RwSignal::new(String::new()),
        RwSignal::new(0_u64),
    );
    let field = RwSignal::new(String::new());
    // A revision that moved has left a row.
    let revision = Memo::new(move |_| {
        open.campaign
            .with(|state| state.value.as_ref().map(|one| one.revision))
    });
    let query = Memo::new(move |_| AuditQuery {
        campaign_id: open.id.get(),
        action: action.get(),
        actor: actor.get(),
        outcome: outcome.get(),
        skip: skip.get(),
        take: TAKE,
    });
    let list: Load<(Vec<AuditLogOut>, Option<Page>)> = Load::new();
    Effect::new(move |_| {
        revision.track();
        list.run(api.audit(query.get()));
    });
    let words = |all: &[&'static str]| -> Vec<(String, String)> {
        all.iter()
            .map(|word| ((*word).to_owned(), said(word)))
            .collect()
    };
    let choose = move |signal: RwSignal<String>| {
        move |event: leptos::ev::Event| {
            skip.set(0);
            signal.set(event_target_value(&event));
        }
    };
    let filter = move |label: &'static str,
                       any: &'static str,
                       signal: RwSignal<String>,
                       options: Vec<(String, String)>| {
        view! {
            <select aria-label=label class:on=move || signal.with(|value| !value.is_empty()) on:change=choose(signal)>
                <option value="">{any}</option>
                {options.into_iter().map(|(value, words)| view! { <option value=value>{words}</option> }).collect_view()}
            </select>
        }
        .into_any()
    };
    Some(
        view! {
            <form class="filters" role="search" aria-label="History" on:submit=|event| event.prevent_default()>
                {filter("What was done", "Anything done", action, words(AuditAction::WORDS))}
                {filter("By whom", "By anybody", actor, words(ActorOrigin::WORDS))}
                {filter("How it ended", "Carried out", outcome, words(&[AuditOutcome::Denied.as_str(), AuditOutcome::Failed.as_str()]))}
                <div class="search">
                    <Icon name="search"/>
                    <label class="unseen" for="history-field">"Part of a field’s name"</label>
                    <input id="history-field" type="search" placeholder="Field" on:input=move |event| field.set(event_target_value(&event).to_lowercase())/>
                </div>
            </form>
            <div class="page">
                {move || list.trouble().map(|error| view! {
                    <Trouble error about=About::Load head="The history could not be loaded" retry=Callback::new(move |()| list.run(api.audit(query.get_untracked())))/>
                })}
                {move || match list.value() {
                    None => view! { <p class="quiet" aria-busy="true">"Loading the history…"</p> }.into_any(),
                    Some((rows, _)) if rows.is_empty() => view! {
                        <section class="card empty"><h2>"Nothing fits"</h2><p>"No change of this campaign fits the filters."</p></section>
                    }.into_any(),
                    Some((rows, page)) => {
                        let wanted = field.get();
                        let shown: Vec<_> = rows.into_iter().filter(|row| {
                            wanted.is_empty() || row.changes.iter().any(|change| change.field.to_lowercase().contains(&wanted))
                        }).collect();
                        view! {
                            <section class="card flat">
                                <div class="scroll" tabindex="0" role="region" aria-label="Changes as a table">
                                    <table class="history">
                                        <thead><tr>
                                            <th scope="col">"When"</th><th scope="col">"Who"</th><th scope="col">"What"</th><th scope="col">"Field, old and new"</th>
                                        </tr></thead>
                                        <tbody>{shown.into_iter().map(|row| line(row, &wanted)).collect_view()}</tbody>
                                    </table>
                                </div>
                            </section>
                            {page.filter(|page| page.skip > 0 || page.has_more).map(|page| view! {
                                <nav class="row pager" aria-label="Pages of the history">
                                    <button type="button" class="button" disabled=page.skip == 0 on:click=move |_| skip.set(page.skip.saturating_sub(TAKE))>"Newer"</button>
                                    <button type="button" class="button" disabled=!page.has_more on:click=move |_| skip.set(page.skip + TAKE)>"Older"</button>
                                </nav>
                            })}
                        }.into_any()
                    }
                }}
            </div>
        }
        .into_any(),
    )
}

/// So many fields of one row are shown at once.
const SHOWN: usize = 6;

/// A word of the log as people read it.
fn said(word: &str) -> String {
    format::capital(&word.to_lowercase().replace('_', " "))
}

fn line(row: AuditLogOut, wanted: &str) -> AnyView {
    let who = row
        .service_token_name
        .unwrap_or_else(|| match row.actor_origin {
            ActorOrigin::System => "Flighting".to_owned(),
            other => said(other.as_str()),
        });
    let changes: Vec<_> = row
        .changes
        .into_iter()
        .filter(|change| wanted.is_empty() || change.field.to_lowercase().contains(wanted))
        .collect();
    // A search shows all that it found; else a row that made something is no longer than others.
    let (first, more) = match wanted {
        "" if changes.len() > SHOWN + 1 => {
            let (first, more) = changes.split_at(SHOWN);
            (first.to_vec(), more.to_vec())
        }
        _ => (changes, Vec::new()),
    };
    let hidden = u64::try_from(more.len()).unwrap_or(0);
    view! {
        <tr>
            <td class="num-start">{format::moment(row.timestamp, clock::now())}</td>
            <td>{who}</td>
            <th scope="row">{row.description}</th>
            <td>
                <ul class="changes">{first.into_iter().map(changed).collect_view()}</ul>
                {(hidden > 0).then(|| view! {
                    <details class="more">
                        <summary>{format::plural(hidden, "more field", "more fields")}</summary>
                        <ul class="changes">{more.into_iter().map(changed).collect_view()}</ul>
                    </details>
                })}
            </td>
        </tr>
    }
    .into_any()
}

/// One field: what it was, where it was something, and what it is.
fn changed(change: FieldChange) -> AnyView {
    let before = (change.old != Json::Null).then(|| shown(&change.old));
    view! {
        <li><code>{change.field}</code> " " {before.map(|before| view! { <del>{before}</del> " → " })} <ins>{shown(&change.new)}</ins></li>
    }
    .into_any()
}

/// A value of the log, on one line and not too long.
fn shown(json: &Json) -> String {
    let text = match json {
        Json::Null => return "nothing".to_owned(),
        Json::Text(text) => text.clone(),
        Json::Number(number) => number.as_str().to_owned(),
        other => to_text(other),
    };
    let mut chars = text.chars();
    let short: String = chars.by_ref().take(80).collect();
    if chars.next().is_some() {
        format!("{short}…")
    } else {
        short
    }
}
