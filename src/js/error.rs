//! Errors on their way out, once, into the package's `DataweftError`; and what can be said of errors that come in.

use js_sys::{JsString, Object};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::convert;
use crate::error::{Error, Issue};

#[wasm_bindgen(raw_module = "./errors.js")]
extern "C" {
    #[wasm_bindgen(js_name = makeError)]
    fn make_error(fields: &JsValue) -> JsValue;
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    code: &'static str,
    message: &'a str,
    retryable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    issues: &'a [Issue],
}

/// The error for JavaScript.
pub fn to_js(error: Error) -> JsValue {
    to_js_with(&error, &[])
}

/// The error for JavaScript, with fields that only JavaScript has: `partial` and `cause`.
pub fn to_js_with(error: &Error, more: &[(&str, &JsValue)]) -> JsValue {
    let fields = Fields {
        code: error.code().as_str(),
        message: error.message(),
        retryable: error.is_retryable(),
        status: error.status(),
        provider: error.provider(),
        request_id: error.request_id(),
        issues: error.issues(),
    };
    let fields = convert::to_plain(&fields).unwrap_or_else(|error| error);
    if let Some(object) = fields.dyn_ref::<Object>() {
        more.iter().for_each(|(name, value)| convert::set(object, name, value));
    }
    make_error(&fields)
}

/// What a thrown value says: its message, with the message of its cause, where networks put the reason.
pub fn describe(thrown: &JsValue) -> String {
    let text = |value: &JsValue| convert::get(value, "message").as_string().filter(|text| !text.is_empty());
    let own = if thrown.is_object() { text(thrown) } else { thrown.dyn_ref::<JsString>().map(String::from) };
    let own = own.unwrap_or_else(|| "no reason given".to_owned());
    let cause = if thrown.is_object() { convert::get(thrown, "cause") } else { JsValue::UNDEFINED };
    let reason =
        if cause.is_object() { text(&cause).or_else(|| convert::get(&cause, "code").as_string()) } else { None };
    match reason {
        Some(reason) if reason != own => format!("{own}: {reason}"),
        _ => own,
    }
}
