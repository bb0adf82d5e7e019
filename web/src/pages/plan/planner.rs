//! The plan that is open: what is typed, what the server has, the steps between, and how it is
//! saved. Every edit recalculates at once, is kept in this browser, and is sent when typing rests.

use flighting_core::advertiser::Advertiser;
use flighting_core::campaign::CampaignStatus;
use flighting_core::error::Violation;
use flighting_core::wire::campaign::CampaignOut;
use flighting_core::wire::discovery::SelectionOut;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::kept::Kept;
use crate::api::events::Link;
use crate::api::{Api, ApiError, Cause};
use crate::clock;
use crate::forms::campaign::{Against, CampaignForm, Checked, Preview, check_create, check_update};
use crate::forms::grid::Grid;
use crate::forms::history::History;
use crate::forms::known;
use crate::forms::merge::{Clash, differing, merge, take_theirs};
use crate::forms::scenarios::{MOST, Scenario, Scenarios};
use crate::forms::selection::ProductForm;
use crate::forms::sheet::{Base, Sheet};
use crate::pages::campaign::Open;
use crate::pages::form::last_good;
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
    /// What core says of the campaign.
    pub checked: Memo<Checked>,
    /// Its money; while something does not read, the last that did.
    pub preview: Memo<Option<Preview>>,
    /// The table; while something does not read, the last that did.
    pub grid: Memo<Option<Grid>>,
    /// Everything wrong, in core's order: the campaign, then the products.
    pub wrong: Memo<Vec<Violation>>,
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
        let checked = check(form, base, known, advertiser);
        let preview = last_good(checked);
        let grid = table(checked, preview, products, known, advertiser);
        let wrong = wrong(checked, grid, products, advertiser);
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
            checked,
            preview,
            grid,
            wrong,
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

    /// Whether the campaign is still a draft, followed.
    #[must_use]
    pub fn is_draft(self) -> bool {
        self.known
            .with(|known| known.status == CampaignStatus::Draft)
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

    /// What is typed and not saved, as people name it; followed.
    #[must_use]
    pub fn unsaved(self) -> Vec<&'static str> {
        let sheet = Sheet {
            form: self.form.get(),
            products: self.products.get(),
        };
        self.base.with(|base| base.unsaved(&sheet))
    }

    fn follow(self) {
        // What is typed: a step to undo, something to keep, something to send.
        Effect::new(move |before: Option<()>| {
            self.form.track();
            self.products.track();
            if before.is_some() {
                self.noticed();
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
        let leaving = window_event_listener_untyped("pagehide", move |_| self.keep());
        on_cleanup(move || {
            leaving.remove();
            self.keep();
            self.send_behind();
        });
    }

    /// The page goes before what was typed last was sent: it is sent all the same, as far as one
    /// request takes it. What came of it is seen when the plan is opened again.
    fn send_behind(self) {
        if !self.may_send() {
            return;
        }
        let (sheet, base) = (self.sheet(), self.base.get_untracked());
        let (api, open, id) = (self.api, self.open, self.open.id.get_untracked());
        if sheet.form.changes(&base.sheet.form).is_empty() {
            return;
        }
        let body = sheet.form.update_body(&base.sheet.form, base.revision);
        spawn_local(async move {
            if let Ok(out) = api.update_campaign(id, body).await {
                open.campaign.put(out);
            }
        });
    }

    /// Whether there is something to send and nothing speaks against it; false once the page is
    /// gone.
    fn may_send(self) -> bool {
        self.saving
            .try_with_untracked(|saving| *saving != Saving::Busy)
            == Some(true)
            && self.clashes.with_untracked(Vec::is_empty)
            && self
                .scenarios
                .with_untracked(|scenarios| scenarios.at.is_none())
            && self
                .wrong
                .with_untracked(|wrong| wrong.iter().all(|one| !stops(one)))
            && !self.is_saved()
            && self.advertiser.with_untracked(Option::is_some)
    }

    fn is_saved(self) -> bool {
        let sheet = self.plan_sheet();
        self.base
            .with_untracked(|base| base.unsaved(&sheet).is_empty())
    }

    /// Takes notice of an edit; called by itself, and before a step back.
    fn noticed(self) {
        let now = self.sheet();
        let last = self.last.get_value();
        if now == last {
            return;
        }
        let paths = differing(&last, &now);
        self.history
            .update(|history| history.record(&last, paths, clock::now().timestamp_millis()));
        self.last.set_value(now);
        self.moved();
    }

    /// The plan changed by whatever way: keep it soon, send it later.
    fn moved(self) {
        if !matches!(self.saving.get_untracked(), Saving::Busy) {
            self.saving.set(Saving::Rests);
        }
        let edit = self.edits.get_value() + 1;
        self.edits.set_value(edit);
        spawn_local(async move {
            clock::wait(KEEP_MS).await;
            if self.edits.try_get_value() == Some(edit) {
                self.keep();
            }
        });
        self.send_later(REST_MS);
    }

    fn keep(self) {
        if self.edits.try_get_value().is_none() {
            return;
        }
        let Some(id) = self.open.id.try_get_untracked() else {
            return;
        };
        let mut scenarios = self.scenarios.get_untracked();
        self.park(&mut scenarios);
        let Scenario {
            name: _,
            sheet,
            history,
        } = scenarios.plan.clone();
        let worth = !self.is_saved()
            || history.can_undo()
            || history.can_redo()
            || !scenarios.all.is_empty();
        if worth {
            let kept = Kept {
                base: self.base.get_untracked(),
                sheet,
                history,
                scenarios,
            };
            self.cannot_keep.try_set(!kept.write(&id));
        } else {
            Kept::forget(&id);
        }
    }

    /// Puts what is worked on where it belongs.
    fn park(self, scenarios: &mut Scenarios) {
        let (sheet, history) = (self.sheet(), self.history.get_untracked());
        let slot = match scenarios.at {
            None => Some(&mut scenarios.plan),
            Some(at) => scenarios.all.get_mut(at),
        };
        if let Some(slot) = slot {
            slot.sheet = sheet;
            slot.history = history;
        }
    }

    /// Copies what is worked on as a scenario and works on the copy.
    pub fn copy(self) {
        self.noticed();
        let sheet = self.sheet();
        let mut made = None;
        self.scenarios.update(|scenarios| {
            if scenarios.all.len() + 1 < MOST {
                let name = ["A", "B"]
                    .into_iter()
                    .map(|letter| format!("Scenario {letter}"))
                    .find(|name| scenarios.all.iter().all(|one| one.name != *name));
                made = Some(scenarios.all.len());
                scenarios.all.push(Scenario {
                    name: name.unwrap_or_default(),
                    sheet,
                    history: History::default(),
                });
            }
        });
        if made.is_some() {
            self.work_on(made);
        }
    }

    /// Works on a scenario, or on the plan again.
    pub fn work_on(self, to: Option<usize>) {
        self.noticed();
        let mut scenarios = self.scenarios.get_untracked();
        self.park(&mut scenarios);
        let target = match to {
            None => Some(scenarios.plan.clone()),
            Some(at) => scenarios.all.get(at).cloned(),
        };
        let Some(target) = target else { return };
        scenarios.at = to;
        self.history.set(target.history);
        self.scenarios.set(scenarios);
        self.put(target.sheet);
        self.moved();
    }

    /// Takes a scenario as the plan: one step, which can be undone.
    pub fn take_as_plan(self, at: usize) {
        self.work_on(None);
        let sheet = self
            .scenarios
            .with_untracked(|scenarios| scenarios.all.get(at).map(|one| one.sheet.clone()));
        if let Some(sheet) = sheet {
            self.replace(sheet);
        }
    }

    /// Throws a scenario away.
    pub fn throw_away(self, at: usize) {
        self.work_on(None);
        self.scenarios.update(|scenarios| {
            if at < scenarios.all.len() {
                scenarios.all.remove(at);
            }
        });
        self.moved();
    }

    /// Takes the last edit back.
    pub fn undo(self) {
        self.noticed();
        let now = self.sheet();
        let before = self
            .history
            .try_update(|history| history.undo(&now))
            .flatten();
        self.show(before);
    }

    /// Takes the last undo back.
    pub fn redo(self) {
        self.noticed();
        let now = self.sheet();
        let after = self
            .history
            .try_update(|history| history.redo(&now))
            .flatten();
        self.show(after);
    }

    fn show(self, sheet: Option<Sheet>) {
        if let Some(sheet) = sheet {
            self.put(sheet);
            self.moved();
        }
    }

    /// Makes another plan the one that is typed, as one step.
    pub fn replace(self, sheet: Sheet) {
        self.noticed();
        self.form.set(sheet.form);
        self.products.set(sheet.products);
    }

    /// Shows a plan without making a step of it.
    fn put(self, sheet: Sheet) {
        self.last.set_value(sheet.clone());
        self.form.set(sheet.form);
        self.products.set(sheet.products);
    }

    fn heard(self, now: CampaignOut) {
        let base = self.base.get_untracked();
        if now.revision > base.revision {
            let mut theirs = Base::of(&now, None);
            theirs.sheet.products.clone_from(&base.sheet.products);
            theirs.selected = base.selected;
            self.take(theirs);
        }
        if now.revision >= base.revision && self.known.with_untracked(|known| *known != now) {
            self.known.set(now);
        }
    }

    fn heard_selection(self, now: &SelectionOut) {
        let base = self.base.get_untracked();
        if now.revision > base.selected {
            let mut theirs = base;
            theirs.sheet.products = now.products.iter().map(ProductForm::of).collect();
            theirs.selected = now.revision;
            self.take(theirs);
        }
    }

    /// Puts together what is typed with what the server has now.
    fn take(self, theirs: Base) {
        self.noticed();
        let base = self.base.get_untracked().sheet;
        let merged = merge(&base, &self.sheet(), &theirs.sheet);
        self.history
            .update(|history| history.rebase(|step| merge(&base, step, &theirs.sheet).sheet));
        // A clash that stands is still one, whatever came after it.
        self.clashes.update(|clashes| {
            clashes.retain(|old| !merged.clashes.iter().any(|new| new.path == old.path));
            clashes.extend(merged.clashes);
        });
        self.fork.set_value(Some((base, theirs.sheet.clone())));
        self.base.set(theirs);
        self.put(merged.sheet);
        self.moved();
    }

    /// Decides one clash: what is typed stays, or the server's value is taken.
    pub fn decide(self, path: &str, mine: bool) {
        if !mine && let Some((base, theirs)) = self.fork.get_value() {
            let mut sheet = self.sheet();
            take_theirs(&base, &mut sheet, &theirs, path);
            self.replace(sheet);
        }
        self.clashes
            .update(|clashes| clashes.retain(|clash| clash.path != path));
        self.send_later(0);
    }

    /// Saves when typing has rested so long.
    pub fn send_later(self, millis: i32) {
        let edit = self.edits.get_value();
        spawn_local(async move {
            clock::wait(millis).await;
            if self.edits.try_get_value() == Some(edit) {
                self.send().await;
            }
        });
    }

    /// Sends what is typed and not saved, as long as there is something and nothing speaks against
    /// it. One request at a time.
    async fn send(self) {
        loop {
            if !self.may_send() {
                return;
            }
            self.saving.set(Saving::Busy);
            let answer = self.send_once().await;
            match answer {
                Ok(()) => {
                    self.saving.try_set(Saving::Rests);
                    self.keep();
                }
                Err(error) => {
                    let again = match error.cause {
                        Cause::Unreachable => true,
                        Cause::Unreadable => false,
                        Cause::Refused(_) => error.status >= 500 || error.status == 429,
                    };
                    let stale = error.status == 409;
                    self.saving.try_set(Saving::Failed(error));
                    if stale {
                        self.open.refresh_with(self.api);
                        self.refresh_selection();
                    }
                    if again {
                        let edit = self.edits.try_get_value();
                        clock::wait(AGAIN_MS).await;
                        if edit.is_some() && self.edits.try_get_value() == edit {
                            continue;
                        }
                    }
                    return;
                }
            }
        }
    }

    async fn send_once(self) -> Result<(), ApiError> {
        let sheet = self.sheet();
        let base = self.base.get_untracked();
        let id = self.open.id.get_untracked();
        if !sheet.form.changes(&base.sheet.form).is_empty() {
            let body = sheet.form.update_body(&base.sheet.form, base.revision);
            let out = self.api.update_campaign(id, body).await?;
            self.base.try_update(|base| {
                base.sheet.form.clone_from(&sheet.form);
                base.revision = out.revision;
            });
            self.known.try_set(out.clone());
            self.open.campaign.put(out);
            return Ok(());
        }
        let session = self
            .known
            .with_untracked(|known| known.discovery_id.clone());
        let Some(session) = session else {
            return Ok(());
        };
        if let Some(body) = base.removing(&sheet) {
            let out = self.api.deselect(session, body).await?;
            self.selected(&sheet, out);
        } else if let Some(body) = base.selecting(&sheet) {
            let out = self.api.select(session, body).await?;
            self.selected(&sheet, out);
        }
        Ok(())
    }

    /// The selection was saved: what was typed for the products that it holds is what it has.
    fn selected(self, sent: &Sheet, out: SelectionOut) {
        self.base.try_update(|base| {
            base.selected = out.revision;
            base.sheet.products = out
                .products
                .iter()
                .map(|product| {
                    let theirs = ProductForm::of(product);
                    match sent.same(&theirs) {
                        Some(mine) if theirs.says_the_same(mine) => mine.clone(),
                        _ => theirs,
                    }
                })
                .collect();
        });
        self.open.selection.put(Some(out));
    }

    fn refresh_selection(self) {
        let session = self
            .known
            .with_untracked(|known| known.discovery_id.clone());
        if let Some(session) = session {
            let api = self.api;
            self.open.selection.refresh(move || {
                let session = session.clone();
                async move { api.selection(session).await.map(Some) }
            });
        }
    }
}

/// Whether a violation stops saving: what only execute refuses does not.
fn stops(violation: &Violation) -> bool {
    use flighting_core::error::Code;
    !matches!(
        violation.code,
        Code::ProductWithoutMoney | Code::PackageWithoutMoney | Code::FlightOver
    )
}

fn check(
    form: RwSignal<CampaignForm>,
    base: RwSignal<Base>,
    known: RwSignal<CampaignOut>,
    advertiser: Memo<Option<Advertiser>>,
) -> Memo<Checked> {
    let campaign = Memo::new(move |_| {
        advertiser.with(|advertiser| {
            let advertiser = advertiser.as_ref()?;
            known.with(|known| known::draft(known, advertiser))
        })
    });
    Memo::new(move |_| {
        form.with(|form| {
            base.with(|base| {
                known.with(|known| {
                    advertiser.with(|advertiser| {
                        campaign.with(|campaign| match (campaign, advertiser) {
                            (Some(campaign), Some(advertiser)) => check_update(
                                form,
                                Against {
                                    before: &base.sheet.form,
                                    revision: base.revision,
                                    known,
                                    campaign,
                                    advertiser,
                                },
                            ),
                            _ => check_create(form, advertiser.as_ref()),
                        })
                    })
                })
            })
        })
    })
}

fn table(
    checked: Memo<Checked>,
    preview: Memo<Option<Preview>>,
    products: RwSignal<Vec<ProductForm>>,
    known: RwSignal<CampaignOut>,
    advertiser: Memo<Option<Advertiser>>,
) -> Memo<Option<Grid>> {
    Memo::new(move |before: Option<&Option<Grid>>| {
        let is_draft = known.with(|known| known.status == CampaignStatus::Draft);
        let now = preview.with(|preview| {
            let preview = preview.as_ref()?;
            if !is_draft {
                return known.with(|known| Grid::bought(known, preview));
            }
            checked.with(|checked| {
                let plan = checked.plan.as_ref()?;
                advertiser.with(|advertiser| {
                    products.with(|products| {
                        Grid::of(plan, preview, advertiser.as_ref()?, products, clock::now())
                    })
                })
            })
        });
        now.or_else(|| before.cloned().flatten())
    })
}

fn wrong(
    checked: Memo<Checked>,
    grid: Memo<Option<Grid>>,
    products: RwSignal<Vec<ProductForm>>,
    advertiser: Memo<Option<Advertiser>>,
) -> Memo<Vec<Violation>> {
    Memo::new(move |_| {
        if advertiser.with(Option::is_none) {
            return Vec::new();
        }
        let mut wrong = checked.with(|checked| checked.violations.clone());
        let currency = advertiser.with(|advertiser| advertiser.as_ref().map(|one| one.currency));
        if let Some(currency) = currency {
            products.with(|products| {
                for (index, product) in products.iter().enumerate() {
                    wrong.extend(
                        product
                            .violations(currency)
                            .into_iter()
                            .map(|mut violation| {
                                violation.path = violation.path.replacen(
                                    "products[0]",
                                    &format!("products[{index}]"),
                                    1,
                                );
                                violation
                            }),
                    );
                }
            });
        }
        if wrong.is_empty() {
            grid.with(|grid| {
                wrong.extend(grid.iter().flat_map(|grid| grid.refused.iter().cloned()));
            });
        }
        wrong
    })
}
