// The option `tools`: the caller's own functions, as agents call them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dataweft } from "../support/package.mjs";

const TOPIC = { id: "t", path: ["Markets", "Fruit"] };

/**
 * Configuration of one agent with one tool.
 * @param {Record<string, unknown>} [more] further keys of `generation.tools`
 */
const config = (more) => ({
  topics: { prompt: "Markets" },
  generation: {
    system_prompt: "Write requests of people at a market.",
    conversation: { type: "cot", reasoning_style: "agent" },
    tools: {
      custom: [
        {
          name: "weigh",
          description: "Weighs an item",
          parameters: { type: "object", properties: { item: { type: "string" } }, required: ["item"] },
        },
      ],
      ...more,
    },
  },
  output: { num_samples: 1 },
});

/**
 * A model that asks for the weight of apples, has them weighed and answers.
 * @param {{ purpose: string, messages: { content: string | null }[] }} request
 */
async function model({ purpose, messages }) {
  if (purpose === "user") return { text: JSON.stringify({ request: "How heavy are the apples? Please weigh them." }) };
  const last = messages.at(-1)?.content ?? "";
  const [calls, answer] = last.startsWith("What came of your calls")
    ? [[], "The scales have told me all that there is to know about the apples."]
    : [[{ tool: "weigh", arguments: { item: "apples" } }], ""];
  return { text: JSON.stringify({ thought: "The scales will tell.", calls, answer }) };
}

/**
 * What the record holds as the tool's message.
 * @param {(args: any, context: { sessionId: string, signal: AbortSignal }) => unknown} weigh
 * @param {Record<string, unknown>} [more]
 */
async function observed(weigh, more) {
  const sample = await dataweft.generateSample(config(more), TOPIC, { model, tools: { weigh } });
  return sample.messages.find(({ role }) => role === "tool")?.content;
}

test("a function gets arguments that hold, and what it gives becomes a text", async () => {
  /** @type {unknown[]} */
  const seen = [];
  const said = await observed((args, { sessionId, signal }) => {
    seen.push(args, typeof sessionId, sessionId.length > 10, signal instanceof AbortSignal, signal.aborted);
    return "300 g";
  });
  assert.deepEqual(seen, [{ item: "apples" }, "string", true, true, false]);
  assert.equal(said, "300 g");

  for (const [given, text] of [
    [{ grams: 300, of: ["a", null] }, '{"grams":300,"of":["a",null]}'],
    [300, "300"],
    [false, "false"],
    [null, "null"],
    [undefined, "null"],
    [Promise.resolve("later"), "later"],
    [{ toJSON: () => "own" }, '"own"'],
    [{ half: "\ud83d", whole: "\u{1F34E}" }, '{"half":"\\ufffd","whole":"\u{1F34E}"}'],
    ["half \ud83d", "half \ufffd"],
    [JSON.parse('{"__proto__":{"polluted":1}}'), '{"__proto__":{"polluted":1}}'],
  ])
    assert.equal(await observed(() => given), text);
  assert.equal(/** @type {any} */ ({}).polluted, undefined);
});

test("conversations are told apart", async () => {
  const sessions = new Set();
  const weigh = (/** @type {any} */ _, /** @type {{ sessionId: string }} */ { sessionId }) => {
    sessions.add(sessionId);
    return "300 g";
  };
  await Promise.all([observed(weigh), observed(weigh), observed(weigh)]);
  assert.equal(sessions.size, 3);
});

test("what is thrown, and what JSON cannot hold, is the tool's error result", async () => {
  /** @type {Record<string, unknown>} */
  const circular = {};
  circular.self = circular;
  const fails = [
    () => {
      throw new Error("the scales are broken");
    },
    async () => Promise.reject(new Error("the scales are broken")),
    () => Promise.reject("the scales are broken"),
  ];
  for (const weigh of fails) assert.equal(await observed(weigh), "Error (ToolError): the scales are broken");
  for (const given of [circular, 1n])
    assert.match(
      (await observed(() => given)) ?? "",
      /^Error \(ToolError\): the result is nothing that JSON can hold: /,
    );
});

test("a function that never settles is given up, and told so", async () => {
  let aborted = false;
  const said = await observed(
    (_, { signal }) => {
      signal.addEventListener("abort", () => (aborted = true));
      return new Promise(() => {});
    },
    { timeout: 1 },
  );
  assert.equal(said, "Error (Timeout): Tool execution timed out");
  assert.ok(aborted);
});

test("stopping a run tells the function that is under way", async () => {
  const controller = new AbortController();
  let aborted = false;
  const tools = {
    weigh: (/** @type {any} */ _, /** @type {{ signal: AbortSignal }} */ { signal }) => {
      signal.addEventListener("abort", () => (aborted = true));
      controller.abort(new Error("enough"));
      return new Promise(() => {});
    },
  };
  const call = dataweft.generateSample(config(), TOPIC, { model, tools, signal: controller.signal });
  await assert.rejects(call, { name: "AbortError", code: "aborted" });
  assert.ok(aborted);
});

test("ten megabytes, control characters and templates in a result stay a result", async () => {
  const said = (await observed(() => `\u001b[2J{{item}}\u0000${"x".repeat(10_000_000)}`)) ?? "";
  assert.ok(said.startsWith("\ufffd[2J{{item}}\ufffdx"));
  assert.equal(said.slice(-39), "xxx\n[cut here: 9984013 more characters]");
});

test("functions for tools that there are not, and what is no function, are refused before anything is asked", async () => {
  const refuse = () => assert.fail("nothing should be asked");
  for (const [tools, message] of /** @type {[any, RegExp][]} */ ([
    [{ weight: () => "" }, /function for weight, which is no tool/],
    [{ weigh: "300 g" }, /tools\.weigh has to be a function/],
    [[() => ""], /has to be an object of functions/],
    [() => "", /has to be an object of functions/],
  ]))
    await assert.rejects(dataweft.generateSample(config(), TOPIC, { model: refuse, tools }), {
      name: "DataweftError",
      code: "config",
      message,
    });
});
