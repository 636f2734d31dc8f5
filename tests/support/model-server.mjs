/**
 * A real HTTP server that speaks every provider's protocol, told apart by the path, on a free port of this machine. What
 * it answers is the obliging model's reply, unless the path of the base URL names a fault:
 * `${server.url}/fault/unauthorized/run-1`. Requests are counted apart for each run.
 */
import { createServer } from "node:http";
import { setImmediate as turn, setTimeout as pause } from "node:timers/promises";
import { FAULTS } from "./model-faults.mjs";
import { obligingReply } from "./obliging-model.mjs";
import { streamed, understand } from "./protocols.mjs";

/** @typedef {ReturnType<typeof summary>} Served */
/** @typedef {import("./model-faults.mjs").Answer} Answer */
/** @typedef {NonNullable<ReturnType<typeof understand>>} Understood */

/** What the server says that each whole reply took. */
export const TOKENS = { input: 100, cached: 40, output: 20, reasoning: 5 };

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers":
    "authorization, content-type, x-api-key, anthropic-version, anthropic-dangerous-direct-browser-access, x-goog-api-key",
  "access-control-allow-methods": "POST, GET",
  "access-control-expose-headers": "*",
};

/** What is kept of a request. @param {Understood} understood */
function summary(
  { name, streams, asked },
  /** @type {import("node:http").IncomingMessage} */ request,
  /** @type {any} */ body,
) {
  return {
    protocol: name,
    mode: asked.mode,
    purpose: asked.purpose,
    streams,
    url: request.url ?? "",
    headers: request.headers,
    body,
    run: "",
    number: 0,
    /** When it came, in milliseconds. */
    at: performance.now(),
    /** What a provider would charge for: a streamed reply as far as it was written. */
    tokens: { input: 0, output: 0 },
    /** Whether the client went away before it had its answer. */
    closedEarly: false,
  };
}

/** @param {{ latency?: (body: any) => number }} [options] latency in milliseconds, by request */
export async function startModelServer({ latency } = {}) {
  /** @type {Map<Served, Promise<void>>} */
  const served = new Map();
  /** Requests by fault and run, so that each scenario has numbers of its own. @type {Map<string, number>} */
  const numbers = new Map();
  /** @type {Map<string, { now: number, most: number }>} */
  const underWay = new Map();
  /** Streams that have fallen silent, and who waits for them. @type {Map<string, number>} */
  const silent = new Map();
  /** @type {Set<() => void>} */
  const waiting = new Set();

  const server = createServer(async (request, response) => {
    if (request.method === "OPTIONS") return response.writeHead(204, CORS).end();
    const url = new URL(request.url ?? "/", "http://localhost");
    const wanted = /^\/silent\/(\d+)\/run-([\w-]+)$/.exec(url.pathname);
    if (wanted) {
      const answer = () => {
        if ((silent.get(wanted[2]) ?? 0) < Number(wanted[1])) return;
        waiting.delete(answer);
        response.writeHead(200, CORS).end();
      };
      waiting.add(answer);
      return answer();
    }
    const [, fault = "none", run = ""] = /^\/fault\/([\w-]+)(?:\/run-([\w-]+))?/.exec(url.pathname) ?? [];
    /** @type {Buffer[]} */
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    const understood = understand(url.pathname, body);
    if (!understood) return response.writeHead(404, CORS).end("{}");

    const key = `${fault}/${run}`;
    const number = numbers.get(key) ?? 0;
    numbers.set(key, number + 1);
    const entry = Object.assign(summary(understood, request, body), { run, number });
    const crowd = underWay.get(run) ?? { now: 0, most: 0 };
    underWay.set(run, crowd);
    crowd.most = Math.max(crowd.most, ++crowd.now);
    served.set(
      entry,
      new Promise((resolve) =>
        response.on("close", () => {
          crowd.now--;
          entry.closedEarly = !response.writableFinished;
          resolve();
        }),
      ),
    );

    const answer = FAULTS[fault]({ ...understood, number, headers: request.headers }) ?? {};
    if (answer.hang) return;
    if (answer.reset) return void request.socket.destroy();
    const wait = answer.wait ?? latency?.(body) ?? 0;
    if (wait > 0) await pause(wait);
    if (answer.body !== undefined) {
      response.writeHead(answer.status ?? 200, { "content-type": "application/json", ...CORS, ...answer.headers });
      return void response.end(answer.body);
    }
    await reply(understood, answer, entry, response);
    if (answer.ends === "silently") {
      silent.set(run, (silent.get(run) ?? 0) + 1);
      for (const wake of waiting) wake();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    /**
     * The requests of all runs whose names begin like this, once none of them is under way any more.
     * @param {string} run
     */
    async settled(run) {
      const entries = [...served.keys()].filter((entry) => entry.run.startsWith(run));
      await Promise.all(entries.map((entry) => served.get(entry)));
      return entries;
    },
    /** The most requests of a run at once. @param {string} run */
    mostUnderWay: (run) => underWay.get(run)?.most ?? 0,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(() => resolve(undefined)));
    },
  };
}

/**
 * @param {Understood} understood
 * @param {Answer} answer
 * @param {Served} entry
 * @param {import("node:http").ServerResponse} response
 */
async function reply({ protocol, streams, asked }, { text, ends, failure, bare }, entry, response) {
  const said = {
    text: text ?? obligingReply(asked),
    // What ignores the tool speaks instead of calling it.
    ...(asked.mode === "tool" && !bare && { tool: asked.purpose }),
    tokens: TOKENS,
  };
  entry.tokens.input = TOKENS.input;
  if (!streams) {
    entry.tokens.output = TOKENS.output;
    response.writeHead(200, { "content-type": "application/json", ...CORS });
    return void response.end(JSON.stringify(protocol.whole(said)));
  }
  response.writeHead(200, { "content-type": protocol.type, ...CORS });
  if (ends === "never") {
    response.write(protocol.opening(said));
    for (let piece = said.text; !response.destroyed; piece = "and on and on ") {
      response.write(protocol.piece(piece, said.tool));
      entry.tokens.output += Math.ceil(piece.length / 4);
      await pause(1);
    }
    return;
  }
  const events = [...streamed(protocol, said)];
  if (ends !== undefined) events.splice(-2);
  if (failure !== undefined) events.push(protocol.failure(failure));
  // Cut wherever it happens to be, in the middle of lines and of characters.
  const bytes = Buffer.from(events.join(""));
  for (let start = 0; start < bytes.length && !response.destroyed; start += 97) {
    response.write(bytes.subarray(start, start + 97));
    await turn();
  }
  entry.tokens.output = TOKENS.output;
  if (ends !== "silently") response.end();
}
