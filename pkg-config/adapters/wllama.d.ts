import type { ModelReply, ModelRequest } from "../index.js";

/** The one method of a loaded `Wllama` (npm `@wllama/wllama` 3) that is called. */
export interface LoadedWllama {
  createChatCompletion(options: any): Promise<any>;
}

export interface WllamaModelOptions {
  /** Requests that the model works on at once; more wait for their turn. At most the `n_parallel` that it was loaded
   *  with, and all of them share its context. Default 1. */
  parallel?: number;
  /** Added to every request as it is, for example `{ top_k: 40, chat_template_kwargs: { enable_thinking: false } }`. */
  request?: Record<string, unknown>;
}

/**
 * Lets a model that wllama has loaded into the page answer a run.
 *
 * ```js
 * const wllama = new Wllama({ default: "/wllama/wasm/wllama.wasm" });
 * await wllama.loadModel([file], { n_ctx: 4096 });
 * await generateDataset(config, { model: wllamaModel(wllama) });
 * ```
 *
 * A schema is enforced while the model writes, an aborted request ends at once, and after a crash of the model every
 * further request is refused instead of waiting for ever.
 */
export function wllamaModel(
  wllama: LoadedWllama,
  options?: WllamaModelOptions,
): (request: ModelRequest, context: { signal: AbortSignal }) => Promise<ModelReply>;
