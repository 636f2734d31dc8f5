//! The option `tools`: the caller's own functions, by the names of the tools that they execute.

use js_sys::{Array, Function, JSON, JsString, Object, Promise};
use serde_json::Value;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::abort::AbortGuard;
use super::{convert, error};
use crate::host::LocalFuture;
use crate::tools::{CallersTools, without_lone_surrogates};

/// Longer results, in UTF-16 units, are not carried into the module: they are cut to a fraction of this there.
const LONGEST_CARRIED: u32 = 16 << 20;

/// The caller's functions.
pub struct Functions(Vec<(String, Function)>);

impl Functions {
    /// Reads the option.
    pub fn read(option: &JsValue) -> Result<Self, JsValue> {
        let object = option.dyn_ref::<Object>().filter(|_| !Array::is_array(option) && !option.is_function());
        let Some(object) = object else {
            return Err(convert::invalid("the option tools has to be an object of functions, by the names of tools"));
        };
        let mut functions = Vec::new();
        for name in Object::keys(object) {
            let name = name.as_string().unwrap_or_default();
            let value = convert::get(object, &name);
            if convert::optional(&value).is_none() {
                continue;
            }
            match value.dyn_into::<Function>() {
                Ok(function) => functions.push((name, function)),
                Err(_) => return Err(convert::invalid(format_args!("the option tools.{name} has to be a function"))),
            }
        }
        Ok(Self(functions))
    }

    async fn ask(&self, name: &str, arguments: &Value, session: &str) -> Result<String, JsValue> {
        let Some((_, function)) = self.0.iter().find(|(known, _)| known == name) else {
            return Err(JsValue::from_str("there is no such function"));
        };
        let guard = AbortGuard::new();
        let context = Object::new();
        convert::set(&context, "sessionId", &session.into());
        if let Some(signal) = guard.signal() {
            convert::set(&context, "signal", &signal);
        }
        let answer = function.call2(&JsValue::UNDEFINED, &convert::to_plain(arguments)?, &context)?;
        let answer = JsFuture::from(Promise::resolve(&answer)).await?;
        guard.finished();
        text_of(&answer)
    }
}

impl CallersTools for Functions {
    fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }

    fn call<'a>(
        &'a self,
        name: &'a str,
        arguments: &'a Value,
        session: &'a str,
    ) -> LocalFuture<'a, Result<String, String>> {
        Box::pin(async move { self.ask(name, arguments, session).await.map_err(|thrown| error::describe(&thrown)) })
    }
}

/// A result as a text: a text as it is, anything else as JSON.
fn text_of(result: &JsValue) -> Result<String, JsValue> {
    if let Some(text) = result.dyn_ref::<JsString>() {
        return Ok(carried(text));
    }
    let refused = |reason: JsValue| {
        JsValue::from(format!("the result is nothing that JSON can hold: {}", error::describe(&reason)))
    };
    let json = JSON::stringify(result).map_err(refused)?;
    // What JSON has no text for, such as a function that gave nothing.
    let json = json.dyn_ref::<JsString>().map_or_else(|| "null".to_owned(), carried);
    Ok(without_lone_surrogates(json))
}

/// Half a character at the cut becomes a mark, as everywhere that texts are carried into the module.
fn carried(text: &JsString) -> String {
    match text.length() > LONGEST_CARRIED {
        true => text.slice(0, LONGEST_CARRIED).into(),
        false => text.into(),
    }
}
