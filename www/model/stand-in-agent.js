// The stand-in as an agent, as its user, and as its tools: it asks for what is in the world, looks with the tools, and
// answers.

/** @import { ModelRequest } from "../package.js" */
/** @import { Words } from "./stand-in.js" */

/** How the engine begins what it tells of results, and of a reply that it did not take. */
const RESULTS = "What came of your calls";
const REFUSED = "Your previous reply was not accepted";
const MOST_STEPS = 2;

/**
 * What the user says: a question about a file of the world, if there is one.
 *
 * @param {ModelRequest} request
 * @param {Words} words
 */
export function sayAsUser(request, words) {
  const file = filesIn(request, "user").at(0);
  return { request: file ? `${words.question()} Please look into ${file}.` : words.question() };
}

/**
 * One step: a call of one tool after the other, then the answer.
 *
 * @param {ModelRequest} request
 * @param {Words} words
 * @param {(schema: any, root: any) => any} valueFor a value that fits a schema
 */
export function takeStep(request, words, valueFor) {
  const schema = /** @type {any} */ (request.schema);
  const thought = words.thought();
  const forms = formsOfCalls(schema);
  const heard = request.messages.filter(({ role }) => role === "user").map(({ content }) => content ?? "");
  // What the user said last begins the turn.
  const turn = heard.slice(heard.findLastIndex((text) => !text.startsWith(RESULTS) && !text.startsWith(REFUSED)));
  const taken = turn.filter((text) => text.startsWith(RESULTS)).length;
  const form = forms[taken];
  const refused = /makes a call|no more calls/.test(heard.at(-1) ?? "");
  if (!form || taken >= MOST_STEPS || refused) return { thought, calls: [], answer: words.answer() };
  return { thought, calls: [callOf(form, request, valueFor)], answer: "" };
}

/**
 * The plan of a conversation: each turn has the calls that its steps will make.
 *
 * @param {ModelRequest} request
 * @param {Words} words
 * @param {(schema: any, root: any) => any} valueFor
 */
export function planTurns(request, words, valueFor) {
  const schema = /** @type {any} */ (request.schema);
  const forms = formsOfCalls(schema?.properties?.turns?.items).slice(0, MOST_STEPS);
  const asked = request.messages.find(({ role }) => role === "user")?.content ?? "";
  const count = Number(/Plan exactly (\d+) turns/.exec(asked)?.[1] ?? 2);
  const silent = /In the first turn/.test(asked) ? 0 : /In the last turn/.test(asked) ? count - 1 : -1;
  const turns = Array.from({ length: count }, (_, number) => ({
    wish: sayAsUser(request, words).request,
    calls: number === silent ? [] : forms.map((/** @type {any} */ form) => callOf(form, request, valueFor)),
  }));
  return { goal: sayAsUser(request, words).request, turns };
}

/**
 * What a tool says that only the model can play.
 *
 * @param {Words} words
 */
export function playTool(words) {
  return { result: words.sentence(), error_type: "", change: "" };
}

/**
 * @param {any} form
 * @param {ModelRequest} request
 * @param {(schema: any, root: any) => any} valueFor
 */
function callOf(form, request, valueFor) {
  const call = valueFor(form, request.schema);
  // A file that exists makes a better show than one that does not.
  const file = filesIn(request, "user").at(0);
  for (const name of Object.keys(call.arguments ?? {})) {
    if (file && /path|file/.test(name) && typeof call.arguments[name] === "string") call.arguments[name] = file;
  }
  return call;
}

/** The schemas of the calls that may be made. @param {any} schema of a step, or of a turn */
function formsOfCalls(schema) {
  const one = schema?.properties?.calls?.items;
  return one?.anyOf ?? (one ? [one] : []);
}

/**
 * Names of files that were said.
 *
 * @param {ModelRequest} request
 * @param {string} [role]
 */
function filesIn({ messages }, role) {
  const texts = messages.filter((message) => !role || message.role === role).map(({ content }) => content ?? "");
  return texts.flatMap((text) => text.match(/\b[\w/-]+\.(?:md|txt|csv|json)\b/g) ?? []);
}
