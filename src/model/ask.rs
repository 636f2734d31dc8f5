//! From a request to an accepted reply: in the strictest mode that works, checked against the whole schema, corrected
//! where that helps.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use super::call::{Call, Finish, Mode, Reply, Request};
use super::exchange::{Exchange, Unanswered};
use super::layout::{Correction, Layout};
use super::{Cause, Rejection, decode};
use crate::error::{Code, Result};
use crate::host::Host;
use crate::schema::{self, Violation};
use crate::search;

/// Violations that a correction names: more than these few are the sign of a reply of another kind.
const NAMED_VIOLATIONS: usize = 3;

/// A model that is ready to be asked: a lane with the settings of one section.
pub struct Model {
    exchange: Exchange,
    host: Rc<dyn Host>,
    /// One for each schema and mode that is in use: agents ask with several schemas in turn.
    layouts: RefCell<Vec<Rc<Layout>>>,
}

/// More layouts than one run has schemas.
const MOST_LAYOUTS: usize = 16;

impl Model {
    /// Puts a lane to use.
    pub fn new(exchange: Exchange, host: Rc<dyn Host>) -> Self {
        Self { exchange, host, layouts: RefCell::default() }
    }

    /// Asks until `accept` takes a reply, at most `attempts` times, and says how many it took. A reply that is cut off,
    /// is not JSON, breaks the schema or is not accepted is asked for again with the reason named. What costs no
    /// attempt: a request that fails in transit and is repeated as `rate_limit` says, and one whose form the server
    /// does not take.
    ///
    /// # Errors
    /// The provider's failure once retries are used up; `refusal` at once when the model or a filter declines;
    /// `budget` when the run's budget does not cover another request; `truncated`, `invalid_output` or the rejection's
    /// own code, with the last reply, when attempts are used up.
    pub async fn ask(
        &self,
        request: &Request,
        attempts: u32,
        accept: &mut dyn FnMut(Value) -> Result<(), Rejection>,
    ) -> Result<u32> {
        let lane = self.exchange.lane();
        let mut attempt = 1;
        let mut correction: Option<Correction> = None;
        loop {
            let mode = lane.fitting.mode(|mode| self.fits(request, mode));
            let layout = self.layout(request, mode);
            let messages = layout.messages(request, correction.as_ref());
            let call = Call {
                purpose: request.purpose,
                messages: &messages,
                mode,
                schema: &layout.wire,
                temperature: lane.fitting.takes_temperature().then_some(request.temperature),
                max_tokens: request.max_tokens,
                stream: self.exchange.streams(),
            };
            let reply = match self.exchange.complete(&call).await {
                Ok(reply) => reply,
                Err(Unanswered { error, refused: Some(refused) })
                    if lane.fitting.refused(mode, call.temperature.is_some(), &refused) =>
                {
                    self.exchange.retrying(&error, attempt, call.purpose);
                    continue;
                }
                Err(Unanswered { error, .. }) => return Err(error),
            };
            let Judgement { verdict, kept_promise } = self.judge(&reply, request, &layout, accept);
            if kept_promise {
                lane.fitting.worked(mode);
            }
            let Err(rejection) = verdict else { return Ok(attempt) };
            self.exchange.rejected(rejection.cause, request.purpose);
            let another_mode = !kept_promise && lane.fitting.ignored(mode);
            let is_final = matches!(reply.finish, Finish::Refusal | Finish::Filtered);
            let error = self.exchange.unusable(&rejection).with_raw(reply.text.clone()).after(attempt);
            if is_final || (attempt >= attempts && !another_mode) {
                return Err(error);
            }
            self.exchange.retrying(&error, attempt, request.purpose);
            let was_cut_off = !matches!(reply.finish, Finish::Stop);
            correction = Some(Correction::new(&reply.text, was_cut_off, &rejection.reason));
            if !another_mode {
                attempt += 1;
            }
        }
    }

    /// Whether the model can be held to a schema as strictly as its provider holds models to any.
    pub fn can_hold_to(&self, schema: &Value) -> bool {
        let lane = self.exchange.lane();
        let mode = lane.fitting.mode(|_| true);
        Layout::is_possible(schema, mode, lane.provider.dialect())
    }

    fn fits(&self, request: &Request, mode: Mode) -> bool {
        let known = self.layouts.borrow().iter().any(|layout| layout.is_of(request, mode));
        known || Layout::is_possible(&request.schema, mode, self.exchange.lane().provider.dialect())
    }

    /// The layout of a request: made once for a schema and mode.
    fn layout(&self, request: &Request, mode: Mode) -> Rc<Layout> {
        if let Some(layout) = self.layouts.borrow().iter().find(|layout| layout.is_of(request, mode)) {
            return Rc::clone(layout);
        }
        let layout = Rc::new(Layout::new(request, mode, self.exchange.lane().provider.dialect()));
        let mut layouts = self.layouts.borrow_mut();
        if layouts.len() == MOST_LAYOUTS {
            layouts.remove(0);
        }
        layouts.push(Rc::clone(&layout));
        layout
    }

    fn judge(
        &self,
        reply: &Reply,
        request: &Request,
        layout: &Layout,
        accept: &mut dyn FnMut(Value) -> Result<(), Rejection>,
    ) -> Judgement {
        if let Err(rejection) = finished(reply, request.max_tokens) {
            let kept_promise = !matches!(reply.finish, Finish::CutOff(_));
            return Judgement { verdict: Err(rejection), kept_promise };
        }
        let value = match value_in(&reply.text) {
            Ok(value) => value,
            Err(reason) => {
                let rejection = Rejection::invalid(reason).because(Cause::NotJson);
                return Judgement { verdict: Err(rejection), kept_promise: layout.mode == Mode::Text };
            }
        };
        let mut violations = schema::violations(&request.schema, &value, &*self.host);
        if violations.is_empty() {
            return Judgement { verdict: accept(value), kept_promise: true };
        }
        // Perhaps only because the schema on the wire asks for more than the schema.
        let mut restored = value.clone();
        schema::restore(&request.schema, &mut restored);
        if restored != value {
            violations = schema::violations(&request.schema, &restored, &*self.host);
            if violations.is_empty() {
                return Judgement { verdict: accept(restored), kept_promise: true };
            }
        }
        let broken: Vec<String> = violations.iter().take(NAMED_VIOLATIONS).map(sentence).collect();
        let promises_schema = matches!(layout.mode, Mode::Schema | Mode::Tool);
        let kept_promise = !promises_schema || schema::violations(&layout.wire.value, &value, &*self.host).is_empty();
        let verdict = match request.lenient {
            true => accept(restored),
            false => Err(Rejection::invalid(search::join(&broken, "; "))),
        };
        Judgement { kept_promise: kept_promise || verdict.is_ok(), verdict }
    }
}

struct Judgement {
    verdict: Result<(), Rejection>,
    /// Whether the reply is as the mode promises, usable or not.
    kept_promise: bool,
}

fn sentence(Violation { path, message, .. }: &Violation) -> String {
    let place = if path == "$" { "it" } else { path };
    format!("{place} {message}")
}

/// The JSON in a text, whatever is around it: what it is worth is decided by the schema.
fn value_in(text: &str) -> Result<Value, String> {
    decode::json(text).or_else(|reason| decode::json_in_prose(text).map_err(|_| reason))
}

/// Refuses replies that say of themselves that they are incomplete or none. They are never repaired into data.
fn finished(reply: &Reply, max_tokens: u32) -> Result<(), Rejection> {
    match &reply.finish {
        Finish::Stop => Ok(()),
        Finish::Refusal => Err(Rejection::refusal("the model declined to answer")),
        Finish::Filtered => Err(Rejection::refusal("the provider's content filter withheld the answer")),
        Finish::Length => Err(Rejection {
            code: Code::Truncated,
            cause: Cause::Truncated,
            reason: format!("it was cut off at the limit of {max_tokens} tokens (max_tokens)"),
        }),
        Finish::CutOff(reason) => Err(Rejection::invalid(reason.as_str())),
    }
}

/// A repetition that waits for nothing.
pub(super) const AT_ONCE: Duration = Duration::ZERO;
