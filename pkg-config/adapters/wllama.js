// Lets a model that wllama has loaded into the page answer a run. The caller brings the instance, so that this file
// needs neither wllama nor a particular version of it.

import { readCompletion } from "./chat-completion.js";
import { checkParallel, refuseUnknown } from "./options.js";
import { createTurns } from "./turns.js";

/** @import { ModelReply, ModelRequest } from "../index.js" */
/** @import { LoadedWllama, WllamaModelOptions } from "./wllama.js" */

/**
 * @param {LoadedWllama} wllama
 * @param {WllamaModelOptions} [options]
 * @returns {(request: ModelRequest, context: { signal: AbortSignal }) => Promise<ModelReply>}
 */
export function wllamaModel(wllama, options = {}) {
  const { parallel = 1, request: extra = {}, ...unknown } = options;
  refuseUnknown(unknown, "wllamaModel", "parallel and request");
  checkParallel(parallel);
  const turns = createTurns(parallel);
  /** @type {unknown} */
  let crash;

  return async function answer(request, { signal }) {
    const broken = findBrokenReference(request.schema);
    if (broken !== undefined) {
      // The grammar compiler inside wllama does not survive such a schema.
      throw new Error(`the schema's $ref ${broken} cannot be followed: wllama takes a plain path such as #/$defs/name`);
    }
    return turns.run(signal, () => ask(request, signal));
  };

  /**
   * @param {ModelRequest} request
   * @param {AbortSignal} signal
   */
  async function ask(request, signal) {
    // After a crash wllama accepts requests and never answers them.
    if (crash !== undefined) throw explain(crash);
    try {
      const asked = { ...toCompletionRequest(request), ...extra, abortSignal: signal };
      return toReply(await wllama.createChatCompletion(asked));
    } catch (error) {
      if (error instanceof Error && error.name === "RuntimeError") crash = error;
      throw explain(error);
    }
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
  const reply = readCompletion(completion);
  if (!reply) throw new Error("it ended the request without an answer");
  return reply;
}

/**
 * @param {any} error
 * @returns {Error}
 */
function explain(error) {
  if (error?.name === "AbortError") return error;
  const text = error instanceof Error ? error.message : String(error);
  if (error?.name === "RuntimeError") {
    return new Error(`the model in the page crashed (${text}): load it again`);
  }
  const advice = text.includes("context size") ? "; load the model with a larger n_ctx" : "";
  return new Error(`the model in the page failed: ${text}${advice}`);
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
