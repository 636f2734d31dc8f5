/** The example of the README, pasted into a new file, works. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startModelServer } from "../support/model-server.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));

test("the README's example runs as it stands and leaves the dataset in a file", async () => {
  const example = /```js\n([\s\S]*?)```/.exec(readFileSync(`${root}README.md`, "utf8"))?.[1];
  assert.ok(example, "the README has an example");
  const server = await startModelServer();
  const project = mkdtempSync(`${root}target/readme-`);
  try {
    mkdirSync(`${project}/node_modules`);
    symlinkSync(`${root}pkg`, `${project}/node_modules/dataweft`);
    writeFileSync(`${project}/example.mjs`, example);
    // The example asks a local Ollama, which is played by the test's server.
    writeFileSync(
      `${project}/play-ollama.mjs`,
      `const real = fetch;
globalThis.fetch = (url, init) => real(String(url).replace("http://localhost:11434", ${JSON.stringify(server.url)}), init);`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "./play-ollama.mjs", "example.mjs"], {
      cwd: project,
    });
    assert.match(stdout, /13\/13 run_done\n9 samples, 0 failures\n$/);
    const lines = readFileSync(`${project}/rivers.jsonl`, "utf8").trimEnd().split("\n");
    assert.equal(new Set(lines.map((line) => JSON.parse(line).metadata.topic_id)).size, 9);
    assert.equal(JSON.parse(lines[0]).metadata.model, "qwen3:8b");
  } finally {
    rmSync(project, { recursive: true });
    await server.close();
  }
});
