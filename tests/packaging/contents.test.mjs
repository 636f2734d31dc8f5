// What is in the tarball, and what must not be.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { before, test } from "node:test";
import { publint } from "publint";
import { install } from "./project.mjs";

/** @type {import("./project.mjs").Project} */
let project;
before(async () => {
  project = await install("contents");
});

const read = (/** @type {string} */ file) => readFile(path.join(project.package, file), "latin1");

test("holds exactly the files that users need", () => {
  const files = project.files.map((file) => file.replace(/^shared-\w+\.js$/, "shared-….js"));
  assert.deepEqual(files, [
    "LICENSE",
    "README.md",
    "adapters/chat-completion.js",
    "adapters/language-model.d.ts",
    "adapters/language-model.js",
    "adapters/options.js",
    "adapters/turns.js",
    "adapters/wllama.d.ts",
    "adapters/wllama.js",
    "adapters/workers-ai.d.ts",
    "adapters/workers-ai.js",
    "dataweft_bg.wasm",
    "entry-edge.js",
    "entry-inline.js",
    "entry-node.js",
    "entry-slim.js",
    "entry-web.js",
    "entry-workerd.js",
    "index.d.ts",
    "package.json",
    "shared-….js",
    "stores/durable-object.d.ts",
    "stores/durable-object.js",
    "stores/file.d.ts",
    "stores/file.js",
    "stores/indexeddb.d.ts",
    "stores/indexeddb.js",
    "stores/memory.d.ts",
    "stores/memory.js",
    "stores/numbered.js",
    "stores/opfs.d.ts",
    "stores/opfs.js",
    "stores/r2.d.ts",
    "stores/r2.js",
    "wasm-base64.js",
  ]);
});

test("depends on nothing at run time and runs nothing when it is installed", async () => {
  const { dependencies, peerDependencies, optionalDependencies, scripts } = JSON.parse(await read("package.json"));
  assert.deepEqual([dependencies, peerDependencies, optionalDependencies, scripts], Array(4).fill(undefined));
});

test("names no path of the machine it was built on and no registry", async () => {
  const secrets = [/\/(root|home|work|Users|tmp)\//, /\.cargo/, /\.rustup/, /crates\.io/, /registry\/src/];
  for (const file of project.files) {
    // The documents for people may speak of such things.
    if (!/\.(js|wasm|ts)$/.test(file) || file === "wasm-base64.js") continue;
    const text = await read(file);
    for (const secret of secrets) {
      assert.equal(text.match(secret)?.index, undefined, `${file} contains ${secret}`);
    }
  }
});

test("carries the same wasm inline as beside it", async () => {
  const base64 = (await read("wasm-base64.js")).match(/"(.+)"/)?.[1] ?? "";
  assert.equal(Buffer.from(base64, "base64").toString("latin1"), await read("dataweft_bg.wasm"));
});

test("has an entry map without mistakes", async () => {
  const { messages } = await publint({ pkgDir: project.package, strict: true, pack: false });
  assert.deepEqual(messages, []);
});
