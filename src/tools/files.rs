//! The virtual file system: the tools of the component `builtin`, with the answers of DeepFabric's.
//!
//! A path is a name and nothing more: there are no directories, and no file of the machine is ever touched.

use std::rc::Rc;

use serde_json::{Map, Value};

use super::Observation;

/// The tools that it executes.
pub(super) const TOOLS: &[&str] = &["read_file", "write_file", "list_files", "delete_file"];

/// The files of a conversation in the order in which they were made. A copy shares everything until one of both changes,
/// and their contents even then.
#[derive(Clone, Debug, Default)]
pub(super) struct Files(Rc<Vec<(Rc<str>, Rc<str>)>>);

impl Files {
    /// The files of a mapping from paths to contents.
    pub(super) fn of(files: &Map<String, Value>) -> Self {
        let file =
            |(path, content): (&String, &Value)| (path.as_str().into(), content.as_str().unwrap_or_default().into());
        Self(Rc::new(files.iter().map(file).collect()))
    }

    /// Every path and its content.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, content)| (&**path, &**content))
    }

    /// The files as JSON, sorted: equal files are equal values, whatever order they were written in.
    pub(super) fn to_value(&self) -> Value {
        let mut files: Vec<(&str, &str)> = self.iter().collect();
        files.sort_unstable();
        Value::Object(files.into_iter().map(|(path, content)| (path.to_owned(), Value::from(content))).collect())
    }

    /// Executes a call.
    pub(super) fn call(&mut self, name: &str, arguments: &Value) -> Observation {
        let text = |key: &str| arguments.get(key).and_then(Value::as_str);
        let (path, content) = (text("file_path"), text("content"));
        match (name, path, content) {
            ("list_files", ..) => {
                let paths: Vec<&str> = self.iter().map(|(path, _)| path).collect();
                Observation::success(serde_json::to_string(&paths).unwrap_or_default())
            }
            ("read_file", Some(path), _) => match self.iter().find(|(known, _)| *known == path) {
                Some((_, content)) => Observation::success(content),
                None => not_found(path),
            },
            ("write_file", Some(path), Some(content)) => {
                self.write(path, content);
                Observation::success(format!("Successfully wrote {} bytes to {path}", content.len()))
            }
            ("delete_file", Some(path), _) => match self.find(path) {
                Some(place) => {
                    Rc::make_mut(&mut self.0).remove(place);
                    Observation::success(format!("Successfully deleted {path}"))
                }
                None => not_found(path),
            },
            _ if TOOLS.contains(&name) => {
                Observation::failure("InvalidArguments", format!("Missing arguments of {name}"))
            }
            _ => Observation::failure("UnknownTool", format!("Unknown tool: {name}")),
        }
    }

    fn find(&self, path: &str) -> Option<usize> {
        self.0.iter().position(|(known, _)| &**known == path)
    }

    fn write(&mut self, path: &str, content: &str) {
        let place = self.find(path);
        let files = Rc::make_mut(&mut self.0);
        match place.and_then(|place| files.get_mut(place)) {
            Some((_, known)) => *known = content.into(),
            None => files.push((path.into(), content.into())),
        }
    }
}

fn not_found(path: &str) -> Observation {
    Observation::failure("FileNotFound", format!("File not found: {path}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(files: &mut Files, name: &str, arguments: Value) -> String {
        files.call(name, &arguments).message()
    }

    #[test]
    fn files_answer_as_those_of_deepfabric_do() {
        let mut files = Files::default();
        for (name, arguments, answer) in [
            ("list_files", json!({}), "[]"),
            ("read_file", json!({ "file_path": "a.txt" }), "Error (FileNotFound): File not found: a.txt"),
            (
                "write_file",
                json!({ "file_path": "b.txt", "content": "h\u{e9}" }),
                "Successfully wrote 3 bytes to b.txt",
            ),
            ("write_file", json!({ "file_path": "a.txt", "content": "" }), "Successfully wrote 0 bytes to a.txt"),
            ("read_file", json!({ "file_path": "b.txt" }), "h\u{e9}"),
            ("read_file", json!({ "file_path": "a.txt" }), ""),
            ("list_files", json!({}), "[\"b.txt\",\"a.txt\"]"),
            ("write_file", json!({ "file_path": "b.txt", "content": "new" }), "Successfully wrote 3 bytes to b.txt"),
            ("list_files", json!({}), "[\"b.txt\",\"a.txt\"]"),
            ("delete_file", json!({ "file_path": "b.txt" }), "Successfully deleted b.txt"),
            ("delete_file", json!({ "file_path": "b.txt" }), "Error (FileNotFound): File not found: b.txt"),
            ("list_files", json!({}), "[\"a.txt\"]"),
            (
                "write_file",
                json!({ "file_path": "b.txt" }),
                "Error (InvalidArguments): Missing arguments of write_file",
            ),
            ("move_file", json!({}), "Error (UnknownTool): Unknown tool: move_file"),
        ] {
            assert_eq!(call(&mut files, name, arguments.clone()), answer, "{name} {arguments}");
        }
    }

    #[test]
    fn a_copy_goes_its_own_way() {
        let mut files = Files::of(json!({ "a": "1" }).as_object().unwrap());
        let mut copy = files.clone();
        call(&mut copy, "write_file", json!({ "file_path": "a", "content": "2" }));
        call(&mut files, "write_file", json!({ "file_path": "b", "content": "3" }));
        assert_eq!(copy.to_value(), json!({ "a": "2" }));
        assert_eq!(files.to_value(), json!({ "a": "1", "b": "3" }));
    }

    #[test]
    fn the_state_does_not_depend_on_the_order_in_which_files_were_written() {
        let write = |order: [&str; 2]| {
            let mut files = Files::default();
            for path in order {
                call(&mut files, "write_file", json!({ "file_path": path, "content": path }));
            }
            serde_json::to_string(&files.to_value()).unwrap()
        };
        assert_eq!(write(["a", "b"]), write(["b", "a"]));
    }

    #[test]
    fn a_path_is_only_a_name() {
        let mut files = Files::default();
        for path in ["__proto__", "../../etc/passwd", "constructor", "", "a\u{0}b"] {
            call(&mut files, "write_file", json!({ "file_path": path, "content": path }));
            assert_eq!(call(&mut files, "read_file", json!({ "file_path": path })), path);
        }
    }
}
