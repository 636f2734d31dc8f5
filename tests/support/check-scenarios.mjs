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
  noAnswer: { code: "invalid_output", partial: 0, says: /lacks the property "answer"/ },
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

/** @typedef {import("./model-server.mjs").Served} Served */
/** @typedef {{ requests: Served[], most: (label: string) => number, runtime: string }} Seen what the server saw */

/** The requests of the run with this label. @param {Seen} seen @param {string} label */
const of = ({ requests }, label) => requests.filter(({ run }) => run.endsWith(`-${label}`));

/** Requests beyond those that a run needs, where a server takes less than it is asked, by the modes there are. */
const DETOURS = {
  "refuses-schema": () => 1,
  "ignores-schema": () => 1,
  "refuses-all": (/** @type {number} */ modes) => modes - 1,
  "ignores-all": (/** @type {number} */ modes) => modes - 1,
};

/** @type {Record<string, (result: any, seen: Seen) => void | Promise<void>>} */
const EXPECTED = {
  providers(results, seen) {
    assert.equal(Object.keys(results).length, 5);
    for (const [protocol, result] of Object.entries(results)) {
      for (const [way, { samples, failures, usage, digest }] of Object.entries(/** @type {any} */ (result))) {
        assert.deepEqual(
          { protocol, way, samples, failures, digest },
          { protocol, way, samples: 9, failures: 0, digest: results.chat.streamed.digest },
        );
        const requests = of(seen, way === "whole" ? `${protocol}-whole` : protocol);
        assert.equal(requests.length, 13);
        for (const request of requests) {
          assert.deepEqual([request.protocol, request.streams, request.mode], [protocol, way === "streamed", "schema"]);
        }
        const { inputTokens, cachedInputTokens, outputTokens, reasoningTokens } = usage;
        const tells = protocol !== "ollama";
        assert.deepEqual(
          { protocol, inputTokens, cachedInputTokens, outputTokens, reasoningTokens },
          {
            protocol,
            inputTokens: 1300,
            cachedInputTokens: tells ? 520 : 0,
            outputTokens: 260,
            reasoningTokens: tells ? 65 : 0,
          },
        );
      }
    }
  },
  abortInStream(results, seen) {
    for (const [protocol, { code, samples, lines }] of Object.entries(results)) {
      assert.deepEqual({ protocol, code, samples, lines }, { protocol, code: "aborted", samples: 4, lines: 4 });
      const requests = of(seen, protocol);
      assert.equal(requests.length, 12);
      assert.ok(
        requests.every(({ number, closedEarly }) => closedEarly === number >= 8),
        `${protocol}: what is half written is closed`,
      );
    }
  },
  cutOff(results, seen) {
    for (const [protocol, { samples, failures, digest }] of Object.entries(results)) {
      assert.deepEqual({ protocol, samples, failures, digest }, { protocol, samples: 9, failures: 0, digest });
      const endless = of(seen, protocol).filter(({ closedEarly }) => closedEarly);
      assert.equal(endless.length, 3, protocol);
      assert.equal(digest, results.chat.digest, protocol);
    }
  },
  modes(results, seen) {
    for (const [protocol, faults] of Object.entries(results)) {
      for (const [fault, { samples, failures, digest }] of Object.entries(/** @type {any} */ (faults))) {
        assert.deepEqual(
          { protocol, fault, samples, failures, digest },
          { protocol, fault, samples: 9, failures: 0, digest: results.chat["refuses-schema"].digest },
        );
        const requests = of(seen, `${protocol}-${fault}`);
        const detours = DETOURS[/** @type {keyof typeof DETOURS} */ (fault)](protocol === "anthropic" ? 3 : 4);
        assert.equal(requests.length, 13 + detours, `${protocol}, ${fault}: learned once`);
        const works = fault.endsWith("-all") ? "text" : "tool";
        assert.ok(
          requests.slice(detours).every(({ mode }) => mode === works),
          `${protocol}, ${fault}: remembered`,
        );
      }
    }
  },
  passingTroubles(results, seen) {
    for (const [protocol, faults] of Object.entries(results)) {
      for (const [fault, { samples, failures, digest, usage }] of Object.entries(/** @type {any} */ (faults))) {
        assert.deepEqual(
          { protocol, fault, samples, failures, digest },
          { protocol, fault, samples: 9, failures: 0, digest: results.chat.stops.digest },
        );
        const requests = of(seen, `${protocol}-${fault}`);
        assert.ok(requests.length > 13 && usage.retries === requests.length - 13, `${protocol}, ${fault}`);
        if (fault === "throttled") {
          const wait = requests[requests.length - 1].at - requests[6].at;
          assert.ok(requests.length === 14 && wait >= 1000, `${protocol} is asked no sooner than it said: ${wait} ms`);
        }
        const unanswered = requests.filter(({ closedEarly }) => closedEarly).length;
        assert.equal(unanswered > 0, fault === "pauses" || fault === "slow", `${protocol}, ${fault}`);
      }
    }
  },
  budget(results, seen) {
    for (const [protocol, cases] of Object.entries(results)) {
      for (const [name, { code, samples, lines, usage }] of Object.entries(/** @type {any} */ (cases))) {
        assert.deepEqual({ protocol, name, code, lines }, { protocol, name, code: "budget", lines: samples });
        assert.ok(samples >= 3, `${protocol}, ${name}: what was made is kept`);
        const requests = of(seen, `${protocol}-${name}`);
        const tokens = requests.reduce((sum, { tokens: { input, output } }) => sum + input + output, 0);
        if (name === "requests") assert.equal(requests.length, 7, protocol);
        else if (name === "cost") assert.ok(usage.cost <= 0.009 && usage.cost > 0, `${protocol}: ${usage.cost}`);
        else assert.ok(tokens <= (name === "tokens" ? 5000 : 9000), `${protocol}, ${name}: ${tokens}`);
        assert.equal(usage.requests, requests.length, `${protocol}, ${name}`);
      }
    }
  },
  chargedCutOffs(results, seen) {
    for (const [protocol, { usage }] of Object.entries(results)) {
      const requests = of(seen, protocol);
      const input = requests.reduce((sum, { tokens }) => sum + tokens.input, 0);
      const output = requests.reduce((sum, { tokens }) => sum + tokens.output, 0);
      assert.ok(input + output <= 9000, `${protocol}: the server counts ${input + output} of 9000 tokens`);
      // Nobody tells how many tokens a reply has that was cut off, but it is not nothing.
      const told = usage.inputTokens + usage.outputTokens;
      assert.ok(told > 0.7 * (input + output), `${protocol}: ${told} of ${input + output} tokens are told`);
    }
  },
  additions(results) {
    for (const [protocol, { streamed, whole }] of Object.entries(results)) {
      assert.deepEqual([whole.samples, whole.usage.requests], [9, 13], protocol);
      assert.deepEqual([streamed.samples, streamed.usage.requests], [9, 13], protocol);
    }
  },
  cost({ usage, plan, free }) {
    const { stages, ...total } = usage;
    const parts = [
      [4, stages.topics],
      [9, stages.samples],
      [13, total],
    ];
    for (const [requests, { cost, ...used }] of parts) {
      assert.deepEqual(used, {
        requests,
        inputTokens: requests * 100,
        outputTokens: requests * 20,
        cachedInputTokens: requests * 40,
        reasoningTokens: requests * 5,
        retries: 0,
      });
      // 60 tokens at 1 dollar a million, 40 at half of that, 20 at 2.
      assert.ok(Math.abs(cost - requests * 120e-6) < 1e-12, `${cost} for ${requests} requests`);
    }
    assert.ok(plan.cost.amount > 0 && plan.cost.currency === "USD");
    assert.ok(!("cost" in free) && !("cost" in free.stages.topics));
  },
  privateAddresses(results, { runtime }) {
    const isPage = runtime === "Chromium";
    const reached = { code: "auth", sent: 1, advises: false };
    const refused = { code: "config", sent: 0, advises: true };
    const expected = {
      far: isPage ? reached : refused,
      farAllowed: reached,
      here: reached,
      hereRefused: refused,
      publicRefused: reached,
    };
    assert.deepEqual(Object.keys(results), Object.keys(expected));
    for (const [name, outcome] of Object.entries(expected)) {
      assert.ok(results[name].length > 0);
      for (const result of results[name]) {
        assert.deepEqual({ name, ...result }, { name, address: result.address, ...outcome });
      }
    }
  },
  crowd(result, { most, runtime }) {
    assert.deepEqual([result.samples, result.failures], [40, 0]);
    // Workers and pages have six connections; what waits for one would be paced and timed as if it had been sent.
    assert.equal(most("chat"), runtime === "Node" ? 20 : 6);
  },
  quotedKeys(results, seen) {
    for (const [protocol, faults] of Object.entries(results)) {
      for (const [fault, { code, events, says, leaks }] of Object.entries(/** @type {any} */ (faults))) {
        assert.deepEqual({ protocol, fault, code, leaks }, { protocol, fault, code: "provider", leaks: false });
        assert.match(says, /\[redacted\]/);
        assert.ok(events > 0);
      }
    }
    assert.equal(Object.keys(results).length, 5);
    for (const { protocol, url, body, headers } of seen.requests) {
      assert.ok(!`${url} ${JSON.stringify(body)}`.includes("sk-test-key"), `${protocol}: in the headers alone`);
      const holders = Object.entries(headers).filter(([, value]) => String(value).includes("sk-test-key"));
      assert.equal(holders.length, 1, `${protocol}: in one header`);
    }
  },
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
    assert.deepEqual(rest, { reported: [9, 9, 9], some: 2, first: 3, failedWith: "quota", one: rest.one, topics: 9 });
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
  providers: "every provider's protocol gives the same dataset, streamed and whole",
  abortInStream: "an abort in the middle of streams closes their connections",
  cutOff: "a reply that breaks its schema is cut off, and the run still delivers",
  modes: "what a server makes of a schema is learned once and remembered for the run",
  passingTroubles: "limits, outages, broken and silent streams are ridden out",
  budget: "a budget ends the run before it is overshot, and keeps what was made",
  chargedCutOffs: "what was written of a reply that is cut off counts as used",
  additions: "a reply with more than was asked for is taken, streamed or whole",
  cost: "tokens and cost add up, for the run and for its stages",
  privateAddresses: "private addresses are reached from pages, or where that is allowed",
  crowd: "no more requests are under way than the runtime has connections for",
  quotedKeys: "a key stays in its header, whatever a server repeats of it",
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
        const chosen = setting();
        const result = await runtime.run(scenario, chosen, build);
        await EXPECTED[scenario](result, {
          requests: await server.settled(chosen.run),
          most: (label) => server.mostUnderWay(`${chosen.run}-${label}`),
          runtime: name,
        });
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
