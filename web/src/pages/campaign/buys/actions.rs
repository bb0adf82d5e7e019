//! What can be done with one buy now, and asking its seller for what was typed.

use std::collections::BTreeSet;

use flighting_core::campaign::CampaignStatus;
use flighting_core::change::Stand;
use leptos::prelude::*;

use super::Row;
use crate::format;
use crate::forms::tune::{cancel_body, pause_body};
use crate::parts::confirm::Confirm;
use crate::parts::icon::Icon;

#[component]
pub(super) fn Actions(row: Row, unfolded: RwSignal<BTreeSet<String>>) -> impl IntoView {
    let Row {
        open,
        desk,
        id,
        buy,
        ..
    } = row;
    let canceling = RwSignal::new(false);
    let busy = move || id.with_value(|id| desk.is_busy(id));
    let runs = Memo::new(move |_| {
        open.campaign.with(|state| {
            state
                .value
                .as_ref()
                .is_some_and(|one| one.status == CampaignStatus::Active)
        })
    });
    let stand = Memo::new(move |_| buy.with(|buy| buy.as_ref().map(|buy| buy.stand())));
    let is = move |wanted: Stand| stand.get() == Some(wanted);
    let own_pause =
        Memo::new(move |_| buy.with(|buy| buy.as_ref().is_some_and(|buy| buy.paused_by_itself)));
    let name = move || {
        buy.with(|buy| {
            buy.as_ref()
                .map(|buy| buy.sales_agent_name.clone())
                .unwrap_or_default()
        })
    };
    let ends = move || is(Stand::AtSeller) || is(Stand::Unnamed);
    let pause = move |paused: bool| {
        if let Some(buy) = buy.get_untracked() {
            let head = if paused {
                "The buy was not paused"
            } else {
                "The buy was not resumed"
            };
            desk.change(&buy, head, pause_body(&buy, paused, desk.revision()));
        }
    };
    let cancel = move || {
        if let Some(buy) = buy.get_untracked() {
            let reason = id.with_value(|id| desk.typed(id, |typed| typed.cancel.clone()));
            desk.change(
                &buy,
                "The buy was not canceled",
                cancel_body(&buy, &reason, desk.revision()),
            );
        }
    };
    let tune = move |_| {
        unfolded.update(|open| {
            open.insert(id.get_value());
        });
    };
    view! {
        <div class="row acts">
            {move || busy().then(|| view! { <span class="quiet" role="status"><Icon name="clock"/>"Asking the seller…"</span> })}
            <Show when=move || !busy() && is(Stand::AtSeller)>
                <Show when=move || own_pause.get()>
                    <button type="button" class="button small" aria-label=move || format!("Let {} run again", name()) on:click=move |_| pause(false)>"Let it run again"</button>
                </Show>
                <Show when=move || runs.get() && !own_pause.get()>
                    <button type="button" class="button small" aria-label=move || format!("Pause {}", name()) on:click=move |_| pause(true)>"Pause this buy"</button>
                </Show>
                <Show when=move || id.with_value(|id| !unfolded.with(|open| open.contains(id)))>
                    <button type="button" class="button small" aria-label=move || format!("Change packages of {}", name()) on:click=tune>"Change packages"</button>
                </Show>
            </Show>
            <Show when=move || !busy() && ends()>
                <button type="button" class="button small quiet danger" aria-label=move || format!("Cancel {}…", name()) on:click=move |_| canceling.set(true)>"Cancel…"</button>
            </Show>
        </div>
        <Typed row/>
        <Confirm
            open=canceling
            title="Cancel this media buy?"
            action=Signal::derive(|| "Cancel the buy".to_owned())
            on_yes=Callback::new(move |()| cancel())
        >
            <p>{move || format!("{} is asked to end it. Its money comes back to the campaign as far as it is not spent; a canceled buy does not run again.", name())}</p>
            <div class="field">
                <label for="cancel-reason">"Why (the seller is told)"</label>
                <input
                    id="cancel-reason"
                    maxlength="1000"
                    prop:value=move || id.with_value(|id| desk.typed(id, |typed| typed.cancel.clone()))
                    on:input=move |event| {
                        let text = event_target_value(&event);
                        desk.edit(&id.get_value(), |typed| typed.cancel = text);
                    }
                />
            </div>
        </Confirm>
    }
    .into_any()
}

/// What is typed and not asked for yet: every difference, and the way on.
#[component]
fn Typed(row: Row) -> impl IntoView {
    let Row {
        desk,
        id,
        buy,
        issues,
        ..
    } = row;
    let differences = Memo::new(move |_| {
        buy.with(|buy| {
            buy.as_ref()
                .map(|buy| id.with_value(|id| desk.typed(id, |typed| typed.form.differences(buy))))
                .unwrap_or_default()
        })
    });
    let wrong = move || issues.said().len();
    let name = move || {
        buy.with(|buy| {
            buy.as_ref()
                .map(|buy| buy.sales_agent_name.clone())
                .unwrap_or_default()
        })
    };
    let send = move |_| {
        if let Some(buy) = buy.get_untracked() {
            let form = id.with_value(|id| desk.typed(id, |typed| typed.form.clone()));
            desk.change(
                &buy,
                "The seller was not asked",
                form.body(&buy, desk.revision()),
            );
        }
    };
    let discard = move |_| desk.edit(&id.get_value(), |typed| typed.form = Default::default());
    view! {
        <Show when=move || differences.with(|all| !all.is_empty())>
            <div class="change" role="group" aria-label=move || format!("Changes of {}", name())>
                <ul>
                    {move || differences.get().into_iter().map(|one| view! {
                        <li>{one.name} ": " <s>{one.before}</s> " → " <strong>{one.after}</strong></li>
                    }).collect_view()}
                </ul>
                <div class="row">
                    <label class="reason"><span>"Why"</span>
                        <input
                            maxlength="1000"
                            prop:value=move || id.with_value(|id| desk.typed(id, |typed| typed.form.reason.clone()))
                            on:input=move |event| {
                                let text = event_target_value(&event);
                                desk.edit(&id.get_value(), |typed| typed.form.reason = text);
                            }
                        />
                    </label>
                    <button type="button" class="button primary" aria-disabled=move || (wrong() > 0).to_string() on:click=move |event| if wrong() == 0 { send(event) }>
                        {move || format!("Ask {} for {}", name(), format::plural(u64::try_from(differences.with(Vec::len)).unwrap_or(0), "change", "changes"))}
                    </button>
                    <button type="button" class="button" on:click=discard>"Take back"</button>
                    {move || (wrong() > 0).then(|| view! { <span class="bad"><Icon name="fail"/>{format::plural(u64::try_from(wrong()).unwrap_or(0), "error first", "errors first")}</span> })}
                </div>
            </div>
        </Show>
    }
    .into_any()
}
