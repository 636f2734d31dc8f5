// What the demo page tells of a run besides its samples: a forecast while it goes on, a report when it has ended.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
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

/** The figures of the report, by name. @param {Page} page */
async function figures(page) {
  await page.click("#report summary");
  const names = await page.locator("#report dt").allInnerTexts();
  const values = await page.locator("#report dd").allInnerTexts();
  return Object.fromEntries(names.map((name, index) => [name, values[index]]));
}

test("while a run goes on, the page tells how long it will take and what it will cost in all", async () => {
  // Topics and four of the samples are answered; further ones never.
  const provider = await startProvider((request) => (request.number <= 5 ? sensibleReply(request) : "silence"));
  try {
    await onPage(demo, async (page) => {
      await writeConfig(page, `${smallConfig({ samples: 8 })}llm:\n  price: {input: 10, output: 20}\n`);
      await chooseServer(page, { where: "local", address: provider.address });
      await page.click("#generate");
      await page.waitForFunction(() => document.getElementById("samples-count")?.textContent === "4");
      await page.locator("#progress-time", { hasText: "a few seconds left" }).waitFor();
      const usage = await page.locator("#progress-usage").innerText();
      // Nine requests of 20 tokens at 10 dollars a million and 10 at 20 cost $0.0036. The last reply may be counted before
      // its sample is.
      const [, used, inAll] = /\$([\d.]+) · about \$([\d.]+) in all$/.exec(usage)?.map(Number) ?? [];
      assert.equal(used, 0.002);
      assert.ok(inAll >= 0.0036 && inAll < 0.005, usage);
      await page.click("#stop");
      await outcome(page);
      assert.match(await page.locator("#progress-time").innerText(), /^0:\d\d$/);
      assert.ok(
        !(await page.locator("#progress-usage").innerText()).includes("in all"),
        "what was used is no forecast",
      );
    });
  } finally {
    await provider.close();
  }
});

test("the report says what was delivered, what was not accepted and why, and how each branch was served", async () => {
  // Each third reply is an empty answer.
  const provider = await startProvider((request) =>
    request.schema?.properties?.subtopics || request.number % 3 > 0
      ? sensibleReply(request)
      : { content: { question: `Why is tea number ${request.number} green?`, answer: "" } },
  );
  try {
    await onPage(demo, async (page) => {
      await writeConfig(page, smallConfig({ samples: 4 }));
      await chooseServer(page, { where: "local", address: provider.address });
      await page.click("#generate");
      assert.match(await outcome(page), /Done: 4 samples/);
      const told = await figures(page);
      assert.equal(told.Samples, "4 of 4");
      assert.match(told["Replies accepted"], /^\d\d(\.\d)?%$/);
      assert.match(told["Not accepted"], /^(empty|not in the form asked for|too short) \d$/);
      assert.match(told.Questions, /^\d words$/);
      assert.match(told["Each sample took"], /^\d\.\d requests · \d+ tokens in, \d+ out$/);
      assert.deepEqual(await page.locator(".branches li").allInnerTexts(), ["Green tea\n2 of 2", "Black tea\n2 of 2"]);
      await page.click("#report summary");
      assert.ok(!(await page.locator("#report dl").isVisible()), "it is out of the way when it is not wanted");
    });
  } finally {
    await provider.close();
  }
});

test("a run that was stopped has a report too, and the next run does not show it any more", async () => {
  const provider = await startProvider((request) => (request.number <= 3 ? sensibleReply(request) : "silence"));
  try {
    await onPage(demo, async (page) => {
      await writeConfig(page, smallConfig({ samples: 6 }));
      await chooseServer(page, { where: "local", address: provider.address });
      await page.click("#generate");
      await page.waitForFunction(() => document.getElementById("samples-count")?.textContent === "2");
      await page.click("#stop");
      await outcome(page);
      assert.equal((await figures(page)).Samples, "2 of 6");
      await page.click("#generate");
      await page.waitForSelector("#report", { state: "hidden" });
      await page.click("#stop");
      await outcome(page);
    });
  } finally {
    await provider.close();
  }
});

for (const width of [390, 1280]) {
  test(`nothing sticks out at the side of a page ${width} pixels wide, also with everything open`, () =>
    onPage(demo, async (page) => {
      await page.setViewportSize({ width, height: 844 });
      await page.click("#generate");
      await outcome(page);
      await page.click("#report summary");
      await page.click("#hub > summary");
      const across = () => page.evaluate(() => document.documentElement.scrollWidth);
      assert.equal(await across(), width);
      await page.locator(".sample-row").first().click();
      assert.equal(await page.locator(".reader-body").evaluate((body) => body.scrollWidth - body.clientWidth), 0);
      assert.equal(await across(), width);
    }));
}
