//! Which rows are for training and which for tests: decided by the seed and the number of the row alone.

use crate::error::{Code, Error, Result};
use crate::seed;

/// What a row is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Training.
    Train,
    /// Tests.
    Test,
}

impl Split {
    /// The name that readers know it by.
    pub fn as_str(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Test => "test",
        }
    }
}

/// How many rows are for tests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TestShare {
    /// A share of all, above 0 and below 1.
    Share(f64),
    /// So many.
    Rows(u64),
}

/// One bit a row: whether it is for tests.
#[derive(Debug, Default)]
pub struct TestRows {
    bits: Vec<u8>,
}

impl TestRows {
    /// Chooses rows. Each is as likely as any other, and their number is exact.
    ///
    /// # Errors
    /// Code `config` where nothing would be left for one of the two.
    pub fn choose(rows: u64, share: TestShare, seed: u64) -> Result<Self> {
        let count = match share {
            TestShare::Share(share) => ((rows as f64 * share).round() as u64).max(1),
            TestShare::Rows(count) => count,
        };
        if count >= rows {
            let message =
                format_args!("the option split.test takes {count} of {rows} rows, so none is left to train on");
            return Err(Error::new(Code::Config, message));
        }
        let mut bits = vec![0; usize::try_from(rows / 8 + 1).unwrap_or_default()];
        let mut wanted = count;
        for row in 0..rows {
            // Knuth's algorithm S: with the chance that fills what is wanted from what is left.
            let number = seed::number(seed, &["test row", &row.to_string()]);
            let chosen = (number as f64 / 2f64.powi(64)) * ((rows - row) as f64) < wanted as f64;
            if chosen && let Some(byte) = bits.get_mut(row as usize / 8) {
                *byte |= 1 << (row % 8);
                wanted -= 1;
            }
        }
        Ok(Self { bits })
    }

    /// What a row is for.
    pub fn split_of(&self, row: u64) -> Split {
        let byte = usize::try_from(row / 8).ok().and_then(|at| self.bits.get(at)).copied().unwrap_or_default();
        if byte & (1 << (row % 8)) != 0 { Split::Test } else { Split::Train }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(rows: u64, share: TestShare, seed: u64) -> Vec<u64> {
        let test = TestRows::choose(rows, share, seed).unwrap();
        (0..rows).filter(|row| test.split_of(*row) == Split::Test).collect()
    }

    #[test]
    fn exactly_as_many_rows_are_chosen_and_the_seed_decides_which() {
        for (rows, share, count) in [
            (1000, TestShare::Share(0.1), 100),
            (7, TestShare::Rows(3), 3),
            (3, TestShare::Share(0.01), 1),
            (8, TestShare::Share(0.5), 4),
        ] {
            assert_eq!(chosen(rows, share, 1).len(), count);
        }
        let share = TestShare::Share(0.1);
        assert_eq!(chosen(1000, share, 1), chosen(1000, share, 1));
        assert_ne!(chosen(1000, share, 1), chosen(1000, share, 2));
        let halves = chosen(1000, share, 1).iter().filter(|row| **row < 500).count();
        assert!((30..=70).contains(&halves), "spread over all rows: {halves}");
    }

    #[test]
    fn something_is_always_left_to_train_on() {
        for (rows, share) in [(1, TestShare::Share(0.5)), (5, TestShare::Rows(5)), (10, TestShare::Share(0.99))] {
            assert!(TestRows::choose(rows, share, 0).is_err());
        }
    }
}
