/**
 * The five protocols that providers speak, from the server's side: what a request asks for, and how a reply is written,
 * whole and piece by piece.
 */

/** @typedef {{ input: number, cached: number, output: number, reasoning: number }} Tokens */

/**
 * How a request holds the model to its schema.
 * @typedef {"schema" | "tool" | "json" | "text"} Mode
 */

/**
 * @typedef {object} Asked
 * @property {{ role: string, content: string }[]} messages
 * @property {any} schema
 * @property {Mode} mode
 * @property {"topics" | "sample"} purpose
 */

/** @typedef {{ text: string, tool?: string, tokens: Tokens }} Reply */

/**
 * @typedef {object} Protocol
 * @property {RegExp} path
 * @property {string} type of a streamed answer
 * @property {(body: any) => Omit<Asked, "purpose">} read
 * @property {(reply: Reply) => object} whole
 * @property {(reply: Reply) => string} opening of a stream
 * @property {(text: string, tool?: string) => string} piece
 * @property {(reply: Reply) => string} ending
 * @property {(message: string) => string} failure in the middle of a stream
 */

/** @param {string} name @param {object} data */
const event = (name, data) => `event: ${name}\ndata: ${JSON.stringify({ type: name, ...data })}\n\n`;
/** @param {object} data */
const data = (data) => `data: ${JSON.stringify(data)}\n\n`;
/** @param {object} data */
const line = (data) => `${JSON.stringify(data)}\n`;

/** The schema of a request that has none in a field of its own: it stands at the end of the system text. @param {string} system */
function schemaIn(system) {
  const text = system.split("It has to satisfy this JSON Schema:\n")[1];
  return text === undefined ? undefined : JSON.parse(text.split("\n")[0]);
}

/**
 * @param {{ role: string, content: string }[]} messages
 * @param {any} schema
 * @param {any} tool
 * @param {boolean} json
 */
function asked(messages, schema, tool, json) {
  const system = messages.filter(({ role }) => role === "system" || role === "developer");
  const mode = /** @type {Mode} */ (schema ? "schema" : tool ? "tool" : json ? "json" : "text");
  return { messages, mode, schema: schema ?? tool ?? schemaIn(system.map(({ content }) => content).join("\n\n")) };
}

/** @type {Record<"responses" | "chat" | "anthropic" | "gemini" | "ollama", Protocol>} */
export const protocols = {
  responses: {
    path: /\/responses$/,
    type: "text/event-stream",
    read({ instructions, input, text, tools }) {
      const messages = [...(instructions ? [{ role: "system", content: instructions }] : []), ...input];
      return asked(messages, text?.format.schema, tools?.[0].parameters, text?.format.type === "json_object");
    },
    whole: (reply) => response("completed", [output(reply)], reply.tokens),
    opening: (reply) =>
      event("response.created", { response: response("in_progress", []) }) +
      event("response.output_item.added", { output_index: 0, item: output({ ...reply, text: "" }) }),
    piece: (delta, tool) =>
      event(tool ? "response.function_call_arguments.delta" : "response.output_text.delta", {
        output_index: 0,
        item_id: "item_1",
        ...(!tool && { content_index: 0 }),
        delta,
      }),
    ending: (reply) => event("response.completed", { response: response("completed", [output(reply)], reply.tokens) }),
    failure: (message) => event("error", { code: "server_error", message, param: null }),
  },

  chat: {
    path: /\/chat\/completions$/,
    type: "text/event-stream",
    read: ({ messages, response_format: format, tools }) =>
      asked(messages, format?.json_schema?.schema, tools?.[0].function.parameters, format?.type === "json_object"),
    whole: ({ text, tool, tokens }) => ({
      ...choice({
        message: {
          role: "assistant",
          ...(tool ? { content: null, tool_calls: [call(tool, text)] } : { content: text }),
        },
        finish_reason: tool ? "tool_calls" : "stop",
      }),
      usage: chatUsage(tokens),
    }),
    opening: ({ tool }) =>
      data(
        choice({
          delta: { role: "assistant", ...(tool ? { tool_calls: [{ index: 0, ...call(tool, "") }] } : { content: "" }) },
          finish_reason: null,
        }),
      ),
    piece: (text, tool) =>
      data(
        choice({
          delta: tool ? { tool_calls: [{ index: 0, function: { arguments: text } }] } : { content: text },
          finish_reason: null,
        }),
      ),
    ending: ({ tool, tokens }) =>
      data(choice({ delta: {}, finish_reason: tool ? "tool_calls" : "stop" })) +
      data({ ...choice({}), choices: [], usage: chatUsage(tokens) }) +
      "data: [DONE]\n\n",
    failure: (message) => data({ error: { message, type: "server_error", code: null } }),
  },

  anthropic: {
    path: /\/messages$/,
    type: "text/event-stream",
    read({ system, messages, output_config: config, tools }) {
      const text = Array.isArray(system) ? system.map((block) => block.text).join("\n\n") : system;
      const all = text ? [{ role: "system", content: text }, ...messages] : messages;
      return asked(all, config?.format.schema, tools?.[0].input_schema, false);
    },
    whole: ({ text, tool, tokens }) => {
      const block = tool
        ? { type: "tool_use", id: "toolu_1", name: tool, input: JSON.parse(text) }
        : { type: "text", text };
      return message([block], tool ? "tool_use" : "end_turn", anthropicUsage(tokens));
    },
    opening: ({ tool, tokens }) =>
      event("message_start", { message: message([], null, anthropicUsage({ ...tokens, output: 1, reasoning: 0 })) }) +
      event("content_block_start", {
        index: 0,
        content_block: tool ? { type: "tool_use", id: "toolu_1", name: tool, input: {} } : { type: "text", text: "" },
      }),
    piece: (text, tool) =>
      event("content_block_delta", {
        index: 0,
        delta: tool ? { type: "input_json_delta", partial_json: text } : { type: "text_delta", text },
      }),
    ending: ({ tool, tokens }) =>
      event("content_block_stop", { index: 0 }) +
      event("message_delta", {
        delta: { stop_reason: tool ? "tool_use" : "end_turn" },
        usage: anthropicUsage(tokens),
      }) +
      event("message_stop", {}),
    failure: (message) => event("error", { error: { type: "api_error", message } }),
  },

  gemini: {
    path: /:(generateContent|streamGenerateContent)$/,
    type: "text/event-stream",
    read({ systemInstruction, contents, generationConfig: config, tools }) {
      /** @param {any} content */
      const said = ({ parts }) => parts.map((/** @type {any} */ part) => part.text).join("\n\n");
      const all = contents.map((/** @type {any} */ content) => ({ role: content.role, content: said(content) }));
      if (systemInstruction) all.unshift({ role: "system", content: said(systemInstruction) });
      const tool = tools?.[0].functionDeclarations[0].parametersJsonSchema;
      return asked(all, config.responseJsonSchema, tool, config.responseMimeType === "application/json");
    },
    whole: ({ text, tool, tokens }) =>
      candidate(tool ? { functionCall: { name: tool, args: JSON.parse(text) } } : { text }, true, tokens),
    opening: ({ tokens }) => data(candidate({ text: "" }, false, { ...tokens, output: 0, reasoning: 0 })),
    // A call comes whole.
    piece: (text, tool) => (tool ? "" : data(candidate({ text }, false))),
    ending: ({ text, tool, tokens }) =>
      data(candidate(tool ? { functionCall: { name: tool, args: JSON.parse(text) } } : { text: "" }, true, tokens)),
    failure: (message) => data({ error: { code: 500, message, status: "INTERNAL" } }),
  },

  ollama: {
    path: /\/api\/chat$/,
    type: "application/x-ndjson",
    read: ({ messages, format, tools }) =>
      asked(messages, format === "json" ? undefined : format, tools?.[0].function.parameters, format === "json"),
    whole: ({ text, tool, tokens }) => ollama(tool ? { tool, text } : { text }, tokens),
    opening: () => "",
    // A call comes whole.
    piece: (text, tool) => (tool ? "" : line(ollama({ text }))),
    ending: ({ text, tool, tokens }) => line(ollama(tool ? { tool, text } : { text: "" }, tokens)),
    failure: (message) => line({ error: message }),
  },
};

/**
 * Finds the protocol of a path and what a request asks for.
 * @param {string} pathname
 * @param {any} body
 */
export function understand(pathname, body) {
  const found = Object.entries(protocols).find(([, { path }]) => path.test(pathname));
  if (!found) return undefined;
  const [name, protocol] = found;
  const read = protocol.read(body);
  /** @type {Asked["purpose"]} */
  const purpose = read.schema?.properties.subtopics ? "topics" : "sample";
  const streams = pathname.endsWith(":streamGenerateContent") || body.stream === true;
  return { name, protocol, streams, asked: { ...read, purpose } };
}

/**
 * A streamed answer, event by event. The text comes in a few pieces, cut wherever it happens to be.
 * @param {Protocol} protocol
 * @param {Reply} reply
 */
export function* streamed(protocol, reply) {
  yield protocol.opening(reply);
  const characters = Array.from(reply.text);
  const length = Math.ceil(characters.length / 5);
  for (let start = 0; start < characters.length; start += length) {
    yield protocol.piece(characters.slice(start, start + length).join(""), reply.tool);
  }
  yield protocol.ending(reply);
}

/** @param {string} status @param {object[]} output @param {Tokens} [tokens] */
function response(status, output, tokens) {
  const usage = tokens && {
    input_tokens: tokens.input,
    input_tokens_details: { cached_tokens: tokens.cached },
    output_tokens: tokens.output,
    output_tokens_details: { reasoning_tokens: tokens.reasoning },
    total_tokens: tokens.input + tokens.output,
  };
  return { id: "resp_1", object: "response", status, error: null, model: "m", output, usage: usage ?? null };
}

/** @param {Reply} reply */
function output({ text, tool }) {
  if (tool) {
    return { id: "item_1", type: "function_call", call_id: "call_1", name: tool, arguments: text, status: "completed" };
  }
  const content = text === "" ? [] : [{ type: "output_text", text, annotations: [] }];
  return { id: "item_1", type: "message", role: "assistant", status: "completed", content };
}

/** @param {object} choice */
function choice(choice) {
  return { id: "chatcmpl-1", object: "chat.completion", model: "m", choices: [{ index: 0, ...choice }] };
}

/** @param {string} name @param {string} text */
function call(name, text) {
  return { id: "call_1", type: "function", function: { name, arguments: text } };
}

/** @param {Tokens} tokens */
function chatUsage({ input, cached, output, reasoning }) {
  return {
    prompt_tokens: input,
    prompt_tokens_details: { cached_tokens: cached },
    completion_tokens: output,
    completion_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}

/** @param {object[]} content @param {string | null} stop_reason @param {object} usage */
function message(content, stop_reason, usage) {
  return { id: "msg_1", type: "message", role: "assistant", model: "m", content, stop_reason, usage };
}

/** What the cache had is counted apart. @param {Tokens} tokens */
function anthropicUsage({ input, cached, output, reasoning }) {
  return {
    input_tokens: input - cached,
    cache_read_input_tokens: cached,
    output_tokens: output,
    output_tokens_details: { thinking_tokens: reasoning },
  };
}

/** @param {object} part @param {boolean} isLast @param {Tokens} [tokens] */
function candidate(part, isLast, tokens) {
  const usage = tokens && {
    promptTokenCount: tokens.input,
    cachedContentTokenCount: tokens.cached,
    // What the model thinks is counted apart.
    candidatesTokenCount: tokens.output - tokens.reasoning,
    thoughtsTokenCount: tokens.reasoning,
    totalTokenCount: tokens.input + tokens.output,
  };
  const content = { role: "model", parts: [part] };
  return {
    candidates: [{ index: 0, content, ...(isLast && { finishReason: "STOP" }) }],
    ...(usage && { usageMetadata: usage }),
  };
}

/** @param {{ text: string, tool?: string }} said @param {Tokens} [tokens] only at the end */
function ollama({ text, tool }, tokens) {
  const message = tool
    ? { role: "assistant", content: "", tool_calls: [{ function: { name: tool, arguments: JSON.parse(text) } }] }
    : { role: "assistant", content: text };
  const end = tokens ? { done_reason: "stop", prompt_eval_count: tokens.input, eval_count: tokens.output } : {};
  return { model: "m", created_at: "2026-01-01T00:00:00Z", message, done: tokens !== undefined, ...end };
}
