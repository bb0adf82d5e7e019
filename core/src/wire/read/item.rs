//! Objects, lists, text and words.

use super::{Fields, Item, Path, Reader};
use crate::error::{Code, Violation};
use crate::wire::json::{Json, shorten};

impl<'a> Item<'a> {
    /// A value that stands somewhere by itself.
    #[must_use]
    pub fn at(reader: &mut Reader, path: &str, value: &'a Json) -> Self {
        Self {
            path: reader.root(path),
            value,
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn path(self) -> Path {
        self.path
    }

    /// The value as it came.
    #[must_use]
    pub fn value(self) -> &'a Json {
        self.value
    }

    /// The members, if it is an object.
    pub fn object(self, reader: &mut Reader) -> Option<Fields<'a>> {
        match self.value {
            Json::Object(members) => Some(Fields {
                path: self.path,
                members,
                taken: vec![false; members.len()],
            }),
            _ => self.wrong(reader, "an object"),
        }
    }

    /// The entries, if it is a list of so many. A list that is too long is not read further.
    pub fn list(self, reader: &mut Reader, min: usize, max: usize) -> Option<Vec<Item<'a>>> {
        let list = self.entries(reader, min, max)?;
        let mut items = Vec::with_capacity(list.len());
        for (index, value) in list.iter().enumerate() {
            let path = reader.entry(self.path, index);
            items.push(Item { path, value });
        }
        Some(items)
    }

    fn entries(self, reader: &mut Reader, min: usize, max: usize) -> Option<&'a [Json]> {
        let Json::List(list) = self.value else {
            return self.wrong(reader, "a list");
        };
        between(reader, self.path, list.len(), min, max, "entries").then_some(list)
    }

    /// The entries, each read by a function; `None` when any of them is wrong.
    pub fn each<T>(
        self,
        reader: &mut Reader,
        min: usize,
        max: usize,
        read: impl Fn(Item<'a>, &mut Reader) -> Option<T>,
    ) -> Option<Vec<T>> {
        let list = self.entries(reader, min, max)?;
        let mut values: Vec<T> = Vec::with_capacity(list.len());
        for (index, value) in list.iter().enumerate() {
            let path = reader.entry(self.path, index);
            if let Some(value) = read(Item { path, value }, reader) {
                values.push(value);
            }
        }
        (values.len() == list.len()).then_some(values)
    }

    /// As [`Item::each`], with each value at most once.
    pub fn distinct<T: PartialEq>(
        self,
        reader: &mut Reader,
        min: usize,
        max: usize,
        read: impl Fn(Item<'a>, &mut Reader) -> Option<T>,
    ) -> Option<Vec<T>> {
        let list = self.entries(reader, min, max)?;
        let mut values: Vec<T> = Vec::with_capacity(list.len());
        for (index, value) in list.iter().enumerate() {
            let entry = Item {
                path: reader.entry(self.path, index),
                value,
            };
            let Some(value) = read(entry, reader) else {
                continue;
            };
            if values.contains(&value) {
                entry.is_again(reader);
            } else {
                values.push(value);
            }
        }
        (values.len() == list.len()).then_some(values)
    }

    #[inline(never)]
    fn is_again(self, reader: &mut Reader) {
        let message = format!(
            "expected each entry once, got {} again",
            self.value.describe()
        );
        reader.blame(self.path, Code::Duplicate, &message);
    }

    /// Text of one or more lines, trimmed; line ends become `\n`. Lengths are Unicode scalar
    /// values after trimming (decision 24).
    pub fn text(self, reader: &mut Reader, min: usize, max: usize) -> Option<String> {
        let raw = self.raw_text(reader)?;
        let mut text = String::with_capacity(raw.len());
        let mut left = raw.trim().chars().peekable();
        while let Some(c) = left.next() {
            if c != '\r' || left.peek() != Some(&'\n') {
                text.push(c);
            }
        }
        self.limited(reader, text, min, max, |c| {
            c.is_control() && c != '\n' && c != '\t'
        })
    }

    /// Text of a single line, trimmed.
    pub fn line(self, reader: &mut Reader, min: usize, max: usize) -> Option<String> {
        let text = self.raw_text(reader)?.trim().to_owned();
        self.limited(reader, text, min, max, |c| c.is_control())
    }

    /// Text that no message may show.
    pub fn secret_text(self, reader: &mut Reader, min: usize, max: usize) -> Option<String> {
        let Json::Text(text) = self.value else {
            reader.blame(self.path, Code::WrongType, "expected text");
            return None;
        };
        between(
            reader,
            self.path,
            text.chars().count(),
            min,
            max,
            "characters",
        )
        .then(|| text.clone())
    }

    pub(super) fn raw_text(self, reader: &mut Reader) -> Option<&'a str> {
        match self.value {
            Json::Text(text) => Some(text),
            _ => self.wrong(reader, "text"),
        }
    }

    fn limited(
        self,
        reader: &mut Reader,
        text: String,
        min: usize,
        max: usize,
        control: fn(char) -> bool,
    ) -> Option<String> {
        if let Some(found) = text.chars().find(|c| control(*c)) {
            reader.blame(
                self.path,
                Code::InvalidFormat,
                &format!(
                    "expected text without control characters, got U+{:04X}",
                    u32::from(found)
                ),
            );
            return None;
        }
        between(
            reader,
            self.path,
            text.chars().count(),
            min,
            max,
            "characters",
        )
        .then_some(text)
    }

    /// Text that another function makes something of.
    pub fn parsed<T>(
        self,
        reader: &mut Reader,
        code: Code,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.raw_text(reader)?.trim();
        let value = parse(text);
        if value.is_none() {
            self.unlike(reader, code, expected, text);
        }
        value
    }

    /// One of a list of words.
    pub fn word<T>(
        self,
        reader: &mut Reader,
        words: &[&str],
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.raw_text(reader)?.trim();
        let value = parse(text);
        if value.is_none() {
            self.unlike(reader, Code::UnknownValue, &one_of(words), text);
        }
        value
    }

    /// An id of ours.
    pub fn id<T>(
        self,
        reader: &mut Reader,
        prefix: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.raw_text(reader)?.trim();
        let value = parse(text);
        if value.is_none() {
            let expected = format!("an id that begins with `{prefix}`");
            self.unlike(reader, Code::InvalidFormat, &expected, text);
        }
        value
    }

    #[inline(never)]
    fn unlike(self, reader: &mut Reader, code: Code, expected: &str, text: &str) {
        let text = shorten(text);
        reader.add(
            Violation::new(
                reader.spell(self.path),
                code,
                format!("expected {expected}, got `{text}`"),
            )
            .with("value", text),
        );
    }

    /// `true` or `false`.
    pub fn boolean(self, reader: &mut Reader) -> Option<bool> {
        match self.value {
            Json::Bool(value) => Some(*value),
            _ => self.wrong(reader, "true or false"),
        }
    }

    /// Says that the value is of another type.
    pub fn wrong<T>(self, reader: &mut Reader, expected: &str) -> Option<T> {
        self.is_not(reader, expected);
        None
    }

    #[inline(never)]
    fn is_not(self, reader: &mut Reader, expected: &str) {
        let message = format!("expected {expected}, got {}", self.value.describe());
        reader.blame(self.path, Code::WrongType, &message);
    }
}

fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [only] => only.clone(),
        [many @ .., last] => format!("{} or {last}", many.join(", ")),
        [] => "nothing".to_owned(),
    }
}

fn between(
    reader: &mut Reader,
    path: Path,
    count: usize,
    min: usize,
    max: usize,
    what: &str,
) -> bool {
    let (code, how, bound, name) = if count < min {
        (Code::TooShort, "at least", min, "min")
    } else if count > max {
        (Code::TooLong, "at most", max, "max")
    } else {
        return true;
    };
    reader.add(
        Violation::new(
            reader.spell(path),
            code,
            format!("expected {how} {bound} {what}, got {count}"),
        )
        .with(name, bound)
        .with("count", count),
    );
    false
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    fn one<T>(
        text: &str,
        read: impl FnOnce(Item<'_>, &mut Reader) -> Option<T>,
    ) -> Result<T, Code> {
        testing::read_with(text, read).map_err(|found| found[0].code)
    }

    #[test]
    fn text_is_counted_in_characters_after_trimming() {
        let line = |text: &str| {
            one(&serde_json::to_string(text).unwrap(), |i, r| {
                i.line(r, 1, 3)
            })
        };
        assert_eq!(line("  äöü "), Ok("äöü".to_owned()));
        assert_eq!(line("abcd"), Err(Code::TooLong));
        assert_eq!(line("   "), Err(Code::TooShort));
        assert_eq!(line("a\nb"), Err(Code::InvalidFormat));
        let text = |text: &str| {
            one(&serde_json::to_string(text).unwrap(), |i, r| {
                i.text(r, 0, 9)
            })
        };
        assert_eq!(text("a\r\nb\tc"), Ok("a\nb\tc".to_owned()));
        assert_eq!(text("a\u{7}"), Err(Code::InvalidFormat));
        assert_eq!(text(""), Ok(String::new()));
    }
}
