/** Records of all four types of sample, made by the library itself with a model that follows a script. */
import { obligingReply } from "../obliging-model.mjs";

/** @typedef {typeof import("dataweft")} Package */

const agent = {
  tools: {
    components: { builtin: ["read_file", "list_files"] },
    scenario_seed: { files: { "ships.md": "Two wait." } },
  },
};
const conversation = { type: "cot", reasoning_style: "agent", min_turns: 2, max_turns: 2 };
const KINDS = [
  { conversation: { type: "basic" } },
  { conversation: { type: "cot", reasoning_style: "freetext" } },
  { ...agent, conversation: { ...conversation, agent_mode: "single_turn" } },
  { ...agent, conversation: { ...conversation, agent_mode: "multi_turn" } },
];

/** Whoever asks wants to know of the ships, in each turn; the agent reads the file and says so. @param {any} request */
async function model(request) {
  const { purpose, messages } = request;
  const call = { tool: "read_file", arguments: { file_path: "ships.md" } };
  const turn = { wish: "Read ships.md.", calls: [call] };
  const hasRead = messages.at(-1).content.startsWith("What came of your calls");
  /** @type {Record<string, unknown>} */
  const replies = {
    plan: { goal: "To know how many ships wait.", turns: [turn, turn] },
    user: { request: "How many ships wait, by the file ships.md?" },
    step: hasRead
      ? { thought: "It is in the file.", calls: [], answer: "Two ships wait, by what the file says of today." }
      : { thought: "The file has to be read.", calls: [call], answer: "" },
  };
  return { text: purpose in replies ? JSON.stringify(replies[purpose]) : obligingReply(request) };
}

/** A record of each type. @param {Package} dataweft */
export function madeRows(dataweft) {
  const topic = { id: "rhine", path: ["Rivers", "Rhine"] };
  const config = { topics: { prompt: "Rivers" }, output: { num_samples: 1 } };
  const make = (/** @type {object} */ kind) =>
    dataweft.generateSample({ ...config, generation: { system_prompt: "Write about rivers.", ...kind } }, topic, {
      model,
    });
  return Promise.all(KINDS.map(make));
}
