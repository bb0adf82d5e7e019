//! What core says of what was typed: everything wrong, and the money it comes to.

use flighting_core::advertiser::Advertiser;
use flighting_core::budget::{FeeLine, fee_lines};
use flighting_core::campaign::{Campaign, CampaignDraft, PlanFields};
use flighting_core::error::Violation;
use flighting_core::flight::DayRange;
use flighting_core::money::Money;
use flighting_core::pacing::{Executed, Period, Resolved, resolve};
use flighting_core::wire::Json;
use flighting_core::wire::campaign::{CampaignOut, read_create, read_update};

use super::CampaignForm;
use crate::format;
use crate::forms::{known, object, word};

/// The money of what was typed, resolved by core.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// Everything the advertiser commits.
    pub total: Money,
    /// The fees with their amounts.
    pub fees: Vec<FeeLine>,
    /// Total less fees.
    pub media: Money,
    /// The days of the flight; none while it is not typed.
    pub flight: Option<DayRange>,
    /// The periods with their money; none without a schedule or while it does not read.
    pub periods: Option<Vec<(Period, Resolved)>>,
    /// Most media money in one day.
    pub daily_cap: Option<Money>,
}

impl Preview {
    fn of(
        plan: &PlanFields,
        executed: &[Executed],
        allocated: Option<Money>,
        flight: bool,
    ) -> Option<Self> {
        let total = plan.budget.total;
        let fees = fee_lines(total, &plan.fees).ok()?;
        let media = flighting_core::budget::media_budget(total, &plan.fees).ok()?;
        let unallocated = allocated.map_or(Some(media), |allocated| media.minus(allocated).ok())?;
        let periods = plan.pacing.as_ref().and_then(|pacing| {
            let resolved = resolve(pacing, total, media, executed, unallocated).ok()?;
            Some(pacing.periods().iter().cloned().zip(resolved).collect())
        });
        Some(Self {
            total,
            fees,
            media,
            flight: flight.then(|| plan.flight.days()),
            periods,
            daily_cap: plan.budget.daily_cap,
        })
    }

    /// The sum of the fees.
    #[must_use]
    pub fn fee_total(&self) -> Money {
        self.total
            .minus(self.media)
            .unwrap_or(Money::zero(self.total.currency()))
    }
}

/// What core says of what was typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The body that would be sent.
    pub body: Json,
    /// Everything wrong with it, in core's order.
    pub violations: Vec<Violation>,
    /// Its money; none while the total does not read.
    pub preview: Option<Preview>,
    /// The plan whose money that is: as typed, or as far as it reads.
    pub plan: Option<PlanFields>,
}

impl Checked {
    fn of(
        body: Json,
        violations: Vec<Violation>,
        legible: Option<(PlanFields, bool)>,
        executed: &[Executed],
        allocated: Option<Money>,
    ) -> Self {
        let preview = legible
            .as_ref()
            .and_then(|(plan, flight)| Preview::of(plan, executed, allocated, *flight));
        Self {
            body,
            violations,
            preview,
            plan: legible.map(|(plan, _)| plan),
        }
    }

    /// Whether a schedule is typed, whether it reads or not.
    #[must_use]
    pub fn has_schedule(&self) -> bool {
        self.body
            .member("pacingPeriods")
            .is_some_and(|schedule| *schedule != Json::Null)
    }

    /// Whether the server's core would take it.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }
}

/// Checks a create for the advertiser it is for.
#[must_use]
pub fn check_create(form: &CampaignForm, advertiser: Option<&Advertiser>) -> Checked {
    let body = form.create_body();
    match read_create(&body, advertiser) {
        Ok(draft) => Checked::of(body, Vec::new(), Some((draft.plan, true)), &[], None),
        Err(violations) => {
            let legible = legible(&body, advertiser).map(|(draft, flight)| (draft.plan, flight));
            Checked::of(body, violations, legible, &[], None)
        }
    }
}

/// What an update is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Against<'a> {
    /// The plan as it was last read or saved.
    pub before: &'a CampaignForm,
    /// The revision it has.
    pub revision: u64,
    /// The campaign as it was last answered.
    pub known: &'a CampaignOut,
    /// The same as core knows it.
    pub campaign: &'a Campaign,
    /// Its owner.
    pub advertiser: &'a Advertiser,
}

/// Checks an update of a campaign.
#[must_use]
pub fn check_update(form: &CampaignForm, against: Against<'_>) -> Checked {
    let Against {
        before,
        revision,
        known,
        campaign,
        advertiser,
    } = against;
    let body = form.update_body(before, revision);
    let executed = known::executed(known);
    let allocated =
        known::currency(known).map(|currency| format::read(known.allocated_budget, currency));
    match read_update(&body, campaign) {
        Ok(update) => Checked::of(
            body,
            Vec::new(),
            Some((update.plan, true)),
            &executed,
            allocated,
        ),
        Err(violations) => {
            let legible = legible(&form.create_body(), Some(advertiser))
                .map(|(draft, flight)| (draft.plan, flight));
            Checked::of(body, violations, legible, &executed, allocated)
        }
    }
}

/// The money of a body that does not read as a whole: what has nothing to do with money is
/// replaced, then the schedule is left out, then the flight. The flag says whether the flight is
/// the typed one.
fn legible(body: &Json, advertiser: Option<&Advertiser>) -> Option<(CampaignDraft, bool)> {
    let advertiser = advertiser?;
    let Json::Object(members) = body else {
        return None;
    };
    let money: Vec<(String, Json)> = members
        .iter()
        .filter(|(name, _)| {
            matches!(
                name.as_str(),
                "flightDates" | "budget" | "fees" | "pacingPeriods"
            )
        })
        .cloned()
        .chain([
            ("advertiserId".to_owned(), word(advertiser.id.as_str())),
            ("name".to_owned(), word("-")),
            ("campaignType".to_owned(), word("DECISIONED")),
        ])
        .collect();
    let without = |names: &[&str]| -> Vec<(String, Json)> {
        money
            .iter()
            .filter(|(name, _)| !names.contains(&name.as_str()))
            .cloned()
            .collect()
    };
    let read =
        |members: Vec<(String, Json)>| read_create(&Json::Object(members), Some(advertiser)).ok();
    if let Some(draft) = read(money.clone()) {
        return Some((draft, true));
    }
    if let Some(draft) = read(without(&["pacingPeriods"])) {
        return Some((draft, true));
    }
    let mut members = without(&["pacingPeriods", "flightDates"]);
    members.push((
        "flightDates".to_owned(),
        object([
            ("startDate", Some(word("2000-01-01"))),
            ("endDate", Some(word("2000-01-01"))),
        ]),
    ));
    read(members).map(|draft| (draft, false))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use flighting_core::wire::campaign::CampaignView;
    use flighting_core::wire::pacing::PacingMode;

    use super::*;
    use crate::forms::testing::advertiser;

    fn typed() -> CampaignForm {
        let mut form = CampaignForm {
            advertiser_id: "adv_1".into(),
            name: "Cold Brew".into(),
            start: "2026-06-01".into(),
            end: "2026-08-31".into(),
            total: "300,000.00".into(),
            ..CampaignForm::default()
        };
        let flight = form.flight();
        form.schedule.set_mode(Some(PacingMode::Weight), flight);
        form.schedule.add(flight);
        form.schedule.add(flight);
        for (row, (start, end, weight)) in form.schedule.rows.iter_mut().zip([
            ("2026-06-01", "2026-06-30", "1"),
            ("2026-07-01", "2026-07-15", "3"),
            ("2026-07-16", "2026-08-31", "0.5"),
        ]) {
            row.start = start.into();
            row.end = end.into();
            row.weight = weight.into();
        }
        form
    }

    fn out_of(form: &CampaignForm) -> CampaignOut {
        let advertiser = advertiser();
        let draft = read_create(&form.create_body(), Some(&advertiser)).unwrap();
        let id = flighting_core::ids::CampaignId::parse("cmp_1").unwrap();
        let now: DateTime<Utc> = "2026-05-01T00:00:00Z".parse().unwrap();
        let cap = flighting_core::ids::CapId::parse("cap_1").unwrap();
        let campaign = Campaign::create(id, draft, &mut || cap.clone(), now);
        CampaignOut::of(CampaignView {
            campaign: &campaign,
            advertiser: &advertiser,
            selection: &[],
        })
        .unwrap()
    }

    fn paths(checked: &Checked) -> Vec<&str> {
        checked
            .violations
            .iter()
            .map(|violation| violation.path.as_str())
            .collect()
    }

    #[test]
    fn what_is_typed_resolves_to_the_cent() {
        let checked = check_create(&typed(), Some(&advertiser()));
        assert_eq!(checked.violations, []);
        let preview = checked.preview.unwrap();
        assert_eq!(format::amount(preview.media), "276,000.00");
        assert_eq!(format::amount(preview.fee_total()), "24,000.00");
        let periods = preview.periods.unwrap();
        let money: Vec<_> = periods
            .iter()
            .map(|(_, resolved)| {
                (
                    format::amount(resolved.budget),
                    format::amount(resolved.net),
                )
            })
            .collect();
        let expected = [
            ("91,370.56", "84,060.91"),
            ("137,055.84", "126,091.37"),
            ("71,573.60", "65,847.72"),
        ];
        assert_eq!(
            money,
            expected.map(|(budget, net)| (budget.to_owned(), net.to_owned()))
        );
    }

    #[test]
    fn money_shows_while_the_rest_is_not_typed_yet() {
        let mut form = typed();
        form.name.clear();
        form.start.clear();
        form.countries = "XX1".into();
        let checked = check_create(&form, Some(&advertiser()));
        assert_eq!(
            paths(&checked),
            [
                "name",
                "flightDates.startDate",
                "constraints.geo_countries[0]"
            ]
        );
        let preview = checked.preview.unwrap();
        assert_eq!(format::amount(preview.media), "276,000.00");
        assert_eq!((preview.flight, preview.periods), (None, None));
    }

    #[test]
    fn what_does_not_parse_is_refused_at_its_field_and_stays_typed() {
        let mut form = typed();
        form.schedule.rows[1].weight = "3x".into();
        form.total = "300.000,00".into();
        let checked = check_create(&form, Some(&advertiser()));
        assert_eq!(
            paths(&checked),
            ["budget.total", "pacingPeriods.periods[1].weight"]
        );
        assert!(checked.preview.is_none());
        assert_eq!(form.total, "300.000,00");
    }

    fn update(form: &CampaignForm, out: &CampaignOut) -> Checked {
        let advertiser = advertiser();
        let against = Against {
            before: &CampaignForm::of(out),
            revision: out.revision,
            known: out,
            campaign: &known::draft(out, &advertiser).unwrap(),
            advertiser: &advertiser,
        };
        check_update(form, against)
    }

    #[test]
    fn an_update_names_only_what_was_typed_anew() {
        let out = out_of(&typed());
        let mut form = CampaignForm::of(&out);
        assert_eq!(form.changes(&CampaignForm::of(&out)), Vec::<&str>::new());
        form.name = "Cold Brew Summer".into();
        form.schedule.rows[0].weight = "1.5".into();
        form.caps.add();
        form.caps.edit(1, |row| row.most = "3".into());
        form.audiences.target = "aud_1".into();
        assert_eq!(
            form.changes(&CampaignForm::of(&out)),
            ["name", "audiences", "pacing periods", "frequency caps"]
        );
        let checked = update(&form, &out);
        assert!(checked.is_clean(), "{:?}", checked.violations);
        let text = serde_json::to_string(&checked.body).unwrap();
        assert!(
            text.contains(r#""expectedRevision":1"#) && !text.contains("budget\":{"),
            "{text}"
        );
    }

    #[test]
    fn taking_away_is_said() {
        let mut first = typed();
        first.brief = "iced coffee".into();
        first
            .goals
            .add(flighting_core::wire::goals::GoalKind::Metric);
        first.apply_mode = "AUTO".into();
        first.caps.add();
        first.caps.edit(1, |row| row.most = "3".into());
        let out = out_of(&first);
        let mut form = CampaignForm::of(&out);
        // What differs is only how it is written: figures without commas, the fee spelt out.
        assert_eq!(form.changes(&first), ["budget", "fees"]);
        form.brief.clear();
        form.schedule.set_mode(None, None);
        form.goals.remove(1);
        form.apply_mode.clear();
        form.caps.remove(1);
        let text = serde_json::to_string(&form.update_body(&CampaignForm::of(&out), 7)).unwrap();
        assert_eq!(
            text,
            r#"{"brief":"","performanceConfig":null,"optimizationApplyMode":null,"pacingPeriods":null,"frequencyCaps":[],"expectedRevision":7}"#
        );
        assert!(update(&form, &out).is_clean());
    }

    #[test]
    fn a_campaign_survives_the_way_through_its_answer() {
        let out = out_of(&typed());
        let advertiser = advertiser();
        let campaign = known::draft(&out, &advertiser).unwrap();
        assert_eq!(
            CampaignOut::of(CampaignView {
                campaign: &campaign,
                advertiser: &advertiser,
                selection: &[]
            })
            .unwrap(),
            out
        );
    }
}
