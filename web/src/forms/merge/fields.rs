//! Every field of a plan: how it is found, compared and copied.

use flighting_core::wire::Json;

use crate::forms::campaign::CampaignForm;
use crate::forms::pacing::PeriodRow;
use crate::forms::selection::ProductForm;
use crate::forms::sheet::Sheet;
use crate::forms::{figure, json_of, object, text, word};

type Read = Box<dyn Fn(&Sheet) -> Json + Send + Sync>;

type CopyTo = Box<dyn Fn(&mut Sheet, &Sheet) + Send + Sync>;

/// One field of a plan: how it is found, compared and copied.
pub struct Part {
    /// Where it stands, as violations name it.
    pub path: String,
    /// What people call it.
    pub name: String,
    pub(super) read: Read,
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

type Text = fn(&CampaignForm) -> &String;

type TextMut = fn(&mut CampaignForm) -> &mut String;

/// Every field, given the three plans: rows are told apart one by one only where all three have
/// the same rows.
pub(super) fn parts(base: &Sheet, mine: &Sheet, theirs: &Sheet) -> Vec<Part> {
    let mut parts = plain();
    let all = [base, mine, theirs];
    let shape = |sheet: &Sheet| (sheet.form.schedule.mode, sheet.form.schedule.rows.len());
    if all.iter().all(|sheet| shape(sheet) == shape(base)) {
        for index in 0..base.form.schedule.rows.len() {
            // What is the same in all three plans is no field to look at.
            let row = |sheet: &&Sheet| {
                sheet.form.schedule.rows.get(index) == base.form.schedule.rows.get(index)
            };
            if !all.iter().all(row) {
                parts.extend(period(index, mine));
            }
        }
    } else {
        parts.push(Part::new(
            "pacingPeriods",
            "Pacing periods",
            |sheet| or_null(sheet.form.schedule.body()),
            |to, from| to.form.schedule.clone_from(&from.form.schedule),
        ));
    }
    // Asked on every key, of all products: what stands at its place in all three is not looked for.
    let rests = |at: usize, product: &ProductForm| {
        let mut others = all.iter().map(|sheet| sheet.products.get(at));
        others.all(|other| other == Some(product))
    };
    let mut seen: Vec<&ProductForm> = Vec::new();
    for (at, product) in all
        .iter()
        .flat_map(|sheet| sheet.products.iter().enumerate())
    {
        if !rests(at, product) && !seen.iter().any(|known| known.is_same(product)) {
            seen.push(product);
            if all
                .iter()
                .any(|sheet| sheet.same(product) != base.same(product))
            {
                parts.push(of_product(product));
            }
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
                move |sheet| or_null(figure(get(&sheet.form))),
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
                    or_null(row.and_then(|row| figure(get(row))))
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
                    ("budget", figure(&product.budget)),
                    ("bid", figure(&product.bid)),
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
