//! The plan that is open: what is typed, what the server has, the steps between, and how it is
//! saved. Every edit recalculates at once, is kept in this browser, and is sent when typing rests.

mod copies;
mod others;
mod saving;
mod steps;
mod verdict;

use flighting_core::advertiser::Advertiser;
use flighting_core::campaign::CampaignStatus;
use flighting_core::error::Violation;
use flighting_core::wire::campaign::CampaignOut;
use leptos::prelude::*;

use self::verdict::{Judge, money, wrong};
use super::kept::Kept;
use crate::api::events::Link;
use crate::api::{Api, ApiError};
use crate::changed::changed;
use crate::forms::campaign::{CampaignForm, Checked, Preview};
use crate::forms::grid::Grid;
use crate::forms::history::History;
use crate::forms::merge::Clash;
use crate::forms::scenarios::Scenarios;
use crate::forms::selection::ProductForm;
use crate::forms::sheet::{Base, Sheet};
use crate::pages::campaign::Open;
use crate::pages::live;

/// So long after the last key it is saved, in milliseconds.
const REST_MS: i32 = 700;
/// So long after the last key it is kept in this browser.
const KEEP_MS: i32 = 250;
/// So long after a failed attempt it is tried again.
const AGAIN_MS: i32 = 5_000;

/// How the saving stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Saving {
    /// Nothing is under way.
    Rests,
    /// A request is.
    Busy,
    /// The last attempt failed; it is tried again where that may help.
    Failed(ApiError),
}

/// The plan that is open. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Planner {
    /// What the pages of the campaign share.
    pub(in crate::pages) open: Open,
    api: Api,
    /// The campaign as typed.
    pub form: RwSignal<CampaignForm>,
    /// The products as typed.
    pub products: RwSignal<Vec<ProductForm>>,
    /// What the server has, as far as it is known here.
    pub base: RwSignal<Base>,
    known: RwSignal<CampaignOut>,
    /// The steps.
    pub history: RwSignal<History>,
    /// Fields that both sides changed.
    pub clashes: RwSignal<Vec<Clash>>,
    /// Copies of the plan, one of which may be worked on instead of it.
    pub scenarios: RwSignal<Scenarios>,
    /// The plan both sides changed, and the server's.
    fork: StoredValue<Option<(Sheet, Sheet)>>,
    /// How the saving stands.
    pub saving: RwSignal<Saving>,
    /// Whether this browser refuses to keep what is typed.
    pub cannot_keep: RwSignal<bool>,
    /// The plan at the last step.
    last: StoredValue<Sheet>,
    edits: StoredValue<u64>,
    /// Counts what was painted since it was typed: what shows no money follows it and not what is
    /// typed, so that no key waits for it.
    pub painted: RwSignal<u64>,
    /// Whether it counts one more soon.
    paints: StoredValue<bool>,
    /// What core says of the campaign.
    pub checked: Memo<Checked>,
    /// Its money; while something does not read, the last that did.
    pub preview: Memo<Option<Preview>>,
    /// The table; while something does not read, the last that did.
    pub grid: Memo<Option<Grid>>,
    /// Whether a product does not read: the table has the last of it that did.
    pub unread: Memo<bool>,
    /// Everything wrong, in core's order: the campaign, then the products.
    pub wrong: Memo<Vec<Violation>>,
    /// The same as it is said: behind the frame that shows what was typed.
    pub said: RwSignal<Vec<Violation>>,
    /// The owner.
    pub advertiser: Memo<Option<Advertiser>>,
}

impl Planner {
    /// Opens the plan of a campaign that is loaded.
    pub(in crate::pages) fn open(open: Open, api: Api) -> Option<Self> {
        let out = open.campaign.value_now()?;
        let selection = open.selection.value_now().flatten();
        let fresh = Base::of(&out, selection.as_ref());
        let kept = Kept::read(&out.campaign_id).unwrap_or_else(|| Kept {
            sheet: fresh.sheet.clone(),
            base: fresh,
            history: History::default(),
            scenarios: Scenarios::default(),
        });
        let form = RwSignal::new(kept.sheet.form.clone());
        let products = RwSignal::new(kept.sheet.products.clone());
        let base = RwSignal::new(kept.base);
        let known = RwSignal::new(out);
        let advertiser = Memo::new(move |_| open.advertiser.value());
        let judged = verdict::products(products, base, advertiser);
        let judge = Judge::new(base, known, advertiser);
        let (checked, saved) = judge.check(form);
        let preview = money(checked, saved);
        let grid = judge.table((checked, saved), preview, products, judged);
        let wrong = wrong(checked, grid, judged, advertiser);
        let painted = RwSignal::new(0);
        let said = changed(move || {
            painted.track();
            wrong.get_untracked()
        });
        let unread =
            Memo::new(move |_| judged.with(|judged| judged.iter().any(|one| one.known.is_none())));
        let planner = Self {
            open,
            api,
            form,
            products,
            base,
            known,
            history: RwSignal::new(kept.history),
            clashes: RwSignal::new(Vec::new()),
            scenarios: RwSignal::new(Scenarios {
                at: None,
                ..kept.scenarios
            }),
            fork: StoredValue::new(None),
            saving: RwSignal::new(Saving::Rests),
            cannot_keep: RwSignal::new(false),
            last: StoredValue::new(kept.sheet),
            edits: StoredValue::new(0),
            painted,
            paints: StoredValue::new(false),
            checked,
            preview,
            grid,
            unread,
            wrong,
            said,
            advertiser,
        };
        planner.follow();
        Some(planner)
    }

    /// The plan as typed, not followed.
    #[must_use]
    pub fn sheet(self) -> Sheet {
        Sheet {
            form: self.form.get_untracked(),
            products: self.products.get_untracked(),
        }
    }

    /// The plan as typed, followed.
    #[must_use]
    pub fn sheet_followed(self) -> Sheet {
        Sheet {
            form: self.form.get(),
            products: self.products.get(),
        }
    }

    /// Whether the campaign is still a draft, followed.
    #[must_use]
    pub fn is_draft(self) -> bool {
        self.known
            .with(|known| known.status == CampaignStatus::Draft)
    }

    /// The same, not followed; none once the page is gone.
    #[must_use]
    pub fn is_draft_now(self) -> Option<bool> {
        self.known
            .try_with_untracked(|known| known.status == CampaignStatus::Draft)
    }

    /// The campaign as it was last answered, followed.
    #[must_use]
    pub fn known(self) -> CampaignOut {
        self.known.get()
    }

    /// The plan itself as typed, whatever is worked on; not followed.
    fn plan_sheet(self) -> Sheet {
        let parked = self
            .scenarios
            .with_untracked(|scenarios| scenarios.at.map(|_| scenarios.plan.sheet.clone()));
        parked.unwrap_or_else(|| self.sheet())
    }

    /// Whether a scenario is worked on, followed.
    #[must_use]
    pub fn in_scenario(self) -> bool {
        self.scenarios.with(|scenarios| scenarios.at.is_some())
    }

    /// What is typed and not saved, as people name it; followed once it is painted.
    #[must_use]
    pub fn unsaved(self) -> Vec<&'static str> {
        self.painted.track();
        self.base.with(|base| {
            self.form.with_untracked(|form| {
                self.products
                    .with_untracked(|products| base.unsaved(form, products))
            })
        })
    }

    fn follow(self) {
        // What is typed: a step to undo, something to keep, something to send.
        Effect::new(move |before: Option<()>| {
            self.form.track();
            self.products.track();
            self.grid.track();
            self.checked.track();
            self.wrong.track();
            if before.is_some() {
                self.paint_first();
            } else if !self.is_saved() {
                self.send_later(REST_MS);
            }
        });
        // What others changed: the campaign, and the selection in its session.
        Effect::new(move |_| {
            let (now, busy) = (
                self.open.campaign.value(),
                self.saving.with(|saving| *saving == Saving::Busy),
            );
            if let Some(now) = now.filter(|_| !busy && !self.in_scenario()) {
                self.heard(now);
            }
        });
        Effect::new(move |_| {
            let (now, busy) = (
                self.open.selection.value().flatten(),
                self.saving.with(|saving| *saving == Saving::Busy),
            );
            if let Some(now) = now.filter(|_| !busy && !self.in_scenario()) {
                self.heard_selection(&now);
            }
        });
        // The server is back: what waited goes out.
        if let Some(live) = live() {
            Effect::new(move |before: Option<()>| {
                let back = live.link.get() == Link::Live;
                if before.is_some() && back && !self.is_saved() {
                    self.send_later(0);
                }
            });
        }
        let leave = move || {
            self.noticed();
            self.keep();
        };
        let leaving = window_event_listener_untyped("pagehide", move |_| leave());
        on_cleanup(move || {
            leaving.remove();
            leave();
            self.send_behind();
        });
    }

    fn is_saved(self) -> bool {
        let Sheet { form, products } = self.plan_sheet();
        self.base
            .with_untracked(|base| base.unsaved(&form, &products).is_empty())
    }
}
