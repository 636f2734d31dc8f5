//! Mock data: answers that are written down. A file of DeepFabric's works as it is, and so do `mockResponse` and
//! `mockFixtures` in the definition of a tool.

use serde_json::{Map, Value, json};

use super::Tool;
use crate::json;

/// What is written down for one tool.
#[derive(Debug, Default)]
pub(super) struct Mock {
    /// For all arguments for which there is nothing else.
    default: Option<Value>,
    fixtures: Vec<Fixture>,
}

/// The answer to certain arguments.
#[derive(Debug)]
struct Fixture {
    criteria: Map<String, Value>,
    response: Value,
}

impl Mock {
    /// What the definition of a tool and the mock data (`generation.tools.mock`) hold for it; `None` where that is nothing.
    pub(super) fn of(tool: &Tool, data: &Value) -> Option<Self> {
        let own = tool.definition.get("function").unwrap_or(&tool.definition);
        let mut mock = Self { default: own.get("mockResponse").cloned(), fixtures: Vec::new() };
        mock.add_fixtures(own.get("mockFixtures"));
        let of_tool = |part: &str| data.get(part)?.get(&tool.name);
        mock.add_fixtures(of_tool("fixtures"));
        if let Some(default) = of_tool("mockResponses").and_then(|response| response.get("defaultResponse")) {
            mock.default = Some(default.clone());
        }
        (mock.default.is_some() || !mock.fixtures.is_empty()).then_some(mock)
    }

    fn add_fixtures(&mut self, fixtures: Option<&Value>) {
        for fixture in fixtures.and_then(Value::as_array).into_iter().flatten() {
            if let (Some(Value::Object(criteria)), Some(response)) = (fixture.get("match"), fixture.get("response")) {
                self.fixtures.push(Fixture { criteria: criteria.clone(), response: response.clone() });
            }
        }
    }

    /// The answer to a call: of the fixture with most criteria among those that match, or the default; `None` where
    /// nothing fits.
    pub(super) fn answer(&self, tool: &Tool, arguments: &Value) -> Option<String> {
        let mut best: Option<&Fixture> = None;
        for fixture in self.fixtures.iter().filter(|fixture| fixture.matches(arguments)) {
            if best.is_none_or(|best| fixture.criteria.len() > best.criteria.len()) {
                best = Some(fixture);
            }
        }
        let response = best.map(|fixture| &fixture.response).or(self.default.as_ref())?;
        Some(match filled(response, tool, arguments) {
            Value::String(text) => text,
            value => serde_json::to_string(&value).unwrap_or_default(),
        })
    }

    /// The arguments that the data mention, for a tool that nothing else describes: what fixtures match, of the type that
    /// they match it with, and what templates name.
    pub(super) fn parameters(&self) -> Value {
        let mut properties = Map::new();
        for fixture in &self.fixtures {
            for (name, value) in &fixture.criteria {
                let kind = match value {
                    Value::Bool(_) => json!({ "type": "boolean" }),
                    Value::Number(_) => json!({ "type": "number" }),
                    Value::String(_) => json!({ "type": "string" }),
                    _ => json!({}),
                };
                match properties.get(name) {
                    Some(known) if *known != kind => properties.insert(name.clone(), json!({})),
                    Some(_) => None,
                    None => properties.insert(name.clone(), kind),
                };
            }
        }
        let responses = self.fixtures.iter().map(|fixture| &fixture.response).chain(&self.default);
        responses.for_each(|response| collect_names(response, &mut properties));
        json!({ "type": "object", "properties": properties })
    }
}

impl Fixture {
    fn matches(&self, arguments: &Value) -> bool {
        let is_met =
            |(name, wanted): (&String, &Value)| arguments.get(name).is_some_and(|given| is_same(wanted, given));
        self.criteria.iter().all(is_met)
    }
}

/// Whether an argument is the one that is wanted. A number and the text of it are the same: the data are often written by
/// hand, and DeepFabric compares texts.
fn is_same(wanted: &Value, given: &Value) -> bool {
    wanted == given || matches!((text_of(wanted), text_of(given)), (Some(wanted), Some(given)) if wanted == given)
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// A response with the arguments where its texts name them, as `{{path}}`. What is put in is never read as a template
/// again, and what is no argument of the tool stays as it is: programs have braces too.
fn filled(response: &Value, tool: &Tool, arguments: &Value) -> Value {
    match response {
        Value::String(text) => Value::String(fill(text, tool, arguments)),
        Value::Array(items) => Value::Array(items.iter().map(|item| filled(item, tool, arguments)).collect()),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| (name.clone(), filled(value, tool, arguments));
            Value::Object(members.iter().map(member).collect())
        }
        value => value.clone(),
    }
}

fn fill(text: &str, tool: &Tool, arguments: &Value) -> String {
    let mut filled = String::with_capacity(text.len());
    each_piece(text, &mut |piece| match piece {
        Piece::Text(text) => filled.push_str(text),
        Piece::Name { name, written } => match value_of(name, tool, arguments) {
            Some(value) => filled.push_str(&value),
            None => filled.push_str(written),
        },
    });
    filled
}

/// The value of an argument; its default or nothing where it was left out. `None` for what is no argument.
fn value_of(name: &str, tool: &Tool, arguments: &Value) -> Option<String> {
    let declared = json::at(&tool.parameters, "/properties").and_then(|properties| properties.get(name));
    match arguments.get(name).or_else(|| declared?.get("default")) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Null) => Some(String::new()),
        Some(value) => Some(serde_json::to_string(value).unwrap_or_default()),
        None => declared.map(|_| String::new()),
    }
}

fn collect_names(response: &Value, properties: &mut Map<String, Value>) {
    match response {
        Value::String(text) => each_piece(text, &mut |piece| {
            if let Piece::Name { name, .. } = piece
                && is_plain(name)
                && !properties.contains_key(name)
            {
                properties.insert(name.to_owned(), json!({}));
            }
        }),
        Value::Array(items) => items.iter().for_each(|item| collect_names(item, properties)),
        Value::Object(members) => members.values().for_each(|value| collect_names(value, properties)),
        _ => {}
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A part of a text with templates.
enum Piece<'a> {
    Text(&'a str),
    /// What stands between two braces each; and with them.
    Name {
        name: &'a str,
        written: &'a str,
    },
}

fn each_piece<'a>(text: &'a str, act: &mut dyn FnMut(Piece<'a>)) {
    let mut rest = text;
    while let Some(start) = crate::search::find(rest, "{{") {
        let opened = rest.get(start + 2..).unwrap_or_default();
        let Some(length) = crate::search::find(opened, "}}") else { break };
        act(Piece::Text(rest.get(..start).unwrap_or_default()));
        let name = opened.get(..length).unwrap_or_default();
        match is_plain(name) {
            true => {
                act(Piece::Name { name, written: rest.get(start..start + length + 4).unwrap_or_default() });
                rest = opened.get(length + 2..).unwrap_or_default();
            }
            // Not a template: `{{` and what follows are looked at again from the next brace on.
            false => {
                act(Piece::Text("{"));
                rest = rest.get(start + 1..).unwrap_or_default();
            }
        }
    }
    act(Piece::Text(rest));
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn tool(parameters: Value) -> Tool {
        Tool::read(&json!({ "name": "lookup", "parameters": parameters }), "").unwrap()
    }

    fn open() -> Tool {
        Tool::known_by_name("lookup")
    }

    fn answer(data: Value, tool: &Tool, arguments: Value) -> Option<String> {
        let data = json!({ "mockResponses": { "lookup": { "defaultResponse": data["default"] } }, "fixtures": { "lookup": data["fixtures"] } });
        Mock::of(tool, &data).unwrap().answer(tool, &arguments)
    }

    #[test]
    fn the_fixture_with_most_criteria_wins() {
        let fixtures = json!([
            { "match": {}, "response": "any" },
            { "match": { "owner": "a" }, "response": "one" },
            { "match": { "owner": "a", "repo": "b" }, "response": "two" },
            { "match": { "owner": "a", "repo": "c" }, "response": "other" },
            { "match": { "repo": "b" }, "response": "late" },
        ]);
        for (arguments, expected) in [
            (json!({ "owner": "a", "repo": "b" }), "two"),
            (json!({ "owner": "a", "repo": "b", "more": 1 }), "two"),
            (json!({ "owner": "a", "repo": "x" }), "one"),
            (json!({ "owner": "x", "repo": "b" }), "late"),
            (json!({}), "any"),
        ] {
            let data = json!({ "fixtures": fixtures, "default": "default" });
            assert_eq!(answer(data, &open(), arguments.clone()).unwrap(), expected, "{arguments}");
        }
    }

    #[test]
    fn a_number_matches_its_text_and_nothing_else_matches_what_it_is_not() {
        let matches = |wanted: Value, given: Value| {
            let fixtures = json!([{ "match": { "n": wanted }, "response": "yes" }]);
            answer(json!({ "fixtures": fixtures, "default": "no" }), &open(), json!({ "n": given })).unwrap() == "yes"
        };
        assert!(
            matches(json!(342), json!(342)) && matches(json!(342), json!("342")) && matches(json!("342"), json!(342))
        );
        assert!(matches(json!([1]), json!([1])) && matches(json!(true), json!("true")));
        assert!(
            !matches(json!(342), json!(343)) && !matches(json!([1]), json!("[1]")) && !matches(json!(null), json!(""))
        );
    }

    #[test]
    fn templates_take_arguments_and_nothing_else() {
        let with_default = json!({ "type": "object", "properties": {
            "path": { "type": "string" }, "page": { "type": "integer", "default": 1 }, "ref": { "type": "string" }
        } });
        let tool = tool(with_default);
        for (template, arguments, expected) in [
            (json!("at {{path}}"), json!({ "path": "a" }), "at a"),
            (json!("{{path}}{{path}}"), json!({ "path": "{{page}}" }), "{{page}}{{page}}"),
            (
                json!({ "p": ["{{page}}", 2, { "{{path}}": "{{path}}" }] }),
                json!({ "path": "a" }),
                r#"{"p":["1",2,{"{{path}}":"a"}]}"#,
            ),
            (json!("[{{ref}}]"), json!({}), "[]"),
            (
                json!("{{ path }} {{.Values.x}} ${{ secrets.T }} {{other}}"),
                json!({}),
                "{{ path }} {{.Values.x}} ${{ secrets.T }} {{other}}",
            ),
            (json!("{{{path}}}"), json!({ "path": "a" }), "{a}"),
            (json!("{{path"), json!({ "path": "a" }), "{{path"),
            (json!("{{path}}"), json!({ "path": { "x": [1] } }), r#"{"x":[1]}"#),
            (json!("\u{e9}{{path}}\u{e9}"), json!({ "path": "\u{1F600}" }), "\u{e9}\u{1F600}\u{e9}"),
        ] {
            let given = answer(json!({ "default": template }), &tool, arguments.clone()).unwrap();
            assert_eq!(given, expected, "{template} {arguments}");
        }
    }

    #[test]
    fn a_tool_may_bring_its_own_answers() {
        let definition = json!({
            "name": "lookup", "description": "", "inputSchema": { "type": "object", "properties": { "q": {} } },
            "mockResponse": { "found": "{{q}}" },
            "mockFixtures": [{ "match": { "q": "x" }, "response": "special" }],
        });
        let tool = Tool::read(&definition, "").unwrap();
        let mock = Mock::of(&tool, &Value::Null).unwrap();
        assert_eq!(mock.answer(&tool, &json!({ "q": "y" })).unwrap(), r#"{"found":"y"}"#);
        assert_eq!(mock.answer(&tool, &json!({ "q": "x" })).unwrap(), "special");
        assert!(Mock::of(&open(), &json!({ "mockResponses": { "other": { "defaultResponse": 1 } } })).is_none());
    }

    #[test]
    fn fixtures_alone_answer_only_what_they_match() {
        let fixtures = json!({ "fixtures": { "lookup": [{ "match": { "q": "x" }, "response": "special" }] } });
        let mock = Mock::of(&open(), &fixtures).unwrap();
        assert_eq!(mock.answer(&open(), &json!({ "q": "y" })), None);
    }

    #[test]
    fn the_published_mock_data_work_as_they_are() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/inputs/github-mock-data.json");
        let Ok(text) = std::fs::read_to_string(&path) else {
            eprintln!("skipped: the published mock data are not there");
            return;
        };
        let data: Value = serde_json::from_str(&text).unwrap();
        let answer = |name: &str, arguments: Value| {
            let tool = Tool::known_by_name(name);
            let text = Mock::of(&tool, &data).unwrap().answer(&tool, &arguments).unwrap();
            serde_json::from_str::<Value>(&text).unwrap()
        };
        let file = |path: &str| json!({ "owner": "acme-corp", "repo": "web-platform", "path": path });
        assert_eq!(answer("get_file_contents", file("README.md"))["sha"], "readme123abc456");
        let unknown = answer("get_file_contents", file("x.ts"));
        assert_eq!(unknown["html_url"], "https://github.com/acme-corp/web-platform/blob/main/x.ts");
        let issue = |number: Value| json!({ "owner": "acme-corp", "repo": "web-platform", "issue_number": number });
        assert_eq!(answer("issue_read", issue(json!(342)))["number"], 342);
        assert_eq!(answer("issue_read", issue(json!(7)))["title"], "Issue #7");
        let tool = Tool::known_by_name("get_file_contents");
        let parameters = Mock::of(&tool, &data).unwrap().parameters();
        let names: Vec<&String> = parameters["properties"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["owner", "repo", "path"]);
    }
}
