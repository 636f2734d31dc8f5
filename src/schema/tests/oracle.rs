//! Random schemas and values: the verdict is that of another implementation.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jsonschema::Draft;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed};
use serde_json::{Map, Value, json};

use super::{found, reviewed};

/// What schemas are made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Draft 2020-12, one resource.
    Current,
    /// Draft 2020-12, where definitions are resources with dynamic anchors.
    Resources,
    /// Draft 7.
    Draft7,
}

const NAMES: [&str; 5] = ["a", "b", "ab", "c", "__proto__"];

fn name() -> impl Strategy<Value = String> {
    select(NAMES.map(str::to_owned).to_vec())
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (-3..8).prop_map(|number| json!(number)),
        2 => (-300..300).prop_map(|hundredths| json!(f64::from(hundredths) / 100.0)),
        1 => select(vec![
            json!(0.0), json!(1.0), json!(-2.0), json!(0.1), json!(0.3), json!(1e20), json!(1e-7),
            json!(9_007_199_254_740_993_u64), json!(9_007_199_254_740_992.0), json!(u64::MAX), json!(i64::MIN),
        ]),
    ]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        4 => number(),
        4 => select(vec!["", "a", "ab", "abc", "ba", "\u{e9}", "\u{1f600}", "2026-02-29", "2024-02-29", "::1", "1.2.3.4"])
            .prop_map(Value::from),
    ]
}

fn object(value: impl Strategy<Value = Value>, most: usize) -> impl Strategy<Value = Value> {
    prop::collection::vec((name(), value), 0..=most).prop_map(|members| Value::Object(members.into_iter().collect()))
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 24, 4, |value| {
        prop_oneof![prop::collection::vec(value.clone(), 0..4).prop_map(Value::Array), object(value, 4),]
    })
}

type Keywords = Vec<(&'static str, Value)>;

fn one(keyword: &'static str, value: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Keywords> {
    value.prop_map(move |value| vec![(keyword, value)]).boxed()
}

fn count() -> impl Strategy<Value = Value> {
    select(vec![json!(0), json!(1), json!(2), json!(2.0), json!(3)])
}

fn names() -> impl Strategy<Value = Value> {
    prop::collection::btree_set(name(), 0..3).prop_map(|names| json!(names))
}

fn types() -> impl Strategy<Value = Value> {
    let one = || select(vec!["string", "number", "integer", "boolean", "array", "object", "null"]);
    prop_oneof![
        2 => one().prop_map(Value::from),
        1 => prop::collection::btree_set(one(), 1..4).prop_map(|types| json!(types)),
    ]
}

/// Keywords without schemas in them.
fn assertion(kind: Kind) -> BoxedStrategy<Keywords> {
    let mut all = vec![
        one("type", types()),
        one("type", types()),
        one("const", value()),
        one("enum", prop::collection::vec(value(), 1..4).prop_map(Value::Array)),
        one("minimum", number()),
        one("maximum", number()),
        one("exclusiveMinimum", number()),
        one("exclusiveMaximum", number()),
        one(
            "multipleOf",
            select(vec![json!(1), json!(2), json!(0.5), json!(0.01), json!(0.1), json!(3.0), json!(1e-7)]),
        ),
        one("minLength", count()),
        one("maxLength", count()),
        one("pattern", select(vec!["^a", "b$", "^[a-b]*$", "^.$", "\\d"]).prop_map(Value::from)),
        one("format", select(vec!["date", "ipv4", "ipv6", "no-such-format"]).prop_map(Value::from)),
        one("minItems", count()),
        one("maxItems", count()),
        one("uniqueItems", any::<bool>().prop_map(Value::Bool)),
        one("minProperties", count()),
        one("maxProperties", count()),
        one("required", names()),
        one("default", value()),
        one("unknown", value()),
    ];
    if kind == Kind::Draft7 {
        all.push(one("dependencies", object(names(), 2)));
    } else {
        all.push(one("dependentRequired", object(names(), 2)));
    }
    proptest::strategy::Union::new(all).boxed()
}

fn reference(kind: Kind) -> BoxedStrategy<Value> {
    let refer = |keyword: &'static str, targets: &[&'static str]| {
        select(targets.to_vec()).prop_map(move |target| json!({ keyword: target })).boxed()
    };
    match kind {
        Kind::Current => refer("$ref", &["#", "#/$defs/d0", "#/$defs/d1", "#/%24defs/d2", "#anchor"]),
        Kind::Draft7 => refer("$ref", &["#", "#/definitions/d0", "#/definitions/d1", "#/definitions/d2"]),
        Kind::Resources => prop_oneof![
            // Not `d1#node`: the other implementation follows it as if it were dynamic.
            refer("$ref", &["#", "d0", "d1", "d2#plain", "root", "root#/$defs/d1"]),
            refer("$dynamicRef", &["#node", "#node", "d1#node", "d2"]),
        ]
        .boxed(),
    }
}

/// Keywords with schemas in them.
fn applicator(kind: Kind, schema: &BoxedStrategy<Value>) -> BoxedStrategy<Keywords> {
    let schema = || schema.clone();
    let list = || prop::collection::vec(schema(), 1..4).prop_map(Value::Array);
    let by_pattern = prop::collection::vec((select(vec!["^a", "b", "c$"]), schema()), 1..3)
        .prop_map(|all| Value::Object(all.into_iter().map(|(pattern, schema)| (pattern.to_owned(), schema)).collect()));
    let condition = (schema(), prop::option::of(schema()), prop::option::of(schema())).prop_map(|(test, then, or)| {
        let mut keywords = vec![("if", test)];
        keywords.extend(then.map(|then| ("then", then)));
        keywords.extend(or.map(|or| ("else", or)));
        keywords
    });
    let mut all = vec![
        one("properties", object(schema(), 3)),
        one("properties", object(schema(), 3)),
        one("patternProperties", by_pattern),
        one("additionalProperties", schema()),
        one("propertyNames", schema()),
        one("items", schema()),
        one("contains", schema()),
        one("allOf", list()),
        one("anyOf", list()),
        one("oneOf", list()),
        one("not", schema()),
        condition.boxed(),
    ];
    if kind == Kind::Draft7 {
        let tuple = (list(), prop::option::of(schema())).prop_map(|(items, rest)| {
            let mut keywords = vec![("items", items)];
            keywords.extend(rest.map(|rest| ("additionalItems", rest)));
            keywords
        });
        all.extend([tuple.boxed(), one("dependencies", object(schema(), 2))]);
    } else {
        let contains = (schema(), count(), prop::option::of(count())).prop_map(|(contains, least, most)| {
            let mut keywords = vec![("contains", contains), ("minContains", least)];
            keywords.extend(most.map(|most| ("maxContains", most)));
            keywords
        });
        all.extend([
            contains.boxed(),
            one("prefixItems", list()),
            one("unevaluatedItems", schema()),
            one("unevaluatedProperties", schema()),
            one("unevaluatedProperties", Just(json!(false))),
            one("dependentSchemas", object(schema(), 2)),
        ]);
    }
    proptest::strategy::Union::new(all).boxed()
}

fn merged(keywords: Vec<Keywords>) -> Value {
    let members: Map<String, Value> =
        keywords.into_iter().flatten().map(|(keyword, value)| (keyword.to_owned(), value)).collect();
    Value::Object(members)
}

fn schema(kind: Kind) -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        1 => any::<bool>().prop_map(Value::Bool),
        8 => prop::collection::vec(assertion(kind), 1..3).prop_map(merged),
        2 => reference(kind),
    ];
    leaf.prop_recursive(3, 32, 4, move |schema| {
        let schema = schema.boxed();
        let applicators = prop::collection::vec(applicator(kind, &schema), 1..4);
        let assertions = prop::collection::vec(assertion(kind), 0..2);
        // In draft 7, nothing beside a reference counts.
        let references = prop::collection::vec(reference(kind), 0..=usize::from(kind != Kind::Draft7));
        (applicators, assertions, references).prop_map(|(mut applicators, assertions, references)| {
            applicators.extend(assertions);
            let mut schema = merged(applicators);
            for reference in references {
                schema.as_object_mut().unwrap().extend(reference.as_object().unwrap().clone());
            }
            schema
        })
    })
    .boxed()
}

fn document(kind: Kind) -> impl Strategy<Value = Value> {
    let root = schema(kind).prop_filter("the root has to hold definitions", move |root| {
        root.is_object() && (kind != Kind::Draft7 || root.get("$ref").is_none())
    });
    (root, prop::array::uniform3(schema(kind))).prop_map(move |(mut root, definitions)| {
        let mut all = Map::new();
        for (index, mut definition) in definitions.into_iter().enumerate() {
            if kind == Kind::Resources {
                if !definition.is_object() {
                    definition = json!({ "allOf": [definition] });
                }
                definition["$id"] = json!(format!("d{index}"));
                definition["$dynamicAnchor"] = json!("node");
                definition["$anchor"] = json!("plain");
            }
            all.insert(format!("d{index}"), definition);
        }
        if kind == Kind::Current {
            all.insert("named".to_owned(), json!({ "$anchor": "anchor", "maxLength": 1 }));
        }
        if kind == Kind::Resources {
            root["$id"] = json!("https://example.com/root");
            root["$dynamicAnchor"] = json!("node");
        }
        root[if kind == Kind::Draft7 { "definitions" } else { "$defs" }] = Value::Object(all);
        root
    })
}

fn agree(kind: Kind, schema: &Value, instances: &[Value]) -> Result<(), TestCaseError> {
    if let Err(reason) = reviewed(schema) {
        prop_assert!(reason.contains("leads back to itself"), "{reason}");
        return Err(TestCaseError::reject("the schema has no end"));
    }
    let draft = if kind == Kind::Draft7 { Draft::Draft7 } else { Draft::Draft202012 };
    let oracle = jsonschema::options().with_draft(draft).should_validate_formats(true).build(schema);
    let oracle = oracle.map_err(|error| TestCaseError::fail(format!("{error} {schema}")))?;
    for instance in instances {
        let found = found(schema, instance);
        // A dynamic reference that leads back to its beginning shows only in the walk.
        if kind == Kind::Resources && found.iter().any(|one| one.message.ends_with("takes too much work")) {
            continue;
        }
        // References that are entangled enough make the other implementation panic.
        let Ok(valid) = catch_unwind(AssertUnwindSafe(|| oracle.is_valid(instance))) else { continue };
        prop_assert_eq!(found.is_empty(), valid, "{} {} {:?}", schema, instance, found);
    }
    Ok(())
}

fn instances() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(value(), 12)
}

/// The same cases in every run, so that a mistake of the other implementation cannot fail a build that is not about it;
/// the environment asks for others, and for more.
fn config() -> Config {
    let is_set = |name: &str| std::env::var_os(name).is_some();
    let mut config = Config { failure_persistence: None, max_global_rejects: 100_000, ..Config::default() };
    if !is_set("PROPTEST_CASES") {
        config.cases = 64;
    }
    if !is_set("PROPTEST_RNG_SEED") {
        config.rng_seed = RngSeed::Fixed(2020);
    }
    config
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn agrees_with_another_implementation(schema in document(Kind::Current), instances in instances()) {
        agree(Kind::Current, &schema, &instances)?;
    }

    #[test]
    fn agrees_on_dynamic_references(schema in document(Kind::Resources), instances in instances()) {
        agree(Kind::Resources, &schema, &instances)?;
    }

    #[test]
    fn agrees_on_the_spellings_of_draft_7(schema in document(Kind::Draft7), instances in instances()) {
        agree(Kind::Draft7, &schema, &instances)?;
    }
}
