//! What the user asked for.

mod types;

pub use types::*;
