//! How many requests go to one model at once, and when: one limiter per provider, address and model, shared by everything
//! in a run that asks there.
//!
//! A request waits for its turn, in the order of arrival, until all of these allow it: the pauses that the provider asks
//! for, the configured limits per minute, what the provider says is left, the window of requests under way, and the
//! connections that the runtime has. Only the first in the queue keeps a timer.

mod connections;
mod pace;
mod rest;
#[cfg(test)]
mod tests;
mod window;

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

pub use connections::Connections;

use super::queue::{Place, Queue};
use super::usage::Tokens;
use super::wait::Allowance;
use crate::host::Host;
use connections::Connection;
use pace::Pace;
use rest::{News, Rest};
use window::Window;

/// The share of an allowance below which the rest is spread over the time until there is more.
const PREEMPTIVE_THRESHOLD: f64 = 0.1;
/// More tokens than any request takes, whatever a server claims.
const MOST_TOKENS: u64 = u32::MAX as u64;
/// The time after a pause over which requests come back, rather than all in one instant: if the pause was too short, the
/// first of them tells.
const RE_ENTRY: Duration = Duration::from_secs(2);
/// How much a new reply counts in the mean of past replies.
const WEIGHT_OF_NEWS: f64 = 0.1;

/// What is configured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// Ceiling of requests a minute.
    pub requests_per_minute: Option<u32>,
    /// Ceiling of tokens a minute, both ways together.
    pub tokens_per_minute: Option<u32>,
    /// Ceiling of tokens sent a minute.
    pub input_tokens_per_minute: Option<u32>,
    /// Ceiling of tokens received a minute.
    pub output_tokens_per_minute: Option<u32>,
    /// Whether to begin with few requests at once.
    pub gradual_rampup: bool,
    /// The share of what the provider allows below which requests are spread out; a tenth by default.
    pub preemptive_threshold: Option<f64>,
    /// Ceiling of requests at once.
    pub most_at_once: Option<usize>,
}

/// The tokens that a request is expected to take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Tokens sent.
    pub input: u64,
    /// Tokens received. Only the first requests go by it; later ones by the mean of past replies.
    pub output: u64,
}

/// Lets requests go when they may.
pub struct Limiter {
    host: Rc<dyn Host>,
    connections: Rc<Connections>,
    queue: Rc<Queue>,
    state: RefCell<State>,
}

/// The right to send one request, at once. It counts as under way until this is dropped; dropping it without a word says
/// nothing of how the request ended. In the limits per minute it stays counted: the provider may have seen it.
pub struct Permit {
    limiter: Rc<Limiter>,
    number: u64,
    expected: Estimate,
    _connection: Connection,
}

struct State {
    window: Window,
    paces: Vec<(Unit, Pace)>,
    paused_until: Duration,
    last_sent: Duration,
    requests_left: Rest,
    tokens_left: Rest,
    tokens_under_way: u64,
    preemptive_threshold: f64,
    mean_output: Option<f64>,
    /// The number of the next request.
    next: u64,
}

/// What a limit per minute counts.
#[derive(Clone, Copy)]
enum Unit {
    Requests,
    Tokens,
    Input,
    Output,
}

enum Turn {
    Now,
    NotBefore(Duration),
    AfterAnother,
}

impl Limiter {
    /// Nothing is under way yet.
    pub fn new(limits: &Limits, host: Rc<dyn Host>, connections: Rc<Connections>) -> Rc<Self> {
        let paces = [
            (Unit::Requests, limits.requests_per_minute),
            (Unit::Tokens, limits.tokens_per_minute),
            (Unit::Input, limits.input_tokens_per_minute),
            (Unit::Output, limits.output_tokens_per_minute),
        ];
        let state = State {
            window: Window::new(limits.gradual_rampup, limits.most_at_once),
            paces: paces.into_iter().filter_map(|(unit, limit)| Some((unit, Pace::new(limit?)))).collect(),
            paused_until: Duration::ZERO,
            last_sent: Duration::ZERO,
            requests_left: Rest::default(),
            tokens_left: Rest::default(),
            tokens_under_way: 0,
            preemptive_threshold: limits.preemptive_threshold.unwrap_or(PREEMPTIVE_THRESHOLD),
            mean_output: None,
            next: 0,
        };
        Rc::new(Self { host, connections, queue: Rc::default(), state: RefCell::new(state) })
    }

    /// Waits for its turn. Dropping the future gives up the place.
    pub async fn permit(self: &Rc<Self>, estimate: Estimate) -> Permit {
        let place = self.queue.join();
        let mut place_for_connection = None;
        loop {
            let now = self.host.now();
            let turn = if place.is_first() { self.state.borrow_mut().turn(now, estimate) } else { Turn::AfterAnother };
            if !matches!(turn, Turn::Now) {
                place_for_connection = None;
            }
            let mut timer = None;
            match turn {
                Turn::Now => {
                    let place = place_for_connection.get_or_insert_with(|| self.connections.join());
                    if let Some(connection) = self.connections.take(place) {
                        return self.send(now, estimate, connection);
                    }
                }
                Turn::NotBefore(time) => timer = Some(self.host.sleep(time.saturating_sub(now))),
                Turn::AfterAnother => {}
            }
            poll_fn(|context| {
                let places = [Some(&place), place_for_connection.as_ref()].into_iter().flatten();
                // Every one is polled, so that each knows whom to wake.
                let called = places.filter(|place: &&Place| place.poll_called(context).is_ready()).count() > 0;
                let elapsed = timer.as_mut().is_some_and(|timer| timer.as_mut().poll(context).is_ready());
                if called || elapsed { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    }

    /// How long the provider still wants no request, if it does.
    #[cfg(test)]
    pub fn pause(&self) -> Option<Duration> {
        let left = self.state.borrow().paused_until.saturating_sub(self.host.now());
        (!left.is_zero()).then_some(left)
    }

    fn send(self: &Rc<Self>, now: Duration, estimate: Estimate, connection: Connection) -> Permit {
        // The one who is sent is still in the queue.
        let waiting = self.queue.len().saturating_sub(1);
        let (number, expected) = self.state.borrow_mut().send(now, estimate, waiting);
        Permit { limiter: Rc::clone(self), number, expected, _connection: connection }
    }
}

impl Permit {
    /// The request was answered. `tokens` is all zero where the provider does not count them.
    pub fn answered(self, tokens: &Tokens, allowance: Option<&Allowance>) {
        let now = self.limiter.host.now();
        self.limiter.state.borrow_mut().answered(now, &self, tokens, allowance);
    }

    /// The provider was asked too much, and perhaps says when it may be asked again: nobody asks it before that.
    pub fn throttled(self, wait: Option<Duration>) {
        let until = self.limiter.host.now().saturating_add(wait.unwrap_or_default());
        let state = &mut *self.limiter.state.borrow_mut();
        state.window.throttled(self.number, state.next);
        state.paused_until = state.paused_until.max(until);
    }

    /// There was no answer, or a fault of the server's.
    pub fn failed(self) {
        self.limiter.state.borrow_mut().window.failed();
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.limiter.state.borrow_mut().ended(self.number, self.expected);
        self.limiter.queue.call_first();
    }
}

impl State {
    /// Whether a request may go, or what it has to wait for.
    fn turn(&mut self, now: Duration, estimate: Estimate) -> Turn {
        if !self.window.has_room() {
            return Turn::AfterAnother;
        }
        let expected = self.expect(estimate);
        let left = self.requests_left.ready(now, 1).max(self.tokens_left.ready(now, expected.total()));
        let mut ready = self.paused_until.max(left);
        let re_entered = self.paused_until.saturating_add(RE_ENTRY);
        if now < re_entered && !self.paused_until.is_zero() {
            ready = ready.max(self.last_sent.saturating_add(self.window.share_of(RE_ENTRY)).min(re_entered));
        }
        for (unit, pace) in &mut self.paces {
            ready = ready.max(pace.ready(now, expected.of(*unit)));
        }
        if ready > now { Turn::NotBefore(ready) } else { Turn::Now }
    }

    fn send(&mut self, now: Duration, estimate: Estimate, waiting: usize) -> (u64, Estimate) {
        let expected = self.expect(estimate);
        self.window.sent(waiting);
        for (unit, pace) in &mut self.paces {
            pace.take(now, expected.of(*unit));
        }
        self.last_sent = now;
        self.requests_left.sent(now, 1);
        self.tokens_left.sent(now, expected.total());
        self.tokens_under_way = self.tokens_under_way.saturating_add(expected.total());
        let number = self.next;
        self.next += 1;
        (number, expected)
    }

    fn answered(&mut self, now: Duration, permit: &Permit, tokens: &Tokens, allowance: Option<&Allowance>) {
        self.window.succeeded();
        if *tokens != Tokens::default() {
            let real = Estimate { input: tokens.input.min(MOST_TOKENS), output: tokens.output.min(MOST_TOKENS) };
            for (unit, pace) in &mut self.paces {
                pace.correct(now, permit.number, permit.expected.of(*unit), real.of(*unit));
            }
            let mean = self.mean_output.unwrap_or(real.output as f64);
            self.mean_output = Some(mean + (real.output as f64 - mean) * WEIGHT_OF_NEWS);
        }
        let Some(Allowance { requests, tokens }) = allowance else { return };
        let news = |under_way| News { now, under_way, next: self.next, threshold: self.preemptive_threshold };
        if let Some(told) = requests {
            self.requests_left.learn(told, permit.number, &news(self.window.under_way().into()));
        }
        if let Some(told) = tokens {
            self.tokens_left.learn(told, permit.number, &news(self.tokens_under_way));
        }
    }

    fn ended(&mut self, number: u64, expected: Estimate) {
        self.window.ended();
        self.tokens_under_way = self.tokens_under_way.saturating_sub(expected.total());
        self.requests_left.ended(number, 1);
        self.tokens_left.ended(number, expected.total());
    }

    fn expect(&self, estimate: Estimate) -> Estimate {
        let output = self.mean_output.map_or(estimate.output, |mean| mean as u64);
        Estimate { input: estimate.input.min(MOST_TOKENS), output: output.min(MOST_TOKENS) }
    }
}

impl Estimate {
    fn of(self, unit: Unit) -> u64 {
        match unit {
            Unit::Requests => 1,
            Unit::Tokens => self.total(),
            Unit::Input => self.input,
            Unit::Output => self.output,
        }
    }

    fn total(self) -> u64 {
        self.input.saturating_add(self.output)
    }
}

/// So many seconds; a year at most, whatever a server says.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.clamp(0.0, 31_536_000.0)).unwrap_or_default()
}
