//! What of the planner comes after the program of the opened room. The splitter takes it apart by which part needs
//! what, into as many files as there are sets of parts; here they are joined again, so that each part comes with
//! few requests and little that it does not use (docs/decisions/0025).

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::rooms::{FOLLOWING, ROOMS, Room};
use crate::run::{Done, failure};
use crate::shared::{JOINED_IMPORT, PIECES_IMPORT};

/// What one more file costs a room that loads it, in bytes of WebAssembly as the splitter writes it: a request,
/// a compressor that begins anew, and calls into other files that go through the table.
const A_FILE: i64 = 30_000;

/// A file of the splitter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its name.
    pub file: String,
    /// The parts that need it.
    pub parts: BTreeSet<String>,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Pieces that come in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    pub files: Vec<String>,
    pub parts: BTreeSet<String>,
    bytes: i64,
}

impl Bundle {
    fn is_loaded(&self, room: &Room) -> bool {
        room.parts.iter().any(|part| self.parts.contains(*part))
    }

    /// What it costs all rooms together.
    fn cost(&self) -> i64 {
        ROOMS
            .iter()
            .chain(&FOLLOWING)
            .filter(|room| self.is_loaded(room))
            .map(|room| room.weight * (self.bytes + A_FILE))
            .sum()
    }

    fn with(&self, other: &Self) -> Self {
        Self {
            files: [self.files.as_slice(), other.files.as_slice()].concat(),
            parts: self.parts.union(&other.parts).cloned().collect(),
            bytes: self.bytes + other.bytes,
        }
    }
}

/// The splitter's loader, read: what stands before the files in it, the parts, and the pieces without their sizes.
#[derive(Debug, PartialEq, Eq)]
pub struct Loader {
    /// The functions that load.
    head: String,
    parts: Vec<String>,
    pub pieces: Vec<Piece>,
}

impl Loader {
    /// Reads the text of `__wasm_split.js`, of a program that keeps the parts `kept`.
    pub fn read(text: &str, kept: &[&str]) -> Done<Self> {
        let unknown = |what: &str| {
            failure(format!(
                "the splitter's loader has {what}: was wasm_split_cli_support updated? Then xtask/src/parts.rs has to follow"
            ))
        };
        let mut loader = Self {
            head: String::new(),
            parts: Vec::new(),
            pieces: Vec::new(),
        };
        let mut wanted_by: Option<BTreeSet<String>> = None;
        for line in text.lines() {
            let is_head = loader.pieces.is_empty() && wanted_by.is_none();
            if let Some(names) = line
                .strip_prefix("/* ")
                .and_then(|line| line.strip_suffix(" */"))
            {
                wanted_by = Some(names.split(", ").map(str::to_owned).collect());
            } else if let Some(rest) = line.strip_prefix("const __chunk_") {
                let number = rest.split(' ').next().unwrap_or_default();
                let parts = wanted_by
                    .clone()
                    .ok_or_else(|| unknown("a file that says not who needs it"))?;
                loader.pieces.push(Piece {
                    file: format!("chunk_{number}.wasm"),
                    parts,
                    bytes: 0,
                });
            } else if let Some(rest) = line.strip_prefix("export const __wasm_split_load_") {
                let part = rest.split(' ').next().unwrap_or_default().to_owned();
                // A part without code of its own has no file.
                if !line.contains("async (_imp) => ({})") {
                    loader.pieces.push(Piece {
                        file: format!("split_{part}.wasm"),
                        parts: BTreeSet::from([part.clone()]),
                        bytes: 0,
                    });
                }
                loader.parts.push(part);
                wanted_by.get_or_insert_default();
            } else if is_head {
                loader.head.push_str(line);
                loader.head.push('\n');
            }
        }
        for needed in ["function wrapAsyncCb(", "function makeLoad("] {
            if !loader.head.contains(needed) {
                return Err(unknown(&format!("no `{needed}`")));
            }
        }
        let all = ROOMS.iter().chain(&FOLLOWING).flat_map(|room| room.parts);
        for part in all.filter(|part| !kept.contains(part)) {
            if !loader.parts.iter().any(|known| known == part) {
                return Err(unknown(&format!("no part `{part}`")));
            }
        }
        Ok(loader)
    }

    /// The loader of the bundles, each in the file of its name, and of the parts `kept`, which are there.
    pub fn write(&self, bundles: &[(Bundle, String)], kept: &[&str]) -> String {
        let mut text = self.head.clone();
        for (at, (_, file)) in bundles.iter().enumerate() {
            let _ = writeln!(
                text,
                "const file_{at} = makeLoad(() => {{\n    const source = fetch(new URL(\"./{file}\", import.meta.url));\n    \
                 source.catch(() => {{}});\n    return async (imports) => WebAssembly.instantiateStreaming(source, {{ {JOINED_IMPORT}: imports.{PIECES_IMPORT} }});\n}}, []);"
            );
        }
        for part in kept {
            let _ = writeln!(
                text,
                "export const __wasm_split_load_{part} = wrapAsyncCb(async () => {{}});"
            );
        }
        for part in &self.parts {
            let files: Vec<String> = (0_usize..)
                .zip(bundles)
                .filter(|(_, (bundle, _))| bundle.parts.contains(part))
                .map(|(at, _)| format!("file_{at}"))
                .collect();
            let _ = writeln!(
                text,
                "export const __wasm_split_load_{part} = wrapAsyncCb(makeLoad(() => async () => ({{}}), [{}]));",
                files.join(", ")
            );
        }
        text
    }
}

/// Which pieces go into one file: two are joined as long as that costs the rooms less than it saves them.
pub fn bundles(pieces: &[Piece]) -> Vec<Bundle> {
    let mut bundles: Vec<Bundle> = pieces
        .iter()
        .map(|piece| Bundle {
            files: vec![piece.file.clone()],
            parts: piece.parts.clone(),
            bytes: i64::try_from(piece.bytes).unwrap_or(i64::MAX / 1_000),
        })
        .collect();
    while let Some((_, first, second)) = best_pair(&bundles) {
        let joined = bundles.swap_remove(second);
        if let Some(bundle) = bundles.get_mut(first) {
            *bundle = bundle.with(&joined);
        }
    }
    bundles
}

/// The pair that is best joined, with what that saves; none where each costs more joined. The second stands
/// behind the first.
fn best_pair(bundles: &[Bundle]) -> Option<(i64, usize, usize)> {
    let mut best = None;
    for (second, b) in bundles.iter().enumerate() {
        for (first, a) in bundles.iter().enumerate().take(second) {
            let saved = a.cost() + b.cost() - a.with(b).cost();
            if saved > 0 && best.is_none_or(|(most, _, _)| saved > most) {
                best = Some((saved, first, second));
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOADER: &str = "import { initSync } from \"./main.js\";\n\
        function wrapAsyncCb(callee) {\n}\nfunction makeLoad(fetcher, deps) {\n    // once\n}\n\
        /* campaign, plan */\nconst __chunk_3 = makeLoad(() => {\n    const src = fetch(new URL(\"./chunk_3.wasm\", import.meta.url));\n}\n, []);\n\
        export const __wasm_split_load_list = wrapAsyncCb(makeLoad(() => {\n}\n, []));\n\
        export const __wasm_split_load_create = wrapAsyncCb(makeLoad(() => {\n}\n, []));\n\
        export const __wasm_split_load_campaign = wrapAsyncCb(makeLoad(() => {\n}\n, [__chunk_3]));\n\
        export const __wasm_split_load_plan = wrapAsyncCb(makeLoad(() => {\n}\n, [__chunk_3]));\n\
        export const __wasm_split_load_buy = wrapAsyncCb(makeLoad(() => {\n}\n, []));\n\
        export const __wasm_split_load_run = wrapAsyncCb(makeLoad(() => {\n}\n, []));\n\
        export const __wasm_split_load_plan_more = wrapAsyncCb(makeLoad(() => async (_imp) => ({}), []));\n\
        export const __wasm_split_load_deeds = wrapAsyncCb(makeLoad(() => async (_imp) => ({}), []));\n\
        export const __wasm_split_load_rooms = wrapAsyncCb(makeLoad(() => async (_imp) => ({}), []));\n";

    fn piece(file: &str, parts: &[&str], bytes: u64) -> Piece {
        Piece {
            file: file.to_owned(),
            parts: parts.iter().map(|part| (*part).to_owned()).collect(),
            bytes,
        }
    }

    #[test]
    fn the_loader_is_read_with_who_needs_what() {
        let loader = Loader::read(LOADER, &[]).unwrap();
        assert!(loader.head.ends_with("    // once\n}\n"));
        let files: Vec<&str> = loader
            .pieces
            .iter()
            .map(|piece| piece.file.as_str())
            .collect();
        assert_eq!(
            files,
            [
                "chunk_3.wasm",
                "split_list.wasm",
                "split_create.wasm",
                "split_campaign.wasm",
                "split_plan.wasm",
                "split_buy.wasm",
                "split_run.wasm"
            ]
        );
        assert_eq!(
            loader.pieces.first(),
            Some(&piece("chunk_3.wasm", &["campaign", "plan"], 0))
        );
    }

    #[test]
    fn a_loader_of_another_make_is_refused_with_what_to_do() {
        for (broken, named) in [
            (
                LOADER.replace("function makeLoad", "function load"),
                "makeLoad",
            ),
            (
                LOADER.replace("__wasm_split_load_plan", "__other"),
                "no part `plan`",
            ),
            (LOADER.replace("/* campaign, plan */\n", ""), "who needs it"),
        ] {
            let said = Loader::read(&broken, &[]).unwrap_err().to_string();
            assert!(said.contains(named) && said.contains("parts.rs"), "{said}");
        }
    }

    #[test]
    fn a_part_that_is_kept_is_not_missed() {
        let without = LOADER
            .lines()
            .filter(|line| !line.contains("load_run"))
            .collect::<Vec<_>>()
            .join("\n");
        assert!(Loader::read(&without, &[]).is_err());
        assert!(Loader::read(&without, &["run"]).is_ok());
    }

    #[test]
    fn small_pieces_are_joined_and_what_others_do_not_need_is_not() {
        let made = bundles(&[
            piece("shared", &["campaign", "plan", "run", "buy"], 200_000),
            piece("plan", &["plan"], 300_000),
            piece("small", &["plan", "campaign"], 500),
            piece("run", &["run"], 300_000),
            piece("more", &["plan_more"], 90_000),
            piece("deeds", &["deeds"], 10),
            piece("both", &["deeds", "plan_more"], 10),
        ]);
        let mut files: Vec<Vec<String>> = made.into_iter().map(|bundle| bundle.files).collect();
        for bundle in &mut files {
            bundle.sort();
        }
        files.sort();
        assert_eq!(
            files,
            [
                vec!["both", "deeds", "more"],
                vec!["plan"],
                vec!["run"],
                vec!["shared", "small"]
            ]
        );
    }

    #[test]
    fn every_piece_is_in_one_bundle_and_all_its_parts_load_it() {
        let pieces = [
            piece("a", &["list"], 1_000),
            piece("b", &["list", "plan"], 90_000),
            piece("c", &["plan", "plan_more"], 4_000),
            piece("d", &["buy", "run"], 50_000),
            piece("e", &["rooms", "create"], 1),
        ];
        let made = bundles(&pieces);
        for piece in &pieces {
            let holders: Vec<_> = made
                .iter()
                .filter(|bundle| bundle.files.contains(&piece.file))
                .collect();
            assert_eq!(holders.len(), 1, "{}", piece.file);
            assert!(
                holders
                    .iter()
                    .all(|bundle| piece.parts.is_subset(&bundle.parts))
            );
        }
    }

    #[test]
    fn the_written_loader_loads_what_a_part_needs() {
        let loader = Loader::read(LOADER, &[]).unwrap();
        let made: Vec<_> = bundles(&loader.pieces[..2])
            .into_iter()
            .zip(["part-0.wasm".to_owned(), "part-1.wasm".to_owned()])
            .collect();
        let text = loader.write(&made, &["more"]);
        assert!(text.contains("fetch(new URL(\"./part-0.wasm\""));
        assert!(text.contains(
            "__wasm_split_load_plan = wrapAsyncCb(makeLoad(() => async () => ({}), [file_0]));"
        ));
        assert!(text.contains("__wasm_split_load_more = wrapAsyncCb(async () => {});"));
        assert!(text.contains(
            "__wasm_split_load_rooms = wrapAsyncCb(makeLoad(() => async () => ({}), []));"
        ));
    }
}
