//! What explanations are made of: amounts with their places, and shares with their siblings.

use super::{Exact, ExplainInput, ExplainPart, ExplainRule, ExplanationOut};
use crate::error::Refusal;
use crate::money::Money;
use crate::split::{Explanation, Split};
use crate::wire::plan::Answer;

pub(super) fn text(amount: Money) -> String {
    amount.to_decimal().to_string()
}

pub(super) fn input(name: &str, value: impl ToString, path: Option<&str>) -> ExplainInput {
    ExplainInput {
        name: name.to_owned(),
        value: value.to_string(),
        path: path.map(str::to_owned),
    }
}

pub(super) fn at(path: impl Into<String>, amount: Money) -> ExplainPart {
    Place::At(path.into()).with(amount, false)
}

/// Where an amount stands, or what it is called.
pub(super) enum Place {
    At(String),
    Named(&'static str),
}

impl Place {
    pub(super) fn with(self, amount: Money, got_odd_unit: bool) -> ExplainPart {
        let (path, name) = match self {
            Self::At(path) => (Some(path), None),
            Self::Named(name) => (None, Some(name.to_owned())),
        };
        ExplainPart {
            path,
            name,
            amount: amount.into(),
            got_odd_unit,
        }
    }

    pub(super) fn path(&self) -> Option<&str> {
        match self {
            Self::At(path) => Some(path),
            Self::Named(_) => None,
        }
    }
}

pub(super) fn base(
    path: &str,
    amount: Money,
    rule: ExplainRule,
    formula: String,
) -> ExplanationOut {
    ExplanationOut {
        path: path.to_owned(),
        amount: amount.into(),
        currency: amount.currency().code().to_owned(),
        rule,
        formula,
        inputs: Vec::new(),
        exact: None,
        whole: None,
        parts: Vec::new(),
    }
}

pub(super) fn given(path: &str, amount: Money) -> ExplanationOut {
    base(path, amount, ExplainRule::Given, text(amount))
}

/// A part of a split, with all its siblings.
pub(super) struct Shared<'a> {
    pub(super) split: &'a Split,
    pub(super) index: usize,
    /// The whole and where it stands.
    pub(super) whole: (Place, Money),
    /// Where each part stands.
    pub(super) places: Vec<Place>,
    /// What a weight is.
    pub(super) weight: &'a str,
}

impl Shared<'_> {
    pub(super) fn explain(self, path: &str) -> Answer<Option<ExplanationOut>> {
        let Self {
            split,
            index,
            whole: (whole_place, whole),
            places,
            weight,
        } = self;
        let Some(why) = split.explain(index) else {
            return Ok(None);
        };
        let money = |minor| Money::from_minor(minor, whole.currency()).ok_or(Refusal::Overflow);
        let amount = money(why.share.amount)?;
        let floor = money(why.share.floor)?;
        let (formula, reason) = share_text(whole, floor, amount, &why);
        let parts = split
            .shares
            .iter()
            .zip(places)
            .map(|(share, place)| Ok(place.with(money(share.amount)?, share.extra)))
            .collect::<Result<_, Refusal>>()?;
        Ok(Some(ExplanationOut {
            inputs: vec![
                input("whole", text(whole), whole_place.path()),
                input(weight, why.share.weight, None),
                input("sum of the weights", why.divisor, None),
            ],
            exact: Some(Exact {
                floor: floor.into(),
                remainder: why.share.remainder.to_string(),
                divisor: why.divisor.to_string(),
                got_odd_unit: why.share.extra,
                why: reason,
            }),
            whole: Some(whole_place.with(whole, false)),
            parts,
            ..base(path, amount, ExplainRule::LargestRemainder, formula)
        }))
    }
}

fn share_text(whole: Money, floor: Money, amount: Money, why: &Explanation) -> (String, String) {
    let Explanation {
        total: _,
        divisor,
        odd_units,
        place,
        share,
    } = why;
    let product = format!("{} x {}/{divisor}", text(whole), share.weight);
    if share.remainder == 0 {
        return (
            format!("{product} = {}", text(amount)),
            "it is exact".to_owned(),
        );
    }
    let units = if *odd_units == 1 { "unit" } else { "units" };
    let got = if share.extra {
        "it got one"
    } else {
        "it got none"
    };
    let reason = format!("place {place} by remainder, and {odd_units} odd {units} to give: {got}");
    (
        format!(
            "{product} = {} remainder {}/{divisor} of the smallest unit; {}",
            text(floor),
            share.remainder,
            text(amount)
        ),
        reason,
    )
}
