//! Why the campaign's buys read as they do: which buy sets the status, by which rule, since when,
//! and whose turn it is.

use flighting_core::media_buy::MediaBuyStatus;
use flighting_core::wire::campaign::CampaignOut;
use leptos::prelude::*;

use super::status::Status;
use crate::{clock, format};

/// The roll-up of a campaign's buys; nothing before the first execute.
#[component]
pub fn RollUp(
    /// The campaign.
    #[prop(into)]
    campaign: Signal<Option<CampaignOut>>,
) -> impl IntoView {
    move || {
        let campaign = campaign.get()?;
        let status = campaign.media_buy_status?;
        let reason = campaign.media_buy_status_reason.as_ref()?;
        let buy = campaign
            .media_buys
            .iter()
            .find(|buy| buy.media_buy_id == reason.media_buy_id);
        let name = buy
            .map(|buy| buy.sales_agent_name.clone())
            .unwrap_or_default();
        let turn = buy.and_then(|buy| buy.turn).map(format::turn);
        let counts: Vec<_> = MediaBuyStatus::ALL
            .into_iter()
            .filter_map(|status| {
                campaign
                    .media_buy_status_counts
                    .get(status.as_str())
                    .map(|count| (status, *count))
            })
            .collect();
        Some(view! {
            <section class="card roll-up" aria-label="Status of the media buys">
                <p>
                    <span class="quiet">"Media buys "</span>
                    <Status look=format::buy_status(status)/>
                    " set by " <strong>{name}</strong> " since " {format::moment(reason.since, clock::now())}
                    ": " {format::rule(reason.rule)} "."
                    {turn.map(|turn| view! { <strong>" " {turn} "."</strong> })}
                </p>
                <ul class="counts">
                    {counts.into_iter().map(|(status, count)| view! {
                        <li><Status look=format::buy_status(status)/> " " {count}</li>
                    }).collect_view()}
                </ul>
            </section>
        })
    }
}
