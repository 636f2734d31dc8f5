//! Every word that is sent to a model: one file for each prompt, with `{{names}}` where values go.
//!
//! What stays the same over a run goes into the system message, what changes comes last, so that providers can cache
//! the beginning.

use crate::search;

/// Asks again after a reply that was not accepted.
pub const CORRECTION: &str = include_str!("correction.txt");
/// Shows the schema of the reply to a model that is not held to it otherwise.
pub const REPLY_SCHEMA: &str = include_str!("reply_schema.txt");
/// Asks for the reply as a tool call.
pub const REPLY_TOOL: &str = include_str!("reply_tool.txt");
/// Says what the schema that is sent cannot.
pub const REPLY_RULES: &str = include_str!("reply_rules.txt");
/// The task of growing topics.
pub const TOPICS_SYSTEM: &str = include_str!("topics_system.txt");
/// Keeps subtopics inside the domain of the root.
pub const TOPICS_ANCHORED: &str = include_str!("topics_anchored.txt");
/// Asks for the subtopics of one topic.
pub const TOPICS_EXPAND: &str = include_str!("topics_expand.txt");
/// Names subtopics that are taken.
pub const TOPICS_TAKEN: &str = include_str!("topics_taken.txt");
/// Offers topics elsewhere in the graph for links.
pub const TOPICS_LINKS: &str = include_str!("topics_links.txt");
/// The task of writing a question and its answer.
pub const SAMPLE_BASIC: &str = include_str!("sample_basic.txt");
/// The task of writing a question, the reasoning and the answer.
pub const SAMPLE_REASONING: &str = include_str!("sample_reasoning.txt");
/// The task of writing a question, the steps that solve it, and the answer.
pub const SAMPLE_STEPS: &str = include_str!("sample_steps.txt");
/// Names the topic of one sample.
pub const SAMPLE_TOPIC: &str = include_str!("sample_topic.txt");
/// Makes a later cycle differ from the first.
pub const SAMPLE_VARIATION: &str = include_str!("sample_variation.txt");
/// Keeps a sample that is written again from repeating another.
pub const SAMPLE_REPEATED: &str = include_str!("sample_repeated.txt");

/// The task of playing a tool.
pub const TOOL_SIMULATION: &str = include_str!("tool_simulation.txt");
/// Shows a call to the model that plays the tool.
pub const TOOL_SIMULATION_CALL: &str = include_str!("tool_simulation_call.txt");
/// The task of writing what the user of an agent asks for.
pub const AGENT_USER: &str = include_str!("agent_user.txt");
/// Shows the state in which a conversation begins.
pub const AGENT_WORLD: &str = include_str!("agent_world.txt");
/// Asks for a request that no tool can fulfil.
pub const AGENT_REQUEST_NO_TOOL: &str = include_str!("agent_request_no_tool.txt");
/// Asks for a request that lacks a value.
pub const AGENT_REQUEST_MISSING: &str = include_str!("agent_request_missing.txt");
/// Asks for a request that takes several calls at once.
pub const AGENT_REQUEST_PARALLEL: &str = include_str!("agent_request_parallel.txt");
/// The task of an agent.
pub const AGENT_ASSISTANT: &str = include_str!("agent_assistant.txt");
/// Shows an agent what came of its calls.
pub const AGENT_RESULTS: &str = include_str!("agent_results.txt");
/// Tells an agent how many calls it has left.
pub const AGENT_CALLS_LEFT: &str = include_str!("agent_calls_left.txt");
/// Tells an agent that it has none left.
pub const AGENT_NO_CALLS_LEFT: &str = include_str!("agent_no_calls_left.txt");
/// The task of planning a conversation.
pub const AGENT_PLAN: &str = include_str!("agent_plan.txt");
/// Says how long the conversation is to be.
pub const AGENT_PLAN_SIZE: &str = include_str!("agent_plan_size.txt");
/// Asks for calls in every turn.
pub const AGENT_PLAN_CALLS: &str = include_str!("agent_plan_calls.txt");
/// Asks for a turn that no tool can fulfil.
pub const AGENT_PLAN_NO_TOOL: &str = include_str!("agent_plan_no_tool.txt");
/// Asks for a turn that lacks a value.
pub const AGENT_PLAN_MISSING: &str = include_str!("agent_plan_missing.txt");
/// Asks for a turn that takes several calls at once.
pub const AGENT_PLAN_PARALLEL: &str = include_str!("agent_plan_parallel.txt");
/// Says what went wrong when a plan was tried.
pub const AGENT_PLAN_FAILED: &str = include_str!("agent_plan_failed.txt");
/// The task of playing the user of a planned conversation.
pub const AGENT_SIMULATED_USER: &str = include_str!("agent_simulated_user.txt");
/// Asks for what that user says in one turn.
pub const AGENT_SIMULATED_TURN: &str = include_str!("agent_simulated_turn.txt");
/// Tells an agent why it acts upon the same words again.
pub const AGENT_RETRY: &str = include_str!("agent_retry.txt");

/// Who might ask, one a line.
pub const PERSONAS: &str = include_str!("variation_personas.txt");
/// How hard a question might be, one a line.
pub const DIFFICULTIES: &str = include_str!("variation_difficulties.txt");
/// What form a question might take, one a line.
pub const FORMS: &str = include_str!("variation_forms.txt");

/// Puts values where a prompt names them. Values are taken literally: braces in them mean nothing.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template.trim_end();
    while let Some((before, after)) = search::split_once(rest, "{{") {
        filled.push_str(before);
        let Some((name, after)) = search::split_once(after, "}}") else { break };
        if let Some((_, value)) = values.iter().find(|(key, _)| *key == name) {
            filled.push_str(value);
        }
        rest = after;
    }
    filled.push_str(rest);
    filled.truncate(filled.trim_end().len());
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_never_read_as_templates() {
        let filled = fill("a {{one}} b {{two}}\n", &[("one", "{{two}}"), ("two", "2")]);
        assert_eq!(filled, "a {{two}} b 2");
    }
}
