/** What an upload takes of the memory of a real browser: all of its processes together. The Hub runs in this one. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { startHub } from "../support/hub/server.mjs";
import { TOKENS } from "../support/hub/tokens.mjs";
import { memoryOfChildren, memoryUnknown } from "../support/process-memory.mjs";
import { startPackagePage } from "./package-page.mjs";

const MEGABYTE = 1e6;
const SIZE = 200 * MEGABYTE;
const MOST = 64 * MEGABYTE;

/** @type {Awaited<ReturnType<typeof startPackagePage>>} */
let browser;
/** @type {Awaited<ReturnType<typeof startHub>>} */
let hub;
before(async () => {
  browser = await startPackagePage();
  hub = await startHub();
});
after(async () => {
  await browser?.close();
  await hub?.close();
});

/** Leaves a dataset of so many bytes in the page, as a Blob of parts. @param {number} size */
async function makeDataset(size) {
  const { dataweft } = /** @type {any} */ (globalThis);
  /** @type {Blob[]} */
  const blobs = [];
  for (let bytes = 0, number = 0; bytes < size;) {
    let text = "";
    for (; text.length < 1e6; number++) {
      const content = "x".repeat(number % 1500);
      const row = { messages: [{ role: "user", content }], metadata: { topic_id: String(number) } };
      text += `${JSON.stringify(number % 3 ? row : { ...row, question: content.slice(9) })}\n`;
    }
    blobs.push(new Blob([text]));
    bytes += text.length;
  }
  // The wasm is loaded at the first call.
  await dataweft.checkConfig({});
  const dataset = new Blob(blobs);
  // What is read has arrived where the browser keeps it.
  await dataset.slice(-1).arrayBuffer();
  Object.assign(globalThis, { dataset });
}

test("an upload of 200 MB takes less than 64 MB of memory", { skip: memoryUnknown }, async (context) => {
  const page = await browser.open();
  await page.evaluate(async () => {
    Object.assign(globalThis, { dataweft: await import(String("/pkg/entry-web.js")) });
  });
  await page.evaluate(makeDataset, SIZE);
  const tools = await page.context().newCDPSession(page);
  await tools.send("HeapProfiler.collectGarbage");
  await tools.detach();

  const start = memoryOfChildren();
  let most = start;
  const upload = page.evaluate(async ([hubUrl, token]) => {
    const { dataweft, dataset } = /** @type {any} */ (globalThis);
    const { files } = await dataweft.uploadDataset(dataset, { repository: "me/large", token, hubUrl });
    return { files: files.length, size: dataset.size };
  }, /** @type {const} */ ([hub.url, TOKENS.write]));
  let isDone = false;
  const ended = upload.finally(() => (isDone = true));
  while (!isDone) {
    most = Math.max(most, memoryOfChildren());
    await Promise.race([pause(100), ended]);
  }
  const { files, size } = await ended;
  assert.ok(size >= SIZE && files > 9, `${size} bytes went into ${files} files`);
  const stored = hub.world("").storage.stored;
  assert.equal(new Set(stored).size, stored.length);
  const growth = `it grew by ${((most - start) / MEGABYTE).toFixed(1)} MB`;
  context.diagnostic(growth);
  assert.ok(most - start < MOST, growth);
});
