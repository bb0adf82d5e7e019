//! The fields of a campaign, as they are typed.

use std::collections::BTreeSet;

use flighting_core::advertiser::Advertiser;
use flighting_core::budget::{FeeLine, fee_lines};
use flighting_core::campaign::{Campaign, CampaignDraft, PlanFields};
use flighting_core::error::Violation;
use flighting_core::flight::DayRange;
use flighting_core::money::{Currency, Money};
use flighting_core::pacing::{Executed, Period, Resolved, resolve};
use flighting_core::wire::Json;
use flighting_core::wire::budget::{FeeKind, FeeOut};
use flighting_core::wire::campaign::{CampaignOut, read_create, read_update};
use flighting_core::wire::constraints::ConstraintsBody;

use super::pacing::ScheduleForm;
use super::{figure, json_of, known, object, text, word};
use crate::format;

/// One fee as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeeRow {
    /// Ours: stays with the row while others come and go.
    pub key: u32,
    /// A percent of the total, or an amount.
    pub kind: FeeKind,
    /// The percent or the amount.
    pub value: String,
    /// What it is for.
    pub label: String,
}

/// A campaign as typed.
#[derive(Debug, Clone, PartialEq)]
pub struct CampaignForm {
    /// Who owns it.
    pub advertiser_id: String,
    /// Its name.
    pub name: String,
    /// `DECISIONED` or `ROUTED`.
    pub kind: String,
    /// Free text for product search.
    pub brief: String,
    /// First day, `YYYY-MM-DD`.
    pub start: String,
    /// Last day, `YYYY-MM-DD`.
    pub end: String,
    /// Everything the advertiser commits.
    pub total: String,
    /// Most media money in one day.
    pub daily_cap: String,
    /// `EVEN`, `ASAP` or `FRONTLOADED`.
    pub pacing: String,
    /// The campaign's own fees; none leaves them to the advertiser.
    pub fees: Option<Vec<FeeRow>>,
    /// How the money is laid over time.
    pub schedule: ScheduleForm,
    /// Channels to stay in, as words of the wire.
    pub channels: BTreeSet<String>,
    /// Countries to stay in, as two letters with anything between them.
    pub countries: String,
    /// Limits that the page does not show; kept as they are.
    limits: ConstraintsBody,
    next_key: u32,
}

impl Default for CampaignForm {
    fn default() -> Self {
        Self {
            advertiser_id: String::new(),
            name: String::new(),
            kind: "DECISIONED".to_owned(),
            brief: String::new(),
            start: String::new(),
            end: String::new(),
            total: String::new(),
            daily_cap: String::new(),
            pacing: "EVEN".to_owned(),
            fees: None,
            schedule: ScheduleForm::default(),
            channels: BTreeSet::new(),
            countries: String::new(),
            limits: ConstraintsBody::default(),
            next_key: 0,
        }
    }
}

impl CampaignForm {
    /// The fields of a campaign that is.
    #[must_use]
    pub fn of(out: &CampaignOut) -> Self {
        let mut form = Self {
            advertiser_id: out.advertiser_id.clone(),
            name: out.name.clone(),
            kind: json_word(&json_of(&out.campaign_type)),
            brief: out.brief.clone().unwrap_or_default(),
            total: format::typed(out.budget.total),
            daily_cap: out.budget.daily_cap.map(format::typed).unwrap_or_default(),
            pacing: out.budget.pacing.as_str().to_owned(),
            schedule: ScheduleForm::of(out.pacing_periods.as_ref()),
            channels: out.constraints.channels.iter().cloned().collect(),
            countries: out.constraints.geo_countries.join(", "),
            limits: out.constraints.clone(),
            ..Self::default()
        };
        if let Some(days) = known::days(out) {
            form.start = days.first().to_string();
            form.end = days.last().to_string();
        }
        form.fees = Some(Vec::new());
        for fee in &out.fees {
            form.add_fee_of(fee);
        }
        form
    }

    fn add_fee_of(&mut self, fee: &FeeOut) {
        let value = match (fee.pricing_type, fee.margin_percent) {
            (FeeKind::Margin, Some(percent)) => percent.to_decimal().normalize().to_string(),
            (FeeKind::Margin | FeeKind::Flat, _) => format::typed(fee.amount),
        };
        self.add_fee(
            fee.pricing_type,
            value,
            fee.label.clone().unwrap_or_default(),
        );
    }

    /// Adds a fee; from then on the fees are the campaign's own.
    pub fn add_fee(&mut self, kind: FeeKind, value: String, label: String) {
        self.next_key += 1;
        let row = FeeRow {
            key: self.next_key,
            kind,
            value,
            label,
        };
        self.fees.get_or_insert_default().push(row);
    }

    /// Makes the advertiser's fee the campaign's own, to be changed.
    pub fn own_fees(&mut self, advertiser: Option<&Advertiser>) {
        self.fees = Some(Vec::new());
        if let Some(percent) =
            advertiser.map(|advertiser| advertiser.margin_percent.to_decimal().normalize())
            && !percent.is_zero()
        {
            self.add_fee(FeeKind::Margin, percent.to_string(), String::new());
        }
    }

    /// Changes one fee.
    pub fn edit_fee(&mut self, key: u32, change: impl FnOnce(&mut FeeRow)) {
        if let Some(row) = self.fees.iter_mut().flatten().find(|row| row.key == key) {
            change(row);
        }
    }

    /// Takes a fee out.
    pub fn remove_fee(&mut self, key: u32) {
        if let Some(fees) = &mut self.fees {
            fees.retain(|row| row.key != key);
        }
    }

    /// One fee.
    #[must_use]
    pub fn fee(&self, key: u32) -> Option<&FeeRow> {
        self.fees.iter().flatten().find(|row| row.key == key)
    }

    /// Where a fee stands, from 0.
    #[must_use]
    pub fn fee_position(&self, key: u32) -> Option<usize> {
        self.fees.iter().flatten().position(|row| row.key == key)
    }

    /// The days of the flight, where both ends are days in order.
    #[must_use]
    pub fn flight(&self) -> Option<DayRange> {
        DayRange::new(self.start.parse().ok()?, self.end.parse().ok()?)
    }

    fn fees_body(&self) -> Option<Json> {
        let rows = self.fees.as_ref()?.iter().map(|row| {
            let (percent, amount) = match row.kind {
                FeeKind::Margin => (figure(&row.value), None),
                FeeKind::Flat => (None, figure(&row.value)),
            };
            object([
                ("pricingType", Some(word(row.kind.as_str()))),
                ("marginPercent", percent),
                ("amount", amount),
                ("label", text(&row.label)),
            ])
        });
        Some(Json::List(rows.collect()))
    }

    fn countries_typed(&self) -> Vec<String> {
        self.countries
            .split(|c: char| c == ',' || c == ';' || c.is_whitespace())
            .filter(|country| !country.is_empty())
            .map(str::to_uppercase)
            .collect()
    }

    fn limits_body(&self) -> ConstraintsBody {
        ConstraintsBody {
            channels: self.channels.iter().cloned().collect(),
            countries: Vec::new(),
            geo_countries: self.countries_typed(),
            ..self.limits.clone()
        }
    }

    /// The body of a create.
    #[must_use]
    pub fn create_body(&self) -> Json {
        let limits = self.limits_body();
        object([
            ("advertiserId", text(&self.advertiser_id)),
            ("name", text(&self.name)),
            ("campaignType", text(&self.kind)),
            ("flightDates", Some(self.flight_body())),
            ("budget", Some(self.budget_body(false))),
            ("fees", self.fees_body()),
            ("brief", text(&self.brief)),
            (
                "constraints",
                (limits != ConstraintsBody::default()).then(|| json_of(&limits)),
            ),
            ("pacingPeriods", self.schedule.body()),
        ])
    }

    fn flight_body(&self) -> Json {
        object([
            ("startDate", text(&self.start)),
            ("endDate", text(&self.end)),
        ])
    }

    /// `had_cap`: a cap that was there and is typed away is named as `null`, for core to answer.
    fn budget_body(&self, had_cap: bool) -> Json {
        object([
            ("total", figure(&self.total)),
            (
                "dailyCap",
                figure(&self.daily_cap).or(had_cap.then_some(Json::Null)),
            ),
            ("pacing", text(&self.pacing)),
        ])
    }

    /// The body of an update: only what was typed anew, and the revision it was typed against.
    #[must_use]
    pub fn update_body(&self, known: &CampaignOut, revision: u64) -> Json {
        let before = Self::of(known);
        let mut members = Vec::new();
        let mut name = |name: &str, now: Option<Json>, was: Option<Json>, when_gone: Json| {
            if now != was {
                members.push((name.to_owned(), now.unwrap_or(when_gone)));
            }
        };
        let empty = || Json::Text(String::new());
        name("name", text(&self.name), text(&before.name), empty());
        name(
            "flightDates",
            Some(self.flight_body()),
            Some(before.flight_body()),
            Json::Null,
        );
        let had_cap = known.budget.daily_cap.is_some();
        name(
            "budget",
            Some(self.budget_body(had_cap)),
            Some(before.budget_body(had_cap)),
            Json::Null,
        );
        name(
            "fees",
            self.fees_body(),
            before.fees_body(),
            Json::List(Vec::new()),
        );
        name("brief", text(&self.brief), text(&before.brief), empty());
        let (limits, limits_before) = (self.limits_body(), before.limits_body());
        name(
            "constraints",
            Some(json_of(&limits)),
            Some(json_of(&limits_before)),
            Json::Null,
        );
        name(
            "pacingPeriods",
            self.schedule.body(),
            before.schedule.body(),
            Json::Null,
        );
        members.push((
            "expectedRevision".to_owned(),
            Json::Number(i64::try_from(revision).unwrap_or(i64::MAX).into()),
        ));
        Json::Object(members)
    }

    /// The same typing on top of a newer state: parts that were typed anew stay as typed, the rest
    /// is taken from the newer state.
    #[must_use]
    pub fn onto(&self, known: &CampaignOut, newer: &CampaignOut) -> Self {
        let mine = self.changes(known);
        let changed = |part: &str| mine.contains(&part);
        let mut form = Self::of(newer);
        if changed("name") {
            form.name.clone_from(&self.name);
        }
        if changed("flight") {
            form.start.clone_from(&self.start);
            form.end.clone_from(&self.end);
        }
        if changed("budget") {
            form.total.clone_from(&self.total);
            form.daily_cap.clone_from(&self.daily_cap);
            form.pacing.clone_from(&self.pacing);
        }
        if changed("fees") {
            form.fees.clone_from(&self.fees);
            form.next_key = form.next_key.max(self.next_key);
        }
        if changed("brief") {
            form.brief.clone_from(&self.brief);
        }
        if changed("channels and countries") {
            form.channels.clone_from(&self.channels);
            form.countries.clone_from(&self.countries);
        }
        if changed("pacing periods") {
            form.schedule.clone_from(&self.schedule);
        }
        form
    }

    /// What an update would change, as people name it; empty where nothing was typed anew.
    #[must_use]
    pub fn changes(&self, known: &CampaignOut) -> Vec<&'static str> {
        let Json::Object(members) = self.update_body(known, known.revision) else {
            return Vec::new();
        };
        members.iter().filter_map(|(name, _)| part(name)).collect()
    }
}

/// How people name a member of the body.
fn part(member: &str) -> Option<&'static str> {
    Some(match member {
        "name" => "name",
        "flightDates" => "flight",
        "budget" => "budget",
        "fees" => "fees",
        "brief" => "brief",
        "constraints" => "channels and countries",
        "pacingPeriods" => "pacing periods",
        _ => return None,
    })
}

fn json_word(json: &Json) -> String {
    json.as_text().unwrap_or_default().to_owned()
}

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
}

impl Checked {
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
        Ok(draft) => {
            let preview = Preview::of(&draft.plan, &[], None, true);
            Checked {
                body,
                violations: Vec::new(),
                preview,
            }
        }
        Err(violations) => {
            let preview = legible(&body, advertiser)
                .and_then(|(draft, flight)| Preview::of(&draft.plan, &[], None, flight));
            Checked {
                body,
                violations,
                preview,
            }
        }
    }
}

/// Checks an update of a campaign: `known` is how it was read, `campaign` the same as core knows it.
#[must_use]
pub fn check_update(
    form: &CampaignForm,
    known: &CampaignOut,
    campaign: &Campaign,
    advertiser: &Advertiser,
) -> Checked {
    let body = form.update_body(known, known.revision);
    let executed = known::executed(known);
    let allocated =
        known::currency(known).map(|currency| format::read(known.allocated_budget, currency));
    match read_update(&body, campaign) {
        Ok(update) => {
            let preview = Preview::of(&update.plan, &executed, allocated, true);
            Checked {
                body,
                violations: Vec::new(),
                preview,
            }
        }
        Err(violations) => {
            let preview = legible(&form.create_body(), Some(advertiser))
                .and_then(|(draft, flight)| Preview::of(&draft.plan, &executed, allocated, flight));
            Checked {
                body,
                violations,
                preview,
            }
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

/// A currency by its code, for labels of fields.
#[must_use]
pub fn currency_of(advertiser: Option<&Advertiser>) -> Option<Currency> {
    advertiser.map(|advertiser| advertiser.currency)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use flighting_core::advertiser::{AdvertiserStatus, ApplyMode, Brand};
    use flighting_core::budget::Percent;
    use flighting_core::ids::AdvertiserId;
    use flighting_core::wire::campaign::CampaignView;
    use flighting_core::wire::pacing::PacingMode;

    use super::*;

    fn advertiser() -> Advertiser {
        Advertiser {
            id: AdvertiserId::parse("adv_1").unwrap(),
            name: "Aurora".into(),
            description: None,
            brand: Brand::parse("aurora.example").unwrap(),
            currency: Currency::parse("USD").unwrap(),
            apply_mode: ApplyMode::Manual,
            margin_percent: Percent::new(8.into()).unwrap(),
            sandbox: true,
            caps: Vec::new(),
            status: AdvertiserStatus::Active,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            revision: 1,
        }
    }

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

    #[test]
    fn an_update_names_only_what_was_typed_anew() {
        let out = out_of(&typed());
        let advertiser = advertiser();
        let campaign = known::draft(&out, &advertiser).unwrap();
        let mut form = CampaignForm::of(&out);
        assert_eq!(form.changes(&out), Vec::<&str>::new());
        form.name = "Cold Brew Summer".into();
        form.schedule.rows[0].weight = "1.5".into();
        assert_eq!(form.changes(&out), ["name", "pacing periods"]);
        let checked = check_update(&form, &out, &campaign, &advertiser);
        assert!(checked.is_clean(), "{:?}", checked.violations);
        let text = serde_json::to_string(&checked.body).unwrap();
        assert!(
            text.contains(r#""expectedRevision":1"#) && !text.contains("budget\":{"),
            "{text}"
        );
    }

    #[test]
    fn taking_the_schedule_away_and_clearing_the_brief_are_said() {
        let mut first = typed();
        first.brief = "iced coffee".into();
        let out = out_of(&first);
        let mut form = CampaignForm::of(&out);
        form.brief.clear();
        form.schedule.set_mode(None, None);
        let text = serde_json::to_string(&form.update_body(&out, 7)).unwrap();
        assert_eq!(
            text,
            r#"{"brief":"","pacingPeriods":null,"expectedRevision":7}"#
        );
        let advertiser = advertiser();
        let campaign = known::draft(&out, &advertiser).unwrap();
        assert!(check_update(&form, &out, &campaign, &advertiser).is_clean());
    }

    #[test]
    fn typing_survives_on_top_of_anothers_change() {
        let out = out_of(&typed());
        let mut mine = CampaignForm::of(&out);
        mine.total = "310000".into();
        let mut other = typed();
        other.name = "Theirs".into();
        other.total = "290000".into();
        let newer = out_of(&other);
        let merged = mine.onto(&out, &newer);
        assert_eq!(
            (merged.name.as_str(), merged.total.as_str()),
            ("Theirs", "310000")
        );
        assert_eq!(merged.changes(&newer), ["budget"]);
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
