//! The measurements.

use anyhow::Result;

use crate::package;
use crate::shell::{command, run};

/// Builds the package and measures it.
pub fn bench(arguments: &[&str]) -> Result<()> {
    package::build()?;
    run(command("node", &["tests/bench/bench.mjs"]).args(arguments))
}
