//! Rows as they are sent: every key of the table in each, in one order, with values of its kind.

use serde_json::{Map, Value};

use super::kind::{Fields, Kind};

/// A row without its line's end.
pub fn row(columns: &Fields, row: &Map<String, Value>) -> String {
    let mut line = String::new();
    object(columns, row, &mut line);
    line
}

/// A value as JSON text.
pub fn json(value: &Value) -> String {
    // Values always serialise.
    serde_json::to_string(value).unwrap_or_default()
}

fn object(fields: &Fields, object: &Map<String, Value>, line: &mut String) {
    let mut separator = '{';
    for field in fields.iter() {
        line.push(separator);
        separator = ',';
        line.push_str(&field.quoted);
        value(&field.kind, object.get(&field.name).unwrap_or(&Value::Null), line);
    }
    line.push('}');
}

fn value(kind: &Kind, value_of: &Value, line: &mut String) {
    match (kind, value_of) {
        (Kind::List(inner), Value::Array(items)) => {
            line.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    line.push(',');
                }
                value(inner, item, line);
            }
            line.push(']');
        }
        (Kind::Object(fields), Value::Object(map)) => object(fields, map, line),
        (Kind::Number, Value::Number(number)) => line.push_str(&json(&number.as_f64().unwrap_or_default().into())),
        (Kind::Json, Value::Null | Value::String(_)) => line.push_str(&json(value_of)),
        (Kind::Json, other) => line.push_str(&json(&json(other).into())),
        (_, other) => line.push_str(&json(other)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// The rows as they would be sent.
    fn written(rows: &[Value]) -> Vec<Value> {
        let rows: Vec<&Map<String, Value>> = rows.iter().map(|row| row.as_object().unwrap()).collect();
        let mut columns = Fields::default();
        rows.iter().for_each(|row| columns.learn(row));
        columns.settle();
        rows.iter().map(|given| row(&columns, given).parse().unwrap()).collect()
    }

    #[test]
    fn every_row_has_the_keys_of_all_rows() {
        let rows = written(&[
            json!({ "a": 1 }),
            json!({ "b": { "c": "x" }, "a": null }),
            json!({ "b": { "c": "y", "d": true } }),
        ]);
        assert_eq!(
            rows,
            [
                json!({ "a": 1, "b": null }),
                json!({ "a": null, "b": { "c": "x", "d": null } }),
                json!({ "a": null, "b": { "c": "y", "d": true } }),
            ]
        );
    }

    #[test]
    fn values_whose_shape_varies_become_text() {
        for (first, second, as_first, as_second) in [
            (json!("text"), json!([{ "step": 1 }]), json!("text"), json!(r#"[{"step":1}]"#)),
            (json!(1), json!("one"), json!("1"), json!("one")),
            (json!({ "a": 1 }), json!({ "b": 2 }), json!(r#"{"a":1}"#), json!(r#"{"b":2}"#)),
            (json!({}), json!(null), json!("{}"), json!(null)),
            (json!(true), json!(0), json!("true"), json!("0")),
            (json!([1, "a"]), json!([]), json!(["1", "a"]), json!([])),
            (json!(1), json!(u64::MAX), json!("1"), json!("18446744073709551615")),
            (json!([[]]), json!([[{ "a": 1 }]]), json!([[]]), json!([[{ "a": 1 }]])),
        ] {
            let rows = written(&[json!({ "x": first }), json!({ "x": second })]);
            assert_eq!(rows, [json!({ "x": as_first }), json!({ "x": as_second })]);
        }
        let numbers = written(&[json!({ "x": 1 }), json!({ "x": 0.5 })]);
        assert_eq!(json(&numbers[0]), r#"{"x":1.0}"#, "a column of numbers holds one kind of number");
    }

    #[test]
    fn what_tools_take_is_kept_as_they_wrote_it() {
        let tool =
            json!({ "name": "f", "parameters": { "type": "object", "properties": { "path": { "type": "string" } } } });
        let rows = written(&[json!({ "tools": [tool] }), json!({ "tools": null })]);
        let parameters = rows[0]["tools"][0]["parameters"].as_str().unwrap();
        assert_eq!(parameters.parse::<Value>().unwrap(), tool["parameters"]);
    }

    #[test]
    fn a_map_with_very_many_keys_is_text() {
        let map: Map<String, Value> = (0..200).map(|number| (format!("key {number}"), number.into())).collect();
        let rows = written(&[json!({ "map": map })]);
        assert_eq!(rows[0]["map"].as_str().unwrap().parse::<Value>().unwrap(), Value::Object(map));
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f32>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::from),
            ".{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::vec(("[a-c]", inner), 0..3)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    /// Whether two values would be given the same type by a reader that knows only them.
    fn same_type(a: &Value, b: &Value) -> bool {
        match (a, b) {
            (Value::Null, _) | (_, Value::Null) => true,
            (Value::Array(a), Value::Array(b)) => {
                a.iter().chain(b).all(|one| a.iter().chain(b).all(|other| same_type(one, other)))
            }
            (Value::Object(a), Value::Object(b)) => {
                a.keys().eq(b.keys()) && a.iter().all(|(key, value)| same_type(value, &b[key]))
            }
            (Value::Number(a), Value::Number(b)) => a.is_f64() == b.is_f64(),
            _ => std::mem::discriminant(a) == std::mem::discriminant(b),
        }
    }

    proptest! {
        #[test]
        fn no_column_ever_changes_its_type(values in prop::collection::vec(any_value(), 1..6)) {
            let rows: Vec<Value> = values.iter().map(|value| json!({ "x": value })).collect();
            let sent = written(&rows);
            for one in &sent {
                for other in &sent {
                    prop_assert!(same_type(one, other), "{one} {other}");
                }
            }
            // What was written is what is written: a dataset that was read back is the same when it is sent again.
            prop_assert_eq!(written(&sent), sent);
        }
    }
}
