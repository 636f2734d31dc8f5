import type { ModelReply, ModelRequest } from "../index.js";

/** The one method of the binding to Workers AI, usually `env.AI`, that is called. */
export interface WorkersAiBinding {
  run(model: string, inputs: any, options?: any): Promise<any>;
}

export interface WorkersAiModelOptions {
  /**
   * Sends the requests through an AI Gateway, for example `{ id: "my-gateway" }`; more fields are passed on as they are.
   * Its cache is skipped unless you say `skipCache: false`: it gives the same answer to every request for the same topic.
   */
  gateway?: { id: string; skipCache?: boolean; [more: string]: unknown };
  /** Added to the inputs of every request as it is, for example `{ top_p: 0.9, reasoning_effort: "low" }`. */
  request?: Record<string, unknown>;
}

/**
 * Lets a model of Cloudflare Workers AI answer a run, through the binding of a Worker: no key, no address.
 *
 * ```js
 * const model = workersAiModel(env.AI, "@cf/meta/llama-3.3-70b-instruct-fp8-fast");
 * const dataset = await generateDataset(config, { model });
 * ```
 *
 * A model that has no JSON mode is given the schema in words. How many requests are under way at once is the
 * configuration's `batch_size`.
 */
export function workersAiModel(
  ai: WorkersAiBinding,
  model: string,
  options?: WorkersAiModelOptions,
): (request: ModelRequest, context: { signal: AbortSignal }) => Promise<ModelReply>;
