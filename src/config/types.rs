//! The configuration after it was read: every value checked, every default filled in.
//!
//! The field names are the configuration's own keys, so that serialising a [`Config`] gives a configuration again and
//! reading that gives the same [`Config`].

use serde::Serialize;
use serde_json::Value;

use super::scalar::plain_number;

/// A whole configuration.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Config {
    /// Decides everything that is chosen at random: which topics a partial run takes and how later cycles vary.
    pub seed: u64,
    /// What a run may take at the most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetConfig>,
    /// How topics are grown.
    pub topics: TopicsConfig,
    /// How samples are written.
    pub generation: GenerationConfig,
    /// What is delivered.
    pub output: OutputConfig,
    /// Where the dataset is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub huggingface: Option<HuggingFaceConfig>,
}

/// What a run may take at the most: the section `budget`. At least one limit is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct BudgetConfig {
    /// US dollars, above 0. Where it is set, every model has a price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_cost: Option<f64>,
    /// Tokens, both ways together: at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    /// Requests, those sent again included: at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_requests: Option<u64>,
}

/// A model and where it answers. Resolved: a section's own value, then the shared `llm` section's, then the default.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LlmConfig {
    /// Who answers.
    pub provider: ProviderName,
    /// The provider's name for the model.
    pub model: String,
    /// 0 to 2.
    pub temperature: f64,
    /// Replaces the provider's own address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// What its tokens cost, where the configuration says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<PriceConfig>,
    /// Whether replies are read while they are written, where the provider can.
    #[serde(skip_serializing_if = "is_true")]
    pub stream: bool,
    /// How long a request may take.
    #[serde(skip_serializing_if = "TimeoutConfig::says_nothing")]
    pub timeout: TimeoutConfig,
}

/// The default goes without saying.
fn is_true(flag: &bool) -> bool {
    *flag
}

/// What a model's tokens cost, in US dollars per million: the section `price`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct PriceConfig {
    /// Tokens sent.
    pub input: f64,
    /// Tokens received, those of reasoning included.
    pub output: f64,
    /// Tokens sent that the provider had in its cache; `None` where they cost as much as any other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached_input: Option<f64>,
}

impl PriceConfig {
    /// What so many tokens cost in US dollars. The cached ones are among the input.
    pub fn cost(&self, input: u64, cached_input: u64, output: u64) -> f64 {
        const MILLION: f64 = 1e6;
        let cached = cached_input.min(input);
        let cached_price = self.cached_input.unwrap_or(self.input);
        ((input - cached) as f64 * self.input + cached as f64 * cached_price + output as f64 * self.output) / MILLION
    }
}

/// How long a request may take, in seconds, 0.1 to 3600 each: the section `timeout`. `None` is the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct TimeoutConfig {
    /// Until the provider begins to answer; at most `total`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_answer: Option<f64>,
    /// Between two parts of a reply; at most `total`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silence: Option<f64>,
    /// Until the reply is complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<f64>,
}

impl TimeoutConfig {
    /// Whether all of it is the default.
    pub fn says_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// The providers that a configuration can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderName {
    /// OpenAI, and every OpenAI-compatible server through `base_url`.
    OpenAi,
    /// Anthropic.
    Anthropic,
    /// Google's Gemini.
    Gemini,
    /// A local Ollama.
    Ollama,
    /// OpenRouter.
    OpenRouter,
}

/// The section `topics`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TopicsConfig {
    /// The root topic.
    pub prompt: String,
    /// What grows from it.
    pub mode: TopicMode,
    /// Guidance for every expansion; may be empty.
    pub system_prompt: String,
    /// Levels below the root: 1 to 10 for a tree, 1 to 5 for a graph.
    pub depth: u32,
    /// Children of each topic: 1 to 50 for a tree, 1 to 10 for a graph.
    pub degree: u32,
    /// Expansions under way at once, over the whole set: 1 to 20.
    pub max_concurrent: u32,
    /// Token limit of one expansion.
    pub max_tokens: u32,
    /// How an expansion is asked for.
    pub prompt_style: PromptStyle,
    /// Which topics get samples.
    pub sample_nodes: SampleNodes,
    /// The name that a program may give the file of topics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub save_as: Option<String>,
    /// When and how often a failed request is sent again.
    pub rate_limit: RateLimitConfig,
    /// The model that grows topics.
    pub llm: LlmConfig,
}

/// The shape of a topic set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TopicMode {
    /// Every topic has one parent.
    Tree,
    /// Topics may have several parents.
    Graph,
}

/// How an expansion is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PromptStyle {
    /// Subtopics that may be linked to topics elsewhere in the graph.
    Default,
    /// Subtopics without links.
    Isolated,
    /// Subtopics without links, held close to the domain by worked examples.
    Anchored,
}

/// Which topics get samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SampleNodes {
    /// Topics without subtopics.
    Leaves,
    /// Every topic of a graph but the root.
    All,
}

/// The section `generation`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GenerationConfig {
    /// What the model that writes samples is told about its task.
    pub system_prompt: String,
    /// Further wishes; may be empty.
    pub instructions: String,
    /// What kind of sample is written.
    pub conversation: ConversationConfig,
    /// What agents may call, its documented keys checked and filled in; the tools room reads it in full. Set exactly
    /// when at least one tool is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<Value>,
    /// A JSON Schema of the caller's own for each record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
    /// Which samples are good enough.
    pub quality: QualityConfig,
    /// How often a request that failed in transit is sent again, where `rate_limit.max_retries` does not say: 0 to 10.
    pub max_retries: u32,
    /// How often an unusable reply is asked for again: 0 to 5.
    pub sample_retries: u32,
    /// Token limit of one reply.
    pub max_tokens: u32,
    /// When and how often a failed request is sent again.
    pub rate_limit: RateLimitConfig,
    /// The model that writes samples.
    pub llm: LlmConfig,
}

/// Which samples are good enough: the section `generation.quality`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct QualityConfig {
    /// The similarity from which two questions count as one: above 0 and at most 1. `None`, written as `false`, where only
    /// those do that are equal word for word.
    #[serde(serialize_with = "number_or_false")]
    pub duplicate_threshold: Option<f64>,
    /// Whether samples are refused that are in another language than they were asked for in.
    pub check_language: bool,
    /// Fewest characters of a question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_question_characters: Option<u32>,
    /// Most characters of a question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_question_characters: Option<u32>,
    /// Fewest characters of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_answer_characters: Option<u32>,
    /// Most characters of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_answer_characters: Option<u32>,
}

fn number_or_false<S: serde::Serializer>(number: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) => serializer.serialize_f64(*number),
        None => serializer.serialize_bool(false),
    }
}

/// The section `generation.conversation`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConversationConfig {
    /// Plain question and answer, or with reasoning.
    #[serde(rename = "type")]
    pub kind: ConversationType,
    /// The form of the reasoning; `None` exactly when `kind` is basic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_style: Option<ReasoningStyle>,
    /// One request of the user or a whole conversation; set when tools are configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_mode: Option<AgentMode>,
    /// Fewest turns of a multi-turn conversation: 1 to 10.
    pub min_turns: u32,
    /// Most turns of a multi-turn conversation: `min_turns` to 10.
    pub max_turns: u32,
    /// Fewest tool calls of a multi-turn conversation: 0 to 20.
    pub min_tool_calls: u32,
    /// What agents meet besides the ordinary case.
    #[serde(skip_serializing_if = "SituationsConfig::are_none")]
    pub situations: SituationsConfig,
}

/// Which share of an agent's samples meets what: the section `generation.conversation.situations`. Each is from 0 to 1,
/// and all together at most 1; the rest is ordinary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct SituationsConfig {
    /// The user wants what none of the tools can do.
    pub no_tool_fits: f64,
    /// The user leaves out what a call needs, so that the agent has to ask.
    pub parameter_missing: f64,
    /// A call fails for a reason that passes.
    pub tool_fails: f64,
    /// The request takes several calls that do not depend on each other.
    pub parallel_calls: f64,
}

impl SituationsConfig {
    /// A mix for agents that are to be ready for more than the ordinary case: `situations: mixed`.
    pub const MIXED: Self = Self { no_tool_fits: 0.05, parameter_missing: 0.1, tool_fails: 0.1, parallel_calls: 0.2 };

    /// Whether every sample is ordinary.
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }
}

/// What kind of sample is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ConversationType {
    /// Question and answer.
    Basic,
    /// Question, reasoning and answer.
    Cot,
}

/// The form of the reasoning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReasoningStyle {
    /// One text.
    Freetext,
    /// A list of steps with thoughts and actions.
    Agent,
}

/// One request or a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentMode {
    /// One request of the user.
    SingleTurn,
    /// A conversation.
    MultiTurn,
}

/// When and how often a failed request is sent again: the section `rate_limit`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RateLimitConfig {
    /// Attempts after the first: 0 to 20.
    pub max_retries: u32,
    /// Seconds before the first retry: 0.1 to 60.
    pub base_delay: f64,
    /// Most seconds between attempts, at least `base_delay`: 1 to 300 (600 for Gemini).
    pub max_delay: f64,
    /// How the delay grows.
    pub backoff_strategy: BackoffStrategy,
    /// Growth per attempt: 1.1 to 10.
    pub exponential_base: f64,
    /// Whether delays are spread at random.
    pub jitter: bool,
    /// Whether a delay that the provider names is kept to.
    pub respect_retry_after: bool,
    /// Statuses that are worth another attempt.
    pub retry_on_status_codes: Vec<u16>,
    /// Failures without an answer that are worth another attempt.
    pub retry_on_exceptions: Vec<TransportException>,
    /// Whether the provider's limits are learned from the headers of its answers.
    pub check_headers: bool,
    /// Whether requests slow down before a learned limit is used up.
    pub preemptive_backoff: bool,
    /// The share of a learned limit that is left when they do: 0 to 1.
    pub preemptive_threshold: f64,
    /// Whether a run begins with few requests at once and grows to the number that is allowed.
    pub gradual_rampup: bool,
    /// Whether the details of an error answer are read for the wait that they name and the quota that is used up.
    pub parse_quota_details: bool,
    /// Whether a quota that is used up for the day ends the run.
    pub daily_quota_aware: bool,
    /// Ceiling of requests a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_minute: Option<u32>,
    /// Ceiling of tokens a minute, both ways together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_per_minute: Option<u32>,
    /// Ceiling of tokens sent a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_tokens_per_minute: Option<u32>,
    /// Ceiling of tokens received a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_tokens_per_minute: Option<u32>,
}

/// A request that got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TransportException {
    /// The server took too long.
    Timeout,
    /// There was no connection.
    Connection,
    /// The connection broke. Runtimes do not tell it from the one before.
    Network,
}

/// How the delay between attempts grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BackoffStrategy {
    /// `base_delay * exponential_base^n`.
    Exponential,
    /// The same, spread at random.
    ExponentialJitter,
    /// `base_delay * (n + 1)`.
    Linear,
    /// `base_delay`.
    Constant,
}

/// The section `output`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutputConfig {
    /// The system message of the records: `output.system_prompt`, or else `generation.system_prompt`.
    pub system_prompt: String,
    /// Whether records begin with a system message.
    pub include_system_message: bool,
    /// How many samples are delivered.
    pub num_samples: SampleCount,
    /// Samples under way at once.
    pub batch_size: u32,
    /// The name that a program may give the file of records.
    pub save_as: String,
    /// Conversations, or records of the caller's own schema.
    pub format: OutputFormat,
    /// The form of the arguments in the tool calls of a record.
    #[serde(skip_serializing_if = "ToolArguments::is_text")]
    pub tool_arguments: ToolArguments,
    /// Where and how often progress is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<CheckpointConfig>,
}

/// How many samples are delivered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SampleCount {
    /// This many.
    Exactly(u32),
    /// One for each topic.
    Auto,
    /// This share of the topics, in per cent, above 0.
    Percent(f64),
}

impl Serialize for SampleCount {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            SampleCount::Exactly(count) => serializer.serialize_u32(*count),
            SampleCount::Auto => serializer.serialize_str("auto"),
            SampleCount::Percent(share) => serializer.serialize_str(&format!("{}%", plain_number(*share))),
        }
    }
}

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputFormat {
    /// A conversation.
    Messages,
    /// An object of `generation.output_schema`.
    Custom,
}

/// The form of the arguments in the tool calls of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ToolArguments {
    /// JSON in a text, as OpenAI and DeepFabric have it.
    Text,
    /// The object itself, as most chat templates want it.
    Object,
}

impl ToolArguments {
    /// The default goes without saying.
    pub fn is_text(&self) -> bool {
        *self == Self::Text
    }
}

/// The section `output.checkpoint`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckpointConfig {
    /// Finished samples between two writes.
    pub interval: u32,
    /// A directory, for programs that keep progress in files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Whether a resumed run tries failed samples again.
    pub retry_failed: bool,
}

/// The section `huggingface`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HuggingFaceConfig {
    /// `user/name`.
    pub repository: String,
    /// Tags of the dataset card.
    pub tags: Vec<String>,
}

impl Default for RateLimitConfig {
    fn default() -> Self {
        Self {
            max_retries: 5,
            base_delay: 1.0,
            max_delay: 60.0,
            backoff_strategy: BackoffStrategy::ExponentialJitter,
            exponential_base: 2.0,
            jitter: true,
            respect_retry_after: true,
            retry_on_status_codes: vec![429, 500, 502, 503, 504],
            retry_on_exceptions: vec![
                TransportException::Timeout,
                TransportException::Connection,
                TransportException::Network,
            ],
            check_headers: true,
            preemptive_backoff: false,
            preemptive_threshold: 0.1,
            gradual_rampup: false,
            parse_quota_details: true,
            daily_quota_aware: true,
            requests_per_minute: None,
            tokens_per_minute: None,
            input_tokens_per_minute: None,
            output_tokens_per_minute: None,
        }
    }
}
