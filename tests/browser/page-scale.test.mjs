// The demo page with very much to show. A scripted package takes the real one's place, because ten thousand samples are
// what is tested here, not how they are made.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { download, onPage, outcome, startDemo } from "./page-helpers.mjs";

const SAMPLES = 10_000;
const TOPICS = 2_500;

const SCRIPTED_PACKAGE = `
export const checkConfig = async () => [];
export const parseConfig = async () => ({ topics: { prompt: "all", llm: {} }, generation: { llm: {} }, output: { save_as: "big.jsonl" } });
export const planRun = async () => ({ topics: { requests: 51, max: ${TOPICS} }, samples: { count: ${SAMPLES}, requests: { min: ${SAMPLES}, max: ${SAMPLES} }, cycles: 4 }, tokens: { input: 1, output: 1 } });
export async function generateDataset(config, { onEvent }) {
  const branches = Array.from({ length: 50 }, (_, index) => "branch " + index);
  const total = 51 + ${SAMPLES} + 300;
  let done = 0;
  onEvent({ type: "topic_done", stage: "topics", done: ++done, total, path: ["all"], children: branches });
  const paths = [];
  for (const branch of branches) {
    const children = Array.from({ length: 49 }, (_, index) => branch + "." + index);
    paths.push(...children.map((child) => ["all", branch, child]));
    onEvent({ type: "topic_done", stage: "topics", done: ++done, total, path: ["all", branch], children });
  }
  const lines = [];
  for (let index = 0; index < ${SAMPLES}; index += 1) {
    const path = paths[index % paths.length];
    const sample = { messages: [{ role: "user", content: "question " + index }, { role: "assistant", content: "answer" }], metadata: { topic_id: "t", path, cycle: 0, model: "m" } };
    lines.push(JSON.stringify(sample) + "\\n");
    onEvent({ type: "sample_done", stage: "samples", done: ++done, total, topicId: "t", path, cycle: 0, sample });
    if (index % 500 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  const failures = Array.from({ length: 300 }, (_, index) => ({ topicId: "t", path: paths[index], cycle: 0, code: "truncated", message: "cut off", attempts: 1 }));
  for (const failure of failures) onEvent({ type: "sample_failed", stage: "samples", done: ++done, total, ...failure });
  return { jsonl: new Blob(lines), samples: ${SAMPLES}, topics: { mode: "tree", topics: paths.map((path, index) => ({ id: String(index), path })) }, failures, usage: { requests: 1, inputTokens: 1, outputTokens: 1 } };
}
`;

/** @type {Awaited<ReturnType<typeof startDemo>>} */
let demo;
before(async () => {
  demo = await startDemo();
});
after(() => demo?.close());

test("ten thousand samples keep the page small and every one within reach", () =>
  onPage(
    demo,
    async (page) => {
      await page.click("#generate");
      assert.match(await outcome(page), /Done: 10,000 samples, 300 samples not delivered\./);
      assert.ok((await page.locator(".sample-row").count()) < 60, "only rows in sight exist");
      assert.ok((await page.locator("#topics li").count()) < 200, "closed branches hold no rows");
      assert.equal(await page.locator("#failures li").count(), 100);
      assert.equal(await page.locator("#failures-more").innerText(), "and 200 more");

      await page.focus("#samples");
      await page.keyboard.press("End");
      await page.getByRole("option", { name: "question 9999" }).waitFor();
      assert.equal(
        await page.locator("#samples").getByRole("option", { selected: true }).getAttribute("aria-posinset"),
        "10000",
      );
      await page.keyboard.press("Enter");
      assert.equal(await page.locator("#reader-title").innerText(), "Sample 10,000 of 10,000");
      await page.keyboard.press("Escape");

      await page.getByText("branch 49", { exact: true }).click();
      // A branch fills its rows when the browser tells of its opening, which is some time after the click.
      await page.getByText("branch 49.48", { exact: true }).waitFor();
      assert.equal((await download(page)).records.length, SAMPLES);
    },
    {
      prepare: (page) =>
        page.route("**/dataweft/entry-web.js", (route) =>
          route.fulfill({ contentType: "text/javascript", body: SCRIPTED_PACKAGE }),
        ),
    },
  ));

test("a page without its package says so", async () => {
  const context = await demo.browser.newContext();
  const page = await context.newPage();
  await page.route("**/dataweft/entry-web.js", (route) => route.fulfill({ status: 404, body: "" }));
  await page.goto(demo.url);
  await page.waitForSelector("#fatal:not([hidden])");
  assert.match(await page.locator("#fatal").innerText(), /The page could not start: .*entry-web\.js/);
  await context.close();
});
