//! Structured fields (RFC 8941), as far as signatures need them: dictionaries, strict. A name that
//! stands twice refuses the field, since two readers could take different ones.

/// The longest field that is read, in bytes, our choice.
const MAX_FIELD: usize = 8 * 1024;

/// A bare value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bare {
    /// A whole number of at most 15 digits.
    Integer(i64),
    /// Text in double quotes.
    Text(String),
    /// A word.
    Token(String),
    /// What stands between two colons, still as text.
    Bytes(String),
    /// `?0` or `?1`.
    Bool(bool),
}

/// Parameters, in order; no name twice.
pub(super) type Params = Vec<(String, Bare)>;

/// A member of a dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Member {
    /// One value with its parameters.
    Item(Bare, Params),
    /// A list of values, each with parameters, and the parameters of the whole.
    Inner(Vec<(Bare, Params)>, Params),
}

/// A dictionary in order; no name twice.
pub(super) type Dictionary = Vec<(String, Member)>;

/// Reads a dictionary; `None` where it is none.
pub(super) fn dictionary(text: &str) -> Option<Dictionary> {
    if text.len() > MAX_FIELD || !text.is_ascii() {
        return None;
    }
    let mut reader = Reader {
        rest: text.as_bytes(),
    };
    let mut members: Dictionary = Vec::new();
    reader.spaces();
    if reader.rest.is_empty() {
        return None;
    }
    loop {
        let name = reader.key()?;
        if members.iter().any(|(known, _)| *known == name) {
            return None;
        }
        let member = if reader.take(b'=') {
            reader.member()?
        } else {
            Member::Item(Bare::Bool(true), reader.params()?)
        };
        members.push((name, member));
        reader.blanks();
        if reader.rest.is_empty() {
            return Some(members);
        }
        if !reader.take(b',') {
            return None;
        }
        reader.blanks();
    }
}

/// Writes a list with its parameters as RFC 8941 does, so that both sides sign the same bytes.
pub(super) fn write_inner(items: &[(Bare, Params)], params: &Params) -> String {
    let mut out = String::from("(");
    for (index, (item, own)) in items.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        write_bare(item, &mut out);
        write_params(own, &mut out);
    }
    out.push(')');
    write_params(params, &mut out);
    out
}

fn write_params(params: &Params, out: &mut String) {
    for (name, value) in params {
        out.push(';');
        out.push_str(name);
        if *value != Bare::Bool(true) {
            out.push('=');
            write_bare(value, out);
        }
    }
}

fn write_bare(value: &Bare, out: &mut String) {
    match value {
        Bare::Integer(number) => out.push_str(&number.to_string()),
        Bare::Text(text) => {
            out.push('"');
            for character in text.chars() {
                if matches!(character, '"' | '\\') {
                    out.push('\\');
                }
                out.push(character);
            }
            out.push('"');
        }
        Bare::Token(word) => out.push_str(word),
        Bare::Bytes(text) => {
            out.push(':');
            out.push_str(text);
            out.push(':');
        }
        Bare::Bool(value) => out.push_str(if *value { "?1" } else { "?0" }),
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
        found
    }

    fn spaces(&mut self) {
        while self.take(b' ') {}
    }

    /// Spaces and tabs, which may stand around commas.
    fn blanks(&mut self) {
        while self.take(b' ') || self.take(b'\t') {}
    }

    /// The longest run of bytes that fit.
    fn run(&mut self, fits: impl Fn(u8) -> bool) -> &'a str {
        let length = self.rest.iter().take_while(|byte| fits(**byte)).count();
        let (run, rest) = self.rest.split_at(length);
        self.rest = rest;
        // Fields are ASCII here.
        std::str::from_utf8(run).unwrap_or_default()
    }

    fn key(&mut self) -> Option<String> {
        let first = self.peek()?;
        if !(first.is_ascii_lowercase() || first == b'*') {
            return None;
        }
        let run = self.run(|byte| {
            byte.is_ascii_lowercase()
                || byte.is_ascii_digit()
                || matches!(byte, b'_' | b'-' | b'.' | b'*')
        });
        Some(run.to_owned())
    }

    fn member(&mut self) -> Option<Member> {
        if !self.take(b'(') {
            let value = self.bare()?;
            return Some(Member::Item(value, self.params()?));
        }
        let mut items = Vec::new();
        loop {
            self.spaces();
            if self.take(b')') {
                return Some(Member::Inner(items, self.params()?));
            }
            let value = self.bare()?;
            items.push((value, self.params()?));
            if !matches!(self.peek(), Some(b' ' | b')')) {
                return None;
            }
        }
    }

    fn params(&mut self) -> Option<Params> {
        let mut params: Params = Vec::new();
        while self.take(b';') {
            self.spaces();
            let name = self.key()?;
            if params.iter().any(|(known, _)| *known == name) {
                return None;
            }
            let value = if self.take(b'=') {
                self.bare()?
            } else {
                Bare::Bool(true)
            };
            params.push((name, value));
        }
        Some(params)
    }

    fn bare(&mut self) -> Option<Bare> {
        match self.peek()? {
            b'"' => self.text(),
            b':' => {
                self.take(b':');
                let run = self.run(|byte| {
                    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
                });
                self.take(b':').then(|| Bare::Bytes(run.to_owned()))
            }
            b'?' => {
                self.take(b'?');
                if self.take(b'1') {
                    Some(Bare::Bool(true))
                } else {
                    self.take(b'0').then_some(Bare::Bool(false))
                }
            }
            byte if byte.is_ascii_digit() || byte == b'-' => self.integer(),
            byte if byte.is_ascii_alphabetic() || byte == b'*' => {
                let run = self.run(|byte| {
                    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:/".contains(&byte)
                });
                Some(Bare::Token(run.to_owned()))
            }
            _ => None,
        }
    }

    fn text(&mut self) -> Option<Bare> {
        self.take(b'"');
        let mut text = String::new();
        loop {
            let byte = self.peek()?;
            self.rest = self.rest.get(1..).unwrap_or_default();
            match byte {
                b'"' => return Some(Bare::Text(text)),
                b'\\' => {
                    let escaped = self.peek().filter(|byte| matches!(byte, b'"' | b'\\'))?;
                    self.rest = self.rest.get(1..).unwrap_or_default();
                    text.push(char::from(escaped));
                }
                0x20..=0x7e => text.push(char::from(byte)),
                _ => return None,
            }
        }
    }

    /// Whole numbers; none of our fields has a fraction.
    fn integer(&mut self) -> Option<Bare> {
        let negative = self.take(b'-');
        let digits = self.run(|byte| byte.is_ascii_digit());
        if digits.is_empty() || digits.len() > 15 || self.peek() == Some(b'.') {
            return None;
        }
        let number: i64 = digits.parse().ok()?;
        Some(Bare::Integer(if negative { -number } else { number }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_list_is_written_as_it_was_read() {
        let text = r#"("@method" "x";bs);created=1;keyid="a\"b\\";flag;off=?0;word=a/b;raw=:AQ==:"#;
        let read = dictionary(&format!("sig1={text}")).unwrap();
        let [(name, Member::Inner(items, params))] = read.as_slice() else {
            panic!("{read:?}");
        };
        assert_eq!(
            (name.as_str(), write_inner(items, params).as_str()),
            ("sig1", text)
        );
        let loose = dictionary("  sig1=( \"a\"   \"b\" );  x=1 ,\tb=:AQ:").unwrap();
        let Some((_, Member::Inner(items, params))) = loose.first() else {
            panic!("{loose:?}");
        };
        assert_eq!(write_inner(items, params), "(\"a\" \"b\");x=1");
    }

    #[test]
    fn what_two_readers_could_read_differently_is_no_dictionary() {
        for text in [
            "",
            "a=1,",
            ",a=1",
            "a=1 b=2",
            "A=1",
            "a=1, a=2",
            "a=\"x",
            "a=(\"x\"",
            "a=(\"x\"\"y\")",
            "a=1;b=1;b=2",
            "a=1.5",
            "a=1234567890123456",
            "a=:AQ",
            "a=\"\u{7f}\"",
            "a=\"\\x\"",
            "a=ä",
            "a=",
            "a=?2",
            "a=-",
            "this is no dictionary",
        ] {
            assert_eq!(dictionary(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[ -~\t]{0,120}") {
            if let Some(members) = dictionary(&text) {
                for (_, member) in members {
                    if let Member::Inner(items, params) = member {
                        let written = write_inner(&items, &params);
                        let again = dictionary(&format!("a={written}"));
                        prop_assert_eq!(again, Some(vec![("a".to_owned(), Member::Inner(items, params))]));
                    }
                }
            }
        }
    }
}
