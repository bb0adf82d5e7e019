//! The shell: top bar, routes, and what every page shares. Nothing else is global.

use leptos::html;
use leptos::prelude::*;

use crate::address::{Address, Place, Tab};
use crate::api::Api;
use crate::api::events::{Link, Live};
use crate::changed::set_changed;
use crate::later::{fetch_ahead, part};
use crate::pages::advertisers::AdvertisersPage;
use crate::pages::agents::AgentsPage;
use crate::pages::campaign::CampaignPage;
use crate::pages::campaigns::CampaignsPage;
use crate::pages::create::CreatePage;
use crate::parts::alone::Alone;
use crate::parts::icon::Icon;

/// The name of what is open, for the top bar and the title of the window.
#[derive(Clone, Copy)]
pub(crate) struct Heading(RwSignal<Option<String>>);

impl Heading {
    /// Names what is open; the name goes when the page goes.
    pub(crate) fn set(self, name: String) {
        set_changed(self.0, Some(name));
    }

    /// Nothing in particular is open.
    pub(crate) fn clear(self) {
        self.0.try_set(None);
    }
}

/// The planner.
#[component]
pub fn App() -> impl IntoView {
    let api = Api::new();
    let address = Address::open();
    let live = Live::open(api);
    let heading = Heading(RwSignal::new(None));
    provide_context(api);
    provide_context(live);
    provide_context(address);
    provide_context(heading);
    fetch_ahead();
    Effect::new(move |_| {
        let title = heading
            .0
            .get()
            .map_or("Flighting".to_owned(), |name| format!("{name} · Flighting"));
        if let Some(document) = web_sys::window().and_then(|window| window.document()) {
            document.set_title(&title);
        }
    });
    // A campaign stays as it is while one goes from one of its pages to another.
    let (id, tab) = (
        Memo::new(move |before: Option<&String>| match address.place() {
            Place::Campaign(id, _) => id,
            _ => before.cloned().unwrap_or_default(),
        }),
        Memo::new(move |before: Option<&Tab>| match address.place() {
            Place::Campaign(_, tab) => tab,
            _ => before.copied().unwrap_or(Tab::Overview),
        }),
    );
    let page = Memo::new(move |_| match address.place() {
        Place::Campaign(..) => Page::Campaign,
        Place::Campaigns => Page::Campaigns,
        Place::New => Page::New,
        Place::Advertisers => Page::Advertisers,
        Place::Agents => Page::Agents,
        Place::Nowhere => Page::Nowhere,
    });
    view! {
        <a class="skip" href="#main">"Skip to the content"</a>
        <TopBar api live heading/>
        <main id="main" tabindex="-1">
            <Show when=move || api.has_key() fallback=move || view! { <KeyGate api/> }>
                {move || match page.get() {
                    Page::Campaigns => campaigns(),
                    Page::New => create(),
                    Page::Advertisers => advertisers(),
                    Page::Agents => agents(),
                    Page::Campaign => campaign(id, tab),
                    Page::Nowhere => view! { <NotFound/> }.into_any(),
                }}
            </Show>
        </main>
        <Alone/>
    }
}

part!(list, Line: fn campaigns() => view! { <CampaignsPage/> }.into_any());
part!(create, Line: fn create() => view! { <CreatePage/> }.into_any());
part!(rooms, Line: fn advertisers() => view! { <AdvertisersPage/> }.into_any());
part!(rooms, Line: fn agents() => view! { <AgentsPage/> }.into_any());
part!(campaign, Line: fn campaign(id: Memo<String>, tab: Memo<Tab>) => view! { <CampaignPage id tab/> }.into_any());

/// Which page is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    Campaigns,
    New,
    Campaign,
    Advertisers,
    Agents,
    Nowhere,
}

#[component]
fn TopBar(api: Api, live: Live, heading: Heading) -> impl IntoView {
    let connection = move || match live.link.get() {
        _ if !api.has_key() => ("warn", "No key", ""),
        Link::Lost => ("warn", "Offline", "warned"),
        _ if api.is_slow() => ("clock", "Slow", "warned"),
        Link::Connecting => ("clock", "Connecting", ""),
        Link::Live => ("check", "Live", "good"),
    };
    view! {
        <header class="top">
            <a href="/campaigns" class="brand">
                <svg class="logo" viewBox="0 0 18 18" aria-hidden="true">
                    <rect x="1" y="9" width="4" height="8" rx="1"/>
                    <rect x="7" y="2" width="4" height="15" rx="1"/>
                    <rect x="13" y="12" width="4" height="5" rx="1"/>
                </svg>
                "Flighting"
            </a>
            <nav aria-label="Where you are" class="crumbs">
                <a href="/campaigns">"Campaigns"</a>
                {move || heading.0.get().map(|name| {
                    let title = name.clone();
                    view! { <span aria-hidden="true">"/"</span><strong title=title>{name}</strong> }
                })}
            </nav>
            <div class="aside">
                <nav class="rooms" aria-label="Rooms">
                    <a href="/advertisers">"Advertisers"</a>
                    <a href="/sales-agents">"Sales agents"</a>
                </nav>
                <span class="connection" role="status">
                    {move || {
                        let (glyph, words, tone) = connection();
                        view! { <span class=tone><Icon name=glyph/>{words}</span> }
                    }}
                </span>
                <ThemeSwitch/>
            </div>
        </header>
    }
}

const THEME: &str = "flighting.theme";

fn root() -> Option<web_sys::Element> {
    web_sys::window()?.document()?.document_element()
}

/// The theme of the system until one is chosen; a choice stays in this browser.
#[component]
fn ThemeSwitch() -> impl IntoView {
    let storage = || {
        web_sys::window()
            .and_then(|window| window.local_storage().ok())
            .flatten()
    };
    let system_is_dark = web_sys::window()
        .and_then(|window| window.match_media("(prefers-color-scheme: dark)").ok())
        .flatten()
        .is_some_and(|query| query.matches());
    let chosen = storage()
        .and_then(|storage| storage.get_item(THEME).ok())
        .flatten();
    let dark = RwSignal::new(
        chosen
            .as_deref()
            .map_or(system_is_dark, |theme| theme == "dark"),
    );
    let show = |theme: &str| {
        if let Some(root) = root() {
            let _ = root.set_attribute("data-theme", theme);
        }
    };
    if let Some(theme) = chosen.as_deref() {
        show(theme);
    }
    let switch = move |_| {
        dark.update(|dark| *dark = !*dark);
        let theme = if dark.get_untracked() {
            "dark"
        } else {
            "light"
        };
        show(theme);
        if let Some(storage) = storage() {
            let _ = storage.set_item(THEME, theme);
        }
    };
    view! {
        <button
            type="button"
            class="button quiet square"
            aria-label=move || if dark.get() { "Use the light theme" } else { "Use the dark theme" }
            on:click=switch
        >
            <Icon name="theme"/>
        </button>
    }
}

/// Asks for a key where the address brought none.
#[component]
fn KeyGate(api: Api) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let wrong = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(input) = input.get_untracked() else {
            return;
        };
        wrong.set(!api.use_key(&input.value()));
    };
    view! {
        <section class="card gate">
            <h1>"This page needs a key"</h1>
            <p>"Open the address that the server printed when it started: the key is in it. Or paste a key here; it is kept for this browser session only."</p>
            <form on:submit=submit>
                <div class="field" class:invalid=move || wrong.get()>
                    <label for="key">"Key"</label>
                    <input id="key" type="password" autocomplete="off" node_ref=input aria-invalid=move || wrong.get().to_string() aria-describedby="key-note"/>
                    <p class="note" id="key-note" class:bad=move || wrong.get()>
                        {move || if wrong.get() { "A key begins with flt_." } else { "" }}
                    </p>
                </div>
                <button type="submit" class="button primary">"Use this key"</button>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn NotFound() -> impl IntoView {
    view! {
        <section class="card gate">
            <h1>"There is no such page"</h1>
            <p><a href="/campaigns">"All campaigns"</a></p>
        </section>
    }
}
