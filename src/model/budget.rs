//! The budget of a run, which no request can overshoot: what it may cost at the most is reserved before it is sent, and
//! what it did cost is charged after.
//!
//! Where the rest of the budget is too small for a reservation, others that are open may still turn out cheaper than
//! reserved. So it waits for them, and the budget is used up only when none is open. A request is reserved before it
//! waits for its turn at the limiter, and nobody who holds a reservation asks for another.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::rc::Rc;

use serde_json::Value;

use super::queue::Queue;
use super::usage::{Tokens, Used};
use crate::config::{BudgetConfig, PriceConfig};

#[cfg(test)]
mod tests;

/// The budget of one run.
pub struct Budget {
    limits: [(&'static str, Option<u64>); 3],
    charged: Cell<Spent>,
    open: RefCell<Vec<(u64, Bound)>>,
    next: Cell<u64>,
    /// The worst that servers reported, as a multiple of what was thought possible: input and output.
    excess: Cell<(f64, f64)>,
    exhausted: Cell<Option<Exhausted>>,
    queue: Rc<Queue>,
}

/// The right to send one request. Dropping it means that nothing was sent.
pub struct Reservation {
    budget: Rc<Budget>,
    number: u64,
    bound: Bound,
}

/// The budget is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted {
    /// The limit that leaves no room for another request: `max_cost`, `max_tokens` or `max_requests`.
    pub what: &'static str,
}

/// The most that a request can take.
#[derive(Clone, Copy)]
struct Bound {
    tokens: Tokens,
    price: PriceConfig,
}

/// What was taken, or may be: millionths of a millionth of a dollar, tokens and requests. Whole numbers, because sums of
/// fractions drift.
#[derive(Clone, Copy, Default)]
struct Spent([u64; 3]);

impl Budget {
    /// Nothing is spent yet.
    pub fn new(config: BudgetConfig) -> Rc<Self> {
        Rc::new(Self {
            limits: [
                ("max_cost", config.max_cost.map(|dollars| (dollars * 1e12).round() as u64)),
                ("max_tokens", config.max_tokens),
                ("max_requests", config.max_requests),
            ],
            charged: Cell::default(),
            open: RefCell::default(),
            next: Cell::default(),
            excess: Cell::new((1.0, 1.0)),
            exhausted: Cell::default(),
            queue: Rc::default(),
        })
    }

    /// Reserves a request that takes `most` tokens at the most, in the order of arrival. Dropping the future gives up
    /// the place.
    ///
    /// # Errors
    /// The budget leaves no room for it, nor for any other request after it.
    pub async fn reserve(self: &Rc<Self>, most: Tokens, price: PriceConfig) -> Result<Reservation, Exhausted> {
        let bound = Bound { tokens: most, price };
        let place = self.queue.join();
        loop {
            if let Some(exhausted) = self.exhausted.get() {
                return Err(exhausted);
            }
            if place.is_first() {
                match self.lacking(bound) {
                    None => return Ok(self.open(bound)),
                    Some(what) if self.open.borrow().is_empty() => {
                        self.exhausted.set(Some(Exhausted { what }));
                        continue;
                    }
                    Some(_) => {}
                }
            }
            poll_fn(|context| place.poll_called(context)).await;
        }
    }

    /// The limit that has no room for this beside everything that is charged and open.
    fn lacking(&self, bound: Bound) -> Option<&'static str> {
        if !self.is_limited() {
            return None;
        }
        let excess = self.excess.get();
        let open = self.open.borrow().iter().fold(self.charged.get(), |sum, (_, open)| sum.and(open.spent(excess)));
        let Spent(sum) = open.and(bound.spent(excess));
        self.limits
            .iter()
            .zip(sum)
            .find(|((_, limit), sum)| limit.is_some_and(|limit| *sum > limit))
            .map(|((what, _), _)| *what)
    }

    fn open(self: &Rc<Self>, bound: Bound) -> Reservation {
        let number = self.next.replace(self.next.get() + 1);
        self.open.borrow_mut().push((number, bound));
        Reservation { budget: Rc::clone(self), number, bound }
    }

    fn charge(&self, spent: impl FnOnce(&Self) -> Spent) {
        if self.is_limited() {
            self.charged.set(self.charged.get().and(spent(self)));
        }
    }

    /// What is charged as JSON, for a later run to go on from.
    pub fn charged(&self) -> String {
        let Spent([cost, tokens, requests]) = self.charged.get();
        format!("[{cost},{tokens},{requests}]")
    }

    /// Goes on from what an earlier run was charged, or else, where it had no budget, from what it used.
    pub fn restore(&self, plain: &Value, used: &Used) {
        let tokens = used.input_tokens.saturating_add(used.output_tokens);
        let mut charged = [(used.cost.unwrap_or(0.0) * 1e12) as u64, tokens, used.requests];
        let plain = plain.as_array().into_iter().flatten();
        charged.iter_mut().zip(plain).for_each(|(sum, plain)| *sum = (*sum).max(plain.as_u64().unwrap_or(0)));
        self.charged.set(Spent(charged));
    }

    fn is_limited(&self) -> bool {
        self.limits.iter().any(|(_, limit)| limit.is_some())
    }
}

impl Reservation {
    /// The request was answered and took this. All zero means that the provider does not count.
    pub fn settle(self, real: Tokens) {
        if real == Tokens::default() {
            return self.uncertain();
        }
        let (input, output) = self.budget.excess.get();
        let most = self.bound.tokens;
        self.budget.excess.set((input.max(ratio(real.input, most.input)), output.max(ratio(real.output, most.output))));
        self.budget.charge(|_| Spent::of(real, self.bound.price));
    }

    /// The request was sent and refused, which providers do not charge for: it counts as a request.
    pub fn refused(self) {
        self.budget.charge(|_| Spent([0, 0, 1]));
    }

    /// The request was sent, but nobody knows what it took: the most that it can.
    pub fn uncertain(self) {
        self.budget.charge(|budget| self.bound.spent(budget.excess.get()));
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.open.borrow_mut().retain(|(number, _)| *number != self.number);
        self.budget.queue.call_first();
    }
}

impl Bound {
    /// The most that it takes from a server that exceeds bounds by so much.
    fn spent(&self, (input, output): (f64, f64)) -> Spent {
        let scaled = |most: u64, excess: f64| (most as f64 * excess).ceil() as u64;
        let input = scaled(self.tokens.input, input);
        let output = scaled(self.tokens.output, output);
        // Whether the provider finds anything in its cache is not known before.
        let dearest = PriceConfig {
            input: self.price.input.max(self.price.cached_input.unwrap_or_default()),
            cached_input: None,
            ..self.price
        };
        Spent::of(Tokens { input, output, ..Tokens::default() }, dearest)
    }
}

impl Spent {
    fn of(tokens: Tokens, price: PriceConfig) -> Self {
        let cost = |tokens: u64, dollars: f64| tokens.saturating_mul((dollars * 1e6).round() as u64);
        let cached = tokens.cached_input.min(tokens.input);
        let input = cost(tokens.input - cached, price.input);
        let cached = cost(cached, price.cached_input.unwrap_or(price.input));
        let dollars = input.saturating_add(cached).saturating_add(cost(tokens.output, price.output));
        Self([dollars, tokens.input.saturating_add(tokens.output), 1])
    }

    fn and(self, other: Self) -> Self {
        let (Self([cost, tokens, requests]), Self([more_cost, more_tokens, more_requests])) = (self, other);
        Self([
            cost.saturating_add(more_cost),
            tokens.saturating_add(more_tokens),
            requests.saturating_add(more_requests),
        ])
    }
}

impl fmt::Display for Exhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the budget is used up: {} leaves no room for another request", self.what)
    }
}

fn ratio(real: u64, most: u64) -> f64 {
    real as f64 / most.max(1) as f64
}
