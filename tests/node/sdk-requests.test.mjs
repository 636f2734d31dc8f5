/** Our requests are the requests that the providers' own libraries send for the same call, field by field. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { libraries } from "../support/official-libraries.mjs";
import { dataweft } from "../support/package.mjs";
import { startRecordingServer } from "../support/recording-server.mjs";

const KEY = "test-key";
const TOPIC = { id: "t1", path: ["The sky", "Its colour"] };

/** @type {Awaited<ReturnType<typeof startRecordingServer>>} */
let server;
before(async () => {
  server = await startRecordingServer();
});
after(() => server.close());

/** @param {Record<string, unknown>} llm @param {string} model @param {boolean} stream */
function configFor(llm, model, stream) {
  return {
    llm: { ...llm, model, stream, temperature: 0.5 },
    topics: { prompt: "The sky", mode: "tree", depth: 1, degree: 2, max_concurrent: 1 },
    generation: { system_prompt: "Write about the sky.", conversation: { type: "basic" }, max_tokens: 1234 },
    output: { system_prompt: "You know the sky.", num_samples: 1, batch_size: 1, save_as: "sky.jsonl" },
  };
}

/** The two kinds of request, as our package makes them. */
const PURPOSES = {
  /** @param {any} config @param {any} options */
  topics: (config, options) => dataweft.generateTopics(config, options),
  /** @param {any} config @param {any} options */
  sample: (config, options) => dataweft.generateSample(config, TOPIC, options),
};

/** What a run says, before any provider's form is given to it. @param {(config: any, options: any) => Promise<any>} ask @param {any} config */
async function saidBy(ask, config) {
  /** @type {any[]} */
  const requests = [];
  const text = JSON.stringify({ question: "Why?", answer: "Because.", subtopics: ["One", "Two"] });
  const model = async (/** @type {any} */ request) => {
    requests.push(request);
    return { text };
  };
  await ask(config, { model }).catch(() => undefined);
  return requests[0];
}

/** What every client on this machine sends, and what the libraries tell of themselves. */
const TRANSPORT =
  /^(accept|accept-.*|connection|content-length|host|user-agent|sec-fetch-.*|transfer-encoding|x-stainless-.*|x-goog-api-client)$/;

/** @param {import("../support/recording-server.mjs").Recorded} request */
function told({ headers, ...request }) {
  return { ...request, headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !TRANSPORT.test(name))) };
}

/** Leaves parts out, named by their path, and insists that they were there. @param {object} request @param {string[]} paths */
function without(request, paths) {
  const copy = structuredClone(request);
  for (const path of paths) {
    const names = path.split(".");
    const last = /** @type {string} */ (names.pop());
    const parent = names.reduce((/** @type {any} */ value, name) => value?.[name], copy);
    assert.ok(parent !== undefined && last in parent, `${path} is said to be sent and is not`);
    delete parent[last];
  }
  return copy;
}

for (const [library, { model, llm, read, normalized, ours = {}, theirs = {}, send }] of Object.entries(libraries)) {
  for (const [purpose, ask] of Object.entries(PURPOSES)) {
    for (const stream of [false, true]) {
      test(`${library}: our request for ${purpose}${stream ? ", streamed," : ""} is the library's`, async () => {
        const config = configFor(llm, model, stream);
        const said = await saidBy(ask, config);
        server.take();
        await ask(config, { apiKey: KEY, fetch: server.reroute });
        const [our, ...more] = server.take();
        assert.equal(more.length, 0, "one request is enough");

        const { system, schema } = read(our.body);
        const [first, last] = [said.messages[0].content, said.messages.at(-1).content];
        assert.ok(system.startsWith(first), "the system text arrives, with what the schema cannot say after it");
        if (normalized !== undefined)
          assert.deepEqual(normalized(schema), schema, "the library would change the schema");

        const { temperature, maxTokens } = said;
        await send(
          { name: purpose, system, user: last, schema, temperature, maxTokens, stream },
          model,
          KEY,
          server.reroute,
        );
        const [their] = server.take();

        assert.deepEqual(without(told(our), Object.keys(ours)), without(told(their), Object.keys(theirs)));
      });
    }
  }
}
