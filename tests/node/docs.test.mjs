/** Examples of the documentation, pasted into a new file, work. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startModelServer } from "../support/model-server.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));

test("the example of agents with tools runs as it stands, and its records are true", async () => {
  const usage = readFileSync(`${root}docs/usage.md`, "utf8");
  const example = /## Agents with tools\n[^]*?```js\n([^]*?)```/.exec(usage)?.[1];
  assert.ok(example, "there is an example");
  const server = await startModelServer();
  const project = mkdtempSync(`${root}target/docs-`);
  try {
    mkdirSync(`${project}/node_modules`);
    symlinkSync(`${root}pkg`, `${project}/node_modules/dataweft`);
    writeFileSync(`${project}/example.mjs`, example);
    // The example has a key, and asks OpenAI, which is played by the test's server.
    writeFileSync(
      `${project}/play-openai.mjs`,
      `const real = fetch;
globalThis.apiKey = "sk-test-key";
globalThis.fetch = (url, init) => real(String(url).replace("https://api.openai.com/v1", ${JSON.stringify(server.url)}), init);`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "./play-openai.mjs", "example.mjs"], {
      cwd: project,
    });
    assert.equal(stdout, "0\n".repeat(20));
  } finally {
    rmSync(project, { recursive: true });
    await server.close();
  }
});
