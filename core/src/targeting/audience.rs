//! Audiences to reach and to leave out.

use serde::{Deserialize, Serialize};

use crate::error::{Code, Violation};
use crate::ids::AudienceId;
use crate::sorted::Sorted;

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
    let mut seen = Sorted::new();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn audience(n: usize) -> AudienceId {
        AudienceId::parse(&format!("aud_{n}")).unwrap()
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
}
