//! JSON that may be wrong: a body as a tree whose leaves are any text, and what chance does to it.

use serde_json::Value;

/// A body, or a part of it.
#[derive(Debug, Clone)]
pub enum Tree {
    /// Any text, JSON or not.
    Leaf(String),
    List(Vec<Tree>),
    /// Names may come twice.
    Object(Vec<(String, Tree)>),
}

/// What takes the place of something right.
const STRANGE: [&str; 42] = [
    "null",
    "true",
    "false",
    "0",
    "-0.0",
    "-1",
    "1",
    "0.001",
    "1e-400",
    "1e308",
    "-1e308",
    "1e400",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "79228162514264337593543950335",
    "79228162514264337593543950336",
    "999999999999999",
    "1234567890123456789012345678901234567890",
    "0.1234567890123456789012345678901234567890",
    "\"\"",
    "\" \"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\uFFFF\\u202e\"",
    "\"1e999999999\"",
    "\"-\"",
    "\"NaN\"",
    "\"2027-02-29\"",
    "\"9999-12-31\"",
    "\"1970-01-01\"",
    "\"2027-13-01T00:00:00Z\"",
    "\"2027-06-30T23:59:60Z\"",
    "\"adv_\"",
    "\"cmp_x\"",
    "\"'; drop table campaigns; --\"",
    "[]",
    "{}",
    "[null]",
    "{\"\":{}}",
    "[[[[[[[[]]]]]]]]",
];

const NAMES: [&str; 12] = [
    "",
    "name",
    "Name",
    "id",
    "budget",
    "total",
    "periods",
    "__proto__",
    "a.b",
    "a[0]",
    "\\u0000",
    "💸",
];

impl Tree {
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Array(list) => Self::List(list.iter().map(Self::of).collect()),
            Value::Object(members) => Self::Object(
                members
                    .iter()
                    .map(|(name, value)| (name.clone(), Self::of(value)))
                    .collect(),
            ),
            leaf => Self::Leaf(leaf.to_string()),
        }
    }

    pub fn write(&self) -> String {
        match self {
            Self::Leaf(text) => text.clone(),
            Self::List(list) => {
                let parts: Vec<_> = list.iter().map(Self::write).collect();
                format!("[{}]", parts.join(","))
            }
            Self::Object(members) => {
                let parts: Vec<_> = members
                    .iter()
                    .map(|(name, value)| format!("\"{name}\":{}", value.write()))
                    .collect();
                format!("{{{}}}", parts.join(","))
            }
        }
    }

    /// How many parts it has, itself included.
    fn size(&self) -> usize {
        1 + match self {
            Self::Leaf(_) => 0,
            Self::List(list) => list.iter().map(Self::size).sum(),
            Self::Object(members) => members.iter().map(|(_, value)| value.size()).sum(),
        }
    }

    /// One of its parts, by number.
    fn part(&mut self, mut number: usize) -> Option<&mut Self> {
        if number == 0 {
            return Some(self);
        }
        number -= 1;
        let children: Vec<&mut Self> = match self {
            Self::Leaf(_) => Vec::new(),
            Self::List(list) => list.iter_mut().collect(),
            Self::Object(members) => members.iter_mut().map(|(_, value)| value).collect(),
        };
        for child in children {
            let size = child.size();
            if number < size {
                return child.part(number);
            }
            number -= size;
        }
        None
    }
}

/// Chance that comes out the same each time (xorshift64*).
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(drawn).unwrap() % end.max(1)
    }

    /// A body made wrong in one to four places, or, rarely, left right.
    pub fn mutate(&mut self, body: &Value) -> Vec<u8> {
        let mut tree = Tree::of(body);
        for _ in 0..self.below(5) {
            self.change(&mut tree);
        }
        let mut bytes = tree.write().into_bytes();
        if self.below(4) == 0 {
            for _ in 0..=self.below(3) {
                self.break_bytes(&mut bytes);
            }
        }
        bytes
    }

    fn strange(&mut self) -> Tree {
        match self.below(12) {
            0 => Tree::Leaf(format!("\"{}\"", "x".repeat(self.below(10_000)))),
            1 => Tree::Leaf(format!("\"{}\"", "é🙂".repeat(self.below(300)))),
            2 => Tree::List(vec![Tree::Leaf("1".to_owned()); self.below(2_000)]),
            3 => {
                let depth = self.below(200);
                Tree::Leaf(format!("{}{}", "[".repeat(depth), "]".repeat(depth)))
            }
            4 => {
                let digits: String = (0..=self.below(40))
                    .map(|_| char::from(b"0123456789"[self.below(10)]))
                    .collect();
                let point = ["", ".0", ".25", "e5", "e-5", "E+30"][self.below(6)];
                Tree::Leaf(format!("{digits}{point}"))
            }
            _ => Tree::Leaf(STRANGE[self.below(STRANGE.len())].to_owned()),
        }
    }

    fn change(&mut self, tree: &mut Tree) {
        let number = self.below(tree.size());
        let other = self.below(tree.size());
        let copied = tree.part(other).cloned();
        let strange = self.strange();
        let (kind, at, name) = (self.below(6), self.below(64), self.below(NAMES.len()));
        let Some(part) = tree.part(number) else {
            return;
        };
        match (kind, part) {
            (0, part) => *part = strange,
            (1, part) => *part = copied.unwrap_or(strange),
            (2, Tree::Object(members)) if !members.is_empty() => {
                members.remove(at % members.len());
            }
            (2, Tree::List(list)) if !list.is_empty() => {
                list.remove(at % list.len());
            }
            (3, Tree::Object(members)) if !members.is_empty() => {
                members.push(members[at % members.len()].clone());
            }
            (3, Tree::List(list)) if !list.is_empty() => {
                let again = list[at % list.len()].clone();
                list.extend(std::iter::repeat_n(again, at + 1));
            }
            (4, Tree::Object(members)) => members.push((NAMES[name].to_owned(), strange)),
            (4, Tree::List(list)) => list.push(strange),
            (5, Tree::List(list)) => list.reverse(),
            (5, Tree::Object(members)) if !members.is_empty() => {
                let length = members.len();
                members[at % length].1 = strange;
            }
            (_, part) => *part = strange,
        }
    }

    fn break_bytes(&mut self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let at = self.below(bytes.len());
        let byte = u8::try_from(self.below(256)).unwrap();
        match self.below(4) {
            0 => bytes[at] ^= 1 << (byte % 8),
            1 => bytes.truncate(at),
            2 => bytes.insert(at, byte),
            _ => {
                bytes.remove(at);
            }
        }
    }
}
