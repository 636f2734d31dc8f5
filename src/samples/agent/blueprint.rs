//! The plan of a conversation: what the user wants in the end, turn by turn, and the calls that it takes. It is tried
//! before anybody speaks, so that a conversation is only begun where its end can be reached.

use serde_json::Value;

use super::dialogue::{Dialogue, Wanted};
use super::grounding::{self, Heard};
use super::history::quoted;
use super::proposal::{Call, Expected, Rules};
use super::single::{MISSING, NO_TOOL};
use super::situations::{Situation, cycle_name};
use crate::error::{Code, Error, Result};
use crate::model::{Message, Purpose, Rejection};
use crate::samples::checks;
use crate::tools::Session;
use crate::{prompts, search, seed};

/// What is to happen.
pub struct Blueprint {
    /// What the user wants in the end.
    pub goal: String,
    /// Step by step.
    pub turns: Vec<PlannedTurn>,
    /// Fewest calls of the conversation.
    pub fewest_calls: usize,
}

/// One turn of the plan.
pub struct PlannedTurn {
    /// What the user wants.
    pub wish: String,
    /// The calls that fulfil it.
    pub calls: Vec<Call>,
    /// What the agent has to do.
    pub wanted: Wanted,
    /// The state after it.
    pub state: Value,
}

/// How long a conversation is.
struct Size {
    turns: usize,
    calls: usize,
}

impl Dialogue<'_> {
    /// Has a plan made, and tries it in a world of its own, which no tool outside takes for the conversation itself.
    ///
    /// # Errors
    /// As for [`Dialogue::ask`]; code `invalid_output` where no plan works.
    pub async fn plan(&mut self) -> Result<Blueprint> {
        let size = self.size();
        if size.turns < 2 && matches!(self.situation, Situation::NoToolFits | Situation::ParameterMissing) {
            self.situation = Situation::Ordinary;
        }
        let mut ask = self.setting("");
        let (turns, calls) = (format!("{}", size.turns), format!("{}", size.calls));
        ask.append(&prompts::fill(prompts::AGENT_PLAN_SIZE, &[("turns", &turns), ("calls", &calls)]));
        ask.append(self.situation.plan_hint().trim_end());
        let mut messages = vec![Message::system(self.equipment.planner.as_str()), ask];
        let mut tries = self.agent.config.generation.sample_retries;
        loop {
            let (mut blueprint, written) = self.draft(messages.clone(), &size).await?;
            let Some(reason) = self.rehearse(&mut blueprint, tries).await? else { return Ok(blueprint) };
            if tries == 0 {
                let message = format_args!("no plan of the conversation could be carried out. {reason}").to_string();
                return Err(Error::new(Code::InvalidOutput, message).after(self.requests.get()));
            }
            tries -= 1;
            messages.truncate(2);
            messages.push(Message::assistant(written));
            messages.push(Message::user(prompts::fill(prompts::AGENT_PLAN_FAILED, &[("reason", &reason)])));
        }
    }

    /// The seed decides how many turns there are.
    fn size(&self) -> Size {
        let conversation = &self.agent.config.generation.conversation;
        let (least, most) = (conversation.min_turns, conversation.max_turns);
        let cycle = cycle_name(self.slot);
        let chance = seed::number(self.agent.config.seed, &["turns", &self.slot.topic.id, &cycle]);
        let turns = least + u32::try_from(chance % u64::from(most.saturating_sub(least) + 1)).unwrap_or(0);
        let turns = turns as usize;
        let silent =
            usize::from(matches!(self.situation, Situation::NoToolFits | Situation::ParameterMissing) && turns > 1);
        // More calls than the turns can hold cannot be asked for.
        let calls = (conversation.min_tool_calls as usize).min((turns - silent.min(turns)) * self.agent.limits.calls);
        Size { turns, calls }
    }

    async fn draft(&self, messages: Vec<Message>, size: &Size) -> Result<(Blueprint, String)> {
        let mut drafted = None;
        let mut accept = |reply: &Value, _: bool| {
            let blueprint = self.read_plan(reply, size)?;
            drafted = Some((blueprint, serde_json::to_string(reply).unwrap_or_default()));
            Ok(())
        };
        self.ask(Purpose::Plan, messages, &self.equipment.forms.plan, &mut accept).await?;
        drafted.ok_or_else(|| Error::new(Code::Internal, "a plan was accepted but not read"))
    }

    fn read_plan(&self, reply: &Value, size: &Size) -> Result<Blueprint, Rejection> {
        let goal = checks::text(reply, "goal")?;
        let planned = reply.get("turns").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if planned.len() != size.turns {
            let reason = format!("it plans {} turns, and {} are asked for", planned.len(), size.turns);
            return Err(Rejection::invalid(reason));
        }
        let rules = Rules {
            toolbox: &self.equipment.toolbox,
            made: &[],
            is_said: &|_| true,
            expected: Expected::Either,
            left: self.agent.limits.calls,
            strict: true,
            wants_several: false,
            is_patient: false,
            asks_for_grounding: false,
        };
        let mut turns = Vec::new();
        for (number, turn) in planned.iter().enumerate() {
            let wish = checks::text(turn, "wish")?;
            let calls = turn.get("calls").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let calls = rules.read_calls(calls)?;
            let wanted = match self.situation {
                Situation::ParameterMissing if number == 0 => Wanted::Words(MISSING),
                Situation::NoToolFits if number + 1 == size.turns => Wanted::Words(NO_TOOL),
                _ => Wanted::Calls,
            };
            let turn_number = number + 1;
            if wanted.has_calls() == calls.is_empty() {
                let what = if calls.is_empty() { "no calls, but needs some" } else { "calls, but must have none" };
                return Err(Rejection::invalid(format!("its turn {turn_number} has {what}")));
            }
            if calls.len() > rules.left {
                let (count, most) = (calls.len(), rules.left);
                let reason = format!("its turn {turn_number} has {count} calls, and at most {most} are allowed");
                return Err(Rejection::invalid(reason));
            }
            turns.push(PlannedTurn { wish, calls, wanted, state: Value::Null });
        }
        if self.situation == Situation::ParallelCalls && self.agent.limits.calls > 1 {
            match turns.iter_mut().find(|turn| turn.calls.len() > 1) {
                Some(turn) => turn.wanted = Wanted::SeveralCalls,
                None => return Err(Rejection::invalid("none of its turns has several calls")),
            }
        }
        let count: usize = turns.iter().map(|turn| turn.calls.len()).sum();
        if count < size.calls {
            let reason = format!("it has {count} calls in all, and at least {} are asked for", size.calls);
            return Err(Rejection::invalid(reason));
        }
        Ok(Blueprint { goal, turns, fewest_calls: size.calls })
    }

    /// Tries a plan, and notes the state after each turn. What is wrong with it, if something is. The tries that are left
    /// tell rehearsals apart: none begins where another left services outside.
    async fn rehearse(&self, blueprint: &mut Blueprint, tries: u32) -> Result<Option<String>> {
        let mut session = self.session.another(&format!("plan-{tries}"));
        let outcome = self.carry_out(blueprint, &mut session).await;
        session.close().await;
        outcome
    }

    async fn carry_out(&self, blueprint: &mut Blueprint, session: &mut Session<'_>) -> Result<Option<String>> {
        let mut heard = Heard::default();
        heard.add(&blueprint.goal);
        for (number, turn) in blueprint.turns.iter_mut().enumerate() {
            heard.add(&turn.wish);
            for call in &turn.calls {
                let Call { name, text, arguments } = call;
                let place = format!("In turn {}, {name}({text})", number + 1);
                let is_said = |value: &str| heard.has(value) || self.is_said(value);
                let invented = grounding::ungrounded(arguments, &is_said);
                if let Some(invented) = invented.iter().find(|found| found.is_identifier) {
                    let value = &invented.value;
                    return Ok(Some(format!("{place} names \"{value}\", which neither a wish nor a result says.")));
                }
                let observation = session.call(name, arguments).await;
                if let Some(fault) = observation.fault {
                    return Err(fault);
                }
                let message = observation.message();
                if observation.error_type.is_some() {
                    let data = quoted(&self.id("plan", number), name, &message);
                    return Ok(Some(format!("{place} failed:\n{data}")));
                }
                heard.add(&message);
                heard.add(text);
            }
            turn.state = session.state();
        }
        Ok(None)
    }
}

impl Blueprint {
    /// The plan in words, for the record.
    pub fn trace(&self) -> String {
        let mut trace = self.goal.clone();
        for (number, turn) in self.turns.iter().enumerate() {
            let calls: Vec<String> = turn.calls.iter().map(|call| format!("{}({})", call.name, call.text)).collect();
            let calls = if calls.is_empty() { "no call".to_owned() } else { search::join(&calls, "; ") };
            trace.push_str(&format!("\nTurn {}: {} [{calls}]", number + 1, turn.wish));
        }
        trace
    }
}
