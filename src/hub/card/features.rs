//! The columns, for readers and for people.

use serde_json::{Map, Value};

use super::markdown::escape;
use crate::hub::rows::{Fields, Kind};

/// The columns as `datasets` declares them.
pub fn of(columns: &Fields) -> Vec<Value> {
    let feature = |(name, kind): (&str, &Kind)| {
        let mut feature = Map::new();
        feature.insert("name".to_owned(), name.into());
        feature.append(&mut typed(kind));
        Value::Object(feature)
    };
    columns.iter().map(|field| feature((&field.name, &field.kind))).collect()
}

fn typed(kind: &Kind) -> Map<String, Value> {
    let (key, value) = match kind {
        Kind::List(inner) => ("list", inside(inner)),
        Kind::Object(fields) => ("struct", of(fields).into()),
        scalar => ("dtype", dtype(scalar).into()),
    };
    Map::from_iter([(key.to_owned(), value)])
}

/// What a list holds.
fn inside(kind: &Kind) -> Value {
    match kind {
        Kind::List(_) => typed(kind).into(),
        Kind::Object(fields) => of(fields).into(),
        scalar => dtype(scalar).into(),
    }
}

fn dtype(kind: &Kind) -> &'static str {
    match kind {
        Kind::Boolean => "bool",
        Kind::Integer => "int64",
        Kind::Number => "float64",
        _ => "string",
    }
}

/// The columns as a table.
pub fn table(columns: &Fields) -> String {
    let mut table = "| column | holds |\n|---|---|\n".to_owned();
    for field in columns.iter() {
        table.push_str("| ");
        table.push_str(&escape(&field.name));
        table.push_str(" | ");
        table.push_str(&said(&field.kind));
        table.push_str(" |\n");
    }
    table
}

fn said(kind: &Kind) -> String {
    let names = |fields: &Fields| {
        let names: Vec<String> = fields.iter().map(|field| escape(&field.name)).collect();
        crate::search::join(&names, ", ")
    };
    match kind {
        Kind::Boolean => "true or false".to_owned(),
        Kind::Integer => "a whole number".to_owned(),
        Kind::Number => "a number".to_owned(),
        Kind::Nothing | Kind::Text => "text".to_owned(),
        Kind::Json => "text, as JSON where it is anything else".to_owned(),
        Kind::List(inner) => match &**inner {
            Kind::Object(fields) => format!("a list, each with {}", names(fields)),
            inner => format!("a list: {}", said(inner)),
        },
        Kind::Object(fields) => names(fields),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nested_columns_are_declared_to_the_last() {
        let row = json!({
            "text": "a", "number": 1, "share": 0.5, "flag": true, "path": ["a"], "grid": [["a"]],
            "messages": [{ "role": "user", "calls": [{ "id": "a" }] }], "meta": { "id": "a" }, "nothing": null,
        });
        let mut columns = Fields::default();
        columns.learn(row.as_object().unwrap());
        columns.settle();
        let expected = json!([
            { "name": "text", "dtype": "string" },
            { "name": "number", "dtype": "int64" },
            { "name": "share", "dtype": "float64" },
            { "name": "flag", "dtype": "bool" },
            { "name": "path", "list": "string" },
            { "name": "grid", "list": { "list": "string" } },
            { "name": "messages", "list": [
                { "name": "role", "dtype": "string" },
                { "name": "calls", "list": [{ "name": "id", "dtype": "string" }] },
            ] },
            { "name": "meta", "struct": [{ "name": "id", "dtype": "string" }] },
            { "name": "nothing", "dtype": "string" },
        ]);
        assert_eq!(Value::Array(of(&columns)), expected);
    }
}
