//! A conversation as it came about: what was said, thought, called and observed.

use serde_json::{Map, Value, json};

use super::forms::Forms;
use super::grounding::Heard;
use crate::model::Message;
use crate::prompts;
use crate::search;

/// A call and what came of it.
#[derive(Clone, Debug)]
pub struct Execution {
    /// The id of the call in the record.
    pub id: String,
    /// The tool.
    pub name: String,
    /// Its arguments: an object.
    pub arguments: Value,
    /// The same as compact JSON.
    pub text: String,
    /// What came of it.
    pub result: String,
    /// Whether the call failed.
    pub failed: bool,
    /// Whether it got as far as the tool.
    pub was_made: bool,
    /// How often the state had changed by the time it was answered.
    pub change: usize,
}

impl Execution {
    /// Whether this is the same call, whatever came of it.
    pub fn is_call_of(&self, name: &str, arguments: &Value) -> bool {
        self.name == name && self.arguments == *arguments
    }
}

/// One step of the agent in which it called tools.
#[derive(Clone, Debug)]
pub struct Step {
    /// Why.
    pub thought: String,
    /// At least one.
    pub calls: Vec<Execution>,
}

/// What the user said, and everything up to the answer.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    /// The user's words.
    pub said: String,
    /// The steps with calls.
    pub steps: Vec<Step>,
    /// The thought behind the answer.
    pub conclusion: String,
    /// The answer; empty as long as there is none.
    pub answer: String,
}

impl Turn {
    /// Every call of the turn, in order.
    pub fn calls(&self) -> impl Iterator<Item = &Execution> {
        self.steps.iter().flat_map(|step| &step.calls)
    }

    /// Takes note of everything that was said in it.
    pub fn heard_by(&self, heard: &mut Heard) {
        heard.add(&self.said);
        for call in self.calls() {
            heard.add(&call.text);
            heard.add(&call.result);
        }
        heard.add(&self.answer);
    }
}

/// The conversation as the model is sent it. Each step only adds to it, so that providers can cache the beginning.
/// `left` tells how many calls may follow a step.
pub fn messages(system: &str, turns: &[Turn], forms: &Forms, left: &dyn Fn(&Turn, usize) -> usize) -> Vec<Message> {
    let mut messages = vec![Message::system(system)];
    for turn in turns {
        messages.push(Message::user(turn.said.as_str()));
        for (number, step) in turn.steps.iter().enumerate() {
            let calls: Vec<Value> = step.calls.iter().map(|call| forms.write(&call.name, &call.arguments)).collect();
            messages.push(reply(&step.thought, calls, ""));
            messages.push(Message::user(results(step, left(turn, number + 1))));
        }
        if !turn.answer.is_empty() {
            messages.push(reply(&turn.conclusion, Vec::new(), &turn.answer));
        }
    }
    messages
}

fn reply(thought: &str, calls: Vec<Value>, answer: &str) -> Message {
    let reply = json!({ "thought": thought, "calls": calls, "answer": answer });
    Message::assistant(serde_json::to_string(&reply).unwrap_or_default())
}

/// What came of the calls of a step, each between marks that no tool can know.
fn results(step: &Step, left: usize) -> String {
    let mut data = String::new();
    for call in &step.calls {
        if !data.is_empty() {
            data.push('\n');
        }
        data.push_str(&quoted(&call.id, &call.name, &call.result));
    }
    let left = match left {
        0 => prompts::AGENT_NO_CALLS_LEFT.trim_end().to_owned(),
        left => prompts::fill(prompts::AGENT_CALLS_LEFT, &[("count", &format!("{left}"))]),
    };
    prompts::fill(prompts::AGENT_RESULTS, &[("results", &data), ("left", &left)])
}

/// A text as data: marked with a name that what is inside cannot have, so that it cannot end the mark either.
pub fn quoted(mark: &str, what: &str, text: &str) -> String {
    let text = search::replace(text, mark, "");
    format!("<data-{mark} from=\"{what}\">\n{text}\n</data-{mark}>")
}

/// Arguments as the compact JSON of records.
pub fn compact(arguments: &Map<String, Value>) -> String {
    serde_json::to_string(arguments).unwrap_or_default()
}
