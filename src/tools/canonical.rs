//! Values in one order, so that what is equal is written alike.

use serde_json::{Map, Value};

/// A value with the members of every object in the order of their names.
pub(super) fn by_name(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(by_name).collect()),
        Value::Object(members) => {
            let mut ordered = Map::new();
            for name in in_order(members.keys().cloned().collect()) {
                let value = members.get(&name).map(by_name).unwrap_or_default();
                ordered.insert(name, value);
            }
            Value::Object(ordered)
        }
        value => value.clone(),
    }
}

/// Values in the order of their JSON texts, each by name.
pub(super) fn by_text(values: &[Value]) -> Value {
    let texts = values.iter().map(|value| serde_json::to_string(&by_name(value)).unwrap_or_default());
    in_order(texts.collect()).iter().map(|text| text.parse::<Value>().unwrap_or_default()).collect()
}

/// Texts in order. (The one kind of sort that is used here: each further kind would be more to download.)
fn in_order(mut texts: Vec<String>) -> Vec<String> {
    texts.sort_unstable();
    texts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_values_are_written_alike() {
        let (one, other) =
            (json!({ "b": [{ "d": 1, "c": 2 }], "a": null }), json!({ "a": null, "b": [{ "c": 2, "d": 1 }] }));
        let text = serde_json::to_string(&by_name(&one)).unwrap();
        assert_eq!(text, r#"{"a":null,"b":[{"c":2,"d":1}]}"#);
        assert_eq!(text, serde_json::to_string(&by_name(&other)).unwrap());
        assert_eq!(by_text(&[json!({ "b": 1 }), one.clone(), other]), json!([one, one, { "b": 1 }]));
        assert_eq!(by_text(&[json!([2, 1])]), json!([[2, 1]]), "lists keep their order");
    }
}
