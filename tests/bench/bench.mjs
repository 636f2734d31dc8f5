/**
 * What the package costs: bytes, time to be ready, and CPU time per sample. Figures of time are medians, and the CPU
 * time is given beside that of a plain loop in the same run, since machines differ: only the ratio travels.
 * Arguments name the parts to measure: size, start, cpu, tools; without any, all are. `engine` and its flags are a bench of
 * their own, which takes minutes: see engine/engine.mjs.
 */
import { execFileSync, fork } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { dataweft } from "../support/package.mjs";

const { generateDataset, parseConfig } = dataweft;
const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const median = (/** @type {number[]} */ values) => values.sort((a, b) => a - b)[values.length >> 1];
/** @param {string} name @param {string} value @param {string} [aim] */
const row = (name, value, aim = "") => console.log(`${name.padEnd(58)} ${value.padStart(12)}  ${aim}`);

const LIMIT_BYTES = 220_000;
const SAMPLES = 3000;
const CONCURRENCY = 32;
const ROUNDS = 15;

function size() {
  const pkg = here("../../pkg/");
  const gzip = (/** @type {string} */ name) => gzipSync(readFileSync(pkg + name), { level: 9 }).length;
  // What entry-web.js imports, directly or not.
  const scripts = new Set(["entry-web.js"]);
  for (const script of scripts) {
    for (const [, name] of readFileSync(pkg + script, "utf8").matchAll(/from\s*["']\.\/([\w-]+\.js)["']/g))
      scripts.add(name);
  }
  const wasm = readdirSync(pkg).filter((name) => name.endsWith(".wasm"));
  const wasmBytes = wasm.reduce((sum, name) => sum + gzip(name), 0);
  const scriptBytes = [...scripts].reduce((sum, name) => sum + gzip(name), 0);
  row("wasm, gzip", `${wasmBytes} B`);
  row(`JavaScript of the web entry, gzip (${scripts.size} files)`, `${scriptBytes} B`);
  row("together", `${wasmBytes + scriptBytes} B`, `at most ${LIMIT_BYTES} B`);
}

function start() {
  const runs = Array.from({ length: 15 }, () =>
    JSON.parse(execFileSync(process.execPath, [here("start.mjs")], { encoding: "utf8" })),
  );
  const time = (/** @type {"ready" | "answered"} */ moment) =>
    `${median(runs.map((run) => run[moment])).toFixed(1)} ms`;
  row("Node: from import to compiled and instantiated", time("ready"), "at most 25 ms");
  row("Node: from import to a first answer", time("answered"));
}

/** The least that any library has to do: send the requests, read the replies, write the lines. */
async function plainLoop(/** @type {string} */ url, /** @type {any} */ body) {
  /** @type {string[]} */
  const parts = [];
  let left = SAMPLES;
  const worker = async () => {
    while (left-- > 0) {
      const response = await fetch(`${url}/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: "Bearer sk-bench" },
        body: JSON.stringify(body),
      });
      const completion = JSON.parse(await response.text());
      const { question, answer } = JSON.parse(completion.choices[0].message.content);
      const messages = [
        { role: "system", content: "You know rivers." },
        { role: "user", content: question },
        { role: "assistant", content: answer },
      ];
      parts.push(JSON.stringify({ messages, question, final_answer: answer }) + "\n");
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return new Blob(parts);
}

async function cpu() {
  const server = fork(here("server.mjs"));
  const url = await new Promise((resolve) => server.once("message", resolve));
  const topics = {
    mode: /** @type {const} */ ("tree"),
    topics: Array.from({ length: SAMPLES }, (_, index) => ({
      id: "",
      path: ["Rivers", `Branch ${index % 50}`, `Topic ${index}`],
    })),
  };
  const config = await parseConfig({
    llm: { provider: "openai", model: "obliging", base_url: url },
    topics: { prompt: "Rivers", mode: "tree" },
    generation: { system_prompt: "Write about rivers." },
    output: { system_prompt: "You know rivers.", num_samples: SAMPLES, batch_size: CONCURRENCY },
  });
  /** @type {any} */
  let body;
  await generateDataset(config, {
    topics: { ...topics, topics: topics.topics.slice(0, 1) },
    apiKey: "sk-bench",
    fetch: (input, init) => {
      body ??= JSON.parse(String(init?.body));
      return fetch(input, init);
    },
  });
  const time = async (/** @type {() => Promise<unknown>} */ work) => {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / SAMPLES;
  };
  const ours = () => generateDataset(config, { topics, apiKey: "sk-bench" });
  const plain = () => plainLoop(url, body);
  // Once each for the engine to warm up, then in turn, so that a machine that slows down slows both.
  await ours();
  await plain();
  const pairs = [];
  for (let round = 0; round < ROUNDS; round++) pairs.push({ plain: await time(plain), ours: await time(ours) });
  server.kill();
  row(`CPU per sample, plain fetch + JSON.parse loop`, `${median(pairs.map((pair) => pair.plain)).toFixed(0)} us`);
  row(`CPU per sample, generateDataset`, `${median(pairs.map((pair) => pair.ours)).toFixed(0)} us`);
  const ratios = pairs.map((pair) => pair.ours / pair.plain);
  row("ratio, median of the pairs", median(ratios).toFixed(2), "at most 1.3");
}

/**
 * What a call of the virtual file system costs, with everything that belongs to it: the reply that asks for it, its
 * checks, the call, its places in the record. Samples with ten calls in a step beside samples with one, which take as many
 * requests.
 */
async function tools() {
  const samples = 300;
  const most = 10;
  const files = Object.fromEntries(
    Array.from({ length: most }, (_, at) => [`notes-${at}.txt`, `What note ${at} says.`]),
  );
  const call = (/** @type {number} */ at) =>
    at % 2 === 0
      ? { tool: "read_file", arguments: { file_path: `notes-${at}.txt` } }
      : { tool: "write_file", arguments: { file_path: `new-${at}.txt`, content: "A line of text.\n".repeat(10) } };
  const topics = Array.from({ length: samples }, (_, index) => ({ id: "", path: ["Desks", `Topic ${index}`] }));
  const config = await parseConfig({
    topics: { prompt: "Desks", mode: "tree" },
    generation: {
      system_prompt: "Write requests to a desk.",
      conversation: { type: "cot", reasoning_style: "agent" },
      quality: { duplicate_threshold: false },
      tools: { components: { builtin: ["read_file", "write_file"] }, scenario_seed: { files }, max_per_query: most },
    },
    output: { num_samples: samples, batch_size: CONCURRENCY },
  });
  /** @param {number} calls */
  const withCalls = async (calls) => {
    const reply = (/** @type {object[]} */ calls, /** @type {string} */ answer) => ({
      text: JSON.stringify({ thought: "It is clear what to do.", calls, answer }),
    });
    const asks = reply(
      Array.from({ length: calls }, (_, at) => call(at)),
      "",
    );
    const answers = reply([], "All of it is done.");
    const before = process.cpuUsage();
    const dataset = await generateDataset(config, {
      topics: { mode: "tree", topics },
      async model({ purpose, messages }) {
        const last = messages.at(-1)?.content ?? "";
        if (purpose === "user")
          return { text: JSON.stringify({ request: `Please see to it. ${last.split("\n")[0]}` }) };
        return last.startsWith("What came of your calls") ? answers : asks;
      },
    });
    const { user, system } = process.cpuUsage(before);
    if (dataset.samples !== samples || dataset.report.tools?.callsPerSample !== calls) throw new Error("it went wrong");
    return (user + system) / samples;
  };
  await withCalls(1);
  await withCalls(most);
  const pairs = [];
  for (let round = 0; round < ROUNDS; round++) pairs.push({ one: await withCalls(1), all: await withCalls(most) });
  row("CPU per sample with 1 call, generateDataset", `${median(pairs.map(({ one }) => one)).toFixed(0)} us`);
  row(`CPU per sample with ${most} calls in one step`, `${median(pairs.map(({ all }) => all)).toFixed(0)} us`);
  const each = median(pairs.map(({ one, all }) => (all - one) / (most - 1)));
  row("CPU per call of the virtual file system", `${each.toFixed(0)} us`, "at most 200 us");
}

const parts = { size, start, cpu, tools };
const wanted = process.argv.slice(2);
if (wanted[0] === "engine") {
  const { engine } = await import("./engine/engine.mjs");
  await engine(wanted.slice(1));
  process.exit();
}
const unknown = wanted.find((name) => !(name in parts));
if (unknown)
  throw new Error(`there is nothing to measure called ${unknown}; there is ${Object.keys(parts).join(", ")}`);
for (const [name, measure] of Object.entries(parts)) if (!wanted.length || wanted.includes(name)) await measure();
