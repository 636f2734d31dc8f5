/**
 * Requests as the wasm has them sent. What is whole arrives in one call, not step by step: each call between the two costs
 * more than the work that it is about.
 */

/** Answers that come piece by piece, as their type says. */
const STREAM = /event-stream|ndjson|jsonl/;

/** An answer, of which headers are asked and, where it is a stream, pieces. */
class Answer {
  /** @type {ReadableStreamDefaultReader<Uint8Array> | undefined} */
  #reader;

  /** @param {Response} response */
  constructor(response) {
    this.response = response;
  }

  /** The next piece of a stream; undefined after the last. */
  async next() {
    this.#reader ??= this.response.body?.getReader();
    return (await this.#reader?.read())?.value;
  }
}

/**
 * Sends a request and, unless it is given up, calls `settle` once: with the status and the text of an answer, without text
 * for a stream, with status -1 and what was thrown, or with that alone where the caller's fetch gave no answer.
 * @param {(id: number, status: number, text: string | undefined, answer: unknown) => void} settle
 * @param {number} id
 * @param {typeof fetch | undefined} own the caller's fetch, where the global one is not to be used
 * @param {string} method
 * @param {string} url
 * @param {string} headers names and values in turn, one a line
 * @param {string | undefined} body JSON, where something is sent along
 * @param {AbortSignal | undefined} signal
 */
export async function send(settle, id, own, method, url, headers, body, signal) {
  /** @type {[status: number, text?: string, answer?: unknown]} */
  let outcome;
  try {
    /** @type {Record<string, string>} */
    const named = body === undefined ? {} : { "content-type": "application/json" };
    const lines = headers.split("\n");
    for (let at = 0; at + 1 < lines.length; at += 2) named[lines[at]] = lines[at + 1];
    // A plain call: fetch refuses any other `this`. Not "error", which workerd does not know: the answer to a redirect is
    // judged by its status.
    const response = await (own ?? fetch)(url, { method, headers: named, body, redirect: "manual", signal });
    // Anything that answers like a Response: other realms and polyfills have their own class.
    if (typeof response?.status !== "number" || !response.text || !response.headers?.get) outcome = [-1, ""];
    else {
      const streams = response.ok && response.body && STREAM.test(response.headers.get("content-type") ?? "");
      outcome = [response.status, streams ? undefined : await response.text(), new Answer(response)];
    }
  } catch (error) {
    outcome = [-1, undefined, error];
  }
  // Whoever gave the request up is not there any more.
  if (!signal?.aborted) settle(id, ...outcome);
}
