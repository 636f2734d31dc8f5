/**
 * Synthetic training data for language models: topics, samples and JSONL, in any JavaScript runtime.
 *
 * Importing is enough: every function loads the wasm on its first call, in each runtime's own way. Every failure is a
 * {@link DataweftError}.
 */

/** Anything that wasm can be made from. A string is a URL; in Node and Bun it may also be the path of a file. */
export type WasmSource = WebAssembly.Module | BufferSource | Response | URL | string | Promise<Response>;

/**
 * Loads the wasm now rather than at the first call, and from where you say. Never needed, except with "dataweft/slim".
 *
 * There is one instance in a program: once it is loaded, further calls do nothing. A load that failed is forgotten, so
 * that it can be tried again.
 *
 * @example
 * await init(new URL("/static/dataweft_bg.wasm", location.href));
 */
export default function init(input?: WasmSource): Promise<void>;

// ---- configuration --------------------------------------------------------------------------------------------------

/** DeepFabric-shaped configuration: YAML text, JSON text, or the same thing as an object. */
export type ConfigSource = string | Record<string, unknown>;

/** The validated configuration with every default filled in. Plain data: it survives JSON and structuredClone. */
export interface Config {
  [section: string]: unknown;
}

/**
 * Reads and validates a configuration.
 *
 * Rejects with code "config" and `issues` that list every problem at once, each with its path and a suggestion.
 */
export function parseConfig(source: ConfigSource): Promise<Config>;

/** The same check without an error: errors, and warnings for keys that are recognised but no longer mean anything. */
export function checkConfig(source: ConfigSource): Promise<ConfigIssue[]>;

/** One finding about a configuration. */
export interface ConfigIssue {
  /** A warning stops nothing. */
  severity: "error" | "warning";
  /** Where, such as `topics.llm.temperature` or `tools.custom[2].name`. Empty for the document as a whole. */
  path: string;
  message: string;
  /** What to write instead, where that is known. */
  suggestion?: string;
}

/** What a run will do, before it costs anything. */
export interface RunPlan {
  topics: { requests: number; max: number };
  samples: { count: number; requests: { min: number; max: number }; cycles: number };
  /** Estimates. */
  tokens: { input: number; output: number };
  /** Only where the configuration gives prices. */
  cost?: { amount: number; currency: "USD" };
}

/** Counts the requests, samples and tokens of a run without making any. Given topics replace generated ones. */
export function planRun(source: ConfigSource, topics?: Topics): Promise<RunPlan>;

// ---- topics ---------------------------------------------------------------------------------------------------------

/** What one or more samples are about. */
export interface Topic {
  id: string;
  /** From the root to the topic itself. */
  path: string[];
}

/** Plain data: it survives JSON and structuredClone, so topics can travel through a queue. */
export interface Topics {
  mode: "tree" | "graph";
  topics: Topic[];
  [more: string]: unknown;
}

/** Asks the model for the topics that the configuration describes. */
export function generateTopics(source: ConfigSource, options?: RunOptions): Promise<Topics>;

/** Reads DeepFabric's own files, told apart by content: tree = JSONL of {"path":[...]}, graph = one JSON document. */
export function parseTopics(text: string): Promise<Topics>;

/** Writes topics as the file that {@link parseTopics} reads. */
export function serializeTopics(topics: Topics): Promise<string>;

// ---- samples --------------------------------------------------------------------------------------------------------

/** One dataset record, the object behind one JSONL line: DeepFabric's fields, the same keys in every record of a type. */
export interface Sample {
  messages: Message[];
  metadata: SampleMetadata;
  [field: string]: unknown;
}

/** Where a sample comes from. */
export interface SampleMetadata {
  topic_id: string;
  /** From the root to the topic. */
  path: string[];
  /** Which round over the topics this is, counted from 0. */
  cycle: number;
  model: string;
  [more: string]: unknown;
}

export interface Message {
  role: "system" | "user" | "assistant" | "tool";
  content: string | null;
  tool_calls?: ToolCall[];
  tool_call_id?: string;
}

export interface ToolCall {
  id: string;
  type: "function";
  function: {
    name: string;
    /** JSON text, as models send it. */
    arguments: string;
  };
}

/** One sample for one topic: what a queue consumer or a durable step calls. */
export function generateSample(source: ConfigSource, topic: Topic, options?: RunOptions): Promise<Sample>;

/**
 * Samples as they finish. Nothing runs before the first read; from then on the run works ahead of its reader by at most
 * `output.batch_size` samples. Leaving the loop, or cancelling the stream, stops it. Iterable in every runtime, also where
 * streams are not.
 *
 * @example
 * for await (const sample of generateSamples(config, topics, { apiKey })) {
 *   console.log(JSON.stringify(sample));
 * }
 */
export function generateSamples(
  source: ConfigSource,
  topics: Topics,
  options?: RunOptions,
): ReadableStream<Sample> & AsyncIterable<Sample>;

/**
 * Reads a checkpoint that DeepFabric 4 left: the texts of its `.checkpoint.json` and its `.checkpoint.jsonl`, and the topics
 * of that run. The entries belong into an empty `CheckpointStore`; with it and the same topics a run goes on where
 * DeepFabric stopped. What DeepFabric's files do not tell, such as another prompt, is not noticed.
 */
export function readDeepFabricCheckpoint(
  source: ConfigSource,
  topics: Topics,
  files: { metadata: string; samples: string },
): Promise<string[]>;
/**
 * Checks one record of an agent: each call names a declared tool and satisfies its schema, each result follows its own
 * call, ids are unique, and the calls give the same results when they are made again, where that can be done in this
 * place: with the files of `scenario_seed`, mock data and the functions in `options.tools`. Nothing wrong is an empty list.
 */
export function checkSample(source: ConfigSource, sample: Sample, options?: RunOptions): Promise<ConfigIssue[]>;

/** The whole pipeline: topics, then exactly the samples asked for, then JSONL. */
export function generateDataset(source: ConfigSource, options?: RunOptions): Promise<Dataset>;

export interface Dataset {
  /** Type "application/jsonl", UTF-8, one record a line, each line ended by \n. */
  jsonl: Blob;
  samples: number;
  topics: Topics;
  /** Every sample that was asked for and not delivered, with topic and reason. */
  failures: Failure[];
  usage: Usage;
  /** What the run came to, as data and as a few lines of text. */
  report: Report;
}

/** A sample that was given up. */
export interface Failure {
  topicId: string;
  path: string[];
  cycle: number;
  /** As {@link DataweftError.code}. */
  code: string;
  message: string;
  attempts: number;
  /** The model's text that could not be used. */
  raw?: string;
}

/** What was used. Failed and repeated requests are included: they are paid for. */
export interface Used {
  requests: number;
  /** Tokens sent, cached ones included. */
  inputTokens: number;
  /** Tokens received, hidden reasoning included. */
  outputTokens: number;
  /** Tokens sent that the provider had in its cache. */
  cachedInputTokens: number;
  /** Tokens received that are hidden reasoning. */
  reasoningTokens: number;
  retries: number;
  /** In US dollars, only where the configuration gives prices (`llm.price`). */
  cost?: number;
}

/** What a run has used, and each of its stages. */
export interface Usage extends Used {
  stages: { topics: Used; samples: Used };
}

/** What a run came to. */
export interface Report {
  /** Samples asked for, and delivered. */
  asked: number;
  delivered: number;
  /** The share of replies with samples that were accepted, 0 to 1. */
  acceptanceRate?: number;
  /** What you should know of how samples were made, such as who stood in for a tool service that did not answer. */
  warnings: string[];
  /**
   * Replies that were not accepted, by cause: not_json, schema, truncated, refusal, empty, placeholder, echo, language,
   * too_short, too_long, leaked_prompt, duplicate, near_duplicate.
   */
  rejections: Record<string, number>;
  /** Samples that were given up, by the code of their error. */
  failures: Record<string, number>;
  /** The samples of each branch below the root; of more than 100 branches the rest is one, named others. */
  coverage: { topic: string; asked: number; delivered: number }[];
  /** The share of questions that repeated another one and were written anew, 0 to 1. */
  duplicateShare: number;
  /** What the texts of up to 500 records are like, chosen evenly over the plan. */
  texts?: {
    records: number;
    question: ReportLengths;
    answer: ReportLengths;
    /** Different words, pairs and triples of words in a row, each as a share of all. Compare runs of equal size. */
    distinct: [number, number, number];
    /** How many times smaller the texts become when they are compressed together; the higher, the more repeats. */
    compressionRatio?: number;
  };
  /** What agents called, in the records that were looked at. */
  tools?: { callsPerSample: number; calls: Record<string, number> };
  /** What a delivered sample took, topics and rejected replies included. The cost in US dollars. */
  perSample?: { requests: number; inputTokens: number; outputTokens: number; cost?: number };
  /** How long answers took, in milliseconds, to 3 per cent. */
  latency?: { p50: number; p90: number; p99: number };
  /** The share of the time of all slots in which a request was under way, 0 to 1. */
  slotUtilization?: number;
  /** All this as a few lines of text. */
  text: string;
}

/** How long texts are. In scripts without spaces between words each character counts as one. */
export interface ReportLengths {
  words: ReportSpread;
  characters: ReportSpread;
}

export interface ReportSpread {
  min: number;
  /** Half are no greater. */
  p50: number;
  /** Nine in ten are no greater. */
  p90: number;
  max: number;
  mean: number;
}

// ---- how a run reaches the outside world ----------------------------------------------------------------------------

export interface RunOptions {
  /** One key, one per provider, or a function asked when a key is needed. Never stored, never logged, never in an error. */
  apiKey?: string | Record<string, string> | ((provider: string) => string | Promise<string>);
  /** Stops the run: it rejects with name "AbortError", code "aborted", and the signal's reason as cause. */
  signal?: AbortSignal;
  onEvent?: (event: RunEvent) => void;
  /** Used for every request, e.g. a service binding or a proxy. Default: the global fetch. */
  fetch?: typeof fetch;
  /** Answers model requests in place of a provider: a model in the page, a Workers AI binding, a test double. */
  model?: (request: ModelRequest, context: { signal: AbortSignal }) => Promise<ModelReply>;
  /**
   * Executors for tools that the config declares, by tool name; they come before any other that could execute the tool.
   * `args` hold to the tool's schema. A result that is no text becomes JSON text, what is thrown the tool's error result, and
   * so does taking longer than `generation.tools.timeout`. `sessionId` is another one for each conversation: keep its state
   * under it. `signal` is aborted when nobody waits for the result any more.
   */
  tools?: Record<
    string,
    (args: any, context: { sessionId: string; signal: AbortSignal }) => unknown | Promise<unknown>
  >;
  /**
   * Where progress is kept: a store of `dataweft/stores/memory`, `file`, `indexeddb`, `opfs`, `durable-object` or `r2`, or
   * your own. With the same config and store, a run goes on exactly where it stopped, whatever stopped it, and nothing that
   * was kept is paid for again; a stream begins with the samples that earlier runs made. More samples, other limits and a
   * larger budget are no other config; another prompt or model is, and is refused. One run at a time.
   */
  checkpoint?: CheckpointStore;
  /** Start from these topics instead of generating them. */
  topics?: Topics;
  /**
   * The order in which `generateSamples` delivers: "finished" (the default), as samples finish, or "planned", in which
   * the same replies give the same samples in the same order. A dataset is always in the planned order.
   */
  order?: "finished" | "planned";
  /**
   * Whether requests may go to private addresses. By default a page may go anywhere, and so may your own `fetch`; on a
   * server this machine may be reached and the network around it may not. Say `true` for a model in your own network,
   * `false` where configurations come from strangers.
   */
  allowPrivateNetwork?: boolean;
}

export interface ModelRequest {
  messages: Message[];
  /** JSON Schema that the reply must satisfy. */
  schema?: Record<string, unknown>;
  temperature?: number;
  maxTokens?: number;
  /** What the request is for, such as topics or a sample. */
  purpose: string;
}

export interface ModelReply {
  text: string;
  usage?: { inputTokens: number; outputTokens: number; cachedInputTokens?: number; reasoningTokens?: number };
  finishReason?: "stop" | "length" | "refusal" | "filtered";
}

/** An append-only journal. Anything that can append and read back can hold a run: a file, IndexedDB, OPFS, a Durable Object. */
export interface CheckpointStore {
  /** The entries appended so far, in order. */
  read(): Promise<string[]>;
  /** Resolves once they would survive a crash. */
  append(entries: string[]): Promise<void>;
  clear(): Promise<void>;
}

/**
 * `type` is one of topic_started, topic_done, topic_failed, sample_started, sample_done, sample_failed, retry,
 * rate_limited, tool_called, warning (with `message`), usage, checkpoint_saved, run_done; every event carries done/total
 * counts fit for a progress bar.
 */
export interface RunEvent {
  type: string;
  done: number;
  total: number;
  /** In `usage`: what the run is expected to take in all, once there is something to go by. */
  forecast?: Forecast;
  /** In `run_done`: what the run came to. */
  report?: Report;
  [more: string]: unknown;
}

/** What a run is expected to have taken when it is done, if it goes on as it went. */
export interface Forecast {
  requests: number;
  inputTokens: number;
  outputTokens: number;
  /** In US dollars; only where the configuration gives prices. */
  cost?: number;
  /** Milliseconds until the end. */
  remainingMs: number;
}

// ---- Hugging Face Hub -----------------------------------------------------------------------------------------------

export interface UploadOptions {
  /** `user/name`, or `organization/name`. It is made if it is not there. */
  repository: string;
  /** An access token that may write, or a function that is asked when one is needed. It is sent to the Hub alone. */
  token: string | (() => string | Promise<string>);
  /**
   * Whether only its owner may see a repository that is made for this. A repository that is there and public is then
   * refused. Default: false.
   */
  private?: boolean;
  /** The branch, made from main if it is not there. Default: "main". */
  revision?: string;
  /** Commits into a pull request for main instead: one of the same title that you have open, or else a new one. */
  createPr?: boolean;
  /** The commit's message, or the pull request's: a title, and what follows the first line break. */
  message?: string;
  /** Tags of the dataset card, besides those that its rows and its configuration give. */
  tags?: string[];
  /** The Hub's name of the licence, such as "apache-2.0" or "cc-by-4.0". */
  license?: string;
  /** Codes of the languages, such as "en". Default: "en" where the rows certainly are English. */
  language?: string | string[];
  /**
   * Sets rows aside for tests: a share of them, or their number where it is at least 1. The seed decides which (default 0).
   */
  split?: { test?: number; seed?: number };
  /**
   * The configuration that the dataset was made with: it tells the card's readers how, and goes beside the data, without
   * addresses of private networks and places on a disk.
   */
  config?: ConfigSource;
  /** Default: "https://huggingface.co". */
  hubUrl?: string;
  /** Used for every request. Default: the global fetch. */
  fetch?: typeof fetch;
  /** Stops the upload: it rejects with name "AbortError", code "aborted", and the signal's reason as cause. */
  signal?: AbortSignal;
  /**
   * Hears of upload_progress, file_done (with `path`, and `sent`: whether it had to be), retry, rate_limited and
   * upload_done. `done` and `total` count bytes, `stage` is reading, writing, looking, sending, committing or done.
   */
  onEvent?: (event: RunEvent) => void;
  /** As in {@link RunOptions}. */
  allowPrivateNetwork?: boolean;
}

/** Where an uploaded dataset is. */
export interface Uploaded {
  /** Its page: the repository, its branch, or the pull request. */
  url: string;
  /** The commit that holds it. */
  commit: string;
  /** Its files. */
  files: string[];
}

/**
 * Uploads a dataset, or JSONL in a Blob, to the Hugging Face Hub: data and dataset card in one commit, or nothing. Rows are
 * brought into a form that its viewer and `datasets` read whole: every row has every column, and what has no common type
 * is JSON as text. What is there already is not sent again, so an upload that was stopped is made again by the same call;
 * where everything is there, no commit is made. A Blob is read part by part, never as a whole.
 *
 * Rejects with code "hub" for what the Hub refuses (status 412: someone else has committed since), "auth" for the token,
 * "config" for options and for rows that are no JSON objects, "network", "timeout", "rate_limit", "quota" or "aborted".
 *
 * @example
 * const { url } = await uploadDataset(dataset, { repository: "me/rivers", token, config, license: "cc-by-4.0" });
 */
export function uploadDataset(dataset: Dataset | Blob, options: UploadOptions): Promise<Uploaded>;

// ---- errors ---------------------------------------------------------------------------------------------------------

/**
 * Every failure of this package. An aborted run rejects with name "AbortError" (the web's convention), code "aborted" and
 * the signal's reason as `cause`.
 */
export class DataweftError extends Error {
  constructor(message: string, details?: DataweftErrorDetails);
  /**
   * config | auth | quota | rate_limit | network | timeout | provider | refusal | truncated | invalid_output | tool |
   * budget | aborted | hub | internal
   */
  code: string;
  /** Whether the same call may succeed later. */
  retryable: boolean;
  /** With code "config": everything that is wrong. */
  issues?: ConfigIssue[];
  /** The HTTP status, where there was one. */
  status?: number;
  provider?: string;
  /** The provider's own name for the request, for its support. */
  requestId?: string;
  /** What had been made when a run ended early (fatal error, abort, budget). Never lost, never silently complete. */
  partial?: Dataset;
}

/** What a {@link DataweftError} knows besides its message. */
export interface DataweftErrorDetails {
  /** Default: "internal". */
  code?: string;
  /** Default: false. */
  retryable?: boolean;
  issues?: ConfigIssue[];
  status?: number;
  provider?: string;
  requestId?: string;
  partial?: Dataset;
  cause?: unknown;
}
