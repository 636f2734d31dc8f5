/** The stores of Cloudflare's platform, in a Worker and in a Durable Object. */
// @ts-ignore: the test lays the package beside this file
import { durableObjectStore } from "./package/stores/durable-object.js";
// @ts-ignore: as above
import { r2Store } from "./package/stores/r2.js";
// @ts-ignore: as above
import { generateDataset } from "./package/entry-workerd.js";
// @ts-ignore: as above
import { useStore } from "./support/check-store.mjs";

/** A run that is stopped half way, and goes on. @param {() => any} open */
async function interrupted(open) {
  const config = {
    topics: { prompt: "Rivers", mode: "tree", depth: 2, degree: 3 },
    generation: { system_prompt: "Write about rivers." },
    output: { num_samples: 20, batch_size: 3 },
  };
  let asked = 0;
  const model = async (/** @type {any} */ { messages, purpose }) => {
    asked++;
    const ask = messages.at(-1).content;
    const reply =
      purpose === "topics"
        ? { subtopics: [1, 2, 3].map((number) => `${ask.length}-${number}-${asked}`) }
        : { question: `What about ${ask} ${asked} of ${asked * 7} or ${asked * 13}?`, answer: `This is about ${ask}.` };
    return { text: JSON.stringify(reply) };
  };
  const stop = new AbortController();
  let kept = 0;
  const onEvent = (/** @type {any} */ { type }) => void (type === "checkpoint_saved" && ++kept === 7 && stop.abort());
  const ended = await generateDataset(config, { model, checkpoint: open(), onEvent, signal: stop.signal }).catch(
    (/** @type {any} */ error) => error.code,
  );
  const before = asked;
  const dataset = await generateDataset(config, { model, checkpoint: open() });
  const again = await generateDataset(config, { model, checkpoint: open() });
  const same = (await again.jsonl.text()) === (await dataset.jsonl.text());
  return { ended, before, samples: dataset.samples, asked, same };
}

const results = async (/** @type {() => any} */ open) => ({ kept: await useStore(open), run: await interrupted(open) });

export class Keeper {
  /** @param {any} state */
  constructor(state) {
    this.storage = state.storage;
  }

  async fetch() {
    return Response.json(await results(() => durableObjectStore(this.storage)));
  }
}

export default {
  /** @param {Request} request @param {any} env */
  async fetch(request, env) {
    if (new URL(request.url).pathname === "/r2") return Response.json(await results(() => r2Store(env.BUCKET, "run/")));
    return env.KEEPER.get(env.KEEPER.idFromName("one")).fetch(request);
  },
};
