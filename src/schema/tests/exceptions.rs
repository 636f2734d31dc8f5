//! What is knowingly not done as the official test suite says.

/// Formats that are notes here: every text has them.
pub const NOTES: &[&str] = &[
    "optional/format/ecmascript-regex",
    "optional/format/idn-email",
    "optional/format/idn-hostname",
    "optional/format/iri",
    "optional/format/iri-reference",
    "optional/format/json-pointer",
    "optional/format/regex",
    "optional/format/relative-json-pointer",
    "optional/format/uri-reference",
    "optional/format/uri-template",
];

/// Files and groups whose schemas refer to other documents, which are never fetched: `check_schema` refuses them.
pub const REFUSED: &[(&str, &[&str])] = &[
    ("defs", &["validate definition against metaschema"]),
    (
        "dynamicRef",
        &[
            "strict-tree schema, guards against misspelled properties",
            "tests for implementation dynamic anchor and reference link",
            "$ref and $dynamicAnchor are independent of order - $defs first",
            "$ref and $dynamicAnchor are independent of order - $ref first",
            "$ref to $dynamicRef finds detached $dynamicAnchor",
        ],
    ),
    ("optional/cross-draft", &["refs to historic drafts are processed as historic drafts"]),
    ("ref", &["remote ref, containing refs itself"]),
    (
        "refRemote",
        &[
            "remote ref",
            "fragment within remote ref",
            "anchor within remote ref",
            "ref within remote ref",
            "base URI change",
            "base URI change - change folder",
            "base URI change - change folder in subschema",
            "root ref in remote ref",
            "remote ref with ref to defs",
            "Location-independent identifier in remote ref",
            "retrieved nested refs resolve relative to their URI not $id",
            "remote HTTP ref with different $id",
            "remote HTTP ref with different URN $id",
            "remote HTTP ref with nested absolute ref",
            "$ref to $ref finds detached $anchor",
        ],
    ),
];

/// A reason, a file, a group, and the tests in it that come out otherwise.
pub const OTHERWISE: &[(&str, &str, &str, &[&str])] = &[
    (
        "the formats that are known are asserted: they keep a model to what was meant",
        "format",
        "date format",
        &["invalid date string is only an annotation by default"],
    ),
    (
        "the formats that are known are asserted: they keep a model to what was meant",
        "format",
        "date-time format",
        &["invalid date-time string is only an annotation by default"],
    ),
    (
        "the formats that are known are asserted: they keep a model to what was meant",
        "format",
        "duration format",
        &["invalid duration string is only an annotation by default"],
    ),
    (
        "the formats that are known are asserted: they keep a model to what was meant",
        "format",
        "email format",
        &["invalid email string is only an annotation by default"],
    ),
    (
        "the formats that are known are asserted: they keep a model to what was meant",
        "format",
        "hostname format",
        &["invalid hostname string is only an annotation by default"],
    ),
    (
        "the formats that are known are asserted: they keep a model to what was meant",
        "format",
        "ipv4 format",
        &["invalid ipv4 string is only an annotation by default"],
    ),
    (
        "the formats that are known are asserted: they keep a model to what was meant",
        "format",
        "ipv6 format",
        &["invalid ipv6 string is only an annotation by default"],
    ),
    (
        "the formats that are known are asserted: they keep a model to what was meant",
        "format",
        "time format",
        &["invalid time string is only an annotation by default"],
    ),
    (
        "the formats that are known are asserted: they keep a model to what was meant",
        "format",
        "uri format",
        &["invalid uri string is only an annotation by default"],
    ),
    (
        "the formats that are known are asserted: they keep a model to what was meant",
        "format",
        "uuid format",
        &["invalid uuid string is only an annotation by default"],
    ),
    (
        "punycode is not decoded, which takes Unicode's tables",
        "optional/format/hostname",
        "validation of A-label (punycode) host names",
        &[
            "invalid Punycode",
            "contains illegal char U+302E Hangul single dot tone mark",
            "Begins with a Spacing Combining Mark",
            "Begins with a Nonspacing Mark",
            "Begins with an Enclosing Mark",
            "Exceptions that are DISALLOWED, right-to-left chars",
            "Exceptions that are DISALLOWED, left-to-right chars",
            "MIDDLE DOT with no preceding 'l'",
            "MIDDLE DOT with nothing preceding",
            "MIDDLE DOT with no following 'l'",
            "MIDDLE DOT with nothing following",
            "Greek KERAIA not followed by Greek",
            "Greek KERAIA not followed by anything",
            "Hebrew GERESH not preceded by Hebrew",
            "Hebrew GERESH not preceded by anything",
            "Hebrew GERSHAYIM not preceded by Hebrew",
            "Hebrew GERSHAYIM not preceded by anything",
            "KATAKANA MIDDLE DOT with no Hiragana, Katakana, or Han",
            "KATAKANA MIDDLE DOT with no other characters",
            "Arabic-Indic digits mixed with Extended Arabic-Indic digits",
            "ZERO WIDTH JOINER not preceded by Virama",
            "ZERO WIDTH JOINER not preceded by anything",
            "contains \"--\" in the 3rd and 4th position",
        ],
    ),
    (
        "the meta-schema is not read, so no vocabulary can be left out",
        "vocabulary",
        "schema that uses custom metaschema with with no validation vocabulary",
        &["no validation: invalid number, but it still validates"],
    ),
    (
        "a leap second is looked for in UTC only",
        "optional/format/date-time",
        "validation of date-time strings",
        &["a valid date-time with a leap second, with minus offset"],
    ),
    (
        "a leap second is looked for in UTC only",
        "optional/format/time",
        "validation of time strings",
        &[
            "valid leap second, large negative time-offset",
            "valid leap second, large positive time-offset",
            "valid leap second, negative time-offset",
            "valid leap second, positive time-offset",
        ],
    ),
];
