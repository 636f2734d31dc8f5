// What an error of a run means for the person in front of the page, and what to do about it.

import { isLoopback } from "./model/providers.js";

/** @import { ChosenModel } from "./model/apply.js" */

/** @type {Record<string, string>} */
const TITLES = {
  config: "The configuration has errors",
  auth: "The key was not accepted",
  quota: "The account has no credit left",
  rate_limit: "Too many requests",
  network: "The server could not be reached",
  timeout: "The server took too long",
  provider: "The model's server reported an error",
  refusal: "The model declined",
  truncated: "The replies were cut off",
  invalid_output: "The replies were not usable",
  tool: "A tool failed",
  budget: "The budget is used up",
  internal: "Something went wrong inside dataweft",
};

/** @type {Record<string, string>} */
const HINTS = {
  config: "They are listed under the editor.",
  quota: "Add credit at the provider, or choose another model.",
  rate_limit: "Wait a moment, lower output.batch_size, or set a rate_limit in the configuration.",
  timeout: "Try again, or choose a faster model.",
  provider: "Check the model's name, and whether the server is well.",
  truncated: "Raise generation.max_tokens, or ask for shorter text in the instructions.",
  invalid_output: "A larger model follows the required form better.",
  internal: "Please report it with the message above.",
};

/**
 * @param {unknown} error
 * @param {ChosenModel | undefined} chosen
 * @returns {{ title: string, message: string, code: string, hint: string }}
 */
export function explainError(error, chosen) {
  const thrown = /** @type {any} */ (error);
  const code = typeof thrown?.code === "string" ? thrown.code : "internal";
  // The editor lists a configuration's errors one by one.
  const listed = code === "config" && thrown.issues?.length > 0;
  const text = error instanceof Error ? error.message : String(error);
  const title = TITLES[code] ?? "The run ended early";
  return { title, message: listed ? "" : text, code, hint: hintFor(code, chosen) };
}

/**
 * @param {string} code
 * @param {ChosenModel | undefined} chosen
 */
function hintFor(code, chosen) {
  const hints = chosen?.kind === "server" ? serverHints(chosen) : {};
  return hints[code] ?? HINTS[code] ?? "";
}

/**
 * @param {{ baseUrl: string, model: string }} server
 * @returns {Record<string, string>}
 */
function serverHints({ baseUrl, model }) {
  const { host, hostname } = new URL(baseUrl);
  if (isLoopback(hostname)) {
    return {
      auth: `The program at ${host} refuses this page, or wants a key. Press Check beside the model's name.`,
      network: "Press Check beside the model's name: it finds out what is the matter.",
    };
  }
  return {
    auth: `Check that the key is complete and belongs to ${host}, and that it may use ${model}.`,
    network: "Check the connection and the address. Some providers do not answer pages at all (CORS).",
  };
}
