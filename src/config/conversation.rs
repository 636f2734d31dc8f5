//! The section `generation.conversation`: what kind of sample is written, and what goes together.

use serde_json::Value;

use super::keys;
use super::reader::Section;
use super::report::shown;
use super::types::{AgentMode, ConversationConfig, ConversationType, ReasoningStyle, SituationsConfig};
use crate::search;

const TYPES: &[(&str, ConversationType)] = &[("basic", ConversationType::Basic), ("cot", ConversationType::Cot)];
const STYLES: &[(&str, ReasoningStyle)] = &[("freetext", ReasoningStyle::Freetext), ("agent", ReasoningStyle::Agent)];
const MODES: &[(&str, AgentMode)] = &[("single_turn", AgentMode::SingleTurn), ("multi_turn", AgentMode::MultiTurn)];

/// What the rest of `generation` means for the conversation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Company {
    /// No tools.
    Alone,
    /// Tools that an agent may call.
    Tools,
    /// Tools whose section is in disorder: nothing can be said about them.
    UnreadableTools,
    /// A schema of the caller's own, in place of a conversation.
    Schema,
}

/// Reads the section.
pub(super) fn read(section: &Section<'_>, company: Company) -> ConversationConfig {
    let kind = read_type(section);
    let style = read_style(section);
    let mode = section.pick("agent_mode", MODES);
    check_style(section, kind, style, company);

    let min_turns = section.integer("min_turns", 1, 10);
    let max_turns = section.integer("max_turns", 1, 10);
    check_turns(section, min_turns, max_turns);

    ConversationConfig {
        kind: kind.unwrap_or(ConversationType::Basic),
        reasoning_style: style,
        agent_mode: agent_mode(section, mode, company),
        min_turns: min_turns.unwrap_or(2),
        max_turns: max_turns.unwrap_or(4),
        min_tool_calls: section.integer("min_tool_calls", 0, 20).unwrap_or(2),
        situations: situations(section, company),
    }
}

/// A word for a mix that suits most, or the share of each.
fn situations(section: &Section<'_>, company: Company) -> SituationsConfig {
    const KEY: &str = "situations";
    if matches!(company, Company::Alone | Company::Schema) {
        section.no_effect(KEY, "only agents with tools meet them");
        return SituationsConfig::default();
    }
    if section.value(KEY).and_then(Value::as_str) == Some("mixed") {
        return SituationsConfig::MIXED;
    }
    if section.value(KEY).is_some_and(|value| !value.is_object()) {
        section.error(
            KEY,
            "must be `mixed`, or a mapping of situations to their shares",
            Some("write `situations: mixed`"),
        );
        return SituationsConfig::default();
    }
    let shares = section.section(KEY, keys::SITUATIONS);
    let share = |key: &str| shares.number(key, 0.0, 1.0).unwrap_or(0.0);
    let situations = SituationsConfig {
        no_tool_fits: share("no_tool_fits"),
        parameter_missing: share("parameter_missing"),
        tool_fails: share("tool_fails"),
        parallel_calls: share("parallel_calls"),
    };
    let SituationsConfig { no_tool_fits, parameter_missing, tool_fails, parallel_calls } = situations;
    // Sums of decimal fractions are a little off.
    if no_tool_fits + parameter_missing + tool_fails + parallel_calls > 1.0 + 1e-9 {
        section.error(KEY, "the shares are more than 1 together", Some("make them smaller; what is left is ordinary"));
    }
    situations
}

/// The type; `None` where it could not be read.
fn read_type(section: &Section<'_>) -> Option<ConversationType> {
    match section.value("type") {
        None => Some(ConversationType::Basic),
        Some(value) if value == "chain_of_thought" => {
            section.warning("type", "\"chain_of_thought\" is now \"cot\"", Some("write `type: cot`"));
            Some(ConversationType::Cot)
        }
        // Version 2 had a name for each mixture: `cot_structured`, `agent_cot_tools` and more.
        Some(Value::String(old)) if search::contains(old, "cot") && old != "cot" => {
            let message = format!("must be \"basic\" or \"cot\", not {}", shown(&Value::from(old.as_str())));
            section.error("type", &message, Some("write `type: cot` and a `reasoning_style`"));
            None
        }
        Some(_) => section.pick("type", TYPES),
    }
}

fn read_style(section: &Section<'_>) -> Option<ReasoningStyle> {
    match section.value("reasoning_style").and_then(|value| value.as_str()) {
        Some(old @ ("structured" | "hybrid")) => {
            let message = format!("\"{old}\" is now \"agent\"");
            section.warning("reasoning_style", &message, Some("write `reasoning_style: agent`"));
            Some(ReasoningStyle::Agent)
        }
        _ => section.pick("reasoning_style", STYLES),
    }
}

fn check_style(section: &Section<'_>, kind: Option<ConversationType>, style: Option<ReasoningStyle>, company: Company) {
    let agent = company != Company::Schema && (company == Company::Tools || section.is_written("agent_mode"));
    let misread = style.is_none() && section.is_written("reasoning_style");
    match (kind, style) {
        (Some(ConversationType::Basic), Some(_)) => section.error(
            "reasoning_style",
            "a basic conversation has no reasoning",
            Some("write `type: cot`, or remove `reasoning_style`"),
        ),
        (Some(ConversationType::Basic), None) if agent => section.error(
            "type",
            "a basic conversation cannot use tools",
            Some("write `type: cot` and `reasoning_style: agent`"),
        ),
        (Some(ConversationType::Cot), None) if !misread => section.error(
            "reasoning_style",
            "`type: cot` needs a reasoning style",
            Some(if agent {
                "write `reasoning_style: agent`"
            } else {
                "write `reasoning_style: freetext`, or `reasoning_style: agent` for single steps"
            }),
        ),
        (Some(ConversationType::Cot), Some(ReasoningStyle::Freetext)) if agent => section.error(
            "reasoning_style",
            "reasoning in free text cannot use tools",
            Some("write `reasoning_style: agent`, or remove the tools and `agent_mode`"),
        ),
        _ => {}
    }
}

fn agent_mode(section: &Section<'_>, mode: Option<AgentMode>, company: Company) -> Option<AgentMode> {
    match company {
        Company::Tools => Some(mode.unwrap_or(AgentMode::SingleTurn)),
        Company::Alone if mode.is_some() => {
            section.error(
                "agent_mode",
                "an agent needs tools, and none are configured",
                Some("name tools under `generation.tools` in `components` or `custom`, or remove `agent_mode`"),
            );
            None
        }
        Company::Schema => {
            section.no_effect("agent_mode", "`generation.output_schema` takes the place of the conversation");
            None
        }
        Company::Alone | Company::UnreadableTools => None,
    }
}

fn check_turns(section: &Section<'_>, min: Option<u32>, max: Option<u32>) {
    let misread = |key: &str, value: Option<u32>| value.is_none() && section.is_written(key);
    if misread("min_turns", min) || misread("max_turns", max) {
        return;
    }
    let (key, least, most) = match (min, max) {
        (Some(least), most) => ("min_turns", least, most.unwrap_or(4)),
        (None, Some(most)) => ("max_turns", 2, most),
        (None, None) => return,
    };
    if least > most {
        let message = format!("min_turns ({least}) must not be greater than max_turns ({most})");
        let remedy = format!("write `max_turns: {least}` or more, or a smaller `min_turns`");
        section.error(key, &message, Some(&remedy));
    }
}
