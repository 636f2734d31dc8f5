//! A request laid out for one provider and one mode: the schema in the form that is sent, and what the prompt has to say
//! because the schema cannot.

use std::rc::Rc;

use serde_json::Value;

use super::call::{Mode, Request, Wire};
use super::message::{Message, Role};
use crate::prompts;
use crate::schema::{self, Dialect};
use crate::search;

/// The schema of a request, made ready.
pub struct Layout {
    schema: Rc<Value>,
    /// The mode that it was made for.
    pub mode: Mode,
    /// The schema that is sent, or that replies of a mode without one are checked against.
    pub wire: Wire,
    /// Said at the end of the system message, which is the same for many requests.
    said: String,
}

impl Layout {
    /// Whether a mode can carry a schema at all.
    pub fn is_possible(schema: &Value, mode: Mode, dialect: Dialect) -> bool {
        !matches!(mode, Mode::Schema | Mode::Tool) || schema::project(schema, dialect).schema.is_some()
    }

    /// Makes the schema of a request ready.
    pub fn new(request: &Request, mode: Mode, dialect: Dialect) -> Self {
        let schema = Rc::clone(&request.schema);
        let projected = matches!(mode, Mode::Schema | Mode::Tool).then(|| schema::project(&schema, dialect));
        let (wire, mut said) = match projected {
            Some(projection) => {
                let rules: Vec<String> = projection.dropped.iter().map(|rule| format!("- {rule}")).collect();
                let said = match rules.is_empty() {
                    true => String::new(),
                    false => prompts::fill(prompts::REPLY_RULES, &[("rules", &search::join(&rules, "\n"))]),
                };
                (Wire::new(projection.schema.map_or_else(|| Rc::clone(&schema), Rc::new)), said)
            }
            None => {
                let wire = Wire::new(Rc::clone(&schema));
                let said = prompts::fill(prompts::REPLY_SCHEMA, &[("schema", &wire.text)]);
                (wire, said)
            }
        };
        if mode == Mode::Tool {
            let call = prompts::fill(prompts::REPLY_TOOL, &[("name", request.purpose.as_str())]);
            said = if said.is_empty() { call } else { format!("{said}\n\n{call}") };
        }
        Self { schema, mode, wire, said }
    }

    /// Whether this is the layout of a request in a mode.
    pub fn is_of(&self, request: &Request, mode: Mode) -> bool {
        self.mode == mode && Rc::ptr_eq(&self.schema, &request.schema)
    }

    /// The messages to send: the request's own, what the mode needs said, and what was wrong with the reply before.
    pub fn messages(&self, request: &Request, correction: Option<&Correction>) -> Vec<Message> {
        let mut messages = request.messages.clone();
        if !self.said.is_empty() {
            match messages.first_mut() {
                Some(first) if first.role == Role::System => first.append(&self.said),
                _ => messages.insert(0, Message::system(self.said.as_str())),
            }
        }
        if let Some(Correction { previous, reason }) = correction {
            let ask = prompts::fill(prompts::CORRECTION, &[("reason", reason)]);
            match (previous, messages.last_mut()) {
                (None, Some(last)) if last.role == Role::User => last.append(&ask),
                (previous, _) => {
                    messages.extend(previous.as_deref().map(Message::assistant));
                    messages.push(Message::user(ask));
                }
            }
        }
        messages
    }
}

/// Why a request is made again.
pub struct Correction {
    /// The reply, where quoting it helps and is not dearer than writing it anew.
    previous: Option<String>,
    reason: String,
}

/// The longest reply that is quoted back, in bytes: a typical sample.
const LONGEST_QUOTE: usize = 4000;

impl Correction {
    /// What was wrong with a reply. One that was cut off is not quoted: it would be continued or repeated.
    pub fn new(reply: &str, was_cut_off: bool, reason: &str) -> Self {
        let quotable = !was_cut_off && !reply.trim().is_empty() && reply.len() <= LONGEST_QUOTE;
        Self { previous: quotable.then(|| reply.to_owned()), reason: reason.to_owned() }
    }
}
