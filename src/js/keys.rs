//! The options `apiKey` and `token`: one key, one for each provider, or a function that is asked.

use js_sys::{Array, Function, Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::{convert, error};
use crate::host::{LocalFuture, Secret};
use crate::model::providers::KeySource;

/// Where the caller's keys are.
pub enum Keys {
    /// There are none.
    None,
    /// One for every provider.
    One(Secret),
    /// By provider.
    ByProvider(Vec<(String, Secret)>),
    /// Asked each time.
    Function(Function),
}

impl Keys {
    /// Reads the option of this name.
    pub fn read(name: &str, option: &JsValue) -> Result<Self, JsValue> {
        if convert::optional(option).is_none() {
            return Ok(Keys::None);
        }
        if let Some(function) = option.dyn_ref::<Function>() {
            return Ok(Keys::Function(function.clone()));
        }
        if let Some(key) = secret(option) {
            return Ok(Keys::One(key));
        }
        let refuse = || {
            let message = "has to be a text, an object of texts by provider, or a function";
            convert::invalid(format_args!("the option {name} {message}"))
        };
        let object = option.dyn_ref::<Object>().filter(|_| !Array::is_array(option)).ok_or_else(refuse)?;
        let mut keys = Vec::new();
        for entry in Object::entries(object) {
            let entry: Array = entry.unchecked_into();
            let provider = entry.get(0).as_string().ok_or_else(refuse)?;
            keys.push((provider, secret(&entry.get(1)).ok_or_else(refuse)?));
        }
        Ok(Keys::ByProvider(keys))
    }
}

/// Keys are pasted: white space around one is never part of it.
fn secret(value: &JsValue) -> Option<Secret> {
    value.as_string().map(|text| Secret::new(text.trim()))
}

impl KeySource for Keys {
    fn key<'a>(&'a self, provider: &'a str) -> LocalFuture<'a, Result<Option<Secret>, String>> {
        Box::pin(async move {
            let key = match self {
                Keys::None => None,
                Keys::One(key) => Some(key.clone()),
                Keys::ByProvider(keys) => keys.iter().find(|(name, _)| name == provider).map(|(_, key)| key.clone()),
                Keys::Function(function) => {
                    let describe = |thrown: JsValue| error::describe(&thrown);
                    let answer = function.call1(&JsValue::UNDEFINED, &provider.into()).map_err(describe)?;
                    let answer = JsFuture::from(Promise::resolve(&answer)).await.map_err(describe)?;
                    match convert::optional(&answer) {
                        None => None,
                        Some(answer) => Some(secret(answer).ok_or("it did not give a text")?),
                    }
                }
            };
            Ok(key.filter(|key| !key.reveal().is_empty()))
        })
    }
}
