/**
 * The parts of a conversation with tools, played by a model that knows nothing of the tools but what it is told. A user
 * asks for tasks by their number among the tools, `task 2.7` being the second tool with arguments of variant 7, and the
 * agent does them. What it says depends on the request alone, and so does whether and how it errs.
 */
import { pick, stamp } from "../chance.mjs";

/** @typedef {{ name: string, parameters: any }} Tool */
/** @typedef {{ place: number, variant: number }} Task */
/** @typedef {{ role: string, content: string | null }[]} Messages */

/** @param {Messages[number]} message */
const textOf = ({ content }) => content ?? "";
/** @param {string} text */
const isResults = (text) => text.startsWith("What came of your calls");
/** @param {string} text */
const isCorrection = (text) => text.startsWith("Your previous reply");

/** The tools that a system message lists. @param {string} system @returns {Tool[]} */
const toolsIn = (system) =>
  [...system.matchAll(/^- ([\w.-]+): .*?Arguments: (\{.*\})$/gm)].map(([, name, parameters]) => ({
    name,
    parameters: JSON.parse(parameters),
  }));

/** Arguments that a tool can take. @param {Tool} tool @param {number} variant */
function argumentsOf({ name, parameters }, variant) {
  /** @param {string} argument @param {any} schema @returns {unknown} */
  const value = (argument, schema) => {
    if (schema?.enum) return schema.enum[variant % schema.enum.length];
    const type = Array.isArray(schema?.type) ? schema.type[0] : schema?.type;
    switch (type) {
      case "integer":
      case "number":
        return Math.max(schema.minimum ?? 0, variant);
      case "boolean":
        return variant % 2 === 0;
      case "array":
        return [];
      case "object":
        return {};
    }
    // Only files that exist can be read.
    if (argument === "file_path") return name === "write_file" ? `file-${variant}.txt` : "notes.txt";
    return argument.endsWith("_id") ? `ORD-${10000 + variant}` : `some ${argument} ${variant}`;
  };
  const properties = Object.entries(parameters.properties ?? {});
  return Object.fromEntries(properties.map(([argument, schema]) => [argument, value(argument, schema)]));
}

/** What a user says to have tasks done. @param {Tool[]} tools @param {Task[]} tasks */
const wishFor = (tools, tasks) =>
  tasks
    .map(({ place, variant }) => {
      const values = Object.values(argumentsOf(tools[place], variant)).map((value) => JSON.stringify(value));
      return `Please do task ${place + 1}.${variant} with ${values.join(", ") || "nothing"}`;
    })
    .join(" and at once ") + ".";

/** @param {string} text @returns {Task[]} */
const tasksIn = (text) =>
  [...text.matchAll(/task (\d+)\.(\d+)/g)].map(([, place, variant]) => ({
    place: Number(place) - 1,
    variant: Number(variant),
  }));

/** So many different tasks; nothing is deleted that others might need. @param {Tool[]} tools @param {string} why @param {number} count */
function someTasks(tools, why, count) {
  const places = [...tools.keys()].filter((place) => tools[place].name !== "delete_file");
  const first = pick(`place ${why}`, places.length);
  const number = Math.min(count, places.length);
  return Array.from({ length: number }, (_, at) => ({
    place: places[(first + at) % places.length],
    variant: pick(`variant ${why} ${at}`, 90) + 10,
  }));
}

/** A call in the form in which a schema wants it. @param {any} calls schema of the calls @param {Tool} tool @param {unknown} given */
function written(calls, { name }, given) {
  const forms = calls.items.anyOf ?? [calls.items];
  const form = forms.find((/** @type {any} */ { properties: { tool } }) => (tool.enum ?? [tool.const]).includes(name));
  const isText = form.properties.arguments.type === "string";
  return { tool: name, arguments: isText ? JSON.stringify(given) : given };
}

/** @param {Messages} messages */
function user(messages) {
  const ask = textOf(messages[1]);
  const planned = /Now the user wants: (.*)/.exec(ask);
  if (planned) return { request: planned[1] };
  const tools = toolsIn(textOf(messages[0]));
  const about = `It is about ${/^Topic: (.*)/.exec(ask)?.[1]} (${stamp(ask)}).`;
  const [wish, reply] = opening(tools, ask);
  return { request: `${wish} ${about}`, ...(reply && { reply }) };
}

/** What is said first, and when asked. @param {Tool[]} tools @param {string} ask */
function opening(tools, ask) {
  const one = wishFor(tools, someTasks(tools, ask, 1));
  if (ask.includes("that none of the tools can do")) return ["Please sing a song."];
  if (ask.includes("leaves out one value")) return ["Please do my task.", one];
  if (ask.includes("two or more calls")) return [wishFor(tools, someTasks(tools, ask, 2))];
  return [one];
}

/** @param {Messages} messages @param {any} schema */
function plan(messages, schema) {
  const tools = toolsIn(textOf(messages[0]));
  const ask = textOf(messages[1]);
  const [turns, least] = (/Plan exactly (\d+) turns, with at least (\d+) calls/.exec(ask) ?? []).slice(1).map(Number);
  const asksFirst = ask.includes("In the first turn, the user leaves out");
  const refusesLast = ask.includes("In the last turn, the user wants something");
  const several = ask.includes("two or more calls");
  const active = turns - Number(asksFirst) - Number(refusesLast);
  const each = Math.max(1, Math.ceil(least / active), several ? 2 : 1);
  const calls = schema.properties.turns.items.properties.calls;
  return {
    goal: "The user wants some things done, one after the other.",
    turns: Array.from({ length: turns }, (_, turn) => {
      if (asksFirst && turn === 0) return { wish: `Please do my task (${stamp(ask)}).`, calls: [] };
      if (refusesLast && turn === turns - 1) return { wish: "Please sing a song.", calls: [] };
      const tasks = someTasks(tools, `${ask} ${turn}`, each);
      return {
        wish: `${wishFor(tools, tasks)} It is about ${stamp(`${ask} ${turn}`)}.`,
        calls: tasks.map(({ place, variant }) => written(calls, tools[place], argumentsOf(tools[place], variant))),
      };
    }),
  };
}

/** What is left to do of the last request, and what was called for it. @param {Messages} messages */
function progress(messages) {
  const texts = messages.map(textOf);
  const isRequest = (/** @type {number} */ at) =>
    messages[at].role === "user" && !isResults(texts[at]) && !isCorrection(texts[at]);
  let start = messages.length - 1;
  while (start > 1 && !isRequest(start)) start--;
  /** @type {any[]} */
  const made = [];
  let done = 0;
  for (let at = start + 1; at < messages.length; at++) {
    if (!isResults(texts[at])) continue;
    const { calls } = JSON.parse(texts[at - 1]);
    const results = texts[at].split("</data-");
    made.push(...calls);
    done += calls.filter(
      (/** @type {any} */ _, /** @type {number} */ call) => !results[call].includes("\nError (Timeout)"),
    ).length;
  }
  const tasks = tasksIn(texts[start].split("\n\n")[0]);
  const isOver = texts.at(-1)?.includes("no more calls") ?? false;
  return { tasks, made, done, isOver, isAtOnce: texts[start].includes("at once") };
}

/** @param {Messages} messages @param {any} schema */
function step(messages, schema) {
  const tools = toolsIn(textOf(messages[0]));
  const { tasks, made, done, isOver, isAtOnce } = progress(messages);
  const left = isOver ? [] : tasks.slice(done);
  if (left.length === 0) {
    const answer =
      tasks.length === 0 ? "I cannot do that as it is. Which one do you mean?" : "This is done, all of it.";
    return { thought: "Nothing is left to do.", calls: [], answer };
  }
  const now = isAtOnce && made.length === 0 ? left : left.slice(0, 1);
  const calls = now.map(({ place, variant }) =>
    written(schema.properties.calls, tools[place], argumentsOf(tools[place], variant)),
  );
  return { thought: `There is ${left.length} to do.`, calls, answer: "" };
}

/** How a step goes wrong where nothing holds the model to the schema. @type {((right: any) => unknown)[]} */
const SLIPS_IN_FORM = [
  (right) => ({ ...right, calls: [{ tool: "open_page", arguments: { url: "http://169.254.169.254/" } }], answer: "" }),
  ({ calls, ...right }) => ({
    ...right,
    calls: calls.map((/** @type {any} */ call) => ({ ...call, arguments: { nothing: [] } })),
  }),
  () => undefined,
];

/** How a step goes wrong anywhere. @type {((right: any, messages: Messages) => unknown)[]} */
const SLIPS = [
  (right) => ({ ...right, calls: [], answer: "It is all in XK-4820157." }),
  (right, messages) => ({ ...right, calls: [...progress(messages).made, ...right.calls, ...right.calls] }),
  (right) => ({ ...right, calls: [], answer: "" }),
];

/**
 * The reply to a request of an agent's conversation, or undefined where it is another request.
 * @param {{ messages: Messages, schema?: any }} request
 * @param {number} errors the share of replies that are wrong
 * @returns {string | undefined}
 */
export function agentReply({ messages, schema }, errors = 0) {
  const asked = schema?.properties ?? {};
  const chance = errors > 0 ? JSON.stringify(messages.map(textOf)) : "";
  const errs = errors > 0 && pick(`errs ${chance}`, 1000) < errors * 1000;
  // A server that takes a schema keeps its model to it.
  const isHeld = !textOf(messages[0]).includes("It has to satisfy this JSON Schema");
  if (asked.turns && asked.goal) {
    const right = plan(messages, schema);
    return JSON.stringify(errs ? { ...right, turns: right.turns.slice(1) } : right);
  }
  if (asked.thought && asked.calls) {
    const right = step(messages, schema);
    const slips = isHeld ? SLIPS : [...SLIPS, ...SLIPS_IN_FORM];
    const reply = errs ? slips[pick(`slip ${chance}`, slips.length)](right, messages) : right;
    return reply === undefined ? '{"thought": "I will call' : JSON.stringify(reply);
  }
  if (asked.request) return JSON.stringify(errs ? { request: "...", reply: "..." } : user(messages));
  if (asked.error_type)
    return JSON.stringify({ result: errs && !isHeld ? "" : "All is well.", error_type: "", change: "" });
}
