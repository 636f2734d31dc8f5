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
 * @param {{ type: "basic" | "freetext" | "agent", system?: boolean }} expected
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
  if (type === "agent") agentProblems(record, system, expect);
  else {
    expect(roles === (system ? "system,user,assistant" : "user,assistant"), `roles ${roles}`);
    for (const message of record.messages ?? []) {
      expect(Object.keys(message).join() === "role,content", `message fields ${Object.keys(message)}`);
      expect(typeof message.content === "string" && message.content.length > 0, "a message without content");
    }
  }
  const { topic_id: id, path, cycle, model } = record.metadata ?? {};
  expect(typeof id === "string" && /^[0-9a-f-]{16,36}$/.test(id), `topic_id ${id}`);
  expect(Array.isArray(path) && path.length > 0, `path ${path}`);
  expect(Number.isInteger(cycle) && cycle >= 0, `cycle ${cycle}`);
  expect(typeof model === "string" && model.length > 0, `model ${model}`);
  expect(typeof record.question === "string" && typeof record.final_answer === "string", "question and final_answer");
  if (type === "basic") expect(!("reasoning" in record), "reasoning in a basic record");
  else if (type === "freetext") {
    expect(record.reasoning?.style === "freetext", `style ${record.reasoning?.style}`);
    expect(typeof record.reasoning?.content === "string" && record.reasoning.content.length > 0, "no reasoning");
  }
  return problems;
}

/**
 * What the record of an agent holds beyond that: calls with their results, and the same told in three more places.
 * @param {any} record
 * @param {boolean} system whether there is a system message
 * @param {(holds: boolean, otherwise: string) => void} expect
 */
function agentProblems(record, system, expect) {
  /** @param {any} value @param {string[]} fields @param {string} what */
  const has = (value, fields, what) =>
    expect(Object.keys(value ?? {}).join() === fields.join(), `${what} has the fields ${Object.keys(value ?? {})}`);
  has(
    record,
    FIELDS.filter((field) => field !== "structured_data"),
    "the record",
  );
  const { messages, metadata, reasoning, tool_context: context, tools, agent_context: agent } = record;
  const roles = messages.map((/** @type {any} */ { role, tool_calls }) => (tool_calls ? "calls" : role)).join(" ");
  const turn = "user (calls( tool)+ )*assistant";
  expect(new RegExp(`^${system ? "system " : ""}${turn}( ${turn})*$`).test(roles), `roles ${roles}`);
  const calls = messages.flatMap((/** @type {any} */ { tool_calls }) => tool_calls ?? []);
  const results = messages.filter((/** @type {any} */ { role }) => role === "tool");
  for (const { role, content, tool_calls, tool_call_id, ...others } of messages) {
    expect(Object.keys(others).length === 0, `a message has the fields ${Object.keys(others)}`);
    expect(tool_calls ? content === "" : content.length > 0, `the content of ${role} is ${content}`);
    expect((tool_call_id !== undefined) === (role === "tool"), `${role} has the id ${tool_call_id}`);
  }
  expect(
    calls.every((/** @type {any} */ { id }, /** @type {number} */ at) => id === results[at]?.tool_call_id),
    "results follow their own calls",
  );
  for (const call of calls) {
    has(call, ["id", "type", "function"], "a call");
    has(call.function, ["name", "arguments"], "the function of a call");
    expect(call.type === "function" && /^[A-Za-z0-9]{9}$/.test(call.id), `a call is ${call.type} ${call.id}`);
    expect(typeof JSON.parse(call.function.arguments) === "object", `arguments ${call.function.arguments}`);
  }
  expect(metadata.conversation_type === "cot", `conversation_type ${metadata.conversation_type}`);
  expect(metadata.react_steps === reasoning.content.length, `react_steps ${metadata.react_steps}`);
  expect(reasoning.style === "agent" && reasoning.content.length > 0, `style ${reasoning.style}`);
  for (const [at, step] of reasoning.content.entries()) {
    has(step, ["step_number", "thought", "action"], "a step");
    expect(step.step_number === at + 1 && step.thought.length > 0, `step ${step.step_number} at ${at}`);
  }
  has(context, ["executions"], "tool_context");
  expect(
    context.executions.length === calls.length,
    `${context.executions.length} executions of ${calls.length} calls`,
  );
  for (const execution of context.executions) {
    has(execution, ["function_name", "arguments", "reasoning", "result"], "an execution");
    expect(execution.result.length > 0, "an execution without a result");
  }
  for (const tool of tools) {
    has(tool, ["type", "function"], "a tool");
    expect(typeof tool.function.parameters === "object", "a tool without parameters");
  }
  expect(/^(single|multi)_turn$/.test(agent.mode), `mode ${agent.mode}`);
  if (agent.mode === "multi_turn") has(agent, ["mode", "planning_trace", "execution_summary"], "agent_context");
  else has(agent, ["mode"], "agent_context");
  expect(record.question.length > 0 && record.final_answer.length > 0, "question and final_answer");
}
