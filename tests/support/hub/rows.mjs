/** Records of all four types of sample, as DeepFabric writes them, with everything that varies among them varying. */

/** @param {number} number */
export function basic(number) {
  return {
    messages: [
      { role: "user", content: `What is the length of river ${number}, and where does it flow to?` },
      { role: "assistant", content: `River ${number} is ${number} km long. It flows to the sea.` },
    ],
    metadata: { topic_id: `topic-${number}`, path: ["Rivers", `River ${number}`], cycle: 0, model: "small-1" },
    question: `What is the length of river ${number}, and where does it flow to?`,
    final_answer: `River ${number} is ${number} km long.`,
  };
}

/** @param {number} number */
export const reasoned = (number) => ({
  ...basic(number),
  reasoning: { style: "freetext", content: `Let me think about river ${number}: the map says so.` },
});

/** @param {number} number */
export function agent(number) {
  const id = `call${String(number).padStart(5, "0").slice(-5)}`;
  const path = `river-${number}.md`;
  const parameters =
    number % 2 === 0
      ? { type: "object", properties: { path: { type: "string" } }, required: ["path"] }
      : { type: "object", properties: { count: { type: "integer", default: number } } };
  return {
    messages: [
      { role: "user", content: `Read the file about river ${number}.` },
      {
        role: "assistant",
        content: "",
        tool_calls: [{ id, type: "function", function: { name: "read_file", arguments: JSON.stringify({ path }) } }],
      },
      { role: "tool", content: JSON.stringify({ text: "long" }), tool_call_id: id },
      { role: "assistant", content: "It is long." },
    ],
    metadata: { conversation_type: "cot", react_steps: 2, topic_id: `topic-${number}` },
    reasoning: {
      style: "agent",
      content: [
        { step_number: 1, thought: "read it", action: `read_file(${JSON.stringify({ path })})` },
        { step_number: 2, thought: "done" },
      ],
    },
    tool_context: {
      executions: [{ function_name: "read_file", arguments: JSON.stringify({ path }), reasoning: "r", result: "long" }],
    },
    tools: [{ type: "function", function: { name: "read_file", description: "Reads a file", parameters } }],
    agent_context: { mode: "single_turn" },
    question: `Read the file about river ${number}.`,
    final_answer: "It is long.",
  };
}

/** @param {number} number */
export const multiTurn = (number) => ({
  ...agent(number),
  metadata: { conversation_type: "cot", topic_id: `topic-${number}`, turns: number % 5 },
  agent_context: { mode: "multi_turn", planning_trace: number % 2 ? null : "first this, then that" },
  structured_data: number % 3 ? { score: number } : { words: ["a"] },
});

/** A row of one type after another. @param {number} count */
export function mixedRows(count) {
  const kinds = [basic, reasoned, agent, multiTurn];
  return Array.from({ length: count }, (_, number) => kinds[number % kinds.length](number));
}

/** @param {unknown[]} rows */
export const jsonl = (rows) =>
  new Blob(
    rows.map((row) => `${JSON.stringify(row)}\n`),
    { type: "application/jsonl" },
  );
