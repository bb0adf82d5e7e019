//! A few values in order: a list that is searched by halves. Core compares what people write, at
//! most thousands; a tree of nodes for each kind of value would be a good part of the npm package.

/// Values in ascending order, each once.
#[derive(Debug)]
pub(crate) struct Sorted<T>(Vec<T>);

impl<T: Ord> Sorted<T> {
    /// Nothing yet.
    pub fn new() -> Self {
        Self(Vec::new())
    }

    /// Puts a value in; `false` where it stands already.
    pub fn insert(&mut self, value: T) -> bool {
        match self.0.binary_search(&value) {
            Ok(_) => false,
            Err(place) => {
                self.0.insert(place, value);
                true
            }
        }
    }

    /// Whether a value stands in it.
    pub fn contains(&self, value: &T) -> bool {
        self.0.binary_search(value).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_stands_once_and_is_found() {
        let mut sorted = Sorted::new();
        let first: Vec<bool> = [3, 1, 2, 3, 1].map(|value| sorted.insert(value)).to_vec();
        assert_eq!(first, [true, true, true, false, false]);
        assert!(sorted.contains(&2) && !sorted.contains(&4));
    }
}
