//! Pre-flight: exactly what execute would buy, planned in the page by the code that the server
//! runs; then what the sellers answered, line by line.

mod answers;
mod asking;
mod payloads;
mod planned;

use flighting_core::campaign::CampaignStatus;
use flighting_core::error::Refusal;
use flighting_core::execution::{Plan, PlanWarning, Silence, plan, preview};
use flighting_core::ids::Numbered;
use flighting_core::media_buy::MediaBuyStatus;
use flighting_core::money::Money;
use flighting_core::wire::execute::{ExecuteOut, SubmissionError};
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::answers::{Answers, Left, Refused};
use self::asking::Asking;
use self::payloads::Payloads;
use self::planned::Preview;
use crate::api::ApiError;
use crate::forms::known;
use crate::pages::api;
use crate::pages::campaign::{Open, open};
use crate::parts::confirm::Confirm;
use crate::parts::field::sentence;
use crate::parts::icon::Icon;
use crate::{clock, format};

/// What core says of an execute now.
#[derive(Debug, Clone, PartialEq)]
struct Flight {
    /// What would be bought; none where it cannot even be laid out.
    plan: Option<Plan>,
    /// Why execute would refuse; empty where it would not.
    errors: Vec<String>,
}

impl Flight {
    fn of(open: Open) -> Option<Self> {
        let out = open.campaign.value()?;
        let advertiser = open.advertiser.value()?;
        let selection = open.selection.value()?;
        let currency = known::currency(&out)?;
        let campaign = known::draft(&out, &advertiser)?;
        let products = selection
            .iter()
            .flat_map(|selection| &selection.products)
            .map(|product| known::selected(product, currency))
            .collect::<Option<Vec<_>>>()?;
        let now = clock::now();
        Some(
            match plan(&campaign, &products, &mut Numbered::default(), now) {
                Ok(plan) => Self {
                    plan: Some(plan),
                    errors: Vec::new(),
                },
                Err(refusal) => Self {
                    plan: preview(&campaign, &products, &mut Numbered::default(), now)
                        .ok()
                        .map(|plan| without_what_is_refused(plan, &refusal)),
                    errors: reasons(&refusal),
                },
            },
        )
    }
}

/// What is refused is said as such, and not as a warning too.
fn without_what_is_refused(mut plan: Plan, refusal: &Refusal) -> Plan {
    if matches!(refusal, Refusal::OverBudget { .. }) {
        plan.warnings
            .retain(|warning| !matches!(warning, PlanWarning::OverAllocated { .. }));
    }
    plan
}

fn reasons(refusal: &Refusal) -> Vec<String> {
    match refusal {
        Refusal::Invalid(violations) => violations
            .iter()
            .map(|violation| sentence(&violation.message))
            .collect(),
        // Core's own sentence spells amounts as the wire does.
        Refusal::OverBudget {
            short_by,
            minimum_total,
            ..
        } => vec![over_budget(*short_by, *minimum_total)],
        other => vec![sentence(&other.to_string())],
    }
}

fn over_budget(short_by: Money, minimum_total: Option<Money>) -> String {
    let short = format!(
        "The products ask for {} more than there is",
        format::money(short_by)
    );
    match minimum_total {
        Some(total) => format!(
            "{short}; a total of {} would cover it.",
            format::money(total)
        ),
        None => format!("{short}."),
    }
}

/// What the sellers answered, or why they were not asked.
#[derive(Clone)]
enum Answer {
    Executed(ExecuteOut),
    Refused(ApiError),
}

/// The pre-flight and its result.
#[component]
pub fn ExecutePage() -> impl IntoView {
    let open = open()?;
    let api = api();
    let answer = RwSignal::new(None::<Answer>);
    let (busy, asking) = (RwSignal::new(false), RwSignal::new(false));
    let debug = RwSignal::new(false);
    let status = Memo::new(move |_| {
        open.campaign
            .with(|state| state.value.as_ref().map(|one| one.status))
    });
    let flight = Memo::new(move |_| {
        (status.get() == Some(CampaignStatus::Draft))
            .then(|| Flight::of(open))
            .flatten()
    });
    let run = move || {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let id = open.id.get_untracked();
        let revision = open
            .campaign
            .value_now()
            .map_or(0, |campaign| campaign.revision);
        spawn_local(async move {
            let result = api
                .execute(id, revision, debug.try_get_untracked() == Some(true))
                .await;
            // The answer names buys: they are fetched before it is shown.
            if let Ok(campaign) = api
                .campaign(open.id.try_get_untracked().unwrap_or_default())
                .await
            {
                open.campaign.put(campaign);
            }
            busy.try_set(false);
            answer.try_set(Some(match result {
                Ok(out) => Answer::Executed(out),
                Err(error) => Answer::Refused(error),
            }));
        });
    };
    let buys = move || {
        flight.with(|flight| {
            flight
                .as_ref()
                .and_then(|flight| flight.plan.as_ref())
                .map_or(0, |plan| plan.buys.len())
        })
    };
    let sum = move || {
        flight.with(|flight| {
            flight
                .as_ref()
                .and_then(|flight| flight.plan.as_ref())
                .and_then(|plan| plan.total().ok().flatten())
        })
    };
    let errors = Memo::new(move |_| {
        flight.with(|flight| flight.as_ref().map_or(0, |flight| flight.errors.len()))
    });
    let is_draft = move || status.get() == Some(CampaignStatus::Draft);
    let may = move || {
        !busy.get()
            && if is_draft() {
                flight.with(Option::is_some) && errors.get() == 0 && buys() > 0
            } else {
                left(open).is_some()
            }
    };
    let words = move || {
        if busy.get() {
            "Asking the sellers…".to_owned()
        } else if is_draft() && buys() == 0 {
            "Execute".to_owned()
        } else if is_draft() {
            format!(
                "Execute {}",
                format::plural(
                    u64::try_from(buys()).unwrap_or(0),
                    "media buy",
                    "media buys"
                )
            )
        } else if status.get() == Some(CampaignStatus::Completed) {
            "Relaunch".to_owned()
        } else {
            "Execute what is left".to_owned()
        }
    };
    let why_not = move || {
        if errors.get() > 0 {
            Some(format!(
                "{} first",
                format::plural(u64::try_from(errors.get()).unwrap_or(0), "error", "errors")
            ))
        } else if status.get() == Some(CampaignStatus::Paused) {
            Some("Paused: reactivate first".to_owned())
        } else {
            None
        }
    };
    let nothing_left =
        Memo::new(move |_| status.get() == Some(CampaignStatus::Active) && left(open).is_none());
    Some(
        view! {
            <div class="page">
                <div class="row">
                    <h2 class="grow">{move || match answer.get() {
                        Some(Answer::Executed(out)) => headline(&out),
                        _ if is_draft() => "What execute would buy".to_owned(),
                        _ => "What execute would send again".to_owned(),
                    }}</h2>
                    {move || why_not().map(|why| view! { <span class="bad" id="why-not"><Icon name="fail"/>{why}</span> })}
                    <Show when=move || nothing_left.get()>
                        <span class="quiet">"Nothing is left to send"</span>
                    </Show>
                    <button
                        type="button"
                        class="button"
                        class:primary=move || answer.with(Option::is_none)
                        hidden=move || nothing_left.get()
                        aria-disabled=move || (!may()).to_string()
                        aria-describedby="why-not"
                        on:click=move |_| if may() { asking.set(true) }
                    >
                        {words}
                    </button>
                </div>
                <Show when=move || busy.get()>
                    <Asking open planned=Signal::derive(move || planned_sellers(&flight.get()))/>
                </Show>
                {move || answer.get().filter(|_| !busy.get()).map(|answer| match answer {
                    Answer::Executed(out) => view! { <Answers open out/> }.into_any(),
                    Answer::Refused(error) => view! { <Refused error/> }.into_any(),
                })}
                <Show when=move || is_draft() && !busy.get() fallback=move || answer.with(Option::is_none).then(|| view! { <Left open/> })>
                    {move || open.campaign.value().zip(flight.get()).map(|(campaign, flight)| view! { <Preview campaign flight/> })}
                    {move || flight.with(Option::is_none).then(|| view! { <p class="quiet" aria-busy="true">"Loading what the plan needs…"</p> })}
                </Show>
                <Show when=move || !busy.get() && answer.with(Option::is_none) && may()>
                    <Payloads open/>
                </Show>
            </div>
            <Confirm
                open=asking
                title="Send this to the sellers?"
                action=Signal::derive(move || match sum() {
                    Some(sum) => format!("Buy for {}", format::money(sum)),
                    None => "Execute".to_owned(),
                })
                on_yes=Callback::new(move |()| run())
            >
                <p>"Each seller answers on its own. If one fails, execute again: it sends only what is missing and never buys twice."</p>
                <label class="check"><input type="checkbox" prop:checked=move || debug.get() on:change=move |event| debug.set(event_target_checked(&event))/> "Keep the raw exchange with sellers that fail"</label>
            </Confirm>
        }
        .into_any(),
    )
}

/// The sellers that a plan would ask.
fn planned_sellers(flight: &Option<Flight>) -> Vec<String> {
    flight
        .iter()
        .filter_map(|flight| flight.plan.as_ref())
        .flat_map(|plan| &plan.buys)
        .map(|buy| buy.agent_name.clone())
        .collect()
}

/// What became of an execute, in one line. Who did not answer may have bought all the same: that is
/// no failure.
fn headline(out: &ExecuteOut) -> String {
    let sent = out.media_buys_executed;
    if sent == 0 {
        return "Nothing was left to send".to_owned();
    }
    let is_silent = |error: &&SubmissionError| error.code == Silence::CODE;
    let count = |number: usize| u64::try_from(number).unwrap_or(0);
    let silent = count(out.errors.iter().filter(is_silent).count());
    let failed = count(out.errors.len()).saturating_sub(silent);
    let unanswered = match silent {
        1 => "1 was not answered".to_owned(),
        number => format!("{number} were not answered"),
    };
    match (sent, failed, silent) {
        (_, 0, 0) => {
            let buys = format::plural(sent, "media buy", "media buys");
            format!("{buys} sent, every seller answered")
        }
        (1, 0, _) => "The media buy was not answered".to_owned(),
        (1, _, _) => "The media buy failed".to_owned(),
        (_, _, 0) => format!("Of {sent} media buys {failed} failed"),
        (_, 0, _) => format!("Of {sent} media buys {unanswered}"),
        _ => format!("Of {sent} media buys {failed} failed and {unanswered}"),
    }
}

/// What execute would send for a campaign that was executed before: buys that failed or were
/// refused. `None` where nothing is left or it may not be executed.
fn left(open: Open) -> Option<u64> {
    open.campaign.with(|state| {
        let campaign = state.value.as_ref()?;
        match campaign.status {
            CampaignStatus::Active => {
                let buys = campaign
                    .media_buys
                    .iter()
                    .filter(|buy| is_left(buy.status))
                    .count();
                u64::try_from(buys).ok().filter(|buys| *buys > 0)
            }
            CampaignStatus::Completed => Some(0),
            CampaignStatus::Draft | CampaignStatus::Paused | CampaignStatus::Archived => None,
        }
    })
}

fn is_left(status: MediaBuyStatus) -> bool {
    matches!(status, MediaBuyStatus::Failed | MediaBuyStatus::Rejected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: &str) -> SubmissionError {
        SubmissionError {
            media_buy_id: "mb_1".into(),
            sales_agent_id: "agt_1".into(),
            code: code.into(),
            message: String::new(),
            field: None,
            suggestion: None,
            recovery: None,
            retry_after: None,
            debug: None,
        }
    }

    #[test]
    fn who_did_not_answer_is_not_said_to_have_failed() {
        let said = |sent: u64, codes: &[&str]| {
            headline(&ExecuteOut {
                campaign_id: "cmp_1".into(),
                previous_status: CampaignStatus::Draft,
                new_status: CampaignStatus::Active,
                success: codes.is_empty(),
                media_buys_executed: sent,
                reason: None,
                errors: codes.iter().map(|code| error(code)).collect(),
                warnings: Vec::new(),
                revision: 2,
            })
        };
        for (sent, codes, expected) in [
            (0, &[][..], "Nothing was left to send"),
            (1, &[], "1 media buy sent, every seller answered"),
            (3, &[], "3 media buys sent, every seller answered"),
            (1, &["no_answer"], "The media buy was not answered"),
            (1, &["not_sent"], "The media buy failed"),
            (3, &["BUDGET_TOO_LOW"], "Of 3 media buys 1 failed"),
            (3, &["no_answer"], "Of 3 media buys 1 was not answered"),
            (
                5,
                &["no_answer", "not_sent", "no_answer"],
                "Of 5 media buys 1 failed and 2 were not answered",
            ),
        ] {
            assert_eq!(said(sent, codes), expected, "{sent} {codes:?}");
        }
    }
}
