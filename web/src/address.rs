//! The address of the page: which page is shown, what is searched, and going from one to another
//! without loading anything anew.

use leptos::prelude::*;
use leptos::{ev, tachys::dom::window};
use wasm_bindgen::{JsCast, JsValue};

/// The address, followed. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Address {
    path: RwSignal<String>,
    query: RwSignal<String>,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// All campaigns.
    Campaigns,
    /// A new campaign.
    New,
    /// One campaign, on one of its pages.
    Campaign(String, Tab),
    /// All advertisers.
    Advertisers,
    /// All sales agents.
    Agents,
    /// No page.
    Nowhere,
}

/// A page of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// What it is and how it runs.
    Overview,
    /// The plan.
    Plan,
    /// Choosing products.
    Products,
    /// What would be bought.
    Preflight,
    /// What was delivered.
    Delivery,
    /// Who changed what.
    History,
}

impl Tab {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 6] = [
        Self::Overview,
        Self::Plan,
        Self::Products,
        Self::Preflight,
        Self::Delivery,
        Self::History,
    ];

    /// Its words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Plan => "Plan",
            Self::Products => "Products",
            Self::Preflight => "Pre-flight",
            Self::Delivery => "Delivery",
            Self::History => "History",
        }
    }

    /// The last part of its path; none for the overview.
    #[must_use]
    pub fn part(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Plan => "/plan",
            Self::Products => "/products",
            Self::Preflight => "/execute",
            Self::Delivery => "/delivery",
            Self::History => "/history",
        }
    }
}

impl Place {
    /// The page of a path.
    #[must_use]
    pub fn of(path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] | ["campaigns"] => Self::Campaigns,
            ["campaigns", "new"] => Self::New,
            ["advertisers"] => Self::Advertisers,
            ["sales-agents"] => Self::Agents,
            ["campaigns", id, rest @ ..] => Tab::ALL
                .into_iter()
                .find(|tab| match rest {
                    [] => tab.part().is_empty(),
                    [part] => tab.part().strip_prefix('/') == Some(*part),
                    _ => false,
                })
                .map_or(Self::Nowhere, |tab| Self::Campaign((*id).to_owned(), tab)),
            _ => Self::Nowhere,
        }
    }
}

impl Address {
    /// The address as it is; links inside the page and the browser's own back and forward change it.
    #[must_use]
    pub fn open() -> Self {
        let address = Self {
            path: RwSignal::new(String::new()),
            query: RwSignal::new(String::new()),
        };
        address.read();
        window_event_listener(ev::popstate, move |_| address.read());
        window_event_listener(ev::click, move |event| {
            if let Some(to) = link(&event) {
                event.prevent_default();
                address.go(&to);
            }
        });
        address
    }

    fn read(self) {
        let location = window().location();
        self.query.set(location.search().unwrap_or_default());
        self.path.set(location.pathname().unwrap_or_default());
    }

    /// The page, followed.
    #[must_use]
    pub fn place(self) -> Place {
        self.path.with(|path| Place::of(path))
    }

    /// Goes to a path of this site. The focus goes to the content, so that a reader begins there.
    pub fn go(self, to: &str) {
        if let Ok(history) = window().history() {
            let _ = history.push_state_with_url(&JsValue::NULL, "", Some(to));
        }
        self.read();
        window().scroll_to_with_x_and_y(0.0, 0.0);
        let main = window()
            .document()
            .and_then(|document| document.get_element_by_id("main"))
            .and_then(|main| main.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(main) = main {
            let _ = main.focus();
        }
    }

    /// A value of the query, followed.
    #[must_use]
    pub fn asked(self, name: &str) -> Option<String> {
        self.query.with(|query| {
            web_sys::UrlSearchParams::new_with_str(query)
                .ok()?
                .get(name)
        })
    }

    /// Writes values into the query without a step in the browser's history; none takes one out.
    pub fn ask(self, values: &[(&str, Option<String>)]) {
        let Ok(params) = self
            .query
            .with_untracked(|query| web_sys::UrlSearchParams::new_with_str(query))
        else {
            return;
        };
        for (name, value) in values {
            match value {
                Some(value) => params.set(name, value),
                None => params.delete(name),
            }
        }
        let query = String::from(params.to_string());
        let path = self.path.get_untracked();
        let url = if query.is_empty() {
            path
        } else {
            format!("{path}?{query}")
        };
        if let Ok(history) = window().history() {
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&url));
        }
        self.query.set(query);
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Address")
    }
}

/// The path that a click on a link leads to; none where the browser shall do it: another site, a
/// new window, an API document.
fn link(event: &ev::MouseEvent) -> Option<String> {
    let plain = event.button() == 0
        && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key())
        && !event.default_prevented();
    let from: web_sys::Element = event.target()?.dyn_into().ok()?;
    let link = from.closest("a[href^='/']").ok().flatten()?;
    let to = link.get_attribute("href")?;
    let ours = plain && !to.starts_with("//") && !to.starts_with("/api/");
    (ours && !link.has_attribute("target") && !link.has_attribute("download")).then_some(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_its_path_and_nothing_else_is_one() {
        assert_eq!(Place::of("/"), Place::Campaigns);
        assert_eq!(Place::of("/campaigns/"), Place::Campaigns);
        assert_eq!(Place::of("/campaigns/new"), Place::New);
        assert_eq!(Place::of("/advertisers"), Place::Advertisers);
        assert_eq!(Place::of("/sales-agents"), Place::Agents);
        for tab in Tab::ALL {
            assert_eq!(
                Place::of(&format!("/campaigns/cmp_1{}", tab.part())),
                Place::Campaign("cmp_1".into(), tab)
            );
        }
        for path in ["/campaigns/cmp_1/x", "/campaigns/cmp_1/plan/x", "/x"] {
            assert_eq!(Place::of(path), Place::Nowhere, "{path}");
        }
    }
}
