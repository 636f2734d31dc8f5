// A stand-in for a language model: it answers any schema with canned text, so that the page can be tried without a
// model. Same requests in the same order, same answers.

import { planTurns, playTool, sayAsUser, takeStep } from "./stand-in-agent.js";

/** @import { ModelReply, ModelRequest } from "../package.js" */

export const STAND_IN_NAME = "stand-in (canned text)";

/** Long enough to watch the run, short enough not to wait for it. */
const PAUSE_MS = 250;

/** Names of parts that nearly every subject has. */
const TOPICS = [
  "First steps",
  "Common mistakes",
  "Tools and materials",
  "Planning ahead",
  "Costs",
  "Safety",
  "Choosing well",
  "Saving time",
  "Quality",
  "History",
  "Local differences",
  "Working together",
  "Measuring results",
  "Small spaces",
  "Large projects",
  "Maintenance",
  "Seasonal changes",
  "Storage",
  "Learning from experts",
  "Repairs",
  "Everyday habits",
  "Special occasions",
  "Rules and customs",
  "New ideas",
];

const QUESTIONS = [
  "What should I know before I begin?",
  "Which mistake do most people make at first?",
  "How can I tell that I did it right?",
  "What would an expert do differently?",
  "How much time should I plan for this?",
  "Is there a simpler way to get the same result?",
  "What do I need to have at hand?",
  "Why does it matter in which order I do things?",
  "What can I do when it goes wrong halfway?",
  "How do I explain this to somebody else?",
  "What changes when I do it for many people?",
  "Which part is worth spending money on?",
];

const ANSWERS = [
  "A model would now answer in the words of your system prompt.",
  "Once a model is chosen, its answer stands in this place.",
  "The answer would follow the instructions of the configuration.",
  "Each topic gets its own question, and each question its own answer.",
  "An answer that does not fit the schema would be asked for again.",
  "What you read here was written in advance for everyone.",
  "The record around this text has the form that a real run gives it.",
  "In a real run no two samples say the same.",
];

const THOUGHTS = [
  "The question is read first.",
  "What is known is put in order.",
  "A model would weigh the possibilities here.",
  "The result is compared with the question.",
  "One step leads to the next.",
  "Nothing is left to work out.",
];

/**
 * A fresh stand-in. Each keeps count of what it has said, so that it does not repeat itself.
 *
 * @param {{ pauseMs?: number }} [options]
 * @returns {(request: ModelRequest, context: { signal: AbortSignal }) => Promise<ModelReply>}
 */
export function createStandIn({ pauseMs = PAUSE_MS } = {}) {
  const words = createWords();
  return async function answer(request, { signal }) {
    await pause(pauseMs, signal);
    return { text: reply(request, words), usage: { inputTokens: 0, outputTokens: 0 }, finishReason: "stop" };
  };
}

/**
 * @param {ModelRequest} request
 * @param {Words} words
 */
function reply(request, words) {
  const { purpose, schema } = request;
  if (!schema) return words.sentence();
  const fit = (/** @type {any} */ part, /** @type {any} */ root) => valueFor(part, root, words);
  if (purpose === "step") return JSON.stringify(takeStep(request, words, fit));
  if (purpose === "plan") return JSON.stringify(planTurns(request, words, fit));
  if (purpose === "tool") return JSON.stringify(playTool(words));
  const value = valueFor(schema, schema, words);
  const said = purpose === "user" ? { .../** @type {object} */ (value), ...sayAsUser(request, words) } : value;
  return JSON.stringify(said);
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
  });
}

/** @typedef {ReturnType<typeof createWords>} Words */

function createWords() {
  /** @type {Map<string[], number>} */
  const used = new Map();
  /** The next of a list, numbered from the second round on: in the middle, where it makes another text of it even for who
   * looks for texts that are nearly alike.
   *
   * @param {string[]} list */
  const next = (list) => {
    const number = used.get(list) ?? 0;
    used.set(list, number + 1);
    const round = Math.floor(number / list.length);
    const words = list[number % list.length].split(" ");
    if (round > 0) words.splice(Math.ceil(words.length / 2), 0, `(${round + 1})`);
    return words.join(" ");
  };
  const numbered = { number: 0 };
  return {
    topic: () => next(TOPICS),
    question: () => `[canned] ${next(QUESTIONS)}`,
    answer: () => `[canned] ${next(ANSWERS)} This is answer ${(numbered.number += 1)} of the stand-in.`,
    thought: () => next(THOUGHTS),
    sentence: () => next(ANSWERS),
  };
}

/**
 * A value that fits the schema. `name` is the key under which it will stand, and decides what a text speaks of.
 *
 * @param {any} schema
 * @param {any} root
 * @param {Words} words
 * @param {string} [name]
 * @param {number} [depth]
 * @returns {unknown}
 */
export function valueFor(schema, root, words, name = "", depth = 0) {
  if (typeof schema !== "object" || schema === null) return words.sentence();
  if (typeof schema.$ref === "string") return valueFor(follow(root, schema.$ref), root, words, name, depth + 1);
  if ("const" in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0] ?? null;
  const branch = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  if (branch.length > 0) {
    const shallow = branch.find((each) => each.type !== "null") ?? branch[0];
    // Deep inside a schema that refers to itself, the way out is whatever ends soonest.
    const chosen = depth > 12 ? (branch.find((each) => each.type === "null") ?? branch.at(-1)) : shallow;
    return valueFor(chosen, root, words, name, depth + 1);
  }
  if (Array.isArray(schema.allOf)) return valueFor(merged(schema, root), root, words, name, depth + 1);
  switch (typeOf(schema)) {
    case "object":
      return objectFor(schema, root, words, depth);
    case "array":
      return arrayFor(schema, root, words, name, depth);
    case "integer":
    case "number":
      return numberFor(schema);
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return textFor(schema, words, name);
  }
}

/** @param {any} schema */
function typeOf(schema) {
  const types = [schema.type ?? (schema.properties ? "object" : schema.items ? "array" : "string")].flat();
  return types.find((type) => type !== "null") ?? "null";
}

/**
 * @param {any} root
 * @param {string} reference
 */
function follow(root, reference) {
  const steps = reference.replace(/^#\/?/, "").split("/").filter(Boolean);
  const unescaped = steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return unescaped.reduce((place, step) => place?.[step], root);
}

/**
 * @param {any} schema
 * @param {any} root
 */
function merged(schema, root) {
  const { allOf, ...own } = schema;
  const parts = allOf.map((/** @type {any} */ part) => (part.$ref ? follow(root, part.$ref) : part));
  return parts.reduce(
    (/** @type {any} */ sum, /** @type {any} */ part) => ({
      ...sum,
      ...part,
      properties: { ...sum.properties, ...part.properties },
      required: [...(sum.required ?? []), ...(part.required ?? [])],
    }),
    own,
  );
}

/**
 * @param {any} schema
 * @param {any} root
 * @param {Words} words
 * @param {number} depth
 */
function objectFor(schema, root, words, depth) {
  const required = new Set(schema.required ?? []);
  const wanted = Object.entries(schema.properties ?? {}).filter(([key]) => depth < 12 || required.has(key));
  return Object.fromEntries(wanted.map(([key, inner]) => [key, valueFor(inner, root, words, key, depth + 1)]));
}

/**
 * @param {any} schema
 * @param {any} root
 * @param {Words} words
 * @param {string} name
 * @param {number} depth
 */
function arrayFor(schema, root, words, name, depth) {
  const least = schema.minItems ?? 0;
  const most = schema.maxItems ?? Math.max(least, 2);
  const length = depth > 12 ? least : Math.min(Math.max(least, 2), most);
  const items = Array.from({ length }, () => valueFor(schema.items ?? {}, root, words, name, depth + 1));
  return takeTurns(items, schema.items?.properties?.role?.enum);
}

/**
 * A conversation begins with its user and goes to and fro.
 *
 * @param {any[]} items
 * @param {string[] | undefined} roles
 */
function takeTurns(items, roles) {
  if (!roles?.includes("user") || !roles.includes("assistant")) return items;
  return items.map((item, index) => ({ ...item, role: index % 2 === 0 ? "user" : "assistant" }));
}

/** @param {any} schema */
function numberFor(schema) {
  const least = schema.minimum ?? (schema.exclusiveMinimum !== undefined ? schema.exclusiveMinimum + 1 : undefined);
  const most = schema.maximum ?? (schema.exclusiveMaximum !== undefined ? schema.exclusiveMaximum - 1 : undefined);
  const value = least ?? Math.min(1, most ?? 1);
  const step = schema.multipleOf;
  return step ? Math.ceil(value / step) * step : value;
}

/**
 * @param {any} schema
 * @param {Words} words
 * @param {string} name
 */
function textFor(schema, words, name) {
  let text = wordsFor(words, name);
  while (text.length < (schema.minLength ?? 0)) text += ` ${words.sentence()}`;
  return text.slice(0, schema.maxLength ?? text.length);
}

/**
 * @param {Words} words
 * @param {string} name
 */
function wordsFor(words, name) {
  if (/topic|title|^name$/i.test(name)) return words.topic();
  if (/question|query|user|request|prompt|instruction/i.test(name)) return words.question();
  if (/reason|thought|think|step|plan|action/i.test(name)) return words.thought();
  return words.answer();
}
