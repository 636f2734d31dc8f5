//! Every check and test of the project, in the order in which they are cheapest to fail.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use crate::shell::{cargo, command, root, run};
use crate::tools::{self, WASM_TARGET};
use crate::{demo, files, package};

/// One headline in the output.
struct Step {
    name: String,
    run: Box<dyn Fn() -> Result<Outcome>>,
}

/// How a step ended that did not fail.
enum Outcome {
    Passed,
    Skipped(String),
}

const FORMATTED: [&str; 3] =
    ["{pkg-config,tests,www}/**/*.{js,mjs,ts}", "{pkg-config,tests}/*.json", ".prettierrc.json"];

/// Runs all steps, or those that are named, and stops at the first that fails.
pub fn test(names: &[&str]) -> Result<()> {
    let steps = steps()?;
    for name in names {
        let known: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
        ensure!(known.contains(name), "there is no step {name}; the steps are {}", known.join(", "));
    }

    let mut report = Vec::new();
    for step in steps.iter().filter(|step| names.is_empty() || names.contains(&step.name.as_str())) {
        println!("\n== {} ==", step.name);
        let start = Instant::now();
        let outcome = (step.run)();
        let failed = outcome.is_err();
        report.push((step.name.as_str(), start.elapsed(), outcome));
        if failed {
            break;
        }
    }
    summarize(&report);
    match report.pop() {
        Some((name, _, Err(error))) => Err(error.context(format!("{name} failed"))),
        _ => Ok(()),
    }
}

fn summarize(report: &[(&str, Duration, Result<Outcome>)]) {
    println!("\n== summary ==");
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for (name, duration, outcome) in report {
        let seconds = duration.as_secs_f32();
        match outcome {
            Ok(Outcome::Passed) => {
                passed += 1;
                println!("passed   {seconds:7.1} s  {name}");
            }
            Ok(Outcome::Skipped(reason)) => {
                skipped += 1;
                println!("skipped             {name}: {reason}");
            }
            Err(_) => {
                failed += 1;
                println!("FAILED   {seconds:7.1} s  {name}");
            }
        }
    }
    println!("{passed} passed, {failed} failed, {skipped} skipped");
}

fn steps() -> Result<Vec<Step>> {
    let mut steps = vec![
        step("format", || run(&mut cargo(&["fmt", "--all", "--check"]))),
        step("clippy", || {
            run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
        }),
        step("clippy-wasm", || {
            tools::ensure_rust()?;
            let target = ["--lib", "--all-features", "--locked", "--target", WASM_TARGET];
            run(cargo(&["clippy"]).args(target).args(["--", "-D", "warnings"]))
        }),
        step("rust", || run(&mut cargo(&["test", "--workspace", "--locked"]))),
        Step { name: "licenses".to_owned(), run: Box::new(licenses) },
        step("build", package::build),
        step("build-for-tests", package::build_for_tests),
        step("demo", demo::assemble),
        step("prettier", || {
            tools::ensure_node()?;
            run(node_tool("prettier/bin/prettier.cjs").arg("--check").args(FORMATTED))
        }),
        step("types", || {
            tools::ensure_node()?;
            run(node_tool("typescript/bin/tsc").args(["--project", "tests/tsconfig.json"]))
        }),
    ];
    for (suite, tests) in suites()? {
        let name = suite.clone();
        steps.push(step(&name, move || run_suite(&suite, &tests)));
    }
    Ok(steps)
}

fn step(name: &str, run: impl Fn() -> Result<()> + 'static) -> Step {
    Step { name: name.to_owned(), run: Box::new(move || run().map(|()| Outcome::Passed)) }
}

fn licenses() -> Result<Outcome> {
    if !tools::has_cargo_deny() {
        return Ok(Outcome::Skipped(tools::CARGO_DENY_MISSING.to_owned()));
    }
    run(&mut cargo(&["deny", "check", "licenses", "bans", "sources"]))?;
    Ok(Outcome::Passed)
}

/// Known vulnerabilities of Rust and npm dependencies.
pub fn audit() -> Result<()> {
    ensure!(tools::has_cargo_deny(), tools::CARGO_DENY_MISSING);
    run(&mut cargo(&["deny", "check", "advisories"]))?;
    run(&mut tools::npm(&["audit"]))
}

/// The folders of tests/ that hold JavaScript tests, each with its test files.
fn suites() -> Result<Vec<(String, Vec<PathBuf>)>> {
    let mut suites = Vec::new();
    for folder in files::entries(&root().join("tests"))? {
        if folder.is_dir() && !folder.ends_with("node_modules") {
            let tests = test_files(&folder)?;
            if !tests.is_empty() {
                suites.push((folder.file_name().unwrap_or_default().to_string_lossy().into_owned(), tests));
            }
        }
    }
    Ok(suites)
}

fn test_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut tests = Vec::new();
    for entry in files::entries(folder)? {
        if entry.is_dir() {
            tests.extend(test_files(&entry)?);
        } else if entry.to_string_lossy().ends_with(".test.mjs") {
            tests.push(entry);
        }
    }
    Ok(tests)
}

/// One file at a time: some start browsers and servers, and CI machines are small.
fn run_suite(suite: &str, tests: &[PathBuf]) -> Result<()> {
    tools::ensure_node()?;
    if !root().join("pkg/package.json").exists() {
        bail!("the tests need the package: run `cargo xtask build` first");
    }
    let mut node = command("node", &["--test", "--test-concurrency=1", "--test-reporter=spec"]);
    if ["browser", "packaging"].contains(&suite) {
        node.env("CHROMIUM", tools::ensure_chromium()?);
    }
    run(node.args(tests))
}

fn node_tool(script: &str) -> std::process::Command {
    let mut node = command("node", &[]);
    node.arg(tools::npm_tool(script));
    node
}
