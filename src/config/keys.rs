//! Every key that a configuration can hold, section by section.
//!
//! A `?` marks the keys that may be written as `null` to say nothing: those for which DeepFabric's default is null.

/// The document itself.
pub(super) const ROOT: &[&str] = &[
    "seed",
    "budget?",
    "llm?",
    "topics",
    "generation",
    "output",
    "huggingface?",
    "evaluation?",
    "kaggle?",
    "deepfabric_cloud?",
];

pub(super) const BUDGET: &[&str] = &["max_cost?", "max_tokens?", "max_requests?"];

/// `llm`, shared by the sections that name nothing of their own.
pub(super) const SHARED_LLM: &[&str] =
    &["provider?", "model?", "temperature?", "base_url?", "price?", "stream", "timeout?", "rate_limit?"];

/// `topics.llm` and `generation.llm`.
pub(super) const LLM: &[&str] = &["provider?", "model?", "temperature?", "base_url?", "price?", "stream", "timeout?"];

/// The keys of `llm` that together decide what a price is for.
pub(super) const WHAT_IS_PRICED: &[&str] = &["provider", "model", "base_url"];

pub(super) const PRICE: &[&str] = &["input", "output", "cached_input?"];

pub(super) const TIMEOUT: &[&str] = &["first_answer?", "silence?", "total?"];

pub(super) const TOPICS: &[&str] = &[
    "prompt",
    "mode",
    "system_prompt",
    "depth",
    "degree",
    "max_concurrent",
    "max_tokens",
    "prompt_style",
    "sample_nodes",
    "save_as?",
    "rate_limit?",
    "llm?",
];

pub(super) const GENERATION: &[&str] = &[
    "system_prompt",
    "instructions",
    "conversation",
    "tools?",
    "output_schema?",
    "quality?",
    "max_retries",
    "sample_retries",
    "max_tokens",
    "rate_limit?",
    "llm?",
    "save_as?",
];

pub(super) const CONVERSATION: &[&str] =
    &["type", "reasoning_style?", "agent_mode?", "min_turns", "max_turns", "min_tool_calls", "situations?"];

pub(super) const SITUATIONS: &[&str] = &["no_tool_fits", "parameter_missing", "tool_fails", "parallel_calls"];

pub(super) const QUALITY: &[&str] = &[
    "duplicate_threshold",
    "check_language",
    "min_question_characters?",
    "max_question_characters?",
    "min_answer_characters?",
    "max_answer_characters?",
];

pub(super) const TOOLS: &[&str] = &[
    "spin_endpoint?",
    "components",
    "tools_endpoint?",
    "custom",
    "max_per_query",
    "strict",
    "scenario_seed?",
    "max_agent_steps",
    "tool_execute_path?",
    "tool_inclusion_strategy",
    "tool_inclusion",
    "grounding",
    "mock?",
    "mcp?",
    "timeout",
    "max_result_length",
    "available?",
    "registry_path?",
];

pub(super) const SCENARIO_SEED: &[&str] = &["files"];

/// Mock data in DeepFabric's form.
pub(super) const MOCK: &[&str] = &["description", "version", "mockResponses", "fixtures"];

pub(super) const MCP_SERVER: &[&str] = &["url", "tools?"];

pub(super) const RATE_LIMIT: &[&str] = &[
    "max_retries",
    "base_delay",
    "max_delay",
    "backoff_strategy",
    "exponential_base",
    "jitter",
    "respect_retry_after",
    "retry_on_status_codes",
    "requests_per_minute?",
    "tokens_per_minute?",
    "input_tokens_per_minute?",
    "output_tokens_per_minute?",
    "retry_on_exceptions?",
    "check_headers?",
    "preemptive_backoff?",
    "preemptive_threshold?",
    "token_bucket_aware?",
    "gradual_rampup?",
    "parse_quota_details?",
    "daily_quota_aware?",
    "check_credits?",
];

/// The keys of `rate_limit` that DeepFabric declares and that decide nothing here, each with the reason.
pub(super) const RATE_LIMIT_WITHOUT_EFFECT: &[(&str, &str)] = &[
    ("token_bucket_aware", "limits that refill bit by bit are always respected"),
    ("check_credits", "an account without credit (402) always ends the run"),
];

pub(super) const OUTPUT: &[&str] = &[
    "system_prompt?",
    "include_system_message",
    "num_samples",
    "batch_size",
    "save_as",
    "format",
    "tool_arguments",
    "checkpoint?",
    "formatters?",
];

pub(super) const CHECKPOINT: &[&str] = &["interval", "path?", "retry_failed"];

pub(super) const HUGGINGFACE: &[&str] = &["repository", "tags"];

/// A section whose keys are the author's own.
pub(super) const ANY: &[&str] = &["*"];

/// Every section by its path, to find where a misplaced key belongs.
pub(super) const SECTIONS: &[(&str, &[&str])] = &[
    ("", ROOT),
    ("llm", SHARED_LLM),
    ("topics", TOPICS),
    ("topics.llm", LLM),
    ("topics.rate_limit", RATE_LIMIT),
    ("generation", GENERATION),
    ("generation.conversation", CONVERSATION),
    ("generation.quality", QUALITY),
    ("generation.conversation.situations", SITUATIONS),
    ("generation.tools", TOOLS),
    ("generation.tools.scenario_seed", SCENARIO_SEED),
    ("generation.tools.mock", MOCK),
    ("generation.llm", LLM),
    ("generation.rate_limit", RATE_LIMIT),
    ("output", OUTPUT),
    ("output.checkpoint", CHECKPOINT),
    ("huggingface", HUGGINGFACE),
    ("budget", BUDGET),
    ("llm.price", PRICE),
    ("llm.timeout", TIMEOUT),
];

/// A key without its mark.
pub(super) fn name(key: &'static str) -> &'static str {
    key.strip_suffix('?').unwrap_or(key)
}

/// Whether a section knows a key.
pub(super) fn knows(keys: &[&'static str], key: &str) -> bool {
    keys == ANY || keys.iter().any(|known| name(known) == key)
}

/// Whether a key says nothing when it is null.
pub(super) fn is_nullable(keys: &[&'static str], key: &str) -> bool {
    keys.iter().any(|known| known.strip_suffix('?') == Some(key))
}

/// The other sections that know a key, at most three of them.
pub(super) fn homes(key: &str, except: &str) -> Vec<&'static str> {
    SECTIONS.iter().filter(|(path, keys)| *path != except && knows(keys, key)).map(|(path, _)| *path).take(3).collect()
}
