/**
 * A local server that stands for every provider: it keeps what it is sent, and answers in the protocol of the path. Both
 * our package and the providers' own libraries are sent to it by {@link reroute}, in place of the provider's address.
 */
import { createServer } from "node:http";

/**
 * @typedef {object} Recorded
 * @property {string} method
 * @property {string} origin where the client meant to send it
 * @property {string} path with the query
 * @property {Record<string, string>} headers
 * @property {any} body
 */

/** The header under which a rerouted request carries the address that it was meant for. */
const ORIGIN = "x-meant-for";

const SAMPLE = JSON.stringify({ question: "Why is the sky blue?", answer: "Because of Rayleigh scattering." });
const TOPICS = JSON.stringify({ subtopics: ["Rayleigh scattering", "Sunsets"] });

/** @param {string} name @param {object} data */
const event = (name, data) => `event: ${name}\ndata: ${JSON.stringify({ type: name, ...data })}\n\n`;
/** @param {object} data */
const data = (data) => `data: ${JSON.stringify(data)}\n\n`;
/** @param {object} data */
const line = (data) => `${JSON.stringify(data)}\n`;

/**
 * The answers of each protocol, whole and as a stream, by the end of their path.
 * @type {[RegExp, (text: string) => object, (text: string) => string][]}
 */
const PROTOCOLS = [
  [
    /\/responses$/,
    (text) => responses(text),
    (text) =>
      event("response.created", { response: { ...responses(""), status: "in_progress", output: [] } }) +
      event("response.output_item.added", { output_index: 0, item: { ...responses("").output[0], content: [] } }) +
      event("response.output_text.delta", { output_index: 0, content_index: 0, item_id: "msg_1", delta: text }) +
      event("response.completed", { response: responses(text) }),
  ],
  [
    /\/chat\/completions$/,
    (text) => ({
      ...chat({ message: { role: "assistant", content: text }, finish_reason: "stop" }),
      usage: CHAT_USAGE,
    }),
    (text) =>
      data(chat({ delta: { role: "assistant", content: text }, finish_reason: null })) +
      data(chat({ delta: {}, finish_reason: "stop" })) +
      data({ ...chat({}), choices: [], usage: CHAT_USAGE }) +
      "data: [DONE]\n\n",
  ],
  [
    /\/messages$/,
    (text) => message([{ type: "text", text }], "end_turn"),
    (text) =>
      event("message_start", { message: message([], null) }) +
      event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }) +
      event("content_block_delta", { index: 0, delta: { type: "text_delta", text } }) +
      event("content_block_stop", { index: 0 }) +
      event("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 20 } }) +
      event("message_stop", {}),
  ],
  [/:(generateContent|streamGenerateContent)$/, (text) => generated(text), (text) => data(generated(text))],
  [/\/api\/chat$/, (text) => ollama(text, true), (text) => line(ollama(text, false)) + line(ollama("", true))],
];

const CHAT_USAGE = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };

/** @param {string} text */
function responses(text) {
  const content = [{ type: "output_text", text, annotations: [] }];
  return {
    id: "resp_1",
    object: "response",
    status: "completed",
    error: null,
    model: "m",
    output: [{ id: "msg_1", type: "message", role: "assistant", status: "completed", content }],
    usage: { input_tokens: 100, output_tokens: 20, total_tokens: 120 },
  };
}

/** @param {object} choice */
function chat(choice) {
  return { id: "chatcmpl-1", object: "chat.completion", model: "m", choices: [{ index: 0, ...choice }] };
}

/** @param {object[]} content @param {string | null} stop_reason */
function message(content, stop_reason) {
  const usage = { input_tokens: 100, output_tokens: 20 };
  return { id: "msg_1", type: "message", role: "assistant", model: "m", content, stop_reason, usage };
}

/** @param {string} text */
function generated(text) {
  return {
    candidates: [{ index: 0, content: { role: "model", parts: [{ text }] }, finishReason: "STOP" }],
    usageMetadata: { promptTokenCount: 100, candidatesTokenCount: 20, totalTokenCount: 120 },
  };
}

/** @param {string} content @param {boolean} done */
function ollama(content, done) {
  const end = done ? { done_reason: "stop", prompt_eval_count: 100, eval_count: 20 } : {};
  return { model: "m", created_at: "2026-01-01T00:00:00Z", message: { role: "assistant", content }, done, ...end };
}

/** @param {string} path @param {any} body */
function answer(path, body) {
  const { pathname } = new URL(path, "http://localhost");
  const [, whole, streamed] = PROTOCOLS.find(([pattern]) => pattern.test(pathname)) ?? [];
  if (whole === undefined || streamed === undefined) return { status: 404, type: "application/json", text: "{}" };
  const text = JSON.stringify(body).includes('"subtopics"') ? TOPICS : SAMPLE;
  const streams = body.stream === true || pathname.endsWith(":streamGenerateContent");
  if (!streams) return { status: 200, type: "application/json", text: JSON.stringify(whole(text)) };
  const type = pathname.endsWith("/api/chat") ? "application/x-ndjson" : "text/event-stream";
  return { status: 200, type, text: streamed(text) };
}

export async function startRecordingServer() {
  /** @type {Recorded[]} */
  const recorded = [];
  const server = createServer(async (request, response) => {
    /** @type {Buffer[]} */
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    const { [ORIGIN]: origin, ...headers } = /** @type {Record<string, string>} */ (request.headers);
    const path = request.url ?? "/";
    recorded.push({ method: request.method ?? "", origin, path, headers, body });
    const { status, type, text } = answer(path, body);
    response.writeHead(status, { "content-type": type }).end(text);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const url = `http://127.0.0.1:${port}`;
  const realFetch = globalThis.fetch;

  return {
    /** The requests since this was last called. */
    take: () => recorded.splice(0),
    /**
     * A fetch that sends every request to this server, whoever it was meant for.
     * @param {RequestInfo | URL} input
     * @param {RequestInit} [init]
     */
    async reroute(input, init) {
      const request = new Request(input, init);
      const { origin, pathname, search } = new URL(request.url);
      const headers = new Headers(request.headers);
      headers.set(ORIGIN, origin);
      const body = await request.text();
      return realFetch(`${url}${pathname}${search}`, { method: request.method, headers, body, signal: request.signal });
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(() => resolve(undefined)));
    },
  };
}
