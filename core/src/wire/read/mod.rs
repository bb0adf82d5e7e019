//! Reading a request: one pass that collects every violation in a fixed order, that of the calls,
//! whatever the order in the body. Unknown members follow the known ones, sorted.

mod item;
mod number;
mod path;
mod time;

use super::json::{Json, shorten};
use crate::error::{Code, Violation, join};

pub use number::{Least, Range};
pub use path::Path;
pub use time::{Edge, day, instant};

/// Everything that was wrong so far.
#[derive(Debug, Default)]
pub struct Reader {
    found: Vec<Violation>,
    places: Vec<path::Place>,
}

impl Reader {
    /// Nothing read yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins with the body, which must be an object.
    pub fn body<'a>(&mut self, json: &'a Json) -> Option<Fields<'a>> {
        Item::at(self, "", json).object(self)
    }

    /// Adds a violation.
    pub fn add(&mut self, violation: Violation) {
        self.found.push(violation);
    }

    /// Adds what is wrong at a place.
    #[inline(never)]
    pub fn blame(&mut self, path: Path, code: Code, message: &str) {
        let violation = Violation::new(self.spell(path), code, message);
        self.found.push(violation);
    }

    /// Adds a violation found by a rule that knows only the last part of the path.
    pub fn add_under(&mut self, path: Path, violations: impl IntoIterator<Item = Violation>) {
        let path = self.spell(path);
        self.found.extend(
            violations
                .into_iter()
                .map(|violation| violation.under(&path)),
        );
    }

    /// How many were found; to see whether a part added any.
    #[must_use]
    pub fn count(&self) -> usize {
        self.found.len()
    }

    /// The value if nothing was wrong, else everything that was.
    ///
    /// # Errors
    /// The violations, never empty.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Vec<Violation>> {
        match value {
            Some(value) if self.found.is_empty() => Ok(value),
            _ if self.found.is_empty() => Err(vec![Violation::new(
                "",
                Code::WrongType,
                "expected a complete body, got less",
            )]),
            _ => Err(self.found),
        }
    }
}

/// The members of one object.
#[derive(Debug)]
pub struct Fields<'a> {
    path: Path,
    members: &'a [(String, Json)],
    /// Which members somebody took, by their place.
    taken: Vec<bool>,
}

impl<'a> Fields<'a> {
    /// Where the object stands.
    #[must_use]
    pub fn path(&self) -> Path {
        self.path
    }

    /// Takes a member; a second one of the name is a violation.
    pub fn get(&mut self, reader: &mut Reader, name: &'static str) -> Field<'a> {
        let path = reader.member(self.path, name);
        #[cfg(test)]
        testing::asked(&reader.spell(path));
        let (value, again) = self.take(name);
        if again {
            reader.blame(
                path,
                Code::DuplicateField,
                &format!("expected `{name}` once, got it again"),
            );
        }
        Field { path, value }
    }

    /// The first value of a name, and whether there is another.
    fn take(&mut self, name: &str) -> (Option<&'a Json>, bool) {
        let (mut first, mut again) = (None, false);
        for ((other, value), taken) in self.members.iter().zip(&mut self.taken) {
            if other == name {
                *taken = true;
                again = first.is_some();
                first = first.or(Some(value));
            }
        }
        (first, again)
    }

    /// Lets members stand that answers carry and requests need not: read and put back unchanged.
    pub fn ignore(&mut self, names: &[&'static str]) {
        for name in names {
            self.take(name);
        }
    }

    /// Whether a member is there and not `null`.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.members
            .iter()
            .any(|(n, value)| n == name && *value != Json::Null)
    }

    /// The value of a member as it came; without looking at it.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&'a Json> {
        self.members
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value)
    }

    /// Whether a member is `true`; without a violation where it is something else.
    #[must_use]
    pub fn is_true(&self, name: &str) -> bool {
        self.value(name) == Some(&Json::Bool(true))
    }

    /// The text of a member, where it is one; without a violation where it is not.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.members
            .iter()
            .find(|(n, _)| n == name)
            .and_then(|(_, value)| value.as_text())
    }

    /// Reports the members nobody took, sorted.
    pub fn finish(self, reader: &mut Reader) {
        let mut unknown: Vec<&str> = self
            .members
            .iter()
            .zip(&self.taken)
            .filter(|(_, taken)| !**taken)
            .map(|((name, _), _)| name.as_str())
            .collect();
        unknown.sort_unstable();
        unknown.dedup();
        for name in unknown {
            let name = shorten(name);
            reader.add(Violation::new(
                join(&reader.spell(self.path), &name),
                Code::UnknownField,
                format!("expected no member `{name}` here"),
            ));
        }
    }
}

/// One member of an object, there or not.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    path: Path,
    value: Option<&'a Json>,
}

impl<'a> Field<'a> {
    /// Where it stands.
    #[must_use]
    pub fn path(self) -> Path {
        self.path
    }

    /// Whether it is there, `null` included.
    #[must_use]
    pub fn is_present(self) -> bool {
        self.value.is_some()
    }

    /// The value of a member that must be there.
    pub fn required(self, reader: &mut Reader) -> Option<Item<'a>> {
        if self.value.is_none() {
            reader.blame(self.path, Code::Required, "expected a value, got nothing");
            return None;
        }
        self.optional(reader)
    }

    /// The value of a member that may be absent, but not `null`.
    pub fn optional(self, reader: &mut Reader) -> Option<Item<'a>> {
        match self.value? {
            Json::Null => {
                reader.blame(
                    self.path,
                    Code::NullNotAllowed,
                    "expected a value, got null",
                );
                None
            }
            value => Some(Item {
                path: self.path,
                value,
            }),
        }
    }

    /// The value of a member that may be absent or `null`: outer none is absent.
    pub fn nullable(self) -> Option<Option<Item<'a>>> {
        match self.value? {
            Json::Null => Some(None),
            value => Some(Some(Item {
                path: self.path,
                value,
            })),
        }
    }
}

/// A value and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    path: Path,
    value: &'a Json,
}

#[cfg(test)]
pub(crate) mod testing {
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    use serde::de::DeserializeOwned;

    use super::*;

    thread_local! {
        static ASKED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    /// Remembers which members the readers of this thread ask for.
    pub(super) fn asked(path: &str) {
        ASKED.with_borrow_mut(|paths| paths.push(path.to_owned()));
    }

    /// The members the readers asked for since the last call.
    pub(crate) fn take_asked() -> Vec<String> {
        ASKED.take()
    }

    /// The members of the body itself.
    pub(crate) fn top(asked: Vec<String>) -> BTreeSet<String> {
        asked
            .into_iter()
            .filter(|path| !path.contains(['.', '[']))
            .collect()
    }

    /// The members a struct knows, from the message serde gives for one it does not know.
    pub(crate) fn members_of<T: DeserializeOwned + std::fmt::Debug>() -> BTreeSet<String> {
        let message = serde_json::from_str::<T>(r#"{"nobody knows this":1}"#)
            .unwrap_err()
            .to_string();
        let (_, list) = message.split_once("expected ").unwrap();
        list.split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    }

    /// Reads one value at the path `x`.
    pub(crate) fn read_with<T>(
        text: &str,
        read: impl FnOnce(Item<'_>, &mut Reader) -> Option<T>,
    ) -> Result<T, Vec<Violation>> {
        let value: Json = serde_json::from_str(text).unwrap();
        let mut reader = Reader::new();
        let item = Item::at(&mut reader, "x", &value);
        let out = read(item, &mut reader);
        reader.finish(out)
    }

    /// Paths and codes of what is wrong with a value at the path `x`.
    pub(crate) fn violations_of<T>(
        text: &str,
        read: impl FnOnce(Item<'_>, &mut Reader) -> Option<T>,
    ) -> Vec<(String, Code)> {
        match read_with(text, read) {
            Ok(_) => Vec::new(),
            Err(found) => found.into_iter().map(|v| (v.path, v.code)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        serde_json::from_str(text).unwrap()
    }

    fn codes(reader: Reader) -> Vec<(String, Code)> {
        match reader.finish::<()>(None) {
            Err(found) => found.into_iter().map(|v| (v.path, v.code)).collect(),
            Ok(()) => Vec::new(),
        }
    }

    #[test]
    fn violations_come_in_the_order_of_the_rules_whatever_the_body_says() {
        let expected = vec![
            ("a".to_owned(), Code::WrongType),
            ("b".to_owned(), Code::Required),
            ("m".to_owned(), Code::UnknownField),
            ("z".to_owned(), Code::UnknownField),
        ];
        for body in [r#"{"z":1,"a":1,"m":2}"#, r#"{"m":2,"a":1,"z":1}"#] {
            let body = json(body);
            let mut reader = Reader::new();
            let mut fields = reader.body(&body).unwrap();
            fields
                .get(&mut reader, "a")
                .required(&mut reader)
                .and_then(|i| i.line(&mut reader, 1, 5));
            let b = fields.get(&mut reader, "b").required(&mut reader);
            assert!(b.is_none());
            fields.finish(&mut reader);
            assert_eq!(codes(reader), expected);
        }
    }

    #[test]
    fn a_member_twice_is_told_once() {
        let body = json(r#"{"a":"x","a":"y","u":1,"u":2}"#);
        let mut reader = Reader::new();
        let mut fields = reader.body(&body).unwrap();
        let a = fields
            .get(&mut reader, "a")
            .required(&mut reader)
            .and_then(|i| i.line(&mut reader, 1, 5));
        fields.finish(&mut reader);
        assert_eq!(a.as_deref(), Some("x"));
        assert_eq!(
            codes(reader),
            [
                ("a".to_owned(), Code::DuplicateField),
                ("u".to_owned(), Code::UnknownField)
            ]
        );
    }
}
