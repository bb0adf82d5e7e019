//! Pre-flight: exactly what execute would buy, planned in the page by the code that the server
//! runs; then what the sellers answered, line by line.

use flighting_core::campaign::CampaignStatus;
use flighting_core::error::Refusal;
use flighting_core::execution::{Plan, PlanWarning, PlannedBuy, PlannedPackage, plan, preview};
use flighting_core::ids::Numbered;
use flighting_core::media_buy::MediaBuyStatus;
use flighting_core::money::{Currency, Money};
use flighting_core::wire::Amount;
use flighting_core::wire::campaign::CampaignOut;
use flighting_core::wire::execute::{ExecuteOut, SubmissionError, Warning};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use super::api;
use super::campaign::{Open, missing_formats, open};
use crate::api::ApiError;
use crate::forms::known;
use crate::parts::amount::Amount;
use crate::parts::confirm::Confirm;
use crate::parts::field::sentence;
use crate::parts::icon::Icon;
use crate::parts::media_buys::State;
use crate::parts::roll_up::RollUp;
use crate::parts::status::Status;
use crate::parts::trouble::{About, Trouble};
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
                    plan: preview(&campaign, &products, &mut Numbered::default(), now).ok(),
                    errors: reasons(&refusal),
                },
            },
        )
    }
}

fn reasons(refusal: &Refusal) -> Vec<String> {
    match refusal {
        Refusal::Invalid(violations) => violations
            .iter()
            .map(|violation| sentence(&violation.message))
            .collect(),
        other => vec![sentence(&other.to_string())],
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
            let result = api.execute(id, revision).await;
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
                    {move || why_not().map(|why| view! { <span class="warned" id="why-not"><Icon name="fail"/>{why}</span> })}
                    <Show when=move || nothing_left.get()>
                        <span class="quiet">"Nothing is left to send"</span>
                    </Show>
                    <button
                        type="button"
                        class="button primary"
                        hidden=move || nothing_left.get()
                        aria-disabled=move || (!may()).to_string()
                        aria-describedby="why-not"
                        on:click=move |_| if may() { asking.set(true) }
                    >
                        {words}
                    </button>
                </div>
                {move || answer.get().map(|answer| match answer {
                    Answer::Executed(out) => view! { <Answers open out/> }.into_any(),
                    Answer::Refused(error) => view! { <Refused error/> }.into_any(),
                })}
                <Show when=is_draft fallback=move || answer.with(Option::is_none).then(|| view! { <Left open/> })>
                    {move || open.campaign.value().zip(flight.get()).map(|(campaign, flight)| view! { <Preview campaign flight/> })}
                    {move || flight.with(Option::is_none).then(|| view! { <p class="quiet" aria-busy="true">"Loading what the plan needs…"</p> })}
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
            </Confirm>
        }
        .into_any(),
    )
}

fn headline(out: &ExecuteOut) -> String {
    if out.media_buys_executed == 0 {
        return "Nothing was left to send".to_owned();
    }
    let failed = u64::try_from(out.errors.len()).unwrap_or(0);
    let taken = out.media_buys_executed.saturating_sub(failed);
    let buys = format::plural(out.media_buys_executed, "media buy", "media buys");
    if failed == 0 {
        format!("{buys} sent, every seller took its own")
    } else {
        format!("{taken} of {buys} taken, {failed} not")
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

#[component]
fn Refused(error: ApiError) -> impl IntoView {
    let issues: Vec<_> = error.issues().to_vec();
    view! {
        <Trouble error about=About::Save head="Nothing was executed"/>
        <ul class="checks">
            {issues.into_iter().map(|issue| view! { <li><Icon name="fail"/><span>{sentence(&issue.message)} " " <code>{issue.path.clone()}</code></span></li> }).collect_view()}
        </ul>
    }
}

#[component]
fn Preview(campaign: CampaignOut, flight: Flight) -> impl IntoView {
    let Flight { plan, errors } = flight;
    let currency = known::currency(&campaign)?;
    let (buys, warnings) = plan
        .map(|plan| (plan.buys, plan.warnings))
        .unwrap_or_default();
    let packages = buys.iter().map(|buy| buy.packages.len()).sum::<usize>();
    let taken = Money::sum(
        currency,
        buys.iter()
            .flat_map(|buy| &buy.packages)
            .map(|package| package.budget),
    )
    .unwrap_or(Money::zero(currency));
    let total = format::read(campaign.budget.total, currency);
    let media = format::read(campaign.media_budget.total, currency);
    let fees = total.minus(media).unwrap_or(Money::zero(currency));
    let rest = media.minus(taken).unwrap_or(Money::zero(currency));
    let count = |number: usize| u64::try_from(number).unwrap_or(0);
    let number = count(buys.len());
    let is_clean = errors.is_empty() && !buys.is_empty();
    let missing = missing_formats(&campaign);
    Some(view! {
        <div class="columns">
            <section class="card flat" aria-label="Media buys that would be sent">
                <div class="card-head">
                    <h3>{format::plural(number, "media buy", "media buys")} ", " {format::plural(count(packages), "package", "packages")}</h3>
                    <span class="quiet">"one media buy per sales agent, one package per product and period"</span>
                </div>
                {buys.is_empty().then(|| view! {
                    <p class="pad">"Nothing would be bought yet." {(campaign.product_count == Some(0)).then(|| view! { " " <A href=format!("/campaigns/{}/products", campaign.campaign_id)>"Choose products"</A> })}</p>
                })}
                <div class="scroll" tabindex="0" role="region" aria-label="Planned packages as a table">
                    <table class="buys planned">
                        <thead>
                            <tr>
                                <th scope="col">"Sales agent and product"</th>
                                <th scope="col">"Period"</th>
                                <th scope="col">"Window, UTC days"</th>
                                <th scope="col" class="num">"Rate"</th>
                                <th scope="col">"Pacing"</th>
                                <th scope="col" class="num">"Budget, " {currency.code()}</th>
                            </tr>
                        </thead>
                        {buys.iter().map(planned_buy).collect_view()}
                        <tfoot>
                            <tr><th scope="row" colspan="5">"Sum of " {format::plural(count(packages), "package", "packages")}</th><td class="num"><strong><Amount money=taken/></strong></td></tr>
                        </tfoot>
                    </table>
                </div>
            </section>
            <div class="stack side">
                <section class="card" aria-label="Money">
                    <h3>"Money"</h3>
                    <dl class="sum">
                        <div><dt>"Total"</dt><dd><Amount money=total/></dd></div>
                        <div><dt>"− Fees"</dt><dd><Amount money=fees/></dd></div>
                        <div class="result-line"><dt>"Media budget"</dt><dd><Amount money=media/></dd></div>
                        <div><dt>"− In " {format::plural(number, "media buy", "media buys")}</dt><dd><Amount money=taken/></dd></div>
                        <div class="result-line" class:bad=rest.is_negative()><dt>"Stays unallocated"</dt><dd><Amount money=rest/></dd></div>
                    </dl>
                </section>
                <section class="card" aria-label="Checks">
                    <h3>"Checks"</h3>
                    <ul class="checks">
                        {errors.into_iter().map(|error| view! { <li><span class="bad"><Icon name="fail"/></span><span>{error}</span></li> }).collect_view()}
                        {warnings.iter().map(|warning| view! { <li><span class="warned"><Icon name="warn"/></span><span>{warned(warning)}</span></li> }).collect_view()}
                        {(!missing.is_empty()).then(|| view! { <li><span class="warned"><Icon name="warn"/></span><span>"No creative yet for " {missing.join(", ")} ". Sellers may wait for one."</span></li> })}
                        {is_clean.then(|| view! {
                            <li><span class="good"><Icon name="check"/></span><span>"Money adds up to the cent."</span></li>
                            <li><span class="good"><Icon name="check"/></span><span>"Every window lies in the flight."</span></li>
                        })}
                    </ul>
                    <p class="quiet">"Planned in the page, by the code that the server runs."</p>
                </section>
            </div>
        </div>
    })
}

fn planned_buy(buy: &PlannedBuy) -> impl IntoView + use<> {
    let sum = buy.budget().ok().flatten();
    let count = u64::try_from(buy.packages.len()).unwrap_or(0);
    view! {
        <tbody class="buy">
            <tr class="group">
                <th scope="rowgroup">{buy.agent_name.clone()}</th>
                <td colspan="4" class="quiet">{format::plural(count, "package", "packages")}</td>
                <td class="num sum-cell">{sum.map(|money| view! { <strong><Amount money/></strong> })}</td>
            </tr>
            {buy.packages.iter().map(planned_package).collect_view()}
        </tbody>
    }
}

fn planned_package(package: &PlannedPackage) -> impl IntoView + use<> {
    let rate = match (package.bid, package.product.fixed_price) {
        (Some(bid), _) => format!("{} bid", format::rate(bid)),
        (None, Some(price)) => format!("{} fixed", format::rate(price)),
        (None, None) => String::new(),
    };
    view! {
        <tr class="package">
            <th scope="row">{package.product.name.clone()}</th>
            <td>{package.period.as_ref().map_or("whole flight".to_owned(), |period| period.label.clone())}</td>
            <td>{format::days(package.window.days())} {package.starts_at_once.then_some(" · from now")}</td>
            <td class="num">{rate}</td>
            <td>{format::pacing(package.pacing)}</td>
            <td class="num sum-cell"><Amount money=package.budget/></td>
        </tr>
    }
}

fn warned(warning: &PlanWarning) -> String {
    match warning {
        PlanWarning::InFlight { media_buy_ids } => format!(
            "{} still without an answer; not sent again.",
            format::plural(
                u64::try_from(media_buy_ids.len()).unwrap_or(0),
                "media buy is",
                "media buys are"
            )
        ),
        PlanWarning::PeriodOver { period } => format!(
            "{} is over: it makes no package, its money stays unallocated.",
            period.label
        ),
        PlanWarning::OverAllocated { short_by } => format!(
            "The products ask for {} more than there is.",
            format::money(*short_by)
        ),
        PlanWarning::BelowMinimum {
            key,
            minimum,
            smallest,
        } => format!(
            "A package of {} holds {}, its seller asks for at least {}.",
            key.product_id,
            format::money(*smallest),
            format::rate(*minimum)
        ),
        PlanWarning::Unspendable { amount } => format!(
            "{} cannot be spent under the daily cap.",
            format::money(*amount)
        ),
    }
}

/// An amount of the wire as people read it; as it came where its currency is unknown here.
fn money_of(amount: Amount, code: &str) -> String {
    Currency::parse(code).map_or_else(
        || format!("{amount} {code}"),
        |currency| format::money(format::read(amount, currency)),
    )
}

fn told(warning: &Warning) -> String {
    match warning {
        Warning::InFlight { media_buy_ids } => format!(
            "{} still without an answer and not sent again.",
            format::plural(
                u64::try_from(media_buy_ids.len()).unwrap_or(0),
                "media buy is",
                "media buys are"
            )
        ),
        Warning::PeriodOver { period } => format!("{} is over: it made no package.", period.label),
        Warning::OverAllocated { short_by, currency } => {
            format!(
                "The products ask for {} more than there is.",
                money_of(*short_by, currency)
            )
        }
        Warning::BelowMinimum {
            product_id,
            minimum,
            smallest,
            currency,
            ..
        } => {
            format!(
                "A package of {product_id} holds {}, its seller asks for at least {minimum}.",
                money_of(*smallest, currency)
            )
        }
        Warning::Unspendable { amount, currency } => {
            format!(
                "{} cannot be spent under the daily cap.",
                money_of(*amount, currency)
            )
        }
        Warning::MissingFormats { formats } => format!(
            "No creative yet for {}.",
            formats
                .iter()
                .map(|format| format.id.clone())
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

/// The answers, seller by seller; statuses go on changing as they happen.
#[component]
fn Answers(open: Open, out: ExecuteOut) -> impl IntoView {
    let errors = StoredValue::new(out.errors.clone());
    let failed = move |id: &str| {
        errors.with_value(|errors| {
            errors
                .iter()
                .find(|error| error.media_buy_id == id)
                .cloned()
        })
    };
    view! {
        <section class="card flat" aria-label="Answers, seller by seller" aria-live="polite">
            <div class="card-head">
                <h3>"Answers, seller by seller"</h3>
                <span class="quiet">"The campaign is " {format::campaign_status(out.new_status).words.to_lowercase()} "."</span>
                <A href=move || format!("/campaigns/{}", open.id.get()) attr:class="button primary aside">"Go to the running campaign"</A>
            </div>
            {move || open.campaign.value().map(|campaign| answered(&campaign, failed))}
            {out.warnings.iter().map(|warning| view! { <p class="pad warned"><Icon name="warn"/>{told(warning)}</p> }).collect_view()}
        </section>
        <RollUp campaign=open.signal()/>
    }
    .into_any()
}

fn answered(campaign: &CampaignOut, failed: impl Fn(&str) -> Option<SubmissionError>) -> AnyView {
    let currency = known::currency(campaign);
    campaign
        .media_buys
        .iter()
        .map(|buy| {
            let error = failed(&buy.media_buy_id);
            let money = currency.map(|currency| format::read(buy.budget, currency));
            // The buy tells the seller's words itself; what it does not tell is said here.
            let error = error.filter(|error| buy.source_message.as_deref() != Some(error.message.as_str()));
            view! {
                <div class="answer">
                    <strong>{buy.sales_agent_name.clone()}</strong>
                    <div>
                        <State buy=buy.clone()/>
                        {error.map(|error| view! {
                            <blockquote class="bad">{error.message} {error.suggestion.map(|suggestion| view! { <br/> <em>{suggestion}</em> })}</blockquote>
                            <p class="quiet"><code>{error.code}</code> {error.retry_after.map(|seconds| format!(" again in {seconds} s at the earliest"))}</p>
                        })}
                    </div>
                    <div class="num">
                        {money.map(|money| view! { <Amount money/> })}
                        <small>{format::plural(u64::try_from(buy.packages.len()).unwrap_or(0), "package", "packages")}</small>
                    </div>
                </div>
            }
        })
        .collect_view()
        .into_any()
}

/// What is left of a campaign that was executed.
#[component]
fn Left(open: Open) -> impl IntoView {
    move || {
        let campaign = open.campaign.value()?;
        let currency = known::currency(&campaign)?;
        let rows: Vec<_> = campaign
            .media_buys
            .iter()
            .filter(|buy| is_left(buy.status))
            .cloned()
            .collect();
        Some(view! {
            <section class="card flat" aria-label="Media buys that are left">
                <div class="card-head"><h3>{match rows.len() {
                    0 => "Every media buy has been taken".to_owned(),
                    number => format!("{} to send again", format::plural(u64::try_from(number).unwrap_or(0), "media buy", "media buys")),
                }}</h3></div>
                {rows.into_iter().map(|buy| view! {
                    <div class="answer">
                        <strong>{buy.sales_agent_name.clone()}</strong>
                        <Status look=format::buy_status(buy.status)/>
                        <div class="num"><Amount money=format::read(buy.budget, currency)/></div>
                    </div>
                }).collect_view()}
            </section>
        })
    }
}
