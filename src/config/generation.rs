//! The section `generation`: how samples are written.

use serde_json::Value;

use super::conversation::Company;
use super::reader::Section;
use super::report::shown;
use super::types::{GenerationConfig, LlmConfig, RateLimitConfig};
use super::{conversation, keys, quality, tools};

/// How often a request is sent again where neither `rate_limit` says: only if the key is written.
pub(super) fn written_retries(section: &Section<'_>) -> Option<u32> {
    section.integer("max_retries", 0, 10)
}

/// Reads the section, with the model and the limits that were resolved for it.
pub(super) fn read(section: &Section<'_>, llm: LlmConfig, rate_limit: RateLimitConfig) -> GenerationConfig {
    let output_schema = output_schema(section);
    let tools_section = section.section("tools", keys::TOOLS);
    let mut tools = tools::read(&tools_section);
    let company = match &tools {
        _ if section.is_written("output_schema") => Company::Schema,
        Some(_) => Company::Tools,
        None if tools::is_unreadable(&tools_section) => Company::UnreadableTools,
        None => Company::Alone,
    };
    if company == Company::Schema && tools.take().is_some() {
        section.no_effect("tools", "`output_schema` takes the place of the conversation");
    }
    section.no_effect("save_as", "`output.save_as` names the file of records");

    GenerationConfig {
        system_prompt: section.required_text("system_prompt", "write what the model that writes samples is to do"),
        instructions: section.text("instructions").unwrap_or_default().to_owned(),
        conversation: conversation::read(&section.section("conversation", keys::CONVERSATION), company),
        tools,
        output_schema,
        quality: quality::read(&section.section("quality", keys::QUALITY)),
        max_retries: written_retries(section).unwrap_or(3),
        sample_retries: section.integer("sample_retries", 0, 5).unwrap_or(2),
        max_tokens: section.integer("max_tokens", 1, u32::MAX).unwrap_or(2000),
        rate_limit,
        llm,
    }
}

fn output_schema(section: &Section<'_>) -> Option<Value> {
    const KEY: &str = "output_schema";
    let value = section.value(KEY)?;
    if !value.is_object() {
        section.error(KEY, &format!("must be a JSON Schema, not {}", shown(value)), None);
        return None;
    }
    if let Some(kind) = value.get("type")
        && kind != "object"
    {
        let message = format!("a record is an object, so the schema's type must be \"object\", not {}", shown(kind));
        section.error(KEY, &message, Some("write `type: object` and `properties`"));
        return None;
    }
    Some(value.clone())
}
