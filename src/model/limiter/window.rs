//! How many requests are under way at once: fewer when the provider asks for it, more again as it answers.
//!
//! The rules of TCP: halve at a sign of overload, once for all that were under way together, then grow by one for every
//! windowful of answers; after an outage grow by one for every answer, up to what worked before.

use std::time::Duration;

/// Failures in a row from which on they are an outage rather than chance.
const OUTAGE: u32 = 3;
/// The first window of a gradual start.
const GRADUAL_START: f64 = 4.0;

/// The window.
pub struct Window {
    /// Infinite until there is a reason to hold back.
    size: f64,
    most: f64,
    /// Below this size every answer lets the window grow by one.
    quick_until: f64,
    /// Whether the window grows only as far as it is used.
    gradual: bool,
    under_way: u32,
    /// The most under way since the last time that none was.
    peak: u32,
    /// The most that callers ever wanted under way at once.
    most_wanted: u32,
    /// Requests before this number were sent before the last decrease and tell nothing new.
    news_from: u64,
    failed_in_a_row: u32,
}

impl Window {
    /// A window that starts at its maximum, or small and growing.
    pub fn new(gradual: bool, most: Option<usize>) -> Self {
        Self {
            size: if gradual { GRADUAL_START } else { f64::INFINITY },
            most: most.map_or(f64::INFINITY, |most| most.max(1) as f64),
            quick_until: f64::INFINITY,
            gradual,
            under_way: 0,
            peak: 0,
            most_wanted: 0,
            news_from: 0,
            failed_in_a_row: 0,
        }
    }

    /// Whether one more may be sent. One always may when none is under way.
    pub fn has_room(&self) -> bool {
        f64::from(self.under_way) + 1.0 <= self.size.min(self.most)
    }

    /// The time between two requests when a windowful is spread over this time, a twentieth of it at the most.
    pub fn share_of(&self, time: Duration) -> Duration {
        super::seconds(time.as_secs_f64() / self.size.min(self.most).max(20.0))
    }

    /// Requests under way.
    pub fn under_way(&self) -> u32 {
        self.under_way
    }

    /// One more is under way, while so many wait.
    pub fn sent(&mut self, waiting: usize) {
        self.peak = if self.under_way == 0 { 1 } else { self.peak.max(self.under_way + 1) };
        self.under_way += 1;
        self.most_wanted = self.most_wanted.max(self.under_way.saturating_add(waiting.try_into().unwrap_or(u32::MAX)));
    }

    /// One is no longer under way.
    pub fn ended(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// One was answered, and is still counted as under way.
    pub fn succeeded(&mut self) {
        self.failed_in_a_row = 0;
        if self.gradual && f64::from(self.peak) * 2.0 < self.size {
            return;
        }
        self.size += if self.size < self.quick_until { 1.0 } else { 1.0 / self.size };
        if !self.gradual && self.size > f64::from(self.most_wanted) * 2.0 {
            self.size = f64::INFINITY;
        }
    }

    /// The provider asked for fewer, in answer to the request of this number; `next` is the number of the next one.
    pub fn throttled(&mut self, number: u64, next: u64) {
        if number < self.news_from {
            return;
        }
        self.news_from = next;
        self.size = (self.size.min(f64::from(self.under_way)) / 2.0).floor().max(1.0);
        self.quick_until = 0.0;
    }

    /// One failed otherwise.
    pub fn failed(&mut self) {
        self.failed_in_a_row = self.failed_in_a_row.saturating_add(1);
        if self.failed_in_a_row == OUTAGE {
            self.size = self.size.min(f64::from(self.most_wanted));
            self.quick_until = self.size;
        }
        if self.failed_in_a_row >= OUTAGE {
            self.size = (self.size / 2.0).floor().max(1.0);
        }
    }

    #[cfg(test)]
    pub fn size(&self) -> f64 {
        self.size.min(self.most)
    }
}
