//! Sales agents: registered, asked what they can do, and how they answered.

use flighting_core::wire::agent::{AgentOut, AgentStatus};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{api, heading};
use crate::api::ApiError;
use crate::forms::agent::AgentForm;
use crate::load::Load;
use crate::parts::field::{ChoiceField, Issues, TextField, focus};
use crate::parts::icon::Icon;
use crate::parts::status::Status;
use crate::parts::trouble::{About, Trouble};
use crate::{clock, format};

/// The page of sales agents.
#[component]
pub fn AgentsPage() -> impl IntoView {
    let api = api();
    if let Some(heading) = heading() {
        heading.set("Sales agents".to_owned());
        on_cleanup(move || heading.clear());
    }
    let list: Load<Vec<AgentOut>> = Load::new();
    list.run(api.agents());
    let adding = RwSignal::new(false);
    view! {
        <div class="head">
            <div>
                <h1>"Sales agents"</h1>
                <p class="quiet">"Whom discovery asks and execute buys from. Each is spoken to over AdCP."</p>
            </div>
            <div class="row end">
                <button type="button" class="button primary" on:click=move |_| adding.set(true)><Icon name="plus"/>"Register an agent"</button>
            </div>
        </div>
        <div class="page">
            <Show when=move || adding.get()>
                <Register on_done=Callback::new(move |()| {
                    adding.set(false);
                    list.run(api.agents());
                }) on_leave=Callback::new(move |()| adding.set(false))/>
            </Show>
            {move || list.trouble().map(|error| view! {
                <Trouble error about=About::Load head="The sales agents could not be loaded" retry=Callback::new(move |()| list.run(api.agents()))/>
            })}
            {move || match list.value() {
                None => view! { <p class="quiet" aria-busy="true">"Loading the sales agents…"</p> }.into_any(),
                Some(all) if all.is_empty() => view! {
                    <section class="card empty">
                        <h2>"No sales agent yet"</h2>
                        <p>"Discovery has nobody to ask. Register the address of an agent that speaks AdCP over MCP or A2A."</p>
                    </section>
                }.into_any(),
                Some(all) => view! {
                    <section class="card flat">
                        <div class="scroll" tabindex="0" role="region" aria-label="Sales agents as a table">
                            <table class="list agents">
                                <thead><tr>
                                    <th scope="col">"Agent"</th>
                                    <th scope="col">"State"</th>
                                    <th scope="col">"Speaks"</th>
                                    <th scope="col" class="wide">"Can do"</th>
                                    <th scope="col"><span class="unseen">"Actions"</span></th>
                                </tr></thead>
                                <tbody>{all.into_iter().map(|agent| view! { <Line list agent/> }).collect_view()}</tbody>
                            </table>
                        </div>
                    </section>
                }.into_any(),
            }}
        </div>
    }
    .into_any()
}

fn look(status: AgentStatus) -> format::Look {
    let (words, glyph, tone) = match status {
        AgentStatus::Active => ("In use", "play", "good"),
        AgentStatus::Unreachable => ("Did not answer", "warn", "warn"),
        AgentStatus::Archived => ("Archived", "archive", "quiet"),
    };
    format::Look { words, glyph, tone }
}

#[component]
fn Line(list: Load<Vec<AgentOut>>, agent: AgentOut) -> impl IntoView {
    let api = api();
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<ApiError>));
    let (probed, archived) = (agent.sales_agent_id.clone(), agent.sales_agent_id.clone());
    let sure = RwSignal::new(false);
    let done = move |answer: Result<(), ApiError>| {
        busy.try_set(false);
        match answer {
            Ok(()) => list.run(api.agents()),
            Err(error) => {
                refused.try_set(Some(error));
            }
        }
    };
    let probe = move |_| {
        if !busy.get_untracked() {
            busy.set(true);
            let id = probed.clone();
            spawn_local(async move { done(api.probe(id).await.map(|_| ())) });
        }
    };
    let archive = move |_| {
        if !sure.get_untracked() {
            sure.set(true);
            return;
        }
        busy.set(true);
        let id = archived.clone();
        spawn_local(async move { done(api.archive_agent(id).await) });
    };
    let can = agent.capabilities.clone().unwrap_or_default();
    let name = agent.name.clone();
    let (probe_label, archive_label) = (format!("Probe {name}"), format!("Archive {name}"));
    view! {
        <tr>
            <th scope="row">{name}<small><code>{agent.url.clone()}</code></small></th>
            <td>
                <Status look=look(agent.status)/>
                " "
                <small>{agent.probed_at.map(|at| format!("asked {}", format::moment(at, clock::now())))}</small>
                {agent.probe_error.clone().map(|why| view! { <p class="note bad">{why}</p> })}
            </td>
            <td>
                {agent.protocol.as_str()} " " {can.served_version.clone().map(|version| format!("AdCP {version}"))}
                " "
                <small>{if agent.has_token { "with a token" } else { "without a token" }}</small>
            </td>
            <td class="wide">
                {can.pricing_models.iter().map(|model| view! { <span class="chip">{format::word(model)}</span> " " }).collect_view()}
                {can.specialisms.iter().map(|one| view! { <span class="chip">{one.clone()}</span> " " }).collect_view()}
            </td>
            <td>
                <div class="row end">
                    <button type="button" class="button" aria-label=probe_label on:click=probe>{move || if busy.get() { "Asking…" } else { "Probe" }}</button>
                    <button type="button" class="button danger" aria-label=archive_label on:click=archive on:blur=move |_| sure.set(false)>
                        {move || if sure.get() { "Archive: sure?" } else { "Archive" }}
                    </button>
                </div>
                {move || refused.get().map(|error| view! { <Trouble error about=About::Save head="Not done"/> })}
            </td>
        </tr>
    }
    .into_any()
}

#[component]
fn Register(on_done: Callback<()>, on_leave: Callback<()>) -> impl IntoView {
    let api = api();
    let form = RwSignal::new(AgentForm {
        protocol: "MCP".to_owned(),
        ..AgentForm::default()
    });
    let refused = RwSignal::new(None::<ApiError>);
    Effect::new(move |before: Option<()>| {
        form.track();
        if before.is_some() {
            refused.set(None);
        }
    });
    let found = Memo::new(move |_| form.with(AgentForm::violations));
    let issues = Issues::new(Signal::derive(move || {
        let ours = found.get();
        if ours.is_empty() {
            refused
                .get()
                .map(|error| error.issues().to_vec())
                .unwrap_or_default()
        } else {
            ours
        }
    }));
    let saving = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        issues.show_all();
        if let Some(first) = found.with_untracked(|found| found.first().cloned()) {
            focus(&first.path);
            return;
        }
        if saving.get_untracked() {
            return;
        }
        saving.set(true);
        let body = form.with_untracked(AgentForm::body);
        spawn_local(async move {
            let answer = api.register_agent(body).await;
            saving.try_set(false);
            match answer {
                Ok(_) => on_done.run(()),
                Err(error) => {
                    issues.show_all();
                    refused.try_set(Some(error));
                }
            }
        });
    };
    let read = move |get: fn(&AgentForm) -> &String| {
        Signal::derive(move || form.with(|form| get(form).clone()))
    };
    let write = move |set: fn(&mut AgentForm, String)| {
        Callback::new(move |text: String| form.update(|form| set(form, text)))
    };
    let protocols = vec![
        ("MCP".to_owned(), "MCP".to_owned()),
        ("A2A".to_owned(), "A2A".to_owned()),
    ];
    view! {
        <form class="card fields" on:submit=submit novalidate=true aria-label="Register a sales agent">
            <h2>"Register a sales agent"</h2>
            {move || refused.get().filter(|error| error.issues().is_empty()).map(|error| view! { <Trouble error about=About::Save head="The agent was not registered"/> })}
            <div class="pair">
                <TextField label="Name of the agent" path="name" value=read(|form| &form.name) on_input=write(|form, text| form.name = text) issues/>
                <ChoiceField label="Protocol" path="protocol" value=read(|form| &form.protocol) options=protocols on_choose=write(|form, text| form.protocol = text) issues/>
            </div>
            <TextField label="Address" path="url" value=read(|form| &form.url) on_input=write(|form, text| form.url = text) issues hint="Such as https://sales.example/mcp. It is asked at once what it can do."/>
            <TextField label="Token" kind="password" path="auth.token" value=read(|form| &form.token) on_input=write(|form, text| form.token = text) issues hint="Stored encrypted and never shown again. Empty where the agent asks for none."/>
            <div class="row end">
                <button type="button" class="button" on:click=move |_| on_leave.run(())>"Cancel"</button>
                <button type="submit" class="button primary" aria-disabled=move || saving.get().to_string()>{move || if saving.get() { "Registering…" } else { "Register" }}</button>
            </div>
        </form>
    }
    .into_any()
}
