//! From the crate to a small wasm and its glue: cargo, wasm-bindgen, wasm-opt.

use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::files;
use crate::order;
use crate::rename;
use crate::shell::{cargo, command, root, run};
use crate::tools::{WASM_TARGET, npm_tool, sysroot};

/// The name of the wasm and of the glue, without their endings.
pub const NAME: &str = "dataweft_bg";

/// What is built of the crate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// What is published.
    Release,
    /// The same with an export that panics on purpose, for the tests.
    PanicTest,
}

impl Variant {
    fn folder(self) -> PathBuf {
        root().join("target/wasm-package").join(match self {
            Variant::Release => "release",
            Variant::PanicTest => "panic-test",
        })
    }

    fn features(self) -> &'static [&'static str] {
        match self {
            Variant::Release => &[],
            Variant::PanicTest => &["--features", "panic-test"],
        }
    }
}

/// Never --all-features: with it wasm-opt writes what no engine loads. Nor does it inline: that makes the file smaller but
/// what is downloaded, compressed, larger by 4%.
const OPTIMIZE: [&str; 11] = [
    // The linker puts the stack first, so that nothing but its far end is below 1024.
    "--low-memory-unused",
    "-Oz",
    "--always-inline-max-function-size=0",
    "--flexible-inline-max-function-size=0",
    "--one-caller-inline-max-function-size=0",
    "--flatten",
    "--rereloop",
    "--simplify-locals-nostructure",
    "-Oz",
    "--gufa",
    "-Oz",
];

/// Without the section of features, which engines do not read and wasm-opt does.
const REORDER: [&str; 2] = ["--reorder-functions-by-name", "--strip-target-features"];

/// wasm-bindgen's glue copies a text character by character: quick for short ones, and slow for files of 20 MB.
const ENCODE_LONG_TEXTS: [&str; 2] =
    ["if (realloc === undefined) {", "if (realloc === undefined || arg.length > 1000) {"];

/// Builds the wasm and its glue and returns the folder that holds them. Steps whose input did not change are skipped.
pub fn build(variant: Variant) -> Result<PathBuf> {
    let compiled = compile(variant)?;
    let folder = variant.folder();
    let stamp = folder.join("made-from");
    let made_from = fingerprint(&compiled)?;
    if files::read_text(&stamp).is_ok_and(|stamp| stamp == made_from) {
        return Ok(folder);
    }

    let glue = folder.join("glue");
    files::empty_folder(&folder)?;
    bind(&compiled, &glue)?;
    let wasm = format!("{NAME}.wasm");
    let script = format!("{NAME}.js");
    let (short, shorter_glue) =
        rename::shorten(&files::read(&glue.join(&wasm))?, &files::read_text(&glue.join(&script))?)?;
    files::write(&glue.join(&wasm), short)?;
    let [old, new] = ENCODE_LONG_TEXTS;
    if shorter_glue.matches(old).count() != 1 {
        bail!("wasm-bindgen's glue does not hold {old:?} once: look how it passes texts now");
    }
    files::write(&glue.join(&script), shorter_glue.replace(old, new))?;
    optimize(&glue.join(&wasm), &folder.join(&wasm))?;
    check(&folder.join(&wasm))?;
    files::copy_into(&glue.join(script), &folder)?;
    files::write(&stamp, made_from)?;
    Ok(folder)
}

/// A panic traps at once, which JavaScript catches, see src/js/guard.rs. Without the sentences and places of panics, which
/// nobody would read, a tenth less is downloaded; for that the standard library is built along.
fn compile(variant: Variant) -> Result<PathBuf> {
    let target_folder = root().join("target/wasm");
    let mut arguments = vec![
        "build",
        "--release",
        "--lib",
        "--locked",
        "--package=dataweft",
        "--target",
        WASM_TARGET,
        "--target-dir=target/wasm",
        "-Zbuild-std=std,panic_abort",
        "-Zbuild-std-features=optimize_for_size",
    ];
    arguments.extend(variant.features());
    let mut build = cargo(&arguments);
    build
        // The stable compiler builds its own standard library only when told so.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_ENCODED_RUSTFLAGS", rust_flags()?)
        // Gives the two variants file names of their own; without it they replace each other at every build.
        .env("__CARGO_DEFAULT_LIB_METADATA", "dataweft");
    run(&mut build)?;
    Ok(target_folder.join(WASM_TARGET).join("release/dataweft.wasm"))
}

fn rust_flags() -> Result<OsString> {
    let mut flags: Vec<OsString> = vec![
        "-Zunstable-options".into(),
        "-Cpanic=immediate-abort".into(),
        "-Zlocation-detail=none".into(),
        // Nothing prints values in the way of Debug but panics.
        "-Zfmt-debug=none".into(),
        // Paths and seeds are hashed, a few hundred bytes at a time: loops do, they need not be unrolled.
        "--cfg=sha2_backend=\"soft\"".into(),
        "--cfg=sha2_backend_soft=\"compact\"".into(),
    ];
    // Should paths of source files be left, then not those of this machine.
    let mut rename = |from: &Path, to: &str| {
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(from);
        flag.push("=");
        flag.push(to);
        flags.push(flag);
    };
    rename(&root(), "dataweft");
    rename(&sysroot()?.join("lib/rustlib/src/rust"), "rust");
    for registry in files::entries(&cargo_home()?.join("registry/src")).unwrap_or_default() {
        rename(&registry, "dependencies");
    }
    Ok(flags.join(&OsString::from("\u{1f}")))
}

fn cargo_home() -> Result<PathBuf> {
    match std::env::var_os("CARGO_HOME") {
        Some(home) => Ok(PathBuf::from(home)),
        None => Ok(std::env::home_dir().context("the home folder is unknown: set CARGO_HOME")?.join(".cargo")),
    }
}

/// Everything that decides about the outcome of the steps after cargo.
fn fingerprint(compiled: &Path) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for file in [compiled, &root().join("Cargo.lock"), &root().join("tests/package-lock.json")] {
        files::read(file)?.hash(&mut hasher);
    }
    (OPTIMIZE, REORDER, ENCODE_LONG_TEXTS).hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}

/// The glue for bundlers names no way of loading, so the loaders beside it can each have their own.
fn bind(compiled: &Path, folder: &Path) -> Result<()> {
    println!("$ wasm-bindgen");
    Bindgen::new()
        .input_path(compiled)
        .out_name("dataweft")
        .bundler(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
        .context("wasm-bindgen failed")?;
    if folder.join("snippets").exists() {
        bail!("the wasm brings JavaScript of its own: import it from pkg-config with `raw_module` instead");
    }
    Ok(())
}

fn optimize(wasm: &Path, optimized: &Path) -> Result<()> {
    wasm_opt(&OPTIMIZE, wasm, optimized)?;
    let named = wasm.with_file_name("named.wasm");
    files::write(&named, order::with_names_in_order(&files::read(optimized)?)?)?;
    wasm_opt(&REORDER, &named, optimized)
}

fn wasm_opt(passes: &[&str], wasm: &Path, optimized: &Path) -> Result<()> {
    let mut wasm_opt = command("node", &[]);
    wasm_opt.arg(npm_tool("binaryen/bin/wasm-opt")).args(passes).arg(wasm).arg("--output").arg(optimized);
    run(&mut wasm_opt)
}

/// Whether engines take the wasm.
fn check(wasm: &Path) -> Result<()> {
    run(command("node", &["pkg-config/xtask/check-wasm.mjs"]).arg(wasm))
}
