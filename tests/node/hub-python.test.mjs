/**
 * Hugging Face's libraries for Python as the judges: `huggingface_hub` of the tests' Hub, `datasets` of what is uploaded.
 * Opt-in, since they are large: DATAWEFT_PYTHON names a Python in which both are installed.
 */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { madeRows } from "../support/hub/made-rows.mjs";
import { agent, basic, jsonl, mixedRows, multiTurn, reasoned } from "../support/hub/rows.mjs";
import { startHub } from "../support/hub/server.mjs";
import { TOKENS } from "../support/hub/tokens.mjs";
import { dataweft } from "../support/package.mjs";

const python = process.env.DATAWEFT_PYTHON ?? "";
const has = python !== "" && spawnSync(python, ["-c", "import huggingface_hub, datasets"]).status === 0;
const skip = has ? false : "DATAWEFT_PYTHON names no Python with huggingface_hub and datasets";

/** @type {Awaited<ReturnType<typeof startHub>>} */
let hub;
/** @type {string} */
let folder;
before(async () => {
  hub = await startHub();
  folder = mkdtempSync(fileURLToPath(new URL("../../target/hub-", import.meta.url)));
});
after(async () => {
  await hub.close();
  rmSync(folder, { recursive: true });
});

/** @param {string[]} words @returns {Promise<any>} */
async function ask(...words) {
  const script = fileURLToPath(new URL("../support/hub/ask-hugging-face.py", import.meta.url));
  const [what, ...rest] = words;
  const asked = [script, what, hub.url, TOKENS.write, folder, ...rest];
  const { stdout } = await promisify(execFile)(python, asked, { maxBuffer: 1 << 26 });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

/** @param {string} name @param {Blob} rows @param {object} [more] */
const upload = (name, rows, more) =>
  dataweft.uploadDataset(rows, { repository: `me/${name}`, token: TOKENS.write, hubUrl: hub.url, ...more });

test("huggingface_hub uploads to the tests' Hub and reads it as it does the real one", { skip }, async () => {
  assert.deepEqual(await ask("client"), {
    name: "me",
    files: [".gitattributes", "README.md", "data/train.jsonl"],
    same: true,
    noChange: true,
    conflict: 412,
    discussions: [[1, "Other rows", "open", true]],
  });
});

/** Rows of all types: every other one as the library made it. @param {number} count @param {object[]} made */
const allRows = (count, made) => mixedRows(count).map((row, number) => (number % 2 ? made[(number >> 1) % 4] : row));

/** Rows in an order that is hard on readers: what is optional comes after the first 10 MB. @param {object[]} made */
function lateRows(made) {
  const plain = { messages: basic(0).messages.map((message) => ({ ...message, content: "x".repeat(400) })) };
  const early = Array.from({ length: 13_000 }, (_, number) => ({ ...plain, metadata: { topic_id: String(number) } }));
  return jsonl([...early, ...made, ...mixedRows(400)]);
}

/** Rows whose columns are those of a recorded session of an agent. @param {object} first */
const traceLike = (first) => jsonl(Array.from({ length: 5 }, (_, number) => ({ ...first, number })));

test("datasets reads every row, with the features of the card", { skip }, async (context) => {
  const count = 50_000;
  const made = await madeRows(dataweft);
  const mixed = jsonl(allRows(count, made));
  const { files } = await upload("mixed", mixed, { split: { test: 0.02, seed: 1 } });
  const late = lateRows(made);
  await upload("late", late);
  const text = await late.text();
  assert.ok(text.indexOf('"reasoning"') > 10_000_000 && text.indexOf('"tools"') > 10_000_000, "they come late");
  for (const [number, kind] of [basic, reasoned, agent, multiTurn].entries()) {
    const rows = Array.from({ length: 20 }, (_, row) => (row % 2 ? made[number] : kind(row)));
    await upload(`type-${number}`, jsonl(rows));
  }
  const traces = [
    { id: "1", source: "s", model: "m", system_prompt: "p", messages: [{ role: "user", content: "x" }] },
    { type: "user", message: { role: "user", content: "x" } },
    { type: "event", payload: { a: 1 } },
    { type: "session", id: "1", version: 3, cwd: "/" },
  ];
  for (const [number, trace] of traces.entries()) await upload(`trace-${number}`, traceLike(trace));
  const odd = [
    { day: "2026-01-01, a day", "a: b": 1, "#": null, list: [], big: 2 ** 53, grid: [[1], []], 'ä\n"': "\ud800" },
  ];
  await upload("odd", jsonl([...odd, { big: 0.5, list: ["x"], day: "2026-01-02" }]));

  const names = [
    "mixed",
    "late",
    "type-0",
    "type-1",
    "type-2",
    "type-3",
    "trace-0",
    "trace-1",
    "trace-2",
    "trace-3",
    "odd",
  ];
  const { loaded, version } = await ask("load", ...names.map((name) => `me/${name}`));
  const size = `${(mixed.size / 1e6).toFixed(1)} MB in ${files.length} files`;
  context.diagnostic(
    `datasets ${version} read ${count} rows, ${size}, and ${(late.size / 1e6).toFixed(1)} MB of late ones`,
  );
  assert.deepEqual(loaded["me/mixed"].rows, { train: count * 0.98, test: count * 0.02 });
  assert.deepEqual(loaded["me/late"].rows, { train: 13_404 });
  for (const name of names.slice(2, 6)) assert.deepEqual(loaded[`me/${name}`].rows, { train: 20 }, name);
  for (const name of names.slice(6, 10)) assert.deepEqual(loaded[`me/${name}`].rows, { train: 5 }, name);
  for (const { keys } of Object.values(/** @type {Record<string, any>} */ (loaded))) assert.equal(keys.length, 1);

  const { last } = loaded["me/late"];
  const written = multiTurn(399);
  assert.deepEqual(JSON.parse(last.tools[0].function.parameters), written.tools[0].function.parameters);
  assert.deepEqual(
    JSON.parse(last.reasoning.content).map((/** @type {any} */ step) => step.thought),
    ["read it", "done"],
  );
  assert.equal(last.messages[1].tool_calls[0].function.arguments, '{"path":"river-399.md"}');
  assert.deepEqual(Object.keys(last.messages[0]).toSorted(), ["content", "role", "tool_call_id", "tool_calls"]);
  const odd_ = loaded["me/odd"];
  assert.equal(odd_.rows.train, 2);
  assert.deepEqual([odd_.last.day, odd_.last.big, odd_.last.list, odd_.last["a: b"]], ["2026-01-02", 0.5, ["x"], null]);
});
