//! The dataset as JavaScript holds it: lines become a Blob, which the runtime may keep outside its memory.

use std::cell::RefCell;

use js_sys::{Array, Object};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag};

use super::convert;
use crate::model::Usage;
use crate::run::{Dataset, LineSink, Report};
use crate::topics::TopicSet;

/// Bytes that are collected before they are handed to the runtime.
const PART: usize = 1 << 18;

/// Collects lines and hands them over in parts.
#[derive(Default)]
pub struct Parts {
    pending: RefCell<String>,
    parts: Array,
}

impl LineSink for Parts {
    fn line(&self, line: String) {
        let mut pending = self.pending.borrow_mut();
        pending.push_str(&line);
        pending.push('\n');
        let full = pending.len() >= PART;
        let part = if full { std::mem::take(&mut *pending) } else { return };
        drop(pending);
        self.hand_over(&part);
    }
}

impl Parts {
    fn hand_over(&self, text: &str) {
        let part: JsValue =
            Blob::new_with_str_sequence(&Array::of1(&text.into())).map_or_else(|_| text.into(), JsValue::from);
        self.parts.push(&part);
    }

    fn into_blob(self) -> Result<Blob, JsValue> {
        self.parts.push(&self.pending.take().into());
        let kind = BlobPropertyBag::new();
        kind.set_type("application/jsonl");
        Blob::new_with_blob_sequence_and_options(&self.parts, &kind)
    }
}

/// The contract's `Dataset`.
pub fn dataset(dataset: Dataset, parts: Parts) -> Result<JsValue, JsValue> {
    let Dataset { samples, topics, failures, usage, report } = dataset;
    let object = Object::new();
    convert::set(&object, "jsonl", &parts.into_blob()?.into());
    convert::set(&object, "samples", &JsValue::from_f64(samples as f64));
    convert::set(&object, "topics", &convert::parse_json(&topics.to_json())?);
    convert::set(&object, "failures", &convert::to_plain(&failures)?);
    convert::set(&object, "usage", &convert::to_plain(&usage)?);
    convert::set(&object, "report", &convert::to_plain(&report)?);
    Ok(object.into())
}

/// A dataset without samples.
pub fn empty_dataset(topics: TopicSet, usage: Usage) -> Result<JsValue, JsValue> {
    let report = Report::default();
    dataset(Dataset { samples: 0, topics, failures: Vec::new(), usage, report }, Parts::default())
}
