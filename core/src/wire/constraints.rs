//! `constraints` (contract 3.6): the same members in requests and answers.

use serde::{Deserialize, Serialize};

use super::read::{Fields, Item, Reader};
use crate::error::{Code, Violation};
use crate::targeting::{
    Channel, Constraints, Country, DevicePlatform, DeviceType, Language, MetroSystem, Metros,
    PostalAreas, PostalSystem, Region,
};

/// Where and on what a campaign may run; an absent list is no limit. An update replaces all of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Constraints))]
pub struct ConstraintsBody {
    /// Channels; `video` is read as `olv`, `audio` as `streaming_audio`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(example = json!(["ctv", "olv"])))]
    pub channels: Vec<String>,
    /// An older name of `geo_countries`; answers do not use it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 250, deprecated))]
    pub countries: Vec<String>,
    /// Only these countries, ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 250, example = json!(["DE", "AT"])))]
    pub geo_countries: Vec<String>,
    /// Not these countries.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 250))]
    pub geo_countries_exclude: Vec<String>,
    /// Only these regions, ISO 3166-2, such as `US-CA`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 250))]
    pub geo_regions: Vec<String>,
    /// Not these regions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 250))]
    pub geo_regions_exclude: Vec<String>,
    /// Only these metropolitan areas.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub geo_metros: Vec<MetrosBody>,
    /// Not these metropolitan areas.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub geo_metros_exclude: Vec<MetrosBody>,
    /// Only these postal codes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub geo_postal_areas: Vec<PostalAreasBody>,
    /// Not these postal codes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub geo_postal_areas_exclude: Vec<PostalAreasBody>,
    /// Only these languages, ISO 639-1.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub language: Vec<String>,
    /// Only these kinds of device.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub device_type: Vec<DeviceType>,
    /// Not these kinds of device.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub device_type_exclude: Vec<DeviceType>,
    /// Only these platforms.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub device_platform: Vec<DevicePlatform>,
}

/// Metropolitan areas of one system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Metros))]
pub struct MetrosBody {
    /// Whose division.
    pub system: MetroSystem,
    /// Codes of that system.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 500))]
    pub values: Vec<String>,
}

/// Postal codes of one country.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = PostalAreas))]
pub struct PostalAreasBody {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Which of the country's codes.
    pub system: PostalSystem,
    /// The codes.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 500))]
    pub values: Vec<String>,
}

const MAX_PLACES: usize = 250;
const MAX_GROUPS: usize = 20;
const MAX_VALUES: usize = 500;

/// Reads the object. `None` when anything in it is wrong.
pub(super) fn read(item: Item<'_>, reader: &mut Reader) -> Option<Constraints> {
    let before = reader.count();
    let mut fields = item.object(reader)?;
    let path = fields.path();
    let out = Constraints {
        channels: list(
            &mut fields,
            reader,
            "channels",
            Channel::ALL.len(),
            |item, reader| item.word(reader, Channel::WORDS, Channel::parse_alias),
        ),
        countries: countries(&mut fields, reader),
        countries_exclude: list(
            &mut fields,
            reader,
            "geo_countries_exclude",
            MAX_PLACES,
            country,
        ),
        regions: list(&mut fields, reader, "geo_regions", MAX_PLACES, region),
        regions_exclude: list(
            &mut fields,
            reader,
            "geo_regions_exclude",
            MAX_PLACES,
            region,
        ),
        metros: list(&mut fields, reader, "geo_metros", MAX_GROUPS, metros),
        metros_exclude: list(
            &mut fields,
            reader,
            "geo_metros_exclude",
            MAX_GROUPS,
            metros,
        ),
        postal_areas: list(
            &mut fields,
            reader,
            "geo_postal_areas",
            MAX_GROUPS,
            postal_areas,
        ),
        postal_areas_exclude: list(
            &mut fields,
            reader,
            "geo_postal_areas_exclude",
            MAX_GROUPS,
            postal_areas,
        ),
        languages: list(&mut fields, reader, "language", 100, |item, reader| {
            item.parsed(
                reader,
                Code::InvalidFormat,
                Language::EXPECTED,
                Language::parse,
            )
        }),
        device_types: list(
            &mut fields,
            reader,
            "device_type",
            DeviceType::ALL.len(),
            device_type,
        ),
        device_types_exclude: list(
            &mut fields,
            reader,
            "device_type_exclude",
            DeviceType::ALL.len(),
            device_type,
        ),
        device_platforms: list(
            &mut fields,
            reader,
            "device_platform",
            DevicePlatform::ALL.len(),
            |item, reader| item.word(reader, DevicePlatform::WORDS, DevicePlatform::parse),
        ),
    };
    fields.finish(reader);
    reader.add_under(path, out.check());
    (reader.count() == before).then_some(out)
}

fn list<'a, T: PartialEq>(
    fields: &mut Fields<'a>,
    reader: &mut Reader,
    name: &'static str,
    max: usize,
    read: impl Fn(Item<'a>, &mut Reader) -> Option<T>,
) -> Vec<T> {
    fields
        .get(reader, name)
        .optional(reader)
        .and_then(|item| item.distinct(reader, 0, max, read))
        .unwrap_or_default()
}

/// `geo_countries` and its older name; both only when they say the same.
fn countries(fields: &mut Fields<'_>, reader: &mut Reader) -> Vec<Country> {
    let old = fields.get(reader, "countries");
    let path = old.path();
    let given = old.is_present() && fields.has("geo_countries");
    let old = old
        .optional(reader)
        .and_then(|item| item.distinct(reader, 0, MAX_PLACES, country));
    let new = list(fields, reader, "geo_countries", MAX_PLACES, country);
    match old {
        Some(old) if given && old != new => {
            reader.add(Violation::new(
                reader.spell(path),
                Code::Contradiction,
                "expected `countries` to say the same as `geo_countries`, or to be left out",
            ));
            new
        }
        Some(old) if !given => old,
        _ => new,
    }
}

fn country(item: Item<'_>, reader: &mut Reader) -> Option<Country> {
    item.parsed(
        reader,
        Code::InvalidFormat,
        Country::EXPECTED,
        Country::parse,
    )
}

fn region(item: Item<'_>, reader: &mut Reader) -> Option<Region> {
    item.parsed(reader, Code::InvalidFormat, Region::EXPECTED, Region::parse)
}

fn device_type(item: Item<'_>, reader: &mut Reader) -> Option<DeviceType> {
    item.word(reader, DeviceType::WORDS, DeviceType::parse)
}

fn values(fields: &mut Fields<'_>, reader: &mut Reader) -> Option<Vec<String>> {
    fields
        .get(reader, "values")
        .required(reader)
        .and_then(|item| {
            item.distinct(reader, 1, MAX_VALUES, |item, reader| {
                item.line(reader, 1, 40)
            })
        })
}

fn metros(item: Item<'_>, reader: &mut Reader) -> Option<Metros> {
    let mut fields = item.object(reader)?;
    let system = fields
        .get(reader, "system")
        .required(reader)
        .and_then(|item| item.word(reader, MetroSystem::WORDS, MetroSystem::parse));
    let values = values(&mut fields, reader);
    fields.finish(reader);
    Some(Metros {
        system: system?,
        values: values?,
    })
}

fn postal_areas(item: Item<'_>, reader: &mut Reader) -> Option<PostalAreas> {
    let mut fields = item.object(reader)?;
    let country = fields
        .get(reader, "country")
        .required(reader)
        .and_then(|item| country(item, reader));
    let system = fields
        .get(reader, "system")
        .required(reader)
        .and_then(|item| item.word(reader, PostalSystem::WORDS, PostalSystem::parse));
    let values = values(&mut fields, reader);
    fields.finish(reader);
    Some(PostalAreas {
        country: country?,
        system: system?,
        values: values?,
    })
}

impl From<&Constraints> for ConstraintsBody {
    fn from(constraints: &Constraints) -> Self {
        let Constraints {
            channels,
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
        let codes = |places: &[Country]| places.iter().map(|c| c.as_str().to_owned()).collect();
        let regions_out =
            |places: &[Region]| places.iter().map(|r| r.as_str().to_owned()).collect();
        let metros_out = |list: &[Metros]| {
            list.iter()
                .map(|Metros { system, values }| MetrosBody {
                    system: *system,
                    values: values.clone(),
                })
                .collect()
        };
        let postal_out = |list: &[PostalAreas]| {
            list.iter()
                .map(
                    |PostalAreas {
                         country,
                         system,
                         values,
                     }| PostalAreasBody {
                        country: country.as_str().to_owned(),
                        system: *system,
                        values: values.clone(),
                    },
                )
                .collect()
        };
        Self {
            channels: channels
                .iter()
                .map(|channel| channel.as_str().to_owned())
                .collect(),
            countries: Vec::new(),
            geo_countries: codes(countries),
            geo_countries_exclude: codes(countries_exclude),
            geo_regions: regions_out(regions),
            geo_regions_exclude: regions_out(regions_exclude),
            geo_metros: metros_out(metros),
            geo_metros_exclude: metros_out(metros_exclude),
            geo_postal_areas: postal_out(postal_areas),
            geo_postal_areas_exclude: postal_out(postal_areas_exclude),
            language: languages
                .iter()
                .map(|language| language.as_str().to_owned())
                .collect(),
            device_type: device_types.clone(),
            device_type_exclude: device_types_exclude.clone(),
            device_platform: device_platforms.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::read::testing::{read_with, violations_of};
    use super::*;

    fn codes(text: &str) -> Vec<(String, Code)> {
        violations_of(text, read)
    }

    #[test]
    fn what_is_answered_can_be_written_back() {
        let text = r#"{"channels":["video","ctv"],"geo_countries":["DE"],"geo_regions_exclude":["DE-BY"],
            "geo_metros":[{"system":"custom","values":["a"]}],"geo_postal_areas":[{"country":"DE","system":"plz","values":["10115"]}],
            "language":["de"],"device_type":["ctv"],"device_platform":["tvos"]}"#;
        let first = read_with(text, read).unwrap();
        assert_eq!(first.channels, [Channel::Olv, Channel::Ctv]);
        let body = serde_json::to_string(&ConstraintsBody::from(&first)).unwrap();
        assert_eq!(read_with(&body, read).unwrap(), first);
    }

    #[test]
    fn the_older_name_means_the_same() {
        let old = read_with(r#"{"countries":["DE"]}"#, read).unwrap();
        assert_eq!(
            old,
            read_with(r#"{"geo_countries":["DE"],"countries":["DE"]}"#, read).unwrap()
        );
        assert_eq!(
            codes(r#"{"geo_countries":["DE"],"countries":["FR"]}"#),
            [("x.countries".to_owned(), Code::Contradiction)]
        );
    }

    #[test]
    fn every_wrong_entry_is_named() {
        assert_eq!(
            codes(
                r#"{"geo_countries":["de","DE","DE"],"channels":["tv"],"cities":["Berlin"],"geo_metros":[{"system":"x","values":[]}]}"#
            ),
            [
                ("x.channels[0]".to_owned(), Code::UnknownValue),
                ("x.geo_countries[0]".to_owned(), Code::InvalidFormat),
                ("x.geo_countries[2]".to_owned(), Code::Duplicate),
                ("x.geo_metros[0].system".to_owned(), Code::UnknownValue),
                ("x.geo_metros[0].values".to_owned(), Code::TooShort),
                ("x.cities".to_owned(), Code::UnknownField),
            ]
        );
        assert_eq!(
            codes(r#"{"countries":["DE"],"geo_countries_exclude":["DE"]}"#),
            [("x.geo_countries_exclude[0]".to_owned(), Code::Contradiction)]
        );
    }
}
