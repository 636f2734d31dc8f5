//! Constraints as sentences for the model.

use serde_json::{Map, Value};

/// Where in a reply a schema applies.
#[derive(Clone, Default)]
pub(super) struct Place {
    path: String,
    aside: String,
}

impl Place {
    pub(super) fn property(&self, name: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self { path: [&self.path, dot, name].concat(), aside: self.aside.clone() }
    }

    pub(super) fn item(&self) -> Self {
        Self { path: [&self.path, "[]"].concat(), aside: self.aside.clone() }
    }

    pub(super) fn alternative(&self, number: usize) -> Self {
        Self { path: self.path.clone(), aside: format!("{} (alternative {number} of {})", self.aside, self.subject()) }
    }

    /// This place as an example of all that a definition is used for.
    pub(super) fn in_definition(&self, name: &str) -> Self {
        Self { path: self.path.clone(), aside: [&self.aside, " (also wherever ", name, " is used)"].concat() }
    }

    /// A sentence about this place.
    pub(super) fn sentence(&self, predicate: &str) -> String {
        [&self.subject(), " ", predicate, &self.aside].concat()
    }

    fn subject(&self) -> String {
        let quoted = |path: &str| json(&Value::from(path));
        match self.path.strip_suffix("[]") {
            _ if self.path.is_empty() => "the reply".to_owned(),
            Some("") => "each item of the reply".to_owned(),
            Some(array) => ["each item of ", &quoted(array)].concat(),
            None => quoted(&self.path),
        }
    }
}

/// What a keyword says, to be put after the place that it is about; `None` for what says nothing.
pub(super) fn predicate(keyword: &str, schema: &Map<String, Value>) -> Option<String> {
    let value = schema.get(keyword)?;
    let (before, after) = match (keyword, value) {
        ("minimum", Value::Number(_)) => ("is at least ", ""),
        ("maximum", Value::Number(_)) => ("is at most ", ""),
        ("exclusiveMinimum", Value::Number(_)) => ("is more than ", ""),
        ("exclusiveMaximum", Value::Number(_)) => ("is less than ", ""),
        ("multipleOf", Value::Number(_)) => ("is a multiple of ", ""),
        ("minLength", Value::Number(_)) => ("has at least ", " character(s)"),
        ("maxLength", Value::Number(_)) => ("has at most ", " character(s)"),
        ("minItems", Value::Number(_)) => ("has at least ", " item(s)"),
        ("maxItems", Value::Number(_)) => ("has at most ", " item(s)"),
        ("minProperties", Value::Number(_)) => ("has a property count of at least ", ""),
        ("maxProperties", Value::Number(_)) => ("has a property count of at most ", ""),
        ("pattern", Value::String(_)) => ("matches the regular expression ", ""),
        ("format", Value::String(_)) => ("is in the format ", ""),
        ("contentEncoding", Value::String(_)) => ("is encoded as ", ""),
        ("contentMediaType", Value::String(_)) => ("holds text of the type ", ""),
        ("description", Value::String(_)) => ("means: ", ""),
        ("uniqueItems", Value::Bool(true)) => return Some("has no two equal items".to_owned()),
        ("prefixItems", Value::Array(_)) => ("has items that match, in this order, the JSON Schemas ", ""),
        ("not", _) => ("does not match the JSON Schema ", ""),
        ("propertyNames", _) => ("has only property names that match the JSON Schema ", ""),
        ("additionalProperties" | "unevaluatedProperties", Value::Bool(false)) => {
            return Some("has no other properties".to_owned());
        }
        ("unevaluatedItems", Value::Bool(false)) => return Some("has no other items".to_owned()),
        ("additionalProperties" | "unevaluatedProperties" | "unevaluatedItems", Value::Object(_)) => {
            ("has others only if they match the JSON Schema ", "")
        }
        ("const", _) => ("is ", ""),
        ("enum", Value::Array(_)) => ("is one of ", ""),
        ("default", value) if !value.is_null() => ("is ", " by default"),
        ("examples", Value::Array(_)) => ("is, for example, one of ", ""),
        ("patternProperties", Value::Object(patterns)) => {
            return each(patterns, |name, schema| {
                ["has properties with a name like ", name, " only if they match the JSON Schema ", &json(schema)]
                    .concat()
            });
        }
        ("dependentRequired" | "dependentSchemas" | "dependencies", Value::Object(needs)) => {
            return each(needs, |name, needed| {
                let what = if needed.is_array() { "has " } else { "matches the JSON Schema " };
                [what, &json(needed), " whenever it has ", &json(&Value::from(name))].concat()
            });
        }
        ("contains", value) => {
            let least = schema.get("minContains").map_or_else(|| "1".to_owned(), json);
            let most = schema.get("maxContains").map(|most| [" and at most ", &json(most)].concat());
            let bounds = ["has at least ", &least, most.as_deref().unwrap_or_default()].concat();
            return Some([&bounds, " item(s) that match the JSON Schema ", &json(value)].concat());
        }
        ("if", condition) => {
            let then = schema.get("then").map_or_else(|| "true".to_owned(), json);
            let other = schema.get("else").map(|other| [", and ", &json(other), " if not"].concat());
            let condition = [" if it matches ", &json(condition), other.as_deref().unwrap_or_default()].concat();
            return Some(["matches the JSON Schema ", &then, &condition].concat());
        }
        _ => return None,
    };
    let is_word = matches!(keyword, "pattern" | "format" | "contentEncoding" | "contentMediaType" | "description");
    let word = value.as_str().filter(|_| is_word);
    Some([before, &word.map_or_else(|| json(value), str::to_owned), after].concat())
}

fn each(members: &Map<String, Value>, say: impl Fn(&str, &Value) -> String) -> Option<String> {
    let said: Vec<String> = members.iter().map(|(name, value)| say(name, value)).collect();
    (!said.is_empty()).then(|| said.join(", and "))
}

fn json(value: &Value) -> String {
    // Values always serialise.
    serde_json::to_string(value).unwrap_or_default()
}
