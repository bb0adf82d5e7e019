//! Paths into JSON, as violations spell them: `pacingPeriods.periods[2].weight`.

use super::Json;

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<'a> {
    /// A member of an object.
    Member(&'a str),
    /// An entry of a list, from 0.
    At(usize),
}

/// The steps of a path; `None` for what is no path. The empty path has no steps.
#[must_use]
pub fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut steps = Vec::new();
    if path.is_empty() {
        return Some(steps);
    }
    for part in path.split('.') {
        let (name, mut rest) = match part.split_once('[') {
            Some((name, rest)) => (name, Some(rest)),
            None => (part, None),
        };
        if name.is_empty() && !(rest.is_some() && steps.is_empty()) {
            return None;
        }
        if !name.is_empty() {
            steps.push(Step::Member(name));
        }
        while let Some(open) = rest {
            let (digits, after) = open.split_once(']')?;
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            steps.push(Step::At(digits.parse().ok()?));
            rest = match after.strip_prefix('[') {
                Some(next) => Some(next),
                None if after.is_empty() => None,
                None => return None,
            };
        }
    }
    Some(steps)
}

impl Json {
    /// The value one step down.
    #[must_use]
    pub fn step(&self, step: &Step<'_>) -> Option<&Json> {
        match (self, step) {
            (Self::Object(_), Step::Member(name)) => self.member(name),
            (Self::List(list), Step::At(index)) => list.get(*index),
            _ => None,
        }
    }

    pub(crate) fn step_mut(&mut self, step: &Step<'_>) -> Option<&mut Json> {
        match (self, step) {
            (Self::Object(members), Step::Member(name)) => members
                .iter_mut()
                .find(|(n, _)| n == name)
                .map(|(_, value)| value),
            (Self::List(list), Step::At(index)) => list.get_mut(*index),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_members_and_places() {
        use Step::{At, Member};
        assert_eq!(
            steps("pacingPeriods.periods[2].weight").unwrap(),
            [
                Member("pacingPeriods"),
                Member("periods"),
                At(2),
                Member("weight")
            ]
        );
        assert_eq!(steps("a[0][1]").unwrap(), [Member("a"), At(0), At(1)]);
        assert_eq!(steps("[3].b").unwrap(), [At(3), Member("b")]);
        assert_eq!(steps("").unwrap(), []);
        for wrong in [
            ".",
            "a.",
            ".a",
            "a..b",
            "a[",
            "a[]",
            "a[x]",
            "a[-1]",
            "a[1",
            "a[1]b",
            "a.[1]",
            "a[99999999999999999999999]",
        ] {
            assert_eq!(steps(wrong), None, "{wrong}");
        }
    }
}
