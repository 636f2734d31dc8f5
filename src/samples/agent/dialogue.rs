//! A conversation under way: the agent proposes, the tools answer, and everything is kept for the record.

use std::cell::Cell;
use std::rc::Rc;

use serde_json::Value;

use super::grounding::Heard;
use super::history::{self, Execution, Step, Turn};
use super::proposal::{Call, Expected, Proposal, Rules};
use super::situations::{Situation, cycle_name};
use super::{Agent, Equipment};
use crate::error::{Code, Error, Result};
use crate::model::{Message, Model, Purpose, Rejection, Request};
use crate::samples::Slot;
use crate::samples::checks::Exchange;
use crate::seed;
use crate::tools::{Observation, Session, Snapshot};

/// Letters and digits, for ids.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LENGTH_OF_ID: usize = 9;

/// One conversation of one sample.
pub struct Dialogue<'a> {
    pub agent: &'a Agent,
    pub equipment: Rc<Equipment>,
    pub model: &'a Model,
    pub slot: &'a Slot,
    pub situation: Situation,
    pub session: Session<'a>,
    /// What happened so far.
    pub turns: Vec<Turn>,
    /// How many turns there will be.
    pub expected_turns: usize,
    /// Arguments that appear nowhere.
    pub ungrounded: Vec<String>,
    heard: Heard,
    /// Changes of the state so far.
    changes: usize,
    /// Whether the next call is to fail.
    fails_next: bool,
    /// Corrections that earlier requests have left over.
    spare: Cell<u32>,
    /// Requests so far.
    pub requests: Cell<u32>,
}

/// What a turn of the agent has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Calls, and an answer that rests upon their results.
    Calls,
    /// The same, and the first step makes several calls at once.
    SeveralCalls,
    /// Words alone; why.
    Words(&'static str),
}

impl Wanted {
    /// Whether tools have to be called.
    pub fn has_calls(self) -> bool {
        !matches!(self, Wanted::Words(_))
    }
}

/// A state of the conversation to come back to.
pub struct Bookmark {
    snapshot: Snapshot,
    turns: usize,
    ungrounded: usize,
    heard: Heard,
    changes: usize,
}

impl<'a> Dialogue<'a> {
    /// A conversation that has not begun.
    pub fn new(
        agent: &'a Agent,
        equipment: Rc<Equipment>,
        model: &'a Model,
        slot: &'a Slot,
        situation: Situation,
        session: Session<'a>,
    ) -> Self {
        let mut heard = Heard::default();
        slot.topic.path.iter().for_each(|topic| heard.add(topic));
        heard.add(&serde_json::to_string(&session.state()).unwrap_or_default());
        Self {
            agent,
            equipment,
            model,
            slot,
            situation,
            session,
            turns: Vec::new(),
            expected_turns: 1,
            ungrounded: Vec::new(),
            heard,
            changes: 0,
            fails_next: situation == Situation::ToolFails,
            spare: Cell::new(0),
            requests: Cell::new(0),
        }
    }

    /// Asks the model. Corrections that one request does not need are left to the later ones: giving up late costs most.
    /// No request gets more than twice its own, though: a model that cannot do it needs another request. `accept` is told whether a reply that is only probably wrong may still be asked for again.
    pub async fn ask(
        &self,
        purpose: Purpose,
        messages: Vec<Message>,
        schema: &Rc<Value>,
        accept: &mut dyn FnMut(&Value, bool) -> Result<(), Rejection>,
    ) -> Result<()> {
        let generation = &self.agent.config.generation;
        let request = Request {
            purpose,
            messages,
            schema: Rc::clone(schema),
            lenient: true,
            temperature: generation.llm.temperature,
            max_tokens: generation.max_tokens,
        };
        let (own, spare) = (generation.sample_retries, self.spare.get());
        let borrowed = spare.min(own);
        let attempts = (own + borrowed).saturating_add(1);
        let mut judged = 0;
        let mut judge = |reply: Value| {
            judged += 1;
            accept(&reply, judged <= own)
        };
        let asked = self.model.ask(&request, attempts, &mut judge).await;
        let before = self.requests.get();
        let used = match &asked {
            Ok(used) => *used,
            Err(error) => error.attempts(),
        };
        self.requests.set(before + used);
        self.spare.set((spare + own + 1).saturating_sub(used));
        asked.map(drop).map_err(|error| error.after(before + used))
    }

    /// Whether a value was said, to whoever acts now.
    pub fn is_said(&self, value: &str) -> bool {
        self.heard.has(value) || self.equipment.known.has(value)
    }

    /// Lets the agent act upon what the user says, up to its answer. A note is for this attempt alone.
    pub async fn act(&mut self, said: &str, wanted: Wanted, note: &str) -> Result<()> {
        self.heard.add(said);
        self.turns.push(Turn { said: said.to_owned(), ..Turn::default() });
        loop {
            let proposal = self.propose(wanted, note).await?;
            self.ungrounded.extend(proposal.ungrounded.iter().cloned());
            if proposal.calls.is_empty() {
                if let Some(turn) = self.turns.last_mut() {
                    turn.conclusion = proposal.thought;
                    turn.answer = proposal.answer;
                }
                return Ok(());
            }
            self.execute(proposal).await?;
        }
    }

    async fn propose(&self, wanted: Wanted, note: &str) -> Result<Proposal> {
        let Some(turn) = self.turns.last() else { return Err(unreachable()) };
        let limits = &self.agent.limits;
        let left = |turn: &Turn, steps: usize| match steps < limits.steps {
            true => limits.calls.saturating_sub(turn.steps.iter().take(steps).map(|step| step.calls.len()).sum()),
            false => 0,
        };
        let equipment = &self.equipment;
        let mut messages = history::messages(&equipment.assistant, &self.turns, &equipment.forms, &left);
        if !note.is_empty()
            && let Some(last) = messages.last_mut()
        {
            last.append(note);
        }
        let calls_left = left(turn, turn.steps.len());
        let expected = match wanted {
            Wanted::Words(why) => Expected::Words(why),
            _ if calls_left == 0 => Expected::Answer,
            _ if !turn.calls().any(|call| call.was_made) => Expected::Calls,
            _ => Expected::Either,
        };
        // What was called before the last change may have another result now.
        let made: Vec<&Execution> = turn.calls().filter(|call| call.change == self.changes).collect();
        let is_said = |value: &str| self.is_said(value);
        let rules = Rules {
            toolbox: &equipment.toolbox,
            made: &made,
            is_said: &is_said,
            expected,
            left: calls_left,
            strict: limits.strict,
            wants_several: wanted == Wanted::SeveralCalls && turn.steps.is_empty(),
            is_patient: true,
            asks_for_grounding: limits.asks_for_grounding,
        };
        let mut accepted = None;
        let mut accept = |reply: &Value, is_patient: bool| {
            let proposal = Rules { is_patient, ..rules }.read(reply)?;
            if proposal.calls.is_empty() {
                self.judge_answer(&turn.said, &proposal.answer)?;
            }
            accepted = Some(proposal);
            Ok(())
        };
        self.ask(Purpose::Step, messages, &equipment.forms.step, &mut accept).await?;
        accepted.ok_or_else(unreachable)
    }

    /// Whether an answer is good enough; the last one is what the sample is measured by.
    fn judge_answer(&self, question: &str, answer: &str) -> Result<(), Rejection> {
        let exchange = Exchange { path: &self.slot.topic.path, question, answer };
        self.agent.checks.judge_texts(exchange)?;
        match self.turns.len() == self.expected_turns {
            true => self.agent.checks.judge_answer_length(answer),
            false => Ok(()),
        }
    }

    /// Whether what the user says is good enough; what comes first is what the sample is measured by.
    pub fn judge_request(&self, said: &str) -> Result<(), Rejection> {
        let checks = &self.agent.checks;
        checks.judge_question(&self.slot.topic.path, said)?;
        if self.turns.is_empty() { checks.judge_question_length("request", said) } else { Ok(()) }
    }

    async fn execute(&mut self, proposal: Proposal) -> Result<()> {
        let mut calls: Vec<Execution> = Vec::new();
        for call in proposal.calls {
            let id = self.next_id(&calls);
            let execution = self.execute_one(id, call).await?;
            self.agent.tell(self.slot, &execution);
            calls.push(execution);
        }
        for call in &calls {
            self.heard.add(&call.result);
            if !call.failed {
                self.heard.add(&call.text);
            }
        }
        if let Some(turn) = self.turns.last_mut() {
            turn.steps.push(Step { thought: proposal.thought, calls });
        }
        Ok(())
    }

    async fn execute_one(&mut self, id: String, call: Call) -> Result<Execution> {
        let Call { name, arguments, text } = call;
        let was_made = !std::mem::take(&mut self.fails_next);
        let observation = match was_made {
            true => {
                let before = self.session.state();
                let observation = self.session.call(&name, &arguments).await;
                self.changes += usize::from(self.session.state() != before);
                observation
            }
            false => timed_out(),
        };
        if let Some(fault) = observation.fault {
            let attempts = self.requests.get() + fault.attempts();
            return Err(fault.after(attempts));
        }
        let failed = observation.is_error();
        let result = said(observation.message());
        Ok(Execution { id, name, arguments, text, result, failed, was_made, change: self.changes })
    }

    /// The id of the next call: the seed decides, and no two in a conversation are the same.
    fn next_id(&self, pending: &[Execution]) -> String {
        let known: Vec<&Execution> = self.turns.iter().flat_map(Turn::calls).chain(pending).collect();
        let mut number = known.len();
        loop {
            let id = self.id("call", number);
            if known.iter().all(|call| call.id != id) {
                return id;
            }
            number += 1;
        }
    }

    /// A name of 9 letters and digits that this sample alone has for this.
    pub fn id(&self, purpose: &str, number: usize) -> String {
        let Slot { topic, .. } = self.slot;
        let (cycle, number) = (cycle_name(self.slot), format!("{number}"));
        let mut names = vec![purpose, topic.id.as_str(), cycle.as_str(), number.as_str()];
        names.extend(topic.path.iter().map(String::as_str));
        let mut rest = seed::number(self.agent.config.seed, &names);
        let mut id = String::with_capacity(LENGTH_OF_ID);
        while id.len() < LENGTH_OF_ID {
            let digit = usize::try_from(rest % DIGITS.len() as u64).unwrap_or_default();
            id.push(char::from(DIGITS.get(digit).copied().unwrap_or(b'0')));
            rest /= DIGITS.len() as u64;
        }
        id
    }

    /// The conversation as it is now.
    pub fn bookmark(&self) -> Bookmark {
        Bookmark {
            snapshot: self.session.snapshot(),
            turns: self.turns.len(),
            ungrounded: self.ungrounded.len(),
            heard: self.heard.clone(),
            changes: self.changes,
        }
    }

    /// Goes back: what happened since then never did.
    pub async fn go_back(&mut self, to: &Bookmark) {
        self.session.restore(&to.snapshot).await;
        self.turns.truncate(to.turns);
        self.ungrounded.truncate(to.ungrounded);
        self.heard = to.heard.clone();
        self.changes = to.changes;
        self.fails_next = self.situation == Situation::ToolFails && self.turns.iter().all(|turn| turn.steps.is_empty());
    }
}

/// A result that says something: DeepFabric's records have none without a character.
pub fn said(result: String) -> String {
    if result.is_empty() { "(empty)".to_owned() } else { result }
}

/// What a call comes to that fails for a reason that passes.
pub fn timed_out() -> Observation {
    Observation { text: "Tool execution timed out".to_owned(), error_type: Some("Timeout".to_owned()), fault: None }
}

fn unreachable() -> Error {
    Error::new(Code::Internal, "a step was asked for without a request")
}
