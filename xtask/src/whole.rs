//! The parts that a room opens with, kept in its program. The splitter takes out what its marks name; with the marks
//! of a part gone it leaves the part where it is, and what was to be loaded is joined to it again, so that a call
//! within a room is a call and no way through the table of functions.

use std::fmt::Write as _;

use crate::binary;
use crate::run::{Done, failure};

/// The module of the program, for the one that joins.
pub const PROGRAM: &str = "program";
/// The module from which the program imports what is loaded.
pub const LOADED: &str = "./__wasm_split.js";

/// The marks of the splitter's on both ends of a call into a part.
fn mark(part: &str) -> String {
    format!("__wasm_split_00{part}00_")
}

/// What stands in their place, of the same length, so that nothing else in the file moves.
fn unmarked(part: &str) -> String {
    format!("__wasm_whole_00{part}00_")
}

/// The compiled program without the marks of these parts.
pub fn keep(program: &[u8], parts: &[&str]) -> Done<Vec<u8>> {
    let mut kept = program.to_vec();
    for part in parts {
        let (mark, instead) = (mark(part), unmarked(part));
        let mut found = false;
        let mut from = 0;
        while let Some(at) = find(kept.get(from..).unwrap_or_default(), mark.as_bytes()) {
            let begins = from + at;
            from = begins + mark.len();
            if let Some(place) = kept.get_mut(begins..from) {
                place.copy_from_slice(instead.as_bytes());
                found = true;
            }
        }
        if !found {
            return Err(failure(format!(
                "the program has no part `{part}`: do web/src/later.rs and xtask/src/rooms.rs name the same parts?"
            )));
        }
    }
    Ok(kept)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

/// A module that gives the program what it imports of the kept parts, which it exports itself, in WebAssembly's
/// text format.
pub fn joint(program: &[u8], parts: &[&str]) -> Done<String> {
    let of_another_make = |what: &str| {
        failure(format!(
            "the program of a room {what}: was wasm_split_cli_support updated? Then xtask/src/whole.rs has to follow"
        ))
    };
    let exports =
        binary::exports(program).ok_or_else(|| of_another_make("exports what is not known"))?;
    let imports =
        binary::imports(program).ok_or_else(|| of_another_make("imports what is not known"))?;
    let mut text = String::from("(module\n");
    let mut given = String::new();
    for part in parts {
        let begins = format!("{}import_", unmarked(part));
        for import in imports
            .iter()
            .filter(|import| import.from == LOADED && import.name.starts_with(&begins))
        {
            let name = import.name;
            let named = name.get(begins.len()..).unwrap_or_default();
            // The same digest, and a name behind it.
            let digest = named.split('_').next().unwrap_or_default();
            let exported = format!("{}export_{digest}", unmarked(part));
            let export = exports
                .iter()
                .find(|export| export.starts_with(&exported))
                .ok_or_else(|| {
                    of_another_make(&format!(
                        "lacks `{name}` (two parts with a function of the same code share it, and it went with the other)"
                    ))
                })?;
            let kind = import.kind.strip_prefix("func").unwrap_or_default();
            let _ = writeln!(
                text,
                " (import \"{PROGRAM}\" \"{export}\" (func ${name}{kind}))"
            );
            let _ = writeln!(given, " (export \"{name}\" (func ${name}))");
        }
    }
    text.push_str(&given);
    text.push_str(")\n");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binary::tests::{exporting, importing, module};

    #[test]
    fn only_the_marks_of_kept_parts_go_and_nothing_moves() {
        let program = b"..__wasm_split_00plan00_import_ab..__wasm_split_00run00_import_cd..__wasm_split_00plan00_export_ab";
        let kept = keep(program, &["plan"]).unwrap();
        assert_eq!(
            kept,
            b"..__wasm_whole_00plan00_import_ab..__wasm_split_00run00_import_cd..__wasm_whole_00plan00_export_ab"
        );
        assert!(keep(program, &["plan", "list"]).is_err());
    }

    /// A program that imports a loader and the near ends of two parts, and exports what is named.
    fn program(exports: &[&str]) -> Vec<u8> {
        let function = &[0, 0][..];
        module(&[
            (1, vec![1, 0x60, 1, 0x7f, 0]),
            importing(&[
                (LOADED, "__wasm_split_load_plan", function),
                (LOADED, "__wasm_whole_00plan00_import_ab_room", function),
                (LOADED, "__wasm_split_00run00_import_cd_room", function),
            ]),
            exporting(exports),
        ])
    }

    #[test]
    fn the_two_ends_of_a_kept_part_meet() {
        assert_eq!(
            joint(
                &program(&["main", "__wasm_whole_00plan00_export_ab_room"]),
                &["campaign", "plan"]
            )
            .unwrap(),
            "(module\n \
             (import \"program\" \"__wasm_whole_00plan00_export_ab_room\" (func $__wasm_whole_00plan00_import_ab_room (param i32)))\n \
             (export \"__wasm_whole_00plan00_import_ab_room\" (func $__wasm_whole_00plan00_import_ab_room))\n)\n"
        );
    }

    #[test]
    fn an_end_without_the_other_is_refused_with_why() {
        let said = joint(&program(&["main"]), &["plan"])
            .unwrap_err()
            .to_string();
        assert!(said.contains("same code"), "{said}");
    }
}
