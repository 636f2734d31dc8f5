//! The npm package: the wasm and its glue, with the JavaScript and the types of pkg-config/ around them.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::files;
use crate::shell::{cargo, command, output, root, run};
use crate::tools;
use crate::wasm::{self, NAME, Variant};

/// Each has a loader `load-<runtime>.js`, and gets an `entry-<runtime>.js`.
const RUNTIMES: [&str; 6] = ["web", "node", "workerd", "edge", "inline", "slim"];
const ENTRY: &str = "entry.js";
const ENTRY_LOADER: &str = "\"./load-web.js\"";

/// Builds what is published into pkg/.
pub fn build() -> Result<()> {
    tools::ensure_rust()?;
    tools::ensure_node()?;
    check_versions()?;
    assemble(Variant::Release, &root().join("pkg"))?;
    println!("the package is in pkg/");
    Ok(())
}

/// Builds the same with an export that panics on purpose into target/pkg-test.
pub fn build_for_tests() -> Result<()> {
    assemble(Variant::PanicTest, &root().join("target/pkg-test"))
}

/// The package and the crate are released together.
fn check_versions() -> Result<()> {
    let id = output(&mut cargo(&["pkgid", "--package=dataweft"]))?;
    let in_crate = id.rsplit(['#', '@']).next().unwrap_or_default();
    let package: serde_json::Value = serde_json::from_str(&files::read_text(&root().join("pkg-config/package.json"))?)
        .context("pkg-config/package.json is not JSON")?;
    let in_package = package.get("version").and_then(|version| version.as_str()).unwrap_or_default();
    ensure!(
        in_crate == in_package,
        "Cargo.toml says version {in_crate} and pkg-config/package.json says {in_package}: make them the same"
    );
    Ok(())
}

fn assemble(variant: Variant, place: &Path) -> Result<()> {
    let built = wasm::build(variant)?;
    let folder = place.with_extension("new");
    files::empty_folder(&folder)?;

    let sources = folder.join("sources");
    files::create_folder(&sources)?;
    for file in files::entries(&root().join("pkg-config"))? {
        let name = file.file_name().unwrap_or_default();
        if files::has_extension(&file, &["ts", "json"]) {
            files::copy_into(&file, &folder)?;
        } else if name != ENTRY && files::has_extension(&file, &["js"]) {
            files::copy_into(&file, &sources)?;
        }
    }
    write_entries(&sources)?;
    for part in ["adapters", "stores"] {
        let is_wanted = |file: &Path| files::has_extension(file, &["js", "ts"]);
        files::copy_tree(&root().join("pkg-config").join(part), &folder.join(part), &is_wanted)?;
    }

    let wasm = built.join(format!("{NAME}.wasm"));
    files::copy_into(&wasm, &folder)?;
    files::copy_into(&built.join(format!("{NAME}.js")), &sources)?;
    bundle(variant, &sources, &folder)?;
    files::remove_folder(&sources)?;
    let base64 = BASE64_STANDARD.encode(files::read(&wasm)?);
    files::write(&folder.join("wasm-base64.js"), format!("export default \"{base64}\";\n"))?;

    for document in ["README.md", "LICENSE"] {
        let document = root().join(document);
        if document.exists() {
            files::copy_into(&document, &folder)?;
        }
    }
    files::replace_folder(&folder, place)
}

/// An entry for each runtime, and one script that all of them share, and with it the instance of the wasm. Fewer and
/// larger files load faster and compress better; comments, white space and long names are more than half of them.
fn bundle(variant: Variant, sources: &Path, folder: &Path) -> Result<()> {
    let mut esbuild = command("node", &["tests/node_modules/esbuild/bin/esbuild"]);
    esbuild.args(RUNTIMES.map(|runtime| sources.join(entry_of(runtime))));
    if variant == Variant::PanicTest {
        // The tests call its export that no entry has.
        esbuild.arg(sources.join(format!("{NAME}.js")));
    }
    esbuild.args(["--bundle", "--splitting", "--chunk-names=shared-[hash]", "--minify", "--legal-comments=none"]);
    esbuild.args(["--target=es2022", "--format=esm", "--log-level=warning"]);
    // What stays a file of its own, or comes with the runtime.
    esbuild.args(["./dataweft_bg.wasm", "./dataweft_bg.wasm?module", "./wasm-base64.js", "node:*"].map(external));
    run(esbuild.arg(format!("--outdir={}", folder.display())))
}

fn external(name: &str) -> String {
    format!("--external:{name}")
}

fn entry_of(runtime: &str) -> String {
    format!("entry-{runtime}.js")
}

/// One entry per runtime, equal but for the loader.
fn write_entries(folder: &Path) -> Result<()> {
    let entry = files::read_text(&root().join("pkg-config").join(ENTRY))?;
    if entry.matches(ENTRY_LOADER).count() != 1 {
        bail!("pkg-config/{ENTRY} must import {ENTRY_LOADER} once");
    }
    for runtime in RUNTIMES {
        let text = entry.replace(ENTRY_LOADER, &format!("\"./load-{runtime}.js\""));
        files::write(&folder.join(entry_of(runtime)), text)?;
    }
    Ok(())
}
