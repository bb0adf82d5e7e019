//! The fields of a campaign, as they are typed.

mod check;

use std::collections::BTreeSet;

use flighting_core::advertiser::Advertiser;
use flighting_core::flight::DayRange;
use flighting_core::wire::Json;
use flighting_core::wire::budget::{FeeKind, FeeOut};
use flighting_core::wire::campaign::CampaignOut;
use flighting_core::wire::constraints::ConstraintsBody;
use serde::{Deserialize, Serialize};

use crate::format;
use crate::forms::goals::GoalsForm;
use crate::forms::pacing::ScheduleForm;
use crate::forms::people::{AudiencesForm, CapsForm};
use crate::forms::{figure, json_of, known, object, text, word};

pub use self::check::{Against, Checked, Preview, check_create, check_update};

/// One fee as typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
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
    /// What it is optimized for.
    pub goals: GoalsForm,
    /// Whom to reach and whom to leave out.
    pub audiences: AudiencesForm,
    /// How often one person may see it.
    pub caps: CapsForm,
    /// `AUTO` or `MANUAL`; empty is what the advertiser has.
    pub apply_mode: String,
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
            goals: GoalsForm::default(),
            audiences: AudiencesForm::default(),
            caps: CapsForm::default(),
            apply_mode: String::new(),
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
            goals: GoalsForm::of(out.performance_config.as_ref()),
            audiences: AudiencesForm::of(&out.audiences),
            caps: CapsForm::of(&out.frequency_caps),
            apply_mode: if out.optimization_apply_mode_inherited {
                String::new()
            } else {
                json_word(&json_of(&out.optimization_apply_mode))
            },
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

    /// The member `fees`; none where they are the advertiser's.
    #[must_use]
    pub fn fees_body(&self) -> Option<Json> {
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
            .map(str::to_ascii_uppercase)
            .collect()
    }

    /// The limits that have no field here.
    #[must_use]
    pub fn other_limits(&self) -> ConstraintsBody {
        ConstraintsBody {
            channels: Vec::new(),
            countries: Vec::new(),
            geo_countries: Vec::new(),
            ..self.limits.clone()
        }
    }

    /// Takes over the limits that have no field here.
    pub fn take_other_limits(&mut self, from: &Self) {
        self.limits.clone_from(&from.limits);
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
            ("audienceConfig", self.audiences.body(false)),
            ("performanceConfig", self.goals.body()),
            ("optimizationApplyMode", text(&self.apply_mode)),
            ("pacingPeriods", self.schedule.body()),
            ("frequencyCaps", self.caps.body()),
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

    /// The body of an update: only what differs from `before`, the plan as it was last read or
    /// saved, and the revision that it had.
    #[must_use]
    pub fn update_body(&self, before: &Self, revision: u64) -> Json {
        let mut members = Vec::new();
        let mut name = |name: &str, now: Option<Json>, was: Option<Json>, when_gone: Json| {
            if now != was {
                members.push((name.to_owned(), now.unwrap_or(when_gone)));
            }
        };
        let empty = || Json::Text(String::new());
        let none = || Json::List(Vec::new());
        name("name", text(&self.name), text(&before.name), empty());
        name(
            "flightDates",
            Some(self.flight_body()),
            Some(before.flight_body()),
            Json::Null,
        );
        let had_cap = figure(&before.daily_cap).is_some();
        name(
            "budget",
            Some(self.budget_body(had_cap)),
            Some(before.budget_body(had_cap)),
            Json::Null,
        );
        name("fees", self.fees_body(), before.fees_body(), none());
        name("brief", text(&self.brief), text(&before.brief), empty());
        name(
            "constraints",
            Some(json_of(&self.limits_body())),
            Some(json_of(&before.limits_body())),
            Json::Null,
        );
        name(
            "audienceConfig",
            self.audiences.body(true),
            before.audiences.body(true),
            Json::Null,
        );
        name(
            "performanceConfig",
            self.goals.body(),
            before.goals.body(),
            Json::Null,
        );
        name(
            "optimizationApplyMode",
            text(&self.apply_mode),
            text(&before.apply_mode),
            Json::Null,
        );
        name(
            "pacingPeriods",
            self.schedule.body(),
            before.schedule.body(),
            Json::Null,
        );
        name(
            "frequencyCaps",
            self.caps.body(),
            before.caps.body(),
            none(),
        );
        members.push((
            "expectedRevision".to_owned(),
            Json::Number(i64::try_from(revision).unwrap_or(i64::MAX).into()),
        ));
        Json::Object(members)
    }

    /// What an update would change, as people name it; empty where nothing was typed anew.
    #[must_use]
    pub fn changes(&self, before: &Self) -> Vec<&'static str> {
        let Json::Object(members) = self.update_body(before, 1) else {
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
        "audienceConfig" => "audiences",
        "performanceConfig" => "goals",
        "optimizationApplyMode" => "optimization",
        "pacingPeriods" => "pacing periods",
        "frequencyCaps" => "frequency caps",
        _ => return None,
    })
}

fn json_word(json: &Json) -> String {
    json.as_text().unwrap_or_default().to_owned()
}
