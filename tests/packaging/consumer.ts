// A program that uses the whole package. It is only compiled.
import init, {
  checkConfig,
  checkSample,
  readDeepFabricCheckpoint,
  DataweftError,
  generateDataset,
  generateSample,
  generateSamples,
  generateTopics,
  parseConfig,
  parseTopics,
  planRun,
  serializeTopics,
  uploadDataset,
} from "dataweft";
import type {
  CheckpointStore,
  Config,
  ConfigIssue,
  Dataset,
  Failure,
  Forecast,
  ModelReply,
  ModelRequest,
  Report,
  RunEvent,
  RunOptions,
  RunPlan,
  Sample,
  Topic,
  Topics,
  Uploaded,
  UploadOptions,
  Usage,
} from "dataweft";
import { parseTopics as parseInline } from "dataweft/inline";
import { languageModel } from "dataweft/language-model";
import type { LanguageModelClass, LanguageModelOptions } from "dataweft/language-model";
import initSlim, { parseTopics as parseSlim } from "dataweft/slim";
import { durableObjectStore } from "dataweft/stores/durable-object";
import { fileStore } from "dataweft/stores/file";
import { indexedDbStore } from "dataweft/stores/indexeddb";
import { memoryStore } from "dataweft/stores/memory";
import { opfsStore } from "dataweft/stores/opfs";
import { r2Store } from "dataweft/stores/r2";
import { wllamaModel } from "dataweft/wllama";
import type { LoadedWllama, WllamaModelOptions } from "dataweft/wllama";
import { workersAiModel } from "dataweft/workers-ai";
import type { WorkersAiBinding, WorkersAiModelOptions } from "dataweft/workers-ai";

export async function useEverything(signal: AbortSignal): Promise<string> {
  await init();
  await init("https://example.com/dataweft_bg.wasm");
  await init(new URL("https://example.com/dataweft_bg.wasm"));
  await init(fetch("https://example.com/dataweft_bg.wasm"));
  await initSlim(new Uint8Array());

  const config: Config = await parseConfig("topics: {}");
  const issues: ConfigIssue[] = await checkConfig({ topics: {} });
  const severity: "error" | "warning" | undefined = issues[0]?.severity;
  const plan: RunPlan = await planRun(config);
  const cost: number | undefined = plan.cost?.amount;

  const journal: string[] = [];
  const checkpoint: CheckpointStore = {
    read: async () => journal,
    append: async (entries) => void journal.push(...entries),
    clear: async () => void journal.splice(0),
  };
  const stores: CheckpointStore[] = [
    memoryStore(),
    fileStore("progress.jsonl"),
    indexedDbStore("run"),
    opfsStore("run"),
    r2Store({ list: async () => ({ objects: [], truncated: false }), get: async () => null } as never, "run/"),
    durableObjectStore({ list: async () => new Map() } as never),
  ];
  const options: RunOptions = {
    apiKey: async (provider) => `key of ${provider}`,
    signal,
    onEvent: (event: RunEvent) => {
      const forecast: Forecast | undefined = event.forecast;
      console.log(event.type, event.done / event.total, event["topic"], forecast?.remainingMs);
    },
    order: "planned",
    fetch,
    model: async (request: ModelRequest, context): Promise<ModelReply> => {
      context.signal.throwIfAborted();
      return { text: request.messages.map((message) => message.content ?? "").join(), finishReason: "stop" };
    },
    tools: { add: ({ a, b }, { sessionId }) => `${sessionId}: ${a + b}` },
    checkpoint: stores[0] ?? checkpoint,
  };

  const topics: Topics = await generateTopics(config, options);
  const same: Topics = await parseTopics(await serializeTopics(topics));
  const files = { metadata: "{}", samples: "" };
  const entries: string[] = await readDeepFabricCheckpoint(config, same, files).catch(() => []);
  await options.checkpoint?.append(entries);
  const inline: Topics = await parseInline("");
  const slim: Topics = await parseSlim("");
  const topic: Topic | undefined = same.topics[0] ?? inline.topics[0] ?? slim.topics[0];
  if (topic) {
    const sample: Sample = await generateSample(config, topic, { ...options, topics });
    const faults: ConfigIssue[] = await checkSample(config, sample, { tools: options.tools ?? {} });
    console.log(faults.length, sample.metadata.topic_id, sample.messages[0]?.tool_calls?.[0]?.function.arguments);
  }
  for await (const sample of generateSamples(config, topics, options)) console.log(sample["question"]);
  await generateSamples(config, topics).pipeTo(new WritableStream<Sample>());

  try {
    const dataset: Dataset = await generateDataset(config, options);
    const failures: Failure[] = dataset.failures;
    const usage: Usage = dataset.usage;
    const report: Report = dataset.report;
    const upload: UploadOptions = { repository: "me/rivers", token: async () => "token", config, split: { test: 0.1 } };
    const uploaded: Uploaded = await uploadDataset(dataset, upload);
    console.log(uploaded.url, uploaded.files.length, report.text, report.latency?.p99);
    return `${await dataset.jsonl.text()} ${failures.length} ${usage.requests} ${severity} ${cost}`;
  } catch (error) {
    if (!(error instanceof DataweftError)) throw new DataweftError("unknown", { code: "internal", cause: error });
    return `${error.code} ${error.retryable} ${error.partial?.samples} ${error.status} ${error.issues?.length}`;
  }
}

/** The ready-made models, with what their makers' own types look like. */
export async function useEveryModel(env: { AI: TypedBinding }, wllama: LoadedWllama): Promise<Dataset[]> {
  const workersAi: WorkersAiModelOptions = { gateway: { id: "g", cacheTtl: 60 }, request: { top_p: 0.9 } };
  const inBrowser: LanguageModelOptions = {
    onDownload: (progress) => console.log(progress.toFixed(2)),
    create: { samplingMode: "creative" },
    topK: 3,
    omitResponseConstraintInput: true,
    parallel: 1,
  };
  const inPage: WllamaModelOptions = { parallel: 2, request: { top_k: 40 } };
  const binding: WorkersAiBinding = env.AI;
  const browser: LanguageModelClass = TypedLanguageModel;
  const models: NonNullable<RunOptions["model"]>[] = [
    workersAiModel(env.AI, "@cf/meta/llama-3.1-8b-instruct"),
    workersAiModel(binding, "@cf/meta/llama-3.1-8b-instruct", workersAi),
    languageModel(),
    languageModel(undefined, inBrowser),
    languageModel(browser, inBrowser),
    wllamaModel(wllama, inPage),
  ];
  return Promise.all(models.map((model) => generateDataset("topics: {}", { model })));
}

/** As Cloudflare's types declare the binding: overloaded, with inputs by model. */
interface TypedBinding {
  run(model: "a", inputs: { prompt: string; stream: true }): Promise<ReadableStream>;
  run(model: string, inputs: Record<string, unknown>, options?: { signal?: AbortSignal }): Promise<object>;
}

/** As the types for Chrome's built-in AI declare the class. */
declare abstract class TypedLanguageModel extends EventTarget {
  static create(options?: { signal?: AbortSignal; topK?: number }): Promise<TypedLanguageModel>;
  static availability(options?: { topK?: number }): Promise<"unavailable" | "available">;
  static params(): Promise<{ readonly maxTopK: number }>;
  prompt(input: string | { role: "user" | "assistant"; content: string }[]): Promise<string>;
  destroy(): undefined;
}

// What must not compile:
// @ts-expect-error a model on Workers AI has a name
void workersAiModel({ run: async () => null });
// @ts-expect-error options are known by name
void languageModel(undefined, { onProgress() {} });
// @ts-expect-error a topic has a path
void generateSample("", { id: "1" });
// @ts-expect-error options are known by name
void generateDataset("", { apikey: "key" });
// @ts-expect-error a configuration is text or an object
void parseConfig(7);
