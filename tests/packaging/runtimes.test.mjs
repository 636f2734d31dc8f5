// The installed package in Deno, Bun, Cloudflare's workerd, and in a page that Vite bundled.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { before, test } from "node:test";
import esbuild from "esbuild";
import { Miniflare } from "miniflare";
import sirv from "sirv";
import { build } from "vite";
import { launchBrowser } from "../support/browser.mjs";
import { install, run } from "./project.mjs";

const modules = path.join(import.meta.dirname, "../node_modules");
const program = `import { DataweftError, parseConfig, parseTopics } from "dataweft";
  async function answers() {
    const files = await Promise.all([parseTopics('{"path":["Birds","Owls"]}\\n'), parseTopics('{"path":["Bees"]}\\n')]);
    const error = await parseConfig("topics: [").catch((error) => error);
    return [...files.map(({ topics }) => topics[0].path.join("/")), error instanceof DataweftError, error.code];
  }`;
const reporting = `${program} answers().then(report);`;
const expected = ["Birds/Owls", "Bees", true, "config"];

/** @type {import("./project.mjs").Project} */
let project;
before(async () => {
  project = await install("runtimes");
});

const runtimes = [
  { name: "Deno", command: path.join(modules, "@deno/linux-x64-glibc/deno"), flags: ["run", "--allow-read"] },
  { name: "Bun", command: path.join(modules, "@oven/bun-linux-x64/bin/bun"), flags: ["run"] },
];
for (const { name, command, flags } of runtimes) {
  const skip = existsSync(command) ? false : `npm has no ${name} for this platform`;
  test(`works in ${name}`, { skip }, async () => {
    const result = await run(project, `${name.toLowerCase()}.mjs`, reporting, { command, flags });
    assert.deepEqual(result, expected);
  });
}

/** What wrangler and Next.js do with wasm: they leave the import to the runtime, which has it compiled. */
const compiledWasm = {
  name: "compiled-wasm",
  setup(/** @type {import("esbuild").PluginBuild} */ { onResolve }) {
    onResolve({ filter: /\.wasm(\?module)?$/ }, () => ({ path: "./dataweft_bg.wasm", external: true }));
  },
};
for (const [name, ...others] of [
  ["workerd", "worker", "browser"],
  ["edge-light", "worker"],
]) {
  test(`the entry for ${name} works where wasm cannot be compiled from bytes`, async () => {
    const worker = `${program} export default {
      fetch: () => answers().then((result) => Response.json(result), (error) => new Response(error.stack, { status: 500 })),
    };`;
    const { outputFiles } = await esbuild.build({
      stdin: { contents: worker, resolveDir: project.folder },
      bundle: true,
      write: false,
      format: "esm",
      conditions: [name, ...others],
      plugins: [compiledWasm],
    });
    const miniflare = new Miniflare({
      compatibilityDate: "2025-01-01",
      modulesRoot: project.package,
      modules: [
        { type: "ESModule", path: path.join(project.package, "worker.js"), contents: outputFiles[0].text },
        { type: "CompiledWasm", path: path.join(project.package, "dataweft_bg.wasm") },
      ],
    });
    try {
      // At the same time: one instance serves all, and none may wait for what another request began.
      const responses = await Promise.all([1, 2, 3].map(() => miniflare.dispatchFetch("http://localhost/")));
      for (const response of responses) {
        const text = await response.text();
        assert.equal(response.status, 200, text);
        assert.deepEqual(JSON.parse(text), expected);
      }
    } finally {
      await miniflare.dispose();
    }
  });
}

test("dataweft/inline survives a bundle that drops the files beside it", async () => {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: reporting.replace('"dataweft"', '"dataweft/inline"'), resolveDir: project.folder },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
  });
  assert.deepEqual(await run(project, "bundled.mjs", outputFiles[0].text), expected);
});

test("works in a page that Vite bundled without any settings, with one wasm file", async () => {
  await writeFile(path.join(project.folder, "index.html"), '<script type="module" src="/page.js"></script>');
  await writeFile(
    path.join(project.folder, "page.js"),
    `const report = (result) => (globalThis.result = result); ${reporting}`,
  );
  await build({ root: project.folder, logLevel: "error", configFile: false });
  const assets = await readdir(path.join(project.folder, "dist/assets"));
  assert.equal(assets.filter((asset) => asset.endsWith(".wasm")).length, 1, assets.join());

  const server = createServer(sirv(path.join(project.folder, "dist"))).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.waitForFunction("globalThis.result");
    assert.deepEqual(await page.evaluate("globalThis.result"), expected);
  } finally {
    await browser.close();
    server.close();
  }
});
