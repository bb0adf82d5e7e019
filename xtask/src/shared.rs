//! What the files of the page's program have in common: the memory, the table of functions and the globals of
//! the program itself, which each piece of the splitter imports. Joined, they import it once.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::binary;
use crate::run::{Done, failure};

/// The module that the splitter's pieces import from.
pub const PIECES_IMPORT: &str = "__wasm_split";
/// The module that joined files import the same from.
pub const JOINED_IMPORT: &str = "program";

/// Adds what a piece imports to `shared`: names with their types in WebAssembly's text format.
pub fn collect(piece: &[u8], shared: &mut BTreeMap<String, String>) -> Done {
    let of_another_make = || {
        failure(
            "a file of the splitter imports what xtask/src/shared.rs does not know: was wasm_split_cli_support updated?",
        )
    };
    for import in binary::imports(piece).ok_or_else(of_another_make)? {
        if import.from != PIECES_IMPORT || import.kind.starts_with("func") {
            return Err(of_another_make());
        }
        shared.insert(import.name.to_owned(), import.kind);
    }
    Ok(())
}

/// The bytes of a module that a browser runs: all but the names and notes in it.
pub fn weight(module: &[u8]) -> u64 {
    binary::sections(module)
        .filter(|(section, _)| *section != binary::CUSTOM)
        .map(|(_, inside)| u64::try_from(inside.len()).unwrap_or(u64::MAX))
        .sum()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binary::tests::{importing, module};

    #[test]
    fn what_is_shared_is_handed_on_with_its_types() {
        let piece = module(&[importing(&[
            (PIECES_IMPORT, "memory", &[2, 0, 19]),
            (
                PIECES_IMPORT,
                "table",
                &[1, 0x70, 1, 0x91, 0x2f, 0x91, 0x2f],
            ),
            (PIECES_IMPORT, "stack", &[3, 0x7f, 1]),
        ])]);
        let mut shared = BTreeMap::new();
        collect(&piece, &mut shared).unwrap();
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
        let mut bytes = module(&[importing(&[])]);
        assert_eq!(weight(&bytes), 1);
        bytes.extend([0, 5, 4, b'n', b'a', b'm', b'e']);
        assert_eq!(weight(&bytes), 1);
    }

    #[test]
    fn what_cannot_be_handed_on_is_refused() {
        for import in [
            // A table of something else.
            (PIECES_IMPORT, "t", &[1, 0x6f, 0, 1][..]),
            // From somewhere else.
            ("env", "memory", &[2, 0, 19]),
        ] {
            assert!(collect(&module(&[importing(&[import])]), &mut BTreeMap::new()).is_err());
        }
    }
}
