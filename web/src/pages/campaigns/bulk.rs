//! Several campaigns at once.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::format;
use crate::pages::api;
use crate::parts::confirm::Confirm;
use crate::parts::icon::Icon;

/// Campaigns that are picked: name, and whether they run.
pub type Picked = RwSignal<BTreeMap<String, (String, bool)>>;

/// So many are named before they are paused; the rest is counted.
const NAMED: usize = 12;

/// What can be done with those that are picked; asked first, told one by one.
#[component]
pub fn Bulk(picked: Picked, on_done: Callback<()>) -> impl IntoView {
    let api = api();
    let asking = RwSignal::new(false);
    let left = RwSignal::new(0_usize);
    let told = RwSignal::new(Vec::<(String, Result<(), String>)>::new());
    let running = move || picked.with(|picked| picked.values().filter(|(_, runs)| *runs).count());
    let count =
        |number: usize| format::plural(u64::try_from(number).unwrap_or(0), "campaign", "campaigns");
    let run = move || {
        let all: Vec<_> = picked
            .get_untracked()
            .into_iter()
            .filter(|(_, (_, runs))| *runs)
            .collect();
        told.set(Vec::new());
        left.set(all.len());
        leptos::task::spawn_local(async move {
            for (id, (name, _)) in all {
                let answer = match api.pause_any(id).await {
                    Ok(out) if out.errors.is_empty() => Ok(()),
                    Ok(out) => Err(out
                        .errors
                        .iter()
                        .map(|error| error.message.clone())
                        .collect::<Vec<_>>()
                        .join("; ")),
                    Err(error) => Err(error.message),
                };
                told.try_update(|told| told.push((name, answer)));
                left.try_update(|left| *left = left.saturating_sub(1));
            }
            picked.try_set(BTreeMap::new());
            on_done.run(());
        });
    };
    let idle = move || running() == 0 || left.get() != 0;
    let ask = move |_| {
        if !idle() {
            asking.set(true);
        }
    };
    view! {
        <Show when=move || !picked.with(BTreeMap::is_empty)>
            <div class="card row bulk">
                <strong>{move || format!("{} picked", count(picked.with(BTreeMap::len)))}</strong>
                <button type="button" class="button" aria-disabled=move || idle().to_string() on:click=ask>
                    {move || match (left.get(), running()) {
                        (0, 0) => "None of them runs".to_owned(),
                        (0, number) => format!("Pause {}…", count(number)),
                        (left, _) => format!("Pausing, {left} to go…"),
                    }}
                </button>
                <button type="button" class="button quiet" on:click=move |_| picked.set(BTreeMap::new())>"Pick none"</button>
            </div>
        </Show>
        <Confirm
            open=asking
            title="Pause these campaigns?"
            action=Signal::derive(move || format!("Pause {}", count(running())))
            on_yes=Callback::new(move |()| run())
        >
            <p>{move || picked.with(|picked| {
                let mut running = picked.values().filter(|(_, runs)| *runs).map(|(name, _)| name.as_str());
                let named = running.by_ref().take(NAMED).collect::<Vec<_>>().join(", ");
                match running.count() {
                    0 => named,
                    more => format!("{named} and {} more", format::count(u64::try_from(more).unwrap_or(0))),
                }
            })}</p>
            <p>"Every seller of each is told to stop. Those that are no longer running stay as they are."</p>
        </Confirm>
        {move || told.with(|told| (!told.is_empty()).then(|| view! {
            <section class="card" role="status" aria-label="What was paused">
                <ul class="checks">
                    {told.iter().map(|(name, answer)| match answer {
                        Ok(()) => view! { <li><span class="good"><Icon name="check"/></span><span>{name.clone()} " is paused."</span></li> }.into_any(),
                        Err(why) => view! { <li><span class="bad"><Icon name="fail"/></span><span>{name.clone()} ": " {why.clone()} "."</span></li> }.into_any(),
                    }).collect_view()}
                </ul>
            </section>
        }))}
    }
    .into_any()
}
