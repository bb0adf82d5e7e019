//! Everything that is typed of one plan: the campaign and its products, as one value, so that it
//! can be undone, kept, copied and merged as a whole.

use flighting_core::wire::Json;
use flighting_core::wire::campaign::CampaignOut;
use flighting_core::wire::discovery::SelectionOut;
use serde::{Deserialize, Serialize};

use super::campaign::CampaignForm;
use super::object;
use super::selection::ProductForm;

/// A plan as typed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// The campaign.
    pub form: CampaignForm,
    /// Its products, in the order of choosing.
    pub products: Vec<ProductForm>,
}

impl Sheet {
    /// The plan of a campaign that is.
    #[must_use]
    pub fn of(out: &CampaignOut, selection: Option<&SelectionOut>) -> Self {
        Self {
            form: CampaignForm::of(out),
            products: selection
                .iter()
                .flat_map(|selection| &selection.products)
                .map(ProductForm::of)
                .collect(),
        }
    }

    /// The product that is the same as another, whatever is typed beside it.
    #[must_use]
    pub fn same(&self, product: &ProductForm) -> Option<&ProductForm> {
        same(&self.products, product)
    }
}

fn same<'a>(products: &'a [ProductForm], product: &ProductForm) -> Option<&'a ProductForm> {
    products.iter().find(|one| one.is_same(product))
}

/// The most products that one request selects, as the API takes them.
const AT_ONCE: usize = 100;

/// A plan as the server holds it: what was last read or saved.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Base {
    /// The plan.
    pub sheet: Sheet,
    /// The campaign's revision.
    pub revision: u64,
    /// The session's revision; 0 without one.
    pub selected: u64,
}

impl Base {
    /// The plan of a campaign that is.
    #[must_use]
    pub fn of(out: &CampaignOut, selection: Option<&SelectionOut>) -> Self {
        Self {
            sheet: Sheet::of(out, selection),
            revision: out.revision,
            selected: selection.map_or(0, |selection| selection.revision),
        }
    }

    /// The body that selects what is typed anew beside products, at most a hundred at once; none
    /// where nothing is. A product that is not selected yet is selected.
    #[must_use]
    pub fn selecting(&self, now: &[ProductForm]) -> Option<Json> {
        let changed: Vec<Json> = now
            .iter()
            .filter(|product| self.differs(product))
            .take(AT_ONCE)
            .map(ProductForm::choice)
            .collect();
        self.about(changed)
    }

    /// The body that takes out what is no longer in the plan; none where nothing is.
    #[must_use]
    pub fn removing(&self, now: &[ProductForm]) -> Option<Json> {
        let gone: Vec<Json> = self
            .sheet
            .products
            .iter()
            .filter(|product| same(now, product).is_none())
            .take(AT_ONCE)
            .map(ProductForm::key)
            .collect();
        self.about(gone)
    }

    /// How many products stand otherwise there than they are typed.
    #[must_use]
    pub fn behind(&self, now: &[ProductForm]) -> usize {
        let gone = |before: &&ProductForm| same(now, before).is_none();
        let changed = |product: &&ProductForm| self.differs(product);
        self.sheet.products.iter().filter(gone).count() + now.iter().filter(changed).count()
    }

    fn differs(&self, product: &ProductForm) -> bool {
        self.sheet.same(product).is_none_or(|before| {
            // Asked on every key: what is the same to the letter is not written out for it.
            before != product && before.choice() != product.choice()
        })
    }

    fn about(&self, products: Vec<Json>) -> Option<Json> {
        let revision = i64::try_from(self.selected).unwrap_or(i64::MAX);
        (!products.is_empty()).then(|| {
            object([
                ("products", Some(Json::List(products))),
                (
                    "expectedRevision",
                    (revision > 0).then(|| Json::Number(revision.into())),
                ),
            ])
        })
    }

    /// What is typed and not saved, as people name it.
    #[must_use]
    pub fn unsaved(&self, form: &CampaignForm, products: &[ProductForm]) -> Vec<&'static str> {
        let mut parts = form.changes(&self.sheet.form);
        // What is as it was to the letter is not looked through.
        if products != self.sheet.products && self.behind(products) > 0 {
            parts.push("products");
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(id: &str, budget: &str) -> ProductForm {
        ProductForm {
            product_id: id.into(),
            sales_agent_id: "agt_1".into(),
            budget: budget.into(),
            ..ProductForm::default()
        }
    }

    fn base() -> Base {
        Base {
            sheet: Sheet {
                form: CampaignForm::default(),
                products: vec![product("a", "100"), product("b", "")],
            },
            revision: 3,
            selected: 7,
        }
    }

    fn written(body: Option<Json>) -> String {
        serde_json::to_string(&body).unwrap()
    }

    #[test]
    fn only_what_is_typed_anew_is_sent_and_with_the_revision_it_was_typed_on() {
        let base = base();
        let mut now = base.sheet.clone();
        assert_eq!(
            (base.selecting(&now.products), base.removing(&now.products)),
            (None, None)
        );
        assert!(base.unsaved(&now.form, &now.products).is_empty());
        assert_eq!(base.behind(&now.products), 0);
        now.products[0].budget = "1,000.50".into();
        assert_eq!(base.behind(&now.products), 1);
        now.products.remove(1);
        assert_eq!(base.behind(&now.products), 2);
        assert_eq!(
            written(base.selecting(&now.products)),
            r#"{"products":[{"productId":"a","salesAgentId":"agt_1","budget":"1000.50"}],"expectedRevision":7}"#
        );
        assert_eq!(
            written(base.removing(&now.products)),
            r#"{"products":[{"salesAgentId":"agt_1","productId":"b"}],"expectedRevision":7}"#
        );
        assert_eq!(base.unsaved(&now.form, &now.products), ["products"]);
    }

    #[test]
    fn the_same_figure_written_otherwise_is_nothing_new() {
        let base = base();
        let mut now = base.sheet.clone();
        now.products[0].budget = " 100 ".into();
        assert_eq!(base.behind(&now.products), 0);
        assert!(base.unsaved(&now.form, &now.products).is_empty());
    }
}
