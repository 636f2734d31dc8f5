//! The build tool behind `cargo xtask`: turns the crate into the npm package, serves the demo, runs the tests.

mod bench;
mod checks;
mod demo;
mod files;
mod order;
mod package;
mod rename;
mod shell;
mod tools;
mod wasm;

use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask <command>

  build                  build the npm package into pkg/, and its variant for the tests into target/pkg-test
  test [STEP...]         run every check and test, or only the named steps
  demo [--port PORT]     build, assemble the demo in target/demo and serve it (default port 8080)
  demo --assemble-only   the same without serving
  bench [ARGUMENT...]    build, then run tests/bench/bench.mjs with these arguments
  audit                  look up known vulnerabilities of what the project depends on (needs the network)
  help                   show this

Tools that are missing are installed where that is possible without asking (wasm target, npm packages, Chromium on
Debian as root); otherwise one line says what is missing and how to get it.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[&str]) -> Result<()> {
    match arguments {
        ["build"] => package::build().and_then(|()| package::build_for_tests()),
        ["test", steps @ ..] => checks::test(steps),
        ["audit"] => checks::audit(),
        ["demo", options @ ..] => demo::demo(options),
        ["bench", arguments @ ..] => bench::bench(arguments),
        ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        [] => bail!("say what to do\n\n{HELP}"),
        unknown => bail!("unknown command: {}\n\n{HELP}", unknown.join(" ")),
    }
}
