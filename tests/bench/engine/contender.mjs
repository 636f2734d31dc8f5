/**
 * One run of one contender in a process of its own, so that nobody's memory and warm code are another's. Arguments: the
 * contender, the server, the number of samples and of slots. Tells the parent what it took.
 */
import { dataweft } from "../../support/package.mjs";

const [name, url, samples, slots] = process.argv.slice(2);
const count = Number(samples);
const concurrency = Number(slots);
const topics = {
  mode: /** @type {const} */ ("tree"),
  topics: Array.from({ length: count }, (_, index) => ({
    id: "",
    path: ["Rivers", `Branch ${index % 50}`, `Topic ${index}`],
  })),
};

/** @param {string} base @param {number} length */
const configured = (base, length) => ({
  llm: { provider: "openai", model: "obliging", base_url: base },
  topics: { prompt: "Rivers", mode: "tree" },
  generation: { system_prompt: "Write about rivers." },
  output: { system_prompt: "You know rivers.", num_samples: length, batch_size: concurrency },
});

/** @type {any} */
let body;
const none = new URL("/none", url).href;
// The request of a sample, for those who send it by hand; by then the engine is warm as well.
await dataweft.generateDataset(configured(none, 20), {
  topics: { ...topics, topics: topics.topics.slice(0, 20) },
  apiKey: "sk-bench",
  fetch: (input, init) => {
    body ??= JSON.parse(String(init?.body));
    return fetch(input, init);
  },
});

let firstSample = 0;
let begin = 0;
const arrived = () => {
  firstSample ||= performance.now() - begin;
};

/** The least that any library has to do for one sample. @param {string} base @param {string[]} parts @param {number} index */
async function sample(base, parts, index) {
  const messages = [
    body.messages[0],
    { role: "user", content: `Topic: ${topics.topics[index % count].path.join(" -> ")}` },
  ];
  const response = await fetch(`${base}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer sk-bench" },
    body: JSON.stringify({ ...body, messages }),
  });
  const completion = JSON.parse(await response.text());
  const { question, answer } = JSON.parse(completion.choices[0].message.content);
  const record = [
    { role: "system", content: "You know rivers." },
    { role: "user", content: question },
    { role: "assistant", content: answer },
  ];
  parts.push(JSON.stringify({ messages: record, question, final_answer: answer }) + "\n");
  arrived();
}

/** @type {Record<string, (base: string, length: number) => Promise<number>>} */
const contenders = {
  async dataweft(base, length) {
    const dataset = await dataweft.generateDataset(configured(base, length), {
      topics: { ...topics, topics: topics.topics.slice(0, length) },
      apiKey: "sk-bench",
      onEvent: ({ type }) => {
        if (type === "sample_done") arrived();
      },
    });
    return dataset.samples;
  },
  /** As many workers as slots, each taking the next sample when it is done with one. */
  async queue(base, length) {
    /** @type {string[]} */
    const parts = [];
    let next = 0;
    const worker = async () => {
      while (next < length) await sample(base, parts, next++);
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    return (await new Blob(parts).text()).split("\n").length - 1;
  },
  /** As many at once as there are slots, and the next ones when all of them are done. */
  async waves(base, length) {
    /** @type {string[]} */
    const parts = [];
    for (let start = 0; start < length; start += concurrency) {
      const wave = Array.from({ length: Math.min(concurrency, length - start) }, (_, place) => start + place);
      await Promise.all(wave.map((index) => sample(base, parts, index)));
    }
    return (await new Blob(parts).text()).split("\n").length - 1;
  },
};

// The connections are opened by now, and the code is compiled.
await contenders[name](none, Math.min(count, 200));
const profile = url;
await fetch(profile, { method: "DELETE" });
global.gc?.();
const before = process.memoryUsage().rss;
let peak = before;
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().rss);
}, 10);
firstSample = 0;
const cpu = process.cpuUsage();
begin = performance.now();
const made = await contenders[name](profile, count);
const wall = performance.now() - begin;
const { user, system } = process.cpuUsage(cpu);
clearInterval(watch);
const counted = await (await fetch(profile, { method: "DELETE" })).json();
process.send?.({ made, wall, firstSample, cpu: (user + system) / count, memory: peak - before, ...counted });
