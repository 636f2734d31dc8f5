/**
 * A real HTTP server that speaks Chat Completions, on a free port of this machine. What it answers is the obliging
 * model's reply, unless the path of the base URL names a fault: `${server.url}/fault/unauthorized`.
 */
import { createServer } from "node:http";
import { obligingReply } from "./obliging-model.mjs";

/**
 * @typedef {object} Served
 * @property {any} body
 * @property {import("node:http").IncomingHttpHeaders} headers
 * @property {boolean} closedEarly whether the client went away before it had its answer
 */

/** @typedef {(request: { body: any, number: number, fault: string, parameter: string }) => Answer | Promise<Answer>} Fault */
/** @typedef {{ status?: number, headers?: Record<string, string>, body?: string, hang?: boolean, reset?: boolean }} Answer */

/** @param {string | null} content @param {object} [more] */
export function completion(content, more = {}) {
  return JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion",
    model: "obliging",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop", ...more }],
    usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
  });
}

/** @param {any} body */
function oblige(body) {
  const { name: purpose, schema } = body.response_format.json_schema;
  return { body: completion(obligingReply({ messages: body.messages, schema, purpose })) };
}

/** @param {any} body */
const isSample = (body) => body.response_format.json_schema.name === "sample";

/** @type {Record<string, Fault>} */
const FAULTS = {
  none: ({ body }) => oblige(body),
  // Topics are fine; the first samples are too, then the fault comes.
  unauthorized: ({ body, number }) =>
    number < 8
      ? oblige(body)
      : {
          status: 401,
          body: `{"error":{"message":"Incorrect API key provided: sk-test-key","code":"invalid_api_key"}}`,
        },
  "no-credit": () => ({ status: 429, body: `{"error":{"message":"pay first","code":"insufficient_quota"}}` }),
  "not-json": ({ body }) => (isSample(body) ? { body: completion("Certainly! Here it is.") } : oblige(body)),
  "no-answer": ({ body }) => (isSample(body) ? { body: completion('{"question":"Why?"}') } : oblige(body)),
  html: () => ({ headers: { "content-type": "text/html" }, body: "<html>Welcome to nginx</html>" }),
  redirect: () => ({ status: 307, headers: { location: "/fault/none/chat/completions" } }),
  hang: ({ body, number }) => (number < 8 ? oblige(body) : { hang: true }),
  busy: ({ body, number }) =>
    number % 3 === 0 ? { status: 429, headers: { "retry-after-ms": "5" }, body: "{}" } : oblige(body),
  gone: ({ body, number }) => (number < 8 ? oblige(body) : { reset: true }),
};

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "authorization, content-type",
  "access-control-allow-methods": "POST, GET",
};

/** @param {{ latency?: (body: any) => number }} [options] latency in milliseconds, by request */
export async function startModelServer({ latency } = {}) {
  /** @type {Served[]} */
  const served = [];
  /** Requests by base URL, so that each scenario has numbers of its own. @type {Map<string, number>} */
  const numbers = new Map();
  let underWay = 0;
  let mostUnderWay = 0;

  const server = createServer(async (request, response) => {
    if (request.method === "OPTIONS") return response.writeHead(204, CORS).end();
    const url = new URL(request.url ?? "/", "http://localhost");
    const [, fault = "none", parameter = ""] = /^\/fault\/([\w-]+)(?:\/run-([\w-]+))?/.exec(url.pathname) ?? [];
    /** @type {Buffer[]} */
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    const entry = { body, headers: request.headers, closedEarly: false };
    served.push(entry);
    const key = `${fault}/${parameter}`;
    const number = numbers.get(key) ?? 0;
    numbers.set(key, number + 1);
    mostUnderWay = Math.max(mostUnderWay, ++underWay);
    response.on("close", () => {
      underWay--;
      entry.closedEarly = !response.writableFinished;
    });
    const answer = await FAULTS[fault]({ body, number, fault, parameter });
    if (answer.hang) return;
    if (answer.reset) return void request.socket.destroy();
    const wait = latency?.(body) ?? 0;
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    response.writeHead(answer.status ?? 200, { "content-type": "application/json", ...CORS, ...answer.headers });
    response.end(answer.body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    served,
    mostUnderWay: () => mostUnderWay,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(() => resolve(undefined)));
    },
  };
}
