//! The option `checkpoint`: where the caller keeps the progress of a run.

use std::cell::RefCell;

use js_sys::{Array, Function, Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::{convert, error};
use crate::host::{LocalFuture, Store};

/// The caller's store. Its methods are called as such: stores are often classes.
pub struct CallersStore {
    store: Object,
    /// What `append` promised last.
    adding: RefCell<Promise>,
}

impl CallersStore {
    /// Reads the option.
    pub fn read(option: &JsValue) -> Result<Self, JsValue> {
        let is_store = ["read", "append", "clear"].iter().all(|name| convert::get(option, name).is_function());
        match option.dyn_ref::<Object>().filter(|_| is_store) {
            Some(store) => {
                Ok(Self { store: store.clone(), adding: RefCell::new(Promise::resolve(&JsValue::UNDEFINED)) })
            }
            None => Err(convert::invalid("the option checkpoint has to be a store with read(), append() and clear()")),
        }
    }

    fn call(&self, method: &str, argument: &JsValue) -> Result<Promise, String> {
        let method: Function = convert::get(&self.store, method).unchecked_into();
        let answer = method.call1(&self.store, argument).map_err(|thrown| error::describe(&thrown))?;
        Ok(Promise::resolve(&answer))
    }
}

impl Store for CallersStore {
    fn read(&self) -> LocalFuture<'_, Result<Vec<String>, String>> {
        Box::pin(async move {
            let entries = outcome(self.call("read", &JsValue::UNDEFINED)?).await?;
            let entries = entries.dyn_ref::<Array>().ok_or("read() has to give a list of texts")?;
            Ok(entries.iter().filter_map(|entry| entry.as_string()).collect())
        })
    }

    fn append(&self, entries: Vec<String>) -> LocalFuture<'_, Result<(), String>> {
        Box::pin(async move {
            let entries = convert::to_list(&entries).map_err(|thrown| error::describe(&thrown))?;
            let adding = self.call("append", &entries)?;
            *self.adding.borrow_mut() = adding.clone();
            outcome(adding).await.map(|_| ())
        })
    }

    fn settled(&self) -> LocalFuture<'_, ()> {
        let adding = self.adding.borrow().clone();
        // Whether it worked was for the run to know.
        Box::pin(async { drop(JsFuture::from(adding).await) })
    }
}

async fn outcome(promise: Promise) -> Result<JsValue, String> {
    JsFuture::from(promise).await.map_err(|thrown| error::describe(&thrown))
}
