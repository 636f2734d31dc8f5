// What the tests of the demo page share: a browser, the served page, and a provider that says what a test wants.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { serve } from "../../www/serve.mjs";
import { launchBrowser } from "../support/browser.mjs";

/** @typedef {import("playwright-core").Page} Page */

export const DEMO = fileURLToPath(new URL("../../target/demo", import.meta.url));

/** A browser with a profile of its own, and the page on a port of its own. */
export async function startDemo() {
  if (!existsSync(`${DEMO}/dataweft`)) {
    throw new Error("target/demo is not there: run `cargo xtask demo --assemble-only` first");
  }
  const server = await serve({ root: DEMO });
  const browser = await launchBrowser();
  return {
    url: server.url,
    browser,
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/**
 * Opens the page in a fresh context, runs the steps, and makes sure that nothing went wrong unseen: no error in the
 * console, none thrown, no violation of the content security policy.
 *
 * @param {Awaited<ReturnType<typeof startDemo>>} demo
 * @param {(page: Page) => Promise<void>} steps
 * @param {{ expectErrors?: RegExp, prepare?: (page: Page) => Promise<unknown> }} [options]
 */
export async function onPage(demo, steps, { expectErrors, prepare } = {}) {
  const context = await demo.browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  /** @type {string[]} */
  const troubles = [];
  page.on("pageerror", (error) => troubles.push(`thrown: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !expectErrors?.test(message.text())) troubles.push(message.text());
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  try {
    await prepare?.(page);
    await page.goto(demo.url);
    await page.waitForSelector("#config-summary:not(:empty)");
    await steps(page);
    assert.deepEqual(troubles, []);
  } finally {
    await context.close();
  }
}

/** A configuration of two topics and so many samples. */
export function smallConfig({ samples = 2, atOnce = 1, maxTokens = 1000 } = {}) {
  return `topics:
  prompt: "Tea"
  mode: tree
  depth: 1
  degree: 2
  max_tokens: ${maxTokens}
generation:
  system_prompt: "You write about tea."
  max_tokens: ${maxTokens}
  conversation:
    type: basic
output:
  include_system_message: false
  num_samples: ${samples}
  batch_size: ${atOnce}
`;
}

/**
 * Writes a configuration into the editor and waits until it was checked.
 *
 * @param {Page} page
 * @param {string} text
 */
export async function writeConfig(page, text) {
  await page.fill("#config", "");
  await page.waitForSelector("#config-summary.bad");
  await page.fill("#config", text);
  await page.waitForSelector("#config-summary.good");
}

/**
 * The text of an element, once the run has come to an end.
 *
 * @param {Page} page
 */
export async function outcome(page) {
  await page.waitForSelector("#outcome:not([hidden])");
  return page.locator("#outcome").innerText();
}

/**
 * Clicks the download link and reads what arrives.
 *
 * @param {Page} page
 */
export async function download(page) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
  const chunks = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  assert.ok(text.endsWith("\n"), "every line is ended");
  return {
    name: file.suggestedFilename(),
    bytes: Buffer.byteLength(text),
    records: text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  };
}

/**
 * What a scripted provider does with a request: a reply's content, an HTTP error, or nothing, for ever.
 *
 * @typedef {{ content: unknown } | { status: number, message: string } | "silence"} Act
 */

/**
 * A server in OpenAI's form on a free port.
 *
 * @param {(request: { schema: any, key: string, number: number }) => Act} act
 * @param {{ models?: string[], cors?: boolean }} [options]
 */
export async function startProvider(act, { models = ["tea-1"], cors = true } = {}) {
  let number = 0;
  /** Settles for each request that was left without an answer, once the page has given it up.
   *
   * @type {Promise<void>[]} */
  const givenUp = [];
  const server = createServer(async (request, response) => {
    if (cors) {
      response.setHeader("Access-Control-Allow-Origin", "*");
      response.setHeader("Access-Control-Allow-Headers", "authorization, content-type");
    }
    /** @param {number} status @param {unknown} body */
    const send = (status, body) =>
      response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    if (request.method === "OPTIONS") return send(200, {});
    const key = (request.headers.authorization ?? "").replace(/^Bearer /, "");
    if (request.url === "/v1/models") {
      if (key === "wrong") return send(401, { error: { message: "no such key" } });
      return send(200, { data: models.map((id) => ({ id })) });
    }
    let text = "";
    for await (const chunk of request) text += chunk;
    const asked = JSON.parse(text);
    const schema = asked.response_format?.json_schema?.schema;
    const done = act({ schema, key, number: (number += 1) });
    if (done === "silence") {
      givenUp.push(new Promise((resolve) => response.on("close", resolve)));
      return undefined;
    }
    if ("status" in done) return send(done.status, { error: { message: done.message, code: null, type: "error" } });
    return send(200, {
      id: `reply-${number}`,
      object: "chat.completion",
      model: asked.model,
      choices: [
        { index: 0, finish_reason: "stop", message: { role: "assistant", content: JSON.stringify(done.content) } },
      ],
      usage: { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 },
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  assert.ok(address && typeof address === "object");
  return {
    address: `http://127.0.0.1:${address.port}/v1`,
    /** Settles when the page waits for none of the requests any more that got no answer; tells how many there were. */
    async allGivenUp() {
      await Promise.all(givenUp);
      return givenUp.length;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * A usable reply for whatever is asked.
 *
 * @param {{ schema: any, number: number }} request
 * @returns {Act}
 */
export function sensibleReply({ schema, number }) {
  if (schema?.properties?.subtopics) return { content: { subtopics: ["Green tea", "Black tea"] } };
  return { content: { question: `How long does tea number ${number} steep?`, answer: `About ${number} minutes.` } };
}

/**
 * Chooses a provider with a key, or a program on this computer, at an address.
 *
 * @param {Page} page
 * @param {{ where: "local" | "provider", address: string, model?: string, key?: string }} server
 */
export async function chooseServer(page, { where, address, model = "tea-1", key = "secret-key" }) {
  await page.check(`input[name=where][value=${where}]`);
  await page.fill(`#${where}-address`, address);
  if (where === "provider") await page.fill("#provider-key", key);
  await page.fill(`#${where}-model`, model);
}

/** A port on which nothing listens. */
export async function freeAddress() {
  const provider = await startProvider(() => "silence");
  await provider.close();
  return provider.address;
}
