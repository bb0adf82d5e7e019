//! What core says of the plan as it is typed: its money, its table, and everything wrong with it.

use flighting_core::advertiser::Advertiser;
use flighting_core::campaign::{Campaign, CampaignStatus};
use flighting_core::error::Violation;
use flighting_core::wire::campaign::CampaignOut;
use leptos::prelude::*;

use crate::clock;
use crate::forms::campaign::{Against, CampaignForm, Checked, Preview, check_create, check_update};
use crate::forms::grid::Grid;
use crate::forms::known;
use crate::forms::selection::{Judged, ProductForm, judge};
use crate::forms::sheet::Base;
use crate::pages::form::last_good;

/// Whether a violation stops saving: what only execute refuses does not.
pub(super) fn stops(violation: &Violation) -> bool {
    use flighting_core::error::Code;
    !matches!(
        violation.code,
        Code::ProductWithoutMoney | Code::PackageWithoutMoney | Code::FlightOver
    )
}

/// What plans are checked against.
#[derive(Clone, Copy)]
pub(super) struct Judge {
    base: RwSignal<Base>,
    known: RwSignal<CampaignOut>,
    advertiser: Memo<Option<Advertiser>>,
    campaign: Memo<Option<Campaign>>,
}

impl Judge {
    pub(super) fn new(
        base: RwSignal<Base>,
        known: RwSignal<CampaignOut>,
        advertiser: Memo<Option<Advertiser>>,
    ) -> Self {
        Self {
            base,
            known,
            advertiser,
            campaign: Memo::new(move |_| {
                advertiser.with(|advertiser| {
                    let advertiser = advertiser.as_ref()?;
                    known.with(|known| known::draft(known, advertiser))
                })
            }),
        }
    }

    /// What core says of a plan as an update of the one that the server has; followed.
    fn says(self, form: &CampaignForm) -> Checked {
        let against = |base: &Base, known: &CampaignOut| {
            self.advertiser.with(|advertiser| {
                self.campaign.with(|campaign| match (campaign, advertiser) {
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
        };
        self.base
            .with(|base| self.known.with(|known| against(base, known)))
    }

    /// What it says of the plan as typed, and of the one that the server has.
    pub(super) fn check(self, form: RwSignal<CampaignForm>) -> (Memo<Checked>, Memo<Checked>) {
        (
            Memo::new(move |_| form.with(|form| self.says(form))),
            Memo::new(move |_| {
                let saved = self.base.with(|base| base.sheet.form.clone());
                self.says(&saved)
            }),
        )
    }

    /// The table of what is typed; while something does not read, the last that did, and where
    /// nothing did, that of the plan the server has.
    pub(super) fn table(
        self,
        (typed, saved): (Memo<Checked>, Memo<Checked>),
        preview: Memo<Option<Preview>>,
        products: RwSignal<Vec<ProductForm>>,
        judged: Memo<Vec<Judged>>,
    ) -> Memo<Option<Grid>> {
        Memo::new(move |before: Option<&Option<Grid>>| {
            let is_draft = self
                .known
                .with(|known| known.status == CampaignStatus::Draft);
            if !is_draft {
                let now = preview.with(|preview| {
                    self.known
                        .with(|known| Grid::bought(known, preview.as_ref()?))
                });
                return now.or_else(|| before.cloned().flatten());
            }
            let lay = |checked: &Checked, preview: &Preview| {
                let plan = checked.plan.as_ref()?;
                // Without the schedule that is typed it is another plan.
                if checked.has_schedule() && plan.pacing.is_none() {
                    return None;
                }
                self.advertiser.with(|advertiser| {
                    judged.with(|judged| {
                        let known: Vec<_> = judged.iter().map(|one| one.laid.as_ref()).collect();
                        products.with(|products| {
                            let products = (products.as_slice(), known.as_slice());
                            Grid::with(plan, preview, advertiser.as_ref()?, products, clock::now())
                        })
                    })
                })
            };
            let now = typed.with(|checked| preview.with(|preview| lay(checked, preview.as_ref()?)));
            now.or_else(|| before.cloned().flatten())
                .or_else(|| saved.with(|saved| lay(saved, saved.preview.as_ref()?)))
        })
    }
}

/// The money of what is typed; while it does not read, the last that did, and where nothing did,
/// that of the plan the server has.
pub(super) fn money(typed: Memo<Checked>, saved: Memo<Checked>) -> Memo<Option<Preview>> {
    let last = last_good(typed);
    Memo::new(move |_| {
        let now = last.get();
        let lacks_schedule = typed.with(Checked::has_schedule)
            && now.as_ref().is_none_or(|now| now.periods.is_none());
        if lacks_schedule {
            return saved.with(|saved| saved.preview.clone()).or(now);
        }
        now.or_else(|| saved.with(|saved| saved.preview.clone()))
    })
}

/// What core says of the products; none before the currency is known. What does not read from the
/// start is laid out as the server has it.
pub(super) fn products(
    products: RwSignal<Vec<ProductForm>>,
    base: RwSignal<Base>,
    advertiser: Memo<Option<Advertiser>>,
) -> Memo<Vec<Judged>> {
    let currency = Memo::new(move |_| {
        advertiser.with(|advertiser| advertiser.as_ref().map(|one| one.currency))
    });
    let changed_currency = StoredValue::new(None);
    Memo::new(move |before: Option<&Vec<Judged>>| {
        let Some(currency) = currency.get() else {
            return Vec::new();
        };
        let same = changed_currency.get_value() == Some(currency);
        changed_currency.set_value(Some(currency));
        let saved;
        let before = if let Some(before) = before.filter(|_| same) {
            before
        } else {
            saved = base.with_untracked(|base| judge(&base.sheet.products, &[], currency));
            &saved
        };
        products.with(|products| judge(products, before, currency))
    })
}

pub(super) fn wrong(
    checked: Memo<Checked>,
    grid: Memo<Option<Grid>>,
    judged: Memo<Vec<Judged>>,
    advertiser: Memo<Option<Advertiser>>,
) -> Memo<Vec<Violation>> {
    Memo::new(move |_| {
        if advertiser.with(Option::is_none) {
            return Vec::new();
        }
        let mut wrong = checked.with(|checked| checked.violations.clone());
        judged.with(|judged| {
            wrong.extend(judged.iter().flat_map(|one| one.violations.iter().cloned()));
        });
        if wrong.is_empty() {
            grid.with(|grid| {
                wrong.extend(grid.iter().flat_map(|grid| grid.refused.iter().cloned()));
            });
        }
        wrong
    })
}
