// The adapter for the browser's own model against a double that keeps to the rules of the Prompt API.

import assert from "node:assert/strict";
import { test } from "node:test";
import { languageModel } from "../../pkg-config/adapters/language-model.js";
import { fakeLanguageModel } from "../support/language-model.mjs";

/** @typedef {import("../../pkg-config/index.js").Message} Message */
/** @typedef {import("../../pkg-config/index.js").ModelRequest} ModelRequest */

const schema = { type: "object", properties: { answer: { type: "string" } }, required: ["answer"] };
/** @type {ModelRequest} */
const request = { messages: [{ role: "user", content: "hello" }], purpose: "sample", temperature: 0.7, maxTokens: 50 };
const context = () => ({ signal: new AbortController().signal });
/** Lets everything that is ready to run do so. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** @param {string} name */
const exception = (name, message = "it went wrong") => new DOMException(message, name);

/**
 * What the adapter throws when the model does.
 *
 * @param {{ onCreate?: unknown, onPrompt?: unknown }} failure
 * @returns {Promise<any>}
 */
async function failureOf({ onCreate, onPrompt }) {
  const browser = fakeLanguageModel({
    onCreate() {
      if (onCreate) throw onCreate;
    },
    answer() {
      throw onPrompt;
    },
  });
  const error = await languageModel(browser)(request, context()).then(
    () => assert.fail("it did not fail"),
    (reason) => reason,
  );
  assert.equal(browser.open, 0, "no session is left behind");
  return error;
}

test("asks in a session of its own, with the schema as constraint, and destroys it", async () => {
  const browser = fakeLanguageModel({ answer: () => '{"answer":"hi"}' });
  const { signal } = new AbortController();
  const reply = await languageModel(browser)({ ...request, schema }, { signal });
  assert.deepEqual(reply, { text: '{"answer":"hi"}' });
  assert.deepEqual(browser.created, [{ signal }]);
  assert.deepEqual(browser.prompts, [{ input: "hello", options: { responseConstraint: schema, signal } }]);
  assert.equal(browser.open, 0);
});

test("the conversation so far comes before, the system prompt first, and the last message is the question", async () => {
  const browser = fakeLanguageModel();
  /** @type {Message[]} */
  const messages = [
    { role: "system", content: "be brief" },
    { role: "user", content: "one?" },
    { role: "system", content: "be kind" },
    { role: "assistant", content: "one" },
    { role: "user", content: "two?" },
  ];
  await languageModel(browser)({ messages, purpose: "x" }, context());
  assert.deepEqual(browser.created[0].initialPrompts, [
    { role: "system", content: "be brief\n\nbe kind" },
    { role: "user", content: "one?" },
    { role: "assistant", content: "one" },
  ]);
  assert.equal(browser.prompts[0].input, "two?");
});

test("a conversation that ends with the model's own words goes on from there", async () => {
  const browser = fakeLanguageModel();
  /** @type {Message[]} */
  const messages = [
    { role: "user", content: "a story" },
    { role: "assistant", content: "Once" },
  ];
  await languageModel(browser)({ messages, purpose: "x" }, context());
  assert.deepEqual(browser.created[0].initialPrompts, [messages[0]]);
  assert.deepEqual(browser.prompts[0].input, [messages[1]]);
});

test("refuses messages of tools, which the model cannot read", async () => {
  const browser = fakeLanguageModel();
  /** @type {Message[]} */
  const messages = [{ role: "tool", content: "noon", tool_call_id: "a" }];
  await assert.rejects(languageModel(browser)({ messages, purpose: "x" }, context()), /no messages of tools/);
  assert.equal(browser.created.length, 0);
});

test("passes options for sessions on, also when it asks whether there is a model", async () => {
  const browser = fakeLanguageModel();
  const create = { samplingMode: "creative", expectedOutputs: [{ type: "text", languages: ["en"] }] };
  await languageModel(browser, { create })(request, context());
  const { signal, ...created } = browser.created[0];
  assert.deepEqual([browser.asked, created], [[create], create]);
});

test("leaves the schema out of the prompt only if it is told to, and only where there is one", async () => {
  const browser = fakeLanguageModel();
  const model = languageModel(browser, { omitResponseConstraintInput: true });
  await model({ ...request, schema }, context());
  await model(request, context());
  assert.equal(browser.prompts[0].options.omitResponseConstraintInput, true);
  assert.deepEqual(Object.keys(browser.prompts[1].options), ["signal"]);
});

test("sets temperature and topK together, and only where they can be set", async () => {
  const inPage = fakeLanguageModel();
  await languageModel(inPage, { topK: 3 })(request, context());
  const inExtension = Object.assign(fakeLanguageModel(), { params: async () => ({ maxTopK: 128 }) });
  await languageModel(inExtension, { topK: 3 })(request, context());
  await languageModel(inExtension)(request, context());
  assert.deepEqual(
    [inPage.created[0], ...inExtension.created].map(({ temperature, topK }) => [temperature, topK]),
    [
      [undefined, undefined],
      [0.7, 3],
      [undefined, undefined],
    ],
  );
});

test("takes the browser's own class when it is given none, and says so when there is none", async () => {
  assert.throws(() => languageModel(), /there is no LanguageModel here: it takes a page/);
  const scope = /** @type {any} */ (globalThis);
  scope.LanguageModel = fakeLanguageModel({ answer: () => "hi" });
  try {
    assert.equal((await languageModel()(request, context())).text, "hi");
  } finally {
    delete scope.LanguageModel;
  }
});

test("says at once that there is no model, and makes no session", async () => {
  const browser = fakeLanguageModel({ availability: "unavailable" });
  const model = languageModel(browser);
  const error = await model(request, context()).catch((reason) => reason);
  assert.match(error.message, /the browser's model failed: it is not available on this device/);
  assert.ok(!error.retryable);
  assert.equal(browser.created.length, 0);
});

for (const availability of ["downloadable", "downloading"]) {
  test(`tells how far the download of a ${availability} model is, once`, async () => {
    const browser = fakeLanguageModel({ availability });
    /** @type {number[]} */
    const progress = [];
    const model = languageModel(browser, { onDownload: (part) => void progress.push(part) });
    await model(request, context());
    await model(request, context());
    assert.deepEqual(progress, [0, 0.5, 1]);
    assert.equal(browser.asked.length, 1);
  });
}

test("hears of no download where none is needed", async () => {
  /** @type {number[]} */
  const progress = [];
  const options = { onDownload: (/** @type {number} */ part) => void progress.push(part) };
  await languageModel(fakeLanguageModel(), options)(request, context());
  assert.deepEqual(progress, []);
});

test("asks again whether there is a model after it could not be had", async () => {
  let broken = true;
  const browser = fakeLanguageModel({
    availability: "downloadable",
    onCreate() {
      if (broken) throw exception("NetworkError");
    },
  });
  const model = languageModel(browser);
  const error = await model(request, context()).catch((reason) => reason);
  assert.match(error.message, /download broke off/);
  assert.equal(error.retryable, true);
  broken = false;
  await model(request, context());
  assert.equal(browser.asked.length, 2);
});

/** @type {[string, { onCreate?: unknown, onPrompt?: unknown }, RegExp, boolean][]} */
const FAILURES = [
  ["a download without a click", { onCreate: exception("NotAllowedError") }, /right after a click/, false],
  ["options that are not supported", { onCreate: exception("NotSupportedError") }, /option of the session/, false],
  ["a schema that is not supported", { onPrompt: exception("NotSupportedError") }, /this schema/, false],
  ["a reply that does not keep to the schema", { onPrompt: exception("SyntaxError") }, /it went wrong/, true],
  ["a model that could not begin", { onCreate: exception("OperationError") }, /it went wrong/, true],
  ["a failure without a reason", { onPrompt: exception("UnknownError") }, /it went wrong/, true],
  ["a page that is gone", { onPrompt: exception("InvalidStateError") }, /it went wrong/, false],
  [
    "prompts that do not fit",
    { onCreate: Object.assign(exception("QuotaExceededError"), { requested: 6031, quota: 4096 }) },
    /does not fit into its context \(6031 of 4096 tokens\); shorten/,
    false,
  ],
  [
    "prompts that do not fit, without numbers",
    { onPrompt: exception("QuotaExceededError", "too large") },
    /does not fit into its context \(too large\); shorten/,
    false,
  ],
  ["something that is no error", { onPrompt: "a text" }, /failed: a text/, false],
];
for (const [what, failure, says, retryable] of FAILURES) {
  test(`explains ${what}, and leaves no session behind`, async () => {
    const error = await failureOf(failure);
    assert.match(error.message, says);
    assert.equal(error.retryable ?? false, retryable);
  });
}

test("a reply that the browser withholds counts as filtered", async () => {
  const browser = fakeLanguageModel({
    answer() {
      throw exception("NotReadableError");
    },
  });
  assert.deepEqual(await languageModel(browser)(request, context()), { text: "", finishReason: "filtered" });
});

test("a reply that is no text is an error", async () => {
  const browser = fakeLanguageModel({ answer: () => /** @type {any} */ ([{ type: "tool-call" }]) });
  await assert.rejects(languageModel(browser)(request, context()), /something else than a text/);
});

test("an AbortError of the browser stays one", async () => {
  assert.equal((await failureOf({ onPrompt: exception("AbortError") })).name, "AbortError");
});

test("asks one question at a time, in the order they came, and as many as it is told to", async () => {
  for (const parallel of [1, 2]) {
    const browser = fakeLanguageModel({ answer: (input) => String(input).toUpperCase() });
    const model = languageModel(browser, parallel === 1 ? {} : { parallel });
    const replies = ["a", "b", "c", "d"].map((content) =>
      model({ messages: [{ role: "user", content }], purpose: "x" }, context()),
    );
    assert.deepEqual(
      (await Promise.all(replies)).map((reply) => reply.text),
      ["A", "B", "C", "D"],
    );
    assert.deepEqual(
      browser.prompts.map((prompt) => prompt.input),
      ["a", "b", "c", "d"],
    );
    assert.equal(browser.mostOpen, parallel);
  }
});

test("an abort ends the request and its session at once, and lets the next one through", async () => {
  const browser = fakeLanguageModel({ answer: (input) => (input === "hello" ? new Promise(() => {}) : "done") });
  const model = languageModel(browser);
  const stop = new AbortController();
  const first = model(request, { signal: stop.signal });
  const second = model({ messages: [{ role: "user", content: "next" }], purpose: "x" }, context());
  await settled();
  assert.equal(browser.open, 1);
  stop.abort();
  await assert.rejects(first, { name: "AbortError" });
  assert.equal((await second).text, "done");
  assert.equal(browser.open, 0);
});

test("an abort while the model is downloaded makes no prompt and leaves no session behind", async () => {
  /** @type {() => void} */
  let finish = () => {};
  const browser = fakeLanguageModel({
    // A browser that finishes the download whatever the signal says.
    onCreate: () => new Promise((resolve) => (finish = () => resolve(undefined))),
    ignoresSignal: true,
  });
  const stop = new AbortController();
  const reply = languageModel(browser)(request, { signal: stop.signal });
  await settled();
  stop.abort(new Error("enough"));
  await assert.rejects(reply, /^Error: enough$/);
  finish();
  await settled();
  assert.deepEqual([browser.open, browser.created.length, browser.prompts.length], [0, 1, 0]);
});

test("a fired signal asks nothing", async () => {
  const browser = fakeLanguageModel();
  await assert.rejects(languageModel(browser)(request, { signal: AbortSignal.abort() }), { name: "AbortError" });
  assert.equal(browser.asked.length, 0);
});

test("refuses options that it does not know or cannot use", () => {
  const browser = fakeLanguageModel();
  assert.throws(() => languageModel(browser, /** @type {any} */ ({ onProgress() {} })), /unknown option onProgress/);
  assert.throws(() => languageModel(browser, { parallel: 1.5 }), /whole number from 1/);
});
