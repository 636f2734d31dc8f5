//! What the provider says is left, and how the rest is made to last.

use std::time::Duration;

use crate::model::wait::Left;

/// What there is to know when an answer comes.
pub struct News {
    /// When.
    pub now: Duration,
    /// What is under way, the answered request included.
    pub under_way: u64,
    /// The number of the next request.
    pub next: u64,
    /// The share of the whole below which the rest is spread.
    pub threshold: f64,
}

/// What is left of one limit by now, and how it is spread over the time until there is more.
///
/// An answer says what was left when the provider wrote it. Which of the requests under way were counted by then, nobody
/// knows: all are taken for uncounted until they end. And answers overtake each other: of those that were under way
/// together, the one that promises least is believed.
#[derive(Debug, Default)]
pub struct Rest {
    /// Nothing is known beyond this time.
    until: Duration,
    /// What is left for sure: told, less what is under way or was sent since.
    left: i64,
    /// Requests before this number were sent before the answer came.
    told_before: u64,
    /// Seconds that one unit has to last; 0 while there is plenty.
    seconds_each: f64,
    last_sent: Duration,
    last_cost: u64,
}

impl Rest {
    /// Hears what the answer to the request of this number says.
    pub fn learn(&mut self, told: &Left, number: u64, news: &News) {
        let &News { now, under_way, next, threshold } = news;
        let left = signed(told.remaining).saturating_sub(signed(under_way));
        if number < self.told_before && now < self.until && left > self.left {
            return;
        }
        self.until = now.saturating_add(told.reset);
        self.left = left;
        self.told_before = next;
        let is_scarce = told.limit.is_some_and(|limit| (told.remaining as f64) < limit as f64 * threshold);
        self.seconds_each = if is_scarce { told.reset.as_secs_f64() / told.remaining.max(1) as f64 } else { 0.0 };
    }

    /// The earliest time for this cost, as far as is known.
    pub fn ready(&self, now: Duration, cost: u64) -> Duration {
        if now >= self.until {
            return now;
        }
        // What costs more than there ever is goes when there is most.
        if self.left < signed(cost) {
            return self.until;
        }
        let spread = super::seconds(self.seconds_each * self.last_cost as f64);
        self.last_sent.saturating_add(spread).min(self.until)
    }

    /// Counts what is sent now.
    pub fn sent(&mut self, now: Duration, cost: u64) {
        self.left = self.left.saturating_sub(signed(cost));
        (self.last_sent, self.last_cost) = (now, cost);
    }

    /// A request has ended: if the answer was about it, it is no longer in doubt.
    pub fn ended(&mut self, number: u64, cost: u64) {
        if number < self.told_before {
            self.left = self.left.saturating_add(signed(cost));
        }
    }
}

fn signed(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}
