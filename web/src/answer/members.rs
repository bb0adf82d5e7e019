//! What stands inside a list or an object, one after the other.

use flighting_core::wire::Json;
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};

use super::{Other, Value};

/// A list's items.
pub(super) struct Items<'a>(std::slice::Iter<'a, Json>);

impl<'a> Items<'a> {
    pub(super) fn new(list: &'a [Json]) -> Self {
        Self(list.iter())
    }
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Other;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Other> {
        match self.0.next() {
            Some(item) => seed.deserialize(Value(item)).map(Some),
            None => Ok(None),
        }
    }
}

/// The fields of a struct in its own order, as a sequence.
pub(super) struct Fields<'a> {
    names: std::slice::Iter<'static, &'static str>,
    members: &'a [(String, Json)],
    /// The place behind the member found last: members come in the order of the fields nearly always.
    next: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn new(names: &'static [&'static str], members: &'a [(String, Json)]) -> Self {
        Self {
            names: names.iter(),
            members,
            next: 0,
        }
    }

    fn named(&mut self, name: &str) -> Option<&'a Json> {
        let is_named = |(_, (member, _)): &(usize, &(String, Json))| member == name;
        let behind = self.members.iter().enumerate().skip(self.next);
        let (at, (_, value)) = behind
            .chain(self.members.iter().enumerate().take(self.next))
            .find(is_named)?;
        self.next = at + 1;
        Some(value)
    }
}

impl<'de> SeqAccess<'de> for Fields<'_> {
    type Error = Other;

    /// None for a field that is not there: serde then takes its default, or refuses.
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Other> {
        let Some(name) = self.names.next() else {
            return Ok(None);
        };
        match self.named(name) {
            Some(value) => seed.deserialize(Value(value)).map(Some),
            None => Ok(seed.deserialize(Absent).ok()),
        }
    }
}

/// A member that is not there: an optional field is none then.
struct Absent;

impl<'de> Deserializer<'de> for Absent {
    type Error = Other;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Other> {
        Err(Other)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Other> {
        visitor.visit_none()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// An object's members as they come.
pub(super) struct Members<'a> {
    rest: std::slice::Iter<'a, (String, Json)>,
    value: &'a Json,
}

impl<'a> Members<'a> {
    pub(super) fn new(members: &'a [(String, Json)]) -> Self {
        Self {
            rest: members.iter(),
            value: &Json::Null,
        }
    }
}

fn word<'a>(text: &'a str) -> StrDeserializer<'a, Other> {
    text.into_deserializer()
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = Other;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Other> {
        match self.rest.next() {
            Some((name, value)) => {
                self.value = value;
                seed.deserialize(word(name)).map(Some)
            }
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Other> {
        seed.deserialize(Value(self.value))
    }
}

/// A word with what it stands before.
pub(super) struct Variant<'a>(pub(super) &'a str, pub(super) &'a Json);

impl<'de, 'a> EnumAccess<'de> for Variant<'a> {
    type Error = Other;
    type Variant = Value<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Value<'a>), Other> {
        Ok((seed.deserialize(word(self.0))?, Value(self.1)))
    }
}
