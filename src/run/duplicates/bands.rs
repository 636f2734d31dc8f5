//! Bands of minima: two questions are compared where all minima of a band are equal.

use super::fingerprint::{PERMUTATIONS, mixed};

/// Bands that a question is found by. More would find more, each for four bytes a question.
pub(super) const BANDS: usize = 13;

/// What it weighs that two questions are compared in vain, and that two are not compared which should be: the one costs
/// nanoseconds, the other leaves a duplicate in the dataset.
const IN_VAIN: f64 = 0.1;
const MISSED: f64 = 0.9;

/// Points at which each side of the threshold is looked at.
const POINTS: u32 = 50;

/// How minima are divided.
pub(super) struct Bands {
    /// Minima in a band.
    rows: usize,
}

impl Bands {
    /// The division with which most pairs above the threshold share a band and few below it do: of all numbers of rows the
    /// one with the least weighted area of errors on both sides, as the library datasketch chooses.
    pub(super) fn new(threshold: f64) -> Self {
        let mut best = (f64::INFINITY, 1);
        for rows in 1..=PERMUTATIONS / BANDS {
            let below = area(0.0, threshold, |similarity| share(similarity, rows));
            let above = area(threshold, 1.0, |similarity| 1.0 - share(similarity, rows));
            let error = IN_VAIN * below + MISSED * above;
            if error < best.0 {
                best = (error, rows);
            }
        }
        Self { rows: best.1 }
    }

    /// A number for each band.
    pub(super) fn keys(&self, minima: &[u32; PERMUTATIONS]) -> impl Iterator<Item = u32> {
        minima.chunks_exact(self.rows).take(BANDS).map(|band| {
            let sum = band.iter().fold(0, |sum, minimum| mixed(sum ^ u64::from(*minimum)));
            sum as u32
        })
    }
}

/// How likely two questions of this similarity share a band.
fn share(similarity: f64, rows: usize) -> f64 {
    1.0 - power(1.0 - power(similarity, rows), BANDS)
}

fn power(base: f64, exponent: usize) -> f64 {
    (0..exponent).fold(1.0, |power, _| power * base)
}

fn area(from: f64, to: f64, height: impl Fn(f64) -> f64) -> f64 {
    let width = (to - from) / f64::from(POINTS);
    (0..POINTS).map(|point| height(from + (f64::from(point) + 0.5) * width) * width).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_chooses_bands_that_find_what_is_above_it() {
        for (threshold, rows) in [(0.3, 1), (0.5, 3), (0.7, 6), (0.8, 9), (1.0, 9)] {
            assert_eq!(Bands::new(threshold).rows, rows, "{threshold}");
        }
        assert!(share(0.85, 9) > 0.96);
        assert!(share(0.5, 9) < 0.03);
    }
}
