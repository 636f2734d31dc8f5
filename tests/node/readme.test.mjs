/** The example of the README, pasted into a new file, works. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startModelServer } from "../support/model-server.mjs";
import { runExample } from "../support/run-example.mjs";

test("the README's example runs as it stands and leaves the dataset in a file", async () => {
  // The example asks a local Ollama, which is played by the test's server.
  const server = await startModelServer();
  try {
    const servers = { "http://localhost:11434": server.url };
    const { stdout, left } = await runExample("README.md", "## Twenty lines", { servers, leaves: "rivers.jsonl" });
    assert.match(stdout, /13\/13 run_done\n9 samples, 0 failures\n$/);
    const lines = left.trimEnd().split("\n");
    assert.equal(new Set(lines.map((line) => JSON.parse(line).metadata.topic_id)).size, 9);
    assert.equal(JSON.parse(lines[0]).metadata.model, "qwen3:8b");
  } finally {
    await server.close();
  }
});
