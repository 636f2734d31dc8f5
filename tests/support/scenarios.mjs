/**
 * What the package promises, as functions of the package: the same in every runtime. Each gets the package and a plain
 * setting, and gives plain data, so that it can run behind a Worker's fetch handler or inside a page.
 */
import { recordProblems } from "./record.mjs";
import { obligingModel } from "./obliging-model.mjs";

/** @typedef {typeof import("dataweft")} Package */
/** @typedef {{ server: string, configs: Record<string, string>, run: string }} Setting */

/**
 * @param {Setting} setting
 * @param {{ fault?: string, output?: object, topics?: object, generation?: object }} [changes]
 */
function smallConfig({ server, run }, { fault = "none", output, topics, generation } = {}) {
  return {
    llm: { provider: "openai", model: "obliging", base_url: `${server}/fault/${fault}/run-${run}` },
    topics: { prompt: "Rivers", mode: "tree", depth: 2, degree: 3, ...topics },
    generation: {
      system_prompt: "Write about rivers.",
      conversation: { type: "basic" },
      rate_limit: { base_delay: 0.1, max_delay: 1 },
      ...generation,
    },
    output: {
      system_prompt: "You know rivers.",
      num_samples: "auto",
      batch_size: 4,
      save_as: "rivers.jsonl",
      ...output,
    },
  };
}

/** @param {Blob} jsonl */
export async function linesOf(jsonl) {
  const text = await jsonl.text();
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line has no end");
  return text.split("\n").slice(0, -1);
}

/** @param {Blob} blob */
export async function digest(blob) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Promise<any>} promise */
async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return /** @type {any} */ (error);
  }
  throw new Error("it did not fail");
}

/**
 * A model behind the test server, by the protocol that it is asked in.
 * @type {Record<string, (address: string) => Record<string, unknown>>}
 */
const PROTOCOLS = {
  responses: (address) => ({ provider: "openai", base_url: `${address}/responses` }),
  chat: (address) => ({ provider: "openai", base_url: address }),
  anthropic: (address) => ({ provider: "anthropic", base_url: address }),
  gemini: (address) => ({ provider: "gemini", base_url: address }),
  ollama: (address) => ({ provider: "ollama", base_url: address }),
};

/** Every protocol in turn. @template T @param {(protocol: string) => Promise<T>} ask */
async function inEachProtocol(ask) {
  /** @type {Record<string, T>} */
  const results = {};
  for (const protocol of Object.keys(PROTOCOLS)) results[protocol] = await ask(protocol);
  return results;
}

/**
 * A small configuration for one protocol, whose requests the server can tell from those of other runs by `label`.
 * @param {Setting} setting
 * @param {string} protocol
 * @param {{ fault?: string, label?: string, llm?: object, output?: object, generation?: object, budget?: object }} [changes]
 */
function configFor(setting, protocol, { fault = "none", label = protocol, llm, budget, ...changes } = {}) {
  const config = smallConfig(setting, changes);
  const address = `${setting.server}/fault/${fault}/run-${setting.run}-${label}`;
  return {
    ...config,
    ...(budget && { budget }),
    // Delays that a provider asks for are another matter.
    topics: { ...config.topics, rate_limit: { base_delay: 0.1, max_delay: 1 } },
    llm: { model: "obliging", ...PROTOCOLS[protocol](address), ...llm },
  };
}

/** What came of a run, as plain data. @param {Promise<any>} run */
async function outcome(run) {
  try {
    const { samples, failures, usage, jsonl } = await run;
    return { samples, failures: failures.length, usage, digest: await digest(jsonl) };
  } catch (thrown) {
    const { code, message, partial } = /** @type {any} */ (thrown);
    const lines = partial && (await linesOf(partial.jsonl)).length;
    return { code, message, samples: partial?.samples, lines, usage: partial?.usage };
  }
}

/**
 * Calls with a global fetch that answers by itself and keeps where it was asked.
 * @param {(sent: string[]) => Promise<any>} call
 */
async function withoutNetwork(call) {
  /** @type {string[]} */
  const sent = [];
  const real = globalThis.fetch;
  globalThis.fetch = async (url) => {
    sent.push(String(url));
    return new Response('{"error":{"message":"nobody is here"}}', { status: 401 });
  };
  try {
    return await call(sent);
  } finally {
    globalThis.fetch = real;
  }
}

/** @type {Record<string, (dataweft: Package, setting: Setting) => Promise<any>>} */
export const scenarios = {
  /** Published configurations for basic and reasoning data, run to a whole dataset over HTTP. */
  async publishedConfigs(dataweft, setting) {
    /** @type {Record<string, any>} */
    const results = {};
    for (const [name, text] of Object.entries(setting.configs)) {
      if (!/^(basic|reasoning)/.test(name)) continue;
      const config = /** @type {any} */ (await dataweft.parseConfig(text));
      for (const section of [config.topics, config.generation]) {
        section.llm = { ...section.llm, base_url: `${setting.server}/fault/none` };
      }
      const dataset = await dataweft.generateDataset(config, { apiKey: "sk-test-key" });
      const records = (await linesOf(dataset.jsonl)).map((line) => JSON.parse(line));
      const type = name === "reasoning" ? "freetext" : "basic";
      results[name] = {
        asked: config.output.num_samples,
        samples: dataset.samples,
        records: records.length,
        failures: dataset.failures.length,
        problems: records.flatMap((record) => recordProblems(record, { type })),
        type: dataset.jsonl.type,
      };
    }
    return results;
  },

  /** The same configuration, seed and replies, at concurrency 1 and 32, over HTTP and through the model option. */
  async sameBytes(dataweft, setting) {
    const results = [];
    for (const [batch_size, max_concurrent, model] of /** @type {const} */ ([
      [1, 1, undefined],
      [32, 20, undefined],
      [32, 20, obligingModel],
    ])) {
      const config = {
        ...smallConfig(setting, {
          output: { batch_size, num_samples: 40 },
          topics: { mode: "graph", max_concurrent },
          generation: { conversation: { type: "cot", reasoning_style: "freetext" } },
        }),
        seed: 7,
      };
      const dataset = await dataweft.generateDataset(config, { apiKey: "sk-test-key", model });
      results.push({ digest: await digest(dataset.jsonl), samples: dataset.samples });
    }
    return results;
  },

  /** Everything that can be wrong, and what the caller is told. */
  async badInput(dataweft, setting) {
    const cases = {
      brokenYaml: () => dataweft.generateDataset("topics: [unclosed"),
      unknownKey: () => dataweft.generateDataset({ ...smallConfig(setting), topics: { prompt: "x", dpeth: 3 } }),
      unknownOption: () => dataweft.generateDataset(smallConfig(setting), /** @type {any} */ ({ apikey: "x" })),
      unreachable: () =>
        dataweft.generateDataset({ ...smallConfig(setting), llm: { model: "m", base_url: "http://127.0.0.1:9/v1" } }),
      unauthorized: () =>
        dataweft.generateDataset(smallConfig(setting, { fault: "unauthorized" }), { apiKey: "sk-test-key" }),
      noCredit: () => dataweft.generateDataset(smallConfig(setting, { fault: "no-credit" })),
      notJson: () => dataweft.generateDataset(smallConfig(setting, { fault: "not-json" })),
      noAnswer: () => dataweft.generateDataset(smallConfig(setting, { fault: "no-answer" })),
      html: () => dataweft.generateDataset(smallConfig(setting, { fault: "html" })),
      redirect: () => dataweft.generateDataset(smallConfig(setting, { fault: "redirect" })),
      gone: () =>
        dataweft.generateDataset(
          smallConfig(setting, { fault: "gone", generation: { rate_limit: { max_retries: 1, base_delay: 0.1 } } }),
        ),
      badKey: () => dataweft.generateDataset(smallConfig(setting), { apiKey: "sk-test-key\nmore" }),
      noKey: () => dataweft.generateDataset({ ...smallConfig(setting), llm: { provider: "openai", model: "m" } }),
      keyFunctionThrows: () =>
        dataweft.generateDataset(smallConfig(setting), {
          apiKey: () => {
            throw new Error("vault is closed");
          },
        }),
      modelThrows: () =>
        dataweft.generateDataset(smallConfig(setting), {
          model: async () => {
            throw "a text, not an error";
          },
        }),
      modelGivesNothing: () =>
        dataweft.generateDataset(smallConfig(setting), { model: /** @type {any} */ (async () => undefined) }),
      fetchGivesNothing: () =>
        dataweft.generateDataset(smallConfig(setting), { fetch: /** @type {any} */ (async () => ({ ok: true })) }),
      fetchThrows: () =>
        dataweft.generateDataset(smallConfig(setting), {
          fetch: () => {
            throw undefined;
          },
        }),
      notTopics: () => dataweft.parseTopics("hello"),
      cyclic: () => {
        const config = /** @type {any} */ (smallConfig(setting));
        config.topics.self = config;
        return dataweft.parseConfig(config);
      },
      notAConfig: () => dataweft.parseConfig(/** @type {any} */ (42)),
    };
    /** @type {Record<string, any>} */
    const results = {};
    for (const [name, attempt] of Object.entries(cases)) {
      const error = await rejection(attempt());
      const text = `${error.message} ${JSON.stringify(error)} ${error.stack}`;
      results[name] = {
        isDataweftError: error instanceof dataweft.DataweftError && error instanceof Error,
        name: error.name,
        code: error.code,
        retryable: error.retryable,
        status: error.status,
        message: error.message,
        issues: error.issues?.length,
        partialSamples: error.partial?.samples,
        partialLines: error.partial && (await linesOf(error.partial.jsonl)).length,
        partialTopics: error.partial?.topics.topics.length,
        leaksKey: text.includes("sk-test-key"),
      };
    }
    return results;
  },

  /** Stopping in the middle: at once, with everything kept, and the requests really ended. */
  async abort(dataweft, setting) {
    const controller = new AbortController();
    const reason = new Error("enough");
    let delivered = 0;
    const error = await rejection(
      dataweft.generateDataset(smallConfig(setting, { fault: "hang" }), {
        signal: controller.signal,
        onEvent(event) {
          if (event.type === "sample_done" && ++delivered === 4) setTimeout(() => controller.abort(reason), 20);
        },
      }),
    );
    const before = await rejection(dataweft.generateDataset(smallConfig(setting), { signal: AbortSignal.abort("no") }));
    return {
      name: error.name,
      code: error.code,
      isError: error instanceof dataweft.DataweftError,
      causeIsReason: error.cause === reason,
      partial: error.partial.samples,
      lines: (await linesOf(error.partial.jsonl)).length,
      beforeName: before.name,
      beforeCause: before.cause,
    };
  },

  /** Samples one by one: all of them, some of them, and through a reader. */
  async stream(dataweft, setting) {
    const config = smallConfig(setting);
    const topics = await dataweft.generateTopics(config);
    const all = [];
    /** @type {any} */
    let done;
    const onEvent = (/** @type {any} */ event) => {
      if (event.type === "run_done") done = event;
    };
    const stream = dataweft.generateSamples(config, topics, { onEvent });
    for await (const sample of stream) all.push(sample.metadata.path.join("/"));
    const some = [];
    for await (const sample of dataweft.generateSamples(config, topics)) {
      some.push(sample);
      if (some.length === 2) break;
    }
    const reader = dataweft.generateSamples(config, topics).getReader();
    const first = await reader.read();
    await reader.cancel();
    const failing = smallConfig(setting, { fault: "no-credit" });
    const error = await rejection(dataweft.generateSamples(failing, topics).getReader().read());
    const one = await dataweft.generateSample(config, topics.topics[3]);
    return {
      all: all.sort(),
      reported: [done.done, done.total, done.report.delivered],
      some: some.length,
      first: first.value?.messages.length,
      failedWith: error.code,
      one: one.metadata.path,
      topics: topics.topics.length,
    };
  },

  /** Topics travel: through JSON, through structuredClone, through a file. */
  async topics(dataweft, setting) {
    const results = [];
    for (const mode of /** @type {const} */ (["tree", "graph"])) {
      const topics = await dataweft.generateTopics(smallConfig(setting, { topics: { mode } }));
      const text = await dataweft.serializeTopics(topics);
      const read = await dataweft.parseTopics(text);
      results.push({
        mode: read.mode,
        same: JSON.stringify(read.topics) === JSON.stringify(topics.topics),
        cloned: (await dataweft.serializeTopics(structuredClone(topics))) === text,
        json: (await dataweft.serializeTopics(JSON.parse(JSON.stringify(topics)))) === text,
      });
    }
    return results;
  },

  /** Events in order, with counts that a progress bar can show. */
  async events(dataweft, setting) {
    /** @type {any[]} */
    const events = [];
    await dataweft.generateDataset(smallConfig(setting), { onEvent: (event) => void events.push(event) });
    await dataweft.generateDataset(smallConfig(setting), {
      onEvent() {
        throw new Error("the listener's own affair");
      },
    });
    return {
      monotonic: events.every((event, index) => index === 0 || event.done >= events[index - 1].done),
      within: events.every((event) => event.done <= event.total),
      last: { type: events.at(-1).type, atEnd: events.at(-1).done === events.at(-1).total },
      counts: Object.fromEntries(
        [...new Set(events.map((event) => event.type))]
          .sort()
          .map((type) => [type, events.filter((event) => event.type === type).length]),
      ),
      sample: Object.keys(events.find((event) => event.type === "sample_done").sample),
    };
  },

  /** Keys reach the header and nothing else; each form of the option works. */
  async keys(dataweft, setting) {
    const seen = /** @type {(string | null)[]} */ ([]);
    /** @type {typeof fetch} */
    const watch = (input, init) => {
      seen.push(new Headers(init?.headers).get("authorization"));
      return fetch(input, init);
    };
    const topics = { mode: /** @type {const} */ ("tree"), topics: [{ id: "t", path: ["A"] }] };
    const config = smallConfig(setting);
    for (const apiKey of [" sk-one\n", { openai: "sk-two", other: "no" }, () => "sk-three", async () => "sk-four"]) {
      await dataweft.generateDataset(config, { apiKey, topics, fetch: watch });
    }
    await dataweft.generateDataset(config, { apiKey: () => /** @type {any} */ (undefined), topics, fetch: watch });
    // A proxy that adds the key: asked although there is none here, at the provider's own address.
    const { topics: growing, generation, output } = config;
    /** @type {typeof fetch} */
    const proxy = (input, init) => watch(String(input).replace("https://api.openai.com/v1", setting.server), init);
    await dataweft.generateDataset({ topics: growing, generation, output }, { topics, fetch: proxy });
    return seen;
  },

  /** The same dataset from every provider, streamed and whole. */
  providers: (dataweft, setting) =>
    inEachProtocol(async (protocol) => ({
      streamed: await outcome(dataweft.generateDataset(configFor(setting, protocol), { apiKey: "sk-test-key" })),
      whole: await outcome(
        dataweft.generateDataset(configFor(setting, protocol, { label: `${protocol}-whole`, llm: { stream: false } }), {
          apiKey: "sk-test-key",
        }),
      ),
    })),

  /** Stopping while replies are half written. */
  abortInStream: (dataweft, setting) =>
    inEachProtocol(async (protocol) => {
      const controller = new AbortController();
      const run = dataweft.generateDataset(configFor(setting, protocol, { fault: "half-way" }), {
        apiKey: "sk-test-key",
        signal: controller.signal,
      });
      await fetch(`${setting.server}/silent/4/run-${setting.run}-${protocol}`);
      controller.abort();
      return outcome(run);
    }),

  /** Replies that break their schema at the beginning and never end. */
  cutOff: (dataweft, setting) =>
    inEachProtocol((protocol) =>
      outcome(
        dataweft.generateDataset(
          // Every fourth request breaks: which samples that hits, and how often in a row, is chance.
          configFor(setting, protocol, { fault: "endless", generation: { sample_retries: 5 } }),
          { apiKey: "sk-test-key" },
        ),
      ),
    ),

  /** Servers that refuse a schema, or make nothing of it, or of anything but words. */
  modes: (dataweft, setting) =>
    inEachProtocol(async (protocol) => {
      /** @type {Record<string, any>} */
      const results = {};
      for (const fault of ["refuses-schema", "refuses-all", "ignores-schema", "ignores-all"]) {
        const config = configFor(setting, protocol, { fault, label: `${protocol}-${fault}` });
        results[fault] = await outcome(dataweft.generateDataset(config, { apiKey: "sk-test-key" }));
      }
      return results;
    }),

  /** Troubles that pass: a run rides them out. */
  passingTroubles: (dataweft, setting) => {
    const timeout = { first_answer: 0.5, silence: 0.5, total: 20 };
    return inEachProtocol(async (protocol) => {
      /** @type {Record<string, any>} */
      const results = {};
      for (const fault of ["throttled", "bursts", "stops", "pauses", "slow"]) {
        // Ollama itself knows no limit of its rate.
        if (fault === "throttled" && protocol === "ollama") continue;
        const config = configFor(setting, protocol, { fault, label: `${protocol}-${fault}`, llm: { timeout } });
        results[fault] = await outcome(dataweft.generateDataset(config, { apiKey: "sk-test-key" }));
      }
      return results;
    });
  },

  /** Budgets of each kind, also where replies are cut off, which providers charge for as far as they were written. */
  budget: (dataweft, setting) =>
    inEachProtocol(async (protocol) => {
      const price = { input: 1, output: 2, cached_input: 0.5 };
      /** @type {[string, string, object][]} */
      const cases = [
        ["requests", "none", { max_requests: 7 }],
        ["tokens", "none", { max_tokens: 5000 }],
        ["cost", "none", { max_cost: 0.009 }],
        ["endless", "endless", { max_tokens: 9000 }],
      ];
      /** @type {Record<string, any>} */
      const results = {};
      for (const [name, fault, budget] of cases) {
        const config = configFor(setting, protocol, {
          fault,
          label: `${protocol}-${name}`,
          budget,
          llm: { price },
          output: { num_samples: 60 },
        });
        results[name] = await outcome(dataweft.generateDataset(config, { apiKey: "sk-test-key" }));
      }
      return results;
    }),

  /** Replies with a field that nobody asked for, streamed and whole. */
  additions: (dataweft, setting) =>
    inEachProtocol(async (protocol) => {
      const config = (/** @type {boolean} */ stream) =>
        configFor(setting, protocol, { fault: "adds", label: `${protocol}-${stream}`, llm: { stream } });
      return {
        streamed: await outcome(dataweft.generateDataset(config(true), { apiKey: "sk-test-key" })),
        whole: await outcome(dataweft.generateDataset(config(false), { apiKey: "sk-test-key" })),
      };
    }),

  /** Replies that are cut off when much of them is written, which providers charge for. */
  chargedCutOffs: (dataweft, setting) =>
    inEachProtocol((protocol) => {
      const config = configFor(setting, protocol, {
        fault: "endless-late",
        budget: { max_tokens: 9000 },
        output: { num_samples: 60 },
      });
      return outcome(dataweft.generateDataset(config, { apiKey: "sk-test-key" }));
    }),

  /** What a run cost, as a whole and by stage. */
  cost: async (dataweft, setting) => {
    const config = configFor(setting, "chat", { llm: { price: { input: 1, output: 2, cached_input: 0.5 } } });
    /** @type {any[]} */
    const told = [];
    const { usage } = await outcome(
      dataweft.generateDataset(config, { onEvent: (event) => void (event.type === "usage" && told.push(event)) }),
    );
    const free = await outcome(dataweft.generateDataset(configFor(setting, "chat", { label: "free" })));
    return { usage, told: told.at(-1), plan: await dataweft.planRun(config), free: free.usage };
  },

  /** Where requests may go that a configuration asks for. */
  privateAddresses: async (dataweft) => {
    // A page fetches the wasm.
    await dataweft.default();
    return withoutNetwork(async (sent) => {
      const far = ["169.254.169.254", "192.168.0.1", "10.0.0.1", "[fd00::1]", "metadata.google.internal", "intranet"];
      const here = ["127.0.0.1:4000", "localhost", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:127.0.0.1]"];
      /** @type {Record<string, any>} */
      const results = {};
      for (const [name, addresses, allowPrivateNetwork] of /** @type {const} */ ([
        ["far", far, undefined],
        ["farAllowed", far, true],
        ["here", here, undefined],
        ["hereRefused", here, false],
        ["publicRefused", ["example.com"], false],
      ])) {
        results[name] = [];
        for (const address of addresses) {
          sent.length = 0;
          const config = {
            ...smallConfig({ server: "", configs: {}, run: "" }),
            llm: { provider: "openai", model: "m", base_url: `http://${address}/v1` },
          };
          const { code, message } = await outcome(dataweft.generateDataset(config, { allowPrivateNetwork }));
          results[name].push({ address, code, sent: sent.length, advises: /allowPrivateNetwork/.test(message) });
        }
      }
      return results;
    });
  },

  /** Many samples at once. */
  crowd: (dataweft, setting) =>
    outcome(
      dataweft.generateDataset(
        configFor(setting, "chat", { fault: "crowd", output: { batch_size: 20, num_samples: 40 } }),
      ),
    ),

  /** Servers that repeat the key in what they say. */
  quotedKeys: (dataweft, setting) =>
    inEachProtocol(async (protocol) => {
      /** @type {Record<string, any>} */
      const results = {};
      for (const fault of ["quotes-key", "quotes-key-inside"]) {
        /** @type {any[]} */
        const events = [];
        const generation = { rate_limit: { max_retries: 1, base_delay: 0.1 } };
        const config = configFor(setting, protocol, { fault, label: `${protocol}-${fault}`, generation });
        const thrown = await rejection(
          dataweft.generateDataset(config, { apiKey: "sk-test-key", onEvent: (event) => void events.push(event) }),
        );
        const { message, stack, code, partial } = thrown;
        const texts = [message, stack, JSON.stringify(thrown), JSON.stringify(partial), JSON.stringify(events)].join(
          " ",
        );
        results[fault] = { code, events: events.length, says: message, leaks: texts.includes("sk-test-key") };
      }
      return results;
    }),

  /** A panic rejects its promise, and the next call works. Only in the test build. */
  async panic(dataweft, setting) {
    const { panicForTest } = /** @type {any} */ (dataweft);
    await dataweft.parseConfig(smallConfig(setting));
    const first = await rejection(panicForTest());
    const between = await dataweft.parseConfig(smallConfig(setting));
    const second = await rejection(panicForTest());
    const dataset = await dataweft.generateDataset(smallConfig(setting));
    return {
      errors: [first, second].map((error) => error instanceof WebAssembly.RuntimeError),
      parsed: /** @type {any} */ (between).topics.prompt,
      samples: dataset.samples,
    };
  },
};
