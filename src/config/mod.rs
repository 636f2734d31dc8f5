//! What the user asked for: reads a configuration, checks it and fills in the rest.
//!
//! Text or value -> one value ([`source`], from [`yaml`] or [`json`]) -> today's layout ([`legacy`]) -> [`Config`], section
//! by section. Mistakes are collected in a [`report`] on the way and said all at once.

mod budget;
mod conversation;
mod generation;
mod json;
mod keys;
mod legacy;
mod lines;
mod llm;
mod output;
mod price;
mod publish;
mod rate_limit;
mod reader;
mod report;
mod scalar;
mod secrets;
mod source;
mod suggest;
#[cfg(test)]
mod tests;
mod timeout;
mod tool;
mod tool_parameters;
mod tool_sources;
mod tools;
mod topics;
mod types;
mod yaml;
mod yaml_errors;

use serde_json::Value;

use crate::error::{Error, Issue, Result, Severity};
use lines::Lines;
pub(crate) use lines::{push_index, push_key};
use reader::Section;
use report::Report;

pub use tool::{Fault, Tool};
pub use types::*;

/// Reads a configuration from YAML or JSON text.
///
/// It fails with all the findings if one of them is an error.
///
/// ```
/// let config = dataweft::config::parse(
///     "
/// topics: {prompt: Rivers of Europe}
/// generation: {system_prompt: Write questions and answers about geography}
/// output: {num_samples: auto}
/// ",
/// )?;
/// assert_eq!(config.topics.llm.model, "gpt-4o");
/// # Ok::<(), dataweft::Error>(())
/// ```
pub fn parse(text: &str) -> Result<Config> {
    conclude(read_text(text))
}

/// Reads a configuration from a value, such as an object that came from JavaScript.
pub fn parse_value(value: &Value) -> Result<Config> {
    conclude(read_value(value, Lines::default()))
}

/// Everything that is wrong with a configuration in YAML or JSON text, errors first, and what in it has no effect.
pub fn check(text: &str) -> Vec<Issue> {
    read_text(text).1
}

/// Everything that is wrong with a configuration in a value, errors first, and what in it has no effect.
pub fn check_value(value: &Value) -> Vec<Issue> {
    read_value(value, Lines::default()).1
}

/// A configuration, as far as it could be read, and the findings about it.
type Reading = (Option<Config>, Vec<Issue>);

fn conclude((config, issues): Reading) -> Result<Config> {
    match config {
        Some(config) if issues.iter().all(|issue| issue.severity == Severity::Warning) => Ok(config),
        _ => Err(Error::config(issues)),
    }
}

fn read_text(text: &str) -> Reading {
    match source::read(text) {
        Ok(document) => read_value(&document.value, document.lines),
        Err(problem) => (None, vec![problem.into_issue()]),
    }
}

fn read_value(value: &Value, lines: Lines) -> Reading {
    if let Err(problem) = source::check_shape(value) {
        return (None, vec![problem.into_issue()]);
    }
    let report = Report::new(lines);
    let value = legacy::migrate(value, &report);
    let config = read_config(&Section::root(&report, &value));
    (Some(config), report.into_issues())
}

fn read_config(root: &Section<'_>) -> Config {
    let topics = root.required_section("topics", keys::TOPICS, "write `topics` with at least a `prompt`");
    let generation =
        root.required_section("generation", keys::GENERATION, "write `generation` with at least a `system_prompt`");
    let output = root.required_section("output", keys::OUTPUT, "write `output` with at least `num_samples: auto`");

    let shared_llm = root.section("llm", keys::SHARED_LLM);
    let shared_limits = shared_llm.section("rate_limit", keys::RATE_LIMIT);
    llm::check(&shared_llm);
    rate_limit::check(&shared_limits);
    let model_of = |section: &Section<'_>, max_retries: Option<u32>| {
        let llm = llm::resolve(&section.section("llm", keys::LLM), &shared_llm);
        let own_limits = section.section("rate_limit", keys::RATE_LIMIT);
        let rate_limit = rate_limit::read(&[&own_limits, &shared_limits], llm.provider, max_retries);
        (llm, rate_limit)
    };
    let (topics_llm, topics_limits) = model_of(&topics, None);
    let (generation_llm, generation_limits) = model_of(&generation, generation::written_retries(&generation));

    let budget = budget::read(root);
    if budget.as_ref().is_some_and(|budget| budget.max_cost.is_some()) {
        let own = [topics.section("llm", keys::LLM), generation.section("llm", keys::LLM)];
        budget::check_prices(&shared_llm, &own, &[&topics_llm, &generation_llm]);
    }
    let topics = topics::read(&topics, topics_llm, topics_limits);
    let generated = generation::read(&generation, generation_llm, generation_limits);
    let output = output::read(&output, &generation, &generated);
    publish::warn_about_foreign_sections(root);
    Config {
        seed: root.whole("seed", 0, GREATEST_EXACT).unwrap_or(0),
        budget,
        topics,
        generation: generated,
        output,
        huggingface: publish::read(root),
    }
}

/// The greatest integer that JavaScript holds exactly.
const GREATEST_EXACT: u64 = (1 << 53) - 1;
