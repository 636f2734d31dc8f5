// Samples of agents on the demo page: conversations in which tools were called.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { download, onPage, outcome, startDemo, writeConfig } from "./page-helpers.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @type {Awaited<ReturnType<typeof startDemo>>} */
let demo;
before(async () => {
  demo = await startDemo();
});
after(() => demo?.close());

/** @param {{ note?: string, mode?: string, description?: string }} [world] */
const agentConfig = ({ note = "Meet at seven.", mode = "single_turn", description = "Looks up the weather" } = {}) =>
  JSON.stringify({
    topics: { prompt: "Notes of a club", mode: "tree", depth: 1, degree: 2 },
    generation: {
      system_prompt: "You write requests.",
      conversation: { type: "cot", reasoning_style: "agent", agent_mode: mode },
      tools: {
        components: { builtin: ["read_file"] },
        // Nobody executes this one: the stand-in plays it.
        custom: [
          {
            name: "weather",
            description,
            parameters: { type: "object", properties: { town: { type: "string" } }, required: ["town"] },
          },
        ],
        scenario_seed: { files: { "notes.md": note } },
      },
    },
    output: { num_samples: 2, include_system_message: false },
  });

/** @param {Page} page */
async function openFirst(page) {
  await page.click("#generate");
  assert.match(await outcome(page), /Done: \d samples/);
  await page.locator(".sample-row").first().click();
  return page.locator("#reader");
}

test("the example of an agent shows each call with its arguments and its result, without a key", () =>
  onPage(demo, async (page) => {
    await page.selectOption("#example", "An agent with tools");
    await page.waitForFunction(() => document.getElementById("plan")?.textContent?.startsWith("6 samples"));
    const reader = await openFirst(page);
    const calls = reader.locator(".call");
    assert.equal(await calls.count(), 2);
    assert.match(await calls.nth(0).innerText(), /list_files\s+Result\s+\[\s+"members\.md",\s+"meetings\.md"\s+\]/);
    assert.match(
      await calls.nth(1).innerText(),
      /read_file\s+file_path\s+meetings\.md\s+Result\s+Next meeting: 12 May, 7 pm, at the library\./,
    );
    assert.ok(await reader.getByRole("heading", { name: "Tools at hand" }).isVisible());
    assert.equal(await reader.getByRole("heading", { name: "Tool result" }).count(), 0, "results stand by their calls");
    assert.match(await reader.locator(".block.assistant").last().innerText(), /^ASSISTANT\s+\[canned\]/);
    await page.keyboard.press("Escape");
    const { records } = await download(page);
    const roles = ["system", "user", "assistant", "tool", "assistant", "tool", "assistant"];
    for (const { messages } of records)
      assert.deepEqual(
        messages.map((/** @type {any} */ { role }) => role),
        roles,
      );
  }));

test("what tools say and what they are called is text, wherever it is shown", () => {
  const hostile = `<img src=x onerror="window.broken = true"><script>window.broken = true</script><a href="javascript:0">x</a>`;
  return onPage(demo, async (page) => {
    await writeConfig(page, agentConfig({ note: hostile, description: hostile }));
    const reader = await openFirst(page);
    assert.ok((await reader.locator(".call .result").first().innerText()).includes(hostile));
    assert.ok((await reader.locator("dd").allInnerTexts()).includes(hostile), "the description of a tool");
    await reader.locator(".raw summary").click();
    await page.keyboard.press("Escape");
    await page.click("#report summary");
    for (const place of ["#reader", "#samples", "#topics", "#report"]) {
      assert.equal(await page.locator(`${place} :is(img, script, a, iframe)`).count(), 0, place);
    }
    assert.equal(await page.evaluate(() => "broken" in window), false);
  });
});

test("a conversation of several turns reads in its order", () =>
  onPage(demo, async (page) => {
    await writeConfig(page, agentConfig({ mode: "multi_turn" }));
    const reader = await openFirst(page);
    const speakers = await reader.locator(".block:is(.user, .assistant) > h3").allInnerTexts();
    assert.ok(speakers.filter((speaker) => speaker === "USER").length > 1, speakers.join());
    assert.equal(speakers[0], "USER");
    assert.equal(speakers.at(-1), "ASSISTANT");
  }));
