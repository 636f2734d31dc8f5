//! Chat Completions, the protocol that OpenAI began and most servers speak.

use std::rc::Rc;

use serde::Serialize;
use serde_json::Value;

use super::KeySource;
use crate::host::{Host, HttpRequest, HttpResponse, LocalFuture, Secret, TransportFailure};
use crate::model::failure::StatusFailure;
use crate::model::{Failure, Finish, Message, Provider, Reply, Request, Tokens, wait};

/// What differs between servers of this protocol.
pub struct Server {
    /// The provider's name in messages.
    pub name: &'static str,
    /// The address in front of `/chat/completions`.
    pub base_url: String,
    /// What the server calls the token limit.
    pub token_limit: TokenLimit,
    /// Whether asking without a key is pointless.
    pub needs_key: bool,
}

/// The name of the field for the token limit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TokenLimit {
    /// `max_tokens`
    MaxTokens,
    /// `max_completion_tokens`
    MaxCompletionTokens,
}

/// A server of this protocol, with the model to ask for.
pub struct OpenAiChat {
    server: Server,
    url: String,
    model: String,
    host: Rc<dyn Host>,
    keys: Rc<dyn KeySource>,
}

impl OpenAiChat {
    /// Gets ready to ask; sends nothing.
    pub fn new(server: Server, model: &str, host: Rc<dyn Host>, keys: Rc<dyn KeySource>) -> Self {
        let base = server.base_url.trim_end_matches('/');
        let url = match base.ends_with("/chat/completions") {
            true => base.to_owned(),
            false => format!("{base}/chat/completions"),
        };
        Self { server, url, model: model.to_owned(), host, keys }
    }

    async fn request(&self, request: &Request) -> Result<Reply, Failure> {
        let key = self.keys.key(self.server.name).await.map_err(Failure::KeySource)?;
        if key.is_none() && self.server.needs_key {
            return Err(Failure::NoKey);
        }
        let headers = match &key {
            Some(key) => vec![("authorization", Secret::new(format!("Bearer {}", key.reveal())))],
            None => Vec::new(),
        };
        let body = self.body(request);
        let sent = self.host.post(HttpRequest { url: self.url.clone(), headers, body }).await;
        let redact = |text: &str| key.as_ref().map_or_else(|| text.to_owned(), |key| key.redact(text));
        let response = sent.map_err(|failure| match failure {
            TransportFailure::Unsendable(reason) => Failure::Unsendable(redact(&reason)),
            TransportFailure::Unreachable(reason) => {
                Failure::Unreachable { url: self.url.clone(), reason: redact(&reason) }
            }
        })?;
        if !(200..=299).contains(&response.status) {
            return Err(Failure::Status(self.read_error(&response, &redact)));
        }
        read_reply(&response.body).map_err(|reason| Failure::Unintelligible { url: self.url.clone(), reason })
    }

    fn read_error(&self, response: &HttpResponse, redact: &dyn Fn(&str) -> String) -> StatusFailure {
        let body = serde_json::from_str(&response.body).unwrap_or_default();
        let now_ms = wait::rfc3339(&self.host.timestamp()).unwrap_or_default() as f64;
        StatusFailure::read(response.status, &|name| (response.header)(name), &body, now_ms, redact)
    }

    fn body(&self, request: &Request) -> String {
        let old_name = self.server.token_limit == TokenLimit::MaxTokens;
        let body = Body {
            model: &self.model,
            messages: &request.messages,
            temperature: request.temperature,
            max_tokens: old_name.then_some(request.max_tokens),
            max_completion_tokens: (!old_name).then_some(request.max_tokens),
            response_format: ResponseFormat {
                kind: "json_schema",
                json_schema: JsonSchema { name: request.purpose.as_str(), strict: true, schema: &request.schema },
            },
        };
        // Strings, numbers and JSON values always serialise.
        serde_json::to_string(&body).unwrap_or_default()
    }
}

impl Provider for OpenAiChat {
    fn complete<'a>(&'a self, request: &'a Request) -> LocalFuture<'a, Result<Reply, Failure>> {
        Box::pin(self.request(request))
    }

    fn name(&self) -> &str {
        self.server.name
    }
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: &'a [Message],
    temperature: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    response_format: ResponseFormat<'a>,
}

#[derive(Serialize)]
struct ResponseFormat<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    json_schema: JsonSchema<'a>,
}

#[derive(Serialize)]
struct JsonSchema<'a> {
    name: &'a str,
    strict: bool,
    schema: &'a Value,
}

fn read_reply(body: &str) -> Result<Reply, String> {
    let mut completion: Value = serde_json::from_str(body).map_err(|error| error.to_string())?;
    let choice = completion.pointer_mut("/choices/0").ok_or("it holds no choices")?;
    let finish_reason = choice.get_mut("finish_reason").map(Value::take);
    let message = choice.get_mut("message").and_then(Value::as_object_mut).ok_or("its choice holds no message")?;
    let mut text = |field: &str| match message.get_mut(field).map(Value::take) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let (content, refusal) = (text("content"), text("refusal"));
    let finish = match (&refusal, finish_reason.as_ref().and_then(Value::as_str)) {
        (Some(refusal), _) if !refusal.is_empty() => Finish::Refusal,
        (_, Some("length" | "model_length")) => Finish::Length,
        (_, Some("content_filter")) => Finish::Filtered,
        _ => Finish::Stop,
    };
    let count = |path: &str| completion.pointer(path).and_then(Value::as_u64).unwrap_or(0);
    let tokens = Tokens {
        input: count("/usage/prompt_tokens"),
        cached_input: count("/usage/prompt_tokens_details/cached_tokens"),
        output: count("/usage/completion_tokens"),
    };
    Ok(Reply { text: content.or(refusal).unwrap_or_default(), finish, tokens })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_text_finish_and_tokens() {
        let body = json!({
            "choices": [{"message": {"role": "assistant", "content": "{}", "refusal": null}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 8}},
        });
        let tokens = Tokens { input: 10, cached_input: 8, output: 3 };
        assert_eq!(read_reply(&body.to_string()), Ok(Reply { text: "{}".to_owned(), finish: Finish::Stop, tokens }));
    }

    #[test]
    fn refusal_truncation_and_filtering_are_recognised() {
        let table = [
            (json!({"message": {"content": null, "refusal": "No."}, "finish_reason": "stop"}), Finish::Refusal),
            (json!({"message": {"content": "{\"a"}, "finish_reason": "length"}), Finish::Length),
            (json!({"message": {"content": ""}, "finish_reason": "content_filter"}), Finish::Filtered),
            (json!({"message": {"content": "{}"}}), Finish::Stop),
        ];
        for (choice, finish) in table {
            let reply = read_reply(&json!({"choices": [choice], "usage": null}).to_string()).unwrap();
            assert_eq!(reply.finish, finish);
        }
    }

    #[test]
    fn an_answer_of_another_kind_is_an_error() {
        for body in ["<html>", "{}", "[]", r#"{"choices":[]}"#, r#"{"choices":[{}]}"#] {
            assert!(read_reply(body).is_err(), "{body}");
        }
    }
}
