//! WebAssembly's binary format, as far as the page is put together from it: sections, imports, exports.

/// The number of the section of imports.
const IMPORTS: u8 = 2;
/// The number of the section of exports.
const EXPORTS: u8 = 7;
/// The number of the section of the functions' types.
const TYPES: u8 = 1;
/// The number of the section of what functions do.
const CODE: u8 = 10;
/// The number of sections that a browser does not run.
pub const CUSTOM: u8 = 0;
/// The number of the functions' part of the section of names.
const FUNCTION_NAMES: u8 = 1;

/// An import: the module it is from, its name, and what it is in WebAssembly's text format, without a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import<'a> {
    pub from: &'a str,
    pub name: &'a str,
    pub kind: String,
}

/// The sections of a module by their numbers, up to one that is cut short.
pub fn sections(module: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut bytes = Bytes(module.get(8..).unwrap_or_default());
    std::iter::from_fn(move || {
        let section = bytes.byte()?;
        let length = usize::try_from(bytes.number()?).ok()?;
        Some((section, bytes.take(length)?))
    })
}

fn section(module: &[u8], wanted: u8) -> Bytes<'_> {
    // An absent section is one without entries.
    Bytes(
        sections(module)
            .find(|(section, _)| *section == wanted)
            .map_or(&[0], |(_, inside)| inside),
    )
}

/// What a module imports; none for what is not known here.
pub fn imports(module: &[u8]) -> Option<Vec<Import<'_>>> {
    let types = types(module)?;
    let mut inside = section(module, IMPORTS);
    (0..inside.number()?)
        .map(|_| {
            Some(Import {
                from: inside.name()?,
                name: inside.name()?,
                kind: match inside.byte()? {
                    0 => {
                        let kind = usize::try_from(inside.number()?).ok()?;
                        format!("func{}", types.get(kind)?)
                    }
                    1 => {
                        // Tables of functions only.
                        let is_functions = inside.byte()? == 0x70;
                        is_functions.then_some(())?;
                        format!("table {} funcref", inside.limits()?)
                    }
                    2 => format!("memory {}", inside.limits()?),
                    3 => {
                        let kind = inside.value_type()?;
                        match inside.byte()? {
                            1 => format!("global (mut {kind})"),
                            _ => format!("global {kind}"),
                        }
                    }
                    _ => return None,
                },
            })
        })
        .collect()
}

/// The names that a module exports; none for what is not known here.
pub fn exports(module: &[u8]) -> Option<Vec<&str>> {
    let mut inside = section(module, EXPORTS);
    (0..inside.number()?)
        .map(|_| {
            let name = inside.name()?;
            inside.byte()?;
            inside.number()?;
            Some(name)
        })
        .collect()
}

/// What a module's own functions do, in its bytes; none for what is not known here.
pub fn functions(module: &[u8]) -> Option<Vec<&[u8]>> {
    let mut inside = section(module, CODE);
    (0..inside.number()?)
        .map(|_| {
            let length = usize::try_from(inside.number()?).ok()?;
            inside.take(length)
        })
        .collect()
}

/// A section that names functions, from the one with this number on.
pub fn names(first: usize, names: &[String]) -> Vec<u8> {
    let mut functions = Vec::new();
    put(&mut functions, names.len());
    for (number, name) in (first..).zip(names) {
        put(&mut functions, number);
        put_all(&mut functions, name.as_bytes());
    }
    let mut inside = Vec::new();
    put_all(&mut inside, b"name");
    inside.push(FUNCTION_NAMES);
    put_all(&mut inside, &functions);
    let mut section = vec![CUSTOM];
    put_all(&mut section, &inside);
    section
}

/// Writes a number in LEB128.
fn put(bytes: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn put_all(bytes: &mut Vec<u8>, all: &[u8]) {
    put(bytes, all.len());
    bytes.extend(all);
}

/// The types of functions in WebAssembly's text format: ` (param i32 i32) (result i32)`.
fn types(module: &[u8]) -> Option<Vec<String>> {
    let mut inside = section(module, TYPES);
    (0..inside.number()?)
        .map(|_| {
            (inside.byte()? == 0x60).then_some(())?;
            let mut text = String::new();
            for word in ["param", "result"] {
                let values: Vec<&str> = (0..inside.number()?)
                    .map(|_| inside.value_type())
                    .collect::<Option<_>>()?;
                if !values.is_empty() {
                    text = format!("{text} ({word} {})", values.join(" "));
                }
            }
            Some(text)
        })
        .collect()
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// An unsigned number of 32 bits, in LEB128.
    fn number(&mut self) -> Option<u32> {
        let mut value = 0_u32;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            value |= u32::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn name(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    fn value_type(&mut self) -> Option<&'static str> {
        Some(match self.byte()? {
            0x7f => "i32",
            0x7e => "i64",
            0x7d => "f32",
            0x7c => "f64",
            0x70 => "funcref",
            0x6f => "externref",
            _ => return None,
        })
    }

    fn limits(&mut self) -> Option<String> {
        match self.byte()? {
            0 => Some(self.number()?.to_string()),
            1 => Some(format!("{} {}", self.number()?, self.number()?)),
            _ => None,
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A module with these sections.
    pub fn module(sections: &[(u8, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        for (section, inside) in sections {
            // Lengths of two bytes in LEB128.
            let length = inside.len();
            bytes.extend([*section, (length & 0x7f) as u8 | 0x80, (length >> 7) as u8]);
            bytes.extend(inside);
        }
        bytes
    }

    fn name(text: &str) -> Vec<u8> {
        let mut bytes = vec![u8::try_from(text.len()).unwrap()];
        bytes.extend(text.bytes());
        bytes
    }

    /// The bytes of a section of imports.
    pub fn importing(imports: &[(&str, &str, &[u8])]) -> (u8, Vec<u8>) {
        let mut bytes = vec![u8::try_from(imports.len()).unwrap()];
        for (from, named, kind) in imports {
            bytes.extend(name(from));
            bytes.extend(name(named));
            bytes.extend(*kind);
        }
        (IMPORTS, bytes)
    }

    /// The bytes of a section that exports functions.
    pub fn exporting(names: &[&str]) -> (u8, Vec<u8>) {
        let mut bytes = vec![u8::try_from(names.len()).unwrap()];
        for export in names {
            bytes.extend(name(export));
            bytes.extend([0, 0]);
        }
        (EXPORTS, bytes)
    }

    /// A section with the type of a function that takes and gives nothing.
    pub fn typed() -> (u8, Vec<u8>) {
        (TYPES, vec![1, 0x60, 0, 0])
    }

    /// The bytes of a section of functions.
    pub fn coding(functions: &[&[u8]]) -> (u8, Vec<u8>) {
        let mut bytes = Vec::new();
        put(&mut bytes, functions.len());
        for function in functions {
            put_all(&mut bytes, function);
        }
        (CODE, bytes)
    }

    #[test]
    fn numbers_are_read_as_they_are_written() {
        for number in [0, 1, 127, 128, 5_235, 1_079_771] {
            let mut bytes = Vec::new();
            put(&mut bytes, number);
            let read = Bytes(&bytes).number().unwrap();
            assert_eq!(usize::try_from(read), Ok(number));
        }
    }

    #[test]
    fn imports_are_told_with_their_types() {
        let bytes = module(&[
            (TYPES, vec![2, 0x60, 0, 0, 0x60, 2, 0x7f, 0x7e, 1, 0x7c]),
            importing(&[
                ("a", "f", &[0, 1]),
                ("a", "g", &[0, 0]),
                ("b", "memory", &[2, 0, 19]),
                ("b", "table", &[1, 0x70, 1, 0x91, 0x2f, 0x91, 0x2f]),
                ("b", "stack", &[3, 0x7f, 1]),
            ]),
            exporting(&["x", "y"]),
        ]);
        let told: Vec<String> = imports(&bytes)
            .unwrap()
            .into_iter()
            .map(|import| format!("{}.{} {}", import.from, import.name, import.kind))
            .collect();
        assert_eq!(
            told,
            [
                "a.f func (param i32 i64) (result f64)",
                "a.g func",
                "b.memory memory 19",
                "b.table table 6033 6033 funcref",
                "b.stack global (mut i32)"
            ]
        );
        assert_eq!(exports(&bytes).unwrap(), ["x", "y"]);
    }

    #[test]
    fn what_is_not_known_or_cut_short_is_none() {
        for import in [
            // A table of something else.
            ("a", "t", &[1, 0x6f, 0, 1][..]),
            // Cut short.
            ("a", "memory", &[2, 0]),
            // A type that is not there.
            ("a", "f", &[0, 5]),
        ] {
            assert_eq!(imports(&module(&[importing(&[import])])), None);
        }
        assert_eq!(imports(&module(&[])), Some(Vec::new()));
        assert_eq!(exports(&module(&[])), Some(Vec::new()));
    }
}
