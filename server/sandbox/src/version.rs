//! Which AdCP release a call is served in.

use serde_json::{Value, json};

use crate::reading::Object;
use crate::refusal::Refusal;

/// Releases served, oldest first.
pub(crate) const SUPPORTED: [&str; 2] = ["3.0", "3.1"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    V30,
    V31,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Served {
    pub version: Version,
    /// The release to echo; none when the request pinned none.
    pub echo: Option<&'static str>,
}

impl Served {
    /// Whether answers carry the task's `status` beside the body (AdCP 3.1).
    pub(crate) fn has_envelope(self) -> bool {
        self.version == Version::V31
    }
}

/// Takes the highest release at or below the pin in the same major; a request without a pin is
/// served as 3.0 (AdCP's release negotiation).
///
/// # Errors
///
/// `VERSION_UNSUPPORTED` with the releases served, and `VALIDATION_ERROR` for a pin that is not
/// MAJOR.MINOR.
pub(crate) fn negotiate(arguments: &Object) -> Result<Served, Refusal> {
    let major = match arguments.get("adcp_major_version") {
        None => None,
        Some(value) => match value.as_u64() {
            Some(major) => Some(major),
            None => {
                return Err(Refusal::invalid(
                    "adcp_major_version",
                    format!("expected a whole number, got `{value}`"),
                ));
            }
        },
    };
    let Some(pin) = arguments.get("adcp_version") else {
        return match major {
            None | Some(3) => Ok(Served {
                version: Version::V30,
                echo: None,
            }),
            Some(other) => Err(unsupported(&json!(other))),
        };
    };
    let Some((pinned_major, pinned_minor)) = pin.as_str().and_then(release) else {
        return Err(Refusal::invalid(
            "adcp_version",
            format!("expected MAJOR.MINOR such as 3.1, got `{pin}`"),
        ));
    };
    if pinned_major != 3 || major.is_some_and(|major| major != pinned_major) {
        return Err(unsupported(pin));
    }
    Ok(if pinned_minor == 0 {
        Served {
            version: Version::V30,
            echo: Some("3.0"),
        }
    } else {
        Served {
            version: Version::V31,
            echo: Some("3.1"),
        }
    })
}

/// Major and minor of `3.1`; a patch component and pre-releases are not read.
fn release(text: &str) -> Option<(u64, u64)> {
    let (major, minor) = text.split_once('.')?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(major) || !digits(minor) {
        return None;
    }
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn unsupported(claimed: &Value) -> Refusal {
    Refusal::new(
        "VERSION_UNSUPPORTED",
        format!(
            "AdCP `{}` is not served here",
            claimed
                .as_str()
                .map_or_else(|| claimed.to_string(), str::to_owned)
        ),
    )
    .at("adcp_version")
    .suggesting(format!("pin one of {}", SUPPORTED.join(", ")))
    .with(json!({"claimed_version": claimed, "supported_versions": SUPPORTED}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(arguments: Value) -> Result<(Version, Option<&'static str>), &'static str> {
        let Value::Object(arguments) = arguments else {
            panic!("arguments are an object");
        };
        negotiate(&arguments)
            .map(|served| (served.version, served.echo))
            .map_err(|refusal| refusal.code)
    }

    #[test]
    fn the_highest_release_at_or_below_the_pin_is_served() {
        assert_eq!(served(json!({})), Ok((Version::V30, None)));
        assert_eq!(
            served(json!({"adcp_major_version": 3})),
            Ok((Version::V30, None))
        );
        assert_eq!(
            served(json!({"adcp_version": "3.0"})),
            Ok((Version::V30, Some("3.0")))
        );
        assert_eq!(
            served(json!({"adcp_version": "3.1", "adcp_major_version": 3})),
            Ok((Version::V31, Some("3.1")))
        );
        assert_eq!(
            served(json!({"adcp_version": "3.2"})),
            Ok((Version::V31, Some("3.1")))
        );
    }

    #[test]
    fn other_majors_disagreement_and_patches_are_refused() {
        assert_eq!(
            served(json!({"adcp_version": "4.0"})),
            Err("VERSION_UNSUPPORTED")
        );
        assert_eq!(
            served(json!({"adcp_major_version": 2})),
            Err("VERSION_UNSUPPORTED")
        );
        assert_eq!(
            served(json!({"adcp_version": "3.1", "adcp_major_version": 4})),
            Err("VERSION_UNSUPPORTED")
        );
        assert_eq!(
            served(json!({"adcp_version": "3.1.2"})),
            Err("VALIDATION_ERROR")
        );
        assert_eq!(
            served(json!({"adcp_version": 3.1})),
            Err("VALIDATION_ERROR")
        );
    }
}
