//! Older layouts: moves each key to where it belongs now, and says so.
//!
//! DeepFabric changed its layout with version 4 and refuses the old one with a table. Here the table does the work.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::lines::push_key;
use super::reader::whole_number;
use super::report::Report;
use super::secrets;

/// Keys of the old sections `topic_tree` and `topic_graph`, and where they belong now.
const TOPIC_KEYS: &[(&str, &str)] = &[
    ("topic_prompt", "topics.prompt"),
    ("topic_system_prompt", "topics.system_prompt"),
    ("degree", "topics.degree"),
    ("depth", "topics.depth"),
    ("save_as", "topics.save_as"),
    ("provider", "topics.llm.provider"),
    ("model", "topics.llm.model"),
    ("temperature", "topics.llm.temperature"),
    ("base_url", "topics.llm.base_url"),
];

/// Every other key that moved, with its whole path.
const KEYS: &[(&str, &str)] = &[
    ("dataset_system_prompt", "output.system_prompt"),
    ("data_engine.generation_system_prompt", "generation.system_prompt"),
    ("data_engine.instructions", "generation.instructions"),
    ("data_engine.max_retries", "generation.max_retries"),
    ("data_engine.sample_retries", "generation.sample_retries"),
    ("data_engine.max_tokens", "generation.max_tokens"),
    ("data_engine.rate_limit", "generation.rate_limit"),
    ("data_engine.provider", "generation.llm.provider"),
    ("data_engine.model", "generation.llm.model"),
    ("data_engine.temperature", "generation.llm.temperature"),
    ("data_engine.base_url", "generation.llm.base_url"),
    ("data_engine.conversation_type", "generation.conversation.type"),
    ("data_engine.reasoning_style", "generation.conversation.reasoning_style"),
    ("data_engine.agent_mode", "generation.conversation.agent_mode"),
    ("data_engine.min_turns", "generation.conversation.min_turns"),
    ("data_engine.max_turns", "generation.conversation.max_turns"),
    ("data_engine.min_tool_calls", "generation.conversation.min_tool_calls"),
    ("data_engine.available_tools", "generation.tools.available"),
    ("data_engine.custom_tools", "generation.tools.custom"),
    ("data_engine.max_tools_per_query", "generation.tools.max_per_query"),
    ("data_engine.max_tools_strict", "generation.tools.strict"),
    ("data_engine.tool_registry_path", "generation.tools.registry_path"),
    ("data_engine.spin_endpoint", "generation.tools.spin_endpoint"),
    ("data_engine.scenario_seed", "generation.tools.scenario_seed"),
    ("data_engine.max_agent_steps", "generation.tools.max_agent_steps"),
    ("dataset.creation.num_steps", "output.num_samples"),
    ("dataset.creation.batch_size", "output.batch_size"),
    ("dataset.creation.sys_msg", "output.include_system_message"),
    ("dataset.creation.provider", "generation.llm.provider"),
    ("dataset.creation.model", "generation.llm.model"),
    ("dataset.save_as", "output.save_as"),
    // Never part of a layout, but published in an example of DeepFabric's.
    ("generation.scenario_seed", "generation.tools.scenario_seed"),
];

/// Keys that did something once and have no place now.
const DROPPED: &[&str] = &["data_engine.save_as", "dataset.formatters"];

/// Sections that exist in old layouts only. What is left in them after the moves is unknown.
const OLD_SECTIONS: &[&str] = &["topic_tree", "topic_graph", "data_engine", "dataset.creation", "dataset"];

/// The configuration in today's layout.
pub(super) fn migrate<'v>(value: &'v Value, report: &Report) -> Cow<'v, Value> {
    let is_old = |path: &str| find(value, path).is_some();
    if !OLD_SECTIONS.iter().copied().chain(KEYS.iter().map(|(old, _)| *old)).any(is_old) {
        return Cow::Borrowed(value);
    }
    let mut value = value.clone();
    explain_steps(&value, report);
    for (section, mode) in [("topic_tree", "tree"), ("topic_graph", "graph")] {
        if find(&value, section).is_some_and(Value::is_object) {
            for (key, new) in TOPIC_KEYS {
                move_key(&mut value, &format!("{section}.{key}"), new, report);
            }
            set_mode(&mut value, section, mode, report);
        }
    }
    for (old, new) in KEYS {
        move_key(&mut value, old, new, report);
    }
    for old in DROPPED {
        if take(&mut value, old).is_some() {
            report.warning(old, "this key has no effect here", Some("remove it"));
        }
    }
    for section in OLD_SECTIONS {
        report_rest(&mut value, section, report);
    }
    Cow::Owned(value)
}

fn move_key(value: &mut Value, old: &str, new: &str, report: &Report) {
    let Some(moved) = take(value, old) else { return };
    if moved.is_null() {
        return;
    }
    match find(value, new).filter(|present| !present.is_null()) {
        Some(present) if *present != moved => {
            let other = report.as_written(new);
            let message = format!("this key is now `{new}`, but `{other}` is written too and says something else");
            report.error(old, &message, Some("keep one of the two"));
        }
        _ => {
            report.warning(old, &format!("this key is now `{new}`"), Some(&format!("write `{new}`")));
            report.note_move(old, new);
            put(value, new, moved);
        }
    }
}

fn set_mode(value: &mut Value, section: &str, mode: &str, report: &Report) {
    const MODE: &str = "topics.mode";
    let replacement = format!("write `topics` with `mode: {mode}`");
    match find(value, MODE) {
        Some(present) if present != mode => {
            let message =
                format!("this section means `topics` with `mode: {mode}`, but the mode is written otherwise too");
            report.error(section, &message, Some("keep one of the two"));
        }
        _ => {
            report.warning(section, "this section is now `topics`", Some(&replacement));
            put(value, MODE, Value::from(mode));
        }
    }
}

/// The number of samples was called steps, and some releases made a batch in each.
fn explain_steps(value: &Value, report: &Report) {
    let number = |path: &str| find(value, path).and_then(whole_number).filter(|number| *number > 1);
    if let (Some(steps), Some(batch)) = (number("dataset.creation.num_steps"), number("dataset.creation.batch_size")) {
        let made = steps.saturating_mul(batch);
        report.warning(
            "dataset.creation.num_steps",
            &format!("{steps} samples are made, but older releases made a batch of {batch} in each step"),
            Some(&format!("write `output.num_samples: {made}` for as many as they made")),
        );
    }
}

fn report_rest(value: &mut Value, section: &str, report: &Report) {
    match take(value, section) {
        Some(Value::Object(rest)) => {
            for key in rest.keys() {
                let mut path = section.to_owned();
                push_key(&mut path, key);
                if secrets::is_secret_name(key) {
                    report.error(&path, secrets::MISPLACED, Some(secrets::remedy(section)));
                } else {
                    report.error(&path, "unknown key in a section of an old layout", Some("remove it"));
                }
            }
        }
        Some(Value::Null) | None => {}
        Some(_) => {
            let remedy = "write the sections `topics`, `generation` and `output`";
            report.error(section, "this section of an old layout is no mapping", Some(remedy));
        }
    }
}

fn find<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, key| value.get(key))
}

fn take(value: &mut Value, path: &str) -> Option<Value> {
    let (parent, key) = match path.rsplit_once('.') {
        Some((parent, key)) => (parent.split('.').try_fold(value, |value, key| value.get_mut(key))?, key),
        None => (value, path),
    };
    parent.as_object_mut()?.shift_remove(key)
}

/// Writes a key, and the sections around it. Where one of these is no mapping, that is an error of its own.
fn put(value: &mut Value, path: &str, moved: Value) {
    let mut place = value;
    for key in path.split('.') {
        if place.is_null() {
            *place = Value::Object(Map::new());
        }
        let Some(section) = place.as_object_mut() else { return };
        place = section.entry(key).or_insert(Value::Null);
    }
    *place = moved;
}
