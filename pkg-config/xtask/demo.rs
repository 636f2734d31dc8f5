//! The demo page with the package it shows.

use anyhow::{Result, bail, ensure};

use crate::shell::{command, root, run};
use crate::{files, package, tools};

/// Builds, assembles target/demo, and serves it unless told otherwise.
pub fn demo(options: &[&str]) -> Result<()> {
    let port = match options {
        [] => Some("8080"),
        ["--port", port] => Some(*port),
        ["--assemble-only"] => None,
        _ => bail!("unknown options for the demo: {}", options.join(" ")),
    };
    if let Some(port) = port {
        ensure!(port.parse::<u16>().is_ok(), "the port must be a number up to 65535, not {port}");
    }

    package::build()?;
    assemble()?;
    let Some(port) = port else { return Ok(()) };
    // It prints the address once it listens.
    run(&mut command("node", &["www/serve.mjs", "--root", "target/demo", "--port", port]))
}

/// The page, the package as `dataweft/` and wllama, which runs models in the page, as `wllama/`.
pub fn assemble() -> Result<()> {
    tools::ensure_node()?;
    let place = root().join("target/demo");
    let folder = place.with_extension("new");
    files::empty_folder(&folder)?;
    files::copy_tree(&root().join("www"), &folder, &|file| !files::has_extension(file, &["mjs"]))?;
    files::copy_tree(&root().join("pkg"), &folder.join("dataweft"), &|_| true)?;
    let wllama = tools::npm_tool("@wllama/wllama/esm");
    files::copy_tree(&wllama, &folder.join("wllama"), &|file| files::has_extension(file, &["js", "wasm"]))?;
    files::replace_folder(&folder, &place)?;
    println!("the demo is in target/demo");
    Ok(())
}
