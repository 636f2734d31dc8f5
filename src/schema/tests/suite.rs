//! The official test suite of JSON Schema, all of it, and the exact list of what is not done as it says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::exceptions::{NOTES, OTHERWISE, REFUSED};
use super::{found, reviewed};

/// The files of the suite with their names, such as `optional/format/date`; none where it is not beside the repository.
fn files() -> Vec<(String, Value)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["../shared", "../../shared"]
        .map(|shared| root.join(shared).join("inputs/json-schema-test-suite/tests/draft2020-12"));
    let Some(folder) = folders.iter().find(|folder| folder.is_dir()) else {
        println!("skipped: the test suite of JSON Schema is not beside the repository");
        return Vec::new();
    };
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = vec![folder.clone()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().with_extension("").to_str().unwrap().replace('\\', "/");
                files.push((name, serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap()));
            }
        }
    }
    files.sort_by(|one, other| one.0.cmp(&other.0));
    assert!(files.len() > 60, "the suite is incomplete");
    files
}

/// The names of cases, to be compared as sets.
#[derive(Default)]
struct Cases(BTreeSet<String>);

impl Cases {
    fn add(&mut self, file: &str, group: &str, test: &str) {
        assert!(self.0.insert(format!("{file}: {group}: {test}")), "{file}: {group}: {test} is there twice");
    }

    fn without<'a>(&'a self, other: &Self) -> Vec<&'a String> {
        self.0.iter().filter(|case| !other.0.contains(*case)).collect()
    }
}

#[test]
fn does_what_the_official_suite_says_but_for_the_listed_cases() {
    let files = files();
    if files.is_empty() {
        return;
    }
    let (mut passed, mut otherwise, mut listed) = (0, Cases::default(), Cases::default());
    for (file, groups) in &files {
        for group in groups.as_array().unwrap() {
            let (schema, name) = (&group["schema"], group["description"].as_str().unwrap());
            let refused = reviewed(schema).is_err();
            if refused {
                otherwise.add(file, name, "refused");
            }
            for test in group["tests"].as_array().unwrap() {
                let (valid, title) = (test["valid"].as_bool().unwrap(), test["description"].as_str().unwrap());
                match found(schema, &test["data"]).is_empty() == valid {
                    _ if refused => {}
                    true => passed += 1,
                    false => otherwise.add(file, name, title),
                }
                if NOTES.contains(&file.as_str()) && !valid {
                    listed.add(file, name, title);
                }
            }
        }
    }
    for (file, groups) in REFUSED {
        groups.iter().for_each(|group| listed.add(file, group, "refused"));
    }
    for (_, file, group, tests) in OTHERWISE {
        tests.iter().for_each(|test| listed.add(file, group, test));
    }
    assert_eq!(otherwise.without(&listed), [""; 0], "not as the suite says, and not listed");
    assert_eq!(listed.without(&otherwise), [""; 0], "listed, but as the suite says");
    println!("{passed} cases as the suite says, {} listed otherwise", listed.0.len());
}
