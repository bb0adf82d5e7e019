//! Reading JSON text. One reader for the server, the page and the npm package, so that they agree
//! on every byte: the grammar of RFC 8259, nothing more.

use std::fmt;

use super::shortest::plain;
use super::{Json, MAX_DEPTH, Number, Shorten};

/// Why a text is no JSON, and where it stops being one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotJson {
    what: String,
    /// From 1.
    pub line: usize,
    /// In bytes, from 1.
    pub column: usize,
}

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, line, column } = self;
        write!(f, "expected {what} at line {line} column {column}")
    }
}

/// What stands for a number that JSON text cannot write, at the beginning of a text: how the npm
/// package hands over `NaN`, infinities and big integers of an object.
const MARK: char = '\0';

impl Json {
    /// Reads a whole text.
    ///
    /// # Errors
    /// [`NotJson`] for what is no JSON, for invalid UTF-8, for numbers beyond a float and for
    /// more than [`MAX_DEPTH`] levels of nesting.
    pub fn from_text(text: &[u8]) -> Result<Self, NotJson> {
        read(text, false, |token| {
            let value: f64 = token.parse().ok()?;
            value.is_finite().then(|| value.to_string())
        })
    }

    /// As [`Json::from_text`], by a caller who has floats at hand to shorten numbers of more than
    /// 15 digits. `marked` text was made of JavaScript values: a text in it that begins with U+0000
    /// is the number that follows, which JSON could not write; a second U+0000 makes it a text
    /// again.
    ///
    /// # Errors
    /// As [`Json::from_text`].
    pub fn from_marked_text(text: &[u8], marked: bool, shorten: Shorten) -> Result<Self, NotJson> {
        read(text, marked, shorten)
    }
}

fn read(text: &[u8], marked: bool, shorten: Shorten) -> Result<Json, NotJson> {
    let mut text = Text {
        bytes: text,
        at: 0,
        marked,
        shorten,
    };
    let value = text.value(MAX_DEPTH)?;
    text.skip_space();
    match text.peek() {
        None => Ok(value),
        Some(_) => Err(text.not("the end of the text")),
    }
}

struct Text<'a> {
    bytes: &'a [u8],
    at: usize,
    marked: bool,
    shorten: Shorten,
}

impl Text<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn not(&self, what: impl Into<String>) -> NotJson {
        let before = self.bytes.get(..self.at).unwrap_or(self.bytes);
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let begins = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |newline| newline + 1);
        NotJson {
            what: what.into(),
            line,
            column: self.at - begins + 1,
        }
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, NotJson> {
        if self
            .bytes
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(word.as_bytes()))
        {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.not("a JSON value"))
        }
    }

    fn value(&mut self, left: usize) -> Result<Json, NotJson> {
        self.skip_space();
        match self.peek() {
            Some(b'{') => self.object(left),
            Some(b'[') => self.list(left),
            Some(b'"') => self.text().map(|text| self.unmark(text)),
            Some(b'-' | b'0'..=b'9') => self.number().map(Json::Number),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            _ => Err(self.not("a JSON value")),
        }
    }

    fn unmark(&self, text: String) -> Json {
        match text.strip_prefix(MARK) {
            Some(plain) if self.marked && plain.starts_with(MARK) => Json::Text(plain.to_owned()),
            Some(number) if self.marked => Json::Number(Number::marked(number)),
            _ => Json::Text(text),
        }
    }

    fn deeper(&self, left: usize) -> Result<usize, NotJson> {
        left.checked_sub(1)
            .ok_or_else(|| self.not(format!("at most {MAX_DEPTH} levels of nesting")))
    }

    /// Takes what separates members or ends them; `true` at the end.
    fn ends(&mut self, end: u8) -> Result<bool, NotJson> {
        self.skip_space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(false)
            }
            Some(byte) if byte == end => {
                self.at += 1;
                Ok(true)
            }
            _ => Err(self.not(format!("`,` or `{}`", char::from(end)))),
        }
    }

    fn is_empty(&mut self, end: u8) -> bool {
        self.at += 1;
        self.skip_space();
        let empty = self.peek() == Some(end);
        if empty {
            self.at += 1;
        }
        empty
    }

    fn list(&mut self, left: usize) -> Result<Json, NotJson> {
        let left = self.deeper(left)?;
        let mut list = Vec::new();
        if self.is_empty(b']') {
            return Ok(Json::List(list));
        }
        loop {
            list.push(self.value(left)?);
            if self.ends(b']')? {
                return Ok(Json::List(list));
            }
        }
    }

    fn object(&mut self, left: usize) -> Result<Json, NotJson> {
        let left = self.deeper(left)?;
        let mut members = Vec::new();
        if self.is_empty(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.not("the name of a member"));
            }
            let name = self.text()?;
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.not("`:`"));
            }
            self.at += 1;
            members.push((name, self.value(left)?));
            if self.ends(b'}')? {
                return Ok(Json::Object(members));
            }
        }
    }

    fn text(&mut self) -> Result<String, NotJson> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let begins = self.at;
            while let Some(byte) = self.peek()
                && !matches!(byte, b'"' | b'\\' | 0..=0x1f)
            {
                self.at += 1;
            }
            let plain = self.bytes.get(begins..self.at).unwrap_or_default();
            let plain = std::str::from_utf8(plain).map_err(|wrong| {
                self.at = begins + wrong.valid_up_to();
                self.not("UTF-8")
            })?;
            if out.is_empty() {
                // Most texts have no escape and are copied once.
                out = plain.to_owned();
            } else {
                out.push_str(plain);
            }
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    let escaped = self.escaped()?;
                    out.push(escaped);
                }
                Some(_) => return Err(self.not("no control character inside a text")),
                None => return Err(self.not("the end of the text's quotes")),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, NotJson> {
        let escape = self.peek();
        self.at += 1;
        Ok(match escape {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => {
                self.at -= 1;
                return Err(self.not("an escape that JSON knows"));
            }
        })
    }

    fn unicode(&mut self) -> Result<char, NotJson> {
        let first = self.hex()?;
        let scalar = if (0xd800..0xdc00).contains(&first) {
            let pair = self.bytes.get(self.at..self.at + 2) == Some(b"\\u");
            if !pair {
                return Err(self.not("the second half of a surrogate pair"));
            }
            self.at += 2;
            let second = self.hex()?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(self.not("the second half of a surrogate pair"));
            }
            0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        } else {
            first
        };
        char::from_u32(scalar).ok_or_else(|| self.not("the first half of a surrogate pair first"))
    }

    fn hex(&mut self) -> Result<u32, NotJson> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self
                .peek()
                .and_then(|byte| char::from(byte).to_digit(16))
                .ok_or_else(|| self.not("four hexadecimal digits"))?;
            value = value * 16 + digit;
            self.at += 1;
        }
        Ok(value)
    }

    fn digits(&mut self) -> usize {
        let begins = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - begins
    }

    fn number(&mut self) -> Result<Number, NotJson> {
        let begins = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let zero = self.peek() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || (zero && whole > 1) {
            return Err(self.not("a number without leading zeros"));
        }
        let mut fraction = 0;
        if self.peek() == Some(b'.') {
            self.at += 1;
            fraction = self.digits();
            if fraction == 0 {
                return Err(self.not("a digit after the point"));
            }
        }
        let mut exponent = false;
        if let Some(b'e' | b'E') = self.peek() {
            exponent = true;
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.not("a digit in the exponent"));
            }
        }
        let text = self
            .bytes
            .get(begins..self.at)
            .and_then(|token| std::str::from_utf8(token).ok())
            .unwrap_or_default();
        Number::from_token(text, whole + fraction, fraction > 0, exponent)
            .or_else(|| (self.shorten)(text).map(|text| Number::from_shortest(plain(&text))))
            .ok_or_else(|| self.not("a number within the range of a float"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(text: &str) -> String {
        Json::from_text(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        assert_eq!(told(""), "expected a JSON value at line 1 column 1");
        assert_eq!(
            told("{\n  \"a\": 1,\n}"),
            "expected the name of a member at line 3 column 1"
        );
        assert_eq!(told("[1 2]"), "expected `,` or `]` at line 1 column 4");
        assert_eq!(
            told("{} x"),
            "expected the end of the text at line 1 column 4"
        );
        assert_eq!(
            told("1e400"),
            "expected a number within the range of a float at line 1 column 6"
        );
        assert_eq!(
            told("\"\\ud800x\""),
            "expected the second half of a surrogate pair at line 1 column 8"
        );
    }

    /// Texts on and beside the edges of the grammar.
    const EDGES: [&str; 44] = [
        "null",
        "true",
        "false",
        "nul",
        "tru",
        " \t\r\n1 ",
        "01",
        "-",
        "-0",
        "-0.0",
        "0.10",
        "1.",
        ".5",
        "1e5",
        "1E+5",
        "1e-5",
        "1e",
        "0.1e1",
        "123456789012345",
        "1234567890123456789",
        "18446744073709551615",
        "18446744073709551616",
        "0.1234567890123456789",
        "0.30000000000000004",
        "1e300",
        "1e-400",
        "100000000000000.5",
        "9007199254740993",
        "[]",
        "[,]",
        "[1,]",
        "{\"a\":1}",
        "{\"a\"}",
        "{a:1}",
        "\"\\u00e9\\ud83d\\ude00\\n\\/\"",
        "\"\\udc00\"",
        "\"\\x\"",
        "\"a\tb\"",
        "\"a",
        "\u{feff}1",
        "[1]]",
        "\"\u{7f}\"",
        "1.0",
        "-1.50",
    ];

    #[test]
    fn the_edges_are_read_as_another_reader_reads_them() {
        for text in EDGES {
            same(text.as_bytes());
        }
    }

    /// Both readers refuse, or both read the same. The other one's floats may be off by the last
    /// bit from 16 digits on, so there only the kind is compared.
    fn same(text: &[u8]) {
        let ours = Json::from_text(text);
        let theirs = serde_json::from_slice::<Json>(text);
        match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) => {
                let many = text.iter().filter(|byte| byte.is_ascii_digit()).count() > 15;
                if !many {
                    assert_eq!(ours, theirs, "{}", String::from_utf8_lossy(text));
                }
            }
            (Err(_), Err(_)) => {}
            _ => panic!("{}: {ours:?} but {theirs:?}", String::from_utf8_lossy(text)),
        }
    }

    #[test]
    fn long_numbers_are_read_through_their_shortest_text() {
        let number = |text: &str| match Json::from_text(text.as_bytes()) {
            Ok(Json::Number(number)) => number.as_str().to_owned(),
            other => panic!("{other:?}"),
        };
        // What JavaScript prints after reading the same text.
        assert_eq!(number("0.1000000000000000055"), "0.1");
        assert_eq!(number("0.1234567890123456789"), "0.12345678901234568");
        assert_eq!(number("48.50"), "48.5");
        assert_eq!(number("5e-1"), "0.5");
    }

    #[test]
    fn marked_numbers_are_numbers_only_where_they_may_be() {
        let text = b"[\"\\u0000NaN\",\"\\u000012\",\"NaN\",\"\\u0000\\u00001\"]";
        let Ok(Json::List(list)) = Json::from_marked_text(text, true, |_| None) else {
            panic!()
        };
        assert_eq!(list[0].describe(), "the number NaN");
        assert_eq!(list[1], Json::Number(12_i64.into()));
        assert_eq!(list[2], Json::Text("NaN".into()));
        assert_eq!(list[3], Json::Text("\u{0}1".into()));
        let Ok(Json::List(list)) = Json::from_text(text) else {
            panic!()
        };
        assert_eq!(list[1], Json::Text("\u{0}12".into()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_as_another_reader_reads_them(bytes in prop::collection::vec(
            prop::sample::select(b"{}[]:,\"\\ux0129.-+eE truefalsn\n\xc3\xa9\xf0".to_vec()), 0..24,
        )) {
            same(&bytes);
        }

        #[test]
        fn short_decimals_are_their_own_text(minor in -99_999_999_999_999_i64..99_999_999_999_999, scale in 0_u32..5) {
            let text = rust_decimal::Decimal::new(minor, scale).to_string();
            same(text.as_bytes());
        }
    }
}
