//! The section `output`: what is delivered.

use serde_json::Value;

use super::keys;
use super::reader::{Section, whole_number};
use super::report::shown;
use super::scalar::decimal;
use super::types::{CheckpointConfig, GenerationConfig, OutputConfig, OutputFormat, SampleCount, ToolArguments};

const FORMATS: &[(&str, OutputFormat)] = &[("messages", OutputFormat::Messages), ("custom", OutputFormat::Custom)];

const TOOL_ARGUMENTS: &[(&str, ToolArguments)] = &[("text", ToolArguments::Text), ("object", ToolArguments::Object)];

/// More than a thousand samples for each topic is a slip.
const MOST_PERCENT: f64 = 100_000.0;

/// Reads the section.
pub(super) fn read(section: &Section<'_>, generation: &Section<'_>, generated: &GenerationConfig) -> OutputConfig {
    section.no_effect("formatters", "records are delivered in one form");
    let system_prompt = match section.text("system_prompt") {
        Some(text) if !text.is_empty() => text,
        _ => &generated.system_prompt,
    };
    OutputConfig {
        system_prompt: system_prompt.to_owned(),
        include_system_message: section.boolean("include_system_message").unwrap_or(true),
        num_samples: sample_count(section).unwrap_or(SampleCount::Auto),
        batch_size: section.integer("batch_size", 1, u32::MAX).unwrap_or(1),
        save_as: section.filled_text("save_as").unwrap_or("dataset.jsonl").to_owned(),
        format: format(section, generation.is_written("output_schema")),
        tool_arguments: section.pick("tool_arguments", TOOL_ARGUMENTS).unwrap_or(ToolArguments::Text),
        checkpoint: checkpoint(section),
    }
}

fn sample_count(section: &Section<'_>) -> Option<SampleCount> {
    const KEY: &str = "num_samples";
    let value = section.value(KEY).filter(|value| !value.is_null());
    let Some(value) = value else {
        section.missing(
            KEY,
            "write `num_samples: auto` for one sample of each topic, or a number, or a share such as 50%",
        );
        return None;
    };
    let count = match value {
        Value::String(text) => counted(text),
        _ => None,
    };
    let count = count.or_else(|| {
        let number = u32::try_from(whole_number(value)?).ok()?;
        (number > 0).then_some(SampleCount::Exactly(number))
    });
    if count.is_none() {
        let message =
            format!("must be a whole number of at least 1, `auto`, or a share such as 50%, not {}", shown(value));
        section.error(KEY, &message, None);
    }
    count
}

/// `auto`, or a share of the topics.
fn counted(text: &str) -> Option<SampleCount> {
    let word = text.trim().to_ascii_lowercase();
    if word == "auto" {
        return Some(SampleCount::Auto);
    }
    let share = decimal(word.strip_suffix('%')?.trim())?.as_f64()?;
    // Finer than a millionth of a per cent makes no difference, and this much can be written down exactly.
    let share = (share * 1e6).round() / 1e6;
    (share > 0.0 && share <= MOST_PERCENT).then_some(SampleCount::Percent(share))
}

/// Records follow the schema where there is one, whatever the key says.
fn format(section: &Section<'_>, has_schema: bool) -> OutputFormat {
    const KEY: &str = "format";
    let format = section.pick(KEY, FORMATS);
    let misread = format.is_none() && section.is_written(KEY);
    match format {
        Some(OutputFormat::Custom) if !has_schema => section.error(
            KEY,
            "\"custom\" needs a schema that says what a record is",
            Some("write `generation.output_schema`, or `format: messages`"),
        ),
        Some(OutputFormat::Messages) | None if has_schema && !misread => section.warning(
            KEY,
            "records are custom here, because `generation.output_schema` is written",
            Some("write `format: custom`"),
        ),
        _ => {}
    }
    if has_schema { OutputFormat::Custom } else { OutputFormat::Messages }
}

fn checkpoint(section: &Section<'_>) -> Option<CheckpointConfig> {
    let checkpoint = section.section("checkpoint", keys::CHECKPOINT);
    if !checkpoint.exists() {
        return None;
    }
    if !checkpoint.is_written("interval") {
        checkpoint.missing("interval", "write after how many samples progress is kept: `interval: 10`");
    }
    Some(CheckpointConfig {
        interval: checkpoint.integer("interval", 1, u32::MAX).unwrap_or(1),
        path: checkpoint.filled_text("path").map(str::to_owned),
        retry_failed: checkpoint.boolean("retry_failed").unwrap_or(false),
    })
}
