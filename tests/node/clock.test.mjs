/** What clocks of tests may do to a run. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { dataweft } from "../support/package.mjs";
import { obligingReply } from "../support/obliging-model.mjs";

test("a run goes on where a test has replaced setImmediate with a clock that stands still", async () => {
  const config = {
    llm: { provider: "openai", model: "obliging", base_url: "https://model.test/v1" },
    topics: { prompt: "Rivers", mode: "tree", depth: 1, degree: 2 },
    generation: { system_prompt: "Write about rivers." },
    output: { num_samples: 2 },
  };
  const controller = new AbortController();
  // It would never call back. So that nobody waits for it, whoever asks it ends the run.
  const clock = mock.method(globalThis, "setImmediate", () => controller.abort());
  try {
    const dataset = await dataweft.generateDataset(config, {
      apiKey: "sk-test",
      signal: controller.signal,
      async fetch(_url, init) {
        const { messages, response_format } = JSON.parse(String(init?.body));
        const { name: purpose, schema } = response_format.json_schema;
        const message = { role: "assistant", content: obligingReply({ messages, schema, purpose }) };
        return Response.json({ choices: [{ index: 0, message, finish_reason: "stop" }] });
      },
    });
    assert.equal(dataset.samples, 2);
  } finally {
    clock.mock.restore();
  }
});
