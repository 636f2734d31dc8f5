// Progress that survives: the stores of Node, and a process that is killed again and again.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { fileStore } from "../../pkg/stores/file.js";
import { memoryStore } from "../../pkg/stores/memory.js";
import { EXPECTED, longConfig, useStore } from "../support/check-store.mjs";
import { startModelServer } from "../support/model-server.mjs";
import { dataweft } from "../support/package.mjs";

/** @type {string} */
let folder;
/** @type {Awaited<ReturnType<typeof startModelServer>>} */
let server;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "dataweft-"));
  server = await startModelServer();
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

test("a file keeps what is added to it, in order", async () => {
  assert.deepEqual(await useStore(() => fileStore(path.join(folder, "not there yet", "progress.jsonl"))), EXPECTED);
});

test("memory keeps what is added to it, in order", async () => {
  const store = memoryStore();
  assert.deepEqual(await useStore(() => store), EXPECTED);
});

test("half a line that a crash has left does not spoil what comes after it", async () => {
  const file = path.join(folder, "torn.jsonl");
  await writeFile(file, '{"whole":1}\n{"half":"');
  await fileStore(file).append(['{"next":2}']);
  assert.deepEqual(await fileStore(file).read(), ['{"whole":1}', '{"half":"', '{"next":2}']);
});

/** Lives until the end, or until it has kept so many entries. @param {object} config @param {string} file @param {number} most */
async function live(config, file, most) {
  const script = fileURLToPath(new URL("../support/resumed-run.mjs", import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(config), file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let kept = 0;
  let done;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("done ")) done = JSON.parse(line.slice("done ".length));
    else if (++kept === most) child.kill("SIGKILL");
  }
  await ended;
  return done;
}

/** The keys of what a file holds. @param {string} file */
async function keysIn(file) {
  return (await readFile(file, "utf8")).split("\n").flatMap((line) => {
    try {
      return JSON.parse(line).key ?? [];
    } catch {
      return [];
    }
  });
}

test("processes that are killed fifty times make the same dataset, and ask for nothing twice that was kept", async () => {
  const whole = await dataweft.generateDataset(longConfig(server.url, "whole"), { apiKey: "sk-test-key" });
  const digest = createHash("sha256")
    .update(await whole.jsonl.text())
    .digest("hex");
  let kills = 0;
  for (let number = 1; kills < 50; number++) {
    const config = longConfig(server.url, `killed-${number}`);
    const file = path.join(folder, `killed-${number}.jsonl`);
    let done;
    let deaths = 0;
    for (; !done; deaths += done ? 0 : 1) {
      assert.ok(deaths < 300, "the run gets nowhere");
      done = await live(config, file, 1 + (deaths % 2));
      // Now and then the disk has lost the end of a line, too.
      if (deaths % 10 === 9) await appendFile(file, '{"key":"sam');
    }
    assert.ok(deaths > 0, "nobody was killed");
    assert.deepEqual([done.samples, done.digest], [150, digest]);
    const keys = await keysIn(file);
    assert.deepEqual([keys.length, new Set(keys).size], [4 + 150, 4 + 150], "each reply is kept once");
    const asked = (await server.settled(`killed-${number}`)).length;
    assert.ok(asked <= 4 + 150 + deaths * 4, `${asked} requests: only what was under way is asked again`);
    assert.ok(done.usage.requests >= 4 + 150);
    kills += deaths;
  }
});
