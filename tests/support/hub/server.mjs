/**
 * A Hugging Face Hub on a free port of this machine, with its storage on another one. It answers what uploads and downloads
 * of datasets need; that it does so as the Hub does is proved by the Hub's own clients (`hub-clients.test.mjs`).
 *
 * An address may go on with the name of a world and of faults, `${hub.url}/world/run-1/put.drop.1`: each world has its own
 * repositories and counts, see `faults.mjs`. `/asked/put` below it is answered once there was a request of that step.
 */
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import { carryOut, faultFor } from "./faults.mjs";
import { stepOf, answerApi } from "./api.mjs";
import { World } from "./world.mjs";

const CORS = {
  // Browsers send a request again by themselves when a connection that was used before breaks.
  connection: "close",
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "authorization, content-type, accept",
  "access-control-allow-methods": "GET, HEAD, POST, PUT",
  "access-control-expose-headers": "*, etag, x-error-code, x-error-message, x-request-id, ratelimit, retry-after, link",
};

/** @param {{ threshold?: number, partSize?: number }} [options] files above `threshold` are large; `partSize` of objects */
export async function startHub({ threshold = 10_000, partSize } = {}) {
  /** @type {Map<string, World>} */
  const worlds = new Map();
  const worldOf = (/** @type {string} */ name) => {
    const world = worlds.get(name) ?? new World({ threshold, partSize });
    worlds.set(name, world);
    return world;
  };

  const arrivals = new EventEmitter().setMaxListeners(0);

  /** @param {boolean} isStorage */
  const listen = async (isStorage) => {
    const server = createServer(async (request, response) => {
      if (request.method === "OPTIONS") return response.writeHead(204, CORS).end();
      const [, name = "", faults = "", path] =
        /^(?:\/world\/([\w-]+)\/([\w.,-]+))?(\/.*)$/.exec(request.url ?? "/") ?? [];
      const world = worldOf(name);
      const url = new URL(path, hub.url);
      const awaited = /^\/asked\/(\w+)$/.exec(url.pathname)?.[1];
      if (awaited) {
        while (!world.requests.some(({ step }) => step === awaited)) await once(arrivals, "request");
        return response.writeHead(204, CORS).end();
      }
      const step = isStorage ? storageStep(url) : stepOf(request.method ?? "", url);
      const entry = world.note({ step, method: request.method ?? "", path: url.pathname, headers: request.headers });
      arrivals.emit("request");
      response.on("close", () => void (entry.closedEarly = !response.writableFinished));
      const fault = faultFor(faults, step, entry.number);
      const prefix = name ? `/world/${name}/${faults}` : "";
      const bases = { hub: hub.url + prefix, storage: hub.storageUrl + prefix };
      const answer = async () => {
        const chunks = [];
        for await (const chunk of request) chunks.push(chunk);
        const body = Buffer.concat(chunks);
        entry.bytes = body.length;
        if (isStorage) return world.storage.answer(step, url, request, body);
        return answerApi(world, step, url, request, body, bases);
      };
      try {
        await carryOut(fault, answer, request, response, CORS);
      } catch (error) {
        // The client went away.
        if (!request.destroyed && !response.headersSent) response.writeHead(500, CORS).end(String(error));
      }
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
    return server;
  };

  const hub = {
    url: "",
    storageUrl: "",
    world: worldOf,
    async close() {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(() => resolve(undefined)));
      }
    },
  };
  const servers = [await listen(false), await listen(true)];
  const [url, storageUrl] = servers.map(
    (server) => `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`,
  );
  return Object.assign(hub, { url, storageUrl });
}

/** @param {URL} url */
function storageStep({ pathname }) {
  return pathname.startsWith("/complete/") ? "complete" : "put";
}
