//! The option `checkpoint`: where the caller keeps the progress of a run.

use js_sys::{Array, Function, Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::{convert, error};
use crate::host::{LocalFuture, Store};

/// The caller's store. Its methods are called as such: stores are often classes.
pub struct CallersStore(Object);

impl CallersStore {
    /// Reads the option.
    pub fn read(option: &JsValue) -> Result<Self, JsValue> {
        let is_store = ["read", "append", "clear"].iter().all(|name| convert::get(option, name).is_function());
        match option.dyn_ref::<Object>().filter(|_| is_store) {
            Some(store) => Ok(Self(store.clone())),
            None => Err(convert::invalid("the option checkpoint has to be a store with read(), append() and clear()")),
        }
    }

    async fn call(&self, method: &str, argument: &JsValue) -> Result<JsValue, String> {
        let describe = |thrown: JsValue| error::describe(&thrown);
        let method: Function = convert::get(&self.0, method).unchecked_into();
        let answer = method.call1(&self.0, argument).map_err(describe)?;
        JsFuture::from(Promise::resolve(&answer)).await.map_err(describe)
    }
}

impl Store for CallersStore {
    fn read(&self) -> LocalFuture<'_, Result<Vec<String>, String>> {
        Box::pin(async move {
            let entries = self.call("read", &JsValue::UNDEFINED).await?;
            let entries = entries.dyn_ref::<Array>().ok_or("read() has to give a list of texts")?;
            Ok(entries.iter().filter_map(|entry| entry.as_string()).collect())
        })
    }

    fn append(&self, entries: Vec<String>) -> LocalFuture<'_, Result<(), String>> {
        Box::pin(async move {
            let entries = convert::to_list(&entries).map_err(|thrown| error::describe(&thrown))?;
            self.call("append", &entries).await.map(|_| ())
        })
    }
}
