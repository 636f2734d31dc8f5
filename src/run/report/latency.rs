//! How long requests took, in memory of a fixed size.

use std::time::Duration;

use super::Latency;

/// Buckets for each doubling.
const STEPS: usize = 16;
const STEP_BITS: u32 = STEPS.trailing_zeros();

/// Counts by the logarithm of microseconds.
#[derive(Default)]
pub(super) struct Histogram {
    counts: Vec<u32>,
    total: u64,
}

impl Histogram {
    pub(super) fn add(&mut self, latency: Duration) {
        let bucket = bucket(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX));
        if self.counts.len() <= bucket {
            self.counts.resize(bucket + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(bucket) {
            *count += 1;
            self.total += 1;
        }
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    pub(super) fn latency(&self) -> Option<Latency> {
        Some(Latency { p50: self.percentile(50)?, p90: self.percentile(90)?, p99: self.percentile(99)? })
    }

    /// In milliseconds.
    fn percentile(&self, percent: u64) -> Option<f64> {
        let rank = (self.total * percent).div_ceil(100).max(1);
        let mut seen = 0;
        let bucket = self.counts.iter().position(|count| {
            seen += u64::from(*count);
            seen >= rank
        })?;
        Some(middle(bucket) as f64 / 1000.0)
    }
}

fn bucket(micros: u64) -> usize {
    let steps = STEPS as u64;
    if micros < steps {
        return micros as usize;
    }
    let shift = micros.ilog2() - STEP_BITS;
    (shift as usize) * STEPS + (micros >> shift) as usize
}

/// The middle of a bucket in microseconds.
fn middle(bucket: usize) -> u64 {
    if bucket < 2 * STEPS {
        return bucket as u64;
    }
    let shift = bucket / STEPS - 1;
    let least = ((bucket % STEPS + STEPS) as u64) << shift;
    least + (1 << shift) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_true_to_three_per_cent() {
        for micros in (0..20).chain([31, 32, 33, 999, 1000, 123_456, 600_000_000, u64::MAX / 2]) {
            let found = middle(bucket(micros));
            assert!(found.abs_diff(micros) * 32 <= micros, "{micros}: {found}");
        }
    }

    #[test]
    fn percentiles_are_of_all_latencies() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.latency(), None);
        for milliseconds in 1..=1000 {
            histogram.add(Duration::from_millis(milliseconds));
        }
        let Latency { p50, p90, p99 } = histogram.latency().unwrap();
        for (found, exact) in [(p50, 500.0), (p90, 900.0), (p99, 990.0f64)] {
            assert!((found - exact).abs() < exact * 0.04, "{found} {exact}");
        }
    }
}
