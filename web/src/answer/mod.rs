//! Reading answers: one small reader over core's JSON, so that the page carries one copy of what
//! every kind of answer needs. It reads objects by their names only, which is all that is ever sent
//! or kept, and keeps no words about what does not read: the page says the same of all of it.
//! A struct takes its fields one by one, each looked up by its name: taking the members as they come
//! needs far more code for each struct, which every first load would pay for.

mod members;

use std::fmt;

use flighting_core::wire::Json;
use flighting_core::wire::json::Number;
use rust_decimal::prelude::ToPrimitive;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, Expected, Unexpected, VariantAccess,
    Visitor,
};

use members::{Fields, Items, Members, Variant};

/// Reads a value from JSON text. `None` where it is something else.
#[must_use]
pub fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    read_json(&json(text)?)
}

/// Reads JSON text. `None` where it is something else.
#[must_use]
pub fn json(text: &str) -> Option<Json> {
    Json::from_marked_text(text.as_bytes(), false, shorten).ok()
}

/// By the browser's own floats: Rust's way to them would come with every first load.
#[cfg(target_arch = "wasm32")]
fn shorten(token: &str) -> Option<String> {
    use wasm_bindgen::prelude::wasm_bindgen;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_name = Number)]
        fn number(text: &str) -> f64;

        #[wasm_bindgen(js_name = String)]
        fn string(number: f64) -> String;
    }

    let value = number(token);
    value.is_finite().then(|| string(value))
}

#[cfg(not(target_arch = "wasm32"))]
fn shorten(token: &str) -> Option<String> {
    let value: f64 = token.parse().ok()?;
    value.is_finite().then(|| value.to_string())
}

/// Reads a value from JSON.
#[must_use]
pub fn read_json<T: DeserializeOwned>(json: &Json) -> Option<T> {
    T::deserialize(Value(json)).ok()
}

/// It is something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Other;

impl fmt::Display for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("something else")
    }
}

impl std::error::Error for Other {}

impl Error for Other {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self
    }
    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self
    }
    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self
    }
    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }
    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }
    fn missing_field(_: &'static str) -> Self {
        Self
    }
    fn duplicate_field(_: &'static str) -> Self {
        Self
    }
}

#[derive(Clone, Copy)]
struct Value<'a>(&'a Json);

impl Value<'_> {
    fn number(self) -> Result<Whole, Other> {
        match self.0 {
            Json::Number(number) => whole(number),
            _ => Err(Other),
        }
    }

    fn text(&self) -> Result<&str, Other> {
        self.0.as_text().ok_or(Other)
    }
}

/// A whole number.
enum Whole {
    Signed(i64),
    Large(u64),
}

fn whole(number: &Number) -> Result<Whole, Other> {
    let exact = number
        .exact()
        .filter(rust_decimal::Decimal::is_integer)
        .ok_or(Other)?;
    match (exact.to_i64(), exact.to_u64()) {
        (Some(signed), _) => Ok(Whole::Signed(signed)),
        (None, Some(large)) => Ok(Whole::Large(large)),
        (None, None) => Err(Other),
    }
}

macro_rules! whole_numbers {
    ($($name:ident)+) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Other> {
            match self.number()? {
                Whole::Signed(value) => visitor.visit_i64(value),
                Whole::Large(value) => visitor.visit_u64(value),
            }
        }
    )+};
}

macro_rules! texts {
    ($($name:ident)+) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Other> {
            visitor.visit_str(self.text()?)
        }
    )+};
}

macro_rules! never {
    ($($name:ident)+) => {$(
        fn $name<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Other> {
            Err(Other)
        }
    )+};
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = Other;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Other> {
        match self.0 {
            Json::Null => visitor.visit_unit(),
            Json::Bool(value) => visitor.visit_bool(*value),
            Json::Number(number) => match whole(number) {
                Ok(Whole::Signed(value)) => visitor.visit_i64(value),
                Ok(Whole::Large(value)) => visitor.visit_u64(value),
                // Core reads figures from their text; floats are none of the wire's.
                Err(Other) => visitor.visit_bytes(number.as_str().as_bytes()),
            },
            Json::Text(text) => visitor.visit_str(text),
            Json::List(list) => visitor.visit_seq(Items::new(list)),
            Json::Object(members) => visitor.visit_map(Members::new(members)),
        }
    }

    whole_numbers! { deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }
    texts! { deserialize_str deserialize_string deserialize_identifier }
    never! { deserialize_char deserialize_bytes deserialize_byte_buf deserialize_f32 deserialize_f64 }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Other> {
        match self.0 {
            Json::Bool(value) => visitor.visit_bool(*value),
            _ => Err(Other),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Other> {
        match self.0 {
            Json::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Other> {
        match self.0 {
            Json::Null => visitor.visit_unit(),
            _ => Err(Other),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Other> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Other> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Other> {
        match self.0 {
            Json::List(list) => visitor.visit_seq(Items::new(list)),
            _ => Err(Other),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Other> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Other> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Other> {
        match self.0 {
            Json::Object(members) => visitor.visit_map(Members::new(members)),
            _ => Err(Other),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Other> {
        match self.0 {
            Json::Object(members) => visitor.visit_seq(Fields::new(names, members)),
            _ => Err(Other),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Other> {
        match self.0 {
            Json::Text(word) => visitor.visit_enum(Variant(word, &Json::Null)),
            Json::Object(members) => match members.as_slice() {
                [(word, value)] => visitor.visit_enum(Variant(word, value)),
                _ => Err(Other),
            },
            _ => Err(Other),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Other> {
        visitor.visit_unit()
    }
}

impl<'de> VariantAccess<'de> for Value<'_> {
    type Error = Other;

    fn unit_variant(self) -> Result<(), Other> {
        match self.0 {
            Json::Null => Ok(()),
            _ => Err(Other),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Other> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Other> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Other> {
        self.deserialize_struct("", names, visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use flighting_core::wire::campaign::CampaignOut;
    use flighting_core::wire::execute::Warning;
    use flighting_core::wire::{Amount, Envelope, Figure};
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::forms::testing::executed;

    /// Read by this reader and by serde_json it is the same.
    fn same<T: DeserializeOwned + PartialEq + fmt::Debug>(text: &str) -> T {
        let ours = read::<T>(text);
        assert_eq!(ours, serde_json::from_str(text).ok(), "{text}");
        ours.unwrap()
    }

    #[test]
    fn a_whole_campaign_reads_as_it_was_written() {
        let out = executed();
        let text = serde_json::to_string(&out).unwrap();
        assert_eq!(same::<CampaignOut>(&text), out);
        let wrapped = format!(r#"{{"data":{text},"more":[1,{{"x":null}}]}}"#);
        assert!(
            read::<Envelope<CampaignOut>>(&wrapped)
                .unwrap()
                .data
                .is_some()
        );
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Kind {
        Plain,
        One(u8),
        Named { a: i64 },
    }

    #[test]
    fn every_shape_that_is_sent_or_kept_reads() {
        same::<(u64, i8, bool, String)>(r#"[18446744073709551615,-5,true,"x"]"#);
        same::<Vec<Option<Figure>>>("[1.5,null,2,0.00000015]");
        same::<BTreeMap<String, Vec<u32>>>(r#"{"a":[1,2],"b":[]}"#);
        same::<Vec<Kind>>(r#"["Plain",{"One":7},{"Named":{"a":-1}}]"#);
        same::<Vec<Amount>>("[300000.5,1,0.01]");
        same::<Warning>(r#"{"type":"in_flight","mediaBuyIds":["mb_1"]}"#);
        same::<Warning>(r#"{"amount":12.5,"currency":"USD","type":"unspendable"}"#);
        same::<Json>(r#"{"b":1,"a":[true,null,0.25],"b":"x"}"#);
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Fielded {
        first: u8,
        #[serde(default)]
        list: Vec<u8>,
        maybe: Option<String>,
        #[serde(rename = "4th")]
        last: bool,
    }

    #[test]
    fn fields_are_read_by_their_names_in_any_order() {
        same::<Fielded>(r#"{"first":1,"list":[2],"maybe":"x","4th":true}"#);
        same::<Fielded>(r#"{"4th":true,"unknown":{},"maybe":null,"first":1}"#);
        same::<Fielded>(r#"{"list":[],"4th":false,"first":255}"#);
        for text in [
            r#"{"first":1,"list":[2],"maybe":"x"}"#,
            r#"{"first":1,"list":null,"4th":true}"#,
            r#"{"first":256,"4th":true}"#,
            r#"{"first":1,"maybe":2,"4th":true}"#,
            r#"[1,[],null,true]"#,
        ] {
            assert_eq!(read::<Fielded>(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_something_else_does_not_read() {
        for text in ["300", "-1", "1.5", r#""5""#, "null", "[5]", "{}", "5 5"] {
            assert_eq!(read::<u8>(text), None, "{text}");
        }
        assert_eq!(read::<Kind>(r#"{"Plain":1}"#), None);
        assert_eq!(read::<Kind>(r#""Other""#), None);
        assert_eq!(read::<String>("5"), None);
        assert_eq!(read::<CampaignOut>("{}"), None);
    }
}
