// Reads what models answer in OpenAI's form of a chat completion, which others speak as well.

/** @import { ModelReply } from "../index.js" */

// A Map, because what is looked up comes from outside: it has no "constructor".
/** @type {Map<unknown, ModelReply["finishReason"]>} */
const FINISH_REASONS = new Map([
  ["stop", "stop"],
  ["tool_calls", "stop"],
  ["function_call", "stop"],
  ["length", "length"],
  ["content_filter", "filtered"],
]);

/**
 * @param {any} completion
 * @returns {ModelReply | undefined} nothing, if it holds no answer
 */
export function readCompletion(completion) {
  const choice = completion?.choices?.[0];
  if (!choice) return undefined;
  const refusal = choice.message?.refusal;
  const finishReason = refusal ? "refusal" : FINISH_REASONS.get(choice.finish_reason);
  return {
    text: readText(choice.message?.content ?? refusal),
    ...readUsage(completion.usage?.prompt_tokens, completion.usage?.completion_tokens),
    ...(finishReason && { finishReason }),
  };
}

/**
 * The text of a reply. Replies that had to satisfy a schema come parsed from some.
 *
 * @param {unknown} content
 * @returns {string}
 */
export function readText(content) {
  if (content === undefined || content === null) return "";
  return typeof content === "string" ? content : JSON.stringify(content);
}

/**
 * Usage, if both numbers are known.
 *
 * @param {unknown} inputTokens
 * @param {unknown} outputTokens
 * @returns {Pick<ModelReply, "usage">}
 */
export function readUsage(inputTokens, outputTokens) {
  return isCount(inputTokens) && isCount(outputTokens) ? { usage: { inputTokens, outputTokens } } : {};
}

/**
 * @param {unknown} value
 * @returns {value is number}
 */
const isCount = (value) => Number.isInteger(value);
