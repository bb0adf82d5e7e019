//! A plan that is held while it is edited: read once, changed by path, with what it comes to and
//! what is wrong with it at hand after every edit. An edit reads and reckons what follows from it:
//! the edited product alone, or the members of the campaign, whose number is limited; never the
//! other products. Packages are laid out when somebody asks for them.

use std::cell::OnceCell;

use serde::{Deserialize, Serialize};

use super::check::read_campaign;
use super::edit::{Edit, apply};
use super::explain::{ExplanationOut, explain};
use super::money::media_of;
use super::options::Asked;
use super::packages::{PlannedPackages, campaign_of, plan_packages};
use super::read::{MoneyMembers, duplicates, money_members, product};
use super::{Answer, MAX_PRODUCTS, refused};
use crate::budget::fee_lines;
use crate::campaign::Campaign;
use crate::error::{Code, Violation};
use crate::execution::{Outline, outline};
use crate::money::{Currency, Money};
use crate::pacing::{Resolved, resolve};
use crate::selection::SelectedProduct;
use crate::table::{Table, table};
use crate::wire::Amount;
use crate::wire::error::ErrorBody;
use crate::wire::json::{Json, Step, shorten, steps};
use crate::wire::read::{Item, Reader};

/// What a held plan comes to, in major units of `currency`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlanTotals {
    /// The currency of every amount here.
    pub currency: String,
    /// Everything the advertiser commits, fees included.
    pub total: Amount,
    /// The sum of the fee lines.
    pub fees_total: Amount,
    /// Total less fees.
    pub media_budget: Amount,
    /// What media buys hold of it already.
    pub allocated_budget: Amount,
    /// Media budget less allocated.
    pub unallocated_budget: Amount,
    /// The sum of the products' budgets, even shares included; `null` while a product is wrong.
    pub planned_budget: Option<Amount>,
    /// What the products ask for beyond what there is; execute refuses above 0.
    pub short_by: Option<Amount>,
    /// How many products there are.
    pub product_count: u32,
    /// How many packages they come to; `null` while a product is wrong.
    pub package_count: Option<u32>,
}

/// A plan under edit.
#[derive(Debug)]
pub struct HeldPlan {
    document: Json,
    asked: Asked,
    campaign: CampaignPart,
    products: Vec<Result<SelectedProduct, Vec<Violation>>>,
    /// What is wrong with the list of products as a whole.
    list_issues: Vec<Violation>,
    reckoned: Reckoned,
    before: Reckoned,
    undo: Vec<Edit>,
    redo: Vec<Edit>,
}

/// What was read of everything but the products.
#[derive(Debug, Default)]
struct CampaignPart {
    issues: Vec<Violation>,
    money: Option<(MoneyMembers, Campaign)>,
}

/// What a plan comes to, kept to be compared after the next edit.
#[derive(Debug, Default)]
struct Reckoned {
    money: Option<Moneys>,
    outline: Option<Outline>,
    refused: Option<Box<ErrorBody>>,
    table: OnceCell<Option<Table>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Moneys {
    total: Money,
    fees: Vec<Money>,
    media: Money,
    allocated: Money,
    unallocated: Money,
    periods: Vec<Resolved>,
}

impl HeldPlan {
    /// Holds a plan, right or wrong.
    #[must_use]
    pub fn new(document: Json, asked: Asked) -> Self {
        let mut held = Self {
            document,
            asked,
            campaign: CampaignPart::default(),
            products: Vec::new(),
            list_issues: Vec::new(),
            reckoned: Reckoned::default(),
            before: Reckoned::default(),
            undo: Vec::new(),
            redo: Vec::new(),
        };
        held.read_campaign();
        held.read_products();
        held.reckon();
        held
    }

    /// The plan as it is now.
    #[must_use]
    pub fn document(&self) -> &Json {
        &self.document
    }

    /// Sets the value at a path. A list takes one more entry at its end; an object takes a new
    /// member.
    ///
    /// # Errors
    /// A path that leads nowhere; nothing changed then.
    pub fn set(&mut self, path: &str, value: Json) -> Answer<()> {
        self.edit(Edit::put(path, value))
    }

    /// Takes out the member or entry at a path.
    ///
    /// # Errors
    /// A path where nothing is; nothing changed then.
    pub fn remove(&mut self, path: &str) -> Answer<()> {
        self.edit(Edit::remove(path))
    }

    fn edit(&mut self, edit: Edit) -> Answer<()> {
        let inverse = self.apply(edit)?;
        self.undo.push(inverse);
        self.redo.clear();
        Ok(())
    }

    /// Takes the last edit back; `false` when there is none.
    pub fn undo(&mut self) -> bool {
        let Some(edit) = self.undo.pop() else {
            return false;
        };
        if let Ok(inverse) = self.apply(edit) {
            self.redo.push(inverse);
        }
        true
    }

    /// Does the last edit that was taken back again; `false` when there is none.
    pub fn redo(&mut self) -> bool {
        let Some(edit) = self.redo.pop() else {
            return false;
        };
        if let Ok(inverse) = self.apply(edit) {
            self.undo.push(inverse);
        }
        true
    }

    fn apply(&mut self, edit: Edit) -> Answer<Edit> {
        let path = edit.path.clone();
        let currency = self.currency();
        let moves = edit.moves_entries(&self.document);
        let inverse = apply(&mut self.document, edit).ok_or_else(|| {
            refused(vec![Violation::new(
                "path",
                Code::NotFound,
                format!(
                    "expected the path of a value in the plan, got `{}`",
                    shorten(&path)
                ),
            )])
        })?;
        match steps(&path).as_deref() {
            Some([Step::Member("products"), Step::At(index), ..]) if !moves => {
                self.read_product(*index);
            }
            Some([Step::Member("products"), ..]) => self.read_products(),
            Some([]) | None => {
                self.read_campaign();
                self.read_products();
            }
            Some(_) => {
                self.read_campaign();
                if self.currency() != currency {
                    self.read_products();
                }
            }
        }
        self.reckon();
        Ok(inverse)
    }

    fn currency(&self) -> Option<Currency> {
        self.asked.currency_of(&self.document)
    }

    fn read_campaign(&mut self) {
        let issues = read_campaign(&self.document, &self.asked, &["products"])
            .err()
            .unwrap_or_default();
        let money = money_members(&self.document, &self.asked)
            .ok()
            .and_then(|members| {
                let campaign = campaign_of(members.kind, members.plan.clone())?;
                Some((members, campaign))
            });
        self.campaign = CampaignPart { issues, money };
    }

    fn read_products(&mut self) {
        self.list_issues.clear();
        self.products.clear();
        let list = match self.document.member("products") {
            None | Some(Json::Null) => return,
            Some(Json::List(list)) if list.len() <= MAX_PRODUCTS => list,
            Some(other) => {
                let mut reader = Reader::new();
                let _none =
                    Item::at(&mut reader, "products", other).list(&mut reader, 0, MAX_PRODUCTS);
                self.list_issues = reader.finish::<()>(None).err().unwrap_or_default();
                return;
            }
        };
        self.products = (0..list.len()).map(|_| Err(Vec::new())).collect();
        for index in 0..self.products.len() {
            self.read_one(index);
        }
        self.find_duplicates();
    }

    fn read_product(&mut self, index: usize) {
        let key = |held: &Self| {
            held.products
                .get(index)
                .and_then(|read| read.as_ref().ok())
                .map(|product| product.key.clone())
        };
        let before = key(self);
        self.read_one(index);
        if key(self) != before {
            self.find_duplicates();
        }
    }

    fn read_one(&mut self, index: usize) {
        let value = self
            .document
            .member("products")
            .and_then(|list| list.step(&Step::At(index)));
        let stand_in = || Currency::parse("CLF");
        let (Some(value), Some(currency)) = (value, self.currency().or_else(stand_in)) else {
            return;
        };
        let mut reader = Reader::new();
        let item = Item::at(&mut reader, &format!("products[{index}]"), value);
        let read = product(item, &mut reader, currency);
        let read = reader.finish(read);
        if let Some(place) = self.products.get_mut(index) {
            *place = read;
        }
    }

    fn find_duplicates(&mut self) {
        let readable: Vec<_> = self
            .products
            .iter()
            .enumerate()
            .filter_map(|(index, read)| Some((index, read.as_ref().ok()?)))
            .collect();
        self.list_issues = duplicates(readable);
    }

    /// The products, where every one of them is right.
    fn sound_products(&self) -> Option<Vec<&SelectedProduct>> {
        if !self.list_issues.is_empty() {
            return None;
        }
        self.products
            .iter()
            .map(|read| read.as_ref().ok())
            .collect()
    }

    fn reckon(&mut self) {
        let mut next = Reckoned::default();
        if let Some((members, campaign)) = &self.campaign.money {
            next.money = moneys(members).ok();
            if let Some(products) = self.sound_products().filter(|list| !list.is_empty()) {
                match outline(campaign, &products) {
                    Ok(outline) => next.outline = Some(outline),
                    Err(refusal) => next.refused = Some(refusal.into()),
                }
            }
        }
        self.before = std::mem::replace(&mut self.reckoned, next);
    }

    /// Everything wrong with the plan, in the order of [`validate_plan`](super::validate_plan).
    #[must_use]
    pub fn issues(&self) -> Vec<Violation> {
        let mut issues = self.campaign.issues.clone();
        for read in &self.products {
            issues.extend(read.as_ref().err().into_iter().flatten().cloned());
        }
        // Repeats are told when every product can be read.
        if self.products.iter().all(Result::is_ok) {
            issues.extend(self.list_issues.iter().cloned());
        }
        if issues.is_empty()
            && let Some(refused) = &self.reckoned.refused
            && let Some(details) = &refused.details
        {
            issues.extend(details.issues.iter().cloned());
        }
        issues
    }

    /// What the plan comes to; `None` while its money cannot be read.
    #[must_use]
    pub fn totals(&self) -> Option<PlanTotals> {
        let money = self.reckoned.money.as_ref()?;
        let sound = self.sound_products().is_some() && self.reckoned.refused.is_none();
        let zero = Money::zero(money.total.currency());
        let outline = self.reckoned.outline.as_ref();
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let of_outline = |amount: fn(&Outline) -> Money| {
            sound.then(|| Amount::from(outline.map_or(zero, amount)))
        };
        Some(PlanTotals {
            currency: money.total.currency().code().to_owned(),
            total: money.total.into(),
            fees_total: Money::sum(zero.currency(), money.fees.iter().copied())
                .unwrap_or(zero)
                .into(),
            media_budget: money.media.into(),
            allocated_budget: money.allocated.into(),
            unallocated_budget: money.unallocated.into(),
            planned_budget: of_outline(|outline| outline.asked),
            short_by: of_outline(|outline| outline.short_by),
            product_count: count(self.products.len()),
            package_count: sound.then(|| {
                outline.map_or(0, |outline| {
                    let columns = outline.columns.as_ref().map_or(1, Vec::len);
                    count(outline.budgets.len() * columns)
                })
            }),
        })
    }

    /// The paths of all amounts that the last edit, undo or redo changed: what it set, and what
    /// followed from it.
    #[must_use]
    pub fn changed(&self) -> Vec<String> {
        let (before, now) = (&self.before, &self.reckoned);
        let mut paths = Vec::new();
        let mut differ = |path: String, before: Option<Money>, now: Option<Money>| {
            if before != now {
                paths.push(path);
            }
        };
        let (old, new) = (before.money.as_ref(), now.money.as_ref());
        let mut single = |path: &str, pick: fn(&Moneys) -> Money| {
            differ(path.to_owned(), old.map(pick), new.map(pick));
        };
        single("budget.total", |money| money.total);
        single("mediaBudget", |money| money.media);
        single("allocatedBudget", |money| money.allocated);
        single("unallocatedBudget", |money| money.unallocated);
        let fees = |money: Option<&Moneys>, index: usize| money?.fees.get(index).copied();
        for index in 0..longest(old, new, |money| money.fees.len()) {
            let path = format!("fees[{index}].amount");
            differ(path, fees(old, index), fees(new, index));
        }
        let period = |money: Option<&Moneys>, index: usize| money?.periods.get(index).copied();
        for index in 0..longest(old, new, |money| money.periods.len()) {
            let (old, new) = (period(old, index), period(new, index));
            let path = |member: &str| format!("pacingPeriods.periods[{index}].{member}");
            differ(path("budget"), old.map(|p| p.budget), new.map(|p| p.budget));
            differ(path("mediaBudget"), old.map(|p| p.net), new.map(|p| p.net));
        }
        let rows = longest(before.outline.as_ref(), now.outline.as_ref(), |outline| {
            outline.budgets.len()
        });
        for row in 0..rows {
            let path = format!("products[{row}].budget");
            differ(path, before.budget(row), now.budget(row));
        }
        let columns = before.columns().max(now.columns());
        for row in 0..rows {
            for column in 0..columns {
                let (old, new) = (before.package(row, column), now.package(row, column));
                if old != new {
                    let path = format!("products[{row}].packages[{column}].budget");
                    differ(path, old, new);
                }
            }
        }
        paths
    }

    /// What executing the plan would buy now.
    ///
    /// # Errors
    /// As [`plan_packages`].
    pub fn packages(&self) -> Answer<PlannedPackages> {
        plan_packages(&self.document, &self.asked)
    }

    /// Why an amount of the plan is what it is.
    ///
    /// # Errors
    /// As [`explain`].
    pub fn explain(&self, path: &str) -> Answer<ExplanationOut> {
        explain(&self.document, path, &self.asked)
    }
}

fn longest<T>(a: Option<&T>, b: Option<&T>, length: impl Fn(&T) -> usize) -> usize {
    a.map_or(0, &length).max(b.map_or(0, &length))
}

fn moneys(members: &MoneyMembers) -> Answer<Moneys> {
    let plan = &members.plan;
    let total = plan.budget.total;
    let (media, unallocated) = media_of(members)?;
    let periods = match &plan.pacing {
        None => Vec::new(),
        Some(pacing) => resolve(pacing, total, media, &members.executed, unallocated)?,
    };
    Ok(Moneys {
        total,
        fees: fee_lines(total, &plan.fees)?
            .into_iter()
            .map(|line| line.amount)
            .collect(),
        media,
        allocated: members.allocated,
        unallocated,
        periods,
    })
}

impl Reckoned {
    fn budget(&self, row: usize) -> Option<Money> {
        let (budget, _) = self.outline.as_ref()?.budgets.get(row)?;
        Some(*budget)
    }

    /// How many periods of the schedule come before the end of the last one that takes part.
    fn columns(&self) -> usize {
        self.outline.as_ref().map_or(0, |outline| {
            outline.columns.as_ref().map_or(1, |columns| {
                columns
                    .last()
                    .and_then(|column| usize::try_from(column.period.index).ok())
                    .unwrap_or(0)
            })
        })
    }

    /// What a product's package in a period of the schedule holds, both from 0.
    fn package(&self, row: usize, period: usize) -> Option<Money> {
        let outline = self.outline.as_ref()?;
        let (budget, _) = outline.budgets.get(row)?;
        let Some(columns) = &outline.columns else {
            return (period == 0).then_some(*budget);
        };
        let column = columns
            .iter()
            .position(|column| usize::try_from(column.period.index) == Ok(period + 1))?;
        let table = self.table.get_or_init(|| {
            let rows: Vec<i64> = outline
                .budgets
                .iter()
                .map(|(budget, _)| budget.minor())
                .collect();
            table(&rows, &outline.holds)
        });
        Money::from_minor(table.as_ref()?.cell(row, column), budget.currency())
    }
}
