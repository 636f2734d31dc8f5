// A run over a file, in a process that the test kills: resumed-run.mjs CONFIG FILE. It tells of each entry that is kept.
import { createHash } from "node:crypto";
import { fileStore } from "../../pkg/stores/file.js";
import { dataweft } from "./package.mjs";

const [config, file] = process.argv.slice(2);
const dataset = await dataweft.generateDataset(JSON.parse(config), {
  apiKey: "sk-test-key",
  checkpoint: fileStore(file),
  onEvent: ({ type }) => void (type === "checkpoint_saved" && process.stdout.write("kept\n")),
});
const digest = createHash("sha256")
  .update(await dataset.jsonl.text())
  .digest("hex");
process.stdout.write(`done ${JSON.stringify({ samples: dataset.samples, digest, usage: dataset.usage })}\n`);
