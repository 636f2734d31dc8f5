//! Chance that can be repeated: numbers that depend on the seed of the configuration and on what they are for, and on
//! nothing else, so that neither the order of replies nor the runtime shows in a dataset.

use sha2::{Digest, Sha256};

/// A number made from the seed and the names of what it decides.
pub fn number(seed: u64, purpose: &[&str]) -> u64 {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    for name in purpose {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
    }
    hash.finalize().iter().take(8).fold(0, |number, &byte| (number << 8) | u64::from(byte))
}
