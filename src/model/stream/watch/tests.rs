//! A watch is right whenever it complains, and complains as soon as it can be.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// What the watch says about a text that arrives in pieces of these sizes, and how many characters it had seen by then.
fn watch_pieces(schema: &Value, text: &str, sizes: &[usize]) -> Option<(String, usize)> {
    let mut watch = Watch::new(schema);
    let mut characters = text.chars();
    let mut seen = 0;
    for size in sizes.iter().copied().chain(std::iter::repeat(1)) {
        if characters.as_str().is_empty() {
            return None;
        }
        let piece: String = characters.by_ref().take(size).collect();
        seen += piece.chars().count();
        if let Err(complaint) = watch.push(&piece) {
            assert_eq!(watch.push("anything"), Ok(()), "it is said once");
            return Some((complaint, seen));
        }
    }
    None
}

/// What the watch says, and the text that it had seen by then.
fn watch<'a>(schema: &Value, text: &'a str) -> Option<(String, &'a str)> {
    let (complaint, seen) = watch_pieces(schema, text, &[])?;
    let end = text.char_indices().nth(seen).map_or(text.len(), |(at, _)| at);
    Some((complaint, &text[..end]))
}

fn people() -> Value {
    json!({
        "type": "object",
        "properties": {
            "people": {"type": "array", "items": {"$ref": "#/$defs/person"}, "maxItems": 2},
            "note": {"type": ["string", "null"]},
            "any": {"anyOf": [{"type": "string"}, {"type": "number"}]},
        },
        "required": ["people"],
        "additionalProperties": false,
        "$defs": {
            "person": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "maxLength": 3},
                    "age": {"type": "integer"},
                    "friend": {"$ref": "#/$defs/person"},
                },
                "additionalProperties": false,
            },
        },
    })
}

#[test]
fn complains_as_soon_as_it_is_certain() {
    for (text, seen, complaint) in [
        (r#"[{"people": []}]"#, "[{", "the reply has the type array where the schema has object"),
        (r#"[]"#, "[]", "the reply has the type array where the schema has object"),
        (r#"{"people": {"name": "Jo"}}"#, r#"{"people": {"#, "people has the type object where the schema has array"),
        (
            r#"{"people": ["Jo", "Al"]}"#,
            r#"{"people": [""#,
            "people[0] has the type string where the schema has object",
        ),
        (
            r#"{"people": [{}, {"age": "9"}]}"#,
            r#"{"people": [{}, {"age": ""#,
            "people[1].age has the type string where the schema has integer",
        ),
        (
            r#"{"people": [{"age": 9.5}]}"#,
            r#"{"people": [{"age": 9.5}"#,
            "people[0].age has the type number where the schema has integer",
        ),
        (r#"{"note": true}"#, r#"{"note": true}"#, "note has the type boolean where the schema has string or null"),
        (
            r#"{"people": [{}, {}, {}]}"#,
            r#"{"people": [{}, {}, {"#,
            "people[2] is one item more than the schema allows",
        ),
        (
            r#"{"note": "a", "note": "b"}"#,
            r#"{"note": "a", "note""#,
            "the key \"note\" is written twice in the same object",
        ),
        (
            r#"{"any": 9007199254740993, "#,
            r#"{"any": 9007199254740993,"#,
            "the integer 9007199254740993 is beyond 2^53, where integers lose digits",
        ),
        (
            r#"{"note": "a"} I hope this helps"#,
            r#"{"note": "a"} I"#,
            "it is not valid JSON (there is more text after the end of the JSON at line 1 column 15)",
        ),
        (
            "{\"note\": \"a\",\n note: 1}",
            "{\"note\": \"a\",\n n",
            "it is not valid JSON (a key in double quotes is expected at line 2 column 2)",
        ),
        (
            "{\"note\": \"a\n\"}",
            "{\"note\": \"a\n",
            "it is not valid JSON (line breaks and other control characters in strings have to be escaped at line 2 \
             column 0)",
        ),
    ] {
        assert_eq!(watch(&people(), text), Some((complaint.to_owned(), seen)), "{text}");
    }
}

#[test]
fn leaves_alone_what_may_be_right() {
    for text in [
        r#"{"people": [{"name": "longer than allowed", "age": 9}, {"age": 1e1}], "note": null}"#,
        r#"{"people": [{"friend": {"friend": {"age": 5.0}}}], "note": "n", "any": true}"#,
        r#"{"any": [{"whatever": {"is": "here"}}, 1, 2, 3]}"#,
        r#"{"notes": "x", "people": [{"friend": {"nick": 1}}]}"#,
        "\n\n {}\n\n",
        r#"{"people": ["#,
        "",
    ] {
        assert_eq!(watch(&people(), text), None, "{text}");
    }
}

#[test]
fn does_not_judge_what_does_not_begin_as_json() {
    for text in [
        "```json\n{\"oops\": 1,}\n```",
        "<think>{\"oops\": 1,}</think>{}",
        "[THINK]Hm[/THINK]{}",
        "[Note] {}",
        "{name} is {}",
        "Sure! {\"oops\": 1,} {}",
        "\"text\" {} {}",
        "12 {} {}",
        "null {} {}",
        "<|channel|>analysis<|message|>{ , ",
        "\u{feff}{,",
    ] {
        assert_eq!(watch(&people(), text), None, "{text}");
        assert_eq!(watch(&people(), &format!(" \n{text}")), None, "{text}");
    }
}

#[test]
fn ends_what_will_not_end() {
    let spaces = |count: usize| " \n\t\r".repeat(count).chars().take(count).collect::<String>();
    let runaway = |text: &str| watch(&json!({}), text).is_some_and(|(complaint, _)| complaint.contains("whitespace"));
    for beginning in ["", "{", "[", "{\"a\":", "{\"a\": 1", "[1,", "[]"] {
        assert!(!runaway(&format!("{beginning}{}", spaces(1000))));
        assert!(runaway(&format!("{beginning}{}", spaces(1001))), "{beginning}");
    }
    assert!(!runaway(&format!("[\"{}", " ".repeat(5000))));

    for open in ["[", "{\"a\":"] {
        assert_eq!(watch(&json!({}), &open.repeat(127)), None);
        let (complaint, _) = watch(&json!({}), &open.repeat(128)).unwrap();
        assert!(complaint.contains("nested too deeply"));
    }
}

#[test]
fn follows_a_schema_only_as_far_as_it_understands_it() {
    for schema in [
        json!(true),
        json!({}),
        json!({"type": "anything"}),
        json!({"type": 7}),
        json!({"properties": {"a": true}}),
        json!({"properties": {"a": {"anyOf": [{"type": "array"}]}}}),
        json!({"properties": {"a": {"$ref": "other.json#/a"}}}),
        json!({"properties": {"a": {"$ref": "#/nowhere"}}}),
        json!({"properties": {"a": {"$ref": "#anchor"}}}),
        json!({"properties": {"a": {"$ref": "#/properties/a"}}}),
        json!({"properties": {"a": {"$ref": 1}}}),
        json!({"properties": {"a": {"$id": "http://example.com/x", "$ref": "#/type"}}, "type": "object"}),
        json!({"properties": {"a": {"$ref": "#/%24defs"}}, "%24defs": {"type": "string"}}),
        json!({"patternProperties": {"^a": {}}, "additionalProperties": false}),
        json!({"patternProperties": {"^a": {}}, "additionalProperties": {"type": "string"}}),
        json!({"properties": {"a": {"prefixItems": [{}], "items": {"type": "string"}}}}),
        json!({"properties": {"a": {"items": [{"type": "number"}, {"type": "number"}]}}}),
        json!({"properties": {"a": {"maxItems": "many"}}}),
        json!({"if": {"type": "array"}, "then": {"type": "array"}}),
    ] {
        assert_eq!(watch(&schema, r#"{"a": [1, 2, 3]}"#), None, "{schema}");
    }
    let others = json!({"properties": {"a": {}}, "additionalProperties": {"type": "string"}});
    assert_eq!(watch(&others, r#"{"a": 1, "b": "x"}"#), None);
    assert!(watch(&others, r#"{"a": 1, "b": 1}"#).is_some());
    let escaped = json!({"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "array"}}, "type": "object"});
    assert!(watch(&escaped, r#"{"a": 1}"#).is_some());
}

/// A few of everything: what the watch checks, what it passes over, and references, also to what is around.
fn schemas() -> impl Strategy<Value = Value> {
    let types = ["object", "array", "string", "number", "integer", "boolean", "null"];
    let leaf = prop_oneof![
        4 => prop::sample::select(types.to_vec()).prop_map(|name| json!({"type": name})),
        1 => prop::sample::subsequence(types.to_vec(), 1..4).prop_map(|names| json!({"type": names})),
        1 => prop::sample::select(vec!["#/$defs/a", "#/$defs/b"]).prop_map(|to| json!({"$ref": to})),
        1 => Just(json!({})),
        1 => Just(json!(true)),
        1 => Just(json!({"enum": ["a", 1, null]})),
    ];
    let inner = leaf.prop_recursive(3, 20, 3, |inner| {
        let others = prop_oneof![Just(None), Just(Some(json!(false))), inner.clone().prop_map(Some)];
        let properties = prop::collection::vec((prop::sample::select(KEYS.to_vec()), inner.clone()), 0..3);
        prop_oneof![
            (properties, others, any::<bool>()).prop_map(|(properties, others, by_pattern)| {
                let properties: Map<String, Value> =
                    properties.into_iter().map(|(key, schema)| (key.to_owned(), schema)).collect();
                let mut schema = json!({"type": "object", "properties": properties});
                if by_pattern {
                    schema["patternProperties"] = json!({"^[ab]": {}});
                }
                if let Some(others) = others {
                    schema["additionalProperties"] = others;
                }
                schema
            }),
            (inner.clone(), 0..4u8)
                .prop_map(|(items, most)| json!({"type": "array", "items": items, "maxItems": most})),
            inner.clone().prop_map(|items| json!({"items": items})),
            (inner.clone(), inner.clone()).prop_map(|(first, rest)| json!({"prefixItems": [first], "items": rest})),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| json!({"anyOf": [one, other]})),
            (inner.clone(), inner).prop_map(|(one, other)| json!({"allOf": [one], "oneOf": [other]})),
        ]
    });
    (inner.clone(), inner.clone(), inner).prop_map(|(root, a, b)| {
        let mut root = if root.is_object() { root } else { json!({"type": "object"}) };
        root["$defs"] = json!({"a": {"type": "object", "properties": {"b": a, "self": {"$ref": "#"}}}, "b": b});
        root
    })
}

const KEYS: [&str; 5] = ["a", "b", "self", "é\n", ""];

/// Makes up values, steered by a schema so that many of them satisfy it.
struct Author(u64);

impl Author {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    fn value(&mut self, root: &Value, schema: &Value, depth: usize) -> Value {
        if let Some(pointer) = schema["$ref"].as_str().filter(|_| depth < 6) {
            return self.value(root, root.pointer(&pointer[1..]).unwrap(), depth + 1);
        }
        for keyword in ["anyOf", "allOf", "oneOf", "enum"] {
            if let Some(choices) = schema[keyword].as_array() {
                let choice = self.pick(choices).clone();
                return if keyword == "enum" { choice } else { self.value(root, &choice, depth + 1) };
            }
        }
        let any = ["object", "array", "string", "number", "integer", "boolean", "null"];
        let guess = if schema["properties"].is_object() {
            "object"
        } else if !schema["items"].is_null() {
            "array"
        } else if depth == 0 {
            self.pick(&any[..2])
        } else {
            self.pick(&any)
        };
        let name = match &schema["type"] {
            Value::String(name) => name,
            Value::Array(names) => self.pick(names).as_str().unwrap(),
            _ => guess,
        };
        match name {
            "object" if depth > 5 => json!({}),
            "array" if depth > 5 => json!([]),
            "object" => {
                let mut object = Map::new();
                let own: Vec<String> =
                    schema["properties"].as_object().into_iter().flat_map(Map::keys).cloned().collect();
                for key in own.iter().map(String::as_str).chain(KEYS) {
                    let is_own = own.iter().any(|own| own == key);
                    if self.below(10) < if is_own { 7 } else { 1 } {
                        let schema = if is_own { &schema["properties"][key] } else { &schema["additionalProperties"] };
                        object.insert(key.to_owned(), self.value(root, schema, depth + 1));
                    }
                }
                Value::Object(object)
            }
            "array" => {
                let count = self.below(schema["maxItems"].as_u64().unwrap_or(3) + 1);
                (0..count).map(|_| self.value(root, &schema["items"], depth + 1)).collect()
            }
            "string" => json!(*self.pick(&["", "a\"b\\", "{\"a\": [", "é🦀\n\t", "</think>```", "    "])),
            "number" => self.pick(&[json!(0.5), json!(-7), json!(1e300), json!(-0.0)]).clone(),
            "integer" => self.pick(&[json!(0), json!(-12), json!(9_007_199_254_740_992u64), json!(3.0)]).clone(),
            "boolean" => json!(true),
            _ => Value::Null,
        }
    }

    /// Writes a value as no serialiser would, but any reader understands.
    fn write(&mut self, value: &Value, text: &mut String) {
        self.space(text);
        match value {
            Value::Object(object) => {
                text.push('{');
                for (index, (key, value)) in object.iter().enumerate() {
                    text.push_str(if index == 0 { "" } else { "," });
                    self.space(text);
                    self.write_string(key, text);
                    self.space(text);
                    text.push(':');
                    self.write(value, text);
                }
                self.space(text);
                text.push('}');
            }
            Value::Array(items) => {
                text.push('[');
                for (index, item) in items.iter().enumerate() {
                    text.push_str(if index == 0 { "" } else { "," });
                    self.write(item, text);
                }
                self.space(text);
                text.push(']');
            }
            Value::String(string) => self.write_string(string, text),
            Value::Number(number) if number.is_i64() && self.below(3) == 0 && number.as_i64() < Some(1000) => {
                text.push_str(&format!("{number}{}", self.pick(&[".0", "e0", "E+0", ".00e-0"])));
            }
            other => text.push_str(&other.to_string()),
        }
        self.space(text);
    }

    fn write_string(&mut self, string: &str, text: &mut String) {
        text.push('"');
        for character in string.chars() {
            if self.below(4) == 0 {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            } else {
                let quoted = json!(character).to_string();
                text.push_str(&quoted[1..quoted.len() - 1]);
            }
        }
        text.push('"');
    }

    fn space(&mut self, text: &mut String) {
        let count = if self.below(50) == 0 { 1000 / 4 } else { self.below(3) };
        for _ in 0..count {
            text.push(*self.pick(&[' ', '\n', '\t', '\r']));
        }
    }

    /// Spoils a text, or not.
    fn edit(&mut self, text: &str) -> String {
        let mut characters: Vec<char> = text.chars().collect();
        for _ in 0..self.below(3) {
            let at = self.below(characters.len() as u64 + 1) as usize;
            let until = (at + self.below(3) as usize).min(characters.len());
            let slip = *self
                .pick(&["", "", "\"", "{", "}", "[", "]", ",", ":", "1", "e", "true", "\\", "\"a\":1,", "\n", "x"]);
            characters.splice(at..until, slip.chars());
        }
        characters.into_iter().collect()
    }
}

/// Whether a reply would be taken: a value in one reading only, and one of the schema.
fn is_usable(validator: &jsonschema::Validator, text: &str) -> bool {
    decode::json(text).is_ok_and(|value| validator.is_valid(&value))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn never_complains_about_what_is_right(schema in schemas(), seed: u64, sizes in prop::collection::vec(1..9usize, 0..9)) {
        let mut author = Author(seed);
        let value = author.value(&schema, &schema, 0);
        prop_assume!(value.is_object() || value.is_array());
        let mut text = String::new();
        author.write(&value, &mut text);
        let validator = jsonschema::validator_for(&schema).unwrap();
        prop_assert_eq!(decode::json(&text), Ok(serde_json::from_str(&text).unwrap()));
        if is_usable(&validator, &text) {
            prop_assert_eq!(watch_pieces(&schema, &text, &sizes), None, "{}", text);
        }
    }

    #[test]
    fn is_right_whenever_it_complains(schema in schemas(), other in schemas(), seed: u64, from_other: bool) {
        let mut author = Author(seed);
        let template = if from_other { &other } else { &schema };
        let value = author.value(template, template, 0);
        let mut text = String::new();
        author.write(&value, &mut text);
        let text = author.edit(&text);
        let validator = jsonschema::validator_for(&schema).unwrap();
        if let Some((complaint, seen)) = watch(&schema, &text)
            && !complaint.contains("whitespace")
        {
            prop_assert!(!is_usable(&validator, &text), "{complaint}: {text}");
            // Whatever follows.
            let rest = author.edit(text.get(seen.len()..).unwrap_or_default());
            prop_assert!(!is_usable(&validator, &format!("{seen}{rest}")), "{complaint}: {seen}{rest}");
        }
    }

    #[test]
    fn says_the_same_however_the_text_is_split(
        schema in schemas(), seed: u64, sizes in prop::collection::vec(1..40usize, 0..40),
    ) {
        let mut author = Author(seed);
        let value = author.value(&schema, &schema, 0);
        let mut text = String::new();
        author.write(&value, &mut text);
        let text = author.edit(&text);
        let complaint = |found: Option<(String, usize)>| found.map(|(complaint, _)| complaint);
        prop_assert_eq!(complaint(watch_pieces(&schema, &text, &sizes)), complaint(watch_pieces(&schema, &text, &[])));
    }

    #[test]
    fn arbitrary_text_is_no_danger(schema in schemas(), text: String) {
        let _ = watch(&schema, &text);
        let _ = watch(&schema, &format!("{{\"a\":{text}"));
    }
}
