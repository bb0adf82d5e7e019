//! Which AdCP release we speak with an agent (decision 33): 3.1, or 3.2 where the agent's list
//! lacks 3.1, else 3.0.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A release of AdCP that we speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Version {
    /// 3.0: no version on the wire but the major number.
    #[serde(rename = "3.0")]
    V3_0,
    /// 3.1.
    #[serde(rename = "3.1")]
    V3_1,
    /// 3.2.
    #[serde(rename = "3.2")]
    V3_2,
}

/// The major version of every request.
pub const MAJOR: u8 = 3;

impl Version {
    /// What we would rather speak, best first.
    const PREFERENCE: [Self; 3] = [Self::V3_1, Self::V3_2, Self::V3_0];

    /// Major and minor.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V3_0 => "3.0",
            Self::V3_1 => "3.1",
            Self::V3_2 => "3.2",
        }
    }

    /// Reads a release; a patch number is ignored, a pre-release is another release.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let release = match text.splitn(3, '.').collect::<Vec<_>>().as_slice() {
            [major, minor] => format!("{major}.{minor}"),
            [major, minor, patch] if patch.bytes().all(|byte| byte.is_ascii_digit()) => {
                format!("{major}.{minor}")
            }
            _ => return None,
        };
        Self::PREFERENCE
            .into_iter()
            .find(|version| version.as_str() == release)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The release we pin with one agent, and whether the agent knows pins at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Dialect {
    /// What requests are written in.
    pub pin: Version,
    /// Whether the agent listed the releases it supports. An agent that did not is of the 3.0
    /// line, which knows only the major number.
    pub listed: bool,
}

impl Dialect {
    /// What we speak before we know better.
    pub const OPENING: Self = Self {
        pin: Version::V3_1,
        listed: true,
    };

    /// The release to speak with an agent that supports these. An absent list means 3.0.
    ///
    /// # Errors
    /// The agent's list, when nothing in it is spoken here.
    pub fn negotiate(supported: Option<&[String]>) -> Result<Self, Vec<String>> {
        let Some(list) = supported else {
            return Ok(Self {
                pin: Version::V3_0,
                listed: false,
            });
        };
        Version::PREFERENCE
            .into_iter()
            .find(|version| {
                list.iter()
                    .any(|text| Version::parse(text) == Some(*version))
            })
            .map(|pin| Self { pin, listed: true })
            .ok_or_else(|| list.to_vec())
    }

    /// The `adcp_version` of a request.
    #[must_use]
    pub fn wire_version(self) -> Option<&'static str> {
        self.listed.then(|| self.pin.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pin_follows_the_agents_list() {
        let pin = |list: &[&str]| {
            let list: Vec<String> = list.iter().map(|text| (*text).to_owned()).collect();
            Dialect::negotiate(Some(&list)).map(|dialect| dialect.wire_version())
        };
        assert_eq!(pin(&["3.0", "3.1", "3.2"]), Ok(Some("3.1")));
        assert_eq!(pin(&["3.0", "3.2"]), Ok(Some("3.2")));
        assert_eq!(pin(&["3.0"]), Ok(Some("3.0")));
        assert_eq!(pin(&["3.1.27"]), Ok(Some("3.1")));
        assert_eq!(pin(&["3.1-beta", "3.1.0-rc.1", "3.0"]), Ok(Some("3.0")));
        assert_eq!(
            pin(&["4.0", "2.5"]),
            Err(vec!["4.0".to_owned(), "2.5".to_owned()])
        );
        assert_eq!(pin(&[]), Err(Vec::new()));
        let absent = Dialect::negotiate(None).unwrap();
        assert_eq!((absent.pin, absent.wire_version()), (Version::V3_0, None));
    }
}
