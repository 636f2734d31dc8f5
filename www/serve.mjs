// Serves the demo page from this computer, with the headers that a public host should send too.
//
//   node www/serve.mjs --root target/demo --port 8080

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { stat } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const LOOPBACK_HOSTS = ["127.0.0.1", "::1", "localhost"];

// `default-src 'none'`: whatever is not named here does not load.
// 'wasm-unsafe-eval' compiles WebAssembly and nothing else; `blob:` workers are how wllama starts its own.
// `connect-src https:`: a person may name any provider, and model files come from changing storage hosts.
// `require-trusted-types-for 'script'` is left out: wllama starts its threads with `new Worker(blob)` inside a worker,
// where a page cannot give it a policy. The page itself uses no sink that the rule would guard.
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "connect-src 'self' https: http://localhost:* http://127.0.0.1:*",
  "worker-src 'self' blob:",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS = {
  "Content-Security-Policy": CONTENT_SECURITY_POLICY,
  // These two make the page cross-origin isolated, which gives a model in the page more than one thread. Downloads from
  // Hugging Face are CORS requests and work under either value. `credentialless` rather than `require-corp`, because
  // the check for a local server must tell "nothing runs there" from "it runs, and refuses this page".
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "credentialless",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

/**
 * @typedef {object} ServeOptions
 * @property {string} root the folder to serve
 * @property {number} [port] default 0: any free port
 * @property {string} [host] a loopback address; default 127.0.0.1
 */

/**
 * Serves a folder until `close` is called.
 *
 * @param {ServeOptions} options
 * @returns {Promise<{ url: string, close(): Promise<void> }>}
 */
export async function serve({ root, port = 0, host = "127.0.0.1" }) {
  if (!LOOPBACK_HOSTS.includes(host)) {
    throw new Error(`the demo is served to this computer only: ${host} is not one of ${LOOPBACK_HOSTS.join(", ")}`);
  }
  const folder = path.resolve(root);
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) throw new Error(`there is no folder ${folder}: run \`cargo xtask demo\`, which builds it`);

  const files = loadSirv()(folder, { dev: true, etag: true });
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      return plainText(response, 405, "this server only serves files");
    }
    files(request, response, () => plainText(response, 404, "not found"));
  });

  await new Promise((resolve, reject) => {
    server.once("error", (error) => reject(explainListenError(error, port)));
    server.listen(port, host, () => resolve(undefined));
  });
  const address = server.address();
  const usedPort = typeof address === "object" && address ? address.port : port;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${usedPort}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** @returns {(folder: string, options: object) => (request: unknown, response: unknown, next: () => void) => void} */
function loadSirv() {
  // The page has no dependencies of its own; the static server is one of the tests' tools.
  const require = createRequire(new URL("../tests/package.json", import.meta.url));
  try {
    return require("sirv");
  } catch {
    throw new Error("the package sirv is not installed: run `npm ci` in the folder tests first");
  }
}

/**
 * @param {import("node:http").ServerResponse} response
 * @param {number} status
 * @param {string} text
 */
function plainText(response, status, text) {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" }).end(`${text}\n`);
}

/**
 * @param {NodeJS.ErrnoException} error
 * @param {number} port
 */
function explainListenError(error, port) {
  if (error.code === "EADDRINUSE") {
    return new Error(`port ${port} is taken: stop what uses it, or choose another one with --port ${port + 1}`);
  }
  if (error.code === "EACCES") {
    return new Error(`port ${port} needs special rights: choose one above 1023, such as --port 8080`);
  }
  return error;
}

async function main() {
  const { values } = parseArgs({
    options: {
      root: { type: "string", default: "target/demo" },
      port: { type: "string", default: "8080" },
      host: { type: "string", default: "127.0.0.1" },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Error(`--port ${values.port} is not a port`);
  const { url } = await serve({ root: values.root, port, host: values.host });
  // The name that people know; it leads to the same place.
  console.log(`dataweft demo: ${url.replace("//127.0.0.1:", "//localhost:")}  (stop with Ctrl+C)`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  main().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
