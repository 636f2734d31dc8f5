/** Requests as the wasm has them sent: whole where the answer is whole, so that it is asked once and not at every step. */

/** Answers that come piece by piece, as their type says. */
const STREAM = /event-stream|ndjson|jsonl/;

/** An answer: with all of its text, or the beginning of a stream. */
class Answer {
  /** @type {ReadableStreamDefaultReader<Uint8Array> | undefined} */
  #reader;

  /**
   * @param {Response} response
   * @param {string} [text]
   */
  constructor(response, text) {
    this.response = response;
    this.text = text;
  }

  /** The next piece of a stream; undefined after the last. */
  async next() {
    this.#reader ??= this.response.body?.getReader();
    return (await this.#reader?.read())?.value;
  }
}

/**
 * @param {typeof fetch | undefined} own the caller's fetch, where the global one is not to be used
 * @param {string} url
 * @param {string} headers names and values in turn, one a line
 * @param {string} body
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<Answer | undefined>} nothing where the caller's fetch gave no answer
 */
export async function send(own, url, headers, body, signal) {
  /** @type {Record<string, string>} */
  const named = { "content-type": "application/json" };
  const lines = headers.split("\n");
  for (let at = 0; at + 1 < lines.length; at += 2) named[lines[at]] = lines[at + 1];
  // A plain call: fetch refuses any other `this`. Not "error", which workerd does not know: the answer to a redirect is
  // judged by its status.
  const response = await (own ?? fetch)(url, { method: "POST", headers: named, body, redirect: "manual", signal });
  // Anything that answers like a Response: other realms and polyfills have their own class.
  if (typeof response?.status !== "number" || !response.text || !response.headers?.get) return undefined;
  const streams = response.ok && response.body && STREAM.test(response.headers.get("content-type") ?? "");
  return new Answer(response, streams ? undefined : await response.text());
}
