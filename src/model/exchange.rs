//! One answered request: within the budget, when the lane has room, repeated as long as it fails in transit and a
//! repetition is allowed.

use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use super::ask::AT_ONCE;
use super::budget::{Budget, Exhausted};
use super::call::{Call, Finish, Purpose, Reply};
use super::failure::{Failure, StatusFailure};
use super::lane::Lane;
use super::limiter::Estimate;
use super::retry_budget::RetryBudget;
use super::usage::{Tokens, Usage, UsageMeter};
use super::{Cause, Rejection, retry};
use crate::config::{PriceConfig, RateLimitConfig};
use crate::error::{Code, Error};
use crate::host::{Host, Stop};

/// Hears what happens between a request and its accepted reply.
pub trait Observer {
    /// A request failed in transit, or a reply was not accepted, and it is asked for again after `delay`.
    fn retrying(&self, error: &Error, attempt: u32, delay: Duration);

    /// A request was answered.
    fn answered(&self, total: &Usage);

    /// A request is over, this long after it was sent: with an answer, or without one.
    fn took(&self, _purpose: Purpose, _latency: Duration, _is_answered: bool) {}

    /// A reply was not accepted.
    fn rejected(&self, _purpose: Purpose, _cause: Cause) {}
}

/// What all requests of a run have in common, whichever model they go to.
#[derive(Clone)]
pub struct Ledger {
    /// What was used.
    pub meter: Rc<UsageMeter>,
    /// What may be used.
    pub budget: Rc<Budget>,
    /// How often the run may repeat requests that failed.
    pub retries: Rc<RetryBudget>,
    /// Who hears of it.
    pub observer: Rc<dyn Observer>,
    /// Set when the run is over but for the requests that are under way: whatever waits to send another is given up.
    pub closed: Rc<Stop>,
}

impl Ledger {
    /// What was used so far as JSON, for a later run to go on from.
    pub fn used(&self) -> String {
        let stages = serde_json::to_string(&self.meter.total().stages).unwrap_or_default();
        format!(r#"{{"stages":{stages},"charged":{}}}"#, self.budget.charged())
    }

    /// Goes on from what an earlier run has used.
    pub fn restore(&self, used: &Value) {
        let part = |name: &str| used.get(name).unwrap_or(&Value::Null);
        self.meter.restore(part("stages"));
        self.budget.restore(part("charged"), &self.meter.total().total);
    }
}

/// What one section of the configuration says about its requests.
#[derive(Clone)]
pub struct Terms {
    /// When and how often a failed request is sent again.
    pub rate_limit: RateLimitConfig,
    /// What tokens cost.
    pub price: Option<PriceConfig>,
    /// Whether replies are wanted piece by piece.
    pub stream: bool,
}

/// Sends requests of one section down its lane.
pub struct Exchange {
    lane: Rc<Lane>,
    host: Rc<dyn Host>,
    terms: Terms,
    ledger: Ledger,
}

/// Why a request has no answer.
pub struct Unanswered {
    /// The failure as the caller meets it.
    pub error: Error,
    /// The server's refusal, where there was one.
    pub refused: Option<StatusFailure>,
}

impl From<Error> for Unanswered {
    fn from(error: Error) -> Self {
        Self { error, refused: None }
    }
}

impl Exchange {
    /// Gets ready to send.
    pub fn new(lane: Rc<Lane>, host: Rc<dyn Host>, terms: Terms, ledger: Ledger) -> Self {
        Self { lane, host, terms, ledger }
    }

    /// The lane that requests go down.
    pub fn lane(&self) -> &Lane {
        &self.lane
    }

    /// Whether replies are wanted piece by piece.
    pub fn streams(&self) -> bool {
        self.terms.stream
    }

    /// Tells that a request is made again at once.
    pub fn retrying(&self, error: &Error, attempt: u32, purpose: Purpose) {
        self.ledger.observer.retrying(error, attempt, AT_ONCE);
        self.ledger.meter.count_retry(purpose);
    }

    /// Tells that a reply was not accepted.
    pub fn rejected(&self, cause: Cause, purpose: Purpose) {
        self.ledger.observer.rejected(purpose, cause);
    }

    /// The error of a reply that cannot be used.
    pub fn unusable(&self, rejection: &Rejection) -> Error {
        Error::new(rejection.code, format_args!("the model's reply was not usable: {}", rejection.reason))
            .from_provider(self.lane.provider.name(), None, None)
    }

    /// Sends a request until it is answered.
    ///
    /// # Errors
    /// Code `aborted` once the ledger is closed; the last failure, when no repetition is allowed or likely to help; code `budget` when the budget does not cover
    /// another request.
    pub async fn complete(&self, call: &Call<'_>) -> Result<Reply, Unanswered> {
        let Ledger { meter, budget, retries, observer, closed } = &self.ledger;
        let bytes = call.schema.text.len() + call.messages.iter().map(|message| message.content.len()).sum::<usize>();
        let Tokens { input, .. } = estimated(bytes, 0);
        let estimate = Estimate { input, output: call.max_tokens.into() };
        let mut failed = 0;
        let mut last_retry = None;
        let mut delay = None;
        loop {
            let upper = Tokens { input: most_tokens(bytes), output: call.max_tokens.into(), ..Tokens::default() };
            let turn = async {
                if let Some(delay) = delay {
                    self.host.sleep(delay).await;
                }
                let reservation = budget.reserve(upper, self.terms.price.unwrap_or_default()).await?;
                Ok::<_, Error>((reservation, self.lane.limiter.permit(estimate).await))
            };
            let (reservation, permit) = closed.race(turn).await??;
            meter.count_request(call.purpose);
            let begun = self.host.now();
            let outcome = self.lane.provider.complete(call).await;
            observer.took(call.purpose, self.host.now().saturating_sub(begun), outcome.is_ok());
            let failure = match outcome {
                Ok(reply) => {
                    self.lane.was_reached.set(true);
                    let tokens = reply.tokens.unwrap_or_else(|| estimated(bytes, reply.text.len()));
                    permit.answered(&tokens, reply.allowance.as_ref().filter(|_| self.terms.rate_limit.check_headers));
                    match reply.tokens {
                        Some(tokens) => reservation.settle(tokens),
                        None => reservation.uncertain(),
                    }
                    retries.succeeded(last_retry);
                    // A reply that was cut off is paid for, although its provider did not come to say how much. One that
                    // does not count at all is taken at its word.
                    let counted = if matches!(reply.finish, Finish::CutOff(_)) {
                        tokens
                    } else {
                        reply.tokens.unwrap_or_default()
                    };
                    meter.add(call.purpose, &counted, self.terms.price.as_ref());
                    observer.answered(&meter.total());
                    return Ok(reply);
                }
                Err(failure) => failure.as_configured(&self.terms.rate_limit),
            };
            if matches!(failure, Failure::Status(_) | Failure::BrokenOff { .. }) {
                self.lane.was_reached.set(true);
            }
            match failure.is_free() {
                true => reservation.refused(),
                false => {
                    // Paid for, although the provider did not come to say how much.
                    reservation.uncertain();
                    let received = if let Failure::BrokenOff { received, .. } = failure { received } else { 0 };
                    meter.add(call.purpose, &estimated(bytes, received), self.terms.price.as_ref());
                }
            }
            match &failure {
                _ if failure.is_throttling() => {
                    permit.throttled(failure.retry_after().filter(|_| self.terms.rate_limit.respect_retry_after));
                }
                _ if failure.is_passing() => permit.failed(),
                _ => permit.answered(&Tokens::default(), None),
            }
            failed += 1;
            let situation =
                retry::Situation { failed, was_reached: self.lane.was_reached.get(), chance: self.host.random() };
            delay = retry::delay(&self.terms.rate_limit, &failure, situation);
            let cost = retry::cost(&failure);
            let refused = if let Failure::Status(status) = &failure { Some(status.clone()) } else { None };
            let error = failure.into_error(self.lane.provider.name()).after(failed);
            let Some(delay) = delay else { return Err(Unanswered { error, refused }) };
            if !retries.take(cost) {
                let error = error.context("too many requests of this run failed, so it stops here").for_run();
                return Err(Unanswered { error, refused: None });
            }
            last_retry = Some(cost);
            observer.retrying(&error, failed, delay);
            meter.count_retry(call.purpose);
        }
    }
}

/// The most tokens that so many bytes can be: none is shorter than a byte, and what a provider puts around messages is
/// short.
fn most_tokens(bytes: usize) -> u64 {
    bytes as u64 + 64
}

/// A guess where a provider does not count: four bytes a token.
fn estimated(sent: usize, received: usize) -> Tokens {
    Tokens { input: sent.div_ceil(4) as u64, output: received.div_ceil(4) as u64, ..Tokens::default() }
}

impl From<Exhausted> for Error {
    fn from(exhausted: Exhausted) -> Self {
        Error::new(Code::Budget, exhausted).for_run()
    }
}
