//! What the build needs and cargo does not bring: found, installed where that is possible, or named in one clear line.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};

use crate::files;
use crate::shell::{self, command, output, root, run, succeeds};

/// The target that the package is built for.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

const NODE_AT_LEAST: u32 = 20;
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };
const CHROMIUM_NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Where the toolchain lies.
pub fn sysroot() -> Result<PathBuf> {
    Ok(PathBuf::from(output(&mut command("rustc", &["--print", "sysroot"]))?))
}

/// The standard library for wasm (clippy reads it) and its source (the package is built with its own copy of it).
pub fn ensure_rust() -> Result<()> {
    let rustlib = sysroot()?.join("lib/rustlib");
    let ensure = |present: PathBuf, arguments: &[&str]| {
        let by_hand = format!("rustup {}", arguments.join(" "));
        if present.exists() {
            Ok(())
        } else if succeeds(&mut command("rustup", &["--version"])) {
            run(&mut command("rustup", arguments)).map_err(|error| anyhow!("{error}; `{by_hand}` must work once"))
        } else {
            bail!("the Rust toolchain lacks a part that rustup installs: get rustup, then run `{by_hand}`")
        }
    };
    ensure(rustlib.join(WASM_TARGET), &["target", "add", WASM_TARGET])?;
    ensure(rustlib.join("src/rust/library/std"), &["component", "add", "rust-src"])
}

/// Node, recent enough, and the npm packages of the lock file: installed only if it changed since the last time.
pub fn ensure_node() -> Result<()> {
    let missing = || anyhow!("Node {NODE_AT_LEAST} or newer with npm is needed: install it from nodejs.org");
    let version = output(&mut command("node", &["--version"])).map_err(|_| missing())?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE_AT_LEAST) {
        return Err(missing().context(format!("this is Node {version}")));
    }

    let tests = root().join("tests");
    let lock = files::read(&tests.join("package-lock.json"))?;
    let installed = tests.join("node_modules/.installed-lock.json");
    if files::read(&installed).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    run(command(NPM, &arguments).current_dir(&tests))?;
    files::write(&installed, lock)
}

/// A command line tool that an npm package brings, to be run by Node.
pub fn npm_tool(script: &str) -> PathBuf {
    root().join("tests/node_modules").join(script)
}

/// A browser for the tests: what CHROMIUM names, one on the PATH, or Debian's, installed if we may.
pub fn ensure_chromium() -> Result<PathBuf> {
    if let Some(path) = find_chromium() {
        return Ok(path);
    }
    if Path::new("/etc/debian_version").exists() && output(&mut command("id", &["-u"])).is_ok_and(|id| id == "0") {
        run(&mut command("apt-get", &["update", "--quiet"]))?;
        let arguments = ["install", "--yes", "--quiet", "--no-install-recommends", "chromium"];
        run(command("apt-get", &arguments).env("DEBIAN_FRONTEND", "noninteractive"))?;
    }
    find_chromium().ok_or_else(|| {
        anyhow!(
            "Chromium is needed for the browser tests: install it, or set CHROMIUM to the path of a Chromium or Chrome"
        )
    })
}

fn find_chromium() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("CHROMIUM").filter(|path| !path.is_empty()) {
        return Some(PathBuf::from(path));
    }
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    CHROMIUM_NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|candidate| candidate.is_file())
}

/// Whether `cargo deny` is there. It is not installed by itself: that takes minutes.
pub fn has_cargo_deny() -> bool {
    succeeds(&mut shell::cargo(&["deny", "--version"]))
}

/// How to get `cargo deny`.
pub const CARGO_DENY_MISSING: &str = "cargo-deny is not installed; get it with `cargo install cargo-deny`";

/// npm, in the folder of the tests.
pub fn npm(arguments: &[&str]) -> std::process::Command {
    let mut npm = command(NPM, arguments);
    npm.current_dir(root().join("tests"));
    npm
}
