//! Two plans that grew from one, put together field by field: what one side changed is taken; what
//! both changed stays as typed here, with the other value beside it until a person decides.

mod fields;

use flighting_core::wire::Json;

use self::fields::parts;
use super::sheet::Sheet;

/// A field that both sides changed, each in its own way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// Where it stands.
    pub path: String,
    /// What people call it.
    pub name: String,
    /// What is typed here.
    pub mine: String,
    /// What the server has.
    pub theirs: String,
}

/// A plan put together.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The plan; where both changed a field, it holds what was typed here.
    pub sheet: Sheet,
    /// Those fields.
    pub clashes: Vec<Clash>,
}

/// Puts together what was typed here and what the server has, both grown from `base`.
#[must_use]
pub fn merge(base: &Sheet, mine: &Sheet, theirs: &Sheet) -> Merged {
    let mut sheet = mine.clone();
    let mut clashes = Vec::new();
    for part in parts(base, mine, theirs) {
        let (before, here, there) = ((part.read)(base), (part.read)(mine), (part.read)(theirs));
        if there == before || there == here {
            continue;
        }
        if here == before {
            part.copy(&mut sheet, theirs);
        } else {
            clashes.push(Clash {
                mine: shown(&here),
                theirs: shown(&there),
                path: part.path,
                name: part.name,
            });
        }
    }
    Merged { sheet, clashes }
}

/// Takes the server's value of one clash.
pub fn take_theirs(base: &Sheet, sheet: &mut Sheet, theirs: &Sheet, path: &str) {
    let mine = sheet.clone();
    if let Some(part) = parts(base, &mine, theirs)
        .into_iter()
        .find(|part| part.path == path)
    {
        part.copy(sheet, theirs);
    }
}

/// The paths of the fields in which two plans differ.
#[must_use]
pub fn differing(one: &Sheet, other: &Sheet) -> Vec<String> {
    parts(one, one, other)
        .into_iter()
        .filter(|part| (part.read)(one) != (part.read)(other))
        .map(|part| part.path)
        .collect()
}

/// A value as people read it, on one line.
fn shown(json: &Json) -> String {
    match json {
        Json::Null => "nothing".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Number(number) => number.as_str().to_owned(),
        Json::Text(text) => text.clone(),
        Json::List(items) if items.is_empty() => "nothing".to_owned(),
        Json::List(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Json::Object(members) if members.is_empty() => "an even share".to_owned(),
        Json::Object(members) => members
            .iter()
            .map(|(name, value)| format!("{name} {}", shown(value)))
            .collect::<Vec<_>>()
            .join(" "),
    }
}

#[cfg(test)]
mod tests {
    use flighting_core::wire::pacing::PacingMode;

    use super::*;
    use crate::forms::selection::ProductForm;

    fn plan() -> Sheet {
        let mut sheet = Sheet::default();
        sheet.form.name = "Cold Brew".into();
        sheet.form.total = "300000".into();
        sheet.form.start = "2026-06-01".into();
        sheet.form.end = "2026-08-31".into();
        let flight = sheet.form.flight();
        sheet
            .form
            .schedule
            .set_mode(Some(PacingMode::Weight), flight);
        sheet.form.schedule.add(flight);
        sheet.products.push(ProductForm {
            product_id: "news".into(),
            sales_agent_id: "agt_1".into(),
            name: "News".into(),
            budget: "38400".into(),
            ..ProductForm::default()
        });
        sheet
    }

    #[test]
    fn what_one_side_changed_is_taken_and_the_rest_stays_typed() {
        let base = plan();
        let (mut mine, mut theirs) = (base.clone(), base.clone());
        mine.form.total = "310,000".into();
        mine.form.schedule.rows[0].weight = "2".into();
        theirs.form.brief = "iced coffee".into();
        theirs.form.schedule.rows[1].weight = "3".into();
        theirs.products[0].budget = "40000".into();
        let Merged { sheet, clashes } = merge(&base, &mine, &theirs);
        assert_eq!(clashes, []);
        assert_eq!(
            (sheet.form.total.as_str(), sheet.form.brief.as_str()),
            ("310,000", "iced coffee")
        );
        let weights: Vec<_> = sheet
            .form
            .schedule
            .rows
            .iter()
            .map(|row| &row.weight)
            .collect();
        assert_eq!(weights, ["2", "3"]);
        assert_eq!(sheet.products[0].budget, "40000");
    }

    #[test]
    fn what_both_changed_stays_as_typed_with_the_other_value_beside_it() {
        let base = plan();
        let (mut mine, mut theirs) = (base.clone(), base.clone());
        mine.form.total = "310000".into();
        mine.products[0].budget = "39x".into();
        theirs.form.total = "290000".into();
        theirs.products[0].budget = "40000".into();
        let merged = merge(&base, &mine, &theirs);
        assert_eq!(merged.sheet, mine);
        let said: Vec<_> = merged
            .clashes
            .iter()
            .map(|clash| {
                (
                    clash.name.as_str(),
                    clash.mine.as_str(),
                    clash.theirs.as_str(),
                )
            })
            .collect();
        assert_eq!(
            said,
            [
                ("Total budget", "310000", "290000"),
                ("News", "budget 39x", "budget 40000")
            ]
        );
        let mut taken = merged.sheet;
        take_theirs(&base, &mut taken, &theirs, "budget.total");
        assert_eq!(
            (taken.form.total.as_str(), taken.products[0].budget.as_str()),
            ("290000", "39x")
        );
    }

    #[test]
    fn the_same_change_on_both_sides_is_no_clash() {
        let base = plan();
        let (mut mine, mut theirs) = (base.clone(), base.clone());
        mine.form.total = "310,000".into();
        theirs.form.total = "310000".into();
        assert_eq!(merge(&base, &mine, &theirs).clashes, []);
    }

    #[test]
    fn periods_that_came_or_went_are_one_field() {
        let base = plan();
        let (mut mine, mut theirs) = (base.clone(), base.clone());
        mine.form.schedule.rows[0].weight = "2".into();
        theirs.form.schedule.remove(2);
        let merged = merge(&base, &mine, &theirs);
        assert_eq!(merged.clashes.len(), 1);
        assert_eq!(merged.clashes[0].path, "pacingPeriods");
    }

    #[test]
    fn products_that_came_or_went_there_come_and_go_here() {
        let base = plan();
        let mut theirs = base.clone();
        theirs.products[0].product_id = "radio".into();
        let merged = merge(&base, &base.clone(), &theirs);
        assert_eq!(merged.clashes, []);
        assert_eq!(merged.sheet, theirs);
    }

    #[test]
    fn plans_differ_exactly_where_something_else_is_typed() {
        let base = plan();
        let mut other = base.clone();
        assert!(differing(&base, &other).is_empty());
        other.form.schedule.rows[1].end = "2026-08-30".into();
        other.form.caps.add();
        assert_eq!(
            differing(&base, &other),
            ["frequencyCaps", "pacingPeriods.periods[1].end"]
        );
    }

    #[test]
    fn products_differ_by_what_they_are_and_not_by_their_place() {
        let mut base = plan();
        let mut more = |id: &str| {
            let mut product = base.products[0].clone();
            product.product_id = id.into();
            base.products.push(product);
        };
        more("radio");
        more("video");
        let mut other = base.clone();
        other.products.swap(0, 2);
        assert!(differing(&base, &other).is_empty());
        other.products.remove(1);
        assert_eq!(differing(&base, &other), ["products.agt_1.radio"]);
    }
}
