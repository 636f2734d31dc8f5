//! What the section `generation.tools` says of how agents use their tools.

use serde_json::Value;

/// Which tools a record lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inclusion {
    /// Those that were called, and so many others.
    Used(usize),
    /// All of them.
    All,
}

/// How agents use their tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most calls for one request of the user.
    pub calls: usize,
    /// Whether a step that goes beyond them is refused; else it is cut.
    pub strict: bool,
    /// Most steps for one request of the user.
    pub steps: usize,
    /// Which tools a record lists.
    pub inclusion: Inclusion,
    /// Whether identifiers that appear nowhere are asked for again; else they are only flagged.
    pub asks_for_grounding: bool,
}

impl Limits {
    /// Reads a section whose values were checked.
    pub fn read(section: &Value) -> Self {
        let count = |key: &str, default: usize| match section.get(key).and_then(Value::as_u64) {
            Some(count) => usize::try_from(count).unwrap_or(default),
            None => default,
        };
        let text = |key: &str| section.get(key).and_then(Value::as_str).unwrap_or_default();
        let inclusion = match text("tool_inclusion_strategy") {
            "all" => Inclusion::All,
            used => Inclusion::Used(used.strip_prefix("used_plus_").and_then(|extra| extra.parse().ok()).unwrap_or(0)),
        };
        Self {
            calls: count("max_per_query", 3),
            strict: section.get("strict").and_then(Value::as_bool).unwrap_or(true),
            steps: count("max_agent_steps", 5),
            inclusion,
            asks_for_grounding: text("grounding") != "flag",
        }
    }
}
