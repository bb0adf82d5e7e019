//! What was changed here and by somebody else: both values of every field, one decision each.

use leptos::prelude::*;

use super::planner::Planner;
use crate::format;
use crate::forms::merge::Clash;
use crate::later::part;
use crate::parts::icon::Icon;

/// The fields that were changed twice; nothing where there are none.
#[component]
pub fn Conflicts(planner: Planner) -> impl IntoView {
    let there = Memo::new(move |_| planner.clashes.with(|clashes| !clashes.is_empty()));
    move || there.get().then(|| conflicts(planner))
}

part!(plan_more, Nothing: fn conflicts(planner: Planner) => view! { <Decide planner/> }.into_any());

#[component]
fn Decide(planner: Planner) -> impl IntoView {
    let when = move || {
        let known = planner.known();
        format!(
            "at {} (revision {})",
            format::moment(known.updated_at, crate::clock::now()),
            known.revision
        )
    };
    let all = move |mine: bool| {
        for clash in planner.clashes.get_untracked() {
            planner.decide(&clash.path, mine);
        }
    };
    view! {
            <section class="trouble conflict" role="alert" aria-label="Changed twice">
                <Icon name="warn"/>
                <div>
                    <p><strong>"Somebody else changed the plan meanwhile, " {when} "."</strong>
                        " What only one of you changed is in it already. Nothing is sent before you decide about the rest."</p>
                    <table class="tight">
                        <thead><tr><th scope="col">"Field"</th><th scope="col">"You typed"</th><th scope="col">"They saved"</th><th scope="col"><span class="unseen">"Decide"</span></th></tr></thead>
                        <tbody>
                            {move || planner.clashes.get().into_iter().map(|clash| view! { <Line planner clash/> }).collect_view()}
                        </tbody>
                    </table>
                    <div class="row">
                        <button type="button" class="button" on:click=move |_| all(true)>"Keep all of mine"</button>
                        <button type="button" class="button" on:click=move |_| all(false)>"Take all of theirs"</button>
                    </div>
                </div>
            </section>
    }
    .into_any()
}

#[component]
fn Line(planner: Planner, clash: Clash) -> impl IntoView {
    let Clash {
        path,
        name,
        mine,
        theirs,
    } = clash;
    let (keep, take) = (path.clone(), path);
    view! {
        <tr>
            <th scope="row">{name.clone()}</th>
            <td>{mine}</td>
            <td>{theirs}</td>
            <td class="row">
                <button type="button" class="button" aria-label=format!("Keep mine: {name}") on:click=move |_| planner.decide(&keep, true)>"Keep mine"</button>
                <button type="button" class="button" aria-label=format!("Take theirs: {name}") on:click=move |_| planner.decide(&take, false)>"Take theirs"</button>
            </td>
        </tr>
    }
    .into_any()
}
