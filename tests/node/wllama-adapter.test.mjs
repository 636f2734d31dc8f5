// The wllama adapter against a scripted double of a loaded Wllama.

import assert from "node:assert/strict";
import { test } from "node:test";
import { wllamaModel } from "../../pkg-config/adapters/wllama.js";

/** @typedef {import("../../pkg-config/index.js").Message} Message */
/** @typedef {import("../../pkg-config/index.js").ModelRequest} ModelRequest */

/** @type {ModelRequest} */
const request = { messages: [{ role: "user", content: "hello" }], purpose: "sample" };

/** A Wllama whose completions the test settles by hand. */
function scriptedWllama() {
  /** @type {{ options: any, answer: (content: string) => void, resolve: (completion: any) => void, reject: (error: Error) => void }[]} */
  const calls = [];
  return {
    calls,
    /** @param {any} options */
    createChatCompletion(options) {
      return new Promise((resolve, reject) => {
        calls.push({ options, answer: (content) => resolve(completion(content)), resolve, reject });
      });
    },
  };
}

/**
 * @param {string | null} content
 * @param {string} finish_reason
 */
function completion(content, finish_reason = "stop") {
  const usage = { prompt_tokens: 7, completion_tokens: 3 };
  return { choices: [{ message: { role: "assistant", content }, finish_reason }], usage };
}

/** Lets everything that is ready to run do so. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
const context = () => ({ signal: new AbortController().signal });

/**
 * Asks one question and answers it with the given completion.
 *
 * @param {any} result
 */
async function replyTo(result) {
  const wllama = scriptedWllama();
  const reply = wllamaModel(wllama)(request, context());
  await settled();
  wllama.calls[0].resolve(result);
  return reply;
}

test("hands over messages, temperature, limit and schema in wllama's words", async () => {
  const wllama = scriptedWllama();
  const schema = { type: "object", properties: { answer: { type: "string" } }, required: ["answer"] };
  const { signal } = new AbortController();
  /** @type {Message[]} */
  const messages = [
    { role: "system", content: "be brief" },
    { role: "user", content: "hello" },
  ];
  const reply = wllamaModel(wllama)({ messages, schema, temperature: 0.3, maxTokens: 50, purpose: "x" }, { signal });
  await settled();
  assert.deepEqual(wllama.calls[0].options, {
    messages,
    temperature: 0.3,
    max_tokens: 50,
    response_format: { type: "json_schema", json_schema: { name: "reply", schema, strict: true } },
    abortSignal: signal,
  });
  wllama.calls[0].answer('{"answer":"hi"}');
  assert.deepEqual(await reply, {
    text: '{"answer":"hi"}',
    usage: { inputTokens: 7, outputTokens: 3 },
    finishReason: "stop",
  });
});

test("leaves out what the request does not say", async () => {
  const wllama = scriptedWllama();
  const reply = wllamaModel(wllama)(request, context());
  await settled();
  assert.deepEqual(Object.keys(wllama.calls[0].options).sort(), ["abortSignal", "messages"]);
  wllama.calls[0].answer("hi");
  await reply;
});

test("keeps tool calls and their results together", async () => {
  const wllama = scriptedWllama();
  /** @type {Message["tool_calls"]} */
  const tool_calls = [{ id: "a", type: "function", function: { name: "clock", arguments: "{}" } }];
  /** @type {Message[]} */
  const messages = [
    { role: "user", content: "what time is it?" },
    { role: "assistant", content: null, tool_calls },
    { role: "tool", content: "noon", tool_call_id: "a" },
    { role: "assistant", content: null },
  ];
  const reply = wllamaModel(wllama)({ messages, purpose: "x" }, context());
  await settled();
  assert.deepEqual(wllama.calls[0].options.messages, [
    messages[0],
    messages[1],
    messages[2],
    { role: "assistant", content: "" },
  ]);
  wllama.calls[0].answer("it is noon");
  await reply;
});

test("passes further fields of the request on", async () => {
  const wllama = scriptedWllama();
  const reply = wllamaModel(wllama, { request: { top_k: 40 } })(request, context());
  await settled();
  assert.equal(wllama.calls[0].options.top_k, 40);
  wllama.calls[0].answer("hi");
  await reply;
});

for (const [theirs, ours] of [
  ["stop", "stop"],
  ["tool_calls", "stop"],
  ["length", "length"],
  ["content_filter", "filtered"],
]) {
  test(`tells that a reply ended with ${theirs}`, async () => {
    assert.equal((await replyTo(completion("x", theirs))).finishReason, ours);
  });
}

test("invents neither usage nor a finish reason", async () => {
  assert.deepEqual(await replyTo({ choices: [{ message: { content: "x" }, finish_reason: null }] }), { text: "x" });
});

test("an empty answer is an empty text, and no answer is an error", async () => {
  assert.equal((await replyTo(completion(null))).text, "");
  await assert.rejects(replyTo(null), /without an answer/);
});

test("asks one question at a time, in the order they came", async () => {
  const wllama = scriptedWllama();
  const model = wllamaModel(wllama);
  const replies = ["a", "b", "c"].map((content) =>
    model({ messages: [{ role: "user", content }], purpose: "x" }, context()),
  );
  for (const content of ["a", "b", "c"]) {
    await settled();
    assert.equal(wllama.calls.length, 1, "one request is under way");
    const [call] = wllama.calls.splice(0);
    assert.equal(call.options.messages[0].content, content);
    call.answer(content.toUpperCase());
  }
  assert.deepEqual(
    (await Promise.all(replies)).map((reply) => reply.text),
    ["A", "B", "C"],
  );
});

test("asks as many at once as it was told", async () => {
  const wllama = scriptedWllama();
  const model = wllamaModel(wllama, { parallel: 2 });
  const replies = [1, 2, 3].map(() => model(request, context()));
  await settled();
  assert.equal(wllama.calls.length, 2);
  wllama.calls[0].answer("x");
  await settled();
  assert.equal(wllama.calls.length, 3);
  wllama.calls[1].answer("x");
  wllama.calls[2].answer("x");
  await Promise.all(replies);
});

test("an abort ends a request at once, and the next one waits until the model has stopped", async () => {
  const wllama = scriptedWllama();
  const model = wllamaModel(wllama);
  const stop = new AbortController();
  const first = model(request, { signal: stop.signal });
  const second = model(request, context());
  await settled();
  stop.abort();
  await assert.rejects(first, { name: "AbortError" });
  await settled();
  assert.equal(wllama.calls.length, 1, "the model is still busy with the first");
  wllama.calls[0].reject(new DOMException("Operation aborted", "AbortError"));
  await settled();
  assert.equal(wllama.calls.length, 2);
  wllama.calls[1].answer("done");
  assert.equal((await second).text, "done");
});

test("an abort takes a waiting request out of the queue, and a fired signal never enters it", async () => {
  const wllama = scriptedWllama();
  const model = wllamaModel(wllama);
  const stop = new AbortController();
  const first = model(request, context());
  const second = model(request, { signal: stop.signal });
  const third = model(request, context());
  await settled();
  stop.abort();
  await assert.rejects(second, { name: "AbortError" });
  await assert.rejects(model(request, { signal: AbortSignal.abort() }), { name: "AbortError" });
  wllama.calls[0].answer("1");
  await settled();
  wllama.calls[1].answer("3");
  assert.deepEqual([(await first).text, (await third).text], ["1", "3"]);
  assert.equal(wllama.calls.length, 2);
});

test("a failed request says why and lets the next one through", async () => {
  const wllama = scriptedWllama();
  const model = wllamaModel(wllama);
  const first = model(request, context());
  const second = model(request, context());
  await settled();
  wllama.calls[0].reject(new Error("request (6031 tokens) exceeds the available context size (4096 tokens)"));
  await assert.rejects(first, /6031 tokens.*larger n_ctx/);
  await settled();
  wllama.calls[1].answer("fine");
  assert.equal((await second).text, "fine");
});

test("after a crash every further request fails instead of waiting for ever", async () => {
  const wllama = scriptedWllama();
  const model = wllamaModel(wllama);
  const first = model(request, context());
  const second = model(request, context());
  await settled();
  wllama.calls[0].reject(Object.assign(new Error("unreachable"), { name: "RuntimeError" }));
  await assert.rejects(first, /crashed \(unreachable\): load it again/);
  await assert.rejects(second, /crashed/);
  await assert.rejects(model(request, context()), /crashed/);
  assert.equal(wllama.calls.length, 1);
});

/** @type {[Record<string, unknown>, string][]} */
const UNUSABLE_SCHEMAS = [
  [{ $ref: "#/$defs/missing" }, "#/$defs/missing"],
  [{ properties: { tree: { type: "array", items: { $ref: "#" } } } }, "#"],
  [{ anyOf: [{ $ref: "https://example.com/schema.json" }] }, "https://example.com/schema.json"],
  [{ $ref: "#/$defs/a~1b", $defs: { "a/b": {} } }, "#/$defs/a~1b"],
];
for (const [schema, reference] of UNUSABLE_SCHEMAS) {
  test(`refuses a schema with the reference ${reference}, which would crash the model`, async () => {
    const wllama = scriptedWllama();
    const error = await wllamaModel(wllama)({ ...request, schema }, context()).catch((reason) => reason);
    assert.match(error.message, /cannot be followed/);
    assert.ok(error.message.includes(reference));
    assert.equal(wllama.calls.length, 0);
  });
}

test("takes a schema whose references lead somewhere, and does not mistake values for references", async () => {
  const wllama = scriptedWllama();
  const schema = {
    properties: { $ref: { type: "string" }, mark: { const: { $ref: "nowhere" } }, part: { $ref: "#/$defs/part" } },
    $defs: { part: { enum: ["x"] } },
  };
  const reply = wllamaModel(wllama)({ ...request, schema }, context());
  await settled();
  wllama.calls[0].answer("{}");
  assert.equal((await reply).text, "{}");
});

test("refuses options that it does not know or cannot use", () => {
  assert.throws(() => wllamaModel(scriptedWllama(), /** @type {any} */ ({ paralel: 2 })), /unknown option paralel/);
  assert.throws(() => wllamaModel(scriptedWllama(), { parallel: 0 }), /whole number from 1/);
});
