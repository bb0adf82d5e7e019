//! The plan of a campaign that is: the same fields as for a new one, saved onto the revision they
//! were read from. When somebody else saved meanwhile, nothing typed is lost.

use flighting_core::wire::campaign::CampaignOut;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::api;
use super::campaign::open;
use super::form::{CampaignFields, LastGood, lane, last_good};
use crate::api::ApiError;
use crate::format;
use crate::forms::campaign::{CampaignForm, Checked, check_create, check_update};
use crate::forms::known;
use crate::parts::amount::Amount;
use crate::parts::field::{IssueList, Issues, focus};
use crate::parts::icon::Icon;
use crate::parts::pacing_chart::PacingChart;
use crate::parts::trouble::{About, Trouble};

/// The page that changes a plan.
#[component]
pub fn PlanPage() -> impl IntoView {
    let open = open()?;
    let api = api();
    // What the form was read from; moves when this page saves or takes over another's change.
    let base = RwSignal::new(open.campaign.value_now()?);
    let form = RwSignal::new(base.with_untracked(CampaignForm::of));
    let advertiser = Memo::new(move |_| open.advertiser.value());
    let draft = Memo::new(move |_| {
        advertiser.with(|advertiser| {
            advertiser
                .as_ref()
                .and_then(|advertiser| base.with(|base| known::draft(base, advertiser)))
        })
    });
    let checked = Memo::new(move |_| {
        form.with(|form| {
            base.with(|base| {
                advertiser.with(|advertiser| {
                    draft.with(|draft| match (draft, advertiser) {
                        (Some(draft), Some(advertiser)) => {
                            check_update(form, base, draft, advertiser)
                        }
                        _ => check_create(form, advertiser.as_ref()),
                    })
                })
            })
        })
    });
    let ready = move || draft.with(Option::is_some);
    let preview = last_good(checked);
    let changes = Memo::new(move |_| form.with(|form| base.with(|base| form.changes(base))));
    let refused = RwSignal::new(None::<ApiError>);
    Effect::new(move |before: Option<()>| {
        form.track();
        if before.is_some() {
            refused.set(None);
        }
    });
    let issues = Issues::new(Signal::derive(move || {
        if !ready() {
            return Vec::new();
        }
        let ours = checked.with(|checked| checked.violations.clone());
        if ours.is_empty() {
            refused.with(|refused| {
                refused
                    .as_ref()
                    .map(|error| error.issues().to_vec())
                    .unwrap_or_default()
            })
        } else {
            ours
        }
    }));
    // A newer plan than the form's: taken over silently while nothing is typed, else shown.
    let newer = Memo::new(move |_| {
        open.campaign
            .value()
            .filter(|now| base.with(|base| base.revision != now.revision))
    });
    Effect::new(move |_| {
        if let Some(now) = newer.get()
            && changes.with_untracked(Vec::is_empty)
        {
            take_over(base, form, now);
        }
    });
    let (saving, saved) = (RwSignal::new(false), RwSignal::new(false));
    Effect::new(move |_| {
        if !changes.with(Vec::is_empty) {
            saved.set(false);
        }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        issues.show_all();
        let Checked {
            body,
            violations,
            preview: _,
        } = checked.get_untracked();
        if let Some(first) = violations.first() {
            focus(&first.path);
            return;
        }
        if saving.get_untracked() || changes.with_untracked(Vec::is_empty) {
            return;
        }
        saving.set(true);
        let id = open.id.get_untracked();
        spawn_local(async move {
            let answer = api.update_campaign(id, body).await;
            saving.try_set(false);
            match answer {
                Ok(campaign) => {
                    take_over(base, form, campaign.clone());
                    open.campaign.put(campaign);
                    saved.try_set(true);
                }
                Err(error) => {
                    if error.stale().is_some() {
                        open.refresh_with(api);
                    }
                    refused.try_set(Some(error));
                }
            }
        });
    };
    let state = move || {
        if saving.get() {
            "Saving…".to_owned()
        } else if !changes.with(Vec::is_empty) {
            format!("Not saved: {}", changes.get().join(", "))
        } else if saved.get() {
            format!("Saved, revision {}", base.with(|base| base.revision))
        } else {
            "Nothing changed".to_owned()
        }
    };
    let total = move || {
        preview.with(|preview| {
            preview
                .as_ref()
                .map(|preview| (preview.total, preview.fee_total(), preview.media))
        })
    };
    Some(
        view! {
            <form on:submit=submit novalidate=true class="page two">
                <div class="stack">
                    <div class="row save">
                        <button type="submit" class="button primary" aria-disabled=move || (saving.get() || changes.with(Vec::is_empty)).to_string()>
                            {move || if saving.get() { "Saving…" } else { "Save the plan" }}
                        </button>
                        <button
                            type="button"
                            class="button quiet"
                            disabled=move || changes.with(Vec::is_empty)
                            on:click=move |_| form.set(base.with_untracked(CampaignForm::of))
                        >
                            "Undo all changes"
                        </button>
                        <span class="quiet" role="status">{state}</span>
                    </div>
                    {move || newer.get().filter(|_| !changes.with(Vec::is_empty)).map(|now| view! { <Conflict base form now refused/> })}
                    {move || refused.get().filter(|error| error.stale().is_none()).map(|error| view! {
                        <Trouble error about=About::Save head="The plan was not saved"/>
                    })}
                    <CampaignFields form preview issues advertiser is_new=false/>
                </div>
                <aside class="stack side" aria-label="What the plan comes to">
                    <section class="card">
                        <h2>"As typed"</h2>
                        {move || total().map(|(total, fees, media)| view! {
                            <dl class="sum">
                                <div><dt>"Total"</dt><dd><Amount money=total/></dd></div>
                                <div><dt>"− Fees"</dt><dd><Amount money=fees/></dd></div>
                                <div class="result-line"><dt>"Media budget"</dt><dd><Amount money=media/></dd></div>
                            </dl>
                        })}
                        <LastGood checked preview/>
                        <PacingChart lane=Signal::derive(move || preview.with(|preview| preview.as_ref().and_then(lane)))/>
                    </section>
                    <section class="card"><IssueList issues/></section>
                </aside>
            </form>
        }
        .into_any(),
    )
}

fn take_over(base: RwSignal<CampaignOut>, form: RwSignal<CampaignForm>, now: CampaignOut) {
    form.try_set(CampaignForm::of(&now));
    base.try_set(now);
}

/// Somebody else saved: what both changed, and whose stays.
#[component]
fn Conflict(
    base: RwSignal<CampaignOut>,
    form: RwSignal<CampaignForm>,
    now: CampaignOut,
    refused: RwSignal<Option<ApiError>>,
) -> impl IntoView {
    let (mine, theirs) = base.with(|base| {
        (
            form.with(|form| form.changes(base)),
            CampaignForm::of(&now).changes(base),
        )
    });
    let both: Vec<_> = mine
        .iter()
        .filter(|part| theirs.contains(part))
        .copied()
        .collect();
    let list = |parts: &[&str]| {
        if parts.is_empty() {
            "nothing of the plan".to_owned()
        } else {
            parts.join(", ")
        }
    };
    let (keep, take) = (StoredValue::new(now.clone()), StoredValue::new(now.clone()));
    let clash = if both.is_empty() {
        "You changed other parts: both can stay.".to_owned()
    } else {
        format!("Both of you changed: {}.", list(&both))
    };
    view! {
        <div class="trouble" role="alert">
            <Icon name="warn"/>
            <div>
                <p><strong>{format!("The plan was changed meanwhile, at {} (revision {}).", format::moment(now.updated_at, crate::clock::now()), now.revision)}</strong></p>
                <p>{format!("They changed: {}. You changed: {}. {clash}", list(&theirs), list(&mine))}</p>
                <div class="row">
                    <button type="button" class="button primary" on:click=move |_| {
                        let now = keep.get_value();
                        let kept = base.with_untracked(|base| form.with_untracked(|form| form.onto(base, &now)));
                        base.set(now);
                        form.set(kept);
                        refused.set(None);
                    }>"Keep what I typed, take the rest"</button>
                    <button type="button" class="button" on:click=move |_| {
                        take_over(base, form, take.get_value());
                        refused.set(None);
                    }>"Take theirs"</button>
                </div>
            </div>
        </div>
    }
    .into_any()
}
