//! What a model proposes to do next, held against everything that can be known before it is done. What is wrong is said
//! to the model, and never gets into a record.

use serde_json::{Map, Value};

use super::grounding::{self, Ungrounded};
use super::history::{Execution, compact};
use crate::model::Rejection;
use crate::samples::checks;
use crate::search;
use crate::tools::Toolbox;

/// One step, as it may be taken.
#[derive(Debug)]
pub struct Proposal {
    /// Why.
    pub thought: String,
    /// The calls to make; none where there is an answer.
    pub calls: Vec<Call>,
    /// The answer; empty where there are calls.
    pub answer: String,
    /// Arguments that appear nowhere, as `tool.argument`.
    pub ungrounded: Vec<String>,
}

/// A call that its tool can take.
#[derive(Clone, Debug)]
pub struct Call {
    /// The tool.
    pub name: String,
    /// Its arguments: an object.
    pub arguments: Value,
    /// The same as compact JSON.
    pub text: String,
}

/// What the next step has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Calls: there is nothing yet that an answer could rest upon.
    Calls,
    /// Calls or the answer.
    Either,
    /// The answer: the calls that are allowed are used up.
    Answer,
    /// An answer without any call: no tool fits, or something has to be asked first.
    Words(&'static str),
}

/// What a proposal is held against.
pub struct Rules<'a> {
    /// The tools.
    pub toolbox: &'a Toolbox,
    /// The calls of the conversation so far.
    pub made: &'a [&'a Execution],
    /// Whether a value was said before.
    pub is_said: &'a dyn Fn(&str) -> bool,
    /// What has to come.
    pub expected: Expected,
    /// Calls that may still be made for this request.
    pub left: usize,
    /// Whether more of them are refused; else they are cut.
    pub strict: bool,
    /// Whether several calls have to come at once.
    pub wants_several: bool,
    /// Whether what is only probably wrong is still asked for again.
    pub is_patient: bool,
    /// Whether invented identifiers are.
    pub asks_for_grounding: bool,
}

impl Rules<'_> {
    /// Reads a step.
    ///
    /// # Errors
    /// A rejection that says what is wrong, addressed to the model.
    pub fn read(&self, reply: &Value) -> Result<Proposal, Rejection> {
        let thought = checks::text(reply, "thought")?;
        let proposed = reply.get("calls").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if proposed.is_empty() {
            return self.read_answer(reply, thought);
        }
        match self.expected {
            Expected::Answer => {
                return Err(Rejection::invalid("it makes a call, but no more calls are allowed: answer now"));
            }
            Expected::Words(why) => return Err(Rejection::invalid(format!("it makes a call, but {why}"))),
            Expected::Calls | Expected::Either => {}
        }
        let mut calls = self.read_calls(proposed)?;
        if calls.len() > self.left {
            if self.strict {
                let (count, left) = (calls.len(), self.left);
                return Err(Rejection::invalid(format!("it makes {count} calls, and only {left} more are allowed")));
            }
            calls.truncate(self.left);
        }
        if self.wants_several && calls.len() < 2 && self.left > 1 && self.is_patient {
            let reason = "it makes one call, but the request takes several that do not depend on each other: make them in one step";
            return Err(Rejection::invalid(reason));
        }
        let ungrounded = self.ground(&calls)?;
        Ok(Proposal { thought, calls, answer: String::new(), ungrounded })
    }

    fn read_answer(&self, reply: &Value, thought: String) -> Result<Proposal, Rejection> {
        if self.expected == Expected::Calls {
            let reason = "it answers before a tool was called, and the request takes at least one call";
            return Err(Rejection::invalid(reason));
        }
        // Saying that no tool fits is what is asked for; it is no refusal.
        let answer = match self.expected {
            Expected::Words(_) => checks::text(reply, "answer")?,
            _ => checks::answer(reply, "answer")?,
        };
        if self.is_patient
            && self.asks_for_grounding
            && let Some(word) = grounding::invented(&answer, self.is_said)
        {
            return Err(Rejection::invalid(format!("its answer names \"{word}\", which appears in no result")));
        }
        Ok(Proposal { thought, calls: Vec::new(), answer, ungrounded: Vec::new() })
    }

    /// Reads calls, of a step or of a plan.
    ///
    /// # Errors
    /// As for [`Rules::read`].
    pub fn read_calls(&self, proposed: &[Value]) -> Result<Vec<Call>, Rejection> {
        let mut calls: Vec<Call> = Vec::new();
        for written in proposed {
            let call = self.read_call(written)?;
            let is_repeated = self.made.iter().any(|made| !made.failed && made.is_call_of(&call.name, &call.arguments))
                || calls.iter().any(|other| other.name == call.name && other.arguments == call.arguments);
            if is_repeated {
                let Call { name, text, .. } = call;
                return Err(Rejection::invalid(format!("it repeats the call {name}({text}), whose result is known")));
            }
            calls.push(call);
        }
        Ok(calls)
    }

    fn read_call(&self, written: &Value) -> Result<Call, Rejection> {
        let name = written.get("tool").and_then(Value::as_str).unwrap_or_default();
        let arguments = match written.get("arguments") {
            Some(Value::Object(arguments)) => Some(arguments.clone()),
            Some(Value::String(text)) => match text.parse() {
                Ok(Value::Object(arguments)) => Some(arguments),
                _ => None,
            },
            _ => None,
        };
        let Some(tool) = self.toolbox.tools().iter().find(|tool| tool.name == name) else {
            let reason = self.toolbox.check(name, &Value::Null).err().unwrap_or_default();
            return Err(Rejection::invalid(sentence(&reason)));
        };
        let Some(arguments) = arguments else {
            return Err(Rejection::invalid(format!("the arguments of {name} are not a JSON object")));
        };
        let arguments = without_nulls(arguments, &tool.parameters);
        let text = compact(&arguments);
        let arguments = Value::Object(arguments);
        self.toolbox.check(name, &arguments).map_err(|reason| Rejection::invalid(sentence(&reason)))?;
        Ok(Call { name: name.to_owned(), arguments, text })
    }

    /// The arguments that appear nowhere, as far as that is let pass.
    fn ground(&self, calls: &[Call]) -> Result<Vec<String>, Rejection> {
        let mut flagged = Vec::new();
        for call in calls {
            for Ungrounded { argument, value, is_identifier } in grounding::ungrounded(&call.arguments, self.is_said) {
                if is_identifier && self.is_patient && self.asks_for_grounding {
                    return Err(Rejection::invalid(format!(
                        "the argument {argument} of {} is \"{value}\", which neither the user nor a result has named: \
                         take it from there, or find it out first",
                        call.name
                    )));
                }
                flagged.push(format!("{}.{argument}", call.name));
            }
        }
        flagged.dedup();
        Ok(flagged)
    }
}

/// A null in place of an optional argument says that it is left out.
fn without_nulls(arguments: Map<String, Value>, parameters: &Value) -> Map<String, Value> {
    let required = parameters.get("required").and_then(Value::as_array);
    let is_required = |name: &String| required.is_some_and(|names| names.iter().any(|known| known == name.as_str()));
    arguments.into_iter().filter(|(name, value)| !value.is_null() || is_required(name)).collect()
}

/// A sentence as part of another one.
fn sentence(text: &str) -> String {
    search::replace(text.trim_end_matches('.'), "\n", " ")
}
