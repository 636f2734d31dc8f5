// The Workers AI adapter against a double of the binding, which answers and fails in the binding's own forms.

import assert from "node:assert/strict";
import { test } from "node:test";
import { workersAiModel } from "../../pkg-config/adapters/workers-ai.js";

/** @typedef {import("../../pkg-config/index.js").Message} Message */
/** @typedef {import("../../pkg-config/index.js").ModelRequest} ModelRequest */
/** @typedef {{ model: string, inputs: any, options: any }} Call */

const MODEL = "@cf/meta/llama-3.1-8b-instruct";
const schema = { type: "object", properties: { answer: { type: "string" } }, required: ["answer"] };
/** @type {ModelRequest} */
const request = { messages: [{ role: "user", content: "hello" }], purpose: "sample", maxTokens: 50 };
const context = () => ({ signal: new AbortController().signal });

/** The binding. What it is given has to survive JSON, but for the signal, and it can be called as a method only. */
class Binding {
  /** @type {Call[]} */
  calls = [];
  #answer;

  /** @param {(call: Call, number: number) => any} answer */
  constructor(answer) {
    this.#answer = answer;
  }

  /** @param {string} model @param {any} inputs @param {any} options */
  async run(model, inputs, { signal, ...options } = /** @type {any} */ ({})) {
    signal?.throwIfAborted();
    const call = { model, inputs: JSON.parse(JSON.stringify(inputs)), options: JSON.parse(JSON.stringify(options)) };
    this.calls.push(call);
    return this.#answer(call, this.calls.length);
  }
}

/** An error as the binding makes it of what Workers AI answers. @param {string} message @param {string} [name] */
const upstream = (message, name = "InferenceUpstreamError") => Object.assign(new Error(message), { name });

/** @param {any} result @param {ModelRequest} [asked] */
const replyTo = (result, asked = request) => workersAiModel(new Binding(() => result), MODEL)(asked, context());

/** @param {unknown} thrown @returns {Promise<any>} */
async function failureOf(thrown) {
  const ai = new Binding(() => {
    throw thrown;
  });
  return workersAiModel(ai, MODEL)(request, context()).then(
    () => assert.fail("it did not fail"),
    (error) => error,
  );
}

test("hands over messages, limit, temperature and the bare schema", async () => {
  const ai = new Binding(() => ({ response: { answer: "hi" } }));
  /** @type {Message[]} */
  const messages = [
    { role: "system", content: "be brief" },
    { role: "user", content: "hello" },
  ];
  await workersAiModel(ai, MODEL)({ messages, schema, temperature: 0.3, maxTokens: 50, purpose: "x" }, context());
  assert.deepEqual(ai.calls, [
    {
      model: MODEL,
      inputs: {
        messages,
        max_tokens: 50,
        temperature: 0.3,
        response_format: { type: "json_schema", json_schema: schema },
      },
      options: {},
    },
  ]);
});

test("never leaves the limit of tokens to Workers AI, whose own is 256", async () => {
  const ai = new Binding(() => ({ response: "hi" }));
  await workersAiModel(ai, MODEL)({ messages: request.messages, purpose: "x" }, context());
  assert.deepEqual(Object.keys(ai.calls[0].inputs), ["messages", "max_tokens"]);
  assert.ok(ai.calls[0].inputs.max_tokens > 256);
});

test("keeps tool calls and their results together, and sends no null", async () => {
  const ai = new Binding(() => ({ response: "it is noon" }));
  /** @type {Message["tool_calls"]} */
  const tool_calls = [{ id: "a", type: "function", function: { name: "clock", arguments: "{}" } }];
  /** @type {Message[]} */
  const messages = [
    { role: "user", content: "what time is it?" },
    { role: "assistant", content: null, tool_calls },
    { role: "tool", content: "noon", tool_call_id: "a" },
  ];
  await workersAiModel(ai, MODEL)({ messages, purpose: "x" }, context());
  assert.deepEqual(ai.calls[0].inputs.messages, [messages[0], { ...messages[1], content: "" }, messages[2]]);
});

test("passes further inputs on as they are", async () => {
  const ai = new Binding(() => ({ response: "hi" }));
  await workersAiModel(ai, MODEL, { request: { top_p: 0.9, max_tokens: 9 } })(request, context());
  assert.equal(ai.calls[0].inputs.top_p, 0.9);
  assert.equal(ai.calls[0].inputs.max_tokens, 9);
});

test("asks a gateway for a new answer each time, unless it is told to use its cache", async () => {
  const ai = new Binding(() => ({ response: "hi" }));
  for (const gateway of [{ id: "g" }, { id: "g", skipCache: undefined }, { id: "g", skipCache: false, cacheTtl: 60 }]) {
    await workersAiModel(ai, MODEL, { gateway })(request, context());
  }
  assert.deepEqual(
    ai.calls.map((call) => call.options.gateway),
    [
      { id: "g", skipCache: true },
      { id: "g", skipCache: true },
      { id: "g", skipCache: false, cacheTtl: 60 },
    ],
  );
});

const counted = { prompt_tokens: 7, completion_tokens: 3 };
const usage = { inputTokens: 7, outputTokens: 3 };
const message = (/** @type {any} */ content, more = {}) => ({ role: "assistant", content, refusal: null, ...more });
const output = [
  { type: "reasoning", content: [{ type: "reasoning_text", text: "let me think" }] },
  {
    type: "message",
    content: [
      { type: "output_text", text: "he" },
      { type: "output_text", text: "llo" },
    ],
  },
];
const responseUsage = { input_tokens: 7, output_tokens: 3 };
const stop = /** @type {const} */ ("stop");

/** @type {[string, any, import("../../pkg-config/index.js").ModelReply][]} */
const REPLIES = [
  ["a text", { response: "hello", usage: counted }, { text: "hello", usage }],
  ["a parsed object", { response: { answer: "hi" }, usage: counted }, { text: '{"answer":"hi"}', usage }],
  ["no usage", { response: "hello" }, { text: "hello" }],
  ["half a usage", { response: "hello", usage: { prompt_tokens: 7 } }, { text: "hello" }],
  ["an empty text", { response: "", usage: counted }, { text: "", usage }],
  ["a number, which a schema may ask for", { response: 0 }, { text: "0" }],
  [
    "tool calls beside a text",
    { response: "hello", tool_calls: [{ name: "clock", arguments: {} }] },
    { text: "hello" },
  ],
  [
    "a text that fills the limit",
    { response: "hel", usage: { ...counted, completion_tokens: 50 } },
    { text: "hel", usage: { inputTokens: 7, outputTokens: 50 }, finishReason: "length" },
  ],
  [
    "a whole object at the limit",
    { response: { a: 1 }, usage: { ...counted, completion_tokens: 50 } },
    { text: '{"a":1}', usage: { inputTokens: 7, outputTokens: 50 } },
  ],
  [
    "a chat completion",
    { choices: [{ message: message("hello"), finish_reason: "stop" }], usage: counted },
    { text: "hello", usage, finishReason: stop },
  ],
  [
    "a chat completion with an object",
    { choices: [{ message: message({ a: 1 }), finish_reason: "stop" }] },
    { text: '{"a":1}', finishReason: stop },
  ],
  [
    "a chat completion that was cut off while thinking",
    { choices: [{ message: message(null, { reasoning_content: "let me" }), finish_reason: "length" }] },
    { text: "", finishReason: "length" },
  ],
  [
    "a chat completion that was filtered",
    { choices: [{ message: message(null), finish_reason: "content_filter" }] },
    { text: "", finishReason: "filtered" },
  ],
  [
    "a chat completion that declines",
    { choices: [{ message: message(null, { refusal: "I won't" }), finish_reason: "stop" }] },
    { text: "I won't", finishReason: "refusal" },
  ],
  [
    "a chat completion with a reason from elsewhere",
    { choices: [{ message: message("x"), finish_reason: "constructor" }] },
    { text: "x" },
  ],
  [
    "both forms, the text in the chat completion",
    { response: null, choices: [{ message: message("hello"), finish_reason: "stop" }] },
    { text: "hello", finishReason: stop },
  ],
  [
    "both forms, the text in Workers AI's own",
    { response: { a: 1 }, choices: [{ message: message(null) }] },
    { text: '{"a":1}' },
  ],
  [
    "a response",
    { object: "response", status: "completed", output, usage: responseUsage },
    { text: "hello", usage, finishReason: stop },
  ],
  [
    "a response that was cut off",
    { status: "incomplete", incomplete_details: { reason: "max_output_tokens" }, output },
    { text: "hello", finishReason: "length" },
  ],
  [
    "a response that was filtered",
    { status: "incomplete", incomplete_details: { reason: "content_filter" }, output: [] },
    { text: "", finishReason: "filtered" },
  ],
  [
    "a response that declines",
    { status: "completed", output: [{ type: "message", content: [{ type: "refusal", refusal: "I won't" }] }] },
    { text: "I won't", finishReason: "refusal" },
  ],
];
for (const [form, result, expected] of REPLIES) {
  test(`reads ${form}`, async () => {
    assert.deepEqual(await replyTo(result), expected);
  });
}

test("what the model writes is data, whatever its names are", async () => {
  const response = JSON.parse('{"__proto__":{"polluted":true},"constructor":"x","toJSON":"y","choices":[1]}');
  const { text } = await replyTo({ response });
  assert.deepEqual(JSON.parse(text), response);
  assert.equal(/** @type {any} */ ({}).polluted, undefined);
});

for (const [form, result, says] of /** @type {[string, any, RegExp][]} */ ([
  ["nothing", null, /no answer/],
  ["something else", { image: "…" }, /no answer/],
  ["a stream", new ReadableStream(), /a stream: leave stream out/],
])) {
  test(`says so when Workers AI gives ${form}`, async () => {
    await assert.rejects(replyTo(result), says);
  });
}

test("a response that failed may be asked for again", async () => {
  const error = await replyTo({ status: "failed", output: [], error: { message: "overheated" } }).catch((e) => e);
  assert.match(error.message, /overheated/);
  assert.equal(error.retryable, true);
});

/** @type {[string, string, { status?: number, code?: string, retryable?: boolean }][]} */
const FAILURES = [
  ["a busy time", "3040: Capacity temporarily exceeded, please try again.", { status: 429 }],
  [
    "a spent allowance",
    "3036: You have used up your daily free allocation of 10,000 neurons.",
    { status: 429, code: "insufficient_quota" },
  ],
  [
    "a spent allowance in its other form",
    "4006: you have used up your daily free allocation of 10,000 neurons",
    { status: 429, code: "insufficient_quota" },
  ],
  ["an unknown model", `5007: No such model ${MODEL} or task`, { status: 404 }],
  ["a blocked account", "3023: Service unavailable for account", { status: 403 }],
  ["a timeout", "3046: Request timeout", { status: 408 }],
  ["an error of the server", "3043: Internal server error", { status: 500 }],
  ["a full context", "5021: The estimated number of tokens exceeded this model context window limit", { status: 413 }],
  ["a schema that was not met", "5024: JSON Mode couldn't be met", { retryable: true }],
  ["a code that is not known", "5006: Error: 3040: oneOf at '/' not met", { retryable: false }],
  ["a number further inside", "the prompt was 3040: Capacity", { retryable: true }],
  ["a page of something in between", "<html>504 Gateway Time-out</html>", { retryable: true }],
];
for (const [what, text, expected] of FAILURES) {
  test(`says what ${what} means to the run`, async () => {
    const { message, status, code, retryable } = await failureOf(upstream(text));
    assert.ok(message.startsWith(`${MODEL} failed on Workers AI: ${text}`), message);
    assert.deepEqual(JSON.parse(JSON.stringify({ status, code, retryable })), expected);
  });
}

test("knows a code behind the error's name, and only there", async () => {
  assert.equal((await failureOf(upstream("AiError: 3040: busy", "AiError"))).status, 429);
  assert.equal((await failureOf(upstream("Error 3040: busy", "AiError"))).status, undefined);
});

test("says what to do where something can be done", async () => {
  assert.match((await failureOf(upstream("5007: No such model"))).message, /; check the name/);
  assert.match((await failureOf(upstream("5016: not agreed"))).message, /; agree to the model's licence/);
});

test("believes the runtime about lost connections, and hopes for nothing else", async () => {
  const lost = Object.assign(new Error("Network connection lost."), { retryable: true });
  assert.equal((await failureOf(lost)).retryable, true);
  assert.equal((await failureOf(new TypeError("x is not a function"))).retryable, false);
  assert.match((await failureOf("a text, not an error")).message, /a text, not an error/);
});

/** A model that has no JSON mode. */
const wordsOnly = () =>
  new Binding(({ inputs }) => {
    if (inputs.response_format) throw upstream("5025: This model doesn't support JSON Schema", "AiError");
    return { response: '{"answer":"hi"}' };
  });

test("gives a model without JSON mode the schema in words, and remembers it", async () => {
  const ai = wordsOnly();
  const model = workersAiModel(ai, MODEL);
  const replies = await Promise.all([
    model({ ...request, schema }, context()),
    model({ ...request, schema }, context()),
  ]);
  assert.deepEqual(
    replies.map((reply) => reply.text),
    ['{"answer":"hi"}', '{"answer":"hi"}'],
  );
  assert.equal(ai.calls.length, 4);
  await model({ ...request, schema }, context());
  assert.equal(ai.calls.length, 5);
  const { messages, response_format } = ai.calls[4].inputs;
  assert.equal(response_format, undefined);
  assert.equal(messages.length, 1);
  assert.ok(messages[0].content.startsWith("hello\n\n"));
  assert.ok(messages[0].content.endsWith(JSON.stringify(schema)));
  assert.deepEqual(request.messages, [{ role: "user", content: "hello" }], "the request is left as it was");
});

test("a format of replies that the caller sets stands, with the schema in words", async () => {
  const ai = new Binding(() => ({ response: {} }));
  const response_format = { type: "json_object" };
  const model = workersAiModel(ai, MODEL, { request: { response_format } });
  await model({ ...request, schema, messages: [{ role: "system", content: "s" }] }, context());
  assert.deepEqual(ai.calls[0].inputs.response_format, response_format);
  assert.deepEqual(
    ai.calls[0].inputs.messages.map((/** @type {Message} */ { role }) => role),
    ["system", "user"],
  );
});

test("a refused format that the caller set is an error, and no endless loop", async () => {
  const ai = wordsOnly();
  const model = workersAiModel(ai, MODEL, { request: { response_format: { type: "json_object" } } });
  await assert.rejects(model({ ...request, schema }, context()), /5025.*take a model with JSON mode/);
  assert.equal(ai.calls.length, 1);
});

test("asks as many at once as it is asked, and answers each its own", async () => {
  const ai = new Binding(async ({ inputs }, number) => {
    // The later ones are ready earlier.
    for (let turn = number; turn < 4; turn += 1) await null;
    return { response: inputs.messages[0].content.toUpperCase() };
  });
  const model = workersAiModel(ai, MODEL);
  const asked = ["a", "b", "c"].map((content) => ({ messages: [{ role: "user", content }], purpose: "x" }));
  const replies = asked.map((one) => model(/** @type {ModelRequest} */ (one), context()));
  await null;
  assert.equal(ai.calls.length, 3);
  assert.deepEqual(
    (await Promise.all(replies)).map((reply) => reply.text),
    ["A", "B", "C"],
  );
});

test("an abort reaches the binding and ends the request at once, even where the binding takes no notice", async () => {
  /** @type {AbortSignal | undefined} */
  let given;
  const ai = {
    /** @param {string} _model @param {any} _inputs @param {any} options */
    run: (_model, _inputs, options) => {
      given = options.signal;
      return new Promise(() => {});
    },
  };
  const stopped = new AbortController();
  const reply = workersAiModel(ai, MODEL)(request, { signal: stopped.signal });
  stopped.abort();
  await assert.rejects(reply, { name: "AbortError" });
  assert.equal(given, stopped.signal);
});

test("a fired signal asks nothing", async () => {
  const ai = new Binding(() => ({ response: "hi" }));
  await assert.rejects(workersAiModel(ai, MODEL)(request, { signal: AbortSignal.abort() }), { name: "AbortError" });
  assert.equal(ai.calls.length, 0);
});

test("an abort is no reason to try a model without JSON mode again", async () => {
  const stopped = new AbortController();
  let calls = 0;
  const ai = {
    async run() {
      calls += 1;
      stopped.abort();
      throw upstream("5025: This model doesn't support JSON Schema");
    },
  };
  const reply = workersAiModel(ai, MODEL)({ ...request, schema }, { signal: stopped.signal });
  await assert.rejects(reply, { name: "AbortError" });
  assert.equal(calls, 1);
});

test("refuses what it cannot work with before anything is asked", () => {
  const ai = new Binding(() => null);
  assert.throws(
    () => workersAiModel(/** @type {any} */ (undefined), MODEL),
    /needs a binding to Workers AI, such as env\.AI/,
  );
  assert.throws(() => workersAiModel(ai, ""), /needs the name of a model/);
  assert.throws(() => workersAiModel(ai, MODEL, /** @type {any} */ ({ gatway: {} })), /unknown option gatway/);
});
