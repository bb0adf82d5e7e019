//! What was used lately, kept within a number of bytes: campaigns that were parsed, answers that
//! were written. Each is good for exactly one version of what it was made of.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// Values by key and version. What was not used for longest makes room.
#[derive(Debug)]
pub struct Kept<K, V, T> {
    most_bytes: usize,
    most: usize,
    inner: Mutex<Inner<K, V, T>>,
}

#[derive(Debug)]
struct Inner<K, V, T> {
    entries: HashMap<K, Entry<V, T>>,
    bytes: usize,
    clock: u64,
}

#[derive(Debug)]
struct Entry<V, T> {
    value: T,
    version: V,
    bytes: usize,
    used: u64,
}

impl<K: Eq + Hash + Clone, V: PartialEq, T: Clone> Kept<K, V, T> {
    /// Keeps nothing yet; at most so many bytes, and so many values that finding the oldest stays
    /// cheap.
    #[must_use]
    pub fn within(most_bytes: usize, most: usize) -> Self {
        Self {
            most_bytes,
            most,
            inner: Mutex::new(Inner {
                entries: HashMap::new(),
                bytes: 0,
                clock: 0,
            }),
        }
    }

    /// The value, if it is kept in exactly this version.
    pub fn get(&self, key: &K, version: &V) -> Option<T> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.clock += 1;
        let clock = inner.clock;
        let entry = inner
            .entries
            .get_mut(key)
            .filter(|entry| entry.version == *version)?;
        entry.used = clock;
        Some(entry.value.clone())
    }

    /// Whether some version of it is kept.
    pub fn knows(&self, key: &K) -> bool {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.entries.contains_key(key)
    }

    /// Keeps a value of so many bytes instead of an earlier one of its key; one that is larger than
    /// all that may be kept is not.
    pub fn put(&self, key: K, version: V, value: T, bytes: usize) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.remove(&key);
        if bytes > self.most_bytes {
            return;
        }
        while inner.entries.len() >= self.most || inner.bytes + bytes > self.most_bytes {
            let oldest = inner
                .entries
                .iter()
                .min_by_key(|(_, entry)| entry.used)
                .map(|(key, _)| key.clone());
            match oldest {
                Some(oldest) => inner.remove(&oldest),
                None => break,
            }
        }
        inner.clock += 1;
        let used = inner.clock;
        inner.bytes += bytes;
        inner.entries.insert(
            key,
            Entry {
                value,
                version,
                bytes,
                used,
            },
        );
    }
}

impl<K: Eq + Hash, V, T> Inner<K, V, T> {
    fn remove(&mut self, key: &K) {
        if let Some(old) = self.entries.remove(key) {
            self.bytes -= old.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_good_for_its_version_alone() {
        let kept = Kept::within(100, 10);
        kept.put("a", 1, "first", 10);
        assert_eq!(kept.get(&"a", &1), Some("first"));
        assert_eq!(kept.get(&"a", &2), None);
        kept.put("a", 2, "second", 10);
        assert_eq!(kept.get(&"a", &1), None);
        assert_eq!(kept.get(&"a", &2), Some("second"));
    }

    #[test]
    fn what_was_not_used_for_longest_makes_room() {
        let kept = Kept::within(30, 10);
        for key in ["a", "b", "c"] {
            kept.put(key, 1, key, 10);
        }
        assert_eq!(kept.get(&"a", &1), Some("a"));
        kept.put("d", 1, "d", 10);
        assert_eq!(kept.get(&"b", &1), None);
        for key in ["a", "c", "d"] {
            assert_eq!(kept.get(&key, &1), Some(key));
        }
    }

    #[test]
    fn neither_bytes_nor_number_pass_their_limit() {
        let kept = Kept::within(30, 2);
        kept.put("large", 1, "x", 31);
        assert_eq!(kept.get(&"large", &1), None);
        for key in ["a", "b", "c"] {
            kept.put(key, 1, key, 1);
        }
        assert_eq!(kept.get(&"a", &1), None);
        kept.put("c", 2, "c", 30);
        assert_eq!(kept.get(&"b", &1), None);
        assert_eq!(kept.get(&"c", &2), Some("c"));
    }
}
