// Lets the model that is built into the browser (Chrome's Prompt API) answer a run.

import { checkParallel, refuseUnknown } from "./options.js";
import { createTurns } from "./turns.js";

/** @import { ModelReply, ModelRequest } from "../index.js" */
/** @import { LanguageModelClass, LanguageModelOptions, LanguageModelSession } from "./language-model.js" */

/**
 * @param {LanguageModelClass} [browserModel]
 * @param {LanguageModelOptions} [options]
 * @returns {(request: ModelRequest, context: { signal: AbortSignal }) => Promise<ModelReply>}
 */
export function languageModel(browserModel = /** @type {any} */ (globalThis).LanguageModel, options = {}) {
  const { onDownload, create: extra = {}, topK, omitResponseConstraintInput, parallel = 1, ...unknown } = options;
  refuseUnknown(unknown, "languageModel", "onDownload, create, topK, omitResponseConstraintInput and parallel");
  checkParallel(parallel);
  if (typeof browserModel?.create !== "function") {
    throw new TypeError("there is no LanguageModel here: it takes a page, not a worker, in a browser that has a model");
  }
  const turns = createTurns(parallel);
  let isThere = false;

  return async function answer(request, { signal }) {
    const conversation = toConversation(request);
    return turns.run(signal, () => ask(request, conversation, signal));
  };

  /**
   * A session remembers everything, so that each request gets one of its own.
   *
   * @param {ModelRequest} request
   * @param {Conversation} conversation
   * @param {AbortSignal} signal
   * @returns {Promise<ModelReply>}
   */
  async function ask({ schema, temperature }, { initialPrompts, input }, signal) {
    /** @type {LanguageModelSession | undefined} */
    let session;
    try {
      const sampling = topK !== undefined && temperature !== undefined && typeof browserModel.params === "function";
      const core = { ...(sampling && { temperature, topK }), ...extra };
      const monitor = isThere ? undefined : await prepare(core);
      signal.throwIfAborted();
      session = await browserModel.create({
        ...core,
        ...(initialPrompts.length > 0 && { initialPrompts }),
        ...(monitor && { monitor }),
        signal,
      });
      isThere = true;
      signal.throwIfAborted();
      const text = await session.prompt(input, {
        ...(schema && { responseConstraint: schema }),
        ...(schema && omitResponseConstraintInput && { omitResponseConstraintInput }),
        signal,
      });
      if (typeof text !== "string") throw new TypeError("it gave something else than a text");
      return { text };
    } catch (error) {
      if (nameOf(error) === "NotReadableError") return { text: "", finishReason: "filtered" };
      throw explain(error);
    } finally {
      session?.destroy();
    }
  }

  /**
   * Makes sure that the model can be had, and gives what hears of its download if there will be one.
   *
   * @param {object} core
   */
  async function prepare(core) {
    const availability = await browserModel.availability(core);
    if (availability === "unavailable") {
      throw new Error("it is not available on this device, or not with these options for sessions");
    }
    if (availability === "available" || !onDownload) return undefined;
    return (/** @type {EventTarget} */ monitor) => {
      monitor.addEventListener("downloadprogress", (event) => {
        const { loaded, total } = /** @type {ProgressEvent} */ (event);
        onDownload(total > 0 ? loaded / total : loaded);
      });
    };
  }
}

/**
 * @typedef {{ role: string, content: string }} Prompt
 * @typedef {{ initialPrompts: Prompt[], input: string | Prompt[] }} Conversation
 */

/**
 * What the model is to have read before, and what it is to answer. A session takes one system prompt, as the first.
 *
 * @param {ModelRequest} request
 * @returns {Conversation}
 */
function toConversation({ messages }) {
  /** @type {string[]} */
  const system = [];
  /** @type {Prompt[]} */
  const said = [];
  for (const { role, content, tool_calls } of messages) {
    if (role === "tool" || tool_calls) throw new Error("the browser's model takes no messages of tools");
    if (role === "system") system.push(content ?? "");
    else said.push({ role, content: content ?? "" });
  }
  const last = said.pop();
  const input = last?.role === "assistant" ? [last] : (last?.content ?? "");
  const initialPrompts = system.length > 0 ? [{ role: "system", content: system.join("\n\n") }, ...said] : said;
  return { initialPrompts, input };
}

/** @param {any} error */
const nameOf = (error) => error?.name;

/**
 * What the browser's errors mean, by name: a text for people, and whether another attempt may help.
 *
 * @type {Map<unknown, { advice?: string, retryable?: boolean }>}
 */
const MEANINGS = new Map([
  ["NetworkError", { advice: "its download broke off", retryable: true }],
  [
    "NotAllowedError",
    { advice: "the browser's settings have to allow it, and its download only begins right after a click" },
  ],
  ["NotSupportedError", { advice: "it does not support this schema, this language or an option of the session" }],
  ["QuotaExceededError", { advice: "shorten the prompts" }],
  // It did not manage to keep to the schema.
  ["SyntaxError", { retryable: true }],
  ["OperationError", { retryable: true }],
  ["UnknownError", { retryable: true }],
]);

/**
 * @param {any} error
 * @returns {Error}
 */
function explain(error) {
  const name = nameOf(error);
  if (name === "AbortError") return error;
  const { advice, ...meaning } = MEANINGS.get(name) ?? {};
  const text = name === "QuotaExceededError" ? describeOverflow(error) : (error?.message ?? String(error));
  return Object.assign(new Error(`the browser's model failed: ${text}${advice ? `; ${advice}` : ""}`), meaning);
}

/** @param {any} error */
function describeOverflow({ requested, quota, message }) {
  const sizes = Number.isFinite(requested) && Number.isFinite(quota) ? `${requested} of ${quota} tokens` : message;
  return `the request does not fit into its context (${sizes})`;
}
