// The installed package in Node, each test in a process of its own.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import path from "node:path";
import { before, test } from "node:test";
import { countInstances, install, run } from "./project.mjs";

/** @type {import("./project.mjs").Project} */
let project;
before(async () => {
  project = await install("node");
});

const topicFile = JSON.stringify(JSON.stringify({ path: ["Birds", "Owls"] }) + "\n");

test("works right after the import, without any init", async () => {
  const paths = await run(
    project,
    "import.mjs",
    `import { parseTopics } from "dataweft";
     const { topics } = await parseTopics(${topicFile});
     report(topics.map((topic) => topic.path));`,
  );
  assert.deepEqual(paths, [["Birds", "Owls"]]);
});

test("can be required from CommonJS", async () => {
  const paths = await run(
    project,
    "require.cjs",
    `const { parseTopics } = require("dataweft");
     parseTopics(${topicFile}).then(({ topics }) => report(topics.map((topic) => topic.path)));`,
    { flags: ["--no-warnings"] },
  );
  assert.deepEqual(paths, [["Birds", "Owls"]]);
});

test("carries its wasm inside as dataweft/inline", async () => {
  const bundled = await install("inline");
  await rm(path.join(bundled.package, "dataweft_bg.wasm"));
  const result = await run(
    bundled,
    "inline.mjs",
    `import { parseTopics } from "dataweft/inline";
     report((await parseTopics(${topicFile})).topics.length);`,
  );
  assert.equal(result, 1);
});

test("leaves the wasm to the caller as dataweft/slim", async () => {
  const result = await run(
    project,
    "slim.mjs",
    `import { readFile } from "node:fs/promises";
     import init, { parseTopics } from "dataweft/slim";
     const before = await parseTopics(${topicFile}).catch((error) => error.code + ": " + error.message);
     await init(await readFile(new URL(import.meta.resolve("dataweft/dataweft_bg.wasm"))));
     report([before, (await parseTopics(${topicFile})).topics.length]);`,
  );
  assert.deepEqual(result, [
    "config: dataweft/slim does not load wasm by itself: call init() first with a module, bytes, a response or a URL",
    1,
  ]);
});

test("init takes a module, bytes, a response, a promise of one, a URL and a path", async () => {
  const sources = {
    module: "await WebAssembly.compile(bytes)",
    bytes: "bytes",
    arrayBuffer: "bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)",
    response: "new Response(bytes)",
    promise: "Promise.resolve(new Response(bytes, { headers: { 'content-type': 'application/wasm' } }))",
    url: "url",
    href: "url.href",
    path: "fileURLToPath(url)",
  };
  for (const [name, source] of Object.entries(sources)) {
    const result = await run(
      project,
      `init-${name}.mjs`,
      `import { readFile } from "node:fs/promises";
       import { fileURLToPath } from "node:url";
       import init, { parseTopics } from "dataweft";
       const url = new URL(import.meta.resolve("dataweft/dataweft_bg.wasm"));
       const bytes = await readFile(url);
       ${countInstances}
       await init(${source});
       report([(await parseTopics(${topicFile})).topics.length, instances.length]);`,
    );
    assert.deepEqual(result, [1, 1], name);
  }
});

test("does nothing when it is imported", async () => {
  const result = await run(
    project,
    "quiet.mjs",
    `const calls = [];
     const watch = (object, ...names) => {
       for (const name of names) {
         const original = object[name];
         object[name] = function (...args) { calls.push(name); return Reflect.apply(original, this, args); };
       }
     };
     watch(WebAssembly, "compile", "compileStreaming", "instantiate", "instantiateStreaming", "validate");
     watch(globalThis, "fetch", "setTimeout", "setInterval", "atob");
     watch(Math, "random");
     watch(Date, "now");
     for (const entry of ["dataweft", "dataweft/inline", "dataweft/slim"]) await import(entry);
     for (const model of ["language-model", "wllama", "workers-ai"]) await import("dataweft/" + model);
     report(calls);`,
  );
  assert.deepEqual(result, []);
});

test("loads once for calls that come at the same time", async () => {
  const result = await run(
    project,
    "once.mjs",
    `import { checkConfig, parseTopics } from "dataweft";
     import * as inline from "dataweft/inline";
     ${countInstances}
     const answers = await Promise.all([parseTopics(${topicFile}), checkConfig("{}"), inline.parseTopics(${topicFile})]);
     await inline.checkConfig("{}");
     report([instances.length, answers[0].topics.length, Array.isArray(answers[1]), answers[2].topics.length]);`,
  );
  assert.deepEqual(result, [1, 1, true, 1]);
});

test("forgets a load that failed, and the next call works", async () => {
  const result = await run(
    project,
    "again.mjs",
    `import { DataweftError, parseTopics } from "dataweft";
     const original = WebAssembly.instantiate;
     WebAssembly.instantiate = async () => { throw new RangeError("out of memory"); };
     const calls = await Promise.allSettled([parseTopics(${topicFile}), parseTopics(${topicFile})]);
     WebAssembly.instantiate = original;
     const errors = calls.map(({ reason }) => [reason instanceof DataweftError, reason.code, reason.message, reason.cause.name]);
     report([errors, (await parseTopics(${topicFile})).topics.length]);`,
  );
  const error = [true, "internal", "the wasm could not be started: out of memory", "RangeError"];
  assert.deepEqual(result, [[error, error], 1]);
});

test("reports a broken configuration as a DataweftError", async () => {
  const result = await run(
    project,
    "error.mjs",
    `import { DataweftError, generateSamples, parseConfig } from "dataweft";
     import * as inline from "dataweft/inline";
     const failures = [await parseConfig("topics: [").catch((error) => error)];
     try {
       for await (const sample of generateSamples("topics: [", { mode: "tree", topics: [] })) report(sample);
     } catch (error) {
       failures.push(error);
     }
     report(failures.map((error) => [
       error instanceof DataweftError, error instanceof inline.DataweftError, error.name, error.code, error.retryable,
     ]));`,
  );
  const expected = [true, true, "DataweftError", "config", false];
  assert.deepEqual(result, [expected, expected]);
});
