//! Asking sales agents: who is asked, and what became of each.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use flighting_core::wire::discovery::DiscoverOut;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{Api, ApiError};
use crate::format;
use crate::forms::asking::{Asking, Line, State};
use crate::load::Load;
use crate::pages::campaign::Open;
use crate::parts::icon::Icon;

/// How many agents are asked at the same time, each in a request of its own: a browser has six
/// connections to one server, and one of them carries the events.
const LANES: usize = 4;

/// A search over the agents, one by one.
#[derive(Clone, Copy)]
pub(super) struct Search {
    open: Open,
    api: Api,
    /// Who is asked, and what became of it.
    asking: RwSignal<Asking>,
    /// What they offer.
    pub(super) found: Load<DiscoverOut>,
    /// Why nobody could be asked at all.
    pub(super) trouble: RwSignal<Option<ApiError>>,
}

impl Search {
    pub(super) fn new(open: Open, api: Api) -> Self {
        Self {
            open,
            api,
            asking: RwSignal::new(Asking::default()),
            found: Load::new(),
            trouble: RwSignal::new(None),
        }
    }

    /// Shows what the session holds; a campaign that never asked asks everybody.
    pub(super) fn begin(self) {
        spawn_local(async move {
            match self.api.agents().await {
                Ok(agents) => {
                    self.asking.try_update(|asking| asking.register(&agents));
                    self.trouble.try_set(None);
                }
                Err(error) => {
                    self.trouble.try_set(Some(error));
                }
            }
            let Some(campaign) = self.open.campaign.value_now() else {
                return;
            };
            match campaign.discovery_id {
                Some(session) => self.found.run(self.seen(session)),
                None => self.ask(),
            }
        });
    }

    /// What the session holds, told to the list of agents as well.
    async fn seen(self, session: String) -> Result<DiscoverOut, ApiError> {
        let found = self.api.discovery(session).await?;
        self.asking.try_update(|asking| asking.tell(&found, &[]));
        Ok(found)
    }

    /// Whether answers are still to come, followed.
    pub(super) fn busy(self) -> bool {
        self.asking.with(|asking| asking.open() > 0)
    }

    /// Asks those that are chosen.
    pub(super) fn ask(self) {
        let chosen = self.asking.with_untracked(Asking::chosen);
        if chosen.is_empty() || self.asking.with_untracked(|asking| asking.open() > 0) {
            return;
        }
        self.trouble.set(None);
        self.asking.update(|asking| asking.line_up(&chosen));
        spawn_local(async move {
            let session = match self.session().await {
                Ok(session) => session,
                Err(error) => {
                    self.asking
                        .try_update(|asking| asking.lose(&chosen, &error.message));
                    self.trouble.try_set(Some(error));
                    return;
                }
            };
            let waiting = Rc::new(RefCell::new(VecDeque::from(chosen)));
            for _ in 0..LANES {
                spawn_local(self.lane(session.clone(), Rc::clone(&waiting)));
            }
        });
    }

    /// The session of the campaign; one is opened where it has none.
    async fn session(self) -> Result<String, ApiError> {
        let campaign = self.open.campaign.value_now().ok_or(ApiError::foreign())?;
        if let Some(session) = campaign.discovery_id {
            return Ok(session);
        }
        let opened = self.discover(None, &[]).await?;
        self.open.refresh_with(self.api);
        Ok(opened.discovery_id)
    }

    async fn discover(
        self,
        session: Option<String>,
        only: &[String],
    ) -> Result<DiscoverOut, ApiError> {
        let campaign = self.open.campaign.value_now().ok_or(ApiError::foreign())?;
        self.api
            .discover(campaign.advertiser_id, campaign.campaign_id, session, only)
            .await
    }

    /// Asks one agent after the other, as long as some wait and somebody looks.
    async fn lane(self, session: String, waiting: Rc<RefCell<VecDeque<String>>>) {
        loop {
            let Some(agent) = waiting.borrow_mut().pop_front() else {
                return;
            };
            if self
                .asking
                .try_update(|asking| asking.ask(&agent))
                .is_none()
            {
                return;
            }
            let this = [agent];
            match self.discover(Some(session.clone()), &this).await {
                Ok(out) => {
                    self.asking.try_update(|asking| asking.tell(&out, &this));
                    let session = session.clone();
                    self.found.refresh(move || self.seen(session.clone()));
                }
                Err(error) => {
                    self.asking
                        .try_update(|asking| asking.lose(&this, &error.message));
                }
            }
        }
    }

    /// How far it is, in words; followed.
    pub(super) fn words(self) -> String {
        let (all, open) = self
            .asking
            .with(|asking| (asking.lines().len(), asking.open()));
        let number = |count: usize| u64::try_from(count).unwrap_or(0);
        if open > 0 {
            let more = format::plural(number(open), "answer is", "answers are");
            return format!("{more} still to come");
        }
        self.found.with(|state| {
            state.value.as_ref().map_or_else(String::new, |found| {
                format!(
                    "{} from {} of {}",
                    format::plural(found.summary.total_products, "product", "products"),
                    found.total_groups,
                    format::plural(number(all), "agent", "agents"),
                )
            })
        })
    }

    /// What the button says that asks; followed.
    pub(super) fn action(self) -> String {
        self.asking.with(|asking| {
            let (all, chosen) = (asking.lines().len(), asking.chosen().len());
            match chosen {
                _ if asking.open() > 0 => "Asking…".to_owned(),
                0 => "Choose whom to ask".to_owned(),
                some if some < all => format!("Ask {some} of {all}"),
                _ => "Ask again".to_owned(),
            }
        })
    }

    /// Whether somebody can be asked; followed.
    pub(super) fn may(self) -> bool {
        self.asking
            .with(|asking| asking.open() == 0 && !asking.chosen().is_empty())
    }
}

/// Every agent with what became of it, and whether it is asked next.
#[component]
pub(super) fn Agents(search: Search) -> impl IntoView {
    let ids = Memo::new(move |_| {
        search.asking.with(|asking| {
            let lines = asking.lines().iter();
            lines.map(|line| line.id.clone()).collect::<Vec<_>>()
        })
    });
    view! {
        <ul class="asked" aria-label="Sales agents and what became of asking them">
            <For each=move || ids.get() key=Clone::clone let(id)>
                <Agent search id/>
            </For>
        </ul>
        <Show when=move || ids.with(Vec::is_empty) && search.trouble.with(Option::is_none) && !search.found.busy()>
            <div class="row pad">
                <p>"No sales agent is registered, so there is nobody to ask."</p>
                <a href="/sales-agents" class="button">"Register a sales agent"</a>
            </div>
        </Show>
    }
    .into_any()
}

#[component]
fn Agent(search: Search, id: String) -> impl IntoView {
    let id = StoredValue::new(id);
    let line = Memo::new(move |_| {
        search.asking.with(|asking| {
            let mut lines = asking.lines().iter();
            id.with_value(|id| lines.find(|line| line.id == *id).cloned())
        })
    });
    let chosen = Memo::new(move |_| {
        let asking = search.asking;
        id.with_value(|id| asking.with(|asking| asking.is_chosen(id)))
    });
    view! {
        <li>
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=move || chosen.get()
                    on:change=move |event| {
                        let on = event_target_checked(&event);
                        id.with_value(|id| search.asking.update(|asking| asking.choose(id, on)));
                    }
                />
                {move || line.with(|line| line.as_ref().map(|line| line.name.clone()))}
            </label>
            {move || line.get().map(|line| became(&line))}
        </li>
    }
    .into_any()
}

fn became(line: &Line) -> AnyView {
    let (icon, tone) = match &line.state {
        State::NotAsked => ("draft", "quiet"),
        State::Waits | State::Asked => ("clock", "quiet"),
        State::Answered { .. } => ("check", "good"),
        State::Refused { .. } | State::NotReached { .. } | State::Lost { .. } => ("warn", "warned"),
    };
    let said = line
        .state
        .said()
        .map(|(why, code)| (why.to_owned(), code.to_owned()));
    view! {
        <span class=format!("became {tone}")><Icon name=icon/>{line.state.words()}</span>
        {said.map(|(why, code)| view! {
            <span class="said">{why} {(!code.is_empty()).then(|| view! { " " <code>{code}</code> })}</span>
        })}
    }
    .into_any()
}
