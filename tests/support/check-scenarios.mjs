/** What each scenario has to give, in whichever runtime it ran. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { inputsMissing, publishedConfigs } from "./inputs.mjs";
import { startModelServer } from "./model-server.mjs";
import { dataweft } from "./package.mjs";
import { scenarios } from "./scenarios.mjs";

/**
 * A runtime with the package in it.
 * @typedef {object} Runtime
 * @property {(scenario: string, setting: import("./scenarios.mjs").Setting, build: "pkg" | "pkg-test") => Promise<any>} run
 * @property {() => Promise<void>} close
 */

/** @type {Record<string, { code: string, partial?: number, says: RegExp, status?: number, retryable?: boolean }>} */
const BAD_INPUT = {
  brokenYaml: { code: "config", says: /not closed.*line/ },
  unknownKey: { code: "config", says: /topics\.dpeth.*depth/s },
  unknownOption: { code: "config", says: /unknown option "apikey".*apiKey/ },
  unreachable: { code: "network", partial: 0, says: /127\.0\.0\.1:9.*server running/s, retryable: true },
  unauthorized: { code: "auth", partial: 4, says: /status 401.*apiKey/s, status: 401 },
  noCredit: { code: "quota", partial: 0, says: /no credit/, status: 429 },
  notJson: { code: "invalid_output", partial: 0, says: /not valid JSON/ },
  noAnswer: { code: "invalid_output", partial: 0, says: /no field "answer"/ },
  html: { code: "provider", partial: 0, says: /base_url right/ },
  redirect: { code: "provider", partial: 0, says: /redirects.*base_url/ },
  gone: { code: "network", partial: 4, says: /cannot be reached/, retryable: true },
  badKey: { code: "config", partial: 0, says: /authorization.*key complete/ },
  noKey: { code: "auth", partial: 0, says: /needs an API key.*apiKey/ },
  keyFunctionThrows: { code: "auth", partial: 0, says: /vault is closed/ },
  modelThrows: { code: "provider", partial: 0, says: /a text, not an error/ },
  modelGivesNothing: { code: "provider", partial: 0, says: /object \{text\}/ },
  fetchGivesNothing: { code: "config", partial: 0, says: /did not give a Response/ },
  fetchThrows: { code: "network", partial: 0, says: /cannot be reached/, retryable: true },
  notTopics: { code: "config", says: /line 1.*path/ },
  cyclic: { code: "config", says: /plain data/ },
  notAConfig: { code: "config", says: /YAML text, JSON text or an object/ },
};

/** @type {Record<string, (result: any) => void | Promise<void>>} */
const EXPECTED = {
  publishedConfigs(results) {
    assert.equal(Object.keys(results).length, 7);
    for (const [name, { asked, samples, records, failures, problems, type }] of Object.entries(results)) {
      assert.deepEqual(
        { name, samples, records, failures, problems, type },
        {
          name,
          samples: asked,
          records: asked,
          failures: 0,
          problems: [],
          type: "application/jsonl",
        },
      );
    }
  },
  badInput(results) {
    assert.deepEqual(Object.keys(results), Object.keys(BAD_INPUT));
    for (const [name, { code, partial, says, status, retryable = false }] of Object.entries(BAD_INPUT)) {
      const result = results[name];
      assert.match(result.message, says, name);
      const { isDataweftError, name: errorName, leaksKey } = result;
      assert.deepEqual(
        { name, isDataweftError, errorName, leaksKey },
        {
          name,
          isDataweftError: true,
          errorName: "DataweftError",
          leaksKey: false,
        },
      );
      assert.deepEqual(
        {
          name,
          code: result.code,
          retryable: result.retryable,
          partial: result.partialSamples,
          lines: result.partialLines,
        },
        { name, code, retryable, partial, lines: partial },
      );
      if (status !== undefined) assert.equal(result.status, status, name);
      if (name === "unknownKey") assert.ok(result.issues >= 1);
      if (name === "unauthorized") assert.equal(result.partialTopics, 9);
    }
  },
  abort: (result) =>
    assert.deepEqual(result, {
      name: "AbortError",
      code: "aborted",
      isError: true,
      causeIsReason: true,
      partial: 4,
      lines: 4,
      beforeName: "AbortError",
      beforeCause: "no",
    }),
  stream(result) {
    const { all, ...rest } = result;
    assert.equal(new Set(all).size, 9);
    assert.deepEqual(rest, { some: 2, first: 3, failedWith: "quota", one: rest.one, topics: 9 });
    assert.equal(rest.one.length, 3);
  },
  topics: (results) =>
    assert.deepEqual(
      results,
      ["tree", "graph"].map((mode) => ({ mode, same: true, cloned: true, json: true })),
    ),
  events(result) {
    assert.deepEqual(result.counts, {
      run_done: 1,
      sample_done: 9,
      sample_started: 9,
      topic_done: 4,
      topic_started: 4,
      usage: 13,
    });
    assert.ok(result.monotonic && result.within);
    assert.deepEqual(result.last, { type: "run_done", atEnd: true });
    assert.deepEqual(result.sample, ["messages", "metadata", "question", "final_answer"]);
  },
  keys: (seen) =>
    assert.deepEqual(seen, ["Bearer sk-one", "Bearer sk-two", "Bearer sk-three", "Bearer sk-four", null, null]),
  panic: (result) => assert.deepEqual(result, { errors: [true, true], parsed: "Rivers", samples: 9 }),
};

const PROMISES = {
  publishedConfigs: "published configurations for basic and reasoning data run to a complete dataset",
  badInput: "bad input gives an error with its code, what to do, and everything made before",
  abort: "an abort ends the run at once and keeps what was made",
  stream: "samples come one by one, and leaving the loop ends the run",
  topics: "topics survive JSON, structuredClone and files",
  events: "events come in order, with counts for a progress bar",
  keys: "keys reach the header in every form of the option",
  panic: "a panic rejects its promise and the next call works",
};

/**
 * @param {string} name of the runtime
 * @param {() => Promise<Runtime>} open
 */
export function checkScenarios(name, open) {
  describe(`in ${name}`, () => {
    /** @type {Runtime} */
    let runtime;
    /** @type {Awaited<ReturnType<typeof startModelServer>>} */
    let server;
    before(async () => {
      // Latencies that put replies out of order, the same ones in every run.
      server = await startModelServer({ latency: (body) => (JSON.stringify(body).length * 31) % 7 });
      runtime = await open();
    });
    after(async () => {
      await runtime?.close();
      await server?.close();
    });
    const setting = () => ({ server: server.url, configs: publishedConfigs(), run: randomUUID() });

    for (const [scenario, promise] of Object.entries(PROMISES)) {
      const skip = scenario === "publishedConfigs" && inputsMissing;
      test(promise, { skip }, async () => {
        const build = scenario === "panic" ? "pkg-test" : "pkg";
        await EXPECTED[scenario](await runtime.run(scenario, setting(), build));
      });
    }

    test("the same configuration, seed and replies give the same bytes as in Node, at concurrency 1 and 32", async () => {
      const [here, inNode] = [
        await runtime.run("sameBytes", setting(), "pkg"),
        await scenarios.sameBytes(dataweft, setting()),
      ];
      assert.equal(here.length, 3);
      for (const result of here) assert.deepEqual(result, { digest: inNode[0].digest, samples: 40 });
    });

    test("every published configuration is read", { skip: inputsMissing }, async () => {
      for (const text of Object.values(publishedConfigs())) await dataweft.parseConfig(text);
    });
  });
}
