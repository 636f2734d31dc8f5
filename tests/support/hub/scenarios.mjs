/**
 * What uploads promise, as functions of the package: the same in every runtime. Each gets the package and a plain setting,
 * and gives plain data.
 */
import { jsonl, mixedRows } from "./rows.mjs";
import { TOKENS } from "./tokens.mjs";

/** @typedef {typeof import("dataweft")} Package */
/** @typedef {{ hub: string, world: string }} Setting */

const repository = "me/rivers";
const config = {
  llm: { provider: "openai", model: "small-1", base_url: "http://10.1.2.3:8000/v1" },
  topics: { prompt: "Rivers <b>of</b> [Europe](http://x)", mode: "tree", depth: 1, degree: 2 },
  generation: { system_prompt: "Write about rivers.", conversation: { type: "basic" } },
  output: { num_samples: "auto" },
};

/**
 * Options for a Hub of one's own, on which faults happen.
 * @param {Setting} setting
 * @param {{ label?: string, faults?: string }} [of]
 */
const optionsFor = ({ hub, world }, { label = "one", faults = "none" } = {}) => ({
  repository,
  token: TOKENS.write,
  hubUrl: `${hub}/world/${world}-${label}/${faults}`,
});

/** What came of an upload, as plain data. @param {Promise<any>} upload */
async function outcome(upload) {
  try {
    const { url, commit, files } = await upload;
    return { url: new URL(url).pathname.replace(/^\/world\/[^/]+\/[^/]+/, ""), commit, files };
  } catch (thrown) {
    const { name, code, status, retryable, message, requestId, cause } = /** @type {any} */ (thrown);
    return {
      name,
      code,
      status,
      retryable,
      message,
      requestId,
      cause: cause === undefined ? undefined : String(cause),
    };
  }
}

/** @type {Record<string, (dataweft: Package, setting: Setting) => Promise<any>>} */
export const hubScenarios = {
  /** A dataset with topics, a configuration and all types of sample. */
  async uploadDataset(dataweft, setting) {
    const topics = await dataweft.parseTopics('{"path":["Rivers","Rhine"]}\n{"path":["Rivers","Elbe"]}\n');
    const blob = jsonl(mixedRows(40));
    const usage = /** @type {any} */ ({});
    const dataset = {
      jsonl: blob,
      samples: 40,
      topics,
      failures: [],
      usage,
      report: /** @type {any} */ ({ asked: 42, delivered: 40, acceptanceRate: 0.125 }),
    };
    /** @type {any[]} */
    const events = [];
    const result = await outcome(
      dataweft.uploadDataset(dataset, {
        ...optionsFor(setting),
        private: true,
        config,
        license: "cc-by-4.0",
        tags: ["rivers", "no: yes"],
        message: "Add rivers",
        split: { test: 0.1, seed: 3 },
        onEvent: (event) => void events.push(event),
      }),
    );
    return { result, events };
  },

  /** A Blob, twice, once its token being asked for. */
  async uploadTwice(dataweft, setting) {
    const options = optionsFor(setting);
    let asked = 0;
    const token = async () => {
      asked++;
      return TOKENS.write;
    };
    const first = await outcome(dataweft.uploadDataset(jsonl(mixedRows(60)), options));
    const second = await outcome(dataweft.uploadDataset(jsonl(mixedRows(60)), { ...options, token }));
    return { first, second, asked };
  },

  /** Two at once, through one fetch that keeps what it sent and looks at it when all is done. */
  async keptBodies(dataweft, setting) {
    /** @type {Record<string, Blob[]>} */
    const objects = {};
    /** @type {Blob[]} */
    const commits = [];
    /** @type {typeof fetch} */
    const keeping = (input, init) => {
      const { pathname } = new URL(String(input));
      const body = /** @type {any} */ (init?.body);
      const [, name] = /\/object\/(\w+)$/.exec(pathname) ?? [];
      if (name) (objects[name] ??= []).push(body);
      if (pathname.includes("/commit/")) commits.push(body);
      return fetch(input, init);
    };
    const upload = (/** @type {string} */ label, /** @type {number} */ count) =>
      outcome(dataweft.uploadDataset(jsonl(mixedRows(count)), { ...optionsFor(setting, { label }), fetch: keeping }));
    const results = await Promise.all([upload("kept-1", 60), upload("kept-2", 90)]);
    const sent = [];
    for (const [name, parts] of Object.entries(objects)) {
      const digest = await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer());
      const digits = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0"));
      sent.push({ name, hash: digits.join(""), parts: parts.length });
    }
    const lines = (await Promise.all(commits.map((body) => body.text()))).map((text) => text.trimEnd().split("\n"));
    return { results, sent, commits: lines.map((lines) => lines.map((line) => JSON.parse(line).key)) };
  },

  /** Faults that pass, each on a Hub of its own. */
  async ridesOut(dataweft, setting) {
    const faults = [
      "commit.409.1",
      "commit.after500.1",
      "commit.lose.1",
      "commit.limited.1",
      "put.expired.1",
      "put.drop.1",
      "put.lose.1",
      "preupload.503.1",
      "create.lose.1",
      "batch.502.1",
      "verify.500.1",
      "whoami.limited.1",
    ];
    const run = async (/** @type {string} */ fault, /** @type {number} */ number) => {
      const options = optionsFor(setting, { label: `fault-${number}`, faults: fault });
      return { fault, result: await outcome(dataweft.uploadDataset(jsonl(mixedRows(60)), options)) };
    };
    return Promise.all(faults.map(run));
  },

  /** Failures that do not pass. */
  async refusals(dataweft, setting) {
    const cases = {
      conflict: { faults: "commit.412.9" },
      noToken: { options: { token: "" } },
      wrongToken: { options: { token: "hf_wrong" } },
      readOnly: { options: { token: TOKENS.read } },
      tokenThrows: { options: { token: () => Promise.reject(new Error("vault is closed")) } },
      brokenToken: { options: { token: "hf_a\nb" } },
      notMine: { options: { repository: "you/rivers" } },
      noRepository: { options: { repository: "rivers" } },
      unknownOption: { options: { repo: "me/rivers" } },
      badLine: { rows: '{"a":1}\nhello\n' },
      empty: { rows: "" },
      notADataset: { rows: 5 },
      badConfig: { options: { config: { topics: {} } } },
    };
    /** @type {Record<string, any>} */
    const results = {};
    for (const [name, { faults, options, rows }] of Object.entries(/** @type {Record<string, any>} */ (cases))) {
      const data = rows === undefined ? jsonl(mixedRows(8)) : typeof rows === "string" ? new Blob([rows]) : rows;
      const all = { ...optionsFor(setting, { label: name.toLowerCase(), faults }), ...options };
      results[name] = await outcome(dataweft.uploadDataset(data, all));
    }
    return results;
  },

  /** Stopped while each step hangs, then made again on the same Hub. */
  async abortAnywhere(dataweft, setting) {
    const steps = ["whoami", "info", "create", "preupload", "tree", "batch", "put", "verify", "commit"];
    const run = async (/** @type {string} */ step) => {
      const options = optionsFor(setting, { label: `stop-${step}`, faults: `${step}.hang.1` });
      const stop = new AbortController();
      /** @type {Promise<void> | undefined} */
      let stopping;
      const stopOnceAsked = async () => {
        await fetch(`${options.hubUrl}/asked/${step}`);
        stop.abort("enough");
      };
      /** @type {typeof fetch} */
      const hanging = (input, init) => {
        if (String(input).includes(PLACES[step])) stopping ??= stopOnceAsked();
        return fetch(input, init);
      };
      const upload = dataweft.uploadDataset(jsonl(mixedRows(60)), { ...options, signal: stop.signal, fetch: hanging });
      const stopped = await outcome(upload);
      const again = await outcome(dataweft.uploadDataset(jsonl(mixedRows(60)), options));
      return { step, stopped, again };
    };
    const results = [];
    for (const step of steps) results.push(await run(step));
    return results;
  },

  /** Pull requests and branches. */
  async elsewhere(dataweft, setting) {
    const options = optionsFor(setting);
    await dataweft.uploadDataset(jsonl(mixedRows(4)), options);
    const more = jsonl(mixedRows(30));
    const proposed = await outcome(dataweft.uploadDataset(more, { ...options, createPr: true, message: "More" }));
    const again = await outcome(dataweft.uploadDataset(more, { ...options, createPr: true, message: "More" }));
    const branch = await outcome(dataweft.uploadDataset(more, { ...options, revision: "more/rivers" }));
    return { proposed, again, branch };
  },
};

/** A part of the address that a step is asked for at. @type {Record<string, string>} */
const PLACES = {
  whoami: "/whoami-v2",
  info: "/api/datasets/me/rivers",
  create: "/repos/create",
  preupload: "/preupload/",
  tree: "/tree/",
  batch: "/objects/batch",
  put: "/object/",
  verify: "/verify/",
  commit: "/commit/",
};
