/** The documentation's example of an upload works. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startHub } from "../support/hub/server.mjs";
import { TOKENS } from "../support/hub/tokens.mjs";
import { startModelServer } from "../support/model-server.mjs";
import { runExample } from "../support/run-example.mjs";

const config = {
  llm: { provider: "openai", model: "gpt-4o-mini" },
  topics: { prompt: "Rivers of Europe", depth: 1, degree: 5 },
  generation: { system_prompt: "Write about rivers.", conversation: { type: "basic" } },
  output: { num_samples: 10 },
};

test("the documentation's example makes a dataset and uploads it as it stands", async () => {
  const [server, hub] = [await startModelServer(), await startHub()];
  try {
    const servers = { "https://api.openai.com/v1": server.url, "https://huggingface.co": hub.url };
    const values = { config, apiKey: "sk-test-key", token: TOKENS.write };
    const { stdout } = await runExample("docs/usage.md", "## To the Hugging Face Hub", { servers, values });
    const repository = hub.world("").repositories.get("me/rivers");
    assert.equal(stdout, `https://huggingface.co/datasets/me/rivers ${repository?.find("main")?.head}\n`);
    assert.deepEqual([repository?.isPrivate, repository?.uploads], [true, 1]);
    const card = repository?.find("main")?.files.get("README.md")?.content.toString();
    assert.match(card ?? "", /9 rows in `train` and 1 row in `test`[^]*gpt-4o-mini wrote questions and answers/);
  } finally {
    await server.close();
    await hub.close();
  }
});
