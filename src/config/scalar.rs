//! What a plain YAML word means: the core schema of YAML 1.2.
//!
//! `yes`, `no`, `on` and `off` stay text here, as YAML 1.2 has it; the fields that want a boolean accept them.

use serde_json::{Number, Value};

/// The value of a word that stands without quotes, or why it has none.
pub(super) fn resolve(text: &str) -> Result<Value, &'static str> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => match number(text)? {
            Some(number) => Value::Number(number),
            None => Value::String(text.to_owned()),
        },
    })
}

/// The value of a word that carries a tag such as `!!int`; `None` where the word does not fit the tag.
pub(super) fn resolve_as(tag: &str, text: &str) -> Result<Option<Value>, &'static str> {
    if tag == "str" {
        return Ok(Some(Value::String(text.to_owned())));
    }
    let value = resolve(text)?;
    Ok(match (tag, &value) {
        ("null", Value::Null) | ("bool", Value::Bool(_)) => Some(value),
        ("int", Value::Number(number)) if !number.is_f64() => Some(value),
        ("float", Value::Number(_)) => Some(value),
        _ => None,
    })
}

/// A decimal number, also in the spellings that JSON does not have: `+1`, `.5`, `5.`, `007`.
pub(super) fn decimal(text: &str) -> Option<Number> {
    as_json(text)?.parse().ok()
}

/// A decimal number as JSON spells it; `None` for what has not the form of one.
fn as_json(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let fraction_digits = fraction.unwrap_or("");
    if !is_digits(whole) || !is_digits(fraction_digits) || (whole.is_empty() && fraction_digits.is_empty()) {
        return None;
    }

    let whole = whole.trim_start_matches('0');
    let mut json = String::with_capacity(text.len() + 2);
    json.push_str(sign);
    json.push_str(if whole.is_empty() { "0" } else { whole });
    if fraction.is_some() {
        json.push('.');
        json.push_str(if fraction_digits.is_empty() { "0" } else { fraction_digits });
    }
    if let Some(exponent) = exponent {
        let power = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if power.is_empty() || !is_digits(power) {
            return None;
        }
        json.push('e');
        json.push_str(exponent);
    }
    // JSON's `-0` is a fraction.
    Some(if json == "-0" { "0".to_owned() } else { json })
}

/// A number as people write it: `60` and not `60.0`.
pub(super) fn plain_number(number: f64) -> String {
    let text = Number::from_f64(number).map(|number| number.to_string()).unwrap_or_default();
    match text.strip_suffix(".0") {
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

fn number(text: &str) -> Result<Option<Number>, &'static str> {
    if let Some(digits) = text.strip_prefix("0o") {
        return based(digits, 8);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return based(digits, 16);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN" => {
            return Err("infinity and not-a-number are not numbers that can be used");
        }
        _ if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') => return Ok(None),
        _ => {}
    }
    match as_json(text).map(|json| json.parse()) {
        Some(Ok(number)) => Ok(Some(number)),
        Some(Err(_)) => Err("the number is too large"),
        None => Ok(None),
    }
}

fn based(digits: &str, radix: u32) -> Result<Option<Number>, &'static str> {
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Ok(None);
    }
    match u64::from_str_radix(digits, radix) {
        Ok(number) => Ok(Some(Number::from(number))),
        Err(_) => Err("the number is too large"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_plain_words_as_the_core_schema_says() {
        for (text, value) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("null", json!(null)),
            ("Null", json!(null)),
            ("NULL", json!(null)),
            ("nUll", json!("nUll")),
            ("none", json!("none")),
            ("None", json!("None")),
            ("true", json!(true)),
            ("True", json!(true)),
            ("TRUE", json!(true)),
            ("tRUE", json!("tRUE")),
            ("false", json!(false)),
            ("False", json!(false)),
            ("FALSE", json!(false)),
            ("yes", json!("yes")),
            ("no", json!("no")),
            ("on", json!("on")),
            ("Off", json!("Off")),
            ("y", json!("y")),
            ("0", json!(0)),
            ("-0", json!(0)),
            ("+12", json!(12)),
            ("-12", json!(-12)),
            ("007", json!(7)),
            ("0o17", json!(15)),
            ("0x1F", json!(31)),
            ("0xfF", json!(255)),
            ("0o8", json!("0o8")),
            ("0x", json!("0x")),
            ("0b11", json!("0b11")),
            ("-0x1", json!("-0x1")),
            ("1_000", json!("1_000")),
            ("12:30", json!("12:30")),
            ("2026-01-02", json!("2026-01-02")),
            ("18446744073709551615", json!(18446744073709551615u64)),
            ("-9223372036854775808", json!(i64::MIN)),
            ("18446744073709551616", json!(18446744073709551616.0)),
            ("0.5", json!(0.5)),
            (".5", json!(0.5)),
            ("-.5", json!(-0.5)),
            ("+.5", json!(0.5)),
            ("5.", json!(5.0)),
            ("00.50", json!(0.5)),
            ("1e3", json!(1000.0)),
            ("1E+3", json!(1000.0)),
            ("1.5e-3", json!(0.0015)),
            ("685.230_15e+03", json!("685.230_15e+03")),
            (".", json!(".")),
            ("-", json!("-")),
            ("+", json!("+")),
            ("e5", json!("e5")),
            ("1e", json!("1e")),
            ("1e+", json!("1e+")),
            ("1.2.3", json!("1.2.3")),
            ("+-5", json!("+-5")),
            ("gpt-4.1", json!("gpt-4.1")),
            ("50%", json!("50%")),
            ("inf", json!("inf")),
            ("nan", json!("nan")),
        ] {
            assert_eq!(resolve(text), Ok(value), "{text:?}");
        }
    }

    #[test]
    fn refuses_numbers_that_json_cannot_hold() {
        for text in [".inf", "-.inf", "+.INF", ".Inf", ".nan", ".NaN", "1e999", "-1e999", "0xFFFFFFFFFFFFFFFFF"] {
            assert!(resolve(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn keeps_to_an_explicit_tag() {
        assert_eq!(resolve_as("str", "12"), Ok(Some(json!("12"))));
        assert_eq!(resolve_as("int", "12"), Ok(Some(json!(12))));
        assert_eq!(resolve_as("float", "12"), Ok(Some(json!(12))));
        assert_eq!(resolve_as("bool", "true"), Ok(Some(json!(true))));
        assert_eq!(resolve_as("null", "~"), Ok(Some(json!(null))));
        assert_eq!(resolve_as("int", "1.5"), Ok(None));
        assert_eq!(resolve_as("bool", "yes"), Ok(None));
        assert_eq!(resolve_as("binary", "aGk="), Ok(None));
    }
}
