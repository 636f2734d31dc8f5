//! What each provider's subset of JSON Schema accepts: facts, and the few checks that they need.

use serde_json::Value;

/// A provider's subset of JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// No subset: the schema as it is.
    Open,
    /// OpenAI's strict mode, which Groq and Azure share.
    Strict,
    /// Anthropic's structured output.
    Anthropic,
    /// Gemini's `responseJsonSchema`.
    Gemini,
}

/// The rules of a subset.
pub(super) struct Rules {
    subset: u8,
    /// Whether every object has to be closed. Then nothing can be left without a type either.
    pub closes_objects: bool,
    /// Whether every property has to be required.
    pub all_required: bool,
    /// Whether `const` has to be an `enum`, and both are for texts and numbers only.
    pub const_to_enum: bool,
    pub property_ordering: bool,
    /// Which step on the way lets a definition lead back to itself.
    pub recursion: Recursion,
    pub levels: usize,
    pub properties: usize,
    pub optional: usize,
    pub unions: usize,
    /// Values in all `enum`s, and characters in one of more than 250 values.
    pub listed: usize,
    pub list_characters: usize,
    /// Characters in names and in the values allowed.
    pub characters: usize,
}

#[derive(PartialEq)]
pub(super) enum Recursion {
    Never,
    ThroughOptional,
    ThroughAny,
}

const STRICT: u8 = 1;
const ANTHROPIC: u8 = 2;
const GEMINI: u8 = 4;
const ALL: u8 = STRICT | ANTHROPIC | GEMINI;

static STRICT_RULES: Rules = Rules {
    subset: STRICT,
    all_required: true,
    recursion: Recursion::ThroughAny,
    levels: 10,
    properties: 5_000,
    listed: 1_000,
    list_characters: 15_000,
    characters: 120_000,
    ..ANTHROPIC_BASE
};

static ANTHROPIC_RULES: Rules = Rules { optional: 24, unions: 16, ..ANTHROPIC_BASE };

static GEMINI_RULES: Rules = Rules {
    subset: GEMINI,
    closes_objects: false,
    const_to_enum: true,
    property_ordering: true,
    recursion: Recursion::ThroughOptional,
    ..ANTHROPIC_BASE
};

const ANTHROPIC_BASE: Rules = Rules {
    subset: ANTHROPIC,
    closes_objects: true,
    all_required: false,
    const_to_enum: false,
    property_ordering: false,
    recursion: Recursion::Never,
    levels: usize::MAX,
    properties: usize::MAX,
    optional: usize::MAX,
    unions: usize::MAX,
    listed: usize::MAX,
    list_characters: usize::MAX,
    characters: usize::MAX,
};

/// Keywords that are kept as they are, the type that they are about, and by whom.
static KEYWORDS: [(&str, &str, u8); 11] = [
    ("title", "", ALL),
    ("description", "", ALL),
    ("minimum", "number", STRICT | GEMINI),
    ("maximum", "number", STRICT | GEMINI),
    ("exclusiveMinimum", "number", STRICT),
    ("exclusiveMaximum", "number", STRICT),
    ("multipleOf", "number", STRICT),
    ("minItems", "array", ALL),
    ("maxItems", "array", STRICT | GEMINI),
    ("pattern", "string", STRICT | ANTHROPIC),
    ("format", "string", ALL),
];

static FORMATS: [(&str, u8); 10] = [
    ("date-time", ALL),
    ("time", ALL),
    ("date", ALL),
    ("duration", STRICT | ANTHROPIC),
    ("email", STRICT | ANTHROPIC),
    ("hostname", STRICT | ANTHROPIC),
    ("ipv4", STRICT | ANTHROPIC),
    ("ipv6", STRICT | ANTHROPIC),
    ("uuid", STRICT | ANTHROPIC),
    ("uri", ANTHROPIC),
];

impl Dialect {
    /// The rules of the subset; `None` where everything is taken.
    pub(super) fn rules(self) -> Option<&'static Rules> {
        match self {
            Dialect::Open => None,
            Dialect::Strict => Some(&STRICT_RULES),
            Dialect::Anthropic => Some(&ANTHROPIC_RULES),
            Dialect::Gemini => Some(&GEMINI_RULES),
        }
    }
}

impl Rules {
    /// Whether a keyword is kept with this value, in a schema for these types.
    pub fn keep(&self, keyword: &str, value: &Value, types: &[&str]) -> bool {
        for (known, about, subsets) in &KEYWORDS {
            if *known == keyword && subsets & self.subset != 0 {
                return match *about {
                    "number" => value.is_number() && (types.is_empty() || allows(types, about)),
                    "array" => match value.as_u64() {
                        Some(count) => allows(types, about) && (count < 2 || self.subset != ANTHROPIC),
                        None => false,
                    },
                    "string" => match value {
                        Value::String(text) if types.is_empty() || allows(types, about) => {
                            if keyword == "format" {
                                self.knows_format(text)
                            } else {
                                self.takes_pattern(text)
                            }
                        }
                        _ => false,
                    },
                    _ => value.is_string(),
                };
            }
        }
        false
    }

    /// Whether a value may be listed in `enum` or stand in `const`.
    pub fn lists(&self, value: &Value, types: &[&str]) -> bool {
        match value {
            Value::Array(_) | Value::Object(_) => false,
            Value::Null | Value::Bool(_) if self.const_to_enum => false,
            _ => allows(types, type_of(value)),
        }
    }

    fn knows_format(&self, format: &str) -> bool {
        FORMATS.iter().any(|(known, subsets)| *known == format && subsets & self.subset != 0)
    }

    /// Nobody takes look-around; Anthropic no back-references, `\b` and large repetitions. A false alarm costs a line in
    /// the prompt, a miss costs the request.
    fn takes_pattern(&self, pattern: &str) -> bool {
        let is_plain = self.subset == ANTHROPIC;
        let mut digits = 0;
        let mut before = 0;
        let mut last = 0;
        for byte in pattern.bytes().chain([0]) {
            if (before == b'(' && last == b'?' && (is_plain || byte != b':'))
                || (is_plain && last == b'\\' && byte.is_ascii_alphanumeric() && !b"dDwWsSnrt".contains(&byte))
            {
                return false;
            }
            digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
            if is_plain && digits > 2 {
                return false;
            }
            (before, last) = (last, byte);
        }
        true
    }
}

/// Whether values of a type are among these types.
pub(super) fn allows(types: &[&str], name: &str) -> bool {
    types.contains(&name) || (name == "number" && types.contains(&"integer"))
}

/// The type of a value; integers are numbers.
pub(super) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
