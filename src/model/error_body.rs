//! What the body of an error answer says: the provider's code, what that code means, and its sentence.
//!
//! Codes are looked up in a table. The text of a message is shown to people and never searched: it may quote anything.

use serde_json::Value;

/// What a failure is about, and with that what helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The account has no credit or no quota left.
    Quota,
    /// The key is missing, wrong, or not good for this.
    Auth,
    /// There is no such model, or no such address.
    UnknownModel,
    /// The request is longer than the model or the account allows.
    TooLong,
    /// A filter or a rule of the provider forbids this request.
    Refusal,
    /// The provider asks for fewer requests.
    Throttled,
    /// The provider has too much to do.
    Overloaded,
    /// The provider took too long.
    Timeout,
    /// The provider failed for a reason of its own.
    Fault,
    /// The model's words did not fit the schema, which the provider notices by itself.
    Misfit,
}

/// The codes and types of errors that are worth knowing, as documented by OpenAI (and Azure, which adds its filter's),
/// Anthropic, Google, OpenRouter, Groq, DeepSeek, Mistral, GitHub Models, Alibaba and llama.cpp.
const CODES: &[(Meaning, &[&str])] = &[
    (
        Meaning::Quota,
        &[
            "insufficient_quota",
            "billing_error",
            "billing_not_active",
            "billing_hard_limit_reached",
            "insufficient_credits",
            "insufficient_balance",
            "credit_balance_too_low",
            "payment_required",
            "budget_exceeded",
        ],
    ),
    (
        Meaning::Auth,
        &[
            "invalid_api_key",
            "authentication_error",
            "permission_error",
            "permission_denied",
            "unauthenticated",
            "account_deactivated",
            "insufficient_permissions",
            "unsupported_country_region_territory",
            // Gemini answers a wrong key with 400 and says so in the details alone.
            "api_key_invalid",
            "api_key_service_blocked",
            "api_key_http_referrer_blocked",
            "api_key_ip_address_blocked",
        ],
    ),
    (
        Meaning::UnknownModel,
        &[
            "model_not_found",
            "not_found_error",
            "not_found",
            "unknown_model",
            "invalid_model",
            "model_decommissioned",
            "DeploymentNotFound",
        ],
    ),
    (
        Meaning::TooLong,
        &[
            "context_length_exceeded",
            "request_too_large",
            "string_above_max_length",
            "tokens_limit_reached",
            "exceed_context_size_error",
        ],
    ),
    (
        Meaning::Refusal,
        &[
            "content_filter",
            "content_policy_violation",
            "ResponsibleAIPolicyViolation",
            "refusal",
            "invalid_prompt",
            "bio_policy",
            "cyber_policy",
            "misalignment_policy_violation",
            "data_inspection_failed",
        ],
    ),
    (
        Meaning::Throttled,
        &["rate_limit_exceeded", "rate_limit_error", "resource_exhausted", "too_many_requests", "slow_down"],
    ),
    (Meaning::Overloaded, &["overloaded_error", "provider_overloaded", "engine_overloaded", "server_is_overloaded"]),
    (Meaning::Timeout, &["timeout_error", "deadline_exceeded"]),
    (
        Meaning::Fault,
        &["api_error", "server_error", "internal", "unavailable", "unavailable_error", "provider_unavailable"],
    ),
    (Meaning::Misfit, &["json_validate_failed", "tool_use_failed"]),
];

/// What a code means, if it is a known one.
pub fn meaning(code: &str) -> Option<Meaning> {
    let known = CODES.iter().find(|(_, codes)| codes.iter().any(|known| known.eq_ignore_ascii_case(code)));
    known.map(|(meaning, _)| *meaning)
}

/// The part of a body that describes the error. OpenAI and most others: `{"error": {...}}`; Ollama: `{"error": "..."}`;
/// Google in the manner of OpenAI: `[{"error": {...}}]`; Cloudflare: `{"errors": [{...}]}`; Mistral: the body itself.
pub fn error_of(body: &Value) -> &Value {
    let body = body.get(0).unwrap_or(body);
    body.get("error").filter(|error| !error.is_null()).or_else(|| crate::json::at(body, "/errors/0")).unwrap_or(body)
}

/// The provider's code: of all that the error gives, the first whose meaning is known, or else the first.
pub fn code(error: &Value) -> Option<String> {
    let mut codes: Vec<&str> = Vec::new();
    for path in ["/code", "/metadata/error_type", "/innererror/code", "/type", "/status"] {
        codes.extend(text(error, path));
    }
    if let Some(Value::Array(details)) = error.get("details") {
        for detail in details {
            codes.extend(text(detail, "/reason"));
        }
    }
    for code in &codes {
        if meaning(code).is_some() {
            return Some((*code).to_owned());
        }
    }
    // OpenRouter's moderation gives no code: its reasons are the sign of it.
    let is_moderated = crate::json::at(error, "/metadata/reasons").is_some()
        || crate::json::at(error, "/metadata/flagged_input").is_some();
    let code = if is_moderated { Some("content_policy_violation") } else { codes.first().copied() };
    code.map(str::to_owned)
}

fn text<'a>(error: &'a Value, path: &str) -> Option<&'a str> {
    crate::json::at(error, path).and_then(Value::as_str)
}

/// The provider's sentence.
pub fn message(error: &Value) -> String {
    let sentence = error.as_str().or_else(|| text(error, "/message")).or_else(|| text(error, "/detail"));
    let complaint = || {
        let sentence = complaint(error)?.get("msg")?.as_str()?;
        Some(param(error).map_or_else(|| sentence.to_owned(), |param| format!("{param}: {sentence}")))
    };
    sentence.map(str::to_owned).or_else(complaint).unwrap_or_default()
}

/// The field of the request that the provider names as the cause.
pub fn param(error: &Value) -> Option<String> {
    if let Some(param) = text(error, "/param").filter(|param| !param.is_empty()) {
        return Some(param.to_owned());
    }
    // What is built on FastAPI lists its complaints: `{"loc": ["body", "temperature"], "msg": "..."}`.
    let mut path = String::new();
    for step in complaint(error)?.get("loc")?.as_array()? {
        match step.as_str() {
            Some("body") if path.is_empty() => {}
            Some(step) if path.is_empty() => path.push_str(step),
            Some(step) => {
                path.push('.');
                path.push_str(step);
            }
            None => {}
        }
    }
    (!path.is_empty()).then_some(path)
}

/// What a router quotes from the provider behind it.
pub fn quoted(error: &Value) -> Option<Value> {
    crate::json::at(error, "/metadata/raw")?.as_str()?.parse().ok()
}

fn complaint(error: &Value) -> Option<&Value> {
    crate::json::at(error, "/detail/0").or_else(|| crate::json::at(error, "/message/detail/0"))
}

/// A header that the error repeats for those who cannot see it, as OpenRouter's do.
pub fn repeated_header(error: &Value, name: &str) -> Option<String> {
    let headers = crate::json::at(error, "/metadata/headers")?.as_object()?;
    let (_, value) = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_telling_code_is_found_wherever_a_provider_puts_it() {
        let reason = |reason: &str| json!({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason });
        for (body, expected) in [
            (
                json!({ "error": { "message": "m", "type": "insufficient_quota", "code": "insufficient_quota" } }),
                Some("insufficient_quota"),
            ),
            (
                json!({ "error": { "type": "invalid_request_error", "code": "context_length_exceeded" } }),
                Some("context_length_exceeded"),
            ),
            (json!({ "error": { "type": "invalid_request_error", "code": null } }), Some("invalid_request_error")),
            (json!({ "error": { "type": "insufficient_quota", "code": "whatever" } }), Some("insufficient_quota")),
            (
                json!({ "type": "error", "error": { "type": "overloaded_error", "message": "m" } }),
                Some("overloaded_error"),
            ),
            (
                json!([{ "error": { "code": 400, "status": "INVALID_ARGUMENT", "details": [reason("API_KEY_INVALID")] } }]),
                Some("API_KEY_INVALID"),
            ),
            (json!({ "error": { "code": 403, "status": "PERMISSION_DENIED" } }), Some("PERMISSION_DENIED")),
            (
                json!({ "error": { "code": 400, "metadata": { "error_type": "context_length_exceeded" } } }),
                Some("context_length_exceeded"),
            ),
            (
                json!({ "error": { "code": 403, "metadata": { "reasons": ["violence"], "flagged_input": "..." } } }),
                Some("content_policy_violation"),
            ),
            (
                json!({ "error": { "code": "x", "innererror": { "code": "ResponsibleAIPolicyViolation" } } }),
                Some("ResponsibleAIPolicyViolation"),
            ),
            (json!({ "object": "error", "type": "invalid_model", "code": "1500" }), Some("invalid_model")),
            (json!({ "error": "model not found" }), None),
            (json!({ "error": { "message": "insufficient_quota invalid_api_key" } }), None),
            (json!({ "detail": [{ "loc": ["body"], "msg": "extra", "type": "extra_forbidden" }] }), None),
            (json!(null), None),
        ] {
            assert_eq!(code(error_of(&body)).as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn the_sentence_is_found_wherever_a_provider_puts_it() {
        for body in [
            json!({ "error": { "message": "no" } }),
            json!({ "error": "no" }),
            json!({ "message": "no", "code": "1500" }),
            json!({ "detail": "no" }),
            json!({ "detail": [{ "loc": ["body"], "msg": "no" }] }),
            json!([{ "error": { "message": "no" } }]),
            json!({ "success": false, "errors": [{ "code": 7003, "message": "no" }] }),
        ] {
            assert_eq!(message(error_of(&body)), "no", "{body}");
        }
        assert_eq!(message(error_of(&json!(null))), "");
        let complaint = json!({ "message": { "detail": [{ "loc": ["body", "stream_options"], "msg": "no" }] } });
        assert_eq!(message(error_of(&complaint)), "stream_options: no");
        assert_eq!(param(error_of(&complaint)).as_deref(), Some("stream_options"));
    }

    #[test]
    fn no_code_has_two_meanings() {
        let codes: Vec<&str> = CODES.iter().flat_map(|(_, codes)| codes.iter().copied()).collect();
        for (at, code) in codes.iter().enumerate() {
            assert!(!codes[..at].iter().any(|other| other.eq_ignore_ascii_case(code)), "{code}");
        }
    }
}
