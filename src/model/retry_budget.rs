//! How many retries a whole run can afford: a bucket of tokens, as in the standard retry mode of AWS's SDKs.
//!
//! A retry takes tokens and success brings them back. While a provider works, single faults never exhaust the bucket;
//! when it is down, the run stops asking after a few dozen retries, however many samples are still wanted.

use std::cell::Cell;

/// Tokens at the start, and at most.
const CAPACITY: u32 = 500;
/// What comes back when a request succeeds that was not repeated.
const GAIN: u32 = 1;

/// What a retry costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// After a failure.
    Failure,
    /// After being asked for fewer requests: the server is well.
    Throttling,
}

impl Cost {
    fn tokens(self) -> u32 {
        match self {
            Cost::Failure => 10,
            Cost::Throttling => 5,
        }
    }
}

/// The tokens of one run.
#[derive(Debug)]
pub struct RetryBudget(Cell<u32>);

impl RetryBudget {
    /// A full bucket.
    pub fn new() -> Self {
        Self(Cell::new(CAPACITY))
    }

    /// Pays for a retry; `false` if there is not enough, and then nothing is taken.
    pub fn take(&self, cost: Cost) -> bool {
        let left = self.0.get().checked_sub(cost.tokens());
        self.0.set(left.unwrap_or(self.0.get()));
        left.is_some()
    }

    /// Notes that a request was answered, with what its last retry cost if it was repeated.
    pub fn succeeded(&self, last_retry: Option<Cost>) {
        let gain = last_retry.map_or(GAIN, Cost::tokens);
        self.0.set((self.0.get() + gain).min(CAPACITY));
    }

    /// The tokens that are left.
    pub fn left(&self) -> u32 {
        self.0.get()
    }
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_given_up_after_fifty_retries() {
        let budget = RetryBudget::new();
        assert_eq!((0..1000).filter(|_| budget.take(Cost::Failure)).count(), 50);
        assert_eq!(budget.left(), 0);
        let budget = RetryBudget::new();
        assert_eq!((0..1000).filter(|_| budget.take(Cost::Throttling)).count(), 100);
    }

    #[test]
    fn a_refused_retry_takes_nothing() {
        let budget = RetryBudget::new();
        (0..49).for_each(|_| assert!(budget.take(Cost::Failure)));
        assert!(budget.take(Cost::Throttling));
        assert!(!budget.take(Cost::Failure));
        assert_eq!(budget.left(), 5);
        assert!(budget.take(Cost::Throttling));
    }

    #[test]
    fn success_brings_back_what_its_retry_cost_and_never_more_than_the_whole() {
        let budget = RetryBudget::new();
        budget.succeeded(None);
        assert_eq!(budget.left(), 500);
        budget.take(Cost::Failure);
        budget.take(Cost::Failure);
        budget.succeeded(None);
        assert_eq!(budget.left(), 481);
        budget.succeeded(Some(Cost::Failure));
        assert_eq!(budget.left(), 491);
        budget.succeeded(Some(Cost::Throttling));
        budget.succeeded(Some(Cost::Failure));
        assert_eq!(budget.left(), 500);
    }
}
