// Progress that survives the page: the browser's stores, and a tab that is closed in the middle of a run.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { EXPECTED, longConfig } from "../support/check-store.mjs";
import { startModelServer } from "../support/model-server.mjs";
import { startPackagePage } from "./package-page.mjs";

/** @type {Awaited<ReturnType<typeof startPackagePage>>} */
let site;
/** @type {Awaited<ReturnType<typeof startModelServer>>} */
let server;
before(async () => {
  site = await startPackagePage();
  server = await startModelServer({ latency: () => 20 });
});
after(async () => {
  await site?.close();
  await server?.close();
});

const STORES = { indexeddb: "indexedDbStore", opfs: "opfsStore" };

for (const [file, name] of Object.entries(STORES)) {
  test(`${file} keeps what is added to it, in order`, async () => {
    const page = await site.open();
    const result = await page.evaluate(
      async ([file, name]) => {
        const [stores, { useStore }] = await Promise.all([
          import(`/pkg/stores/${file}.js`),
          import(String("/tests/support/check-store.mjs")),
        ]);
        return useStore(() => stores[name]("contract"));
      },
      [file, name],
    );
    assert.deepEqual(result, EXPECTED);
    await page.close();
  });

  test(`a run in a tab that is closed goes on in another one, over ${file}`, async () => {
    const context = await site.newContext();
    const start = async () => {
      const page = await context.newPage();
      await page.goto(site.url);
      /** @type {(kept: number) => void} */
      let hear = () => {};
      await page.exposeFunction("kept", (/** @type {number} */ kept) => hear(kept));
      const config = longConfig(server.url, `tab-${file}`);
      const result = page.evaluate(
        async ([file, name, config]) => {
          const [dataweft, stores] = await Promise.all([
            import(String("/pkg/entry-web.js")),
            import(`/pkg/stores/${file}.js`),
          ]);
          let kept = 0;
          const dataset = await dataweft.generateDataset(JSON.parse(config), {
            apiKey: "sk-test-key",
            checkpoint: stores[name]("run"),
            onEvent: (/** @type {any} */ { type }) =>
              void (type === "checkpoint_saved" && /** @type {any} */ (globalThis).kept(++kept)),
          });
          return { samples: dataset.samples, jsonl: await dataset.jsonl.text(), kept };
        },
        /** @type {const} */ ([file, name, JSON.stringify(config)]),
      );
      return {
        page,
        result,
        until: (/** @type {number} */ most) =>
          new Promise((resolve) => (hear = (kept) => void (kept >= most && resolve(kept)))),
      };
    };
    for (let lives = 0; lives < 3; lives++) {
      const { page, result, until } = await start();
      result.catch(() => {});
      await until(9);
      await page.close();
    }
    const { result, page } = await start();
    const { samples, jsonl, kept } = await result;
    await page.close();
    await context.close();
    assert.equal(samples, 150);
    assert.ok(kept < 154 - 3 * 9 + 1, `${kept} additions in the last tab`);
    const lines = jsonl.trimEnd().split("\n");
    assert.deepEqual([lines.length, new Set(lines).size], [150, 150]);
    const asked = (await server.settled(`tab-${file}`)).length;
    assert.ok(asked <= 154 + 3 * 6, `${asked} requests: only what was under way is asked again`);
  });
}
