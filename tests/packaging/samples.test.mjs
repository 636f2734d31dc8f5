// The stream of samples over a run that the test plays itself.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { DataweftError } from "../../pkg-config/errors.js";
import { streamSamples } from "../../pkg-config/samples.js";

/** @typedef {import("../../pkg-config/index.js").Sample} Sample */

/** @param {number} number */
const sample = (number) => /** @type {Sample} */ (/** @type {unknown} */ ({ number }));

/**
 * A cursor over these samples that writes down what is asked of it. An Error in the list is thrown. After the last
 * sample it ends, or waits to be cancelled.
 * @param {Array<Sample | Error>} samples
 * @param {{ endless?: boolean }} [options]
 */
function play(samples, { endless = false } = {}) {
  /** @type {string[]} */
  const calls = [];
  let working = false;
  let freed = false;
  let stop = () => {};
  const cursor = {
    async next() {
      assert.equal(working, false, "one call at a time");
      assert.equal(freed, false, "not after free");
      calls.push("next");
      working = true;
      try {
        const item = samples.shift();
        if (item instanceof Error) throw item;
        if (item === undefined && endless) await new Promise((resolve) => (stop = () => resolve(undefined)));
        return item;
      } finally {
        working = false;
      }
    },
    cancel() {
      assert.equal(freed, false, "not after free");
      calls.push("cancel");
      stop();
    },
    free() {
      assert.equal(working, false, "never under a working call");
      assert.equal(freed, false, "once");
      freed = true;
      calls.push("free");
    },
  };
  const open = async () => {
    calls.push("open");
    return /** @type {any} */ (cursor);
  };
  return { calls, open };
}

/** @param {AsyncIterable<Sample>} samples */
async function collect(samples) {
  const numbers = [];
  for await (const { number } of samples) numbers.push(number);
  return numbers;
}

const { ReadableStream } = globalThis;
const nativeIterator = Object.getOwnPropertyDescriptor(ReadableStream.prototype, Symbol.asyncIterator);
/** The runtimes that differ here; the last two are old browsers and engines without streams. */
const runtimes = {
  "streams that iterate": () => {},
  "streams that do not iterate": () => {
    Reflect.deleteProperty(ReadableStream.prototype, Symbol.asyncIterator);
  },
  "no streams": () => {
    Reflect.deleteProperty(globalThis, "ReadableStream");
  },
};
afterEach(() => {
  globalThis.ReadableStream = ReadableStream;
  Object.defineProperty(ReadableStream.prototype, Symbol.asyncIterator, /** @type {any} */ (nativeIterator));
});

for (const [runtime, become] of Object.entries(runtimes)) {
  test(`gives every sample once and frees the run (${runtime})`, async () => {
    become();
    const { calls, open } = play([sample(1), sample(2)]);
    assert.deepEqual(await collect(streamSamples(open)), [1, 2]);
    assert.deepEqual(calls, ["open", "next", "next", "next", "free"]);
  });

  test(`asks for nothing before the first read and for no more than is read (${runtime})`, async () => {
    become();
    const { calls, open } = play([sample(1), sample(2), sample(3)]);
    const samples = streamSamples(open)[Symbol.asyncIterator]();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(calls, []);
    assert.equal((await samples.next()).value?.number, 1);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(calls, ["open", "next"]);
  });

  test(`leaving the loop stops the run (${runtime})`, async () => {
    become();
    const { calls, open } = play([sample(1), sample(2)]);
    for await (const { number } of streamSamples(open)) {
      assert.equal(number, 1);
      break;
    }
    assert.deepEqual(calls, ["open", "next", "cancel", "free"]);
  });

  test(`an error of the run ends the loop with that very error (${runtime})`, async () => {
    become();
    const error = new DataweftError("the key is not accepted", { code: "auth" });
    const { calls, open } = play([sample(1), error]);
    const samples = streamSamples(open)[Symbol.asyncIterator]();
    await samples.next();
    await assert.rejects(samples.next(), (thrown) => thrown === error);
    assert.deepEqual(await samples.next(), { done: true, value: undefined });
    assert.deepEqual(calls, ["open", "next", "next", "free"]);
  });

  test(`a panic arrives as a DataweftError of code internal (${runtime})`, async () => {
    become();
    const panic = new Error("index out of bounds");
    const { open } = play([panic]);
    await assert.rejects(collect(streamSamples(open)), { name: "DataweftError", code: "internal", cause: panic });
  });

  test(`a run that cannot be opened ends the loop with the reason (${runtime})`, async () => {
    become();
    const error = new DataweftError("the configuration has 1 error", { code: "config" });
    await assert.rejects(collect(streamSamples(() => Promise.reject(error))), (thrown) => thrown === error);
  });
}

test("cancelling stops a run that is waiting, and returns when it has stopped", async () => {
  const { calls, open } = play([], { endless: true });
  const reader = streamSamples(open).getReader();
  const read = reader.read();
  await new Promise((resolve) => setImmediate(resolve));
  await reader.cancel();
  assert.deepEqual(await read, { done: true, value: undefined });
  assert.deepEqual(calls, ["open", "next", "cancel", "free"]);
});

test("cancelling a stream that nobody read starts nothing", async () => {
  const { calls, open } = play([sample(1)]);
  await streamSamples(open).cancel();
  assert.deepEqual(calls, []);
});

test("cancelling while the run is being opened starts no work", async () => {
  const { calls, open } = play([sample(1)]);
  const reader = streamSamples(open).getReader();
  const read = reader.read();
  await reader.cancel();
  await read;
  assert.equal(calls.includes("next"), false);
  assert.equal(calls.at(-1), calls.length === 0 ? undefined : "free");
});

test("can be piped and split like any stream", async () => {
  const { open } = play([sample(1), sample(2)]);
  const numbers = new TransformStream({
    transform: (/** @type {Sample} */ { number }, controller) => controller.enqueue(number),
  });
  const [left, right] = streamSamples(open).pipeThrough(numbers).tee();
  assert.deepEqual(await Promise.all([left, right].map((stream) => Array.fromAsync?.(stream) ?? gather(stream))), [
    [1, 2],
    [1, 2],
  ]);
});

/** @param {ReadableStream<unknown>} stream */
async function gather(stream) {
  const values = [];
  for await (const value of stream) values.push(value);
  return values;
}
