//! A plan that is held while it is edited: read once, changed by path, with what it comes to and
//! what is wrong with it at hand after every edit. An edit reads and reckons what follows from it:
//! the edited product alone, or the members of the campaign, whose number is limited; never the
//! other products. Packages are laid out when somebody asks for them.

mod reckoned;

use super::check::read_campaign;
use super::edit::{Edit, apply};
use super::explain::{ExplanationOut, explain};
use super::options::Asked;
use super::packages::{PlannedPackages, campaign_of, plan_packages};
use super::read::{duplicates, money_members, product};
use super::{Answer, MAX_PRODUCTS, refused};
use crate::error::{Code, Violation};
use crate::ids::ProductKey;
use crate::money::Currency;
use crate::selection::SelectedProduct;
use crate::wire::error::ErrorBody;
use crate::wire::json::{Json, Step, shorten, steps};
use crate::wire::read::{Item, Reader};
use reckoned::{OfCampaign, Reckoned};

pub use reckoned::PlanTotals;

/// A plan under edit.
#[derive(Debug)]
pub struct HeldPlan {
    document: Json,
    asked: Asked,
    campaign: CampaignPart,
    products: Vec<Read>,
    /// What is wrong with the list of products as a whole.
    list_issues: Vec<Violation>,
    reckoned: Reckoned,
    before: Reckoned,
    undo: Vec<Edit>,
    redo: Vec<Edit>,
}

/// What was read of a product: itself, or what is wrong with it.
type Read = Result<SelectedProduct, Vec<Violation>>;

fn key(read: &Read) -> Option<&ProductKey> {
    read.as_ref().ok().map(|product| &product.key)
}

/// What was read of everything but the products.
#[derive(Debug, Default)]
struct CampaignPart {
    issues: Vec<Violation>,
    reckoned: OfCampaign,
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
        let reckoned = money_members(&self.document, &self.asked)
            .ok()
            .and_then(|members| {
                let campaign = campaign_of(members.kind, members.plan.clone())?;
                Some(OfCampaign::of(&members, &campaign))
            })
            .unwrap_or_default();
        self.campaign = CampaignPart { issues, reckoned };
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
            let _nothing = self.read_one(index);
        }
        self.find_duplicates();
    }

    fn read_product(&mut self, index: usize) {
        let before = self.read_one(index);
        let (before, now) = (
            before.as_ref().and_then(key),
            self.products.get(index).and_then(key),
        );
        if before != now {
            self.find_duplicates();
        }
    }

    /// Reads one product anew; what was read of it before.
    fn read_one(&mut self, index: usize) -> Option<Read> {
        let value = self
            .document
            .member("products")
            .and_then(|list| list.step(&Step::At(index)))?;
        let currency = self.currency().or_else(|| Currency::parse("CLF"))?;
        let mut reader = Reader::new();
        let item = Item::at(&mut reader, &format!("products[{index}]"), value);
        let read = product(item, &mut reader, currency);
        let read = reader.finish(read);
        let place = self.products.get_mut(index)?;
        Some(std::mem::replace(place, read))
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
        let next = Reckoned::of(&self.campaign.reckoned, self.sound_products());
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
            && let Some(refused) = self.reckoned.refused()
            && let Some(details) = Box::<ErrorBody>::from(refused.clone()).details
        {
            issues.extend(details.issues);
        }
        issues
    }

    /// What the plan comes to; `None` while its money cannot be read.
    #[must_use]
    pub fn totals(&self) -> Option<PlanTotals> {
        let is_sound = self.list_issues.is_empty() && self.products.iter().all(Result::is_ok);
        self.reckoned.totals(is_sound, self.products.len())
    }

    /// The paths of all amounts that the last edit, undo or redo changed: what it set, and what
    /// followed from it.
    #[must_use]
    pub fn changed(&self) -> Vec<String> {
        self.reckoned.changed_since(&self.before)
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
