/** What each scenario of uploads has to give, in whichever runtime it ran. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { startHub } from "./server.mjs";

/** @typedef {(label?: string) => import("./world.mjs").World} WorldOf */

/** Everything is there once, and the token was where it belongs. @param {import("./world.mjs").World} world @param {string} what */
function assertOneCommit(world, what) {
  const repository = world.repositories.get("me/rivers");
  assert.equal(repository?.uploads, 1, `${what}: one commit`);
  assert.equal(new Set(world.storage.stored).size, world.storage.stored.length, `${what}: nothing is sent twice`);
  assert.equal(world.tokensAstray, 0, `${what}: the token goes to the Hub alone`);
}

/** @param {import("./world.mjs").World} world @param {string} path */
const fileOf = (world, path) =>
  world.repositories.get("me/rivers")?.find("main")?.files.get(path)?.content.toString("utf8");

/** @type {Record<string, { code: string, status?: number, says: RegExp, retryable?: boolean }>} */
const REFUSALS = {
  conflict: { code: "hub", status: 412, says: /moved on.*upload again/, retryable: true },
  noToken: { code: "auth", says: /token: pass it/ },
  wrongToken: { code: "auth", status: 401, says: /check the option token/ },
  readOnly: { code: "auth", says: /may only read/ },
  tokenThrows: { code: "auth", says: /vault is closed/ },
  brokenToken: { code: "config", says: /authorization.*complete/ },
  notMine: { code: "auth", status: 403, says: /right to write/ },
  noRepository: { code: "config", says: /user\/name/ },
  unknownOption: { code: "config", says: /unknown option "repo".*repository/ },
  badLine: { code: "config", says: /line 2/ },
  empty: { code: "config", says: /no rows/ },
  notADataset: { code: "config", says: /Blob/ },
  badConfig: { code: "config", says: /prompt/ },
};

/** @type {Record<string, { promise: string, check: (result: any, worldOf: WorldOf) => void }>} */
const EXPECTED = {
  uploadDataset: {
    promise: "data, card, topics and configuration arrive in one commit",
    check({ result, events }, worldOf) {
      const world = worldOf();
      assertOneCommit(world, "plainly");
      const files = [
        "README.md",
        "config.json",
        "topics.jsonl",
        "data/train-00000-of-00001.jsonl",
        "data/test-00000-of-00001.jsonl",
      ];
      assert.deepEqual([result.url, result.files], ["/datasets/me/rivers", files]);
      const repository = world.repositories.get("me/rivers");
      assert.equal(repository?.isPrivate, true);
      assert.deepEqual(repository?.commits.at(-1), { oid: result.commit, revision: "main", summary: "Add rivers" });
      const rows = ["train", "test"].map((split) =>
        fileOf(world, `data/${split}-00000-of-00001.jsonl`)
          ?.trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line)),
      );
      assert.deepEqual(
        rows.map((rows) => rows?.length),
        [36, 4],
      );
      const keys = new Set(rows.flat().map((row) => Object.keys(row).join()));
      assert.deepEqual(
        [...keys],
        ["messages,metadata,question,final_answer,reasoning,tool_context,tools,agent_context,structured_data"],
      );
      assert.equal(fileOf(world, "topics.jsonl"), '{"path":["Rivers","Rhine"]}\n{"path":["Rivers","Elbe"]}\n');
      const config = JSON.parse(fileOf(world, "config.json") ?? "");
      assert.equal(config.topics.prompt, "Rivers <b>of</b> [Europe](http://x)");
      assert.doesNotMatch(
        fileOf(world, "config.json") ?? "",
        /10\.1\.2\.3/,
        "addresses of a private network stay private",
      );
      const card = fileOf(world, "README.md") ?? "";
      for (const part of [
        "license: cc-by-4.0",
        "- synthetic",
        "- rivers\n",
        '- "no: yes"',
        '- "n<1K"',
        "language:\n- en",
        "- text-generation",
        "num_examples: 36",
        "split: test",
        "small-1",
        "2 topics",
        "| samples delivered | 40 |",
        "12.5 %",
        'load_dataset("me/rivers", split="train")',
      ]) {
        assert.ok(card.includes(part), `the card says ${part}:\n${card}`);
      }
      assert.ok(!card.includes("<b>") && !card.includes("](http://x)"), "what others wrote is escaped");
      const done = events.map((/** @type {any} */ event) => event.done);
      assert.deepEqual(
        done,
        done.toSorted((/** @type {number} */ a, /** @type {number} */ b) => a - b),
      );
      const last = events.at(-1);
      assert.deepEqual([last.type, last.done], ["upload_done", last.total]);
    },
  },
  uploadTwice: {
    promise: "two uploads of the same dataset make one commit",
    check({ first, second, asked }, worldOf) {
      assertOneCommit(worldOf(), "twice");
      assert.deepEqual(second, first);
      assert.ok(asked > 0, "a function is asked for the token");
    },
  },
  keptBodies: {
    promise: "what was given to a fetch stays as it was, while other bodies are made",
    check({ results, sent, commits }) {
      for (const { url, message } of results) assert.equal(url, "/datasets/me/rivers", message);
      assert.equal(sent.length, 2);
      for (const { name, hash } of sent) assert.equal(hash, name);
      assert.deepEqual(commits, Array(2).fill(["header", "file", "lfsFile"]));
    },
  },
  ridesOut: {
    promise: "whatever fails in passing, at any step, before or after it took effect, ends in one commit",
    check(results, worldOf) {
      for (const [number, { fault, result }] of results.entries()) {
        assert.equal(result.url, "/datasets/me/rivers", `${fault}: ${result.message}`);
        assertOneCommit(worldOf(`fault-${number}`), fault);
      }
    },
  },
  refusals: {
    promise: "what cannot pass is said with its code and what to do",
    check(results) {
      for (const [name, { says, retryable = false, ...expected }] of Object.entries(REFUSALS)) {
        const { code, status, message, retryable: told, requestId } = results[name];
        assert.deepEqual({ name, code, status, retryable: told }, { name, status: undefined, ...expected, retryable });
        assert.match(message, says);
        assert.doesNotMatch(message, /hf_/);
        if (status) assert.equal(requestId, "request-1");
      }
    },
  },
  abortAnywhere: {
    promise: "an abort ends an upload at once wherever it is, and the next one makes one commit",
    check(results, worldOf) {
      for (const { step, stopped, again } of results) {
        const { name, code, cause } = stopped;
        assert.deepEqual({ step, name, code, cause }, { step, name: "AbortError", code: "aborted", cause: "enough" });
        assert.equal(again.url, "/datasets/me/rivers", `${step}: ${again.message}`);
        const world = worldOf(`stop-${step}`);
        assertOneCommit(world, step);
        assert.ok(
          world.requests.find((request) => request.step === step)?.closedEarly,
          `${step}: the request is closed`,
        );
      }
    },
  },
  elsewhere: {
    promise: "a pull request is opened once, and a branch is made where it is missing",
    check({ proposed, again, branch }, worldOf) {
      assert.deepEqual([proposed.url, again], ["/datasets/me/rivers/discussions/1", proposed]);
      const repository = worldOf().repositories.get("me/rivers");
      assert.deepEqual(
        repository?.discussions.map(({ title }) => title),
        ["More"],
      );
      assert.equal(branch.url, "/datasets/me/rivers/tree/more/rivers");
      assert.deepEqual(
        ["main", "refs/pr/1", "more/rivers"].map(
          (revision) =>
            repository?.find(revision)?.files.get("data/train-00000-of-00001.jsonl")?.content.toString().split("\n")
              .length,
        ),
        [5, 31, 31],
      );
    },
  },
};

/**
 * @param {string} name of the runtime
 * @param {() => Promise<import("../check-scenarios.mjs").Runtime>} open
 */
export function checkHubScenarios(name, open) {
  describe(`uploads in ${name}`, () => {
    /** @type {import("../check-scenarios.mjs").Runtime} */
    let runtime;
    /** @type {Record<string, Awaited<ReturnType<typeof startHub>>>} */
    let hubs;
    before(async () => {
      hubs = { whole: await startHub(), parts: await startHub({ partSize: 6000 }) };
      runtime = await open();
    });
    after(async () => {
      await runtime?.close();
      for (const hub of Object.values(hubs ?? {})) await hub.close();
    });
    for (const [scenario, { promise, check }] of Object.entries(EXPECTED)) {
      for (const way of ["whole", "parts"]) {
        test(`${promise} (objects ${way === "whole" ? "as a whole" : "in parts"})`, async () => {
          const world = randomUUID();
          const result = await runtime.run(scenario, /** @type {any} */ ({ hub: hubs[way].url, world }), "pkg");
          check(result, (label = "one") => hubs[way].world(`${world}-${label}`));
        });
      }
    }
  });
}
