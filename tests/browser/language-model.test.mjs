/** Whole runs in Chromium through `dataweft/language-model`: with a double of the browser's model, and with its own. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startPackagePage } from "./package-page.mjs";

/** @type {Awaited<ReturnType<typeof startPackagePage>>} */
let server;
before(async () => {
  server = await startPackagePage();
});
after(() => server?.close());

/**
 * A run inside a page, whose model is the double unless it is to be the browser's own.
 *
 * @param {{ model: "double" | "own" | "withholding", stopAfter?: number }} setting
 */
async function run(setting) {
  const page = await server.open();
  const result = await page.evaluate(async ({ model, stopAfter }) => {
    const [{ generateDataset }, { languageModel }, { fakeLanguageModel }, { obligingReply }] = await Promise.all(
      ["/pkg/entry-web.js", "/pkg/adapters/language-model.js", "/tests/support/language-model.mjs"]
        .concat("/tests/support/obliging-model.mjs")
        .map((file) => import(file)),
    );
    let samples = 0;
    const double = fakeLanguageModel({
      availability: "downloadable",
      answer(/** @type {string} */ content, /** @type {any} */ { responseConstraint: schema }) {
        const purpose = schema.properties.subtopics ? "topics" : "sample";
        if (purpose === "sample" && model === "withholding" && (samples += 1) === 2) {
          throw new DOMException("The output was filtered", "NotReadableError");
        }
        return obligingReply({ messages: [{ role: "user", content }], schema, purpose });
      },
    });
    if (model !== "own") Object.defineProperty(globalThis, "LanguageModel", { value: double, configurable: true });

    const stopping = new AbortController();
    /** @type {number[]} */
    const progress = [];
    let delivered = 0;
    /** @param {any} dataset */
    const told = async (dataset) => ({
      records: (await dataset.jsonl.text())
        .split("\n")
        .slice(0, -1)
        .map((/** @type {string} */ line) => JSON.parse(line)),
      failures: dataset.failures.map((/** @type {any} */ { code }) => code),
    });
    const seen = () => ({
      progress,
      asked: double.prompts.length,
      mostOpen: double.mostOpen,
      open: double.open,
      roles: double.created.at(-1)?.initialPrompts.map((/** @type {any} */ { role }) => role),
    });
    try {
      const dataset = await generateDataset(
        {
          topics: { prompt: "Rivers", mode: "tree", depth: 2, degree: 3 },
          generation: { system_prompt: "Write about rivers.", conversation: { type: "basic" } },
          output: { num_samples: "auto", batch_size: 4 },
        },
        {
          model: languageModel(undefined, { onDownload: (/** @type {number} */ part) => progress.push(part) }),
          signal: stopping.signal,
          onEvent(/** @type {any} */ { type }) {
            if (type === "sample_done" && ++delivered === stopAfter) stopping.abort();
          },
        },
      );
      return { ...(await told(dataset)), ...seen() };
    } catch (thrown) {
      const { name, code, message, partial } = /** @type {any} */ (thrown);
      return { name, code, message, ...(partial && (await told(partial))), ...seen() };
    }
  }, setting);
  await page.close();
  return /** @type {any} */ (result);
}

test("writes a whole dataset, one request at a time, and leaves no session behind", async () => {
  const { records, failures, ...seen } = await run({ model: "double" });
  assert.equal(new Set(records.map((/** @type {any} */ record) => record.metadata.topic_id)).size, 9);
  assert.deepEqual(failures, []);
  assert.deepEqual(seen, { progress: [0, 0.5, 1], asked: 13, mostOpen: 1, open: 0, roles: ["system"] });
});

test("a reply that the browser withholds is no record, and another sample takes its place", async () => {
  const { records, failures } = await run({ model: "withholding" });
  assert.deepEqual([records.length, failures], [9, []]);
});

test("an abort ends the run, keeps what was written and leaves no session behind", async () => {
  const { name, records, open } = await run({ model: "double", stopAfter: 2 });
  assert.deepEqual([name, open], ["AbortError", 0]);
  assert.ok(records.length >= 2 && records.length < 9, `${records.length} records`);
});

test("the browser's own class says clearly that there is no model", async (context) => {
  const page = await server.open();
  const availability = await page.evaluate(() => /** @type {any} */ (globalThis).LanguageModel?.availability());
  await page.close();
  if (availability !== "unavailable") return context.skip("this browser has no such class, or a model for it");
  const { name, message } = await run({ model: "own" });
  assert.equal(name, "DataweftError");
  assert.match(message, /the browser's model failed: it is not available on this device/);
});
