/**
 * DeepFabric itself as the judge of records, files of topics and ids. Opt-in, since it is a large Python package:
 * DATAWEFT_PYTHON names a Python in which `deepfabric` 4.13.0 is installed.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { obligingModel } from "../support/obliging-model.mjs";
import { dataweft } from "../support/package.mjs";

const python = process.env.DATAWEFT_PYTHON;
const skip = python ? false : "DATAWEFT_PYTHON names no Python with deepfabric 4.13.0";

test("DeepFabric takes our records and topics and knows the topics by the same ids", { skip }, async () => {
  const folder = mkdtempSync(fileURLToPath(new URL("../../target/deepfabric-", import.meta.url)));
  try {
    /** @type {Record<string, import("dataweft").Topics>} */
    const topics = {};
    for (const [mode, file, conversation] of /** @type {const} */ ([
      ["tree", "tree.topics.jsonl", { type: "basic" }],
      ["graph", "graph.topics.json", { type: "cot", reasoning_style: "freetext" }],
    ])) {
      const config = {
        topics: { prompt: 'Rivers "é" 😀', mode },
        generation: { system_prompt: "Write.", conversation },
        output: { num_samples: 20, batch_size: 4 },
      };
      const dataset = await dataweft.generateDataset(config, { model: obligingModel });
      topics[mode] = dataset.topics;
      writeFileSync(`${folder}/${mode}.jsonl`, await dataset.jsonl.text());
      writeFileSync(`${folder}/${file}`, await dataweft.serializeTopics(dataset.topics));
    }
    for (const agent_mode of /** @type {const} */ (["single_turn", "multi_turn"])) {
      const config = {
        topics: { prompt: "Desks", mode: "tree" },
        generation: {
          system_prompt: "Write.",
          conversation: { type: "cot", reasoning_style: "agent", agent_mode, situations: "mixed" },
          tools: {
            components: { builtin: ["read_file", "write_file", "list_files"] },
            scenario_seed: { files: { "notes.txt": "é 😀" } },
          },
        },
        output: { num_samples: 20 },
      };
      const dataset = await dataweft.generateDataset(config, { model: obligingModel });
      writeFileSync(`${folder}/${agent_mode}.jsonl`, await dataset.jsonl.text());
    }
    const script = fileURLToPath(new URL("../support/ask-deepfabric.py", import.meta.url));
    const output = execFileSync(String(python), [script, folder], { encoding: "utf8" });
    const known = JSON.parse(output.trim().split("\n").at(-1) ?? "");
    const ids = (/** @type {import("dataweft").Topics} */ set) => set.topics.map((topic) => topic.id).sort();
    assert.deepEqual(known.tree, ids(topics.tree));
    assert.ok(ids(topics.graph).every((id) => known.graph.includes(id)));

    const read = async (/** @type {string} */ name) => dataweft.parseTopics(readFileSync(`${folder}/${name}`, "utf8"));
    assert.deepEqual(ids(await read("deepfabric.tree.jsonl")), ids(topics.tree));
    assert.deepEqual(ids(await read("deepfabric.graph.json")), ids(topics.graph));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
