//! Whom a campaign may reach: channels and places, audiences, frequency caps.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::error::{Code, Violation};
use crate::ids::{AudienceId, CapId};
use crate::words::words;

words! {
    /// Where ads run; the list of AdCP 3.1.
    pub enum Channel {
        Display = "display",
        /// Online video.
        Olv = "olv",
        Social = "social",
        Search = "search",
        Ctv = "ctv",
        LinearTv = "linear_tv",
        Radio = "radio",
        StreamingAudio = "streaming_audio",
        Podcast = "podcast",
        /// Digital out of home.
        Dooh = "dooh",
        /// Out of home.
        Ooh = "ooh",
        Print = "print",
        Cinema = "cinema",
        Email = "email",
        Gaming = "gaming",
        RetailMedia = "retail_media",
        Influencer = "influencer",
        Affiliate = "affiliate",
        ProductPlacement = "product_placement",
        SponsoredIntelligence = "sponsored_intelligence",
    }
}

impl Channel {
    /// Reads a channel or one of the two older words: `video` is `olv`, `audio` is
    /// `streaming_audio`.
    #[must_use]
    pub fn parse_alias(word: &str) -> Option<Self> {
        match word {
            "video" => Some(Self::Olv),
            "audio" => Some(Self::StreamingAudio),
            _ => Self::parse(word),
        }
    }
}

words! {
    /// The kind of device.
    pub enum DeviceType {
        Desktop = "desktop",
        Mobile = "mobile",
        Tablet = "tablet",
        Ctv = "ctv",
        Dooh = "dooh",
        Unknown = "unknown",
    }
}

words! {
    /// What a device runs.
    pub enum DevicePlatform {
        Ios = "ios",
        Android = "android",
        Windows = "windows",
        Macos = "macos",
        Linux = "linux",
        Chromeos = "chromeos",
        Tvos = "tvos",
        Tizen = "tizen",
        Webos = "webos",
        FireOs = "fire_os",
        RokuOs = "roku_os",
        Unknown = "unknown",
    }
}

words! {
    /// Whose division into metropolitan areas.
    pub enum MetroSystem {
        NielsenDma = "nielsen_dma",
        UkItl1 = "uk_itl1",
        UkItl2 = "uk_itl2",
        EurostatNuts2 = "eurostat_nuts2",
        Custom = "custom",
    }
}

words! {
    /// A country's own kind of postal code.
    pub enum PostalSystem {
        PostalCode = "postal_code",
        Zip = "zip",
        ZipPlusFour = "zip_plus_four",
        Outward = "outward",
        Full = "full",
        Fsa = "fsa",
        Plz = "plz",
        CodePostal = "code_postal",
        Postcode = "postcode",
        Cep = "cep",
        Pin = "pin",
        Custom = "custom",
    }
}

macro_rules! place {
    ($(#[$doc:meta])* $name:ident, $what:literal, $fits:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// What is expected, for messages.
            pub const EXPECTED: &'static str = $what;

            /// Reads the code as it stands; `None` when it has another form.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let fits: fn(&[u8]) -> bool = $fits;
                fits(text.as_bytes()).then(|| Self(text.to_owned()))
            }

            /// The code.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                Self::parse(&text).ok_or_else(|| format!(concat!("expected ", $what, ", got `{}`"), text))
            }
        }

        impl From<$name> for String {
            fn from(place: $name) -> Self {
                place.0
            }
        }
    };
}

place!(
    /// A country, ISO 3166-1 alpha-2. The form is checked, not the list.
    Country,
    "two capital letters",
    |b| matches!(b, [x, y] if x.is_ascii_uppercase() && y.is_ascii_uppercase())
);

place!(
    /// A region, ISO 3166-2, such as `US-CA`.
    Region,
    "a region such as `US-CA`",
    |b| matches!(b, [x, y, b'-', rest @ ..] if x.is_ascii_uppercase() && y.is_ascii_uppercase()
        && (1..=3).contains(&rest.len()) && rest.iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()))
);

place!(
    /// A language, ISO 639-1.
    Language,
    "two small letters",
    |b| matches!(b, [x, y] if x.is_ascii_lowercase() && y.is_ascii_lowercase())
);

/// Metropolitan areas of one system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metros {
    /// Whose division.
    pub system: MetroSystem,
    /// Codes of that system.
    pub values: Vec<String>,
}

/// Postal codes of one country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostalAreas {
    /// The country.
    pub country: Country,
    /// Which of the country's codes.
    pub system: PostalSystem,
    /// The codes.
    pub values: Vec<String>,
}

/// Where and on what a campaign may run. Empty lists mean: no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Constraints {
    /// Only these channels; used when products are searched.
    pub channels: Vec<Channel>,
    /// Only these countries.
    pub countries: Vec<Country>,
    /// Not these countries.
    pub countries_exclude: Vec<Country>,
    /// Only these regions.
    pub regions: Vec<Region>,
    /// Not these regions.
    pub regions_exclude: Vec<Region>,
    /// Only these metropolitan areas.
    pub metros: Vec<Metros>,
    /// Not these metropolitan areas.
    pub metros_exclude: Vec<Metros>,
    /// Only these postal codes.
    pub postal_areas: Vec<PostalAreas>,
    /// Not these postal codes.
    pub postal_areas_exclude: Vec<PostalAreas>,
    /// Only people with these languages.
    pub languages: Vec<Language>,
    /// Only these kinds of device.
    pub device_types: Vec<DeviceType>,
    /// Not these kinds of device.
    pub device_types_exclude: Vec<DeviceType>,
    /// Only these platforms.
    pub device_platforms: Vec<DevicePlatform>,
}

impl Constraints {
    /// Whether nothing is limited.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is both asked for and excluded: one violation per such value, at its place in the
    /// list of exclusions, in the order of the fields.
    #[must_use]
    pub fn check(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        clash(
            &mut found,
            "geo_countries_exclude",
            &self.countries,
            &self.countries_exclude,
            Country::as_str,
        );
        clash(
            &mut found,
            "geo_regions_exclude",
            &self.regions,
            &self.regions_exclude,
            Region::as_str,
        );
        clash_values(
            &mut found,
            "geo_metros_exclude",
            &self.metros,
            &self.metros_exclude,
            |m| (m.system.as_str(), "", m.values.as_slice()),
        );
        clash_values(
            &mut found,
            "geo_postal_areas_exclude",
            &self.postal_areas,
            &self.postal_areas_exclude,
            |p| (p.system.as_str(), p.country.as_str(), p.values.as_slice()),
        );
        clash(
            &mut found,
            "device_type_exclude",
            &self.device_types,
            &self.device_types_exclude,
            |d| d.as_str(),
        );
        found
    }
}

fn contradiction(path: String, word: &str) -> Violation {
    Violation::new(
        path,
        Code::Contradiction,
        format!("expected `{word}` either included or excluded, got both"),
    )
    .with("value", word)
}

fn clash<T>(
    found: &mut Vec<Violation>,
    path: &str,
    include: &[T],
    exclude: &[T],
    word: impl Fn(&T) -> &str,
) where
    T: PartialEq,
{
    for (i, value) in exclude
        .iter()
        .enumerate()
        .filter(|(_, value)| include.contains(value))
    {
        found.push(contradiction(format!("{path}[{i}]"), word(value)));
    }
}

fn clash_values<T>(
    found: &mut Vec<Violation>,
    path: &str,
    include: &[T],
    exclude: &[T],
    parts: impl Fn(&T) -> (&str, &str, &[String]),
) {
    let mut wanted = BTreeSet::new();
    for entry in include {
        let (system, country, values) = parts(entry);
        wanted.extend(values.iter().map(|value| (system, country, value.as_str())));
    }
    for (i, entry) in exclude.iter().enumerate() {
        let (system, country, values) = parts(entry);
        for (j, value) in values.iter().enumerate() {
            if wanted.contains(&(system, country, value.as_str())) {
                found.push(contradiction(format!("{path}[{i}].values[{j}]"), value));
            }
        }
    }
}

/// The audiences a campaign is for and those it avoids: at most [`Audiences::MAX`] of each, none
/// twice, none in both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    try_from = "(Vec<AudienceId>, Vec<AudienceId>)",
    into = "(Vec<AudienceId>, Vec<AudienceId>)"
)]
pub struct Audiences {
    target: Vec<AudienceId>,
    suppress: Vec<AudienceId>,
}

impl Audiences {
    /// The most of each.
    pub const MAX: usize = 100;

    /// Both lists.
    ///
    /// # Errors
    /// Violations at `targetAudienceIds` and `suppressAudienceIds`: too many, one twice, one in
    /// both (reported where it is suppressed).
    pub fn new(target: Vec<AudienceId>, suppress: Vec<AudienceId>) -> Result<Self, Vec<Violation>> {
        let mut found = Vec::new();
        audience_list(&mut found, "targetAudienceIds", &target);
        audience_list(&mut found, "suppressAudienceIds", &suppress);
        for (i, id) in suppress
            .iter()
            .enumerate()
            .filter(|(_, id)| target.contains(id))
        {
            found.push(both(format!("suppressAudienceIds[{i}]"), id));
        }
        if found.is_empty() {
            Ok(Self { target, suppress })
        } else {
            Err(found)
        }
    }

    /// The audiences it is for.
    #[must_use]
    pub fn target(&self) -> &[AudienceId] {
        &self.target
    }

    /// The audiences it avoids.
    #[must_use]
    pub fn suppress(&self) -> &[AudienceId] {
        &self.suppress
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.target.is_empty() && self.suppress.is_empty()
    }

    /// With more audiences: those that are there stay and keep their place. With
    /// `delete_missing` exactly the given ones remain.
    ///
    /// # Errors
    /// As [`Audiences::new`].
    pub fn merged(
        &self,
        target: Vec<AudienceId>,
        suppress: Vec<AudienceId>,
        delete_missing: bool,
    ) -> Result<Self, Vec<Violation>> {
        if delete_missing {
            return Self::new(target, suppress);
        }
        // What is wrong is reported at its place in what was given, not in the merged lists.
        Self::new(target.clone(), suppress.clone())?;
        let mut found = Vec::new();
        moved(&mut found, "targetAudienceIds", &target, &self.suppress);
        moved(&mut found, "suppressAudienceIds", &suppress, &self.target);
        if !found.is_empty() {
            return Err(found);
        }
        let mut whole = self.clone();
        whole
            .target
            .extend(target.into_iter().filter(|id| !self.target.contains(id)));
        whole.suppress.extend(
            suppress
                .into_iter()
                .filter(|id| !self.suppress.contains(id)),
        );
        Self::new(whole.target, whole.suppress)
    }
}

fn moved(found: &mut Vec<Violation>, path: &str, given: &[AudienceId], other: &[AudienceId]) {
    for (i, id) in given
        .iter()
        .enumerate()
        .filter(|(_, id)| other.contains(id))
    {
        found.push(both(format!("{path}[{i}]"), id));
    }
}

fn both(path: String, id: &AudienceId) -> Violation {
    Violation::new(
        path,
        Code::Contradiction,
        format!("expected the audience `{id}` either targeted or suppressed, got both"),
    )
    .with("value", id.as_str())
}

fn audience_list(found: &mut Vec<Violation>, path: &str, ids: &[AudienceId]) {
    if ids.len() > Audiences::MAX {
        found.push(
            Violation::new(
                path,
                Code::TooLong,
                format!(
                    "expected at most {} audiences, got {}",
                    Audiences::MAX,
                    ids.len()
                ),
            )
            .with("max", Audiences::MAX),
        );
    }
    let mut seen = BTreeSet::new();
    for (i, id) in ids.iter().enumerate() {
        if !seen.insert(id) {
            found.push(Violation::new(
                format!("{path}[{i}]"),
                Code::Duplicate,
                format!("expected each audience once, got `{id}` again"),
            ));
        }
    }
}

impl TryFrom<(Vec<AudienceId>, Vec<AudienceId>)> for Audiences {
    type Error = String;
    fn try_from((target, suppress): (Vec<AudienceId>, Vec<AudienceId>)) -> Result<Self, String> {
        Self::new(target, suppress)
            .map_err(|found| found.first().map_or_else(String::new, ToString::to_string))
    }
}

impl From<Audiences> for (Vec<AudienceId>, Vec<AudienceId>) {
    fn from(audiences: Audiences) -> Self {
        (audiences.target, audiences.suppress)
    }
}

words! {
    /// In what a window is measured.
    pub enum WindowUnit {
        Seconds = "seconds",
        Minutes = "minutes",
        Hours = "hours",
        Days = "days",
        /// The whole campaign: not rolling, its interval is always 1.
        Campaign = "campaign",
    }
}

/// A rolling length of time, or the whole campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(u32, WindowUnit)", into = "(u32, WindowUnit)")]
pub struct Window {
    interval: u32,
    unit: WindowUnit,
}

impl Window {
    /// A window; `None` for an interval of 0. For the whole campaign the interval means nothing
    /// and becomes 1.
    #[must_use]
    pub fn new(interval: u32, unit: WindowUnit) -> Option<Self> {
        match (interval, unit) {
            (0, _) => None,
            (_, WindowUnit::Campaign) => Some(Self { interval: 1, unit }),
            _ => Some(Self { interval, unit }),
        }
    }

    /// How many units, at least 1.
    #[must_use]
    pub fn interval(self) -> u32 {
        self.interval
    }

    /// The unit.
    #[must_use]
    pub fn unit(self) -> WindowUnit {
        self.unit
    }
}

impl TryFrom<(u32, WindowUnit)> for Window {
    type Error = String;
    fn try_from((interval, unit): (u32, WindowUnit)) -> Result<Self, String> {
        Self::new(interval, unit)
            .ok_or_else(|| "expected an interval of at least 1, got 0".to_owned())
    }
}

impl From<Window> for (u32, WindowUnit) {
    fn from(window: Window) -> Self {
        (window.interval, window.unit)
    }
}

/// At most so many impressions per person in a window. Several caps all hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(u32, Window)", into = "(u32, Window)")]
pub struct CapRule {
    max_impressions: u32,
    window: Window,
}

impl CapRule {
    /// A rule; `None` for 0 impressions.
    #[must_use]
    pub fn new(max_impressions: u32, window: Window) -> Option<Self> {
        (max_impressions > 0).then_some(Self {
            max_impressions,
            window,
        })
    }

    /// The most impressions, at least 1.
    #[must_use]
    pub fn max_impressions(self) -> u32 {
        self.max_impressions
    }

    /// The window.
    #[must_use]
    pub fn window(self) -> Window {
        self.window
    }
}

impl TryFrom<(u32, Window)> for CapRule {
    type Error = String;
    fn try_from((max, window): (u32, Window)) -> Result<Self, String> {
        Self::new(max, window).ok_or_else(|| "expected at least 1 impression, got 0".to_owned())
    }
}

impl From<CapRule> for (u32, Window) {
    fn from(rule: CapRule) -> Self {
        (rule.max_impressions, rule.window)
    }
}

/// A frequency cap of a campaign or an advertiser. Replaced ones stay as history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrequencyCap {
    /// Stable id.
    pub id: CapId,
    /// What it says.
    pub rule: CapRule,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When another list took its place.
    pub archived_at: Option<DateTime<Utc>>,
}

/// Puts new caps in the place of all that are in force, which become history; `None` keeps them,
/// an empty list clears.
pub fn replace_caps(
    existing: &mut Vec<FrequencyCap>,
    rules: Option<Vec<(CapId, CapRule)>>,
    now: DateTime<Utc>,
) {
    let Some(rules) = rules else { return };
    for cap in existing.iter_mut().filter(|cap| cap.archived_at.is_none()) {
        cap.archived_at = Some(now);
    }
    existing.extend(rules.into_iter().map(|(id, rule)| FrequencyCap {
        id,
        rule,
        created_at: now,
        archived_at: None,
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audience(n: usize) -> AudienceId {
        AudienceId::parse(&format!("aud_{n}")).unwrap()
    }

    #[test]
    fn places_keep_their_form() {
        assert!(Country::parse("DE").is_some());
        assert!(
            ["de", "D", "DEU", "D1", ""]
                .iter()
                .all(|bad| Country::parse(bad).is_none())
        );
        assert!(
            ["US-CA", "GB-SCT", "FR-1"]
                .iter()
                .all(|good| Region::parse(good).is_some())
        );
        assert!(
            ["US", "US-", "US-CALI", "us-ca", "US_CA"]
                .iter()
                .all(|bad| Region::parse(bad).is_none())
        );
        assert!(Language::parse("en").is_some() && Language::parse("EN").is_none());
    }

    #[test]
    fn a_country_is_not_included_and_excluded() {
        let de = Country::parse("DE").unwrap();
        let fr = Country::parse("FR").unwrap();
        let constraints = Constraints {
            countries: vec![de.clone()],
            countries_exclude: vec![fr, de],
            ..Constraints::default()
        };
        let found = constraints.check();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "geo_countries_exclude[1]");
    }

    #[test]
    fn metros_clash_within_their_system_only() {
        let metros = |system, value: &str| Metros {
            system,
            values: vec![value.into()],
        };
        let constraints = |exclude| Constraints {
            metros: vec![metros(MetroSystem::NielsenDma, "501")],
            metros_exclude: vec![exclude],
            ..Constraints::default()
        };
        assert_eq!(
            constraints(metros(MetroSystem::NielsenDma, "501"))
                .check()
                .len(),
            1
        );
        assert!(
            constraints(metros(MetroSystem::Custom, "501"))
                .check()
                .is_empty()
        );
    }

    #[test]
    fn audiences_are_added_unless_the_rest_is_to_go() {
        let first = Audiences::new(vec![audience(1)], vec![audience(2)]).unwrap();
        let more = first
            .merged(vec![audience(3), audience(1)], vec![], false)
            .unwrap();
        assert_eq!(more.target(), [audience(1), audience(3)]);
        assert_eq!(more.suppress(), [audience(2)]);
        assert!(more.merged(vec![], vec![], true).unwrap().is_empty());
        assert!(first.merged(vec![audience(2)], vec![], false).is_err());
    }

    #[test]
    fn audiences_have_limits() {
        let many: Vec<_> = (0..101).map(audience).collect();
        assert_eq!(
            Audiences::new(many, vec![]).unwrap_err()[0].code,
            Code::TooLong
        );
        assert_eq!(
            Audiences::new(vec![audience(1), audience(1)], vec![]).unwrap_err()[0].path,
            "targetAudienceIds[1]"
        );
        assert_eq!(
            Audiences::new(vec![audience(1)], vec![audience(1)]).unwrap_err()[0].code,
            Code::Contradiction
        );
    }

    #[test]
    fn new_caps_take_the_place_of_those_in_force() {
        let at = |day: u32| {
            chrono::NaiveDate::from_ymd_opt(2026, 1, day)
                .unwrap()
                .and_hms_opt(0, 0, 0)
                .unwrap()
                .and_utc()
        };
        let rule = |max| CapRule::new(max, Window::new(1, WindowUnit::Days).unwrap()).unwrap();
        let id = |n: u32| CapId::parse(&format!("cap_{n}")).unwrap();
        let mut caps = Vec::new();
        replace_caps(&mut caps, Some(vec![(id(1), rule(3))]), at(1));
        replace_caps(&mut caps, None, at(2));
        assert_eq!(caps.len(), 1);
        assert_eq!(caps[0].archived_at, None);
        replace_caps(&mut caps, Some(vec![(id(2), rule(5))]), at(3));
        assert_eq!(caps[0].archived_at, Some(at(3)));
        assert_eq!(caps[1].archived_at, None);
        replace_caps(&mut caps, Some(vec![]), at(4));
        assert_eq!(caps[0].archived_at, Some(at(3)));
        assert!(caps.iter().all(|cap| cap.archived_at.is_some()));
    }

    #[test]
    fn a_campaign_window_has_no_interval_of_its_own() {
        assert_eq!(Window::new(7, WindowUnit::Campaign).unwrap().interval(), 1);
        assert!(Window::new(0, WindowUnit::Days).is_none());
    }
}
