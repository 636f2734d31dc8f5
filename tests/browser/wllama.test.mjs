// Models that run in the page. The whole way needs a real one: DATAWEFT_GGUF names its file. What can go wrong before a
// model runs is tested without.

import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { download, onPage, outcome, smallConfig, startDemo, writeConfig } from "./page-helpers.mjs";

/** @typedef {import("playwright-core").Page} Page */

const GGUF = process.env.DATAWEFT_GGUF;

/** @type {Awaited<ReturnType<typeof startDemo>>} */
let demo;
before(async () => {
  demo = await startDemo();
});
after(() => demo?.close());

/** @param {Page} page @param {string} address */
async function chooseAddress(page, address) {
  await page.check("input[name=where][value=page]");
  await page.selectOption("#page-pick", "Another model …");
  await page.fill("#page-address", address);
}

/** @param {Page} page @param {Parameters<Page["setInputFiles"]>[1]} files */
async function chooseFile(page, files) {
  await page.check("input[name=where][value=page]");
  await page.check("input[name=page-source][value=file]");
  await page.setInputFiles("#page-file", files);
}

/** @param {Page} page @param {"good" | "bad"} tone */
async function status(page, tone) {
  await page.waitForSelector(`#page-status.${tone}`);
  return page.locator("#page-status").innerText();
}

/** @param {string} text */
const file = (text, name = "model.gguf") => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from(text) });

test("a file that is no model is called that", () =>
  onPage(demo, async (page) => {
    await chooseFile(page, file("a letter to a friend"));
    await page.click("#page-load");
    assert.match(await status(page, "bad"), /model is not a GGUF file/);
  }));

test("a damaged model is called that, and Generate does not begin a run with it", () =>
  onPage(demo, async (page) => {
    await chooseFile(page, file("GGUF and then nothing that makes sense"));
    await page.click("#page-load");
    assert.match(await status(page, "bad"), /cannot be read: the file is damaged/);
    await page.click("#generate");
    assert.match(await outcome(page), /cannot be read/);
    assert.equal(await page.evaluate(() => document.activeElement?.id), "page-file");
    assert.ok(!(await page.locator("#made").isVisible()));
  }));

test("Generate without a file asks for one", () =>
  onPage(demo, async (page) => {
    await chooseFile(page, []);
    await page.click("#generate");
    assert.match(await outcome(page), /choose a GGUF file first/);
  }));

for (const [what, address, respond, expected] of /** @type {[string, string, object, RegExp][]} */ ([
  ["a repository that is not there", "nobody/nothing", { status: 401, json: { error: "x" } }, /no public repository/],
  [
    "a repository without a model",
    "owner/text",
    { json: [{ type: "file", path: "a.txt", size: 1 }] },
    /no file in GGUF/,
  ],
  ["a file that is not there", "owner/repo/m.gguf", { status: 404, body: "" }, /no file at https:\/\/huggingface/],
  ["a file that needs a login", "owner/repo/m.gguf", { status: 403, body: "" }, /not public/],
])) {
  test(`${what} is called that`, () =>
    onPage(
      demo,
      async (page) => {
        await page.route("https://huggingface.co/**", (route) =>
          route.fulfill({ headers: { "access-control-allow-origin": "*" }, ...respond }),
        );
        await chooseAddress(page, address);
        await page.click("#page-load");
        assert.match(await status(page, "bad"), expected);
      },
      { expectErrors: /status of 40/ },
    ));
}

test("Hugging Face out of reach is called that", () =>
  onPage(
    demo,
    async (page) => {
      await page.route("https://huggingface.co/**", (route) => route.abort());
      await chooseAddress(page, "owner/repo/m.gguf");
      await page.click("#page-load");
      assert.match(await status(page, "bad"), /huggingface\.co could not be reached/);
    },
    { expectErrors: /ERR_FAILED/ },
  ));

test("Cancel ends a download at once", () =>
  onPage(demo, async (page) => {
    // Answered never: the page waits until it is told not to.
    await page.route("https://huggingface.co/**", () => {});
    await chooseAddress(page, "owner/repo/m.gguf");
    await page.click("#page-load");
    await page.waitForFunction(() => document.getElementById("page-status")?.textContent?.startsWith("Looking"));
    await page.click("#page-cancel");
    await page.waitForFunction(() => document.getElementById("page-status")?.textContent === "Loading was cancelled.");
    assert.ok(await page.locator("#page-load").isEnabled());
  }));

test("Stop ends a run that is still fetching its model", () =>
  onPage(demo, async (page) => {
    await page.route("https://huggingface.co/**", () => {});
    await chooseAddress(page, "owner/repo/m.gguf");
    await page.click("#generate");
    await page.waitForFunction(() => document.getElementById("page-status")?.textContent?.startsWith("Looking"));
    await page.click("#stop");
    assert.match(await outcome(page), /Stopped before the run began/);
  }));

test("a browser that cannot run a model is told what it lacks, and the other ways stay open", () =>
  onPage(
    demo,
    async (page) => {
      await page.check("input[name=where][value=page]");
      assert.match(await page.locator("#page-unsupported").innerText(), /lacks.*memory64/);
      assert.ok(!(await page.locator("#page-load").isVisible()));
      await page.click("#generate");
      assert.match(await outcome(page), /choose another place/);
      await page.check("input[name=where][value=stand-in]");
      await page.click("#generate");
      await page.waitForSelector("#download:not([hidden])");
    },
    {
      prepare: (page) =>
        page.addInitScript(() => {
          const Memory = WebAssembly.Memory;
          WebAssembly.Memory = /** @type {any} */ (
            class {
              /** @param {any} options */
              constructor(options) {
                if (options.address === "i64") throw new TypeError("no such memory");
                return new Memory(options);
              }
            }
          );
        }),
    },
  ));

const skip = GGUF ? false : "set DATAWEFT_GGUF to the path of a GGUF file to run a real model in the page";

describe("a real model", { skip }, () => {
  test("a real model in the page writes samples that fit, and names itself in the records", () =>
    onPage(demo, async (page) => {
      // A small model may lose itself in repetitions: short replies, so that it ends soon.
      await writeConfig(page, smallConfig({ samples: 2, maxTokens: 200 }));
      await chooseFile(page, String(GGUF));
      await page.click("#page-load");
      const name = path.basename(String(GGUF), ".gguf");
      await page.waitForSelector("#page-status.good", { timeout: 0 });
      assert.ok((await page.locator("#page-status").innerText()).startsWith(`${name} is ready`));
      await page.click("#generate");
      await page.waitForSelector("#outcome:not([hidden])", { timeout: 0 });
      assert.match(await outcome(page), /Done: [12] samples?/);
      for (const { messages, metadata } of (await download(page)).records) {
        assert.equal(metadata.model, name);
        assert.ok(messages.every((/** @type {any} */ message) => message.content.length > 0));
      }
      assert.match(await page.locator("#progress-usage").innerText(), /tokens out/);
    }));

  test("Stop interrupts a real model in the middle of a sentence", () =>
    onPage(demo, async (page) => {
      await writeConfig(page, smallConfig({ samples: 50 }));
      await chooseFile(page, String(GGUF));
      await page.click("#generate");
      await page.waitForSelector("#topics li", { timeout: 0 });
      await page.click("#stop");
      assert.match(await outcome(page), /Stopped/);
    }));

  test("a downloaded model is kept, used again without the network, and deleted on demand", async () => {
    const storage = await startStorage(String(GGUF));
    try {
      await onPage(
        demo,
        async (page) => {
          // As Hugging Face does it: the address of the file leads on to a storage host.
          await page.route("https://huggingface.co/**", (route) =>
            route.request().url().includes("/raw/")
              ? route.fulfill({ status: 404, headers: { "access-control-allow-origin": "*" } })
              : route.fulfill({
                  status: 302,
                  headers: { "access-control-allow-origin": "*", location: storage.address },
                }),
          );
          await chooseAddress(page, "owner/repo/kept.gguf");
          for (let round = 0; round < 2; round += 1) {
            await page.click("#page-load");
            await page.waitForSelector("#page-status.good", { timeout: 0 });
            assert.match(await page.locator("#page-status").innerText(), /kept is ready/);
            assert.equal(storage.downloads(), 1);
          }
          await page.waitForSelector("#page-forget:not([hidden])");
          assert.match(await page.locator("#page-forget").innerText(), /MB/);
          await page.click("#page-forget");
          await page.waitForSelector("#page-forget", { state: "hidden" });
        },
        { expectErrors: /404/ },
      );
    } finally {
      await storage.close();
    }
  });
});

/**
 * A host that hands out one file.
 *
 * @param {string} place
 */
async function startStorage(place) {
  let downloads = 0;
  const { size } = await stat(place);
  const server = createServer((request, response) => {
    response.writeHead(200, { "Access-Control-Allow-Origin": "*", "Content-Length": size });
    if (request.method === "HEAD") return response.end();
    downloads += 1;
    return createReadStream(place).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  assert.ok(address && typeof address === "object");
  return {
    address: `http://127.0.0.1:${address.port}/model.gguf`,
    downloads: () => downloads,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
