//! Reads one section of a configuration: typed values, ranges, unknown keys.
//!
//! A reader never stops at a mistake. It notes it in the [`Report`] and answers `None`, and the section goes on with the
//! default, so that all mistakes come to light in one pass. The functions are not generic where they can help it: every
//! copy of one is shipped.

use serde_json::{Map, Number, Value};

use super::keys;
use super::lines::{push_index, push_key};
use super::report::{Report, shown};
use super::scalar::{decimal, plain_number};
use super::secrets;
use super::suggest::{did_you_mean, nearest};
use crate::error::Severity;
use crate::search;

/// One mapping of the configuration, or its absence.
pub(super) struct Section<'a> {
    report: &'a Report,
    path: String,
    map: Option<&'a Map<String, Value>>,
    keys: &'static [&'static str],
    /// Its absence or its type was reported already, so nothing is said about what is missing in it.
    broken: bool,
}

impl<'a> Section<'a> {
    /// The whole document.
    pub(super) fn root(report: &'a Report, value: &'a Value) -> Self {
        let section = Section { report, path: String::new(), map: value.as_object(), keys: keys::ROOT, broken: false };
        section.check_keys();
        section
    }

    /// A section within this one; an absent one answers every question with `None`.
    pub(super) fn section(&self, key: &str, keys: &'static [&'static str]) -> Section<'a> {
        let map = self.mapping(key);
        let broken = self.broken || (map.is_none() && self.is_written(key));
        let section = Section { report: self.report, path: self.path_of(key), map, keys, broken };
        section.check_keys();
        section
    }

    /// A section that must be there.
    pub(super) fn required_section(&self, key: &str, keys: &'static [&'static str], suggestion: &str) -> Section<'a> {
        let absent = self.map.is_none_or(|map| map.get(key).is_none_or(Value::is_null));
        if absent {
            self.error(key, "this section is missing", Some(suggestion));
            return Section { report: self.report, path: self.path_of(key), map: None, keys, broken: true };
        }
        self.section(key, keys)
    }

    /// Whether there is such a section.
    pub(super) fn exists(&self) -> bool {
        self.map.is_some()
    }

    /// Whether the section is one that is there but is no mapping.
    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    /// The value of a key; `None` also for a null that says nothing.
    pub(super) fn value(&self, key: &str) -> Option<&'a Value> {
        debug_assert!(keys::knows(self.keys, key), "`{key}` is missing in the list of keys");
        let value = self.map?.get(key)?;
        (!value.is_null() || !keys::is_nullable(self.keys, key)).then_some(value)
    }

    /// Whether a key says something.
    pub(super) fn is_written(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// The keys that are written, for sections whose keys are the author's own.
    pub(super) fn own_keys(&self) -> impl Iterator<Item = &'a String> + use<'a> {
        self.map.into_iter().flat_map(Map::keys)
    }

    /// The path of a key.
    pub(super) fn path_of(&self, key: &str) -> String {
        let mut path = self.path.clone();
        push_key(&mut path, key);
        path
    }

    /// The path of an item in a list.
    pub(super) fn path_of_item(&self, key: &str, index: usize) -> String {
        let mut path = self.path_of(key);
        push_index(&mut path, index);
        path
    }

    pub(super) fn error(&self, key: &str, message: &str, suggestion: Option<&str>) {
        self.report.error(&self.path_of(key), message, suggestion);
    }

    pub(super) fn warning(&self, key: &str, message: &str, suggestion: Option<&str>) {
        self.report.warning(&self.path_of(key), message, suggestion);
    }

    /// Notes an error about something inside a key.
    pub(super) fn error_at(&self, path: &str, message: &str, suggestion: Option<&str>) {
        self.report.error(path, message, suggestion);
    }

    /// Notes a warning about something inside a key.
    pub(super) fn warning_at(&self, path: &str, message: &str, suggestion: Option<&str>) {
        self.report.warning(path, message, suggestion);
    }

    /// Notes a warning about the section itself.
    pub(super) fn warning_here(&self, message: &str, suggestion: Option<&str>) {
        self.report.warning(&self.path, message, suggestion);
    }

    /// Warns that a key is understood and does nothing.
    pub(super) fn no_effect(&self, key: &str, why: &str) {
        if self.is_written(key) {
            self.warning(key, &format!("this key has no effect here: {why}"), Some("remove it"));
        }
    }

    /// Notes that a key must be there, unless the whole section is missing anyway.
    pub(super) fn missing(&self, key: &str, suggestion: &str) {
        if !self.broken {
            self.error(key, "this key is required", Some(suggestion));
        }
    }

    // ---- values -----------------------------------------------------------------------------------------------------

    /// Any text.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        match self.value(key)? {
            Value::String(text) => Some(text),
            value @ (Value::Number(_) | Value::Bool(_)) => {
                let written = shown(value);
                let remedy = format!("put it in quotes: \"{written}\"");
                self.error(key, &format!("must be text, not {written}"), Some(&remedy));
                None
            }
            value => {
                self.error(key, &format!("must be text, not {}", shown(value)), None);
                None
            }
        }
    }

    /// A text that says something.
    pub(super) fn filled_text(&self, key: &str) -> Option<&'a str> {
        let text = self.text(key)?;
        if text.trim().is_empty() {
            self.error(key, "must not be empty", None);
            return None;
        }
        Some(text)
    }

    /// A text that must be there and say something.
    pub(super) fn required_text(&self, key: &str, suggestion: &str) -> String {
        if !self.is_written(key) {
            self.missing(key, suggestion);
        }
        self.filled_text(key).unwrap_or_default().to_owned()
    }

    /// A whole number within a range.
    pub(super) fn integer(&self, key: &str, least: u32, most: u32) -> Option<u32> {
        let number = self.whole(key, u64::from(least), u64::from(most))?;
        u32::try_from(number).ok()
    }

    /// A whole number within a range, for the few that need more room.
    pub(super) fn whole(&self, key: &str, least: u64, most: u64) -> Option<u64> {
        let value = self.value(key)?;
        let number = whole_number(value).and_then(|number| u64::try_from(number).ok());
        if let Some(number) = number
            && (least..=most).contains(&number)
        {
            return Some(number);
        }
        let range = match most >= u64::from(u32::MAX) && number.is_none_or(|number| number < least) {
            true => format!("of at least {least}"),
            false => format!("from {least} to {most}"),
        };
        self.error(key, &format!("must be a whole number {range}, not {}", shown(value)), None);
        None
    }

    /// A number within a range.
    pub(super) fn number(&self, key: &str, least: f64, most: f64) -> Option<f64> {
        let value = self.value(key)?;
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => decimal(&without_separators(text)).and_then(|number| number.as_f64()),
            _ => None,
        };
        if let Some(number) = number
            && (least..=most).contains(&number)
        {
            return Some(number);
        }
        let (least, most) = (plain_number(least), plain_number(most));
        self.error(key, &format!("must be a number from {least} to {most}, not {}", shown(value)), None);
        None
    }

    /// Yes or no, also in the words that YAML 1.1 knew.
    pub(super) fn boolean(&self, key: &str) -> Option<bool> {
        let value = self.value(key)?;
        let flag = match value {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" => Some(true),
                "false" | "no" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        };
        if flag.is_none() {
            self.error(key, &format!("must be true or false, not {}", shown(value)), None);
        }
        flag
    }

    /// One of several names.
    pub(super) fn pick<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let index = self.choice(key, &names)?;
        choices.get(index).map(|(_, choice)| *choice)
    }

    fn choice(&self, key: &str, names: &[&str]) -> Option<usize> {
        let value = self.value(key)?;
        let index = value.as_str().and_then(|text| names.iter().position(|name| *name == text));
        if index.is_none() {
            let suggestion = value.as_str().and_then(|text| did_you_mean(text, names));
            let message = format!("must be {}, not {}", alternatives(names), shown(value));
            self.error(key, &message, suggestion.as_deref());
        }
        index
    }

    /// A list of texts, none of them empty.
    pub(super) fn texts(&self, key: &str) -> Option<Vec<String>> {
        let value = self.value(key)?;
        let Some(items) = value.as_array() else {
            self.error(key, &format!("must be a list of texts, not {}", shown(value)), None);
            return None;
        };
        let mut texts = Vec::new();
        for (index, item) in items.iter().enumerate() {
            match item {
                Value::String(text) if !text.trim().is_empty() => texts.push(text.clone()),
                _ => {
                    let message = format!("must be text, not {}", shown(item));
                    self.error_at(&self.path_of_item(key, index), &message, None);
                }
            }
        }
        Some(texts)
    }

    /// A mapping whose keys are the author's own.
    pub(super) fn mapping(&self, key: &str) -> Option<&'a Map<String, Value>> {
        let value = self.value(key)?;
        let map = value.as_object();
        if map.is_none() {
            self.error(key, &format!("must be a mapping of keys to values, not {}", shown(value)), None);
        }
        map
    }

    // ---- keys -------------------------------------------------------------------------------------------------------

    fn check_keys(&self) {
        for key in self.map.into_iter().flat_map(Map::keys) {
            // A place for anchors, as other YAML formats have it.
            let aside = self.path.is_empty() && key.starts_with("x-");
            if !aside && !keys::knows(self.keys, key) && !self.report.is_full(Severity::Error) {
                self.unknown_key(key);
            }
        }
    }

    fn unknown_key(&self, key: &str) {
        if secrets::is_secret_name(key) {
            self.error(key, secrets::MISPLACED, Some(secrets::remedy(&self.path)));
            return;
        }
        let names: Vec<&'static str> = self.keys.iter().map(|key| keys::name(key)).collect();
        let near = nearest(key, &names);
        let homes = keys::homes(key, &self.path);
        let suggestion = match near {
            Some((name, slips)) if slips <= 1 || homes.is_empty() => Some(format!("did you mean \"{name}\"?")),
            _ if !homes.is_empty() => Some(format!("it belongs {}", places(&homes))),
            _ if self.path == "huggingface" => Some("pass it as an option of the upload".to_owned()),
            _ => None,
        };
        self.error(key, "unknown key", suggestion.as_deref());
    }
}

fn places(homes: &[&str]) -> String {
    let named: Vec<String> = homes
        .iter()
        .map(|home| if home.is_empty() { "at the top level".to_owned() } else { format!("in `{home}`") })
        .collect();
    search::join(&named, " or ")
}

/// `"a", "b" or "c"`.
fn alternatives(names: &[&str]) -> String {
    let mut text = String::new();
    for (index, name) in names.iter().enumerate() {
        text.push_str(match index {
            0 => "",
            _ if index + 1 == names.len() => " or ",
            _ => ", ",
        });
        text.push('"');
        text.push_str(name);
        text.push('"');
    }
    text
}

/// A whole number, also as `3.0` or `"3"`, as DeepFabric accepts it. Numbers beyond `i64` end at its bounds: they are out
/// of every range.
pub(super) fn whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => whole_of(number),
        Value::String(text) => {
            let text = without_separators(text);
            (!text.contains(['e', 'E'])).then(|| decimal(&text))?.as_ref().and_then(whole_of)
        }
        _ => None,
    }
}

fn whole_of(number: &Number) -> Option<i64> {
    if number.is_u64() {
        return Some(number.as_i64().unwrap_or(i64::MAX));
    }
    number.as_i64().or_else(|| {
        let float = number.as_f64()?;
        (float.fract() == 0.0).then_some(float as i64)
    })
}

/// `"1_000 "` as `"1000"`.
fn without_separators(text: &str) -> String {
    let text = text.trim();
    let misplaced = text.starts_with('_') || text.ends_with('_') || search::contains(text, "__");
    if misplaced { text.to_owned() } else { text.replace('_', "") }
}
