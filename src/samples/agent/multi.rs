//! A planned conversation: the user reveals the goal bit by bit, the agent acts in a real state, and what counts is that
//! the state is the planned one after each turn. A turn that goes wrong is taken back, with everything it changed.

use serde_json::Value;

use super::blueprint::{Blueprint, PlannedTurn};
use super::dialogue::Dialogue;
use super::history::{Execution, Turn};
use crate::error::{Code, Error, Result};
use crate::prompts;
use crate::samples::record::AgentContext;

/// Texts that are longer, or have several words, are written by the agent: no two agents write the same.
const LONGEST_EXACT_TEXT: usize = 60;

/// Has the conversation of one sample.
pub async fn write(dialogue: &mut Dialogue<'_>) -> Result<AgentContext> {
    let blueprint = dialogue.plan().await?;
    dialogue.expected_turns = blueprint.turns.len();
    for number in 0..blueprint.turns.len() {
        turn(dialogue, &blueprint, number).await?;
    }
    let execution_summary = Some(summary(&dialogue.turns));
    let planning_trace = Some(blueprint.trace());
    Ok(AgentContext { mode: "multi_turn", planning_trace, execution_summary })
}

async fn turn(dialogue: &mut Dialogue<'_>, blueprint: &Blueprint, number: usize) -> Result<()> {
    let Some(planned) = blueprint.turns.get(number) else { return Ok(()) };
    let mut said = dialogue.turn_of_user(blueprint, number).await?;
    let before = dialogue.bookmark();
    let mut tries = dialogue.agent.config.generation.sample_retries;
    let mut note = String::new();
    loop {
        let error = match dialogue.act(&said, planned.wanted, &note).await {
            Ok(()) => match what_is_wrong(dialogue, blueprint, number, planned) {
                None => return Ok(()),
                Some(reason) => {
                    note = prompts::fill(prompts::AGENT_RETRY, &[("reason", &reason)]);
                    let message = format!("turn {} did not come to what was planned: {reason}", number + 1);
                    Error::new(Code::InvalidOutput, message).after(dialogue.requests.get())
                }
            },
            Err(error) if error.code() == Code::InvalidOutput => error,
            Err(error) => return Err(error),
        };
        if tries == 0 {
            return Err(error);
        }
        tries -= 1;
        let was_finished = dialogue.turns.last().is_some_and(|turn| !turn.answer.is_empty());
        dialogue.go_back(&before).await;
        if !was_finished {
            // Where the agent never found its way, the words that it acted upon may be why.
            said = dialogue.turn_of_user(blueprint, number).await?;
        }
    }
}

fn what_is_wrong(
    dialogue: &Dialogue<'_>,
    blueprint: &Blueprint,
    number: usize,
    planned: &PlannedTurn,
) -> Option<String> {
    if let Some(difference) = compare(&planned.state, &dialogue.session.state(), "") {
        return Some(difference);
    }
    let made: usize = dialogue.turns.iter().map(|turn| turn.calls().count()).sum();
    let more_to_come = blueprint.turns.iter().skip(number + 1).any(|turn| turn.wanted.has_calls());
    let is_short = planned.wanted.has_calls() && !more_to_come && made < blueprint.fewest_calls;
    is_short.then(|| "it took fewer calls than what the user asks for".to_owned())
}

/// Where a state is not the planned one, if it is not. What an agent writes in its own words may be other words.
fn compare(planned: &Value, actual: &Value, place: &str) -> Option<String> {
    match (planned, actual) {
        (Value::Object(planned), Value::Object(actual)) => {
            for (name, value) in planned {
                let place = push_step(place, name);
                match actual.get(name) {
                    Some(other) => {
                        if let Some(difference) = compare(value, other, &place) {
                            return Some(difference);
                        }
                    }
                    None => return Some(format!("{place} is missing")),
                }
            }
            let extra = actual.keys().find(|name| !planned.contains_key(*name))?;
            Some(format!("{} should not be there", push_step(place, extra)))
        }
        (Value::Array(planned), Value::Array(actual)) => {
            if planned.len() != actual.len() {
                let (wanted, got) = (planned.len(), actual.len());
                return Some(format!("{place} has {got} entries instead of {wanted}"));
            }
            planned.iter().zip(actual).find_map(|(one, other)| compare(one, other, place))
        }
        (Value::String(planned), Value::String(actual)) => {
            let is_same = planned == actual || (is_prose(planned) && is_prose(actual));
            (!is_same).then(|| format!("{place} is not what was asked for"))
        }
        (planned, actual) => (planned != actual).then(|| format!("{place} is not what was asked for")),
    }
}

/// A place further inside.
fn push_step(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}/{name}") }
}

fn is_prose(text: &str) -> bool {
    text.len() > LONGEST_EXACT_TEXT || text.contains(|c: char| c.is_ascii_whitespace())
}

/// What became of a conversation, in words.
fn summary(turns: &[Turn]) -> String {
    let calls: Vec<&Execution> = turns.iter().flat_map(Turn::calls).collect();
    let failed = calls.iter().filter(|call| call.failed).count();
    let (turns, calls) = (turns.len(), calls.len());
    let failed = if failed > 0 { format!(", {failed} of which failed") } else { String::new() };
    format!("Completed {turns}-turn conversation with {calls} tool calls{failed}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn a_state_is_the_planned_one_but_for_what_an_agent_writes_in_its_own_words() {
        let planned = json!({ "files": { "a": "one two", "n": "7", "b": { "count": 3 } } });
        for (actual, difference) in [
            (json!({ "files": { "b": { "count": 3 }, "a": "1, 2 and so on", "n": "7" } }), None),
            (json!({ "files": { "b": { "count": 3 }, "a": "", "n": "7" } }), Some("files/a is not what was asked for")),
            (
                json!({ "files": { "b": { "count": 3 }, "a": "x y", "n": "8" } }),
                Some("files/n is not what was asked for"),
            ),
            (
                json!({ "files": { "b": { "count": 4 }, "a": "x y", "n": "7" } }),
                Some("files/b/count is not what was asked for"),
            ),
            (json!({ "files": { "b": { "count": 3 }, "a": "x y" } }), Some("files/n is missing")),
            (
                json!({ "files": { "b": { "count": 3 }, "a": "x y", "n": "7", "c": "" } }),
                Some("files/c should not be there"),
            ),
        ] {
            assert_eq!(super::compare(&planned, &actual, "").as_deref(), difference, "{actual}");
        }
    }
}
