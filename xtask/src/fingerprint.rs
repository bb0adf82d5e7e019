//! Whether something built is still what its inputs would give: a hash over names, sizes and times.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::run::{Done, failure};

/// A hash over every file under `inputs` (files or folders), and `settings`. Content is not read: a changed
/// time is enough to build again, and looking must stay cheap.
pub fn of(root: &Path, inputs: &[&str], settings: &str) -> Done<String> {
    let mut files = Vec::new();
    for input in inputs {
        collect(&root.join(input), &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    settings.hash(&mut hasher);
    for file in files {
        let about = fs::metadata(&file).map_err(|error| unreadable(&file, &error))?;
        let changed = about
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .map_or(0, |since| since.as_nanos());
        file.strip_prefix(root).unwrap_or(&file).hash(&mut hasher);
        about.len().hash(&mut hasher);
        changed.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Done {
    if path.is_file() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    if !path.is_dir() {
        // An input that is not there yet counts as empty; it changes the hash when it comes.
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(|error| unreadable(path, &error))? {
        let entry = entry.map_err(|error| unreadable(path, &error))?;
        collect(&entry.path(), files)?;
    }
    Ok(())
}

fn unreadable(path: &Path, error: &std::io::Error) -> crate::run::Failure {
    failure(format!("`{}` cannot be read: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own for one test, removed at the end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let folder =
                std::env::temp_dir().join(format!("flighting-xtask-{}-{name}", std::process::id()));
            fs::create_dir_all(folder.join("src/deep")).unwrap();
            fs::write(folder.join("src/deep/a.rs"), "a").unwrap();
            Self(folder)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _removed = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_same_files_and_settings_give_the_same_hash() {
        let scratch = Scratch::new("same");
        let one = of(&scratch.0, &["src"], "web").unwrap();
        assert_eq!(one, of(&scratch.0, &["src"], "web").unwrap());
        assert_ne!(one, of(&scratch.0, &["src"], "dev").unwrap());
    }

    #[test]
    fn an_added_a_grown_and_a_removed_file_change_it() {
        let scratch = Scratch::new("changes");
        let first = of(&scratch.0, &["src"], "").unwrap();
        fs::write(scratch.0.join("src/b.rs"), "b").unwrap();
        let added = of(&scratch.0, &["src"], "").unwrap();
        assert_ne!(first, added);
        fs::write(scratch.0.join("src/deep/a.rs"), "longer").unwrap();
        let grown = of(&scratch.0, &["src"], "").unwrap();
        assert_ne!(added, grown);
        fs::remove_file(scratch.0.join("src/deep/a.rs")).unwrap();
        assert_ne!(grown, of(&scratch.0, &["src"], "").unwrap());
    }

    #[test]
    fn a_missing_input_is_empty() {
        let scratch = Scratch::new("missing");
        assert_eq!(
            of(&scratch.0, &["not-there"], "").unwrap(),
            of(&scratch.0, &[], "").unwrap()
        );
    }
}
