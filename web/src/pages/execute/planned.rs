//! What would be bought: buys, packages, windows, money, and what to know before.

use flighting_core::execution::{PlannedBuy, PlannedPackage};
use flighting_core::money::Money;
use flighting_core::wire::campaign::CampaignOut;
use leptos::prelude::*;

use super::Flight;
use crate::format;
use crate::forms::known;
use crate::parts::amount::Amount;
use crate::parts::icon::Icon;
use crate::parts::warning::warned;

#[component]
pub(super) fn Preview(campaign: CampaignOut, flight: Flight) -> impl IntoView {
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
    let missing = format::formats(&campaign.creative_formats.missing);
    Some(view! {
        <div class="columns">
            <section class="card flat" aria-label="Media buys that would be sent">
                <div class="card-head">
                    <h3>{format::plural(number, "media buy", "media buys")} ", " {format::plural(count(packages), "package", "packages")}</h3>
                    <span class="quiet">"one media buy per sales agent, one package per product and period"</span>
                </div>
                {buys.is_empty().then(|| view! {
                    <p class="pad">"Nothing would be bought yet." {(campaign.product_count == Some(0)).then(|| view! { " " <a href=format!("/campaigns/{}/products", campaign.campaign_id)>"Choose products"</a> })}</p>
                })}
                <div class="scroll" hidden=buys.is_empty() tabindex="0" role="region" aria-label="Planned packages as a table">
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
                        {(!missing.is_empty()).then(|| view! { <li><span class="warned"><Icon name="warn"/></span><span>"No creative yet for " {missing} ". Sellers may wait for one."</span></li> })}
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
