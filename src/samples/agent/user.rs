//! What the user says: written by a model, and checked for what the agent will need.

use serde_json::Value;

use super::blueprint::Blueprint;
use super::dialogue::Dialogue;
use super::grounding::{self, Heard};
use super::history::quoted;
use super::situations::Situation;
use crate::error::Result;
use crate::model::{Message, Purpose, Rejection};
use crate::samples::variation::variation;
use crate::samples::{Slot, checks};
use crate::{prompts, search};

/// Most characters of the world that a model is shown before a conversation.
const MOST_OF_THE_WORLD: usize = 4_000;

/// The topic, as every prompt names it.
pub fn topic(slot: &Slot) -> String {
    prompts::fill(prompts::SAMPLE_TOPIC, &[("path", &search::join(&slot.topic.path, " -> "))])
}

/// What the user says first, and what the user says when asked for what is missing; the second is empty but in the
/// situation in which something is.
pub struct Opening {
    pub request: String,
    pub reply: String,
}

impl Dialogue<'_> {
    /// The topic and the world, for those who begin something.
    pub fn setting(&self, hint: &str) -> Message {
        let mut ask = Message::user(topic(self.slot));
        if let Some(variation) = variation(&self.agent.config, self.slot) {
            ask.append(&variation);
        }
        let state = self.session.state();
        let is_empty = |part: &Value| {
            part.as_object().is_some_and(serde_json::Map::is_empty) || part.as_array().is_some_and(Vec::is_empty)
        };
        let has_something = state.as_object().is_some_and(|parts| !parts.values().all(is_empty));
        if has_something {
            let text = serde_json::to_string(&state).unwrap_or_default();
            let text: String = text.chars().take(MOST_OF_THE_WORLD).collect();
            let state = quoted(&self.id("world", 0), "the world", &text);
            ask.append(&prompts::fill(prompts::AGENT_WORLD, &[("state", &state)]));
        }
        if !hint.is_empty() {
            ask.append(hint.trim_end());
        }
        ask
    }

    /// The request of a single-turn sample.
    pub async fn opening(&self) -> Result<Opening> {
        let messages = vec![Message::system(self.equipment.user.as_str()), self.setting(self.situation.request_hint())];
        let lacks_something = self.situation == Situation::ParameterMissing;
        let schema = if lacks_something { &self.agent.missing_schema } else { &self.agent.request_schema };
        let mut opening = Opening { request: String::new(), reply: String::new() };
        let mut accept = |reply: &Value, _: bool| {
            opening.request = self.words(reply, "request")?;
            self.judge_request(&opening.request)?;
            if lacks_something {
                opening.reply = self.words(reply, "reply")?;
            }
            Ok(())
        };
        self.ask(Purpose::User, messages, schema, &mut accept).await?;
        Ok(opening)
    }

    /// What the user of a planned conversation says in a turn.
    pub async fn turn_of_user(&self, blueprint: &Blueprint, number: usize) -> Result<String> {
        let Some(planned) = blueprint.turns.get(number) else { return Ok(String::new()) };
        let mut conversation = String::new();
        for turn in &self.turns {
            conversation.push_str(&format!("User: {}\nAssistant: {}\n", turn.said, turn.answer));
        }
        let (number, count) = (format!("{}", number + 1), format!("{}", blueprint.turns.len()));
        let values = [
            ("goal", blueprint.goal.as_str()),
            ("conversation", &quoted(&self.id("conversation", self.turns.len()), "the conversation", &conversation)),
            ("number", &number),
            ("count", &count),
            ("wish", &planned.wish),
        ];
        let messages = vec![
            Message::system(prompts::AGENT_SIMULATED_USER.trim_end()),
            Message::user(prompts::fill(prompts::AGENT_SIMULATED_TURN, &values)),
        ];
        // Values of the wish have to be said; the agent knows what was said before, and may find out the others.
        let mut spoken = Heard::default();
        self.turns.iter().for_each(|turn| turn.heard_by(&mut spoken));
        let mut wish = Heard::default();
        wish.add(&planned.wish);
        let mut said = String::new();
        let mut accept = |reply: &Value, is_patient: bool| {
            said = self.words(reply, "request")?;
            self.judge_request(&said)?;
            let mut heard = spoken.clone();
            heard.add(&said);
            let is_said = |value: &str| heard.has(value) || (!wish.has(value) && self.is_said(value));
            for call in &planned.calls {
                let missing = grounding::ungrounded(&call.arguments, &is_said);
                if let Some(missing) = missing.first().filter(|_| is_patient) {
                    let reason = format!("it does not say \"{}\", which the assistant cannot know", missing.value);
                    return Err(Rejection::invalid(reason));
                }
            }
            Ok(())
        };
        self.ask(Purpose::User, messages, &self.agent.request_schema, &mut accept).await?;
        Ok(said)
    }

    /// What a user says: a text that names no tool as only a program does.
    fn words(&self, reply: &Value, field: &str) -> Result<String, Rejection> {
        let text = checks::text(reply, field)?;
        for tool in self.equipment.toolbox.tools() {
            if tool.name.contains('_') && search::contains(&text, &tool.name) {
                let reason =
                    format!("its field \"{field}\" names the tool {}, of which the user knows nothing", tool.name);
                return Err(Rejection::invalid(reason));
            }
        }
        Ok(text)
    }
}
