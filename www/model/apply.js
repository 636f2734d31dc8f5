// Puts the model that was chosen on the page into a configuration.

/** @import { Config, RunOptions } from "../package.js" */

/**
 * The outcome of a choice: a server that answers, or a function in the page that does. A server without `provider`
 * answers in OpenAI's form; at a provider's own address the library knows the way.
 *
 * @typedef {{ kind: "server", provider?: string, baseUrl: string, isOwnAddress?: boolean, model: string, apiKey: string }
 *   | { kind: "callback", model: string, answer: NonNullable<RunOptions["model"]>, oneAtATime: boolean }} ChosenModel
 */

/**
 * A copy of the configuration in which the chosen model grows the topics and writes the samples. Temperatures stay.
 *
 * @param {Config} config as `parseConfig` returns it
 * @param {ChosenModel} chosen
 * @returns {Config}
 */
export function withModel(config, chosen) {
  /** @type {any} */
  const copy = structuredClone(config);
  for (const section of [copy.topics, copy.generation]) {
    // Records say what made them.
    section.llm = { ...section.llm, model: chosen.model };
    if (chosen.kind === "server") {
      section.llm.provider = chosen.provider ?? "openai";
      delete section.llm.base_url;
      if (!chosen.isOwnAddress) section.llm.base_url = chosen.baseUrl;
    }
  }
  if (chosen.kind === "callback" && chosen.oneAtATime) {
    // Requests that wait for their turn inside the page would only wait longer.
    copy.topics.max_concurrent = 1;
    copy.output.batch_size = 1;
  }
  return copy;
}

/**
 * @param {ChosenModel} chosen
 * @returns {Pick<RunOptions, "model" | "apiKey">}
 */
export function runOptions(chosen) {
  return chosen.kind === "server" ? { apiKey: chosen.apiKey } : { model: chosen.answer };
}
