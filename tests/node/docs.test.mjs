/** Examples of the documentation, pasted into a new file, work. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startHub } from "../support/hub/server.mjs";
import { TOKENS } from "../support/hub/tokens.mjs";
import { startModelServer } from "../support/model-server.mjs";
import { runExample } from "../support/run-example.mjs";

/** @type {Awaited<ReturnType<typeof startModelServer>>} */
let server;
before(async () => {
  server = await startModelServer();
});
after(() => server.close());

/** The examples have a key, and ask OpenAI, which is played by the test's server. */
const usage = (/** @type {string} */ heading, { servers = {}, values = {} } = {}) =>
  runExample("docs/usage.md", heading, {
    servers: { "https://api.openai.com/v1": server.url, ...servers },
    values: { apiKey: "sk-test-key", ...values },
  });

test("the example of agents with tools runs as it stands, and its records are true", async () => {
  const { stdout } = await usage("## Agents with tools");
  assert.equal(stdout, "0\n".repeat(20));
});

test("the example of the Hub makes a dataset and uploads it as it stands", async () => {
  const hub = await startHub();
  try {
    const config = {
      llm: { provider: "openai", model: "gpt-4o-mini" },
      topics: { prompt: "Rivers of Europe", depth: 1, degree: 5 },
      generation: { system_prompt: "Write about rivers.", conversation: { type: "basic" } },
      output: { num_samples: 10 },
    };
    const { stdout } = await usage("## To the Hugging Face Hub", {
      servers: { "https://huggingface.co": hub.url },
      values: { config, token: TOKENS.write },
    });
    const repository = hub.world("").repositories.get("me/rivers");
    assert.equal(stdout, `https://huggingface.co/datasets/me/rivers ${repository?.find("main")?.head}\n`);
    assert.deepEqual([repository?.isPrivate, repository?.uploads], [true, 1]);
    const card = repository?.find("main")?.files.get("README.md")?.content.toString();
    assert.match(card ?? "", /9 rows in `train` and 1 row in `test`[^]*gpt-4o-mini wrote questions and answers/);
  } finally {
    await hub.close();
  }
});
