//! One campaign: what all its pages share, around one of them.

mod actions;
mod buys;
mod deeds;
mod overview;
mod reactivate;

use flighting_core::advertiser::Advertiser;
use flighting_core::campaign::{Campaign, CampaignStatus};
use flighting_core::wire::ErrorCode;
use flighting_core::wire::campaign::CampaignOut;
use flighting_core::wire::discovery::SelectionOut;
use leptos::prelude::*;

use self::actions::Actions;
use self::buys::desk::Desk;
use self::overview::Overview;
use crate::address::Tab;
use crate::api::ApiError;
use crate::format;
use crate::forms::{advertiser, known};
use crate::later::part;
use crate::load::Load;
use crate::pages::delivery::DeliveryPage;
use crate::pages::execute::ExecutePage;
use crate::pages::history::HistoryPage;
use crate::pages::plan::PlanPage;
use crate::pages::products::ProductsPage;
use crate::pages::{api, heading, live};
use crate::parts::budget_bar::{BudgetBar, Ledger, Use};
use crate::parts::icon::Icon;
use crate::parts::status::Status;
use crate::parts::trouble::{About, Trouble};

/// What the pages of one campaign share.
#[derive(Clone, Copy)]
pub(super) struct Open {
    /// Its id.
    pub(super) id: Memo<String>,
    /// The campaign, kept up to date by events.
    pub(super) campaign: Load<CampaignOut>,
    /// Its owner.
    pub(super) advertiser: Load<Advertiser>,
    /// What is selected; none without a discovery session.
    pub(super) selection: Load<Option<SelectionOut>>,
    /// The money as it is typed, while the plan is open.
    pub(super) typed: RwSignal<Option<Ledger>>,
    /// The plan of the campaign as core knows it; none while it is loaded.
    pub(super) draft: Memo<Option<Campaign>>,
}

impl Open {
    /// The campaign, followed.
    pub(super) fn signal(self) -> Signal<Option<CampaignOut>> {
        Signal::derive(move || self.campaign.value())
    }
}

/// What the pages of one campaign share; `None` outside of them.
pub(super) fn open() -> Option<Open> {
    use_context()
}

/// Head and money of a campaign, around one of its pages.
#[component]
pub fn CampaignPage(
    /// Its id.
    id: Memo<String>,
    /// Which of its pages.
    tab: Memo<Tab>,
) -> impl IntoView {
    let api = api();
    let (campaign, advertiser) = (Load::new(), Load::new());
    let open = Open {
        id,
        campaign,
        advertiser,
        selection: Load::new(),
        typed: RwSignal::new(None),
        draft: Memo::new(move |_| {
            let advertiser: Option<Advertiser> = advertiser.value();
            campaign.with(|state| known::draft(state.value.as_ref()?, &advertiser?))
        }),
    };
    provide_context(open);
    provide_context(Desk::open(open, api));
    Effect::new(move |_| open.campaign.run(api.campaign(id.get())));
    if let Some(live) = live() {
        Effect::new(move |before: Option<()>| {
            let concerns = live.concerns(&id.get_untracked());
            if before.is_some() && concerns {
                open.campaign
                    .refresh(move || api.campaign(id.get_untracked()));
            }
        });
    }
    let owner = Memo::new(move |_| {
        open.campaign
            .with(|state| state.value.as_ref().map(|one| one.advertiser_id.clone()))
    });
    Effect::new(move |_| {
        if let Some(owner) = owner.get() {
            open.advertiser.run(async move {
                let out = api.advertiser(owner).await?;
                advertiser::known(&out).ok_or_else(ApiError::foreign)
            });
        }
    });
    let session = Memo::new(move |_| {
        open.campaign.with(|state| {
            state
                .value
                .as_ref()
                .and_then(|one| one.discovery_id.clone())
        })
    });
    Effect::new(move |_| match session.get() {
        Some(session) => open
            .selection
            .run(async move { api.selection(session).await.map(Some) }),
        None => open.selection.put(None),
    });
    if let Some(heading) = heading() {
        Effect::new(move |_| {
            if let Some(name) = open
                .campaign
                .with(|state| state.value.as_ref().map(|one| one.name.clone()))
            {
                heading.set(name);
            }
        });
    }
    let is_whole = Memo::new(move |_| {
        // What cannot be loaded now keeps nobody from what is typed.
        open.advertiser
            .with(|state| state.value.is_some() || state.trouble.is_some())
            && open
                .selection
                .with(|state| state.value.is_some() || state.trouble.is_some())
    });
    let is_there = Memo::new(move |_| open.campaign.with(|state| state.value.is_some()));
    view! {
        {move || open.campaign.trouble().map(|error| if error.code() == Some(ErrorCode::NotFound) {
            view! {
                <section class="card gate">
                    <h1>"There is no such campaign"</h1>
                    <p>"It may belong to another account, or its address was cut short."</p>
                    <p><a href="/campaigns">"All campaigns"</a></p>
                </section>
            }
            .into_any()
        } else {
            view! {
                <div class="page">
                    <Trouble
                        error
                        about=About::Load
                        head="The campaign could not be loaded"
                        retry=Callback::new(move |()| open.campaign.run(api.campaign(id.get_untracked())))
                    />
                </div>
            }
            .into_any()
        })}
        {move || (!is_there.get() && open.campaign.busy()).then(|| view! { <p class="page quiet" aria-busy="true">"Loading the campaign…"</p> })}
        <Show when=move || is_there.get()>
            <Head open tab/>
            <BudgetBar ledger=Signal::derive(move || open.typed.get().or_else(|| ledger(open)))/>
            {move || match tab.get() {
                Tab::Overview => overview(),
                // What the plan is made of comes first: rows that come later would move the rest.
                Tab::Plan if !is_whole.get() => view! { <p class="page quiet loading" aria-busy="true">"Loading the plan…"</p> }.into_any(),
                Tab::Plan => plan(),
                Tab::Products => products(),
                Tab::Preflight => preflight(),
                Tab::Delivery => delivery(),
                Tab::History => history(),
            }}
        </Show>
    }
    .into_any()
}

part!(run, Line: fn overview() => view! { <Overview/> }.into_any());
part!(plan, Line: fn plan() => view! { <PlanPage/> }.into_any());
part!(buy, Line: fn products() => view! { <ProductsPage/> }.into_any());
part!(buy, Line: fn preflight() => view! { <ExecutePage/> }.into_any());
part!(run, Line: fn delivery() => view! { <DeliveryPage/> }.into_any());
part!(run, Line: fn history() => view! { <HistoryPage/> }.into_any());

fn ledger(open: Open) -> Option<Ledger> {
    let campaign = open.campaign.value()?;
    let currency = known::currency(&campaign)?;
    let read = |amount| format::read(amount, currency);
    let (total, media) = (
        read(campaign.budget.total),
        read(campaign.media_budget.total),
    );
    let draft = campaign.status == CampaignStatus::Draft;
    let zero = flighting_core::money::Money::zero(currency);
    // The same as under the plan: shares of products without a budget count too.
    let in_products = || {
        open.selection.with(|state| {
            let selection = state.value.as_ref()?.as_ref()?;
            open.draft
                .with(|draft| known::asked(draft.as_ref()?, &selection.products))
        })
    };
    let usage = if draft {
        Use::Planned {
            in_products: in_products().unwrap_or(zero),
        }
    } else {
        Use::Bought {
            allocated: read(campaign.allocated_budget),
            spent: read(campaign.delivered_spend),
        }
    };
    let cap = campaign
        .budget
        .daily_cap
        .map(|cap| format!(" Daily cap {}.", format::amount(read(cap))));
    let note = if draft {
        "Nothing is bought yet, so nothing is allocated."
    } else {
        ""
    };
    let words = match campaign.fees.as_slice() {
        [one] => one.margin_percent.map_or("Fees".to_owned(), |percent| {
            format!("Fees, {} %", percent.to_decimal().normalize())
        }),
        _ => "Fees".to_owned(),
    };
    Some(Ledger {
        total,
        fees: total.minus(media).unwrap_or(zero),
        fee_words: words,
        media,
        usage,
        note: format!("{note}{}", cap.unwrap_or_default()),
    })
}

#[component]
fn Head(open: Open, tab: Memo<Tab>) -> impl IntoView {
    let status = Memo::new(move |_| {
        open.campaign
            .with(|state| state.value.as_ref().map(|one| one.status))
    });
    let facts = move || {
        let campaign = open.campaign.value()?;
        let days = known::days(&campaign)?;
        let owner = open
            .advertiser
            .value()
            .map(|owner| owner.name)
            .unwrap_or_default();
        Some(view! {
            <h1>{campaign.name.clone()}</h1>
            <span class="chip"><Icon name="lock"/>{format::campaign_type(campaign.campaign_type)}</span>
            <Status look=format::campaign_status(campaign.status)/>
            <span class="quiet">{owner} " · " {format::flight(days)} " · " {format::day_count(days.days())} " · revision " {campaign.revision}</span>
        })
    };
    view! {
        <div class="head">
            <div class="facts">{facts}</div>
            <Actions open status/>
        </div>
        <nav class="tabs" aria-label="Campaign">
            {Tab::ALL.into_iter().map(|one| view! {
                <a
                    href=move || format!("/campaigns/{}{}", open.id.get(), one.part())
                    aria-current=move || (tab.get() == one).then_some("page")
                >
                    {one.words()}
                </a>
            }).collect_view()}
        </nav>
    }
}

impl Open {
    /// Fetches the campaign anew, from where no context can be asked.
    pub(super) fn refresh_with(self, api: crate::api::Api) {
        let id = self.id;
        self.campaign
            .refresh(move || api.campaign(id.try_get_untracked().unwrap_or_default()));
    }
}
