/**
 * A model that does what it is asked: its reply depends on the request alone, so every run of the same configuration
 * gives the same dataset. Shared by the model server and by tests that pass it as the `model` option.
 */
import { agentReply } from "./agents/model.mjs";
import { stamp } from "./chance.mjs";

/**
 * @param {{ messages: { role: string, content: string | null }[], schema?: any, purpose: string }} request
 * @param {{ errors?: number }} [habits] the share of replies about agents that are wrong
 * @returns {string} the text of the reply
 */
export function obligingReply({ messages, schema, purpose }, { errors = 0 } = {}) {
  const agents = agentReply({ messages, schema }, errors);
  if (agents !== undefined) return agents;
  // What follows the first question corrects a reply, and the question stays the same.
  const prompt = messages.find(({ role }) => role === "user")?.content?.split("\n\nYour previous reply")[0] ?? "";
  if (purpose === "topics") {
    const { items } = schema.properties.subtopics;
    // Not every provider's form of the schema has the number.
    const count = Number(/^Name (\d+) /m.exec(prompt)?.[1]);
    const topic = prompt
      .split("\n")[0]
      .replace(/^Path: /, "")
      .split(" -> ")
      .at(-1)
      ?.replaceAll('"', "");
    const names = Array.from({ length: count }, (_, index) => `${topic} ${"abcdefghijkl"[index % 12]}${index}`);
    return JSON.stringify({
      subtopics: items.type === "string" ? names : names.map((topic) => ({ topic, connections: [1, 2] })),
    });
  }
  // What follows is about the reply, and does not belong into it.
  const ask = prompt.replace(/Reply with one JSON object[^]*/, "").trim();
  const about = `${ask.split("\n")[0]} (${stamp(ask)})`;
  return JSON.stringify({
    question: `What should I know about ${about} — café, 循环, 😀?`,
    ...(schema?.properties.reasoning && { reasoning: `First I look at ${about}.\nThen I conclude.` }),
    answer: `It is about ${about}. Here is "a quoted" \\ answer.`,
  });
}

/**
 * The obliging model as the contract's `model` option.
 * @param {{ messages: any[], schema?: any, purpose: string }} request
 */
export const obligingModel = (request) => modelThatErrs(0)(request);

/**
 * The same, with so large a share of wrong replies about agents.
 * @param {number} errors
 * @returns {(request: { messages: any[], schema?: any, purpose: string }) => Promise<import("dataweft").ModelReply>}
 */
export function modelThatErrs(errors) {
  return async (request) => ({
    text: obligingReply(request, { errors }),
    usage: { inputTokens: 100, outputTokens: 20 },
  });
}
