//! What the YAML parser complains about, in words that say what to do.

use saphyr_parser::{Marker, ScanError};

use super::source::Problem;
use crate::search;

/// What is wrong at a place in the text.
pub(super) fn problem(at: &Marker, what: &str, remedy: &str) -> Problem {
    Problem::new(&format!("{what} (line {}, column {})", at.line(), at.col() + 1), remedy)
}

/// The parser's words, a sentence for people, and what to do. The first that fits counts.
const TRANSLATIONS: &[(&str, &str, &str)] = &[
    ("tab", "a tab stands where spaces are needed", "indent with spaces only"),
    ("unexpected end of stream", "the quotes that open here are never closed", "add the closing quote"),
    (
        "quoted scalar, found unexpected document indicator",
        "the quotes that open here are never closed",
        "add the closing quote",
    ),
    (
        "indentation in quoted scalar",
        "the quoted text that begins here goes on in a line that is indented too little, or its quotes are never closed",
        "add the closing quote, or indent the following lines",
    ),
    (
        "trailing content after double-quoted",
        "text follows a closing quote",
        "check the quotes in and before this line; write a quote inside a quoted text as \\\"",
    ),
    (
        "escape",
        "a backslash in double quotes begins no known escape",
        "write \\\\ for a backslash, or use single quotes",
    ),
    ("hexadecimal", "an escape in double quotes is incomplete", "write \\u and four hexadecimal digits"),
    (
        "mapping values are not allowed",
        "a colon stands where no key can be",
        "put text that holds `: ` in quotes, or check the indentation",
    ),
    ("':' must be followed", "a space is missing after the colon", "write `key: value`"),
    ("expect ':'", "a key has no colon", "write `key: value`, and check the indentation"),
    ("simple key expected", "a key has no colon", "write `key: value`, and check the indentation"),
    ("flow sequence", "a list in brackets is not closed or lacks a comma", "check the commas and the closing `]`"),
    ("flow mapping", "a mapping in braces is not closed or lacks a comma", "check the commas and the closing `}`"),
    ("misplaced bracket", "a bracket closes what was not opened", "remove it, or put the text in quotes"),
    ("unexpected eof", "the text ends too early", "check that every bracket and quote is closed"),
    (
        "unknown anchor",
        "the alias names nothing that stands before it",
        "define it first with `&name`, or quote text that begins with `*`",
    ),
    ("unexpected character", "an unquoted text cannot begin with %, @ or `", "put the text in quotes"),
    (
        "block scalar",
        "the block of text that begins with `|` or `>` is malformed",
        "put the text on the following lines, each indented by the same spaces",
    ),
    ("expected key", "the line fits no mapping before it", "check the indentation of this line and those before it"),
    ("'-' indicator", "the line fits no list before it", "check the indentation of this line and those before it"),
    ("indentation", "the indentation fits nothing before it", "align the line with its neighbours"),
    ("byte order mark", "a byte order mark stands inside the text", "remove the invisible character U+FEFF"),
    ("recursion limit", "the nesting is too deep", "flatten the document"),
];

/// A complaint of the parser's.
pub(super) fn translate(error: &ScanError) -> Problem {
    let info = error.info();
    for (part, what, remedy) in TRANSLATIONS {
        if search::contains(info, part) {
            return problem(error.marker(), what, remedy);
        }
    }
    let what = format!("this is not valid YAML: {info}");
    problem(error.marker(), &what, "check the indentation and the quotes in this line and those before it")
}
