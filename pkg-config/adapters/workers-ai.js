// Lets a model of Cloudflare Workers AI answer a run, through the binding of a Worker.

import { readCompletion, readText, readUsage } from "./chat-completion.js";
import { refuseUnknown } from "./options.js";
import { orAborted } from "./turns.js";

/** @import { ModelReply, ModelRequest } from "../index.js" */
/** @import { WorkersAiBinding, WorkersAiModelOptions } from "./workers-ai.js" */

/** Without a limit of its own a request is cut off after 256 tokens, and mostly without a word about it. */
const MAX_TOKENS = 2048;

const NO_JSON_MODE = 5025;

/**
 * @typedef {object} Meaning what an error of the binding means to a run
 * @property {number} [status]
 * @property {string} [code]
 * @property {boolean} [retryable]
 * @property {string} [advice]
 */

/** @type {Meaning} */
const ALLOWANCE_USED_UP = { status: 429, code: "insufficient_quota" };
/** @type {Meaning} */
const NO_SUCH_MODEL = { status: 404, advice: "check the name that workersAiModel was given" };

/**
 * Workers AI's own error codes. 3046, 4006, 5021, 5024, 5025, 5028 and 3043 are not in its documentation, but it sends
 * them. Its statuses are kept but for 5007, which it gives 400: no other request will fare better.
 *
 * @type {Map<number, Meaning>}
 */
const MEANINGS = new Map([
  [3003, { status: 400 }],
  [3006, { status: 413 }],
  [3007, { status: 408 }],
  [3008, { status: 408 }],
  [3023, { status: 403 }],
  [3036, ALLOWANCE_USED_UP],
  [3039, { status: 400 }],
  [3040, { status: 429 }],
  [3041, { status: 403 }],
  [3042, NO_SUCH_MODEL],
  [3043, { status: 500 }],
  [3046, { status: 408 }],
  [4006, ALLOWANCE_USED_UP],
  [5004, { status: 400 }],
  [5005, { status: 405 }],
  [5007, NO_SUCH_MODEL],
  [5016, { status: 403, advice: "agree to the model's licence first, as its page in Cloudflare's catalogue says" }],
  [5018, { status: 403 }],
  [5019, { status: 405 }],
  [5021, { status: 413, advice: "lower max_tokens, or take a model with a larger context window" }],
  // Another attempt may well succeed: the model has to write something else.
  [5024, { retryable: true }],
  [NO_JSON_MODE, { status: 400, advice: "take a model with JSON mode" }],
  [5028, NO_SUCH_MODEL],
]);

/**
 * @param {WorkersAiBinding} ai
 * @param {string} model
 * @param {WorkersAiModelOptions} [options]
 * @returns {(request: ModelRequest, context: { signal: AbortSignal }) => Promise<ModelReply>}
 */
export function workersAiModel(ai, model, options = {}) {
  const { gateway, request: extra = {}, ...unknown } = options;
  refuseUnknown(unknown, "workersAiModel", "gateway and request");
  if (typeof ai?.run !== "function") {
    throw new TypeError(
      "workersAiModel needs a binding to Workers AI, such as env.AI: the Worker's settings have to name it",
    );
  }
  if (typeof model !== "string" || model === "") {
    throw new TypeError("workersAiModel needs the name of a model, such as @cf/meta/llama-3.1-8b-instruct");
  }
  // Whoever sets the format of replies has chosen it instead of the schema.
  let inWords = Object.hasOwn(extra, "response_format");

  return async function answer(request, { signal }) {
    signal.throwIfAborted();
    return orAborted(ask(request, signal, inWords), signal);
  };

  /**
   * @param {ModelRequest} request
   * @param {AbortSignal} signal
   * @param {boolean} schemaInWords
   * @returns {Promise<ModelReply>}
   */
  async function ask(request, signal, schemaInWords) {
    const inputs = { ...toInputs(request, schemaInWords), ...extra };
    try {
      return toReply(await ai.run(model, inputs, toRunOptions(gateway, signal)), inputs.max_tokens);
    } catch (error) {
      if (leadingCode(error) === NO_JSON_MODE && !schemaInWords && !signal.aborted) {
        inWords = true;
        return ask(request, signal, true);
      }
      throw explain(error, model);
    }
  }
}

/**
 * @param {ModelRequest} request
 * @param {boolean} schemaInWords
 */
function toInputs({ messages, schema, temperature, maxTokens = MAX_TOKENS }, schemaInWords) {
  const asked = messages.map(({ role, content, tool_calls, tool_call_id }) => ({
    role,
    // The binding refuses null.
    content: content ?? "",
    ...(tool_calls && { tool_calls }),
    ...(tool_call_id !== undefined && { tool_call_id }),
  }));
  if (schema && schemaInWords) {
    const words = `Reply with nothing but JSON that satisfies this JSON Schema:\n${JSON.stringify(schema)}`;
    const last = asked.at(-1);
    if (last?.role === "user") last.content += `\n\n${words}`;
    else asked.push({ role: "user", content: words });
  }
  return {
    messages: asked,
    max_tokens: maxTokens,
    ...(temperature !== undefined && { temperature }),
    // The schema stands there bare, without the envelope that OpenAI wants around it.
    ...(schema && !schemaInWords && { response_format: { type: "json_schema", json_schema: schema } }),
  };
}

/**
 * @param {WorkersAiModelOptions["gateway"]} gateway
 * @param {AbortSignal} signal
 */
function toRunOptions(gateway, signal) {
  return { signal, ...(gateway && { gateway: { ...gateway, skipCache: gateway.skipCache ?? true } }) };
}

/**
 * Replies come in three forms: Workers AI's own, and OpenAI's of a chat completion and of a response.
 *
 * @param {any} result
 * @param {number} limit of tokens
 * @returns {ModelReply}
 */
function toReply(result, limit) {
  const completion = readCompletion(result);
  // Some replies have both forms, with the text in one of them.
  if (completion && (completion.text !== "" || !isPresent(result.response))) return completion;
  if (Array.isArray(result?.output)) return readResponse(result);
  if (isPresent(result?.response)) return readOwnForm(result, limit);
  const what =
    typeof result?.getReader === "function" ? "a stream: leave stream out of the option request" : "no answer";
  throw new Error(`it gave ${what}`);
}

/** @param {unknown} value */
const isPresent = (value) => value !== undefined && value !== null;

/**
 * @param {any} result
 * @param {number} limit
 * @returns {ModelReply}
 */
function readOwnForm({ response, usage }, limit) {
  const counted = readUsage(usage?.prompt_tokens, usage?.completion_tokens);
  // This form does not say why the model stopped. What came parsed is complete.
  const cutOff = typeof response === "string" && (counted.usage?.outputTokens ?? 0) >= limit;
  return { text: readText(response), ...counted, ...(cutOff && { finishReason: "length" }) };
}

/**
 * @param {any} result
 * @returns {ModelReply}
 */
function readResponse({ output, status, incomplete_details, error, usage }) {
  if (status === "failed") {
    throw Object.assign(new Error(`the model failed: ${error?.message ?? "no reason given"}`), { retryable: true });
  }
  const parts = output.flatMap((/** @type {any} */ item) => (item?.type === "message" ? (item.content ?? []) : []));
  const refusal = parts.find((/** @type {any} */ part) => part?.type === "refusal");
  const text = parts.map((/** @type {any} */ part) => (part?.type === "output_text" ? part.text : "")).join("");
  const reason = incomplete_details?.reason;
  /** @type {ModelReply["finishReason"]} */
  let finishReason;
  if (refusal) finishReason = "refusal";
  else if (reason === "content_filter") finishReason = "filtered";
  else if (status === "incomplete") finishReason = "length";
  else if (status === "completed") finishReason = "stop";
  return {
    text: text || (refusal?.refusal ?? ""),
    ...readUsage(usage?.input_tokens, usage?.output_tokens),
    ...(finishReason && { finishReason }),
  };
}

/**
 * The number that the binding puts before its message. Numbers further inside may be anybody's.
 *
 * @param {any} error
 * @returns {number | undefined}
 */
function leadingCode(error) {
  const code = /^(?:\w*Error: )*(\d{4}): /.exec(String(error?.message))?.[1];
  return code === undefined ? undefined : Number(code);
}

/**
 * @param {any} error
 * @param {string} model
 * @returns {Error}
 */
function explain(error, model) {
  if (error?.name === "AbortError") return error;
  const code = leadingCode(error);
  const { advice, ...meaning } = (code !== undefined && MEANINGS.get(code)) || unknownMeaning(error, code);
  const text = error instanceof Error ? error.message : String(error);
  return Object.assign(new Error(`${model} failed on Workers AI: ${text}${advice ? `; ${advice}` : ""}`), meaning);
}

/**
 * @param {any} error
 * @param {number | undefined} code
 * @returns {Meaning}
 */
function unknownMeaning(error, code) {
  // The runtime marks a lost connection that way.
  if (typeof error?.retryable === "boolean") return { retryable: error.retryable };
  // Workers AI numbers its errors: this one was written by something on the way to it.
  return { retryable: error?.name === "InferenceUpstreamError" && code === undefined };
}
