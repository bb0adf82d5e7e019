//! Reading a request: one pass that collects every violation in a fixed order, that of the calls,
//! whatever the order in the body. Unknown members follow the known ones, sorted.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::json::{Json, Number, shorten};
use crate::error::{Code, Violation, join};
use crate::flight::end_of;
use crate::money::{Currency, Money, NotMoney};

/// Everything that was wrong so far.
#[derive(Debug, Default)]
pub struct Reader {
    found: Vec<Violation>,
}

impl Reader {
    /// Nothing read yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins with the body, which must be an object.
    pub fn body<'a>(&mut self, json: &'a Json) -> Option<Fields<'a>> {
        Item {
            path: String::new(),
            value: json,
        }
        .object(self)
    }

    /// Adds a violation.
    pub fn add(&mut self, violation: Violation) {
        self.found.push(violation);
    }

    /// Adds a violation found by a rule that knows only the last part of the path.
    pub fn add_under(&mut self, path: &str, violations: impl IntoIterator<Item = Violation>) {
        self.found.extend(
            violations
                .into_iter()
                .map(|violation| violation.under(path)),
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
    path: String,
    members: &'a [(String, Json)],
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// Where the object stands.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Takes a member; a second one of the name is a violation.
    pub fn get(&mut self, reader: &mut Reader, name: &'static str) -> Field<'a> {
        self.known.push(name);
        let path = join(&self.path, name);
        #[cfg(test)]
        testing::asked(&path);
        let mut values = self
            .members
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, value)| value);
        let value = values.next();
        if values.next().is_some() {
            reader.add(Violation::new(
                path.clone(),
                Code::DuplicateField,
                format!("expected `{name}` once, got it again"),
            ));
        }
        Field { path, value }
    }

    /// Lets members stand that answers carry and requests need not: read and put back unchanged.
    pub fn ignore(&mut self, names: &[&'static str]) {
        self.known.extend(names);
    }

    /// Whether a member is there and not `null`.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.members
            .iter()
            .any(|(n, value)| n == name && *value != Json::Null)
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
            .map(|(name, _)| name.as_str())
            .filter(|name| !self.known.contains(name))
            .collect();
        unknown.sort_unstable();
        unknown.dedup();
        for name in unknown {
            let name = shorten(name);
            reader.add(Violation::new(
                join(&self.path, &name),
                Code::UnknownField,
                format!("expected no member `{name}` here"),
            ));
        }
    }
}

/// One member of an object, there or not.
#[derive(Debug)]
pub struct Field<'a> {
    path: String,
    value: Option<&'a Json>,
}

impl<'a> Field<'a> {
    /// Where it stands.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it is there, `null` included.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.value.is_some()
    }

    /// The value of a member that must be there.
    pub fn required(self, reader: &mut Reader) -> Option<Item<'a>> {
        if self.value.is_none() {
            reader.add(Violation::new(
                self.path,
                Code::Required,
                "expected a value, got nothing",
            ));
            return None;
        }
        self.optional(reader)
    }

    /// The value of a member that may be absent, but not `null`.
    pub fn optional(self, reader: &mut Reader) -> Option<Item<'a>> {
        match self.value? {
            Json::Null => {
                reader.add(Violation::new(
                    self.path,
                    Code::NullNotAllowed,
                    "expected a value, got null",
                ));
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
#[derive(Debug)]
pub struct Item<'a> {
    path: String,
    value: &'a Json,
}

impl<'a> Item<'a> {
    /// Where it stands.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The value as it came.
    #[must_use]
    pub fn value(&self) -> &'a Json {
        self.value
    }

    /// The members, if it is an object.
    pub fn object(self, reader: &mut Reader) -> Option<Fields<'a>> {
        match self.value {
            Json::Object(members) => Some(Fields {
                path: self.path,
                members,
                known: Vec::new(),
            }),
            _ => self.wrong(reader, "an object"),
        }
    }

    /// The entries, if it is a list of so many. A list that is too long is not read further.
    pub fn list(self, reader: &mut Reader, min: usize, max: usize) -> Option<Vec<Item<'a>>> {
        let Json::List(list) = self.value else {
            return self.wrong(reader, "a list");
        };
        if !between(reader, &self.path, list.len(), min, max, "entries") {
            return None;
        }
        Some(
            list.iter()
                .enumerate()
                .map(|(i, value)| Item {
                    path: format!("{}[{i}]", self.path),
                    value,
                })
                .collect(),
        )
    }

    /// The entries, each read by a function; `None` when any of them is wrong.
    pub fn each<T>(
        self,
        reader: &mut Reader,
        min: usize,
        max: usize,
        read: impl Fn(Item<'a>, &mut Reader) -> Option<T>,
    ) -> Option<Vec<T>> {
        let entries = self.list(reader, min, max)?;
        let count = entries.len();
        let read: Vec<T> = entries
            .into_iter()
            .filter_map(|entry| read(entry, reader))
            .collect();
        (read.len() == count).then_some(read)
    }

    /// As [`Item::each`], with each value at most once.
    pub fn distinct<T: PartialEq>(
        self,
        reader: &mut Reader,
        min: usize,
        max: usize,
        read: impl Fn(Item<'a>, &mut Reader) -> Option<T>,
    ) -> Option<Vec<T>> {
        let entries = self.list(reader, min, max)?;
        let count = entries.len();
        let mut values: Vec<T> = Vec::with_capacity(count);
        for entry in entries {
            let path = entry.path.clone();
            let shown = entry.value.describe();
            let Some(value) = read(entry, reader) else {
                continue;
            };
            if values.contains(&value) {
                reader.add(Violation::new(
                    path,
                    Code::Duplicate,
                    format!("expected each entry once, got {shown} again"),
                ));
            } else {
                values.push(value);
            }
        }
        (values.len() == count).then_some(values)
    }

    /// Text of one or more lines, trimmed; line ends become `\n`. Lengths are Unicode scalar
    /// values after trimming (decision 24).
    pub fn text(self, reader: &mut Reader, min: usize, max: usize) -> Option<String> {
        let raw = self.raw_text(reader)?;
        let text = raw.replace("\r\n", "\n").trim().to_owned();
        let control = |c: char| c.is_control() && c != '\n' && c != '\t';
        self.limited(reader, text, min, max, control)
    }

    /// Text of a single line, trimmed.
    pub fn line(self, reader: &mut Reader, min: usize, max: usize) -> Option<String> {
        let text = self.raw_text(reader)?.trim().to_owned();
        self.limited(reader, text, min, max, char::is_control)
    }

    /// Text that no message may show.
    pub fn secret_text(self, reader: &mut Reader, min: usize, max: usize) -> Option<String> {
        let Json::Text(text) = self.value else {
            reader.add(Violation::new(self.path, Code::WrongType, "expected text"));
            return None;
        };
        between(
            reader,
            &self.path,
            text.chars().count(),
            min,
            max,
            "characters",
        )
        .then(|| text.clone())
    }

    fn raw_text(&self, reader: &mut Reader) -> Option<&'a str> {
        match self.value {
            Json::Text(text) => Some(text),
            _ => self.wrong_ref(reader, "text"),
        }
    }

    fn limited(
        &self,
        reader: &mut Reader,
        text: String,
        min: usize,
        max: usize,
        control: impl Fn(char) -> bool,
    ) -> Option<String> {
        if let Some(found) = text.chars().find(|c| control(*c)) {
            reader.add(Violation::new(
                self.path.clone(),
                Code::InvalidFormat,
                format!(
                    "expected text without control characters, got U+{:04X}",
                    u32::from(found)
                ),
            ));
            return None;
        }
        between(
            reader,
            &self.path,
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
            reader.add(
                Violation::new(
                    self.path,
                    code,
                    format!("expected {expected}, got `{}`", shorten(text)),
                )
                .with("value", shorten(text)),
            );
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
        self.parsed(reader, Code::UnknownValue, &one_of(words), parse)
    }

    /// An id of ours.
    pub fn id<T>(
        self,
        reader: &mut Reader,
        prefix: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.parsed(
            reader,
            Code::InvalidFormat,
            &format!("an id that begins with `{prefix}`"),
            parse,
        )
    }

    /// `true` or `false`.
    pub fn boolean(self, reader: &mut Reader) -> Option<bool> {
        match self.value {
            Json::Bool(value) => Some(*value),
            _ => self.wrong(reader, "true or false"),
        }
    }

    /// A whole number.
    pub fn integer(self, reader: &mut Reader, min: i64, max: i64) -> Option<i64> {
        let Json::Number(number) = self.value else {
            return self.wrong(reader, "a whole number");
        };
        if !number.is_finite() {
            return self.wrong(reader, "a whole number");
        }
        let exact = number.exact().map(|value| value.normalize());
        if exact.is_none_or(|value| value.scale() > 0) && number.as_str().contains('.') {
            return self.wrong(reader, "a whole number");
        }
        let value = exact.and_then(|value| i64::try_from(value).ok());
        match value {
            Some(value) if value < min => self.small(reader, &min.to_string(), "at least"),
            Some(value) if value <= max => Some(value),
            _ if number.as_str().starts_with('-') => {
                self.small(reader, &min.to_string(), "at least")
            }
            _ => self.large(reader, &max.to_string(), "at most"),
        }
    }

    /// A number, or decimal text, without a limit but that of 28 digits.
    pub fn decimal(&self, reader: &mut Reader, what: &str) -> Option<Decimal> {
        let number = match self.value {
            Json::Number(number) if number.is_finite() => number.clone(),
            Json::Text(text) => match Number::parse(text.trim()) {
                Some(number) => number,
                None => return self.wrong_ref(reader, what),
            },
            _ => return self.wrong_ref(reader, what),
        };
        if number.exact().is_none() {
            let (code, message) = if number.whole_digits() <= 20 {
                (Code::TooManyDecimals, "with fewer decimals")
            } else {
                (Code::OutOfRange, "nearer to 0")
            };
            reader.add(Violation::new(
                self.path.clone(),
                code,
                format!(
                    "expected {what} {message}, got {}",
                    shorten(number.as_str())
                ),
            ));
        }
        number.exact()
    }

    /// A decimal in a range with at most so many decimals.
    pub fn rate(self, reader: &mut Reader, what: &str, range: Range) -> Option<Decimal> {
        let value = self.decimal(reader, what)?.normalize();
        if value.scale() > range.decimals {
            reader.add(
                Violation::new(
                    self.path.clone(),
                    Code::TooManyDecimals,
                    format!("expected at most {} decimals, got {value}", range.decimals),
                )
                .with("max", i64::from(range.decimals)),
            );
            return None;
        }
        if range.above.is_some_and(|above| value <= above) {
            return self.small(
                reader,
                &range.above.unwrap_or_default().to_string(),
                "more than",
            );
        }
        if range.min.is_some_and(|min| value < min) {
            return self.small(
                reader,
                &range.min.unwrap_or_default().to_string(),
                "at least",
            );
        }
        if value > range.max {
            return self.large(reader, &range.max.to_string(), "at most");
        }
        Some(value)
    }

    /// Money in major units of a currency: a number or decimal text, never rounded (decision 2).
    pub fn money(self, reader: &mut Reader, currency: Currency, least: Least) -> Option<Money> {
        let value = self.decimal(reader, "an amount")?;
        match Money::from_decimal(value, currency) {
            Err(NotMoney::TooManyDecimals) => {
                reader.add(
                    Violation::new(
                        self.path,
                        Code::TooManyDecimals,
                        format!(
                            "expected at most {} decimals in {currency}, got {value}",
                            currency.exponent()
                        ),
                    )
                    .with("max", i64::from(currency.exponent()))
                    .with("currency", currency.code()),
                );
                None
            }
            Err(NotMoney::OutOfRange) => {
                reader.add(Violation::new(
                    self.path,
                    Code::OutOfRange,
                    format!("expected an amount of at most 15 digits in {currency}, got {value}"),
                ));
                None
            }
            Ok(money) if least == Least::AboveZero && money.minor() <= 0 => {
                self.small(reader, "0", "more than")
            }
            Ok(money) if money.is_negative() => self.small(reader, "0", "at least"),
            Ok(money) => Some(money),
        }
    }

    /// The currency, which must be the one that everything here is in.
    pub fn same_currency(self, reader: &mut Reader, currency: Currency) {
        let path = self.path.clone();
        let Some(text) = self.raw_text(reader) else {
            return;
        };
        let text = text.trim();
        if text == currency.code() {
            return;
        }
        if Currency::parse(text).is_none() {
            reader.add(unsupported(path, text));
            return;
        }
        reader.add(
            Violation::new(
                path,
                Code::CurrencyMismatch,
                format!("expected {currency}, got `{text}`"),
            )
            .with("expected", currency.code())
            .with("got", text),
        );
    }

    /// A currency with minor units.
    pub fn currency(self, reader: &mut Reader) -> Option<Currency> {
        let text = self.raw_text(reader)?.trim();
        let currency = Currency::parse(text);
        if currency.is_none() {
            reader.add(unsupported(self.path, text));
        }
        currency
    }

    /// A day, `YYYY-MM-DD`, of the years 1970 to 9999.
    pub fn day(self, reader: &mut Reader) -> Option<NaiveDate> {
        self.parsed(reader, Code::InvalidFormat, "a day as `YYYY-MM-DD`", day)
    }

    /// A day or an instant that ends in `Z`; a day means its first or its last second
    /// (decision 10).
    pub fn instant(self, reader: &mut Reader, edge: Edge) -> Option<DateTime<Utc>> {
        self.parsed(
            reader,
            Code::InvalidFormat,
            "`YYYY-MM-DD` or a date-time that ends in `Z`",
            |text| instant(text, edge),
        )
    }

    /// Says that the value is of another type.
    pub fn wrong<T>(self, reader: &mut Reader, expected: &str) -> Option<T> {
        self.wrong_ref(reader, expected)
    }

    fn wrong_ref<T>(&self, reader: &mut Reader, expected: &str) -> Option<T> {
        reader.add(Violation::new(
            self.path.clone(),
            Code::WrongType,
            format!("expected {expected}, got {}", self.value.describe()),
        ));
        None
    }

    fn small<T>(&self, reader: &mut Reader, bound: &str, how: &str) -> Option<T> {
        reader.add(
            Violation::new(
                self.path.clone(),
                Code::TooSmall,
                format!("expected {how} {bound}, got {}", self.value.describe()),
            )
            .with("min", bound),
        );
        None
    }

    fn large<T>(&self, reader: &mut Reader, bound: &str, how: &str) -> Option<T> {
        reader.add(
            Violation::new(
                self.path.clone(),
                Code::TooLarge,
                format!("expected {how} {bound}, got {}", self.value.describe()),
            )
            .with("max", bound),
        );
        None
    }
}

/// What a rate may be.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    /// It must be more than this.
    pub above: Option<Decimal>,
    /// It must be at least this.
    pub min: Option<Decimal>,
    /// It must be at most this.
    pub max: Decimal,
    /// At most so many decimals.
    pub decimals: u32,
}

/// The least amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Least {
    /// Nothing is allowed.
    Zero,
    /// Something is needed.
    AboveZero,
}

/// Which end of a day a plain date means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// 00:00:00Z.
    Start,
    /// 23:59:59Z.
    End,
}

/// Reads exactly `YYYY-MM-DD` of the years 1970 to 9999.
#[must_use]
pub fn day(text: &str) -> Option<NaiveDate> {
    let shaped = text.len() == 10 && text.is_ascii() && !text.starts_with(['+', '-', ' ']);
    let day = shaped
        .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
        .flatten()?;
    in_years(day).then_some(day)
}

/// Reads a day or an instant in `Z`, with at most nanoseconds.
#[must_use]
pub fn instant(text: &str, edge: Edge) -> Option<DateTime<Utc>> {
    if let Some(day) = day(text) {
        return Some(match edge {
            Edge::Start => crate::flight::DayRange::new(day, day)?.start(),
            Edge::End => end_of(day),
        });
    }
    let shaped = text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T');
    let at = shaped
        .then(|| DateTime::parse_from_rfc3339(text).ok())
        .flatten()?
        .with_timezone(&Utc);
    in_years(at.date_naive()).then_some(at)
}

fn in_years(day: NaiveDate) -> bool {
    (1970..=9999).contains(&chrono::Datelike::year(&day))
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
    path: &str,
    count: usize,
    min: usize,
    max: usize,
    what: &str,
) -> bool {
    let violation = |code, how: &str, bound: usize, name: &str| {
        Violation::new(
            path,
            code,
            format!("expected {how} {bound} {what}, got {count}"),
        )
        .with(name, bound)
        .with("count", count)
    };
    if count < min {
        reader.add(violation(Code::TooShort, "at least", min, "min"));
    } else if count > max {
        reader.add(violation(Code::TooLong, "at most", max, "max"));
    }
    (min..=max).contains(&count)
}

fn unsupported(path: String, text: &str) -> Violation {
    let text = shorten(text);
    Violation::new(
        path,
        Code::UnsupportedCurrency,
        format!("expected a currency with minor units, got `{text}`"),
    )
    .with("value", text)
}

#[cfg(test)]
pub(crate) mod testing {
    use std::cell::RefCell;

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

    /// Reads one value at the path `x`.
    pub(crate) fn read_with<T>(
        text: &str,
        read: impl FnOnce(Item<'_>, &mut Reader) -> Option<T>,
    ) -> Result<T, Vec<Violation>> {
        let value: Json = serde_json::from_str(text).unwrap();
        let mut reader = Reader::new();
        let out = read(
            Item {
                path: "x".into(),
                value: &value,
            },
            &mut reader,
        );
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

    fn one<T>(
        text: &str,
        read: impl FnOnce(Item<'_>, &mut Reader) -> Option<T>,
    ) -> Result<T, Code> {
        let value = json(text);
        let mut reader = Reader::new();
        let out = read(
            Item {
                path: "x".into(),
                value: &value,
            },
            &mut reader,
        );
        reader.finish(out).map_err(|found| found[0].code)
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

    #[test]
    fn money_is_exact_or_refused() {
        let eur = Currency::parse("EUR").unwrap();
        let money =
            |text: &str| one(text, |i, r| i.money(r, eur, Least::AboveZero)).map(Money::minor);
        assert_eq!(money("48.5"), Ok(4850));
        assert_eq!(money("\"48.50\""), Ok(4850));
        assert_eq!(money("\"48.500\""), Ok(4850));
        assert_eq!(money("4.85e1"), Ok(4850));
        assert_eq!(money("0.001"), Err(Code::TooManyDecimals));
        assert_eq!(money("1e-300"), Err(Code::TooManyDecimals));
        assert_eq!(money("1e300"), Err(Code::OutOfRange));
        assert_eq!(money("1e18"), Err(Code::OutOfRange));
        assert_eq!(money("0"), Err(Code::TooSmall));
        assert_eq!(money("-1"), Err(Code::TooSmall));
        for wrong in [
            "\"1e3\"",
            "\"1,5\"",
            "\"\"",
            "true",
            "[1]",
            "\"0x10\"",
            "\"1_000\"",
            "\"+5\"",
        ] {
            assert_eq!(money(wrong), Err(Code::WrongType), "{wrong}");
        }
    }

    #[test]
    fn whole_numbers_have_no_fraction() {
        let integer = |text: &str| one(text, |i, r| i.integer(r, 1, 100));
        assert_eq!(integer("7.0"), Ok(7));
        assert_eq!(integer("1e2"), Ok(100));
        assert_eq!(integer("7.5"), Err(Code::WrongType));
        assert_eq!(integer("0"), Err(Code::TooSmall));
        assert_eq!(integer("-1e300"), Err(Code::TooSmall));
        assert_eq!(integer("1e300"), Err(Code::TooLarge));
        assert_eq!(integer("\"7\""), Err(Code::WrongType));
    }

    #[test]
    fn instants_are_days_or_end_in_z() {
        let read = |text: &str, edge| instant(text, edge).map(|at| at.to_rfc3339());
        assert_eq!(
            read("2026-06-01", Edge::Start).as_deref(),
            Some("2026-06-01T00:00:00+00:00")
        );
        assert_eq!(
            read("2026-06-01", Edge::End).as_deref(),
            Some("2026-06-01T23:59:59+00:00")
        );
        assert!(read("2026-06-01T10:00:00Z", Edge::End).is_some());
        assert!(read("2026-06-01T10:00:00.5Z", Edge::End).is_some());
        for wrong in [
            "2026-06-31",
            "2026-6-1",
            "26-06-01",
            "1969-12-31",
            "10000-01-01",
            "2026-06-01T10:00:00+02:00",
            "2026-06-01 10:00:00Z",
            "2026-06-01T10:00:00",
            "",
            "2026-06-01T",
            "-026-06-01",
            "2026-06-01T24:00:00Z",
            "２０２６-06-01",
        ] {
            assert_eq!(read(wrong, Edge::Start), None, "{wrong}");
        }
    }

    #[test]
    fn currencies_are_named() {
        let eur = Currency::parse("EUR").unwrap();
        let same = |text: &str| {
            one(text, |i, r| {
                i.same_currency(r, eur);
                Some(())
            })
        };
        assert_eq!(same("\"EUR\""), Ok(()));
        assert_eq!(same("\"USD\""), Err(Code::CurrencyMismatch));
        assert_eq!(same("\"XAU\""), Err(Code::UnsupportedCurrency));
        assert_eq!(same("1"), Err(Code::WrongType));
    }
}
