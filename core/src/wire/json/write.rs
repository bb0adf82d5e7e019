//! Writes JSON text. By hand, since all numbers here are decimal text already: no float is made,
//! printed or linked, which the page and the npm package would carry.

use std::fmt::{self, Write as _};

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// The JSON text of a value; empty for what nothing of the wire holds (floats).
#[must_use]
pub fn to_text<T: Serialize>(value: &T) -> String {
    let mut out = String::new();
    match value.serialize(&mut Writer { out: &mut out }) {
        Ok(()) => out,
        Err(fmt::Error) => String::new(),
    }
}

struct Writer<'a> {
    out: &'a mut String,
}

impl Writer<'_> {
    fn text(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            let escape = match c {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\u{8}' => "\\b",
                '\u{c}' => "\\f",
                '\0'..='\u{1f}' => {
                    let hex = |digit: u32| char::from_digit(digit, 16).unwrap_or('0');
                    self.out.push_str("\\u00");
                    self.out.push(hex(u32::from(c) / 16));
                    self.out.push(hex(u32::from(c) % 16));
                    continue;
                }
                plain => {
                    self.out.push(plain);
                    continue;
                }
            };
            self.out.push_str(escape);
        }
        self.out.push('"');
    }

    fn open(&mut self, bracket: char, close: char) -> Many<'_> {
        self.out.push(bracket);
        Many {
            out: self.out,
            close,
            is_first: true,
        }
    }
}

/// A list or an object that is being written.
struct Many<'a> {
    out: &'a mut String,
    close: char,
    is_first: bool,
}

impl Many<'_> {
    fn next(&mut self) -> Writer<'_> {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(',');
        }
        Writer { out: self.out }
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> fmt::Result {
        value.serialize(&mut self.next())
    }

    fn member<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> fmt::Result {
        let mut writer = self.next();
        writer.text(name);
        writer.out.push(':');
        value.serialize(&mut writer)
    }

    fn close(self) -> fmt::Result {
        self.out.push(self.close);
        Ok(())
    }
}

macro_rules! whole {
    ($($method:ident: $number:ty),+) => {
        $(fn $method(self, value: $number) -> fmt::Result {
            write!(self.out, "{value}")
        })+
    };
}

impl<'a> Serializer for &'a mut Writer<'_> {
    type Ok = ();
    type Error = fmt::Error;
    type SerializeSeq = Many<'a>;
    type SerializeTuple = Many<'a>;
    type SerializeTupleStruct = Many<'a>;
    type SerializeTupleVariant = Many<'a>;
    type SerializeMap = Many<'a>;
    type SerializeStruct = Many<'a>;
    type SerializeStructVariant = Many<'a>;

    /// Amounts and rates then come as the bytes of their decimal text.
    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_bool(self, value: bool) -> fmt::Result {
        self.out.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    whole!(
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64
    );

    fn serialize_f32(self, _: f32) -> fmt::Result {
        Err(fmt::Error)
    }

    fn serialize_f64(self, _: f64) -> fmt::Result {
        Err(fmt::Error)
    }

    fn serialize_char(self, value: char) -> fmt::Result {
        self.text(value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, value: &str) -> fmt::Result {
        self.text(value);
        Ok(())
    }

    fn serialize_bytes(self, number: &[u8]) -> fmt::Result {
        self.out
            .push_str(std::str::from_utf8(number).map_err(|_| fmt::Error)?);
        Ok(())
    }

    fn serialize_none(self) -> fmt::Result {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> fmt::Result {
        value.serialize(self)
    }

    fn serialize_unit(self) -> fmt::Result {
        self.out.push_str("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> fmt::Result {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, word: &'static str) -> fmt::Result {
        self.serialize_str(word)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> fmt::Result {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        word: &'static str,
        value: &T,
    ) -> fmt::Result {
        let mut one = self.open('{', '}');
        one.member(word, value)?;
        one.close()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Many<'a>, fmt::Error> {
        Ok(self.open('[', ']'))
    }

    fn serialize_tuple(self, _: usize) -> Result<Many<'a>, fmt::Error> {
        Ok(self.open('[', ']'))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Many<'a>, fmt::Error> {
        Ok(self.open('[', ']'))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Many<'a>, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Many<'a>, fmt::Error> {
        Ok(self.open('{', '}'))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Many<'a>, fmt::Error> {
        Ok(self.open('{', '}'))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Many<'a>, fmt::Error> {
        Err(fmt::Error)
    }
}

macro_rules! lists {
    ($($of:ident . $method:ident),+) => {
        $(impl $of for Many<'_> {
            type Ok = ();
            type Error = fmt::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> fmt::Result {
                self.value(value)
            }

            fn end(self) -> fmt::Result {
                self.close()
            }
        })+
    };
}

lists!(
    SerializeSeq.serialize_element,
    SerializeTuple.serialize_element,
    SerializeTupleStruct.serialize_field,
    SerializeTupleVariant.serialize_field
);

macro_rules! objects {
    ($($of:ident),+) => {
        $(impl $of for Many<'_> {
            type Ok = ();
            type Error = fmt::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> fmt::Result {
                self.member(name, value)
            }

            fn end(self) -> fmt::Result {
                self.close()
            }
        })+
    };
}

objects!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Many<'_> {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, name: &T) -> fmt::Result {
        let mut writer = self.next();
        name.serialize(&mut writer)?;
        writer.out.push(':');
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> fmt::Result {
        value.serialize(&mut Writer { out: self.out })
    }

    fn end(self) -> fmt::Result {
        self.close()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::Json;

    #[test]
    fn text_is_what_another_writer_writes() {
        for text in [
            r#"{"a":[1,-2,null,true,false,"x"],"b":{},"c":[],"d":"\"\\\b\f\n\r\t\u0001\u001fé😀"}"#,
            r#"{"n":[0.5,10.5,300000,-0.01,9999999999999.99]}"#,
        ] {
            let json = Json::from_text(text.as_bytes()).unwrap();
            assert_eq!(to_text(&json), text);
            assert_eq!(to_text(&json), serde_json::to_string(&json).unwrap());
        }
    }
}
