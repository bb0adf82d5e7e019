//! The table to and from spreadsheets: copied, downloaded, and pasted back with every difference
//! shown before it is applied.

use leptos::html;
use leptos::prelude::*;

use super::planner::Planner;
use crate::format;
use crate::forms::spread::{Form, Pasted, pasted, written};
use crate::later::part;
use crate::parts::copy::Copy;
use crate::parts::field::sentence;
use crate::parts::icon::Icon;

/// Copying, downloading and pasting.
#[component]
pub fn Spreadsheet(planner: Planner) -> impl IntoView {
    let open = RwSignal::new(false);
    // Built when it is first asked for, and kept.
    let was_open =
        Memo::new(move |before: Option<&bool>| open.get() || before.copied().unwrap_or(false));
    let text = move |form: Form| {
        let sheet = planner.sheet();
        planner
            .grid
            .with_untracked(|grid| grid.as_ref().map(|grid| written(grid, &sheet, form)))
            .unwrap_or_default()
    };
    // Written when it is asked for: with every key that is typed it would cost more than the table.
    let link = NodeRef::<html::A>::new();
    let write = move |_| {
        let csv = js_sys::encode_uri_component(&text(Form::Commas));
        if let Some(link) = link.get_untracked() {
            link.set_href(&format!(
                "data:text/csv;charset=utf-8,{}",
                String::from(csv)
            ));
        }
    };
    view! {
        <div class="row pad spreadsheet">
            <Copy label="Copy the table" id="table-text" text=Callback::new(move |()| text(Form::Tabs)) done="Copied: paste it into a spreadsheet."/>
            <a class="button" download="plan.csv" href="data:text/csv," node_ref=link on:click=write>"Download as CSV"</a>
            <Show when=move || planner.is_draft()>
                <button type="button" class="button" on:click=move |_| open.set(true)>"Paste from a spreadsheet…"</button>
            </Show>
            {move || was_open.get().then(|| paste(planner, open))}
        </div>
    }
    .into_any()
}

part!(plan_more, Nothing: fn paste(planner: Planner, open: RwSignal<bool>) => view! { <Paste planner open/> }.into_any());

#[component]
fn Paste(planner: Planner, open: RwSignal<bool>) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let typed = RwSignal::new(String::new());
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        if open.get() {
            if !dialog.open() {
                typed.set(String::new());
                let _ = dialog.show_modal();
            }
        } else if dialog.open() {
            dialog.close();
        }
    });
    let read = Memo::new(move |_| {
        let text = typed.get();
        let currency = planner
            .advertiser
            .with(|advertiser| advertiser.as_ref().map(|one| one.currency))?;
        (!text.trim().is_empty()).then(|| pasted(&text, &planner.sheet(), currency))
    });
    let taken = move || {
        read.with(|read| match read {
            Some(Ok(pasted)) => pasted
                .changes
                .iter()
                .filter(|change| change.wrong.is_none())
                .count(),
            _ => 0,
        })
    };
    let apply = move |_| {
        if taken() > 0
            && let Some(Ok(Pasted { sheet, .. })) = read.get_untracked()
        {
            planner.replace(sheet);
            open.set(false);
        }
    };
    view! {
        <dialog node_ref=dialog class="confirm wide-dialog" aria-labelledby="paste-title" on:close=move |_| open.set(false)>
            <h2 id="paste-title">"Paste from a spreadsheet"</h2>
            <div class="field">
                <label for="pasted">"Cells with a line of heads: Product or Product id, Budget, Bid"</label>
                <textarea id="pasted" rows="5" prop:value=move || typed.get() on:input=move |event| typed.set(event_target_value(&event))></textarea>
            </div>
            <div class="diff" role="status">
                {move || match read.get() {
                    None => ().into_any(),
                    Some(Err(why)) => view! { <p class="note bad"><Icon name="fail"/>{sentence(&why)}</p> }.into_any(),
                    Some(Ok(pasted)) if pasted.changes.is_empty() => view! {
                        <p>{format!("{} read, nothing differs from the plan.", lines(pasted.lines))}</p>
                    }.into_any(),
                    Some(Ok(pasted)) => view! {
                        <p>{format!("{} read. This differs:", lines(pasted.lines))}</p>
                        <div class="scroll" tabindex="0" role="region" aria-label="Differences">
                            <table class="tight">
                                <thead><tr><th scope="col">"Line"</th><th scope="col">"What"</th><th scope="col" class="num">"Plan"</th><th scope="col" class="num">"Pasted"</th><th scope="col">"Taken"</th></tr></thead>
                                <tbody>{pasted.changes.into_iter().map(|change| view! {
                                    <tr>
                                        <td>{change.line}</td>
                                        <th scope="row">{change.name}</th>
                                        <td class="num">{if change.before.is_empty() { "–".to_owned() } else { change.before }}</td>
                                        <td class="num">{if change.after.is_empty() { "–".to_owned() } else { change.after }}</td>
                                        <td>{match change.wrong {
                                            Some(why) => view! { <span class="bad"><Icon name="fail"/>{sentence(&why)}</span> }.into_any(),
                                            None => view! { <span class="good"><Icon name="check"/>"yes"</span> }.into_any(),
                                        }}</td>
                                    </tr>
                                }).collect_view()}</tbody>
                            </table>
                        </div>
                    }.into_any(),
                }}
            </div>
            <div class="row end">
                <button type="button" class="button" on:click=move |_| open.set(false)>"Change nothing"</button>
                <button type="button" class="button primary" aria-disabled=move || (taken() == 0).to_string() on:click=apply>
                    {move || match u64::try_from(taken()).unwrap_or(0) {
                        0 => "Nothing to apply".to_owned(),
                        number => format!("Apply {}", format::plural(number, "change", "changes")),
                    }}
                </button>
            </div>
        </dialog>
    }
    .into_any()
}

fn lines(number: usize) -> String {
    format::plural(u64::try_from(number).unwrap_or(0), "product", "products")
}
