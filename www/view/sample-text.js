// What a record is called in a list: its first question, its topic, and what is special about it.

/** @import { Sample } from "../package.js" */

const TITLE_LENGTH = 200;

/**
 * @param {Sample} sample
 * @returns {{ title: string, place: string, tags: string[] }}
 */
export function describeSample(sample) {
  const messages = Array.isArray(sample?.messages) ? sample.messages : [];
  const asked = messages.find((message) => message?.role === "user")?.content;
  const path = topicPath(sample);
  return {
    title: shorten(asked || firstText(sample) || "(no text)"),
    place: path.slice(1).join(" › ") || path.join(" › "),
    tags: tagsOf(sample, messages),
  };
}

/** @param {Sample} sample */
export function topicPath(sample) {
  const path = sample?.metadata?.path;
  return Array.isArray(path) ? path.map(String) : [];
}

/**
 * @param {Sample} sample
 * @param {Sample["messages"]} messages
 */
function tagsOf(sample, messages) {
  const tags = [];
  if (sample?.reasoning) tags.push("reasoning");
  const calls = messages.reduce((sum, message) => sum + (message?.tool_calls?.length ?? 0), 0);
  if (calls > 0) tags.push(calls === 1 ? "1 tool call" : `${calls} tool calls`);
  const turns = messages.filter((message) => message?.role === "user").length;
  if (turns > 1) tags.push(`${turns} turns`);
  return tags;
}

/**
 * The first text of a record that holds no conversation.
 *
 * @param {unknown} value
 * @returns {string | undefined}
 */
function firstText(value) {
  if (typeof value === "string") return value || undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    if (key === "metadata") continue;
    const text = firstText(inner);
    if (text) return text;
  }
  return undefined;
}

/** @param {string} text */
function shorten(text) {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > TITLE_LENGTH ? `${line.slice(0, TITLE_LENGTH)}…` : line;
}
