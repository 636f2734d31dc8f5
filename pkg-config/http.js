/**
 * Requests as the wasm has them sent. What is whole arrives in one call, not step by step: each call between the two costs
 * more than the work that it is about.
 */

/** Answers that come piece by piece, as their type says. */
const STREAM = /event-stream|ndjson|jsonl/;

/** As it was when the library was loaded: tests put clocks in its place that stand still. */
const { setImmediate } = globalThis;

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

/** What waits for the end of this turn of the event loop. @type {(() => void)[]} */
let outcomes = [];

function settleAll() {
  const all = outcomes;
  outcomes = [];
  for (const settle of all) settle();
}

/**
 * Calls `settle` together with those of all other answers that are there already: their samples are judged and the next
 * requests sent in one go, while the code for it is in the processor's caches. Where a server answers at once, a sample
 * costs two fifths less that way; where it takes its time, an answer waits for nothing. Runtimes that cannot tell the end
 * of a turn have theirs at once.
 * @param {() => void} settle
 */
function settleSoon(settle) {
  if (!setImmediate) settle();
  else if (outcomes.push(settle) === 1) setImmediate(settleAll);
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
 * @param {string | Blob | undefined} body a text is JSON, unless the headers say otherwise
 * @param {AbortSignal | undefined} signal
 */
export async function send(settle, id, own, method, url, headers, body, signal) {
  /** @type {[status: number, text?: string, answer?: unknown]} */
  let outcome;
  try {
    /** @type {Record<string, string>} */
    const named = typeof body === "string" ? { "content-type": "application/json" } : {};
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
  settleSoon(() => {
    // Whoever gave the request up is not there any more.
    if (!signal?.aborted) settle(id, ...outcome);
  });
}
