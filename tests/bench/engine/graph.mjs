/** A large graph of topics in a process of its own: reading, planning, writing. Argument: the number of topics. */
import { dataweft } from "../../support/package.mjs";

const count = Number(process.argv[2]);
/** @type {Record<string, any>} */
const nodes = {};
// Ten below each, in the order of breadth; every tenth has a second parent beside its first.
for (let id = 0; id < count; id++) {
  const children = Array.from({ length: 10 }, (_, place) => 10 * id + 1 + place).filter((child) => child < count);
  const parent = Math.floor((id - 1) / 10);
  nodes[id] = {
    id,
    topic: id ? `Topic number ${id} of the graph` : "Rivers",
    children,
    parents: id ? [parent] : [],
    metadata: { uuid: `00000000-0000-4000-8000-${String(id).padStart(12, "0")}` },
  };
  if (id % 10 === 9 && parent > 0) {
    nodes[id].parents.push(parent - 1);
    nodes[parent - 1].children.push(id);
  }
}
const text = JSON.stringify({ degree: 10, depth: 5, nodes, root_id: 0 });
const config = {
  llm: { provider: "openai", model: "m", price: { input: 1, output: 2 } },
  topics: { prompt: "Rivers", mode: "graph" },
  generation: { system_prompt: "Write about rivers." },
  output: { num_samples: "auto" },
};
await dataweft.parseConfig(config);

/** @template T @param {() => Promise<T>} work @returns {Promise<[T, number]>} */
async function timed(work) {
  const begin = performance.now();
  const result = await work();
  return [result, performance.now() - begin];
}
const before = process.memoryUsage().rss;
const [topics, load] = await timed(() => dataweft.parseTopics(text));
const [plan, planned] = await timed(() => dataweft.planRun(config, topics));
const [written, serialize] = await timed(() => dataweft.serializeTopics(topics));
process.send?.({
  topics: topics.topics.length,
  samples: plan.samples.count,
  bytes: written.length,
  load,
  plan: planned,
  serialize,
  memory: process.memoryUsage().rss - before,
});
