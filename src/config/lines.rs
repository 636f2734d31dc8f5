//! Where in the text each key stands, so that a finding can name its line.

use crate::numbers::Numbers;

use serde_json::Value;

use super::report::quoted;

/// A configuration has some hundred keys. Beyond this many the nearest recorded ancestor speaks for the rest, so that a
/// hostile document cannot make the table larger than itself.
const MOST_LINES: usize = 10_000;
/// For the same reason, longer paths are not recorded.
const LONGEST_PATH: usize = 200;
/// Longer keys are cut in paths: a path is for reading.
const LONGEST_KEY: usize = 60;

/// The line of each key and item, by path.
#[derive(Debug, Default)]
pub(super) struct Lines(Numbers);

impl Lines {
    /// Notes where a key or item stands.
    pub(super) fn record(&mut self, path: &str, line: usize) {
        if path.len() <= LONGEST_PATH && self.0.len() < MOST_LINES {
            self.0.insert(path.to_owned(), line);
        }
    }

    /// Notes where a key comes from, unless it is written in its own right.
    pub(super) fn record_inherited(&mut self, path: &str, line: usize) {
        if self.0.get(path).is_none() {
            self.record(path, line);
        }
    }

    /// The line of a path, or else of what it is part of.
    pub(super) fn of(&self, path: &str) -> Option<usize> {
        let mut path = path;
        loop {
            if let Some(line) = self.0.get(path) {
                return Some(line);
            }
            let end = path.rfind(['.', '['])?;
            path = path.get(..end)?;
        }
    }
}

/// Extends a path by a key: `topics.llm`, or `files["main.py"]` where the key is no plain word.
pub(crate) fn push_key(path: &mut String, key: &str) {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-' || !c.is_ascii();
    if !key.is_empty() && key.len() <= LONGEST_KEY && key.chars().all(plain) {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
        return;
    }
    let shown: String = key.chars().take(LONGEST_KEY).collect();
    path.push('[');
    path.push_str(&quoted(&Value::String(shown)));
    path.push(']');
}

/// Extends a path by an index: `custom[2]`.
pub(crate) fn push_index(path: &mut String, index: usize) {
    path.push('[');
    path.push_str(&index.to_string());
    path.push(']');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(keys: &[&str]) -> String {
        let mut path = String::new();
        for key in keys {
            push_key(&mut path, key);
        }
        path
    }

    #[test]
    fn writes_paths_that_can_be_read() {
        assert_eq!(path(&["topics", "llm", "top-p"]), "topics.llm.top-p");
        assert_eq!(path(&["files", "main.py"]), r#"files["main.py"]"#);
        assert_eq!(path(&["files", "a\u{7}\"b"]), r#"files["a\u0007\"b"]"#);
        assert_eq!(path(&["", "x"]), r#"[""].x"#);
        assert_eq!(path(&[&"x".repeat(500)]).len(), LONGEST_KEY + 4);
    }

    #[test]
    fn falls_back_to_the_nearest_ancestor() {
        let mut lines = Lines::default();
        lines.record("topics", 3);
        lines.record("topics.llm", 5);
        assert_eq!(lines.of("topics.llm.model"), Some(5));
        assert_eq!(lines.of("topics.items[2].name"), Some(3));
        assert_eq!(lines.of("output"), None);
        assert_eq!(lines.of(""), None);
    }

    #[test]
    fn stays_small_whatever_the_document() {
        let mut lines = Lines::default();
        for index in 0..3 * MOST_LINES {
            lines.record(&format!("a[{index}]"), 1);
        }
        lines.record(&"x".repeat(LONGEST_PATH + 1), 1);
        assert!(lines.0.len() <= MOST_LINES);
    }
}
