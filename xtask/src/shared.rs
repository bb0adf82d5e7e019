//! What the files of the page's program have in common: the memory, the table of functions and the globals of
//! the program itself, which each piece of the splitter imports. Joined, they import it once.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::run::{Done, failure};

/// The module that the splitter's pieces import from.
pub const PIECES_IMPORT: &str = "__wasm_split";
/// The module that joined files import the same from.
pub const JOINED_IMPORT: &str = "program";

/// Adds what a piece imports to `shared`: names with their types in WebAssembly's text format.
pub fn collect(piece: &[u8], shared: &mut BTreeMap<String, String>) -> Done {
    imports(piece, shared).ok_or_else(|| {
        failure("a file of the splitter imports what xtask/src/shared.rs does not know: was wasm_split_cli_support updated?")
    })
}

/// The bytes of a module that a browser runs: all but the names and notes in it.
pub fn weight(module: &[u8]) -> u64 {
    const CUSTOM: u8 = 0;
    let mut sum = 0;
    let mut bytes = Bytes(module.get(8..).unwrap_or_default());
    while let Some(section) = bytes.byte() {
        let Some(inside) = bytes
            .number()
            .and_then(|length| bytes.take(usize::try_from(length).ok()?))
        else {
            break;
        };
        if section != CUSTOM {
            sum += u64::try_from(inside.len()).unwrap_or(u64::MAX);
        }
    }
    sum
}

/// A module that hands on what it imports from the program, in WebAssembly's text format. Joined with pieces, it
/// is where all their imports meet.
pub fn hand_on(shared: &BTreeMap<String, String>) -> String {
    let mut text = String::from("(module\n");
    for (name, kind) in shared {
        let _ = writeln!(
            text,
            " (import \"{JOINED_IMPORT}\" \"{name}\" ({} ${name} {}))",
            kind.split(' ').next().unwrap_or_default(),
            kind.split_once(' ').map_or("", |(_, rest)| rest)
        );
    }
    for (name, kind) in shared {
        let _ = writeln!(
            text,
            " (export \"{name}\" ({} ${name}))",
            kind.split(' ').next().unwrap_or_default()
        );
    }
    text.push_str(")\n");
    text
}

/// The import section, read after WebAssembly's binary format; none for what cannot be handed on.
fn imports(module: &[u8], shared: &mut BTreeMap<String, String>) -> Option<()> {
    const IMPORTS: u8 = 2;
    let mut bytes = Bytes(module.get(8..)?);
    while !bytes.0.is_empty() {
        let section = bytes.byte()?;
        let length = usize::try_from(bytes.number()?).ok()?;
        let mut inside = Bytes(bytes.take(length)?);
        if section != IMPORTS {
            continue;
        }
        for _ in 0..inside.number()? {
            let from = inside.name()?;
            let name = inside.name()?;
            let kind = match inside.byte()? {
                1 => {
                    // Tables of functions only.
                    let is_functions = inside.byte()? == 0x70;
                    is_functions.then_some(())?;
                    format!("table {} funcref", inside.limits()?)
                }
                2 => format!("memory {}", inside.limits()?),
                3 => {
                    let kind = match inside.byte()? {
                        0x7f => "i32",
                        0x7e => "i64",
                        _ => return None,
                    };
                    match inside.byte()? {
                        1 => format!("global (mut {kind})"),
                        _ => format!("global {kind}"),
                    }
                }
                _ => return None,
            };
            (from == PIECES_IMPORT).then_some(())?;
            shared.insert(name.to_owned(), kind);
        }
    }
    Some(())
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

    fn limits(&mut self) -> Option<String> {
        match self.byte()? {
            0 => Some(self.number()?.to_string()),
            1 => Some(format!("{} {}", self.number()?, self.number()?)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with one import section of these bytes.
    fn module(imports: &[u8]) -> Vec<u8> {
        let mut bytes = b"\0asm\x01\0\0\0\x01\x01\0".to_vec();
        bytes.push(2);
        bytes.push(u8::try_from(imports.len()).unwrap());
        bytes.extend(imports);
        bytes
    }

    fn import(name: &str, kind: &[u8]) -> Vec<u8> {
        let mut bytes = vec![u8::try_from(PIECES_IMPORT.len()).unwrap()];
        bytes.extend(PIECES_IMPORT.bytes());
        bytes.push(u8::try_from(name.len()).unwrap());
        bytes.extend(name.bytes());
        bytes.extend(kind);
        bytes
    }

    #[test]
    fn what_is_shared_is_handed_on_with_its_types() {
        let mut all = vec![3];
        all.extend(import("memory", &[2, 0, 19]));
        all.extend(import("table", &[1, 0x70, 1, 0x91, 0x2f, 0x91, 0x2f]));
        all.extend(import("stack", &[3, 0x7f, 1]));
        let mut shared = BTreeMap::new();
        collect(&module(&all), &mut shared).unwrap();
        assert_eq!(
            hand_on(&shared),
            "(module\n \
             (import \"program\" \"memory\" (memory $memory 19))\n \
             (import \"program\" \"stack\" (global $stack (mut i32)))\n \
             (import \"program\" \"table\" (table $table 6033 6033 funcref))\n \
             (export \"memory\" (memory $memory))\n \
             (export \"stack\" (global $stack))\n \
             (export \"table\" (table $table))\n)\n"
        );
    }

    #[test]
    fn names_and_notes_weigh_nothing() {
        let mut bytes = module(&[0]);
        assert_eq!(weight(&bytes), 2);
        bytes.extend([0, 5, 4, b'n', b'a', b'm', b'e']);
        assert_eq!(weight(&bytes), 2);
    }

    #[test]
    fn what_cannot_be_handed_on_is_refused() {
        for broken in [
            // A function.
            import("f", &[0, 0]),
            // A table of something else.
            import("t", &[1, 0x6f, 0, 1]),
            // Cut short.
            import("memory", &[2, 0]),
        ] {
            let mut all = vec![1];
            all.extend(broken);
            assert!(collect(&module(&all), &mut BTreeMap::new()).is_err());
        }
    }
}
