/** A run through the binding to Workers AI inside a Worker: POST {model, options, stop}, get what came of it. */
// @ts-ignore: the test lays the package beside this file
import { generateDataset } from "./package/entry-workerd.js";
// @ts-ignore: as above
import { workersAiModel } from "./package/adapters/workers-ai.js";

const rate_limit = { base_delay: 0.1, max_delay: 1, backoff_strategy: "constant" };
const config = {
  topics: { prompt: "Rivers", mode: "tree", depth: 2, degree: 3, rate_limit },
  generation: { system_prompt: "Write about rivers.", conversation: { type: "basic" }, rate_limit },
  output: { num_samples: "auto", batch_size: 1 },
};

export default {
  /** @param {Request} request @param {any} env */
  async fetch(request, env) {
    const { model, options, stop } = /** @type {any} */ (await request.json());
    const stopping = new AbortController();
    /** @param {any} dataset */
    const told = async (dataset) => ({
      questions: (await dataset.jsonl.text())
        .split("\n")
        .slice(0, -1)
        .map((/** @type {string} */ line) => JSON.parse(line).question),
      failures: dataset.failures.length,
      topics: dataset.topics.topics.length,
      usage: dataset.usage,
    });
    try {
      const dataset = await generateDataset(config, {
        model: workersAiModel(env.AI, model, options),
        signal: stopping.signal,
        // Once the first request is under way.
        onEvent: () => void (stop && setTimeout(() => stopping.abort())),
      });
      return Response.json(await told(dataset));
    } catch (thrown) {
      const { name, code, status, retryable, message, partial } = /** @type {any} */ (thrown);
      return Response.json({ name, code, status, retryable, message, partial: partial && (await told(partial)) });
    }
  },
};
