//! Where and on what a campaign may run.

use serde::{Deserialize, Serialize};

use super::{
    Channel, Country, DevicePlatform, DeviceType, Language, MetroSystem, PostalSystem, Region,
};
use crate::error::{Code, Violation};
use crate::sorted::Sorted;

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
    let mut wanted = Sorted::new();
    for entry in include {
        let (system, country, values) = parts(entry);
        for value in values {
            wanted.insert((system, country, value.as_str()));
        }
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
