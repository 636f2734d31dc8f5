/**
 * A local server that stands for every provider: it keeps what it is sent, and answers in the protocol of the path. Both
 * our package and the providers' own libraries are sent to it by {@link reroute}, in place of the provider's address.
 */
import { createServer } from "node:http";
import { streamed, understand } from "./protocols.mjs";

/**
 * @typedef {object} Recorded
 * @property {string} method
 * @property {string} origin where the client meant to send it
 * @property {string} path with the query
 * @property {Record<string, string>} headers
 * @property {any} body
 */

/** The header under which a rerouted request carries the address that it was meant for. */
const ORIGIN = "x-meant-for";

const SAMPLE = JSON.stringify({ question: "Why is the sky blue?", answer: "Because of Rayleigh scattering." });
const TOPICS = JSON.stringify({ subtopics: ["Rayleigh scattering", "Sunsets"] });

const TOKENS = { input: 100, cached: 0, output: 20, reasoning: 0 };

/** @param {string} path @param {any} body */
function answer(path, body) {
  const understood = understand(new URL(path, "http://localhost").pathname, body);
  if (!understood) return { status: 404, type: "application/json", text: "{}" };
  const { protocol, streams, asked } = understood;
  const reply = { text: asked.purpose === "topics" ? TOPICS : SAMPLE, tokens: TOKENS };
  if (!streams) return { status: 200, type: "application/json", text: JSON.stringify(protocol.whole(reply)) };
  return { status: 200, type: protocol.type, text: [...streamed(protocol, reply)].join("") };
}

export async function startRecordingServer() {
  /** @type {Recorded[]} */
  const recorded = [];
  const server = createServer(async (request, response) => {
    /** @type {Buffer[]} */
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    const { [ORIGIN]: origin, ...headers } = /** @type {Record<string, string>} */ (request.headers);
    const path = request.url ?? "/";
    recorded.push({ method: request.method ?? "", origin, path, headers, body });
    const { status, type, text } = answer(path, body);
    response.writeHead(status, { "content-type": type }).end(text);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const url = `http://127.0.0.1:${port}`;
  const realFetch = globalThis.fetch;

  return {
    /** The requests since this was last called. */
    take: () => recorded.splice(0),
    /**
     * A fetch that sends every request to this server, whoever it was meant for.
     * @param {RequestInfo | URL} input
     * @param {RequestInit} [init]
     */
    async reroute(input, init) {
      const request = new Request(input, init);
      const { origin, pathname, search } = new URL(request.url);
      const headers = new Headers(request.headers);
      headers.set(ORIGIN, origin);
      const body = await request.text();
      return realFetch(`${url}${pathname}${search}`, { method: request.method, headers, body, signal: request.signal });
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(() => resolve(undefined)));
    },
  };
}
