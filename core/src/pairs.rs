//! Names with a value each, in the order of the names: an object of JSON whose members are not
//! known beforehand.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Pairs of name and value, each name once, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pairs<T>(Vec<(String, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Pairs<T> {
    /// Sets the value of a name.
    pub fn insert(&mut self, name: &str, value: T) {
        match self
            .0
            .binary_search_by(|(other, _)| other.as_str().cmp(name))
        {
            Ok(place) => {
                if let Some((_, old)) = self.0.get_mut(place) {
                    *old = value;
                }
            }
            Err(place) => self.0.insert(place, (name.to_owned(), value)),
        }
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&T> {
        self.iter()
            .find(|(other, _)| *other == name)
            .map(|(_, value)| value)
    }

    /// All of them, ascending by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a, T> FromIterator<(&'a str, T)> for Pairs<T> {
    fn from_iter<I: IntoIterator<Item = (&'a str, T)>>(pairs: I) -> Self {
        let mut out = Self::default();
        for (name, value) in pairs {
            out.insert(name, value);
        }
        out
    }
}

impl<T: Serialize> Serialize for Pairs<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reads<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reads<T> {
            type Value = Pairs<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Pairs<T>, A::Error> {
                let mut pairs = Pairs::default();
                while let Some((name, value)) = access.next_entry::<String, T>()? {
                    pairs.insert(&name, value);
                }
                Ok(pairs)
            }
        }

        deserializer.deserialize_map(Reads(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_once_in_their_order() {
        let pairs: Pairs<i64> = [("b", 1), ("a", 2), ("b", 3)].into_iter().collect();
        assert_eq!(serde_json::to_string(&pairs).unwrap(), r#"{"a":2,"b":3}"#);
        assert_eq!(
            serde_json::from_str::<Pairs<i64>>(r#"{"b":3,"a":2}"#).unwrap(),
            pairs
        );
        assert_eq!(
            (pairs.get("b"), pairs.get("c"), pairs.len()),
            (Some(&3), None, 2)
        );
    }
}
