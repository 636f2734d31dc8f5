/** What each scenario of agents has to give, in whichever runtime it ran. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { inputsMissing, publishedConfigs } from "../inputs.mjs";
import { startModelServer } from "../model-server.mjs";
import { dataweft } from "../package.mjs";
import { agentScenarios } from "./scenarios.mjs";
import { startToolServer } from "./server.mjs";

/** @typedef {Awaited<ReturnType<typeof startToolServer>>["counts"]} Counts */

/** Everything that was asked for is there and true. @param {string} name @param {any} result @param {number} samples */
function assertSound(name, result, samples) {
  const { samples: delivered, failures, problems, issues } = result;
  assert.deepEqual(
    { name, delivered, failures, problems, issues },
    { name, delivered: samples, failures: [], problems: [], issues: [] },
  );
}

/** @type {Record<string, { promise: string, needsInputs?: boolean, check: (result: any, inNode: () => Promise<any>, counts: Counts) => void | Promise<void> }>} */
const EXPECTED = {
  published: {
    promise: "published configurations of agents run unchanged, with and without the tool service that they name",
    needsInputs: true,
    async check(results, inNode, counts) {
      const names = [
        "agent-tools",
        "complete",
        "spin-blender",
        "spin-github-tools",
        "spin-kubernetes",
        "spin-vfs-tools",
      ];
      assert.deepEqual(Object.keys(results).sort(), names);
      assert.ok(counts.calls > 0 && counts.sessions > 0);
      assert.equal(counts.ended, counts.sessions, "the service may forget every conversation");
      const expected = await inNode();
      for (const [name, { asked, alone, served, isFilesAlone, listed }] of Object.entries(results)) {
        assertSound(`${name} without a service`, alone, asked);
        assertSound(`${name} with a service`, served, asked);
        assert.match(alone.warnings[0], /^no tool service answers at generation\.tools\.spin_endpoint/);
        assert.deepEqual(served.warnings, [], name);
        // Whoever keeps the files, the same happens to them.
        if (isFilesAlone) assert.equal(alone.digest, served.digest, name);
        assert.equal(alone.digest, expected[name].alone.digest, `${name}: as in Node`);
        assert.ok(listed.length > 0);
      }
    },
  },
  written: {
    promise: "agents of both kinds are true to the byte whatever runs at once, also of a model that errs",
    async check(results, inNode) {
      const expected = await inNode();
      assert.equal(Object.keys(results).length, 8);
      for (const [name, result] of Object.entries(results)) {
        assertSound(name, result, name.startsWith("single_turn") ? 40 : 16);
        assert.equal(result.digest, expected[name].digest, `${name}: as in Node`);
        assert.equal(result.digest, results[name.replace(/\d+$/, "1")].digest, `${name}: at any concurrency`);
        assert.ok(result.situations.length >= 3, `${name}: ${result.situations}`);
      }
      for (const [mode, most] of /** @type {const} */ ([
        ["single_turn", 1.6],
        ["multi_turn", 1.6],
      ])) {
        const times = results[`${mode} errs 1`].requests / results[`${mode} none 1`].requests;
        assert.ok(times > 1 && times < most, `${mode}: ${times} times the requests`);
      }
    },
  },
  withModel: {
    promise: "agents of the caller's own model are true to the byte whatever runs at once",
    async check(results, inNode) {
      const expected = await inNode();
      for (const [name, result] of Object.entries(results)) {
        assertSound(name, result, 30);
        assert.equal(result.digest, expected[name].digest, `${name}: as in Node`);
        assert.equal(result.digest, results[name.replace(/\d+$/, "1")].digest, `${name}: at any concurrency`);
      }
    },
  },
  servers: {
    promise: "tools of an MCP server and of a tool service are called, and told when a conversation is over",
    check(results, _, counts) {
      for (const [name, result] of Object.entries(results)) {
        assertSound(name, result, 4);
        assert.deepEqual(result.warnings, [], name);
      }
      assert.ok(counts.sessions > 4, "plans are tried in sessions of their own");
      assert.equal(counts.ended, counts.sessions);
    },
  },
  hostile: {
    promise: "whatever a tool says, records stay sound and small, and it steers nothing",
    check(results) {
      assert.equal(Object.keys(results).length, 4);
      for (const [name, { called, deleted, longest, asked, polluted, ...result }] of Object.entries(results)) {
        assertSound(name, result, 12);
        assert.ok(called > 0, `${name}: the tool is called`);
        assert.deepEqual({ name, deleted, asked, polluted }, { name, deleted: 0, asked: [], polluted: undefined });
        assert.ok(longest < 120_000, `${name}: ${longest} characters`);
      }
    },
  },
  mistakes: {
    promise: "mistakes about tools end a run before anything is paid for",
    check(results) {
      const says = {
        noTools: { code: "config", says: /function for get_order, which is no tool .* generation\.tools\.custom/ },
        noSuchTool: { code: "config", says: /function for other, which is no tool/ },
        noServer: { code: "tool", says: /MCP server generation\.tools\.mcp\.shop is of no use/ },
      };
      assert.deepEqual(Object.keys(results), Object.keys(says));
      for (const [name, expected] of Object.entries(says)) {
        const { code, message, requests } = results[name];
        assert.deepEqual({ name, code, requests }, { name, code: expected.code, requests: 0 });
        assert.match(message, expected.says);
      }
    },
  },
};

/**
 * @param {string} name of the runtime
 * @param {() => Promise<import("../check-scenarios.mjs").Runtime>} open
 */
export function checkAgentScenarios(name, open) {
  describe(`agents in ${name}`, () => {
    /** @type {import("../check-scenarios.mjs").Runtime} */
    let runtime;
    /** @type {Awaited<ReturnType<typeof startModelServer>>} */
    let server;
    before(async () => {
      // Latencies that put replies out of order, the same ones in every run.
      server = await startModelServer({ latency: (body) => (JSON.stringify(body).length * 31) % 5 });
      runtime = await open();
    });
    after(async () => {
      await runtime?.close();
      await server?.close();
    });
    for (const [scenario, { promise, needsInputs, check }] of Object.entries(EXPECTED)) {
      test(promise, { skip: needsInputs && inputsMissing }, async () => {
        const configs = needsInputs ? publishedConfigs() : {};
        const names = [
          ...new Set(
            Object.values(configs)
              .join("\n")
              .match(/(?<=^ +- )[a-z]\w+/gm) ?? [],
          ),
        ];
        const tools = await startToolServer({ names });
        try {
          const setting = () => ({ server: server.url, tools: tools.url, configs, run: randomUUID() });
          const result = await runtime.run(scenario, setting(), "pkg");
          const counts = { ...tools.counts };
          await check(result, () => agentScenarios[scenario](dataweft, setting()), counts);
        } finally {
          await tools.close();
        }
      });
    }
  });
}
