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

    for file in files::entries(&root().join("pkg-config"))? {
        let name = file.file_name().unwrap_or_default();
        if name != ENTRY && files::has_extension(&file, &["js", "ts", "json"]) {
            files::copy_into(&file, &folder)?;
        }
    }
    write_entries(&folder)?;
    let adapters = root().join("pkg-config/adapters");
    if adapters.exists() {
        files::copy_tree(&adapters, &folder.join("adapters"), &|file| files::has_extension(file, &["js", "ts"]))?;
    }

    let wasm = built.join(format!("{NAME}.wasm"));
    files::copy_into(&wasm, &folder)?;
    let glue = files::read_text(&built.join(format!("{NAME}.js")))?;
    files::write(&folder.join(format!("{NAME}.js")), glue)?;
    minify_scripts(&folder)?;
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

/// Comments, white space and long names are more than half of what a page would load.
fn minify_scripts(folder: &Path) -> Result<()> {
    // The name of the error class is seen in logs.
    let (named, others): (Vec<_>, Vec<_>) = files::entries(folder)?
        .into_iter()
        .filter(|file| files::has_extension(file, &["js"]))
        .partition(|file| file.ends_with("errors.js"));
    for (scripts, names) in [(named, &[][..]), (others, &["--minify-identifiers"][..])] {
        let mut esbuild = command("node", &["tests/node_modules/esbuild/bin/esbuild"]);
        esbuild.args(scripts).args(names).args(["--minify-whitespace", "--minify-syntax", "--legal-comments=none"]);
        esbuild.args(["--target=es2022", "--format=esm", "--allow-overwrite", "--log-level=warning"]);
        run(esbuild.arg(format!("--outdir={}", folder.display())))?;
    }
    Ok(())
}

/// One entry per runtime, equal but for the loader.
fn write_entries(folder: &Path) -> Result<()> {
    let entry = files::read_text(&root().join("pkg-config").join(ENTRY))?;
    if entry.matches(ENTRY_LOADER).count() != 1 {
        bail!("pkg-config/{ENTRY} must import {ENTRY_LOADER} once");
    }
    for runtime in RUNTIMES {
        let text = entry.replace(ENTRY_LOADER, &format!("\"./load-{runtime}.js\""));
        files::write(&folder.join(format!("entry-{runtime}.js")), text)?;
    }
    Ok(())
}
