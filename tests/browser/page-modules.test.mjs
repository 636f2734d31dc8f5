// The demo page's parts that need no page.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { findPlace } from "../../www/config-place.js";
import { bytes, dollars, duration, soon } from "../../www/format.js";
import { addressOnHub } from "../../www/hub/result-address.js";
import { withModel } from "../../www/model/apply.js";
import { readModelAddress } from "../../www/model/page-model.js";
import { PROVIDERS } from "../../www/model/providers.js";
import { checkServer, readAddress } from "../../www/model/server.js";
import { createStandIn } from "../../www/model/stand-in.js";
import { RunState } from "../../www/run-state.js";

/**
 * The line of a text to which a path leads.
 *
 * @param {string} text
 * @param {string} path
 */
function lineAt(text, path) {
  const place = findPlace(text, path);
  return place && text.slice(place.start, place.end);
}

const YAML = `# topics: not here
topics:
  prompt: "depth: none"
  depth: 2
  llm:
    model: small
generation:
  llm:
    model: large
tools:
  custom:
    - name: first
      parameters:
        - name: city
    - name: second
      description: x
output: {num_samples: 3}
`;

for (const [path, line] of [
  ["topics.depth", "depth: 2"],
  ["generation.llm.model", "model: large"],
  ["tools.custom[1].name", "- name: second"],
  ["tools.custom[1].description", "description: x"],
  ["tools.custom[0].parameters[0].name", "- name: city"],
  ["output.num_samples", "output: {num_samples: 3}"],
  ["generation.conversation.type", "generation:"],
]) {
  test(`${path} leads to its line, or to the nearest there is`, () => assert.equal(lineAt(YAML, path), line));
}

test("places are found in JSON too, and not where there are none", () => {
  const json = JSON.stringify({ topics: { depth: 2, llm: { model: "x" } }, output: { save_as: "y" } }, null, 2);
  assert.equal(lineAt(json, "topics.llm.model"), `"model": "x"`);
  assert.equal(lineAt(json, "output.save_as"), `"save_as": "y"`);
  assert.equal(lineAt(YAML, ""), undefined);
  assert.equal(lineAt(YAML, "nothing.here"), undefined);
});

for (const [text, expected] of /** @type {[string, object][]} */ ([
  ["owner/repo", { kind: "repository", repo: "owner/repo", name: "owner/repo" }],
  ["owner/repo:Q4_K_M", { kind: "repository", repo: "owner/repo", quant: "Q4_K_M", name: "owner/repo" }],
  [
    " owner/repo/sub/Model-1.5b.Q4.gguf ",
    {
      kind: "url",
      url: "https://huggingface.co/owner/repo/resolve/main/sub/Model-1.5b.Q4.gguf",
      name: "Model-1.5b.Q4",
    },
  ],
  [
    "https://huggingface.co/owner/repo/blob/v2/m.gguf?download=true",
    { kind: "url", url: "https://huggingface.co/owner/repo/resolve/v2/m.gguf", name: "m" },
  ],
  ["https://huggingface.co/owner/repo", { kind: "repository", repo: "owner/repo", name: "owner/repo" }],
  ["https://models.example/a/m.gguf", { kind: "url", url: "https://models.example/a/m.gguf", name: "m" }],
])) {
  test(`a model can be named as ${text.trim()}`, () => assert.deepEqual(readModelAddress(text), expected));
}

for (const text of [
  "",
  "model",
  "http://models.example/m.gguf",
  "https://models.example/m.bin",
  "../../m.gguf",
  "a b/c",
]) {
  test(`"${text}" names no model, and the error says what would`, () => {
    assert.throws(() => readModelAddress(text), /owner\/repository|https:\/\/|\.gguf/);
  });
}

test("addresses are taken as people paste them, and refused where a key would be in danger", () => {
  assert.equal(readAddress(" https://api.example.com/v1/ "), "https://api.example.com/v1");
  assert.equal(readAddress("http://localhost:11434/v1"), "http://localhost:11434/v1");
  for (const bad of [
    "",
    "api.example.com",
    "http://api.example.com/v1",
    "https://user:pw@example.com",
    "https://x.com/?k=1",
    "javascript:alert(1)",
  ]) {
    assert.throws(() => readAddress(bad), Error, bad);
  }
});

test("Ollama is asked for its models in its own way, and behind /v1 in that of others", async () => {
  const server = createServer((request, response) => {
    /** @type {Record<string, object>} */
    const answers = {
      "/api/tags": { models: [{ name: "llama3.2:latest" }] },
      "/v1/models": { data: [{ id: "llama3.2" }] },
    };
    response.end(JSON.stringify(answers[request.url ?? ""] ?? {}));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const { signal } = new AbortController();
  const models = async (/** @type {string} */ path) =>
    checkServer(`http://127.0.0.1:${port}${path}`, { provider: "ollama", signal });
  assert.deepEqual(await models(""), { kind: "models", models: ["llama3.2:latest"] });
  assert.deepEqual(await models("/v1"), { kind: "models", models: ["llama3.2"] });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const context = () => ({ signal: new AbortController().signal });

/** @param {Record<string, unknown>} schema */
async function standInValue(schema) {
  const answer = createStandIn({ pauseMs: 0 });
  return JSON.parse((await answer({ messages: [], schema, purpose: "x" }, context())).text);
}

test("the stand-in keeps to what a schema demands", async () => {
  const value = await standInValue({
    type: "object",
    required: ["list", "kind", "count", "note", "same", "messages"],
    properties: {
      list: { type: "array", minItems: 4, maxItems: 4, items: { type: "string", maxLength: 9 } },
      kind: { enum: ["b", "a"] },
      count: { type: "integer", minimum: 3, maximum: 5 },
      note: { anyOf: [{ type: "null" }, { type: "string", minLength: 200 }] },
      same: { $ref: "#/$defs/part" },
      messages: {
        type: "array",
        minItems: 2,
        items: { properties: { role: { enum: ["assistant", "user"] }, content: { type: "string" } } },
      },
    },
    $defs: { part: { const: 7 } },
  });
  assert.equal(value.list.length, 4);
  assert.ok(value.list.every((/** @type {string} */ text) => text.length <= 9));
  assert.equal(value.kind, "b");
  assert.ok(value.count >= 3 && value.count <= 5);
  assert.ok(value.note.length >= 200);
  assert.equal(value.same, 7);
  assert.deepEqual(
    value.messages.map((/** @type {any} */ message) => message.role),
    ["user", "assistant"],
  );
});

test("the stand-in finds an end in a schema that contains itself", async () => {
  const value = await standInValue({
    properties: { child: { anyOf: [{ $ref: "#" }, { type: "null" }] } },
    required: ["child"],
    type: "object",
  });
  assert.ok(JSON.stringify(value).endsWith("null" + "}".repeat(JSON.stringify(value).split("child").length - 1)));
});

test("the stand-in says the same thing only once, and the same things in every run", async () => {
  const schema = {
    type: "object",
    properties: { subtopics: { type: "array", minItems: 50, maxItems: 50, items: { type: "string" } } },
  };
  const first = (await standInValue(schema)).subtopics;
  assert.equal(new Set(first).size, 50);
  assert.deepEqual((await standInValue(schema)).subtopics, first);
});

test("the stand-in stops at once", async () => {
  const stop = new AbortController();
  const reply = createStandIn({ pauseMs: 1e6 })({ messages: [], purpose: "x" }, { signal: stop.signal });
  stop.abort();
  await assert.rejects(reply, { name: "AbortError" });
});

test("a chosen server replaces the configured model and leaves the rest alone", () => {
  const config = {
    topics: { prompt: "x", llm: { provider: "gemini", model: "g", temperature: 0.2 }, max_concurrent: 4 },
    generation: { llm: { provider: "ollama", model: "o", temperature: 0.9, base_url: "http://localhost:1/v1" } },
    output: { batch_size: 3 },
  };
  const before = structuredClone(config);
  const applied = withModel(config, { kind: "server", baseUrl: "https://x.example/v1", model: "m", apiKey: "k" });
  assert.deepEqual(applied, {
    topics: {
      ...config.topics,
      llm: { provider: "openai", base_url: "https://x.example/v1", model: "m", temperature: 0.2 },
    },
    generation: { llm: { provider: "openai", base_url: "https://x.example/v1", model: "m", temperature: 0.9 } },
    output: { batch_size: 3 },
  });
  assert.deepEqual(config, before, "the configuration itself is not touched");
  assert.ok(!JSON.stringify(applied).includes('"k"'), "the key does not enter the configuration");
});

test("a provider with a form of its own is asked in it, at its own address unless another is named", () => {
  const llm = { provider: "ollama", model: "o", temperature: 0.9, base_url: "http://localhost:1/v1" };
  const config = { topics: { llm }, generation: { llm }, output: {} };
  const own = withModel(config, {
    kind: "server",
    provider: "anthropic",
    baseUrl: "https://api.anthropic.com",
    isOwnAddress: true,
    model: "m",
    apiKey: "k",
  });
  const elsewhere = withModel(config, {
    kind: "server",
    provider: "gemini",
    baseUrl: "https://x.example",
    model: "m",
    apiKey: "k",
  });
  const asked = { provider: "anthropic", model: "m", temperature: 0.9 };
  assert.deepEqual(own, { topics: { llm: asked }, generation: { llm: asked }, output: {} });
  assert.deepEqual(elsewhere.generation, {
    llm: { ...asked, provider: "gemini", base_url: "https://x.example" },
  });
});

test("every provider's address is one that the page may ask", () => {
  for (const { name, address } of PROVIDERS) {
    if (address !== "") assert.equal(readAddress(address), address, name);
    assert.match(address, /^(https:.*)?$/, name);
  }
});

test("a model in the page gives its name to the records and is asked one thing at a time", () => {
  const config = {
    topics: { llm: { provider: "gemini", model: "g" }, max_concurrent: 4 },
    generation: { llm: { provider: "gemini", model: "g" } },
    output: { batch_size: 3 },
  };
  const answer = async () => ({ text: "" });
  const applied = withModel(config, { kind: "callback", model: "tiny", answer, oneAtATime: true });
  assert.deepEqual(applied, {
    topics: { llm: { provider: "gemini", model: "tiny" }, max_concurrent: 1 },
    generation: { llm: { provider: "gemini", model: "tiny" } },
    output: { batch_size: 1 },
  });
});

test("events that lack what they promise do no harm", () => {
  const state = new RunState("root", undefined);
  for (const type of [
    "topic_started",
    "topic_done",
    "topic_failed",
    "sample_started",
    "sample_done",
    "sample_failed",
    "retry",
    "rate_limited",
    "usage",
    "run_done",
    "news",
  ]) {
    state.apply({ type, done: 0, total: 0 });
  }
  assert.equal(state.topics, 0);
  assert.equal(state.delivered, 1);
  assert.equal(state.failures.length, 1);
});

test("progress never goes back", () => {
  const state = new RunState("root", undefined);
  state.apply({ type: "sample_done", done: 5, total: 9 });
  state.apply({ type: "usage", done: 3, total: 9 });
  assert.deepEqual([state.done, state.total], [5, 9]);
});

test("sizes and times read as people write them", () => {
  assert.deepEqual([1, 999, 1000, 4100, 12_345, 386_000_000, 1_120_000_000].map(bytes), [
    "1 byte",
    "999 bytes",
    "1.0 kB",
    "4.1 kB",
    "12 kB",
    "386 MB",
    "1.1 GB",
  ]);
  assert.deepEqual([0, 7_900, 754_000, 3_723_000].map(duration), ["0:00", "0:07", "12:34", "1:02:03"]);
});

test("a forecast of time claims no more than it knows", () => {
  assert.deepEqual([0, 7_000, 12_000, 52_000, 57_000, 725_000, 3_600_000, 12_000_000].map(soon), [
    "a few seconds",
    "a few seconds",
    "about 10 s",
    "about 50 s",
    "about 1 min",
    "about 12 min",
    "about 1 h",
    "about 3 h 20 min",
  ]);
});

test("the page links to the Hub that was uploaded to, and to nowhere else", () => {
  const hub = "https://huggingface.co";
  assert.equal(addressOnHub(`${hub}/datasets/me/tea`, hub), `${hub}/datasets/me/tea`);
  for (const address of [
    "javascript:alert(1)",
    "data:text/html,hello",
    "http://huggingface.co/datasets/me/tea",
    "https://huggingface.co.example.org/datasets/me/tea",
    "https://huggingface.co@example.org/",
    "https://me:secret@huggingface.co/",
    "//example.org/",
    "/datasets/me/tea",
    "",
  ]) {
    assert.equal(addressOnHub(address, hub), undefined, address);
  }
});

test("money reads as people write it, however little it is", () => {
  assert.deepEqual([0, 0.00000012, 0.00123, 0.0456, 0.5, 12.3456, 1234].map(dollars), [
    "$0.00",
    "under $0.0001",
    "$0.0012",
    "$0.046",
    "$0.50",
    "$12.35",
    "$1,234.00",
  ]);
});
