/** Whole runs in workerd through `dataweft/workers-ai` and a binding to Workers AI. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";
import { packageModules } from "./package-modules.mjs";

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const module = (/** @type {string} */ path) => ({
  type: "ESModule",
  path,
  contents: readFileSync(here(path), "utf8"),
});

/** @type {Miniflare} */
let miniflare;
before(() => {
  miniflare = new Miniflare({
    workers: /** @type {any} */ ([
      {
        name: "main",
        compatibilityDate: "2026-04-01",
        modules: [module("ai-worker.mjs"), ...packageModules(here("../../pkg"))],
        wrappedBindings: { AI: { scriptName: "ai-binding" } },
      },
      { name: "ai-binding", modules: [module("ai-binding.mjs")] },
    ]),
  });
});
after(() => miniflare?.dispose());

/** @param {{ model: string, options?: object, stop?: boolean }} asked @returns {Promise<any>} */
async function run(asked) {
  const response = await miniflare.dispatchFetch("http://worker/", { method: "POST", body: JSON.stringify(asked) });
  return response.json();
}

for (const model of ["obliging", "chat", "response", "no-json-mode"]) {
  test(`writes a whole dataset with a model that answers in the form "${model}"`, async () => {
    const { questions, failures, topics, usage } = await run({ model: `@cf/test/${model}` });
    assert.deepEqual([new Set(questions).size, failures, topics], [9, 0, 9]);
    const { requests, inputTokens, outputTokens, retries } = usage;
    assert.deepEqual(
      { requests, inputTokens, outputTokens, retries },
      { requests: 13, inputTokens: 1300, outputTokens: 260, retries: 0 },
    );
  });
}

test("waits out busy times and asks again where a schema was not met", async () => {
  const { questions, failures, usage } = await run({ model: "@cf/test/busy" });
  assert.deepEqual([questions.length, failures], [9, 0]);
  assert.ok(usage.retries > 0);
});

test("the cache of a gateway does not repeat itself into the dataset", async () => {
  const { questions, failures } = await run({ model: "@cf/test/obliging", options: { gateway: { id: "cached" } } });
  assert.deepEqual([new Set(questions).size, failures], [9, 0]);
});

test("a spent allowance ends the run and keeps what was written", async () => {
  const { partial, ...error } = await run({ model: "@cf/test/spent" });
  assert.match(error.message, /10,000 neurons/);
  assert.deepEqual(
    { name: error.name, code: error.code, status: error.status, retryable: error.retryable },
    { name: "DataweftError", code: "quota", status: 429, retryable: false },
  );
  assert.deepEqual([partial.questions.length, partial.topics], [4, 9]);
});

test("an unknown model ends the run at once", async () => {
  const { code, status, message, partial } = await run({ model: "@cf/test/unknown" });
  assert.deepEqual([code, status], ["provider", 404]);
  assert.match(message, /5007: No such model @cf\/test\/unknown/);
  assert.equal(partial.usage.requests, 1);
});

test("an abort ends the run although the model never answers", async () => {
  const { name, code } = await run({ model: "@cf/test/hanging", stop: true });
  assert.deepEqual([name, code], ["AbortError", "aborted"]);
});
