//! Short names for what the wasm and its glue have of each other. wasm-bindgen gives names with hashes in them, which no
//! reader sees and no compression shortens: 2 KB of what is downloaded.

use anyhow::{Context, Result, bail};
use wasm_encoder::{EntityType, ExportKind, ExportSection, ImportSection, Module, RawSection};
use wasmparser::{ExternalKind, Parser, Payload, TypeRef};

/// The module that wasm-bindgen calls its glue.
const GLUE: &str = "./dataweft_bg.js";
/// How wasm-bindgen begins the names of what only its glue calls.
const ONLY_FOR_GLUE: &str = "wasm_bindgen_";

/// Gives every import from the glue, and every export that only the glue calls, a short name in both.
///
/// # Errors
/// One of the two is not what wasm-bindgen writes.
pub fn shorten(wasm: &[u8], glue: &str) -> Result<(Vec<u8>, String)> {
    let (mut module, mut glue) = (Module::new(), glue.to_owned());
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.context("wasm-bindgen wrote what cannot be read")?;
        match &payload {
            Payload::ImportSection(section) => {
                let mut imports = ImportSection::new();
                for (number, import) in section.clone().into_imports().enumerate() {
                    let import = import?;
                    let TypeRef::Func(kind) = import.ty else { bail!("{} is imported and no function", import.name) };
                    let name = match import.module {
                        GLUE => rename(&mut glue, import.name, &format!("i{number}"))?,
                        _ => import.name.to_owned(),
                    };
                    imports.import(import.module, &name, EntityType::Function(kind));
                }
                module.section(&imports);
            }
            Payload::ExportSection(section) => {
                let mut exports = ExportSection::new();
                for (number, export) in section.clone().into_iter().enumerate() {
                    let export = export?;
                    let name = match export.name.starts_with(ONLY_FOR_GLUE) {
                        true => rename(&mut glue, export.name, &format!("e{number}"))?,
                        false => export.name.to_owned(),
                    };
                    let kind = match export.kind {
                        ExternalKind::Func => ExportKind::Func,
                        ExternalKind::Table => ExportKind::Table,
                        ExternalKind::Memory => ExportKind::Memory,
                        ExternalKind::Global => ExportKind::Global,
                        _ => bail!("{} is exported as nothing that wasm-bindgen exports", export.name),
                    };
                    exports.export(&name, kind, export.index);
                }
                module.section(&exports);
            }
            _ => {
                if let Some((id, range)) = payload.as_section() {
                    module.section(&RawSection { id, data: wasm.get(range).unwrap_or_default() });
                }
            }
        }
    }
    Ok((module.finish(), glue))
}

/// Renames an identifier wherever it stands.
fn rename(glue: &mut String, old: &str, new: &str) -> Result<String> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let places = |name: &str| {
        let text: &str = glue;
        text.match_indices(name)
            .map(|(at, _)| at)
            .filter(|at| !text[..*at].ends_with(is_of_name) && !text[at + name.len()..].starts_with(is_of_name))
            .collect::<Vec<usize>>()
    };
    let found = places(old);
    if found.is_empty() || !places(new).is_empty() {
        bail!("{old} cannot become {new} in the glue");
    }
    for at in found.into_iter().rev() {
        glue.replace_range(at..at + old.len(), new);
    }
    Ok(new.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_where_they_are_whole() {
        let mut glue = "function __wbg_a_1() {}\n__wbg_a_12(__wbg_a_1);".to_owned();
        assert_eq!(rename(&mut glue, "__wbg_a_1", "i0").unwrap(), "i0");
        assert_eq!(glue, "function i0() {}\n__wbg_a_12(i0);");
        assert!(rename(&mut glue, "__wbg_a_12", "i0").is_err(), "the name is taken");
        assert!(rename(&mut glue, "__wbg_b", "i1").is_err(), "it is not there");
    }
}
