// The ways to keep a dataset without a network: gzip and a folder, and that nothing secret is kept with it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import {
  chooseServer,
  onPage,
  outcome,
  sensibleReply,
  smallConfig,
  startDemo,
  startProvider,
  writeConfig,
} from "./page-helpers.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @type {Awaited<ReturnType<typeof startDemo>>} */
let demo;
before(async () => {
  demo = await startDemo();
});
after(() => demo?.close());

/**
 * The bytes of what arrives when something is clicked.
 *
 * @param {Page} page
 * @param {string} selector
 */
async function downloaded(page, selector) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.click(selector)]);
  const chunks = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk);
  return { name: file.suggestedFilename(), bytes: Buffer.concat(chunks) };
}

/** Has the browser's private file system stand in for the folder that a person would choose. @param {Page} page */
const withFolder = (page) =>
  page.addInitScript(() => {
    Object.assign(window, { showDirectoryPicker: () => navigator.storage.getDirectory() });
  });

/** Every file in the folder, by its path. @param {Page} page */
const filesIn = (page) =>
  page.evaluate(async () => {
    /** @type {Record<string, string>} */
    const files = {};
    const walk = async (/** @type {any} */ folder, /** @type {string} */ path) => {
      for await (const [name, handle] of folder.entries()) {
        if (handle.kind === "directory") await walk(handle, `${path}${name}/`);
        else files[`${path}${name}`] = await (await handle.getFile()).text();
      }
    };
    await walk(await navigator.storage.getDirectory(), "");
    return files;
  });

test("the gzip file holds the bytes of the JSONL file", () =>
  onPage(demo, async (page) => {
    await page.click("#generate");
    await outcome(page);
    const plain = await downloaded(page, "#download");
    const packed = await downloaded(page, "#pack");
    assert.equal(packed.name, "bread.jsonl.gz");
    assert.deepEqual(gunzipSync(packed.bytes), plain.bytes);
    assert.ok(packed.bytes.length < plain.bytes.length);
    assert.match(await page.locator("#keep-status").innerText(), /Packed: .* instead of /);
  }));

test("a folder gets the records, the topics, the configuration and the report, and nothing in it is overwritten", () =>
  onPage(
    demo,
    async (page) => {
      await page.click("#generate");
      await outcome(page);
      const plain = await downloaded(page, "#download");
      await page.click("#folder");
      await page.waitForSelector("#keep-status.good");
      assert.equal(
        await page.locator("#keep-status").innerText(),
        "Saved in bread: bread.jsonl, topics.jsonl, config.json, report.json.",
      );
      await page.focus("#folder");
      await page.keyboard.press("Enter");
      await page.locator("#keep-status", { hasText: "Saved in bread-2:" }).waitFor();
      const files = await filesIn(page);
      assert.deepEqual(Object.keys(files).sort(), [
        "bread-2/bread.jsonl",
        "bread-2/config.json",
        "bread-2/report.json",
        "bread-2/topics.jsonl",
        "bread/bread.jsonl",
        "bread/config.json",
        "bread/report.json",
        "bread/topics.jsonl",
      ]);
      assert.equal(files["bread/bread.jsonl"], plain.bytes.toString("utf8"));
      assert.equal(JSON.parse(files["bread/report.json"]).delivered, 9);
      const topics = files["bread/topics.jsonl"].trimEnd().split("\n");
      assert.equal(JSON.parse(topics[0]).path[0], "Baking bread at home");
      assert.equal(topics.length, 9);
    },
    { prepare: withFolder },
  ));

test("a configuration that was saved holds no key, and makes the same plan when it is opened again", async () => {
  const provider = await startProvider(sensibleReply);
  try {
    await onPage(
      demo,
      async (page) => {
        await writeConfig(page, smallConfig());
        const plan = await page.locator("#plan").innerText();
        await chooseServer(page, { where: "provider", address: provider.address, key: "secret-key" });
        await page.click("#generate");
        assert.match(await outcome(page), /2 samples/);
        await page.click("#folder");
        await page.waitForSelector("#keep-status.good");
        const files = await filesIn(page);
        assert.ok(!JSON.stringify(files).includes("secret-key"));
        const config = files["dataset/config.json"];
        assert.equal(JSON.parse(config).generation.llm.model, "tea-1");
        await page.fill("#config", "");
        await page.waitForSelector("#config-summary.bad");
        const file = { name: "config.json", mimeType: "application/json", buffer: Buffer.from(config) };
        await page.setInputFiles("#config-file", file);
        await page.waitForSelector("#config-summary.good");
        assert.equal(await page.locator("#plan").innerText(), plan);
      },
      { prepare: withFolder },
    );
  } finally {
    await provider.close();
  }
});

test("records that are called like the topics' file are not written over by it", () =>
  onPage(
    demo,
    async (page) => {
      await writeConfig(page, smallConfig().replace("output:", "output:\n  save_as: topics.jsonl"));
      await page.click("#generate");
      await outcome(page);
      await page.click("#folder");
      await page.waitForSelector("#keep-status.good");
      const files = await filesIn(page);
      assert.match(files["topics/topics.jsonl"], /"messages"/);
      assert.match(files["topics/dataset-topics.jsonl"], /"path"/);
    },
    { prepare: withFolder },
  ));

test("the topics of a graph are saved as one document", () =>
  onPage(
    demo,
    async (page) => {
      await writeConfig(page, smallConfig().replace("mode: tree", "mode: graph"));
      await page.click("#generate");
      await outcome(page);
      await page.click("#folder");
      await page.waitForSelector("#keep-status.good");
      assert.ok(JSON.parse((await filesIn(page))["dataset/topics.json"]));
    },
    { prepare: withFolder },
  ));

test("who chooses no folder hears nothing of it, and a folder that cannot be written is called that", () =>
  onPage(
    demo,
    async (page) => {
      await page.click("#generate");
      await outcome(page);
      await page.click("#folder");
      await page.waitForFunction(() => !(/** @type {any} */ (document.getElementById("folder")).disabled));
      assert.ok(!(await page.locator("#keep-status").isVisible()));
      await page.click("#folder");
      await page.waitForSelector("#keep-status.bad");
      assert.match(await page.locator("#keep-status").innerText(), /did not work: the disk is full/);
    },
    {
      prepare: (page) =>
        page.addInitScript(() => {
          const errors = [new DOMException("no", "AbortError"), new Error("the disk is full")];
          Object.assign(window, { showDirectoryPicker: () => Promise.reject(errors.shift()) });
        }),
    },
  ));

test("what the browser cannot do is not offered: folders, gzip", () =>
  onPage(
    demo,
    async (page) => {
      await page.click("#generate");
      await outcome(page);
      assert.ok(await page.locator("#hub").isVisible());
      assert.ok(!(await page.locator("#pack").isVisible()));
      assert.ok(!(await page.locator("#folder").isVisible()));
    },
    {
      prepare: (page) =>
        page.addInitScript(() => {
          Object.assign(window, { showDirectoryPicker: undefined, CompressionStream: undefined });
        }),
    },
  ));
