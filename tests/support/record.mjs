/**
 * DeepFabric's record model as a list of what a record gets wrong. Written from its `Conversation` class: fields beyond
 * these are forbidden there, and absent ones are left out rather than null.
 */

const FIELDS = [
  "messages",
  "metadata",
  "reasoning",
  "tool_context",
  "tools",
  "agent_context",
  "structured_data",
  "question",
  "final_answer",
];

/**
 * @param {any} record
 * @param {{ type: "basic" | "freetext", system?: boolean }} expected
 * @returns {string[]} what is wrong; empty for a sound record
 */
export function recordProblems(record, { type, system = true }) {
  /** @type {string[]} */
  const problems = [];
  /** @param {boolean} holds @param {string} otherwise */
  const expect = (holds, otherwise) => void (holds || problems.push(otherwise));
  const keys = Object.keys(record);
  expect(
    keys.every((key) => FIELDS.includes(key)),
    `unknown field in ${keys}`,
  );
  expect(
    keys.every((key, index) => index === 0 || FIELDS.indexOf(key) > FIELDS.indexOf(keys[index - 1])),
    `field order ${keys}`,
  );
  const roles = record.messages?.map((/** @type {any} */ message) => message.role).join();
  expect(roles === (system ? "system,user,assistant" : "user,assistant"), `roles ${roles}`);
  for (const message of record.messages ?? []) {
    expect(Object.keys(message).join() === "role,content", `message fields ${Object.keys(message)}`);
    expect(typeof message.content === "string" && message.content.length > 0, "a message without content");
  }
  const { topic_id: id, path, cycle, model } = record.metadata ?? {};
  expect(typeof id === "string" && /^[0-9a-f-]{16,36}$/.test(id), `topic_id ${id}`);
  expect(Array.isArray(path) && path.length > 0, `path ${path}`);
  expect(Number.isInteger(cycle) && cycle >= 0, `cycle ${cycle}`);
  expect(typeof model === "string" && model.length > 0, `model ${model}`);
  expect(typeof record.question === "string" && typeof record.final_answer === "string", "question and final_answer");
  if (type === "basic") expect(!("reasoning" in record), "reasoning in a basic record");
  else {
    expect(record.reasoning?.style === "freetext", `style ${record.reasoning?.style}`);
    expect(typeof record.reasoning?.content === "string" && record.reasoning.content.length > 0, "no reasoning");
  }
  return problems;
}
