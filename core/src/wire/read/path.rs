//! Where a value stands: a number, by which the reader finds the steps to it. Most values are
//! right, so a place is written out only for a violation.

use super::Reader;

/// A place in a body, of the reader that gave it.
#[derive(Debug, Clone, Copy)]
pub struct Path(u32);

/// The last step to a place, and the place above it.
#[derive(Debug)]
pub(super) struct Place {
    above: Path,
    step: Step,
}

#[derive(Debug)]
enum Step {
    /// Where reading begins.
    Root(String),
    Member(&'static str),
    Entry(usize),
}

impl Reader {
    pub(super) fn root(&mut self, text: &str) -> Path {
        self.place(Path(0), Step::Root(text.to_owned()))
    }

    pub(super) fn member(&mut self, above: Path, name: &'static str) -> Path {
        self.place(above, Step::Member(name))
    }

    pub(super) fn entry(&mut self, above: Path, index: usize) -> Path {
        self.place(above, Step::Entry(index))
    }

    fn place(&mut self, above: Path, step: Step) -> Path {
        let path = Path(u32::try_from(self.places.len()).unwrap_or(u32::MAX));
        self.places.push(Place { above, step });
        path
    }

    /// A place as violations spell it: `a.b[2].c`.
    #[must_use]
    pub fn spell(&self, path: Path) -> String {
        let mut out = String::new();
        self.write(path, &mut out);
        out
    }

    fn write(&self, path: Path, out: &mut String) {
        let place = usize::try_from(path.0).ok();
        let Some(place) = place.and_then(|place| self.places.get(place)) else {
            return;
        };
        match &place.step {
            Step::Root(text) => out.push_str(text),
            Step::Member(name) => {
                self.write(place.above, out);
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(name);
            }
            Step::Entry(index) => {
                self.write(place.above, out);
                out.push('[');
                out.push_str(&index.to_string());
                out.push(']');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_spelt_as_violations_spell_them() {
        let mut reader = Reader::new();
        let root = reader.root("");
        let a = reader.member(root, "a");
        let periods = reader.member(a, "b");
        let entry = reader.entry(periods, 2);
        let c = reader.member(entry, "c");
        assert_eq!(reader.spell(c), "a.b[2].c");
        let other = reader.root("x.y");
        assert_eq!(reader.spell(other), "x.y");
        let first = reader.entry(root, 0);
        assert_eq!(reader.spell(first), "[0]");
    }
}
