//! What the sellers answered, each in its own words, and what is left to send.

use flighting_core::campaign::CampaignStatus;
use flighting_core::money::Currency;
use flighting_core::wire::Amount;
use flighting_core::wire::campaign::CampaignOut;
use flighting_core::wire::execute::{ExecuteOut, SubmissionError, Warning};
use leptos::prelude::*;

use super::is_left;
use crate::api::ApiError;
use crate::format;
use crate::forms::known;
use crate::pages::campaign::Open;
use crate::parts::amount::Amount;
use crate::parts::buy_state::State;
use crate::parts::exchange::Exchange;
use crate::parts::field::sentence;
use crate::parts::icon::Icon;
use crate::parts::roll_up::RollUp;
use crate::parts::status::Status;
use crate::parts::trouble::{About, Trouble};

#[component]
pub(super) fn Refused(error: ApiError) -> impl IntoView {
    let issues: Vec<_> = error.issues().to_vec();
    view! {
        <Trouble error about=About::Save head="Nothing was executed"/>
        <ul class="checks">
            {issues.into_iter().map(|issue| view! { <li><Icon name="fail"/><span>{sentence(&issue.message)} " " <code>{issue.path.clone()}</code></span></li> }).collect_view()}
        </ul>
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
        Warning::MissingFormats { formats } => {
            format!("No creative yet for {}.", format::formats(formats))
        }
    }
}

fn stands(status: CampaignStatus) -> String {
    if status == CampaignStatus::Draft {
        return "The campaign stays a draft: nothing was bought, and it can be executed again."
            .to_owned();
    }
    let words = format::campaign_status(status).words.to_lowercase();
    format!("The campaign is {words}.")
}

/// The answers, seller by seller; statuses go on changing as they happen.
#[component]
pub(super) fn Answers(open: Open, out: ExecuteOut) -> impl IntoView {
    let errors = StoredValue::new(out.errors.clone());
    let failed = move |id: &str| {
        errors.with_value(|errors| {
            errors
                .iter()
                .find(|error| error.media_buy_id == id)
                .cloned()
        })
    };
    let goes_to = if out.new_status == CampaignStatus::Draft {
        "Go to the campaign"
    } else {
        "Go to the running campaign"
    };
    view! {
        <section class="card flat" aria-label="Answers, seller by seller" aria-live="polite">
            <div class="card-head">
                <h3>"Answers, seller by seller"</h3>
                <span class="quiet">{stands(out.new_status)}</span>
                <a href=move || format!("/campaigns/{}", open.id.get()) class="button primary aside">{goes_to}</a>
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
            let debug = error.as_ref().and_then(|error| error.debug.clone());
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
                        <Exchange debug/>
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
pub(super) fn Left(open: Open) -> impl IntoView {
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
                    0 => "No media buy failed or was refused".to_owned(),
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
