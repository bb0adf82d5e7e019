//! Pausing, reactivating and deleting a campaign: asked first, then done, and what the sellers answered.

use flighting_core::wire::execute::LifecycleOut;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Open;
use super::reactivate::Reactivate;
use crate::api::ApiError;
use crate::format;
use crate::later::part;
use crate::pages::{address, api};
use crate::parts::confirm::Confirm;
use crate::parts::icon::Icon;
use crate::parts::status::Status;
use crate::parts::trouble::{About, Trouble};

/// What is asked for, and what is under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asking {
    pub(super) pause: RwSignal<bool>,
    pub(super) back: RwSignal<bool>,
    pub(super) delete: RwSignal<bool>,
    /// The name of what is being done.
    pub(super) busy: RwSignal<Option<&'static str>>,
}

impl Asking {
    pub(super) fn nothing() -> Self {
        let no = || RwSignal::new(false);
        Self {
            pause: no(),
            back: no(),
            delete: no(),
            busy: RwSignal::new(None),
        }
    }

    /// Whether anything is asked for, followed.
    pub(super) fn something(self) -> bool {
        [self.pause, self.back, self.delete]
            .into_iter()
            .any(|one| one.get())
    }
}

part!(deeds, Nothing: pub(super) fn deeds(open: Open, asking: Asking) => view! { <Deeds open asking/> }.into_any());

/// What an action brought.
#[derive(Clone)]
enum Shown {
    Done(&'static str, LifecycleOut),
    Refused(&'static str, ApiError),
}

#[component]
fn Deeds(open: Open, asking: Asking) -> impl IntoView {
    let api = api();
    let result = RwSignal::new(None::<Shown>);
    let revision = move || {
        open.campaign
            .value_now()
            .map_or(0, |campaign| campaign.revision)
    };
    let act = move |what: &'static str| {
        if asking.busy.get_untracked().is_some() {
            return;
        }
        asking.busy.set(Some(what));
        result.set(None);
        let (id, revision) = (open.id.get_untracked(), revision());
        spawn_local(async move {
            let answer = if what == "Pause" {
                api.pause(id, revision).await
            } else {
                api.reactivate(id, revision).await
            };
            asking.busy.try_set(None);
            let shown = match answer {
                Ok(out) => Shown::Done(what, out),
                Err(error) => Shown::Refused(what, error),
            };
            result.try_set(Some(shown));
            open.refresh_with(api);
        });
    };
    let address = address();
    let delete = move || {
        let (id, revision) = (open.id.get_untracked(), revision());
        asking.busy.set(Some("Delete"));
        spawn_local(async move {
            let answer = api.delete_campaign(id, revision).await;
            asking.busy.try_set(None);
            match answer {
                Ok(()) => address.go("/campaigns"),
                Err(error) => {
                    result.try_set(Some(Shown::Refused("Delete", error)));
                }
            }
        });
    };
    let live_buys = move || {
        open.campaign.with(|state| {
            state.value.as_ref().map_or((0, 0), |campaign| {
                let running = campaign
                    .media_buys
                    .iter()
                    .filter(|buy| buy.status.is_running())
                    .count();
                let waiting = campaign
                    .media_buys
                    .iter()
                    .filter(|buy| buy.status.is_waiting())
                    .count();
                (
                    u64::try_from(running).unwrap_or(0),
                    u64::try_from(waiting).unwrap_or(0),
                )
            })
        })
    };
    let delete = StoredValue::new(delete);
    view! {
        <Confirm
            open=asking.pause
            title="Pause the campaign?"
            action=Signal::derive(move || format!("Pause {}", format::plural(live_buys().0, "media buy", "media buys")))
            on_yes=Callback::new(move |()| act("Pause"))
        >
            <p>{move || {
                let (running, waiting) = live_buys();
                let held = if waiting > 0 {
                    format!(" {} still at a seller for approval: held, and paused as soon as it is approved.", format::plural(waiting, "buy is", "buys are"))
                } else {
                    String::new()
                };
                format!("Sellers of {} are asked to stop.{held} Money not spent meanwhile has to be spent on the days that are left.", format::plural(running, "running buy", "running buys"))
            }}</p>
        </Confirm>
        <Confirm
            open=asking.back
            title="Reactivate the campaign?"
            action=Signal::derive(|| "Reactivate".to_owned())
            on_yes=Callback::new(move |()| act("Reactivate"))
        >
            <Reactivate open/>
        </Confirm>
        <Confirm
            open=asking.delete
            title="Delete this draft?"
            action=Signal::derive(|| "Delete the draft".to_owned())
            on_yes=Callback::new(move |()| delete.with_value(|delete| delete()))
        >
            <p>"Nothing of it was bought. It leaves the list and is kept as archived."</p>
        </Confirm>
        {move || result.get().map(|shown| view! {
            <div class="result" role="status">
                {match shown {
                    Shown::Done(what, out) => view! { <Outcome what out/> }.into_any(),
                    Shown::Refused(what, error) => {
                        let head = match what {
                            "Pause" => "The campaign was not paused",
                            "Reactivate" => "The campaign was not reactivated",
                            _ => "The campaign was not deleted",
                        };
                        view! { <Trouble error about=About::Save head/> }.into_any()
                    }
                }}
                <button type="button" class="button quiet square" aria-label="Close the result" on:click=move |_| result.set(None)><Icon name="close"/></button>
            </div>
        })}
    }
    .into_any()
}

#[component]
fn Outcome(what: &'static str, out: LifecycleOut) -> impl IntoView {
    let verb = if what == "Pause" {
        "paused"
    } else {
        "running again"
    };
    let mut counts = vec![format!("{} {verb}", format::count(out.success_count))];
    if out.held_count > 0 {
        counts.push(format!("{} held", format::count(out.held_count)));
    }
    if out.failure_count > 0 {
        counts.push(format!(
            "{} not confirmed",
            format::count(out.failure_count)
        ));
    }
    view! {
        <div class="card outcome">
            <h2>
                "The campaign is " {format::campaign_status(out.new_status).words.to_lowercase()} ": "
                {format::plural(out.total_media_buys, "media buy", "media buys")} ", " {counts.join(", ")}
            </h2>
            <ul>
                {out.media_buy_results.into_iter().map(|result| view! {
                    <li>
                        <strong>{result.name}</strong>
                        <Status look=format::buy_status(result.new_status)/>
                        {if result.held {
                            view! { <span class="flag"><Icon name="hold"/>"held: still at the seller, will be paused once it is approved"</span> }.into_any()
                        } else if result.success && result.new_status.is_waiting() {
                            view! { <span class="flag"><Icon name="check"/>"the hold is lifted; the seller still decides"</span> }.into_any()
                        } else if result.success {
                            view! { <span class="flag good"><Icon name="check"/>"confirmed by the seller"</span> }.into_any()
                        } else {
                            view! { <span class="flag bad"><Icon name="fail"/>{result.error.unwrap_or_else(|| "not confirmed".to_owned())} ". It is asked again until the seller confirms."</span> }.into_any()
                        }}
                    </li>
                }).collect_view()}
            </ul>
        </div>
    }
}
