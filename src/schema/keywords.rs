//! The keywords of JSON Schema: what each one holds, and where further schemas are in it.

use serde_json::Value;

/// What a keyword holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One schema.
    Schema,
    /// A list of at least one schema.
    Schemas,
    /// Schemas by name.
    Named,
    /// Schemas by pattern.
    Patterned,
    /// One schema or, in draft 7, a list of them.
    Items,
    /// Schemas or lists of names, by name.
    Dependents,
    /// Lists of names, by name.
    NamedLists,
    /// A list of names.
    Names,
    /// A name of a type, or several.
    Types,
    /// Any value.
    Value,
    /// Any values in a list.
    Values,
    /// A string.
    Text,
    /// A regular expression.
    Pattern,
    /// A reference to a schema.
    Reference,
    /// A number.
    Number,
    /// A number above 0.
    Positive,
    /// A whole number, at least 0.
    Count,
    /// `true` or `false`.
    Flag,
}

/// The keywords by name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Id,
    Anchor,
    DynamicAnchor,
    Ref,
    DynamicRef,
    Defs,
    Definitions,
    AllOf,
    AnyOf,
    OneOf,
    Not,
    If,
    Then,
    Else,
    DependentSchemas,
    Dependencies,
    Properties,
    PatternProperties,
    AdditionalProperties,
    UnevaluatedProperties,
    PropertyNames,
    Items,
    PrefixItems,
    AdditionalItems,
    UnevaluatedItems,
    Contains,
    ContentSchema,
    Type,
    Enum,
    Const,
    Required,
    DependentRequired,
    Pattern,
    Format,
    Minimum,
    Maximum,
    ExclusiveMinimum,
    ExclusiveMaximum,
    MultipleOf,
    MinLength,
    MaxLength,
    MinItems,
    MaxItems,
    MinContains,
    MaxContains,
    MinProperties,
    MaxProperties,
    UniqueItems,
}

/// One keyword.
pub(super) struct Keyword {
    name: &'static str,
    pub(super) word: Word,
    pub(super) shape: Shape,
    /// Whether the schemas in it apply to the same value as the schema that it stands in.
    pub(super) in_place: bool,
}

const fn keyword(name: &'static str, word: Word, shape: Shape) -> Keyword {
    Keyword { name, word, shape, in_place: false }
}

const fn in_place(name: &'static str, word: Word, shape: Shape) -> Keyword {
    Keyword { name, word, shape, in_place: true }
}

const KEYWORDS: &[Keyword] = &[
    keyword("$id", Word::Id, Shape::Text),
    keyword("$anchor", Word::Anchor, Shape::Text),
    keyword("$dynamicAnchor", Word::DynamicAnchor, Shape::Text),
    in_place("$ref", Word::Ref, Shape::Reference),
    in_place("$dynamicRef", Word::DynamicRef, Shape::Reference),
    keyword("$defs", Word::Defs, Shape::Named),
    keyword("definitions", Word::Definitions, Shape::Named),
    in_place("allOf", Word::AllOf, Shape::Schemas),
    in_place("anyOf", Word::AnyOf, Shape::Schemas),
    in_place("oneOf", Word::OneOf, Shape::Schemas),
    in_place("not", Word::Not, Shape::Schema),
    in_place("if", Word::If, Shape::Schema),
    in_place("then", Word::Then, Shape::Schema),
    in_place("else", Word::Else, Shape::Schema),
    in_place("dependentSchemas", Word::DependentSchemas, Shape::Named),
    in_place("dependencies", Word::Dependencies, Shape::Dependents),
    keyword("properties", Word::Properties, Shape::Named),
    keyword("patternProperties", Word::PatternProperties, Shape::Patterned),
    keyword("additionalProperties", Word::AdditionalProperties, Shape::Schema),
    keyword("unevaluatedProperties", Word::UnevaluatedProperties, Shape::Schema),
    keyword("propertyNames", Word::PropertyNames, Shape::Schema),
    keyword("items", Word::Items, Shape::Items),
    keyword("prefixItems", Word::PrefixItems, Shape::Schemas),
    keyword("additionalItems", Word::AdditionalItems, Shape::Schema),
    keyword("unevaluatedItems", Word::UnevaluatedItems, Shape::Schema),
    keyword("contains", Word::Contains, Shape::Schema),
    keyword("contentSchema", Word::ContentSchema, Shape::Schema),
    keyword("type", Word::Type, Shape::Types),
    keyword("enum", Word::Enum, Shape::Values),
    keyword("const", Word::Const, Shape::Value),
    keyword("required", Word::Required, Shape::Names),
    keyword("dependentRequired", Word::DependentRequired, Shape::NamedLists),
    keyword("pattern", Word::Pattern, Shape::Pattern),
    keyword("format", Word::Format, Shape::Text),
    keyword("minimum", Word::Minimum, Shape::Number),
    keyword("maximum", Word::Maximum, Shape::Number),
    keyword("exclusiveMinimum", Word::ExclusiveMinimum, Shape::Number),
    keyword("exclusiveMaximum", Word::ExclusiveMaximum, Shape::Number),
    keyword("multipleOf", Word::MultipleOf, Shape::Positive),
    keyword("minLength", Word::MinLength, Shape::Count),
    keyword("maxLength", Word::MaxLength, Shape::Count),
    keyword("minItems", Word::MinItems, Shape::Count),
    keyword("maxItems", Word::MaxItems, Shape::Count),
    keyword("minContains", Word::MinContains, Shape::Count),
    keyword("maxContains", Word::MaxContains, Shape::Count),
    keyword("minProperties", Word::MinProperties, Shape::Count),
    keyword("maxProperties", Word::MaxProperties, Shape::Count),
    keyword("uniqueItems", Word::UniqueItems, Shape::Flag),
];

/// The keyword of this name; none where the name is unknown and therefore only a note.
pub(super) fn find(name: &str) -> Option<&'static Keyword> {
    // The length tells most of them apart, and is compared at once.
    KEYWORDS.iter().find(|keyword| keyword.name.len() == name.len() && keyword.name == name)
}

/// Where in a keyword a schema stands.
pub(super) enum Place<'s> {
    /// It is all of it.
    Whole,
    /// Under this name.
    Name(&'s str),
    /// At this index.
    Index(usize),
}

/// Visits the schemas in a keyword.
pub(super) fn each_schema<'s>(shape: Shape, value: &'s Value, visit: &mut dyn FnMut(Place<'s>, &'s Value)) {
    match (shape, value) {
        (Shape::Schemas | Shape::Items, Value::Array(schemas)) => {
            for (index, schema) in schemas.iter().enumerate() {
                visit(Place::Index(index), schema);
            }
        }
        (Shape::Named | Shape::Patterned | Shape::Dependents, Value::Object(schemas)) => {
            for (name, schema) in schemas {
                if shape != Shape::Dependents || !schema.is_array() {
                    visit(Place::Name(name), schema);
                }
            }
        }
        (Shape::Schema | Shape::Items, _) => visit(Place::Whole, value),
        _ => {}
    }
}
