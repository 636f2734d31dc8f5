/**
 * Records of agents in the chat templates of common models. The templates here are written for this test; they reach
 * into a record as those of the models do: Qwen 2.5 and Hermes write arguments as JSON whatever they are, Qwen 3 tells
 * texts from objects, Llama 3.1 takes one call a message, Mistral checks the ids.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Template } from "@huggingface/jinja";
import { obligingModel } from "../support/obliging-model.mjs";
import { dataweft } from "../support/package.mjs";

const TOOLS = `{%- for tool in tools %}<tool>{{ tool | tojson }}</tool>{%- endfor %}`;

/** @type {Record<string, string>} */
const TEMPLATES = {
  "Qwen 2.5 and Hermes": `${TOOLS}{%- for message in messages %}
    {%- if message.role == "assistant" and message.tool_calls %}
      {%- for tool_call in message.tool_calls %}
        {%- if tool_call.function is defined %}{%- set tool_call = tool_call.function %}{%- endif %}
        {{- '<call>{"name": "' + tool_call.name + '", "arguments": ' }}{{- tool_call.arguments | tojson }}{{- '}</call>' }}
      {%- endfor %}
    {%- elif message.role == "tool" %}
      {%- if loop.index0 == 0 or messages[loop.index0 - 1].role != "tool" %}{{- '<results>' }}{%- endif %}
      {{- '<result>' + message.content + '</result>' }}
      {%- if loop.last or messages[loop.index0 + 1].role != "tool" %}{{- '</results>' }}{%- endif %}
    {%- else %}{{- '<' + message.role + '>' + message.content }}{%- endif %}
  {%- endfor %}`,
  "Qwen 3": `${TOOLS}{%- for message in messages %}
    {%- if message.tool_calls %}
      {%- for tool_call in message.tool_calls %}
        {{- '<call>{"name": "' + tool_call.function.name + '", "arguments": ' }}
        {%- if tool_call.function.arguments is string %}{{- tool_call.function.arguments }}
        {%- else %}{{- tool_call.function.arguments | tojson }}{%- endif %}{{- '}</call>' }}
      {%- endfor %}
    {%- elif message.role == "tool" %}{{- '<result>' + message.content + '</result>' }}
    {%- else %}{{- '<' + message.role + '>' + message.content }}{%- endif %}
  {%- endfor %}`,
  "Llama 3.1": `${TOOLS}{%- for message in messages %}
    {%- if 'tool_calls' in message %}
      {%- if not message.tool_calls | length == 1 %}{{- raise_exception("one call at once") }}{%- endif %}
      {%- set tool_call = message.tool_calls[0].function %}
      {{- '<call>{"name": "' + tool_call.name + '", "arguments": ' }}{{- tool_call.arguments | tojson }}{{- '}</call>' }}
    {%- elif message.role == "tool" or message.role == "ipython" %}
      {%- if message.content is mapping %}{{- '<result>' }}{{- message.content | tojson }}{{- '</result>' }}
      {%- else %}{{- '<result>' + message.content + '</result>' }}{%- endif %}
    {%- else %}{{- '<' + message.role + '>' + message.content | trim }}{%- endif %}
  {%- endfor %}`,
  Mistral: `${TOOLS}{%- for message in messages %}
    {%- if message.tool_calls is defined and message.tool_calls is not none %}
      {%- for tool_call in message.tool_calls %}
        {%- if not tool_call.id is defined or tool_call.id | length != 9 %}{{- raise_exception("ids have 9 characters") }}{%- endif %}
        {%- set out = tool_call.function | tojson %}{{- '<call>' + out[:-1] + ', "id": "' + tool_call.id + '"}</call>' }}
      {%- endfor %}
    {%- elif message.role == "tool" %}
      {%- if not message.tool_call_id is defined or message.tool_call_id | length != 9 %}{{- raise_exception("ids have 9 characters") }}{%- endif %}
      {{- '<result>' + message.content | string + '</result>' }}
    {%- else %}{{- '<' + message.role + '>' + message.content }}{%- endif %}
  {%- endfor %}`,
};

/** @param {"text" | "object"} tool_arguments @param {"single_turn" | "multi_turn"} agent_mode */
async function recordsWith(tool_arguments, agent_mode) {
  const config = {
    topics: { prompt: "Desks", mode: "tree" },
    generation: {
      system_prompt: "Write.",
      conversation: { type: "cot", reasoning_style: "agent", agent_mode, situations: "mixed" },
      tools: {
        components: { builtin: ["read_file", "write_file", "list_files"] },
        scenario_seed: { files: { "notes.txt": 'Café "quoted" {{braces}} <tag> 😀' } },
      },
    },
    output: { system_prompt: "You help.", num_samples: 20, tool_arguments },
  };
  const dataset = await dataweft.generateDataset(config, { model: obligingModel });
  return (await dataset.jsonl.text())
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** The calls of a record as they are, and as a template writes them. @param {string} text @param {any} record */
function compare(text, record) {
  const made = record.tool_context.executions.map((/** @type {any} */ { function_name, arguments: given }) => ({
    name: function_name,
    arguments: JSON.parse(given),
  }));
  const written = [...text.matchAll(/<call>(.*?)<\/call>/g)].map(([, call]) => JSON.parse(call));
  return { made, written: written.map(({ name, arguments: given }) => ({ name, arguments: given })) };
}

for (const form of /** @type {const} */ (["text", "object"])) {
  test(`records with arguments as ${form === "text" ? "a text" : "an object"} render in common chat templates`, async () => {
    const records = [...(await recordsWith(form, "single_turn")), ...(await recordsWith(form, "multi_turn"))];
    for (const [model, text] of Object.entries(TEMPLATES)) {
      const template = new Template(text);
      let rendered = 0;
      for (const { messages, tools, ...record } of records) {
        const hasSeveral = messages.some((/** @type {any} */ { tool_calls }) => tool_calls?.length > 1);
        if (model === "Llama 3.1" && hasSeveral) {
          assert.throws(() => template.render({ messages, tools }), /one call at once/);
          continue;
        }
        const output = template.render({ messages, tools });
        const { made, written } = compare(output, record);
        // Where a template writes whatever it is given as JSON, a text becomes JSON of a text.
        const isTwice = form === "text" && model !== "Qwen 3";
        assert.deepEqual(
          isTwice ? written.map((call) => ({ ...call, arguments: JSON.parse(call.arguments) })) : written,
          made,
          model,
        );
        const results = record.tool_context.executions.map((/** @type {any} */ { result }) => result);
        assert.ok(results.every((/** @type {string} */ result) => output.includes(`<result>${result}</result>`)));
        assert.ok(output.includes(record.question) && output.endsWith(record.final_answer), model);
        rendered++;
      }
      assert.ok(rendered >= 20, `${model}: ${rendered} of ${records.length}`);
    }
  });
}
