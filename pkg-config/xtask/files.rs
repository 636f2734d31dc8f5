//! Files and folders, with errors that name them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Reads a file as text.
pub fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} could not be read", path.display()))
}

/// Reads a file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{} could not be read", path.display()))
}

/// Writes a file.
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    fs::write(path, content).with_context(|| format!("{} could not be written", path.display()))
}

/// Copies a file into a folder, under its own name.
pub fn copy_into(file: &Path, folder: &Path) -> Result<()> {
    let target = folder.join(file.file_name().unwrap_or_default());
    fs::copy(file, &target).with_context(|| format!("{} could not be copied", file.display()))?;
    Ok(())
}

/// Copies the files of a folder and of its folders, those that `wanted` accepts.
pub fn copy_tree(from: &Path, to: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<()> {
    for entry in entries(from)? {
        if entry.is_dir() {
            copy_tree(&entry, &to.join(entry.file_name().unwrap_or_default()), wanted)?;
        } else if wanted(&entry) {
            create_folder(to)?;
            copy_into(&entry, to)?;
        }
    }
    Ok(())
}

/// What a folder holds, in order of name.
pub fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = || format!("{} could not be listed", folder.display());
    let entries = fs::read_dir(folder).with_context(unreadable)?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>().with_context(unreadable)?;
    paths.sort();
    Ok(paths)
}

/// Makes a folder, and those it lies in.
pub fn create_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("{} could not be made", folder.display()))
}

/// Makes a folder that is empty.
pub fn empty_folder(folder: &Path) -> Result<()> {
    remove_folder(folder)?;
    create_folder(folder)
}

/// Removes a folder, if it is there.
pub fn remove_folder(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{} could not be removed", folder.display()))?;
    }
    Ok(())
}

/// Puts a finished folder in the place of an older one, so that nobody sees it half made.
pub fn replace_folder(finished: &Path, place: &Path) -> Result<()> {
    remove_folder(place)?;
    fs::rename(finished, place).with_context(|| format!("{} could not be moved", finished.display()))
}

/// Whether a file's name ends in one of these extensions.
pub fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| extensions.contains(&extension))
}
