// Lets a model that wllama has loaded into the page answer a run. The caller brings the instance, so that this file
// needs neither wllama nor a particular version of it.

/** @import { ModelReply, ModelRequest } from "../index.js" */
/** @import { LoadedWllama, WllamaModelOptions } from "./wllama.js" */

/** @type {Record<string, ModelReply["finishReason"]>} */
const FINISH_REASONS = { stop: "stop", tool_calls: "stop", length: "length", content_filter: "filtered" };

/**
 * @param {LoadedWllama} wllama
 * @param {WllamaModelOptions} [options]
 * @returns {(request: ModelRequest, context: { signal: AbortSignal }) => Promise<ModelReply>}
 */
export function wllamaModel(wllama, options = {}) {
  const { parallel = 1, request: extra = {}, ...unknown } = options;
  const strangers = Object.keys(unknown);
  if (strangers.length > 0) {
    throw new TypeError(`unknown option ${strangers.join(", ")}: wllamaModel knows parallel and request`);
  }
  if (!Number.isInteger(parallel) || parallel < 1) {
    throw new RangeError(`parallel must be a whole number from 1, not ${parallel}`);
  }
  const turns = createTurns(parallel);
  /** @type {unknown} */
  let crash;

  return async function answer(request, { signal }) {
    const broken = findBrokenReference(request.schema);
    if (broken !== undefined) {
      // The grammar compiler inside wllama does not survive such a schema.
      throw new Error(`the schema's $ref ${broken} cannot be followed: wllama takes a plain path such as #/$defs/name`);
    }
    await turns.take(signal);
    const completion = ask(wllama, request, extra, signal).catch((error) => {
      if (error?.name === "RuntimeError") crash = error;
      throw explain(error);
    });
    // A turn ends when the model has really stopped, which may be a moment after an abort.
    completion.then(turns.giveBack, turns.giveBack);
    return toReply(await orAborted(completion, signal));
  };

  /**
   * @param {LoadedWllama} model
   * @param {ModelRequest} request
   * @param {Record<string, unknown>} more
   * @param {AbortSignal} signal
   */
  async function ask(model, request, more, signal) {
    // After a crash wllama accepts requests and never answers them.
    if (crash !== undefined) throw crash;
    return model.createChatCompletion({ ...toCompletionRequest(request), ...more, abortSignal: signal });
  }
}

/** @param {ModelRequest} request */
function toCompletionRequest(request) {
  return {
    messages: request.messages.map(({ role, content, tool_calls, tool_call_id }) => ({
      role,
      content: content ?? (tool_calls ? null : ""),
      ...(tool_calls && { tool_calls }),
      ...(tool_call_id !== undefined && { tool_call_id }),
    })),
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.maxTokens !== undefined && { max_tokens: request.maxTokens }),
    ...(request.schema && {
      response_format: {
        type: "json_schema",
        json_schema: { name: "reply", schema: request.schema, strict: true },
      },
    }),
  };
}

/**
 * @param {any} completion
 * @returns {ModelReply}
 */
function toReply(completion) {
  const choice = completion?.choices?.[0];
  if (!choice) throw new Error("wllama ended the request without an answer");
  const finishReason = FINISH_REASONS[choice.finish_reason];
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = completion.usage ?? {};
  return {
    text: choice.message?.content ?? "",
    ...(Number.isInteger(inputTokens) && Number.isInteger(outputTokens) && { usage: { inputTokens, outputTokens } }),
    ...(finishReason && { finishReason }),
  };
}

/**
 * @param {any} error
 * @returns {Error}
 */
function explain(error) {
  if (error?.name === "AbortError") return error;
  const text = error instanceof Error ? error.message : String(error);
  if (error?.name === "RuntimeError") {
    return new Error(`the model in the page crashed (${text}): load it again`, { cause: error });
  }
  const advice = text.includes("context size") ? "; load the model with a larger n_ctx" : "";
  return new Error(`the model in the page failed: ${text}${advice}`, { cause: error });
}

/**
 * Settles as the promise does, or rejects at once when the signal fires.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal} signal
 * @returns {Promise<T>}
 */
function orAborted(promise, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    if (signal.aborted) abort();
  });
}

/**
 * A queue for a model that does few things at once.
 *
 * @param {number} limit
 */
function createTurns(limit) {
  let taken = 0;
  /** @type {(() => void)[]} */
  const waiting = [];
  return {
    /**
     * @param {AbortSignal} signal
     * @returns {Promise<void>}
     */
    async take(signal) {
      signal.throwIfAborted();
      if (taken < limit) {
        taken += 1;
        return;
      }
      await new Promise((resolve, reject) => {
        const begin = () => {
          signal.removeEventListener("abort", giveUp);
          resolve(undefined);
        };
        const giveUp = () => {
          waiting.splice(waiting.indexOf(begin), 1);
          reject(signal.reason);
        };
        signal.addEventListener("abort", giveUp, { once: true });
        waiting.push(begin);
      });
    },
    giveBack() {
      const next = waiting.shift();
      if (next) next();
      else taken -= 1;
    },
  };
}

const KEYS_OF_PLAIN_VALUES = new Set(["const", "default", "enum", "examples"]);
const KEYS_OF_NAMED_SCHEMAS = new Set(["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"]);

/**
 * The first `$ref` of a schema that wllama cannot follow: its grammar compiler knows neither `#` alone, nor anchors, nor
 * escapes in a path.
 *
 * @param {unknown} root
 * @returns {string | undefined}
 */
function findBrokenReference(root) {
  return visit(root);

  /**
   * @param {unknown} schema
   * @returns {string | undefined}
   */
  function visit(schema) {
    if (typeof schema !== "object" || schema === null) return undefined;
    for (const [key, value] of Object.entries(schema)) {
      if (key === "$ref" && typeof value === "string") {
        if (!resolves(root, value)) return value;
      } else if (!KEYS_OF_PLAIN_VALUES.has(key)) {
        const inner = KEYS_OF_NAMED_SCHEMAS.has(key) ? Object.values(value ?? {}) : [value];
        for (const part of inner) {
          const broken = visit(part);
          if (broken !== undefined) return broken;
        }
      }
    }
    return undefined;
  }
}

/**
 * @param {unknown} root
 * @param {string} reference
 */
function resolves(root, reference) {
  if (!reference.startsWith("#/")) return false;
  /** @type {any} */
  let place = root;
  for (const step of reference.slice(2).split("/")) {
    if (typeof place !== "object" || place === null || !Object.hasOwn(place, step)) return false;
    place = place[step];
  }
  return true;
}
