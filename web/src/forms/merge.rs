//! Two plans that grew from one, put together field by field: what one side changed is taken; what
//! both changed stays as typed here, with the other value beside it until a person decides.

use flighting_core::wire::Json;

use super::campaign::CampaignForm;
use super::pacing::PeriodRow;
use super::selection::ProductForm;
use super::sheet::Sheet;
use super::{json_of, object, text, word};

type Read = Box<dyn Fn(&Sheet) -> Json + Send + Sync>;
type CopyTo = Box<dyn Fn(&mut Sheet, &Sheet) + Send + Sync>;

/// One field of a plan: how it is found, compared and copied.
pub struct Part {
    /// Where it stands, as violations name it.
    pub path: String,
    /// What people call it.
    pub name: String,
    read: Read,
    copy: CopyTo,
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.path)
    }
}

impl Part {
    fn new(
        path: impl Into<String>,
        name: impl Into<String>,
        read: impl Fn(&Sheet) -> Json + Send + Sync + 'static,
        copy: impl Fn(&mut Sheet, &Sheet) + Send + Sync + 'static,
    ) -> Self {
        Self {
            path: path.into(),
            name: name.into(),
            read: Box::new(read),
            copy: Box::new(copy),
        }
    }

    /// Makes the field of one plan that of another.
    pub fn copy(&self, to: &mut Sheet, from: &Sheet) {
        (self.copy)(to, from);
    }
}

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

type Text = fn(&CampaignForm) -> &String;
type TextMut = fn(&mut CampaignForm) -> &mut String;

/// Every field, given the three plans: rows are told apart one by one only where all three have
/// the same rows.
fn parts(base: &Sheet, mine: &Sheet, theirs: &Sheet) -> Vec<Part> {
    let mut parts = plain();
    let all = [base, mine, theirs];
    let shape = |sheet: &Sheet| (sheet.form.schedule.mode, sheet.form.schedule.rows.len());
    if all.iter().all(|sheet| shape(sheet) == shape(base)) {
        for index in 0..base.form.schedule.rows.len() {
            parts.extend(period(index, mine));
        }
    } else {
        parts.push(Part::new(
            "pacingPeriods",
            "Pacing periods",
            |sheet| or_null(sheet.form.schedule.body()),
            |to, from| to.form.schedule.clone_from(&from.form.schedule),
        ));
    }
    let mut seen: Vec<&ProductForm> = Vec::new();
    for product in all.iter().flat_map(|sheet| &sheet.products) {
        if !seen.iter().any(|known| known.is_same(product)) {
            seen.push(product);
            parts.push(of_product(product));
        }
    }
    parts
}

fn or_null(json: Option<Json>) -> Json {
    json.unwrap_or(Json::Null)
}

fn plain() -> Vec<Part> {
    let lines: [(&str, &str, Text, TextMut); 9] = [
        ("name", "Name", |f| &f.name, |f| &mut f.name),
        ("brief", "Brief", |f| &f.brief, |f| &mut f.brief),
        (
            "flightDates.startDate",
            "First day",
            |f| &f.start,
            |f| &mut f.start,
        ),
        (
            "flightDates.endDate",
            "Last day",
            |f| &f.end,
            |f| &mut f.end,
        ),
        (
            "budget.total",
            "Total budget",
            |f| &f.total,
            |f| &mut f.total,
        ),
        (
            "budget.dailyCap",
            "Daily cap",
            |f| &f.daily_cap,
            |f| &mut f.daily_cap,
        ),
        (
            "budget.pacing",
            "Pacing inside a package",
            |f| &f.pacing,
            |f| &mut f.pacing,
        ),
        (
            "constraints.geo_countries",
            "Countries",
            |f| &f.countries,
            |f| &mut f.countries,
        ),
        (
            "optimizationApplyMode",
            "Optimization",
            |f| &f.apply_mode,
            |f| &mut f.apply_mode,
        ),
    ];
    let mut parts: Vec<Part> = lines
        .into_iter()
        .map(|(path, name, get, get_mut)| {
            Part::new(
                path,
                name,
                // Figures that say the same are the same, however they are grouped.
                move |sheet| or_null(super::figure(get(&sheet.form))),
                move |to, from| get_mut(&mut to.form).clone_from(get(&from.form)),
            )
        })
        .collect();
    parts.extend([
        Part::new(
            "constraints.channels",
            "Channels",
            |sheet| Json::List(sheet.form.channels.iter().map(|one| word(one)).collect()),
            |to, from| to.form.channels.clone_from(&from.form.channels),
        ),
        Part::new(
            "constraints",
            "Other limits",
            |sheet| json_of(&sheet.form.other_limits()),
            |to, from| to.form.take_other_limits(&from.form),
        ),
        Part::new(
            "fees",
            "Fees",
            |sheet| or_null(sheet.form.fees_body()),
            |to, from| to.form.fees.clone_from(&from.form.fees),
        ),
        Part::new(
            "audienceConfig",
            "Audiences",
            |sheet| or_null(sheet.form.audiences.body(false)),
            |to, from| to.form.audiences.clone_from(&from.form.audiences),
        ),
        Part::new(
            "performanceConfig",
            "Goals",
            |sheet| or_null(sheet.form.goals.body()),
            |to, from| to.form.goals.clone_from(&from.form.goals),
        ),
        Part::new(
            "frequencyCaps",
            "Frequency caps",
            |sheet| or_null(sheet.form.caps.body()),
            |to, from| to.form.caps.clone_from(&from.form.caps),
        ),
    ]);
    parts
}

type Row = fn(&PeriodRow) -> &String;
type RowMut = fn(&mut PeriodRow) -> &mut String;

fn period(index: usize, mine: &Sheet) -> Vec<Part> {
    let called = mine
        .form
        .schedule
        .rows
        .get(index)
        .map(|row| row.label.clone())
        .unwrap_or_default();
    let members: [(&str, &str, Row, RowMut); 5] = [
        ("label", "Name", |r| &r.label, |r| &mut r.label),
        ("start", "First day", |r| &r.start, |r| &mut r.start),
        ("end", "Last day", |r| &r.end, |r| &mut r.end),
        ("weight", "Weight", |r| &r.weight, |r| &mut r.weight),
        ("budget", "Budget", |r| &r.budget, |r| &mut r.budget),
    ];
    members
        .into_iter()
        .map(|(member, name, get, get_mut)| {
            Part::new(
                format!("pacingPeriods.periods[{index}].{member}"),
                format!("{name} of {called}"),
                move |sheet| {
                    let row = sheet.form.schedule.rows.get(index);
                    or_null(row.and_then(|row| super::figure(get(row))))
                },
                move |to, from| {
                    let from = from.form.schedule.rows.get(index);
                    if let Some((to, from)) = to.form.schedule.rows.get_mut(index).zip(from) {
                        get_mut(to).clone_from(get(from));
                    }
                },
            )
        })
        .collect()
}

/// A product as one field: its money, its bid and how it is bought, or that it is not there.
fn of_product(product: &ProductForm) -> Part {
    let called = if product.name.is_empty() {
        product.product_id.clone()
    } else {
        product.name.clone()
    };
    let (key, copied) = (product.clone(), product.clone());
    Part::new(
        format!("products.{}.{}", product.sales_agent_id, product.product_id),
        called,
        move |sheet| {
            or_null(sheet.same(&key).map(|product| {
                object([
                    ("budget", super::figure(&product.budget)),
                    ("bid", super::figure(&product.bid)),
                    ("price", text(&product.pricing_option_id)),
                ])
            }))
        },
        move |to, from| {
            let at = to.products.iter().position(|one| one.is_same(&copied));
            match (at, from.same(&copied)) {
                (Some(at), Some(theirs)) => {
                    if let Some(mine) = to.products.get_mut(at) {
                        mine.clone_from(theirs);
                    }
                }
                (Some(at), None) => {
                    to.products.remove(at);
                }
                (None, Some(theirs)) => to.products.push(theirs.clone()),
                (None, None) => {}
            }
        },
    )
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
}
