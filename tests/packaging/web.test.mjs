// The entry for browsers, with a web server that behaves and with some that do not.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { countInstances, install, run } from "./project.mjs";

/** @type {import("./project.mjs").Project} */
let project;
before(async () => {
  project = await install("web");
});

/**
 * Runs a program against the entry for browsers. Node's fetch reads no files, so `answer` stands for the server.
 * @param {string} name
 * @param {string} code
 */
const runInPage = (name, code) =>
  run(
    project,
    `${name}.mjs`,
    `import { readFile } from "node:fs/promises";
     import { DataweftError, parseTopics } from "./node_modules/dataweft/entry-web.js";
     const wasm = await readFile("node_modules/dataweft/dataweft_bg.wasm");
     const requests = [];
     let answer = (type) => new Response(wasm, { headers: { "content-type": type } });
     const serve = (...answers) => {
       globalThis.fetch = async (url) => { requests.push(String(url)); return answers.shift()(); };
     };
     ${countInstances}
     const ask = () => parseTopics('{"path":["Birds"]}\\n').then(
       ({ topics }) => topics.length,
       (error) => ({ known: error instanceof DataweftError, code: error.code, retryable: error.retryable, status: error.status, message: error.message }),
     );
     ${code}`,
  );

test("fetches the file beside it and compiles it while it arrives", async () => {
  const result = await runInPage(
    "streaming",
    `serve(() => answer("application/wasm"));
     report([await ask(), instances, requests.map((url) => url.endsWith("/node_modules/dataweft/dataweft_bg.wasm"))]);`,
  );
  assert.deepEqual(result, [1, ["instantiateStreaming"], [true]]);
});

test("puts up with a server that does not know the type of wasm", async () => {
  const result = await runInPage(
    "wrong-type",
    `serve(() => answer("application/octet-stream"));
     report([await ask(), instances]);`,
  );
  assert.deepEqual(result, [1, ["instantiate"]]);
});

test("never compiles on the thread that it is called on", async () => {
  const result = await runInPage(
    "asynchronous",
    `for (const name of ["Module", "Instance"]) {
       WebAssembly[name] = new Proxy(WebAssembly[name], { construct() { throw new Error("compiled on the main thread"); } });
     }
     serve(() => answer("application/wasm"));
     report(await ask());`,
  );
  assert.equal(result, 1);
});

test("says what is wrong when the file is not there, and tries again at the next call", async () => {
  const result = await runInPage(
    "missing",
    `serve(
       () => new Response("gone", { status: 404 }),
       () => new Response("<!doctype html>", { headers: { "content-type": "text/html; charset=utf-8" } }),
       () => new Response("overloaded", { status: 503 }),
       () => { throw new TypeError("fetch failed"); },
       () => answer("application/wasm"),
     );
     report([await ask(), await ask(), await ask(), await ask(), await ask()]);`,
  );
  const answers = result.slice(0, 4);
  assert.equal(result[4], 1);
  for (const answer of answers) {
    assert.ok(answer.known);
    assert.equal(answer.code, "network");
    assert.match(answer.message, /^the wasm could not be loaded.*init\(\).*dataweft\/inline/);
  }
  assert.deepEqual(
    answers.map((/** @type {any} */ { retryable, status }) => ({ retryable, status })),
    [
      { retryable: false, status: 404 },
      { retryable: false, status: undefined },
      { retryable: true, status: 503 },
      { retryable: true, status: undefined },
    ],
  );
  assert.match(answers[1].message, /HTML page/);
  assert.match(answers[3].message, /fetch failed/);
});
