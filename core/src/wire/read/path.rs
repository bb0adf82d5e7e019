//! Where a value stands: kept as steps, since most values are right, and written out only for a
//! violation.

use std::fmt;
use std::rc::Rc;

/// A place in a body.
#[derive(Debug, Clone)]
pub struct Path {
    above: Option<Rc<Path>>,
    step: Step,
}

#[derive(Debug, Clone)]
enum Step {
    /// Where reading begins.
    Root(Rc<str>),
    Member(&'static str),
    Entry(usize),
}

impl Path {
    pub(super) fn root(text: &str) -> Self {
        Self {
            above: None,
            step: Step::Root(text.into()),
        }
    }

    pub(super) fn member(above: &Rc<Self>, name: &'static str) -> Self {
        Self {
            above: Some(Rc::clone(above)),
            step: Step::Member(name),
        }
    }

    pub(super) fn entry(above: &Rc<Self>, index: usize) -> Self {
        Self {
            above: Some(Rc::clone(above)),
            step: Step::Entry(index),
        }
    }

    fn write(&self, out: &mut String) {
        if let Some(above) = &self.above {
            above.write(out);
        }
        match &self.step {
            Step::Root(text) => out.push_str(text),
            Step::Member(name) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(name);
            }
            Step::Entry(index) => out.push_str(&format!("[{index}]")),
        }
    }
}

impl From<Path> for String {
    fn from(path: Path) -> Self {
        path.to_string()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        f.write_str(&out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_spelt_as_violations_spell_them() {
        let root = Rc::new(Path::root(""));
        let periods = Rc::new(Path::member(&Rc::new(Path::member(&root, "a")), "b"));
        let entry = Rc::new(Path::entry(&periods, 2));
        assert_eq!(Path::member(&entry, "c").to_string(), "a.b[2].c");
        assert_eq!(Path::root("x.y").to_string(), "x.y");
        assert_eq!(Path::entry(&Rc::new(Path::root("")), 0).to_string(), "[0]");
    }
}
