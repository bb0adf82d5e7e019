//! One edit of a document, and the edit that takes it back.

use crate::wire::json::{Json, Step, steps};

/// A change at one path.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Edit {
    pub(super) path: String,
    change: Change,
}

#[derive(Debug, Clone, PartialEq)]
enum Change {
    /// The value shall be this.
    Put(Json),
    /// An entry comes before the one that stands there, or a member comes back to its place.
    Insert(Json, usize),
    /// The value shall go.
    Remove,
}

impl Edit {
    pub(super) fn put(path: &str, value: Json) -> Self {
        Self {
            path: path.to_owned(),
            change: Change::Put(value),
        }
    }

    pub(super) fn remove(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            change: Change::Remove,
        }
    }

    /// Whether entries of a list come, go, or move to other places.
    pub(super) fn moves_entries(&self, document: &Json) -> bool {
        match self.change {
            Change::Insert(..) | Change::Remove => {
                matches!(
                    steps(&self.path).as_deref(),
                    Some([Step::Member(_), Step::At(_)])
                )
            }
            Change::Put(_) => steps(&self.path).is_none_or(|steps| {
                let mut at = Some(document);
                for step in steps.iter().take(2) {
                    at = at.and_then(|value| value.step(step));
                }
                at.is_none()
            }),
        }
    }
}

/// Applies an edit and answers with the one that takes it back; `None` where the path leads
/// nowhere, and nothing changed.
pub(super) fn apply(document: &mut Json, edit: Edit) -> Option<Edit> {
    let Edit { path, change } = edit;
    let way = steps(&path)?;
    let Some((last, parents)) = way.split_last() else {
        // The document itself.
        return match change {
            Change::Put(value) => Some(Edit {
                change: Change::Put(std::mem::replace(document, value)),
                path,
            }),
            Change::Insert(..) | Change::Remove => None,
        };
    };
    let mut parent = document;
    for step in parents {
        parent = parent.step_mut(step)?;
    }
    let inverse = match (parent, last) {
        (Json::Object(members), Step::Member(name)) => {
            let at = members.iter().position(|(n, _)| n == name);
            match (change, at) {
                (Change::Put(value), Some(at)) => {
                    let (_, place) = members.get_mut(at)?;
                    Change::Put(std::mem::replace(place, value))
                }
                (Change::Put(value), None) => {
                    members.push(((*name).to_owned(), value));
                    Change::Remove
                }
                (Change::Insert(value, at), None) if at <= members.len() => {
                    members.insert(at, ((*name).to_owned(), value));
                    Change::Remove
                }
                (Change::Remove, Some(at)) => Change::Insert(members.remove(at).1, at),
                (Change::Insert(..), _) | (Change::Remove, None) => return None,
            }
        }
        (Json::List(list), Step::At(at)) => match change {
            Change::Put(value) if *at < list.len() => {
                Change::Put(std::mem::replace(list.get_mut(*at)?, value))
            }
            Change::Put(value) if *at == list.len() => {
                list.push(value);
                Change::Remove
            }
            Change::Insert(value, _) if *at <= list.len() => {
                list.insert(*at, value);
                Change::Remove
            }
            Change::Remove if *at < list.len() => Change::Insert(list.remove(*at), *at),
            Change::Put(_) | Change::Insert(..) | Change::Remove => return None,
        },
        _ => return None,
    };
    Some(Edit {
        path,
        change: inverse,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::from_text(text.as_bytes()).unwrap()
    }

    #[test]
    fn every_edit_has_one_that_takes_it_back() {
        let first = json(r#"{"a":[1,2,{"b":3}],"c":null}"#);
        for edit in [
            Edit::put("a[2].b", json("4")),
            Edit::put("a[3]", json("5")),
            Edit::put("a[2].new", json("{}")),
            Edit::put("c", json("[1]")),
            Edit::put("", json("[]")),
            Edit::remove("a[0]"),
            Edit::remove("a"),
            Edit::remove("a[2].b"),
        ] {
            let mut document = first.clone();
            let inverse = apply(&mut document, edit.clone()).unwrap();
            assert_ne!(document, first, "{edit:?}");
            let edited = document.clone();
            let again = apply(&mut document, inverse).unwrap();
            assert_eq!(document, first, "{edit:?}");
            apply(&mut document, again).unwrap();
            assert_eq!(document, edited, "{edit:?}");
        }
    }

    #[test]
    fn what_leads_nowhere_changes_nothing() {
        let first = json(r#"{"a":[1]}"#);
        for edit in [
            Edit::put("a[2]", json("1")),
            Edit::put("a.b", json("1")),
            Edit::put("x.y", json("1")),
            Edit::put("a..b", json("1")),
            Edit::remove("a[1]"),
            Edit::remove("x"),
            Edit::remove(""),
        ] {
            let mut document = first.clone();
            assert_eq!(apply(&mut document, edit.clone()), None, "{edit:?}");
            assert_eq!(document, first);
        }
    }
}
