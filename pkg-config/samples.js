/**
 * Samples as a stream. Nothing runs before the first read. From then on the run works ahead of its reader, by as many
 * samples as it writes at once and no more; whoever stops reading - cancel(), or leaving a for-await loop - stops the run.
 */

import { asDataweftError } from "./errors.js";

/** @typedef {import("./index.js").Sample} Sample */
/** @typedef {import("./dataweft_bg.js").SampleCursor} SampleCursor */
/** What a stream's reader and a run have in common. @typedef {Pick<ReadableStreamDefaultReader<Sample>, "read" | "cancel">} Source */

/**
 * @param {() => Promise<SampleCursor>} openCursor
 * @returns {ReadableStream<Sample> & AsyncIterable<Sample>}
 */
export function streamSamples(openCursor) {
  const run = createRun(openCursor);
  if (typeof ReadableStream === "undefined") {
    const iterable = { [Symbol.asyncIterator]: () => iterate(run) };
    return /** @type {ReadableStream<Sample> & AsyncIterable<Sample>} */ (iterable);
  }
  /** @type {ReadableStream<Sample>} */
  const stream = new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await run.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: run.cancel,
    },
    // The run itself decides how far it works ahead.
    { highWaterMark: 0 },
  );
  // Safari learned to iterate over streams only lately.
  if (!(Symbol.asyncIterator in stream)) {
    Object.defineProperty(stream, Symbol.asyncIterator, {
      value: () => {
        const reader = /** @type {ReadableStream<Sample>} */ (stream).getReader();
        return iterate(reader, () => reader.releaseLock());
      },
    });
  }
  return /** @type {ReadableStream<Sample> & AsyncIterable<Sample>} */ (stream);
}

/**
 * The run behind a stream.
 * @param {() => Promise<SampleCursor>} openCursor
 * @returns {Source}
 */
function createRun(openCursor) {
  /** @type {Promise<SampleCursor> | undefined} */
  let opening;
  let over = false;
  let ahead = 0;
  /** Reads that nobody has asked for yet. @type {Promise<ReadableStreamReadResult<Sample>>[]} */
  const waiting = [];
  /** The read on its way. The next one comes after it, and so does the end: a cursor at work must not be freed. */
  let reading = /** @type {Promise<unknown>} */ (Promise.resolve());

  /** @returns {Promise<ReadableStreamReadResult<Sample>>} */
  const readNext = async () => {
    if (over) return { done: true, value: undefined };
    try {
      opening ??= openCursor();
      const cursor = await opening;
      // At work, it cannot be asked.
      ahead ||= cursor.ahead;
      const value = over ? undefined : await cursor.next();
      if (value !== undefined) return { done: false, value };
    } catch (error) {
      // Whoever cancelled does not want to hear how the run ended.
      if (!over) {
        await close();
        throw asDataweftError(error);
      }
    }
    await close();
    return { done: true, value: undefined };
  };

  /** Gives the cursor's memory back, once. */
  const close = async () => {
    over = true;
    const cursor = await opening?.catch(() => undefined);
    if (opening) cursor?.free();
    opening = undefined;
  };

  const begin = () => {
    const result = reading.then(readNext);
    reading = result.catch(() => {});
    return result;
  };

  const workAhead = () => {
    while (!over && waiting.length < ahead) waiting.push(begin());
  };

  return {
    read() {
      const result = waiting.shift() ?? begin();
      result.then(workAhead, () => {});
      return result;
    },
    async cancel() {
      over = true;
      const cursor = await opening?.catch(() => undefined);
      if (opening) cursor?.cancel();
      await reading;
      await close();
    },
  };
}

/**
 * @param {Source} source
 * @param {() => void} [release]
 * @returns {AsyncIterableIterator<Sample>}
 */
function iterate(source, release = () => {}) {
  let over = false;
  const end = () => {
    if (!over) release();
    over = true;
  };
  return {
    async next() {
      if (over) return { done: true, value: undefined };
      try {
        const { done, value } = await source.read();
        if (!done) return { done, value };
      } catch (error) {
        end();
        throw error;
      }
      end();
      return { done: true, value: undefined };
    },
    async return(value) {
      if (!over) await source.cancel();
      end();
      return { done: true, value };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
