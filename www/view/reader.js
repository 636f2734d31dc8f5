// One sample, to be read: its conversation, its reasoning, and what is known about it. Everything is shown as plain text.

import { byId, element } from "../dom.js";
import { count } from "../format.js";
import { topicPath } from "./sample-text.js";

/** @import { Sample } from "../package.js" */

/** @type {Record<string, string>} */
const SPEAKERS = { system: "System", user: "User", assistant: "Assistant", tool: "Tool result" };

/** Shown in their own sections, not among the further fields. */
const OWN_SECTIONS = new Set(["messages", "metadata", "reasoning", "tools"]);

/** @param {{ samples: () => Sample[], onMove: (index: number) => void }} options */
export function createReader({ samples, onMove }) {
  const dialog = byId("reader", HTMLDialogElement);
  const title = byId("reader-title");
  const path = byId("reader-path");
  const body = byId("reader-body");
  const previous = byId("reader-previous", HTMLButtonElement);
  const next = byId("reader-next", HTMLButtonElement);
  let current = 0;

  /** @param {number} index */
  function show(index) {
    const sample = samples()[index];
    if (!sample) return;
    current = index;
    const total = samples().length;
    title.textContent = `Sample ${count(index + 1)} of ${count(total)}`;
    path.textContent = topicPath(sample).join(" › ");
    previous.disabled = index === 0;
    next.disabled = index === total - 1;
    body.replaceChildren(...sections(sample));
    body.scrollTop = 0;
  }

  /** @param {number} step */
  function move(step) {
    const index = current + step;
    if (index < 0 || index >= samples().length) return;
    show(index);
    onMove(index);
  }

  previous.addEventListener("click", () => move(-1));
  next.addEventListener("click", () => move(1));
  byId("reader-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") move(-1);
    if (event.key === "ArrowRight") move(1);
  });
  // A click beside the sheet closes it, like a click beside any sheet.
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });

  return {
    /** @param {number} index */
    open(index) {
      if (!samples()[index]) return;
      show(index);
      dialog.showModal();
      title.focus();
    },
    isOpen: () => dialog.open,
    close: () => dialog.close(),
  };
}

/** @param {Sample} sample */
function sections(sample) {
  const messages = Array.isArray(sample.messages) ? sample.messages : [];
  const { results, others } = pairCalls(messages);
  // Some fields repeat a message for those who train on them alone; the reader has read it already.
  const read = new Set(messages.map((message) => message.content));
  const further = Object.entries(sample).filter(
    ([key, value]) =>
      !OWN_SECTIONS.has(key) &&
      !isEmpty(value) &&
      !(typeof value === "string" && read.has(value)) &&
      // The same calls and results once more, which stand in the conversation.
      !(key === "tool_context" && results.size > 0),
  );
  return [
    ...others.map((message) => messageBlock(message, results)),
    ...(isEmpty(sample.reasoning) ? [] : [block("reasoning", "Reasoning", reasoning(sample.reasoning))]),
    ...(Array.isArray(sample.tools) && sample.tools.length > 0 ? [toolList(sample.tools)] : []),
    ...further.map(([key, value]) => block("field", key, valueText(value))),
    ...(isEmpty(sample.metadata) ? [] : [block("metadata", "Metadata", table(sample.metadata))]),
    element("details", "raw", element("summary", "", "The record as JSON"), element("pre", "", pretty(sample))),
  ];
}

/** @typedef {Sample["messages"][number]} Message */

/**
 * The results that belong to a call, by its id, and all other messages.
 *
 * @param {Message[]} messages
 */
function pairCalls(messages) {
  const called = new Set(messages.flatMap((message) => (message.tool_calls ?? []).map(({ id }) => id)));
  /** @type {Map<string, Message>} */
  const results = new Map();
  const others = messages.filter((message) => {
    const id = message.role === "tool" ? message.tool_call_id : undefined;
    if (id === undefined || !called.has(id) || results.has(id)) return true;
    results.set(id, message);
    return false;
  });
  return { results, others };
}

/**
 * @param {Message} message
 * @param {Map<string, Message>} results
 */
function messageBlock(message, results) {
  const calls = (message.tool_calls ?? []).map((call) => {
    const result = results.get(call.id);
    return element(
      "div",
      "call",
      element("span", "call-name", call.function?.name ?? "?"),
      ...argumentsOf(call.function?.arguments ?? ""),
      ...(result ? [element("h4", "", "Result"), element("pre", "result", prettyText(result.content ?? ""))] : []),
    );
  });
  const text = message.content ?? "";
  const shown = message.role === "tool" ? element("pre", "", prettyText(text)) : element("p", "text", text);
  return block(
    `message ${speakerClass(message.role)}`,
    SPEAKERS[message.role] ?? String(message.role),
    ...(text ? [shown] : []),
    ...calls,
  );
}

/**
 * The arguments of a call by name, or as they are where they are no object.
 *
 * @param {string} text
 */
function argumentsOf(text) {
  const value = parsed(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [element("pre", "", text)];
  return Object.keys(value).length > 0 ? [table(value)] : [];
}

/** @param {unknown[]} tools definitions in OpenAI's form */
function toolList(tools) {
  const entries = tools.map((tool) => {
    const { name, description } = /** @type {any} */ (tool)?.function ?? tool ?? {};
    return [String(name ?? "?"), String(description ?? "")];
  });
  return block("field", "Tools at hand", table(Object.fromEntries(entries)));
}

/** @param {string} role */
const speakerClass = (role) => (role in SPEAKERS ? role : "other");

/**
 * @param {string} className
 * @param {string} title
 * @param {...Node} content
 */
function block(className, title, ...content) {
  return element("section", `block ${className}`, element("h3", "", title), ...content);
}

/** @param {unknown} value free text, or a list of steps */
function reasoning(value) {
  const content = /** @type {any} */ (value)?.content ?? value;
  if (!Array.isArray(content)) return valueText(content);
  return element("ol", "steps", ...content.map((step) => element("li", "", stepText(step))));
}

/** @param {unknown} step */
function stepText(step) {
  if (typeof step !== "object" || step === null) return element("span", "text", String(step));
  const filled = Object.entries(step).filter(([key, value]) => !isEmpty(value) && key !== "step_number");
  return table(Object.fromEntries(filled));
}

/** @param {unknown} value */
function valueText(value) {
  return typeof value === "string" ? element("p", "text", value) : element("pre", "", pretty(value));
}

/** @param {object} values */
function table(values) {
  const list = element("dl", "");
  for (const [key, value] of Object.entries(values)) {
    if (isEmpty(value)) continue;
    const text = Array.isArray(value) && value.every((part) => typeof part === "string") ? value.join(" › ") : value;
    list.append(element("dt", "", key), element("dd", "", typeof text === "string" ? text : pretty(text)));
  }
  return list;
}

/** @param {unknown} value */
const isEmpty = (value) =>
  value === undefined ||
  value === null ||
  value === "" ||
  (typeof value === "object" && Object.keys(value).length === 0);

/** @param {unknown} value */
const pretty = (value) => JSON.stringify(value, null, 2) ?? String(value);

/**
 * JSON in lines; any other text as it is.
 *
 * @param {string} text
 */
function prettyText(text) {
  const value = parsed(text);
  return typeof value === "object" ? pretty(value) : text;
}

/**
 * @param {string} text
 * @returns {unknown} nothing where it is no JSON
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
