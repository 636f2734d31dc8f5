//! Synthetic training data for language models.
//!
//! The way of the data: [`config`] -> [`topics`] -> [`samples`] -> JSONL, with [`model`] asked on the way and [`run`]
//! driving it. [`host`] is the outside world; the room that knows JavaScript exists only in the wasm build.

pub mod config;
pub mod error;
mod hash;
pub mod host;
pub mod hub;
#[cfg(target_arch = "wasm32")]
mod js;
mod json;
pub mod model;
mod numbers;
pub mod prompts;
pub mod run;
pub mod samples;
mod schema;
mod search;
mod seed;
pub mod tools;
pub mod topics;

pub use error::{Code, Error, Result};
