import type { ModelReply, ModelRequest } from "../index.js";

/** What is called of the class `LanguageModel` that browsers with a built-in model have. */
export interface LanguageModelClass {
  availability(options?: any): Promise<string | null>;
  create(options?: any): Promise<LanguageModelSession>;
  /** Only in extensions. */
  params?(): Promise<unknown>;
}

/** What is called of a session with the built-in model. */
export interface LanguageModelSession {
  prompt(input: any, options?: any): Promise<unknown>;
  destroy(): void;
}

export interface LanguageModelOptions {
  /** Hears how much of the model has been downloaded, from 0 to 1, if it still has to be. */
  onDownload?: (progress: number) => void;
  /** Added to the options of every session as it is, for example
   *  `{ samplingMode: "creative", expectedOutputs: [{ type: "text", languages: ["en"] }] }`. */
  create?: Record<string, unknown>;
  /** In an extension: how many of the likeliest tokens the model chooses from. The temperature of the configuration
   *  applies only together with it, and nowhere but in extensions: pages have the `samplingMode` instead. */
  topK?: number;
  /** Does not show the model the schema, which it has to follow all the same. Saves room in its context. */
  omitResponseConstraintInput?: boolean;
  /** Requests that the model works on at once; more wait for their turn. Default 1. */
  parallel?: number;
}

/**
 * Lets the model that is built into the browser (Chrome's Prompt API) answer a run. Pages have it, workers do not.
 *
 * ```js
 * button.onclick = async () => {
 *   const model = languageModel(LanguageModel, { onDownload: (progress) => (bar.value = progress) });
 *   const dataset = await generateDataset(config, { model });
 * };
 * ```
 *
 * A schema is enforced while the model writes. The browser downloads its model when it is first used, and only after a
 * click. It tells no usage and knows no limit of tokens: `max_tokens` has no effect.
 *
 * @param languageModel The browser's class. Default: `globalThis.LanguageModel`.
 */
export function languageModel(
  languageModel?: LanguageModelClass,
  options?: LanguageModelOptions,
): (request: ModelRequest, context: { signal: AbortSignal }) => Promise<ModelReply>;
