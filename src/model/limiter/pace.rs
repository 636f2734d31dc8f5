//! One limit per minute: evenly paced, and never more in any minute than the limit allows.
//!
//! Providers count in different ways: over the last 60 seconds, by the minute of the clock, or second by second. An even
//! pace a little below the limit satisfies them all. Pace alone is exact only where every request costs the same, so
//! what was sent in the last minute is remembered as well.

use std::collections::VecDeque;
use std::time::Duration;

/// The share of the limit that is used.
const SHARE: f64 = 0.98;
/// A minute, and a margin for requests that take longer on their way than those before them.
const MINUTE: Duration = Duration::from_millis(60_600);
/// How late timers may be, in intervals, before their lateness costs throughput. More would be sent at once after a
/// stall than providers that count by the second let pass.
const LATE_INTERVALS: u32 = 3;
/// Bounds of the same: the least, for rates at which every timer is late by some intervals; and the most, which
/// together with the margin of the minute stays below the 1.2 seconds that the share spares in a minute.
const LEAST_LATE: Duration = Duration::from_millis(100);
const MOST_LATE: Duration = Duration::from_millis(600);
/// The longest that one request, or what a server claims that it used, holds up the next.
const MOST_HELD_UP: Duration = Duration::from_secs(600);

/// One limit.
pub struct Pace {
    limit: u64,
    /// When the next is due; unknown before the first.
    next: Option<Duration>,
    /// What was sent in the last minute: when, and what it cost.
    sent: VecDeque<(Duration, u64)>,
    /// The number of the first of `sent`.
    first: u64,
    /// The sum of `sent`.
    counted: u64,
}

impl Pace {
    /// A limit of so many units a minute.
    pub fn new(limit: u32) -> Self {
        Self { limit: u64::from(limit.max(1)), next: None, sent: VecDeque::new(), first: 0, counted: 0 }
    }

    /// The earliest time for this cost. What costs more than the whole limit goes when nothing else is counted.
    pub fn ready(&mut self, now: Duration, cost: u64) -> Duration {
        self.forget(now);
        let mut ready = self.next.unwrap_or(now);
        let mut excess = self.counted.saturating_add(cost).saturating_sub(self.limit);
        for (sent, cost) in &self.sent {
            if excess == 0 {
                break;
            }
            excess = excess.saturating_sub(*cost);
            ready = ready.max(sent.saturating_add(MINUTE));
        }
        ready
    }

    /// Counts a request that is sent now. Requests are numbered from 0, without gaps.
    pub fn take(&mut self, now: Duration, cost: u64) {
        let interval = self.interval(cost);
        self.next = Some(self.due(now, interval).saturating_add(interval));
        self.sent.push_back((now, cost));
        self.counted = self.counted.saturating_add(cost);
    }

    /// Puts what a request really cost in place of what it was expected to.
    pub fn correct(&mut self, now: Duration, number: u64, expected: u64, real: u64) {
        let next = if real > expected {
            let debt = self.interval(real - expected);
            self.due(now, debt).saturating_add(debt).min(now.saturating_add(MOST_HELD_UP))
        } else {
            self.next.unwrap_or(now).saturating_sub(self.interval(expected - real))
        };
        self.next = Some(next);
        let index = number.checked_sub(self.first).and_then(|index| usize::try_from(index).ok());
        if let Some((_, cost)) = index.and_then(|index| self.sent.get_mut(index)) {
            self.counted = self.counted.saturating_sub(*cost).saturating_add(real);
            *cost = real;
        }
    }

    /// When the next is due, no further back than timers may be late.
    fn due(&self, now: Duration, interval: Duration) -> Duration {
        let late = interval.saturating_mul(LATE_INTERVALS).clamp(LEAST_LATE, MOST_LATE);
        self.next.unwrap_or(now).max(now.saturating_sub(late))
    }

    fn interval(&self, cost: u64) -> Duration {
        super::seconds(60.0 * cost as f64 / (self.limit as f64 * SHARE)).min(MOST_HELD_UP)
    }

    fn forget(&mut self, now: Duration) {
        while let Some((_, cost)) = self.sent.pop_front_if(|(sent, _)| sent.saturating_add(MINUTE) <= now) {
            self.counted = self.counted.saturating_sub(cost);
            self.first += 1;
        }
    }
}
