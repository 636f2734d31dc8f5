/**
 * How well the engine keeps its slots busy, and what a long run costs: this package beside a plain queue of fetch and
 * JSON.parse, which is the least that any library has to do, and beside waves that wait for their slowest. Everything is
 * measured in one go on one machine; delays are a local server's, in a process of its own, as is each contender.
 *
 * With `--write` the figures go to docs/performance.md, between its marks, and the chart beside it. With `--quick` every
 * part is a tenth of its size, to see that it works.
 */
import { execFileSync, fork } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { barChart } from "./chart.mjs";

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const SLOTS = 32;
const CONTENDERS = { dataweft: "dataweft", queue: "plain queue", waves: "waves" };
const MARKS = ["<!-- measured by cargo xtask bench engine --write -->", "<!-- end of what was measured -->"];

/** What one process tells. @param {string} script @param {(string | number)[]} args @returns {Promise<any>} */
function told(script, args) {
  return new Promise((resolve, reject) => {
    const child = fork(here(script), args.map(String), { execArgv: ["--expose-gc"] });
    child.once("message", resolve);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${script} ${args.join(" ")} ended with ${code}`)));
  });
}

/** @param {string[][]} rows the first is the head */
function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (/** @type {string[]} */ row) =>
    `| ${row.map((cell, column) => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => (column ? `${"-".repeat(width + 1)}:` : "-".repeat(width + 2))).join("|")}|`;
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join("\n");
}

const ms = (/** @type {number} */ value) => `${value.toFixed(0)} ms`;
const us = (/** @type {number} */ value) => `${value.toFixed(0)} µs`;
const mb = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const percent = (/** @type {number} */ share) => `${(share * 100).toFixed(1)}%`;

/** @param {boolean} isQuick */
async function contest(/** @type {string} */ url, isQuick) {
  const size = isQuick ? 0.1 : 1;
  const rows = [
    ["delays", "", "wall / ideal", "slots in use", "first sample", "CPU a sample", "peak memory"].map(String),
  ];
  const groups = [];
  for (const [profile, title, samples] of /** @type {[string, string, number][]} */ ([
    ["fixed", "200 ms each", 640],
    ["uniform", "200 to 1,000 ms", 1000],
    ["long-tailed", "long-tailed", 1000],
    ["none", "none", 5000],
  ])) {
    const count = Math.round(samples * size);
    const bars = [];
    /** @type {Record<string, number>} */
    const cpu = {};
    for (const [contender, name] of Object.entries(CONTENDERS)) {
      const run = await told("./contender.mjs", [contender, `${url}/${profile}`, count, SLOTS]);
      if (run.made !== count) throw new Error(`${name} made ${run.made} of ${count} samples`);
      const ideal = run.total / SLOTS;
      const isTimed = profile !== "none";
      if (isTimed) bars.push({ name, value: run.wall / ideal });
      rows.push([
        `${title}, ${count} samples`,
        name,
        isTimed ? (run.wall / ideal).toFixed(3) : `${ms(run.wall)}`,
        isTimed ? percent(ideal / run.wall) : "",
        ms(run.firstSample),
        us(run.cpu),
        mb(run.memory),
      ]);
      cpu[contender] = run.cpu;
      if (profile === "uniform" && contender === "dataweft")
        limit("wall / ideal, 200 to 1,000 ms", run.wall / ideal, 1.06);
    }
    if (profile === "none") limit("CPU of a sample without delays / a plain queue's", cpu.dataweft / cpu.queue, 1.3);
    if (bars.length) groups.push({ name: title, bars });
  }
  return { rows, groups };
}

/** @type {string[]} */
const limits = [];
/** A figure of a bench beside what it should be; it fails nothing. @param {string} name @param {number} value @param {number} most */
function limit(name, value, most) {
  limits.push(`${value <= most ? "within" : "ABOVE "}  ${name}: ${value.toFixed(3)}, at most ${most}`);
}

/** From one prompt to the first sample of a tree of three levels, in delays of one request. @param {string} url */
async function depthThree(url) {
  const { dataweft } = await import("../../support/package.mjs");
  const config = {
    llm: { provider: "openai", model: "obliging", base_url: `${url}/fixed` },
    topics: { prompt: "Rivers", mode: "tree", depth: 3, degree: 4, max_concurrent: 16 },
    generation: { system_prompt: "Write about rivers." },
    output: { num_samples: 64, batch_size: 16 },
  };
  let first = 0;
  await dataweft.parseConfig(config);
  await fetch(`${url}/fixed`, { method: "DELETE" });
  const begin = performance.now();
  const dataset = await dataweft.generateDataset(config, {
    apiKey: "sk-bench",
    onEvent: ({ type }) => {
      if (type === "sample_done") first ||= performance.now() - begin;
    },
  });
  const wall = performance.now() - begin;
  const { requests, total } = await (await fetch(`${url}/fixed`, { method: "DELETE" })).json();
  const delay = total / requests;
  return { first: first / delay, all: wall / delay, samples: dataset.samples };
}

/** From the wish to stop a busy run to its end, with everything that it had made. @param {string} url */
async function abortion(url) {
  const { dataweft } = await import("../../support/package.mjs");
  const { fileStore } = await import("../../../pkg/stores/file.js");
  const folder = await mkdtemp(join(tmpdir(), "dataweft-bench-"));
  const controller = new AbortController();
  let aborted = 0;
  const config = {
    llm: { provider: "openai", model: "obliging", base_url: `${url}/uniform` },
    topics: { prompt: "Rivers", mode: "tree", depth: 2, degree: 5 },
    generation: { system_prompt: "Write about rivers." },
    output: { num_samples: 1000, batch_size: SLOTS },
  };
  try {
    let samples = 0;
    const onEvent = (/** @type {{ type: string }} */ { type }) => {
      if (type !== "sample_done" || ++samples < 100 || aborted) return;
      setTimeout(() => {
        aborted = performance.now();
        controller.abort();
      }, 5);
    };
    const { signal } = controller;
    const checkpoint = fileStore(join(folder, "run.jsonl"));
    await dataweft.generateDataset(config, { apiKey: "sk-bench", signal, checkpoint, onEvent });
    throw new Error("the run was not stopped");
  } catch (error) {
    if (/** @type {{ code?: string }} */ (error).code !== "aborted") throw error;
    return performance.now() - aborted;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @param {string[]} args */
export async function engine(args) {
  const unknown = args.find((argument) => !["--write", "--quick"].includes(argument));
  if (unknown) throw new Error(`the bench of the engine knows --write and --quick, not ${unknown}`);
  const isQuick = args.includes("--quick");
  const server = fork(here("./latency-server.mjs"));
  /** @type {string} */
  const url = await new Promise((resolve) => server.once("message", (message) => resolve(String(message))));
  try {
    const { rows, groups } = await contest(url, isQuick);
    const tree = await depthThree(url);
    limit("first sample of a tree of three levels, in delays", tree.first, 4.5);
    const abort = await abortion(url);
    limit("from an abort to the end of the run, in ms", abort, 100);
    const count = isQuick ? 10_000 : 100_000;
    const stream = await told("./streaming.mjs", [count]);
    const plain = await told("./streaming.mjs", [count, "plain"]);
    if (stream.read !== count) throw new Error(`the stream had ${stream.read} of ${count} samples`);
    limit("time of the last samples / of the first", stream.last / stream.first, 1.1);
    const held = (/** @type {"after1000" | "end"} */ moment) => stream[moment].wasm + stream[moment].heap;
    limit(
      "what the stream holds at the end more than after 1,000 samples, in MB",
      (held("end") - held("after1000")) / 1e6,
      32,
    );
    const growth = (/** @type {any} */ run) => run.end.rss - run.after1000.rss;
    limit("what its process takes more, with what V8 keeps for young objects, in MB", growth(stream) / 1e6, 32);
    limit("the same, beyond what a plain loop's process takes more, in MB", (growth(stream) - growth(plain)) / 1e6, 32);
    const graph = await told("./graph.mjs", [count]);
    limit("reading, planning and writing the graph, in ms", graph.load + graph.plan + graph.serialize, 2000);

    const figures = [["", "figure"]];
    const add = (/** @type {string} */ name, /** @type {string} */ value) => figures.push([name, value]);
    add("tree of three levels, four each: first sample, in delays of one request", tree.first.toFixed(1));
    add(`the same: all ${tree.samples} samples`, tree.all.toFixed(1));
    add(`from an abort to the end of a run with ${SLOTS} requests under way`, ms(abort));
    const n = count.toLocaleString("en");
    for (const [kind, name] of /** @type {["rss" | "wasm" | "heap", string][]} */ ([
      ["rss", "memory of the process"],
      ["wasm", "memory of the module"],
      ["heap", "heap of JavaScript"],
    ]))
      add(
        `${n} samples from a stream: ${name} after 1,000 and at the end`,
        `${mb(stream.after1000[kind])}, ${mb(stream.end[kind])}`,
      );
    add(
      "as many from a plain loop that keeps nothing: memory of the process after 1,000 and at the end",
      `${mb(plain.after1000.rss)}, ${mb(plain.end.rss)}`,
    );
    add(
      `${n} samples from a stream: time of a sample among the first ${stream.part} and the last`,
      `${us(stream.first * 1000)}, ${us(stream.last * 1000)}`,
    );
    add(`graph of ${n} topics: reading`, ms(graph.load));
    add("the same: planning", ms(graph.plan));
    add("the same: writing", ms(graph.serialize));

    const { model } = cpus()[0];
    const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
    const date = new Date().toISOString().slice(0, 10);
    const machine = `Measured on ${date} at ${commit} with Node ${process.versions.node} on ${cpus().length} cores (${model.trim()}), ${SLOTS} slots.`;
    const text = [machine, "", table(rows), "", table(figures)].join("\n");
    console.log(`${text}\n\n${limits.join("\n")}`);
    if (args.includes("--write")) write(text, groups);
  } finally {
    server.kill();
  }
}

/** @param {string} text @param {any[]} groups */
function write(text, groups) {
  const path = here("../../../docs/performance.md");
  const document = readFileSync(path, "utf8");
  const [start, end] = MARKS.map((mark) => document.indexOf(mark));
  if (start < 0 || end < start) throw new Error("docs/performance.md has lost the marks between which figures go");
  const image = "![Wall time of each contender as a multiple of the ideal](performance.svg)";
  writeFileSync(path, `${document.slice(0, start)}${MARKS[0]}\n\n${text}\n\n${image}\n\n${document.slice(end)}`);
  const title = "Wall time as a multiple of the ideal (all delays together, divided by the slots)";
  writeFileSync(here("../../../docs/performance.svg"), barChart({ title, unit: "", ideal: 1, groups }));
}
