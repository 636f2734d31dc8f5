//! The options of a run.

use std::rc::Rc;

use js_sys::{Array, Function, Object};
use wasm_bindgen::prelude::*;

use super::abort::SignalWatch;
use super::host::Runtime;
use super::keys::Keys;
use super::model::Callback;
use super::store::CallersStore;
use super::tools::Functions;
use super::{convert, error};
use crate::error::{Code, Error};
use crate::host::{Stop, Store};
use crate::model::Provider;
use crate::run::{Delivery, Event, Listener, Surroundings};
use crate::search;
use crate::tools::CallersTools;
use crate::topics::TopicSet;

const NAMES: [&str; 10] =
    ["apiKey", "signal", "onEvent", "fetch", "model", "tools", "topics", "checkpoint", "order", "allowPrivateNetwork"];

/// What the caller passed, checked. Dropping it ends the watch on the caller's signal.
pub struct Options {
    surroundings: Surroundings,
    signal: Option<SignalWatch>,
    topics: JsValue,
    delivery: Delivery,
}

impl Options {
    /// Reads the options object, which may be left out.
    pub fn read(options: &JsValue) -> Result<Self, JsValue> {
        let object = object(options, &NAMES)?;
        let stop: Rc<Stop> = Rc::default();
        let signal = convert::get(&object, "signal");
        let signal = convert::optional(&signal).map(|signal| SignalWatch::new(signal, Rc::clone(&stop))).transpose()?;
        let model = function(&object, "model")?.map(|model| Rc::new(Callback(model)) as Rc<dyn Provider>);
        let surroundings = Surroundings {
            host: Rc::new(Runtime::new(function(&object, "fetch")?, flag(&object, "allowPrivateNetwork")?)),
            keys: Rc::new(Keys::read("apiKey", &convert::get(&object, "apiKey"))?),
            model,
            listener: function(&object, "onEvent")?.map(listener),
            stop,
            tools: tools(&convert::get(&object, "tools"))?,
            store: store(&convert::get(&object, "checkpoint"))?,
        };
        Ok(Self { surroundings, signal, topics: convert::get(&object, "topics"), delivery: delivery(&object)? })
    }

    /// How the run reaches the outside world.
    pub fn surroundings(&self) -> Surroundings {
        self.surroundings.clone()
    }

    /// The order in which samples are streamed.
    pub fn delivery(&self) -> Delivery {
        self.delivery
    }

    /// Asks the run to stop.
    pub fn stop(&self) {
        self.surroundings.stop.request();
    }

    /// The topics to start from.
    pub fn topics(&self) -> Result<Option<TopicSet>, JsValue> {
        convert::optional(&self.topics).map(|topics| convert::read_topics(topics, convert::Needed::All)).transpose()
    }

    /// The error of a call that leaves nothing behind.
    pub fn failed(&self, error: &Error) -> JsValue {
        error::to_js_with(error, &self.cause(error).iter().map(|cause| ("cause", cause)).collect::<Vec<_>>())
    }

    /// The error of a run that ended early, with what it had made.
    pub fn ended(&self, error: &Error, partial: JsValue) -> JsValue {
        let cause = self.cause(error);
        let cause = cause.iter().map(|cause| ("cause", cause));
        error::to_js_with(error, &cause.chain([("partial", &partial)]).collect::<Vec<_>>())
    }

    fn cause(&self, error: &Error) -> Option<JsValue> {
        self.signal.as_ref().filter(|_| error.code() == Code::Aborted).map(SignalWatch::reason)
    }
}

/// The options as an object, empty where they are left out. Only these names may be in it.
pub fn object(options: &JsValue, names: &[&str]) -> Result<Object, JsValue> {
    let Some(options) = convert::optional(options) else { return Ok(Object::new()) };
    let object = options.dyn_ref::<Object>().filter(|_| !Array::is_array(options) && !options.is_function());
    let object = object.cloned().ok_or_else(|| convert::invalid("the options have to be an object"))?;
    for name in Object::keys(&object) {
        let name = name.as_string().unwrap_or_default();
        if !names.contains(&name.as_str()) {
            let known = search::join(names, ", ");
            return Err(convert::invalid(format_args!("unknown option \"{name}\"; the options are {known}")));
        }
    }
    Ok(object)
}

fn store(option: &JsValue) -> Result<Option<Rc<dyn Store>>, JsValue> {
    let store = convert::optional(option).map(CallersStore::read).transpose()?;
    Ok(store.map(|store| Rc::new(store) as _))
}

fn delivery(options: &Object) -> Result<Delivery, JsValue> {
    let order = convert::get(options, "order");
    match (convert::optional(&order), order.as_string().as_deref()) {
        (None, _) | (_, Some("finished")) => Ok(Delivery::AsFinished),
        (_, Some("planned")) => Ok(Delivery::Planned),
        _ => Err(convert::invalid("the option order has to be \"finished\" or \"planned\"")),
    }
}

fn tools(option: &JsValue) -> Result<Option<Rc<dyn CallersTools>>, JsValue> {
    let functions = convert::optional(option).map(Functions::read).transpose()?;
    Ok(functions.map(|functions| Rc::new(functions) as _))
}

pub fn flag(options: &Object, name: &str) -> Result<Option<bool>, JsValue> {
    let value = convert::get(options, name);
    let Some(value) = convert::optional(&value) else { return Ok(None) };
    value.as_bool().map(Some).ok_or_else(|| convert::invalid(format_args!("the option {name} has to be true or false")))
}

pub fn function(options: &Object, name: &str) -> Result<Option<Function>, JsValue> {
    let value = convert::get(options, name);
    let Some(value) = convert::optional(&value) else { return Ok(None) };
    let function = value.dyn_ref::<Function>().cloned();
    function.map(Some).ok_or_else(|| convert::invalid(format_args!("the option {name} has to be a function")))
}

/// Calls the caller's function. What it throws is its own affair: a run does not fail because a progress bar does.
fn listener(on_event: Function) -> Listener {
    Rc::new(move |event: &Event| {
        let Ok(value) = convert::to_plain(event) else { return };
        if let Some(record) = event.record.as_deref().and_then(|record| convert::parse_json(record).ok()) {
            convert::set(value.unchecked_ref(), "sample", &record);
        }
        let _ = on_event.call1(&JsValue::UNDEFINED, &value);
    })
}
