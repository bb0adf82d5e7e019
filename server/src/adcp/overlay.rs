//! Goals and constraints as every package carries them: `optimization_goals` and
//! `targeting_overlay`.

use flighting_core::goal::{
    Attribution, EventGoal, EventSource, EventTarget, Goal, MetricGoal, MetricTarget,
};
use flighting_core::targeting::{
    Audiences, Constraints, Metros, PostalAreas, PostalSystem, Window,
};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;

use super::version::Version;

/// Something that cannot be said in the release an agent speaks. Nothing is sent then: leaving
/// it out would buy something else than was planned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unspeakable(pub String);

/// A JSON number that stands on the wire exactly as its decimal text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exact(pub Decimal);

impl Serialize for Exact {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.to_string())
            .map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}

fn is_empty<T>(list: &&[T]) -> bool {
    list.is_empty()
}

/// `targeting_overlay`: the constraints that a seller applies while serving. Channels are not
/// among them; they chose the products.
#[derive(Debug, Default, Serialize)]
pub struct Overlay<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    geo_countries: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    geo_countries_exclude: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    geo_regions: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    geo_regions_exclude: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    geo_metros: Vec<OverlayMetros<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    geo_metros_exclude: Vec<OverlayMetros<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    geo_postal_areas: Vec<OverlayPostal<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    geo_postal_areas_exclude: Vec<OverlayPostal<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    language: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    device_type: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    device_type_exclude: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    device_platform: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    audience_include: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    audience_exclude: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct OverlayMetros<'a> {
    system: &'a str,
    #[serde(skip_serializing_if = "is_empty")]
    values: &'a [String],
}

#[derive(Debug, Serialize)]
struct OverlayPostal<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
    system: &'a str,
    values: &'a [String],
}

impl<'a> Overlay<'a> {
    /// The overlay of a package; none when nothing but channels is constrained.
    ///
    /// # Errors
    /// [`Unspeakable`] for postal codes that the release has no word for.
    pub fn of(constraints: &'a Constraints, version: Version) -> Result<Option<Self>, Unspeakable> {
        let Constraints {
            channels: _,
            countries,
            countries_exclude,
            regions,
            regions_exclude,
            metros,
            metros_exclude,
            postal_areas,
            postal_areas_exclude,
            languages,
            device_types,
            device_types_exclude,
            device_platforms,
        } = constraints;
        let only_channels = Constraints {
            channels: constraints.channels.clone(),
            ..Constraints::default()
        };
        if *constraints == only_channels {
            return Ok(None);
        }
        Ok(Some(Self {
            geo_countries: countries.iter().map(|place| place.as_str()).collect(),
            geo_countries_exclude: countries_exclude
                .iter()
                .map(|place| place.as_str())
                .collect(),
            geo_regions: regions.iter().map(|place| place.as_str()).collect(),
            geo_regions_exclude: regions_exclude.iter().map(|place| place.as_str()).collect(),
            geo_metros: metros.iter().map(metro).collect(),
            geo_metros_exclude: metros_exclude.iter().map(metro).collect(),
            geo_postal_areas: postal_areas
                .iter()
                .map(|areas| postal(areas, version))
                .collect::<Result<_, _>>()?,
            geo_postal_areas_exclude: postal_areas_exclude
                .iter()
                .map(|areas| postal(areas, version))
                .collect::<Result<_, _>>()?,
            language: languages.iter().map(|language| language.as_str()).collect(),
            device_type: device_types.iter().map(|device| device.as_str()).collect(),
            device_type_exclude: device_types_exclude
                .iter()
                .map(|device| device.as_str())
                .collect(),
            device_platform: device_platforms
                .iter()
                .map(|platform| platform.as_str())
                .collect(),
            ..Self::default()
        }))
    }

    /// The same with a package's audiences.
    ///
    /// # Errors
    /// As [`Overlay::of`].
    pub fn with_audiences(
        constraints: &'a Constraints,
        audiences: &'a Audiences,
        version: Version,
    ) -> Result<Option<Self>, Unspeakable> {
        let overlay = Self::of(constraints, version)?;
        if audiences.is_empty() {
            return Ok(overlay);
        }
        Ok(Some(Self {
            audience_include: audiences.target().iter().map(|id| id.as_str()).collect(),
            audience_exclude: audiences.suppress().iter().map(|id| id.as_str()).collect(),
            ..overlay.unwrap_or_default()
        }))
    }
}

fn metro(metros: &Metros) -> OverlayMetros<'_> {
    let Metros { system, values } = metros;
    OverlayMetros {
        system: system.as_str(),
        values,
    }
}

/// 3.1 names country and system apart; 3.0 has one word for both, for eleven of them.
fn postal(areas: &PostalAreas, version: Version) -> Result<OverlayPostal<'_>, Unspeakable> {
    let PostalAreas {
        country,
        system,
        values,
    } = areas;
    if version != Version::V3_0 {
        return Ok(OverlayPostal {
            country: Some(country.as_str()),
            system: system.as_str(),
            values,
        });
    }
    let word = match (country.as_str(), system) {
        ("US", PostalSystem::Zip) => "us_zip",
        ("US", PostalSystem::ZipPlusFour) => "us_zip_plus_four",
        ("GB", PostalSystem::Outward) => "gb_outward",
        ("GB", PostalSystem::Full) => "gb_full",
        ("CA", PostalSystem::Fsa) => "ca_fsa",
        ("CA", PostalSystem::Full) => "ca_full",
        ("DE", PostalSystem::Plz) => "de_plz",
        ("CH", PostalSystem::Plz) => "ch_plz",
        ("AT", PostalSystem::Plz) => "at_plz",
        ("FR", PostalSystem::CodePostal) => "fr_code_postal",
        ("AU", PostalSystem::Postcode) => "au_postcode",
        (country, system) => {
            return Err(Unspeakable(format!(
                "expected postal codes that AdCP 3.0 knows, got `{system}` of `{country}`; the agent speaks no newer release"
            )));
        }
    };
    Ok(OverlayPostal {
        country: None,
        system: word,
        values,
    })
}

/// One entry of `optimization_goals`.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WireGoal<'a> {
    /// On a delivery metric.
    Metric {
        /// Which.
        metric: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        view_duration_seconds: Option<Exact>,
        #[serde(skip_serializing_if = "Option::is_none")]
        target: Option<WireTarget>,
        #[serde(skip_serializing_if = "Option::is_none")]
        priority: Option<u32>,
    },
    /// On the advertiser's events.
    Event {
        /// Where they come from.
        event_sources: Vec<WireSource<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        target: Option<WireTarget>,
        #[serde(skip_serializing_if = "Option::is_none")]
        attribution_window: Option<WireAttribution>,
        #[serde(skip_serializing_if = "Option::is_none")]
        priority: Option<u32>,
    },
}

/// A target of a goal.
#[derive(Debug, Serialize)]
pub struct WireTarget {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Exact>,
}

/// A source of events.
#[derive(Debug, Serialize)]
pub struct WireSource<'a> {
    event_source_id: &'a str,
    event_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_event_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_factor: Option<Exact>,
}

/// How long after a contact an event counts.
#[derive(Debug, Serialize)]
pub struct WireAttribution {
    #[serde(skip_serializing_if = "Option::is_none")]
    post_click: Option<WireWindow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_view: Option<WireWindow>,
}

/// A length of time.
#[derive(Debug, Serialize)]
pub struct WireWindow {
    interval: u32,
    unit: &'static str,
}

impl From<Window> for WireWindow {
    fn from(window: Window) -> Self {
        Self {
            interval: window.interval(),
            unit: window.unit().as_str(),
        }
    }
}

impl From<Attribution> for WireAttribution {
    fn from(attribution: Attribution) -> Self {
        Self {
            post_click: attribution.post_click().map(WireWindow::from),
            post_view: attribution.post_view().map(WireWindow::from),
        }
    }
}

impl<'a> From<&'a Goal> for WireGoal<'a> {
    fn from(goal: &'a Goal) -> Self {
        match goal {
            Goal::Metric(goal) => metric(goal),
            Goal::Event(goal) => event(goal),
        }
    }
}

fn metric(goal: &MetricGoal) -> WireGoal<'_> {
    let flighting_core::goal::MetricGoalParts {
        metric,
        view_duration_seconds,
        target,
        priority,
    } = goal.parts();
    WireGoal::Metric {
        metric: metric.as_str(),
        view_duration_seconds: view_duration_seconds.map(|seconds| Exact(seconds.to_decimal())),
        target: target.map(|target: MetricTarget| WireTarget {
            kind: target.kind().as_str(),
            value: Some(Exact(target.value().to_decimal())),
        }),
        priority: *priority,
    }
}

fn event(goal: &EventGoal) -> WireGoal<'_> {
    let flighting_core::goal::EventGoalParts {
        sources,
        target,
        attribution,
        priority,
    } = goal.parts();
    WireGoal::Event {
        event_sources: sources.iter().map(source).collect(),
        target: target.map(|target: EventTarget| WireTarget {
            kind: target.kind().as_str(),
            value: target.value().map(|value| Exact(value.to_decimal())),
        }),
        attribution_window: attribution.map(WireAttribution::from),
        priority: *priority,
    }
}

fn source(source: &EventSource) -> WireSource<'_> {
    let flighting_core::goal::EventSourceParts {
        event_source_id,
        event_type,
        custom_event_name,
        value_field,
        value_factor,
    } = source.parts();
    WireSource {
        event_source_id,
        event_type: event_type.as_str(),
        custom_event_name: custom_event_name.as_deref(),
        value_field: value_field.as_deref(),
        value_factor: value_factor.map(Exact),
    }
}
