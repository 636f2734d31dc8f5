//! Collects what is wrong, so that everything is said at once.

use std::cell::RefCell;

use serde_json::Value;

use super::lines::Lines;
use crate::error::{Issue, Severity};

/// Nobody reads more errors or warnings than this, and a hostile document must not make the report larger than itself.
const MOST_OF_A_KIND: usize = 100;
/// Longer values are not repeated in messages.
const LONGEST_SHOWN: usize = 60;

/// The findings about one configuration.
pub(super) struct Report {
    lines: Lines,
    /// The findings and their lines, errors first and then in the order of the text.
    issues: RefCell<Vec<(Issue, Option<usize>)>>,
    /// Where moved keys were written: new path, old path.
    moved: RefCell<Vec<(String, String)>>,
}

impl Report {
    pub(super) fn new(lines: Lines) -> Self {
        Self { lines, issues: RefCell::default(), moved: RefCell::default() }
    }

    pub(super) fn error(&self, path: &str, message: &str, suggestion: Option<&str>) {
        self.push(Severity::Error, path, message, suggestion);
    }

    pub(super) fn warning(&self, path: &str, message: &str, suggestion: Option<&str>) {
        self.push(Severity::Warning, path, message, suggestion);
    }

    /// Notes that a key was written elsewhere: findings about it name the place that its author knows.
    pub(super) fn note_move(&self, from: &str, to: &str) {
        self.moved.borrow_mut().push((to.to_owned(), from.to_owned()));
    }

    /// Whether another finding of this kind would be dropped.
    pub(super) fn is_full(&self, severity: Severity) -> bool {
        let issues = self.issues.borrow();
        issues.iter().filter(|(issue, _)| issue.severity == severity).count() >= MOST_OF_A_KIND
    }

    /// The findings: errors first, then in the order of the text as far as there is one.
    pub(super) fn into_issues(self) -> Vec<Issue> {
        let issues = self.issues.into_inner();
        issues.into_iter().map(|(issue, _)| issue).collect()
    }

    fn push(&self, severity: Severity, path: &str, message: &str, suggestion: Option<&str>) {
        if self.is_full(severity) {
            return;
        }
        let path = self.as_written(path);
        let mut issues = self.issues.borrow_mut();
        let mut message = message.to_owned();
        let line = self.lines.of(&path);
        if let Some(line) = line {
            message.push_str(&format!(" (line {line})"));
        }
        let issue = Issue { severity, path, message, suggestion: suggestion.map(str::to_owned) };
        // A shared section is read once for each section that inherits from it.
        if !issues.iter().any(|(known, _)| *known == issue) {
            let rank =
                |issue: &Issue, line: Option<usize>| (issue.severity == Severity::Warning, line.unwrap_or(usize::MAX));
            let own = rank(&issue, line);
            let place = issues.partition_point(|(known, line)| rank(known, *line) <= own);
            issues.insert(place, (issue, line));
        }
    }

    /// The path under which a key was written.
    pub(super) fn as_written(&self, path: &str) -> String {
        for (to, from) in self.moved.borrow().iter() {
            if let Some(rest) = path.strip_prefix(to.as_str())
                && (rest.is_empty() || rest.starts_with(['.', '[']))
            {
                return format!("{from}{rest}");
            }
        }
        path.to_owned()
    }
}

/// A value for a message. What is long is not repeated, and nothing that may be a key is.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.is_empty() => "an empty text".to_owned(),
        Value::String(text) if text.len() > LONGEST_SHOWN => "a longer text".to_owned(),
        Value::String(text) if looks_secret(text) => "what looks like an API key".to_owned(),
        Value::String(_) => quoted(value),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
    }
}

/// A value as JSON. (Its Display would bring in a second serialiser.)
pub(super) fn quoted(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Whether a text has the form of an access key.
fn looks_secret(text: &str) -> bool {
    const BEGINNINGS: &[&str] = &["sk-", "sk_", "hf_", "AIza", "ghp_", "github_pat_", "gsk_", "xai-", "r8_", "Bearer "];
    BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn puts_errors_before_warnings_and_says_things_once() {
        let report = Report::new(Lines::default());
        report.warning("a", "one", None);
        report.error("b", "two", None);
        report.error("c", "three", None);
        report.error("b", "two", None);
        let paths: Vec<String> = report.into_issues().into_iter().map(|issue| issue.path).collect();
        assert_eq!(paths, ["b", "c", "a"]);
    }

    #[test]
    fn drops_no_error_because_of_many_warnings() {
        let report = Report::new(Lines::default());
        for index in 0..3 * MOST_OF_A_KIND {
            report.warning(&index.to_string(), "minor", None);
        }
        report.error("z", "grave", None);
        let issues = report.into_issues();
        assert_eq!(issues.len(), MOST_OF_A_KIND + 1);
        assert_eq!(issues[0].message, "grave");
    }

    #[test]
    fn names_the_line_and_the_place_as_written() {
        let mut lines = Lines::default();
        lines.record("data_engine.rate_limit.jitter", 7);
        let report = Report::new(lines);
        report.note_move("data_engine.rate_limit", "generation.rate_limit");
        report.error("generation.rate_limit.jitter", "wrong", None);
        report.error("generation.rate_limits", "other", None);
        let issues = report.into_issues();
        assert_eq!(issues[0].path, "data_engine.rate_limit.jitter");
        assert_eq!(issues[0].message, "wrong (line 7)");
        assert_eq!(issues[1].path, "generation.rate_limits");
        assert_eq!(issues[1].message, "other");
    }

    #[test]
    fn repeats_no_long_value_and_no_key() {
        for (value, text) in [
            (json!("tree"), "\"tree\""),
            (json!(1.5), "1.5"),
            (json!(null), "null"),
            (json!("a\nb"), "\"a\\nb\""),
            (json!("sk-proj-abc"), "what looks like an API key"),
            (json!("hf_abc"), "what looks like an API key"),
            (json!("x".repeat(61)), "a longer text"),
            (json!([1]), "a list"),
            (json!({"a": 1}), "a mapping"),
        ] {
            assert_eq!(shown(&value), text);
        }
    }
}
