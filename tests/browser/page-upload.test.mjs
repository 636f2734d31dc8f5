// Uploads from the demo page, with a token and with a sign-in, to a Hub of the tests' own.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { startHub } from "../support/hub/server.mjs";
import { TOKENS } from "../support/hub/tokens.mjs";
import { onPage, outcome, smallConfig, startDemo, writeConfig } from "./page-helpers.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("../support/hub/world.mjs").World} World */

/** @type {Awaited<ReturnType<typeof startDemo>>} */
let demo;
/** @type {Awaited<ReturnType<typeof startHub>>} */
let hub;
before(async () => {
  // Whatever is longer than a few records is large.
  [demo, hub] = await Promise.all([startDemo(), startHub({ threshold: 2000 })]);
});
after(async () => {
  await demo?.close();
  await hub?.close();
});

const CLIENT_ID = "app-1";

/**
 * Opens a page that uploads to a Hub of its own, with a dataset that is made and the form that is open.
 *
 * @param {(page: Page, world: World) => Promise<void>} steps
 * @param {{ clientId?: string, faults?: string, config?: string, expectErrors?: RegExp }} [options]
 */
function withDataset(steps, { clientId = "", faults = "none", config, expectErrors } = {}) {
  const name = `page-${randomUUID()}`;
  const world = hub.world(name);
  world.signIns.apps.set(CLIENT_ID, `${demo.url}signed-in.html`);
  const settings = `export const HUB_URL = "${hub.url}/world/${name}/${faults}"; export const OAUTH_CLIENT_ID = "${clientId}";`;
  return onPage(
    demo,
    async (page) => {
      if (config) await writeConfig(page, config);
      await page.click("#generate");
      await outcome(page);
      await page.click("#hub > summary");
      await steps(page, world);
    },
    {
      // The Hub answers so where nothing is yet.
      expectErrors: new RegExp(expectErrors ? `404|${expectErrors.source}` : "404"),
      prepare: (page) =>
        page
          .context()
          .route("**/settings.js", (route) => route.fulfill({ contentType: "text/javascript", body: settings })),
    },
  );
}

/**
 * The note about an upload that has come to its end.
 *
 * @param {Page} page
 */
async function uploadNote(page) {
  await page.waitForSelector("#hub-status:not([hidden])");
  return page.locator("#hub-status").innerText();
}

/** Waits for a note. @param {Page} page @param {string} text */
const noteSays = (page, text) => page.locator(".note", { hasText: text }).waitFor();

/** @param {Page} page @param {{ repository?: string, token?: string }} [options] */
async function uploadWithToken(page, { repository = "me/bread", token = TOKENS.write } = {}) {
  await page.fill("#hub-repository", repository);
  await page.fill("#hub-token", token);
  await page.click("#hub-upload");
  return uploadNote(page);
}

/**
 * Begins a sign-in, and gives the window in which the Hub asks.
 *
 * @param {Page} page
 */
async function beginSignIn(page) {
  const [asking] = await Promise.all([page.context().waitForEvent("page"), page.click("#hub-sign-in")]);
  await asking.getByRole("link", { name: "Authorize" }).waitFor();
  return asking;
}

/**
 * Everything that a browser keeps, as one text.
 *
 * @param {Page} page
 */
async function everythingKept(page) {
  const kept = await page.evaluate(async () => ({
    local: { ...localStorage },
    session: { ...sessionStorage },
    cookies: document.cookie,
    databases: await indexedDB.databases(),
    caches: await caches.keys(),
    name: window.name,
    state: history.state,
    address: location.href,
    requested: performance.getEntries().map(({ name }) => name),
    markup: document.documentElement.outerHTML,
  }));
  assert.deepEqual([kept.databases, kept.caches], [[], []]);
  const session = await page.context().newCDPSession(page);
  const { entries } = await session.send("Page.getNavigationHistory");
  const visited = entries.map(({ url, title }) => [url, title]);
  return JSON.stringify([kept, visited, await page.context().storageState({ indexedDB: true })]);
}

test("with a token, everything arrives in one commit, and the page links to it", () =>
  withDataset(async (page, world) => {
    const note = await uploadWithToken(page);
    assert.match(note, /^Uploaded: http.*\/datasets\/me\/bread$/);
    const link = page.locator("#hub-status a");
    assert.equal(await link.getAttribute("href"), note.replace("Uploaded: ", ""));
    assert.equal(await link.getAttribute("rel"), "noopener noreferrer");
    const repository = world.repositories.get("me/bread");
    assert.equal(repository?.isPrivate, true, "nothing is public unless that is chosen");
    assert.equal(repository?.uploads, 1);
    const files = repository?.find("main")?.files;
    assert.deepEqual(
      [...(files?.keys() ?? [])].sort(),
      [".gitattributes", "README.md", "config.json", "data/train-00000-of-00001.jsonl", "topics.jsonl"].sort(),
    );
    const rows = files?.get("data/train-00000-of-00001.jsonl")?.content.toString("utf8").trimEnd().split("\n");
    assert.equal(rows?.length, 9);
    assert.equal(world.tokensAstray, 0, "the token goes to the Hub alone");
  }));

test("uploading again says that nothing had to be uploaded", () =>
  withDataset(async (page, world) => {
    await uploadWithToken(page);
    await page.click("#hub-upload");
    await noteSays(page, "Nothing had to be uploaded");
    assert.match(await uploadNote(page), /everything is there already: http.*\/datasets\/me\/bread$/);
    assert.equal(world.repositories.get("me/bread")?.uploads, 1);
  }));

test("Public makes a public repository", () =>
  withDataset(async (page, world) => {
    await page.check("#hub-public");
    await uploadWithToken(page);
    assert.equal(world.repositories.get("me/bread")?.isPrivate, false);
  }));

test("a public repository is not taken for a private one, and the page says what to do", () =>
  withDataset(async (page, world) => {
    world.create("me/bread", false);
    const note = await uploadWithToken(page);
    assert.match(note, /there already and public.*choose Public/s);
    assert.equal(world.repositories.get("me/bread")?.uploads, 0);
  }));

test("the repository and the tags of the configuration are taken", () => {
  const config = `${smallConfig()}huggingface:\n  repository: me/from-config\n  tags: [tea-time]\n`;
  return withDataset(
    async (page, world) => {
      assert.equal(await page.inputValue("#hub-repository"), "me/from-config");
      await page.fill("#hub-token", TOKENS.write);
      await page.click("#hub-upload");
      assert.match(await uploadNote(page), /^Uploaded/);
      const card = world.repositories.get("me/from-config")?.find("main")?.files.get("README.md");
      assert.match(card?.content.toString("utf8") ?? "", /tea-time/);
    },
    { config },
  );
});

test("a licence that is chosen stands in the card", () =>
  withDataset(async (page, world) => {
    await page.selectOption("#hub-license", "cc-by-4.0");
    await uploadWithToken(page);
    const card = world.repositories.get("me/bread")?.find("main")?.files.get("README.md");
    assert.match(card?.content.toString("utf8") ?? "", /^license: cc-by-4\.0$/m);
  }));

test("as a pull request, nothing is changed before it is merged, and the page links to it", () =>
  withDataset(async (page, world) => {
    await page.check("#hub-pull-request");
    const note = await uploadWithToken(page);
    assert.match(note, /^Proposed as a pull request: http.*\/datasets\/me\/bread\/discussions\/1$/);
    const repository = world.repositories.get("me/bread");
    assert.ok(!repository?.find("main")?.files.has("data/train-00000-of-00001.jsonl"));
    assert.ok(repository?.find("refs/pr/1")?.files.has("data/train-00000-of-00001.jsonl"));
  }));

for (const field of ["#hub-repository", "#hub-token"]) {
  test(`Enter in ${field} uploads, and does not stop what it has begun`, () =>
    withDataset(async (page, world) => {
      await page.fill("#hub-repository", "me/bread");
      await page.fill("#hub-token", TOKENS.write);
      await page.press(field, "Enter");
      assert.match(await uploadNote(page), /^Uploaded/);
      assert.equal(world.repositories.get("me/bread")?.uploads, 1);
    }));
}

for (const [name, options, says] of /** @type {[string, object, RegExp][]} */ ([
  ["a wrong token", { token: "hf_wrong" }, /did not accept the token.*auth.*complete/s],
  ["a token that may only read", { token: TOKENS.read }, /did not accept the token.*may only read/s],
  ["somebody else's repository", { repository: "you/bread" }, /did not accept the token.*right to write/s],
])) {
  test(`${name} is called that, with what to check, and not repeated`, () =>
    withDataset(
      async (page, world) => {
        const note = await uploadWithToken(page, options);
        assert.match(note, says);
        assert.ok(!note.includes("hf_"), "the token is not repeated");
        assert.equal(world.repositories.size, 0);
        assert.ok(await page.locator("#hub-upload").isVisible(), "it can be tried again");
      },
      { expectErrors: /40[13]/ },
    ));
}

test("what is missing is said, and its field has the focus", () =>
  withDataset(async (page, world) => {
    await page.click("#hub-upload");
    assert.match(await uploadNote(page), /name the repository as owner\/name/);
    assert.equal(await page.evaluate(() => document.activeElement?.id), "hub-repository");
    await page.fill("#hub-repository", "me/bread");
    await page.click("#hub-upload");
    await page.waitForFunction(() => document.activeElement?.id === "hub-token");
    assert.match(await uploadNote(page), /enter a token/);
    assert.deepEqual(world.requests, []);
  }));

for (const [name, stop] of /** @type {[string, (page: Page) => Promise<void>][]} */ ([
  ["Stop", (page) => page.click("#hub-stop")],
  ["Escape", (page) => page.keyboard.press("Escape")],
])) {
  test(`${name} ends an upload while a file is on its way; nothing is committed, and it can be made again`, () =>
    withDataset(
      async (page, world) => {
        await page.fill("#hub-repository", "me/bread");
        await page.fill("#hub-token", TOKENS.write);
        const sending = page.waitForRequest((request) => request.url().includes("/object/"));
        await page.click("#hub-upload");
        await sending;
        assert.equal(await page.evaluate(() => document.activeElement?.id), "hub-stop");
        await stop(page);
        assert.equal(await uploadNote(page), "Stopped before anything was committed.");
        assert.equal(world.repositories.get("me/bread")?.uploads, 0);
        assert.equal(await page.evaluate(() => document.activeElement?.id), "hub-upload");
        await page.click("#hub-upload");
        await noteSays(page, "Uploaded:");
        assert.equal(world.repositories.get("me/bread")?.uploads, 1);
      },
      { faults: "put.hang.1" },
    ));
}

test("a fault that passes is waited out, and leaving the page meanwhile is asked about", () =>
  withDataset(
    async (page) => {
      await page.fill("#hub-repository", "me/bread");
      await page.fill("#hub-token", TOKENS.write);
      await page.click("#hub-upload");
      await page.locator("#hub-doing", { hasText: "Trying again in" }).waitFor();
      const asked = page.waitForEvent("dialog");
      await page.close({ runBeforeUnload: true });
      const dialog = await asked;
      assert.equal(dialog.type(), "beforeunload");
      await dialog.dismiss();
      assert.match(await uploadNote(page), /^Uploaded/);
    },
    { faults: "commit.503.1", expectErrors: /503/ },
  ));

test("a screen reader hears what an upload is at, and what came of it", () =>
  withDataset(async (page) => {
    await page.evaluate(() => {
      const place = document.getElementById("announcement");
      const heard = Object.assign(window, { heard: /** @type {string[]} */ ([]) }).heard;
      new MutationObserver(() => heard.push(place?.textContent ?? "")).observe(/** @type {Node} */ (place), {
        childList: true,
      });
    });
    await uploadWithToken(page);
    const heard = await page.evaluate(() => /** @type {any} */ (window).heard);
    assert.ok(heard.includes("Sending …") && heard.includes("Committing …"), heard.join());
    assert.match(heard.at(-1), /^Uploaded: http/);
    assert.equal(new Set(heard).size, heard.length, "each once");
  }));

test("without a registered app there is no sign-in", () =>
  withDataset(async (page) => {
    assert.ok(!(await page.locator("#hub-ways").isVisible()));
    assert.ok(!(await page.locator("#hub-sign-in").isVisible()));
    assert.ok(await page.locator("#hub-token").isVisible());
  }));

test("a sign-in uploads without a token of one's own, asks for no more than that, and leaves the dataset where it is", () =>
  withDataset(
    async (page, world) => {
      const asking = await beginSignIn(page);
      const closed = asking.waitForEvent("close");
      await asking.click("text=Authorize");
      await noteSays(page, "Signed in as me.");
      await closed;
      assert.equal(await page.inputValue("#hub-repository"), "me/bread", "whoever signed in is the owner");
      assert.deepEqual(world.signIns.scopes, ["openid profile contribute-repos"]);
      await page.click("#hub-upload");
      assert.match(await uploadNote(page), /^Uploaded/);
      assert.equal(world.repositories.get("me/bread")?.uploads, 1);
      assert.equal(await page.locator("#samples-count").innerText(), "9");
      const used = new Set(world.requests.map(({ headers }) => headers.authorization).filter(Boolean));
      assert.deepEqual([...used], [`Bearer ${TOKENS.oauth}`]);

      await page.click("#hub-sign-out");
      assert.match(await page.locator("#hub-account").innerText(), /forgotten/);
      const before = world.requests.length;
      await page.click("#hub-upload");
      await noteSays(page, "sign in first");
      assert.equal(world.requests.length, before, "nothing is sent without a token");
    },
    { clientId: CLIENT_ID },
  ));

test("the whole way of a sign-in needs no mouse", () =>
  withDataset(
    async (page) => {
      await page.focus("#hub-sign-in");
      const opened = page.context().waitForEvent("page");
      await page.keyboard.press("Enter");
      const asking = await opened;
      assert.equal(await page.evaluate(() => document.activeElement?.id), "hub-sign-in-cancel");
      await asking.focus("text=Authorize");
      await asking.keyboard.press("Enter");
      await noteSays(page, "Signed in as me.");
      assert.equal(await page.evaluate(() => document.activeElement?.id), "hub-sign-out");
      await page.focus("#hub-upload");
      await page.keyboard.press("Enter");
      assert.match(await uploadNote(page), /^Uploaded/);
    },
    { clientId: CLIENT_ID },
  ));

test("neither token nor code nor verifier is kept anywhere", () =>
  withDataset(
    async (page, world) => {
      const asking = await beginSignIn(page);
      const code = new URL((await asking.getByText("Authorize").getAttribute("href")) ?? "").searchParams.get("code");
      assert.ok(code);
      const exchange = page.waitForRequest((request) => request.url().endsWith("/oauth/token"));
      // The window stays open, to be looked into.
      await page.context().addInitScript(() => (window.close = () => {}));
      await asking.click("text=Authorize");
      await noteSays(page, "Signed in as me.");
      await asking.getByText("Back in the page.").waitFor();
      const verifier = new URLSearchParams((await exchange).postData() ?? "").get("code_verifier");
      assert.ok(verifier);
      await page.click("#hub-upload");
      assert.match(await uploadNote(page), /^Uploaded/);
      await page.check("#hub-by-token");
      await page.fill("#hub-token", TOKENS.write);
      await page.click("#hub-upload");
      await noteSays(page, "Nothing had to be uploaded");
      for (const each of [page, asking]) {
        const kept = await everythingKept(each);
        for (const secret of [TOKENS.oauth, TOKENS.write, code, verifier]) {
          // The browser itself tells what it loaded, and the window was loaded with the code.
          const timing = each === asking && secret === code ? kept.replaceAll(/"requested":\[.*?\]/g, "") : kept;
          assert.ok(!timing.includes(secret), `${secret} is not kept`);
        }
      }
      for (const { path, headers } of world.requests) {
        assert.ok(!path.includes("hf_"), "no token in an address");
        assert.equal(headers.referer, undefined);
      }
    },
    { clientId: CLIENT_ID },
  ));

test("who declines is told so, and may sign in again", () =>
  withDataset(
    async (page) => {
      const asking = await beginSignIn(page);
      await asking.click("text=Deny");
      await noteSays(page, "You declined.");
      assert.ok(await page.locator("#hub-sign-in").isVisible());
      const again = await beginSignIn(page);
      await again.click("text=Authorize");
      await noteSays(page, "Signed in as me.");
    },
    { clientId: CLIENT_ID },
  ));

test("an answer with another state is not taken, and the window says so", () =>
  withDataset(
    async (page, world) => {
      const asking = await beginSignIn(page);
      const link = new URL((await asking.getByText("Authorize").getAttribute("href")) ?? "");
      const right = link.href;
      link.searchParams.set("state", "x".repeat(43));
      await asking.goto(link.href);
      await asking.getByText("No open page waits for this sign-in.").waitFor();
      assert.ok(await page.locator("#hub-sign-in-cancel").isVisible(), "the page still waits for its own answer");
      assert.equal(world.requests.filter(({ step }) => step === "token").length, 0);
      await asking.goto(right).catch(() => {});
      await noteSays(page, "Signed in as me.");
    },
    { clientId: CLIENT_ID },
  ));

test("a code that another app was given, or that was used, gives no token", () =>
  withDataset(
    async (page) => {
      const asking = await beginSignIn(page);
      const link = new URL((await asking.getByText("Authorize").getAttribute("href")) ?? "");
      link.searchParams.set("code", "stolen");
      await asking.goto(link.href).catch(() => {});
      await noteSays(page, "gave no token: the code is not good for this");
      await page.click("#hub-upload");
      await noteSays(page, "sign in first");
    },
    { clientId: CLIENT_ID, expectErrors: /400/, config: `${smallConfig()}huggingface: {repository: me/tea}\n` },
  ));

test("a sign-in can be cancelled, and a blocked window is called that", () =>
  withDataset(
    async (page) => {
      await beginSignIn(page);
      await page.click("#hub-sign-in-cancel");
      assert.ok(await page.locator("#hub-sign-in").isVisible());
      assert.ok(!(await page.locator("#hub-account").isVisible()));
      await page.evaluate(() => Object.assign(window, { open: () => null }));
      await page.click("#hub-sign-in");
      await noteSays(page, "The browser blocked the sign-in window.");
    },
    { clientId: CLIENT_ID },
  ));

test("every control of the upload has a name", () =>
  withDataset(
    async (page) => {
      for (const [
        role,
        name,
      ] of /** @type {["textbox" | "radio" | "button" | "radiogroup" | "combobox", string][]} */ ([
        ["textbox", "Repository"],
        ["radiogroup", "Who may see it"],
        ["radio", "Private"],
        ["radio", "Public"],
        ["radio", "Sign in"],
        ["radio", "Access token"],
        ["combobox", "Licence"],
        ["button", "Sign in with Hugging Face"],
        ["button", "Upload to Hugging Face"],
        ["button", "Download as gzip"],
      ])) {
        assert.equal(await page.getByRole(role, { name, exact: true }).count(), 1, name);
      }
      await page.check("#hub-by-token");
      assert.ok(await page.getByLabel("Access token", { exact: true }).last().isVisible());
      assert.ok(await page.getByRole("checkbox", { name: "As a pull request" }).isVisible());
    },
    { clientId: CLIENT_ID },
  ));
