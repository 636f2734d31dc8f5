// A program that uses the whole package. It is only compiled.
import init, {
  checkConfig,
  DataweftError,
  generateDataset,
  generateSample,
  generateSamples,
  generateTopics,
  parseConfig,
  parseTopics,
  planRun,
  serializeTopics,
} from "dataweft";
import type {
  CheckpointStore,
  Config,
  ConfigIssue,
  Dataset,
  Failure,
  ModelReply,
  ModelRequest,
  RunEvent,
  RunOptions,
  RunPlan,
  Sample,
  Topic,
  Topics,
  Usage,
} from "dataweft";
import { parseTopics as parseInline } from "dataweft/inline";
import initSlim, { parseTopics as parseSlim } from "dataweft/slim";

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
  const options: RunOptions = {
    apiKey: async (provider) => `key of ${provider}`,
    signal,
    onEvent: (event: RunEvent) => console.log(event.type, event.done / event.total, event["topic"]),
    fetch,
    model: async (request: ModelRequest, context): Promise<ModelReply> => {
      context.signal.throwIfAborted();
      return { text: request.messages.map((message) => message.content ?? "").join(), finishReason: "stop" };
    },
    tools: { add: ({ a, b }, { sessionId }) => `${sessionId}: ${a + b}` },
    checkpoint,
  };

  const topics: Topics = await generateTopics(config, options);
  const same: Topics = await parseTopics(await serializeTopics(topics));
  const inline: Topics = await parseInline("");
  const slim: Topics = await parseSlim("");
  const topic: Topic | undefined = same.topics[0] ?? inline.topics[0] ?? slim.topics[0];
  if (topic) {
    const sample: Sample = await generateSample(config, topic, { ...options, topics });
    console.log(sample.metadata.topic_id, sample.messages[0]?.tool_calls?.[0]?.function.arguments);
  }
  for await (const sample of generateSamples(config, topics, options)) console.log(sample["question"]);
  await generateSamples(config, topics).pipeTo(new WritableStream<Sample>());

  try {
    const dataset: Dataset = await generateDataset(config, options);
    const failures: Failure[] = dataset.failures;
    const usage: Usage = dataset.usage;
    return `${await dataset.jsonl.text()} ${failures.length} ${usage.requests} ${severity} ${cost}`;
  } catch (error) {
    if (!(error instanceof DataweftError)) throw new DataweftError("unknown", { code: "internal", cause: error });
    return `${error.code} ${error.retryable} ${error.partial?.samples} ${error.status} ${error.issues?.length}`;
  }
}

// What must not compile:
// @ts-expect-error a topic has a path
void generateSample("", { id: "1" });
// @ts-expect-error options are known by name
void generateDataset("", { apikey: "key" });
// @ts-expect-error a configuration is text or an object
void parseConfig(7);
