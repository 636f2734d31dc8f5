// What agents call: the caller's own functions (the option `tools`), and servers.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { dataweft } from "../support/package.mjs";

const TOPIC = { id: "t", path: ["Markets", "Fruit"] };

/**
 * Configuration of one agent with one tool.
 * @param {Record<string, unknown>} [more] further keys of `generation.tools`
 */
const config = (more) => ({
  topics: { prompt: "Markets" },
  generation: {
    system_prompt: "Write requests of people at a market.",
    conversation: { type: "cot", reasoning_style: "agent" },
    tools: {
      custom: [
        {
          name: "weigh",
          description: "Weighs an item",
          parameters: { type: "object", properties: { item: { type: "string" } }, required: ["item"] },
        },
      ],
      ...more,
    },
  },
  output: { num_samples: 1 },
});

/**
 * A model that asks for the weight of apples, has them weighed and answers.
 * @param {{ purpose: string, messages: { content: string | null }[] }} request
 */
async function model({ purpose, messages }) {
  if (purpose === "user") return { text: JSON.stringify({ request: "How heavy are the apples? Please weigh them." }) };
  const last = messages.at(-1)?.content ?? "";
  const [calls, answer] = last.startsWith("What came of your calls")
    ? [[], "The scales have told me all that there is to know about the apples."]
    : [[{ tool: "weigh", arguments: { item: "apples" } }], ""];
  return { text: JSON.stringify({ thought: "The scales will tell.", calls, answer }) };
}

/**
 * What the record holds as the tool's message.
 * @param {(args: any, context: { sessionId: string, signal: AbortSignal }) => unknown} weigh
 * @param {Record<string, unknown>} [more]
 */
async function observed(weigh, more) {
  const sample = await dataweft.generateSample(config(more), TOPIC, { model, tools: { weigh } });
  return sample.messages.find(({ role }) => role === "tool")?.content;
}

test("a function gets arguments that hold, and what it gives becomes a text", async () => {
  /** @type {unknown[]} */
  const seen = [];
  const said = await observed((args, { sessionId, signal }) => {
    seen.push(args, typeof sessionId, sessionId.length > 10, signal instanceof AbortSignal, signal.aborted);
    return "300 g";
  });
  assert.deepEqual(seen, [{ item: "apples" }, "string", true, true, false]);
  assert.equal(said, "300 g");

  for (const [given, text] of [
    [{ grams: 300, of: ["a", null] }, '{"grams":300,"of":["a",null]}'],
    [300, "300"],
    [false, "false"],
    [null, "null"],
    [undefined, "null"],
    [Promise.resolve("later"), "later"],
    [{ toJSON: () => "own" }, '"own"'],
    [{ half: "\ud83d", whole: "\u{1F34E}" }, '{"half":"\\ufffd","whole":"\u{1F34E}"}'],
    ["half \ud83d", "half \ufffd"],
    [JSON.parse('{"__proto__":{"polluted":1}}'), '{"__proto__":{"polluted":1}}'],
  ])
    assert.equal(await observed(() => given), text);
  assert.equal(/** @type {any} */ ({}).polluted, undefined);
});

test("conversations are told apart", async () => {
  const sessions = new Set();
  const weigh = (/** @type {any} */ _, /** @type {{ sessionId: string }} */ { sessionId }) => {
    sessions.add(sessionId);
    return "300 g";
  };
  await Promise.all([observed(weigh), observed(weigh), observed(weigh)]);
  assert.equal(sessions.size, 3);
});

test("what is thrown, and what JSON cannot hold, is the tool's error result", async () => {
  /** @type {Record<string, unknown>} */
  const circular = {};
  circular.self = circular;
  const fails = [
    () => {
      throw new Error("the scales are broken");
    },
    async () => Promise.reject(new Error("the scales are broken")),
    () => Promise.reject("the scales are broken"),
  ];
  for (const weigh of fails) assert.equal(await observed(weigh), "Error (ToolError): the scales are broken");
  for (const given of [circular, 1n])
    assert.match(
      (await observed(() => given)) ?? "",
      /^Error \(ToolError\): the result is nothing that JSON can hold: /,
    );
});

test("a function that never settles is given up, and told so", async () => {
  let aborted = false;
  const said = await observed(
    (_, { signal }) => {
      signal.addEventListener("abort", () => (aborted = true));
      return new Promise(() => {});
    },
    { timeout: 1 },
  );
  assert.equal(said, "Error (Timeout): Tool execution timed out");
  assert.ok(aborted);
});

test("stopping a run tells the function that is under way", async () => {
  const controller = new AbortController();
  let aborted = false;
  const tools = {
    weigh: (/** @type {any} */ _, /** @type {{ signal: AbortSignal }} */ { signal }) => {
      signal.addEventListener("abort", () => (aborted = true));
      controller.abort(new Error("enough"));
      return new Promise(() => {});
    },
  };
  const call = dataweft.generateSample(config(), TOPIC, { model, tools, signal: controller.signal });
  await assert.rejects(call, { name: "AbortError", code: "aborted" });
  assert.ok(aborted);
});

test("ten megabytes, control characters and templates in a result stay a result", async () => {
  const said = (await observed(() => `\u001b[2J{{item}}\u0000${"x".repeat(10_000_000)}`)) ?? "";
  assert.ok(said.startsWith("\ufffd[2J{{item}}\ufffdx"));
  assert.equal(said.slice(-39), "xxx\n[cut here: 9984013 more characters]");
});

test("functions for tools that there are not, and what is no function, are refused before anything is asked", async () => {
  const refuse = () => assert.fail("nothing should be asked");
  for (const [tools, message] of /** @type {[any, RegExp][]} */ ([
    [{ weight: () => "" }, /function for weight, which is no tool/],
    [{ weigh: "300 g" }, /tools\.weigh has to be a function/],
    [[() => ""], /has to be an object of functions/],
    [() => "", /has to be an object of functions/],
  ]))
    await assert.rejects(dataweft.generateSample(config(), TOPIC, { model: refuse, tools }), {
      name: "DataweftError",
      code: "config",
      message,
    });
});

/**
 * A server on this machine, for as long as `use` takes.
 * @param {(request: { method?: string, url?: string, headers: import("node:http").IncomingHttpHeaders, body: any }, response: import("node:http").ServerResponse) => void} answer
 * @param {(address: string) => Promise<void>} use
 */
async function withServer(answer, use) {
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request) text += piece;
    const { method, url, headers } = request;
    answer({ method, url, headers, body: text && JSON.parse(text) }, response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  try {
    await use(`http://127.0.0.1:${port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** @param {Record<string, unknown>} tools */
async function observedFrom(tools) {
  const plain = config();
  const sample = await dataweft.generateSample({ ...plain, generation: { ...plain.generation, tools } }, TOPIC, {
    model,
  });
  return sample.messages.find(({ role }) => role === "tool")?.content;
}

test("a tool service is asked for definitions, greeted, called and told when a sample is over", async () => {
  /** @type {unknown[]} */
  const heard = [];
  const server = (/** @type {any} */ { method, url, headers, body }, /** @type {any} */ response) => {
    heard.push([method, url.replace(/session\/.+/, "session"), headers["content-type"], body?.tool ?? ""]);
    const parameters = [{ name: "item", type: "str", description: "What" }];
    const answers = {
      "/vfs/health": { status: "healthy" },
      "/scales/list": { tools: [{ name: "weigh", description: "Weighs", parameters }] },
      "/vfs/execute": { success: true, result: "written" },
      "/scales/execute": { success: true, result: `${body?.args?.item}: 300 g` },
    };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answers[/** @type {keyof typeof answers} */ (url)]));
  };
  await withServer(server, async (address) => {
    const said = await observedFrom({
      spin_endpoint: address,
      tools_endpoint: `${address}/scales/list`,
      components: { scales: ["weigh"] },
      scenario_seed: { files: { "a.txt": "A" } },
    });
    assert.equal(said, "apples: 300 g");
  });
  assert.deepEqual(heard, [
    ["GET", "/vfs/health", undefined, ""],
    ["GET", "/scales/list", undefined, ""],
    ["POST", "/vfs/execute", "application/json", "write_file"],
    ["POST", "/scales/execute", "application/json", "weigh"],
    ["DELETE", "/session", undefined, ""],
  ]);
});

test("an MCP server is a client's own, whether it answers with JSON or with events", async () => {
  for (const streams of [false, true]) {
    let clients = 0;
    const server = (/** @type {any} */ { headers, body }, /** @type {any} */ response) => {
      const inputSchema = { type: "object", properties: { item: { type: "string" } }, required: ["item"] };
      const text = `${body.params?.arguments?.item}: 300 g for ${headers["mcp-session-id"]}`;
      const results = {
        initialize: { protocolVersion: body.params?.protocolVersion, capabilities: {}, serverInfo: {} },
        "tools/list": { tools: [{ name: "weigh", inputSchema }] },
        "tools/call": { content: [{ type: "text", text }] },
      };
      const result = results[/** @type {keyof typeof results} */ (body.method)];
      if (!result) return response.writeHead(202).end();
      const message = JSON.stringify({ jsonrpc: "2.0", id: body.id, result });
      if (body.method === "initialize") response.setHeader("mcp-session-id", `client-${++clients}`);
      response.setHeader("content-type", streams ? "text/event-stream" : "application/json");
      // Streams are left open, as some servers do.
      if (streams) response.write(`event: message\ndata: ${message}\n\n`);
      else response.end(message);
    };
    await withServer(server, async (address) => {
      assert.equal(await observedFrom({ mcp: { market: { url: `${address}/mcp` } } }), "apples: 300 g for client-2");
    });
  }
});

test("whoever writes a configuration does not get to see the network behind a server", async () => {
  for (const tools of [
    { mcp: { inside: { url: "http://10.0.0.1/mcp" } } },
    { mcp: { inside: { url: "http://169.254.169.254/latest" } } },
    { spin_endpoint: "http://192.168.0.1:3000", components: { builtin: ["read_file"] } },
    { tools_endpoint: "http://[fd00::1]/list", components: { scales: ["weigh"] } },
  ])
    await assert.rejects(observedFrom(tools), {
      code: "tool",
      message: /is a private address, and this is a server/,
    });
});
