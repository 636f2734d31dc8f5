//! The option `model`: the caller answers requests itself.

use js_sys::{Function, Object, Promise};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::abort::AbortGuard;
use super::{convert, error};
use crate::host::LocalFuture;
use crate::model::{Call, Dialect, Failure, Finish, Message, Mode, Provider, Reply, StatusFailure, Tokens};

/// The caller's function.
pub struct Callback(pub Function);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ModelRequest<'a> {
    messages: &'a [Message],
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    max_tokens: u32,
    purpose: &'static str,
}

impl Callback {
    async fn ask(&self, call: &Call<'_>) -> Result<Reply, Failure> {
        let guard = AbortGuard::new();
        let context = Object::new();
        if let Some(signal) = guard.signal() {
            convert::set(&context, "signal", &signal);
        }
        let asked = to_js(call).map_err(failure)?;
        let answer = self.0.call2(&JsValue::UNDEFINED, &asked, &context).map_err(failure)?;
        let answer = JsFuture::from(Promise::resolve(&answer)).await.map_err(failure)?;
        guard.finished();
        read_reply(&answer)
    }
}

impl Provider for Callback {
    fn complete<'a>(&'a self, call: &'a Call<'a>) -> LocalFuture<'a, Result<Reply, Failure>> {
        Box::pin(self.ask(call))
    }

    fn modes(&self) -> &'static [Mode] {
        // A function that makes nothing of the schema is shown it in the prompt.
        &[Mode::Schema, Mode::Text]
    }

    fn dialect(&self) -> Dialect {
        Dialect::Open
    }

    fn name(&self) -> &str {
        "model"
    }
}

fn to_js(call: &Call<'_>) -> Result<JsValue, JsValue> {
    let Call { purpose, messages, temperature, max_tokens, .. } = *call;
    let purpose = purpose.as_str();
    let asked = convert::to_plain(&ModelRequest { messages, temperature, max_tokens, purpose })?;
    convert::set(asked.unchecked_ref(), "schema", &convert::parse_json(&call.schema.text)?);
    Ok(asked)
}

fn read_reply(answer: &JsValue) -> Result<Reply, Failure> {
    let malformed = |message: &str| Failure::Callback { message: message.to_owned(), retryable: false };
    let text = if answer.is_object() { convert::get(answer, "text").as_string() } else { None };
    let text = text.ok_or_else(|| malformed("it has to give an object {text} with the reply as a text"))?;
    let finish = match convert::get(answer, "finishReason").as_string().as_deref() {
        None | Some("stop") => Finish::Stop,
        Some("length") => Finish::Length,
        Some("refusal") => Finish::Refusal,
        Some("filtered") => Finish::Filtered,
        Some(_) => return Err(malformed("its finishReason has to be stop, length, refusal or filtered")),
    };
    let usage = convert::get(answer, "usage");
    // Negative numbers and NaN become 0.
    let count = |field: &str| convert::get(&usage, field).as_f64().unwrap_or(0.0) as u64;
    let tokens = usage.is_object().then(|| Tokens {
        input: count("inputTokens"),
        cached_input: count("cachedInputTokens"),
        output: count("outputTokens"),
        reasoning: count("reasoningTokens"),
    });
    Ok(Reply { text, finish, tokens, allowance: None })
}

/// What a thrown error means: SDK errors carry the status that their server gave, ours and some others say whether
/// another attempt may help.
fn failure(thrown: JsValue) -> Failure {
    let message = error::describe(&thrown);
    let field = |name: &str| if thrown.is_object() { convert::get(&thrown, name) } else { JsValue::UNDEFINED };
    match field("status").as_f64() {
        Some(status) if (400.0..600.0).contains(&status) => Failure::Status(StatusFailure {
            status: status as u16,
            code: field("code").as_string(),
            message,
            ..StatusFailure::default()
        }),
        _ => Failure::Callback { message, retryable: field("retryable").as_bool().unwrap_or(false) },
    }
}
