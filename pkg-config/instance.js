/**
 * The one instance of the wasm that all entries of the package share: the glue beside it can serve only one.
 * Nothing happens before the first call, and a load that failed is forgotten, so that the next call tries again.
 */
import * as glue from "./dataweft_bg.js";
import { DataweftError, makeError } from "./errors.js";

/** @typedef {typeof glue} Core */
/** @typedef {import("./index.js").WasmSource} WasmSource */
/** @typedef {Awaited<WasmSource>} Wasm */
/** Makes the instance in the way of one runtime. @typedef {(imports: WebAssembly.Imports) => WebAssembly.Instance | Promise<WebAssembly.Instance>} Load */
/** Reads what a URL or path names. @typedef {(location: string | URL) => Promise<Response | BufferSource>} Open */

/** What the wasm wants from its host: the glue, and the JavaScript that Rust names in `raw_module`. */
const imports = /** @type {WebAssembly.Imports} */ (
  /** @type {unknown} */ ({
    "./dataweft_bg.js": glue,
    "./errors.js": { makeError },
  })
);

let started = false;
/** @type {Promise<Core> | undefined} */
let starting;

/**
 * The functions of the wasm, loaded at the first call. Calls that come while it loads wait for the same load.
 * @param {Load} load
 * @returns {Core | Promise<Core>}
 */
export function connect(load) {
  if (started) return glue;
  if (starting) return starting;
  const instance = attempt(load);
  if (instance instanceof WebAssembly.Instance) return start(instance);
  starting = instance.then(start).finally(() => {
    starting = undefined;
  });
  return starting;
}

/**
 * @param {Load} load
 * @returns {WebAssembly.Instance | Promise<WebAssembly.Instance>}
 */
function attempt(load) {
  try {
    const instance = load(imports);
    return instance instanceof WebAssembly.Instance
      ? instance
      : instance.catch((error) => Promise.reject(explain(error)));
  } catch (error) {
    throw explain(error);
  }
}

/** @param {WebAssembly.Instance} instance */
function start(instance) {
  const exports = /** @type {{ __wbindgen_start(): void } & WebAssembly.Exports} */ (instance.exports);
  glue.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
  started = true;
  return glue;
}

/**
 * Makes an instance of whatever init() accepts, always asynchronously: browsers refuse to compile on the main thread.
 * @param {WasmSource} source
 * @param {WebAssembly.Imports} imports
 * @param {Open} open
 * @returns {Promise<WebAssembly.Instance>}
 */
export async function instantiate(source, imports, open) {
  const input = await source;
  if (typeof input === "string" || input instanceof URL) return instantiate(await read(input, open), imports, open);
  if (isModule(input)) return WebAssembly.instantiate(input, imports);
  if (isResponse(input)) return instantiateResponse(input, imports);
  return (await WebAssembly.instantiate(input, imports)).instance;
}

/**
 * @param {string | URL} location
 * @param {Open} open
 */
async function read(location, open) {
  try {
    return await open(location);
  } catch (cause) {
    throw unreachable(String(location), String(cause), true, { cause });
  }
}

/**
 * @param {Response} response
 * @param {WebAssembly.Imports} imports
 */
async function instantiateResponse(response, imports) {
  if (!response.ok) {
    const { status } = response;
    throw unreachable(response.url, `status ${status}`, status === 429 || status >= 500, { status });
  }
  const type = response.headers.get("content-type")?.trim().toLowerCase() ?? "";
  if (type.startsWith("text/html")) throw unreachable(response.url, "the answer is an HTML page", false, {});
  // Engines compile while downloading only what is declared as wasm; servers that do not know the type are common.
  const streaming = type === "application/wasm" && typeof WebAssembly.instantiateStreaming === "function";
  const result = streaming
    ? await WebAssembly.instantiateStreaming(response, imports)
    : await WebAssembly.instantiate(await response.arrayBuffer(), imports);
  return result.instance;
}

/**
 * By their looks rather than instanceof: a module or response may come from another realm.
 * @param {Wasm} input
 * @returns {input is WebAssembly.Module}
 */
function isModule(input) {
  return Object.prototype.toString.call(input) === "[object WebAssembly.Module]";
}

/**
 * @param {Wasm} input
 * @returns {input is Response}
 */
function isResponse(input) {
  return typeof input === "object" && "arrayBuffer" in input;
}

const ways = 'say where it is with init(), or import "dataweft/inline", which carries it inside';

/**
 * @param {string} location
 * @param {string} reason
 * @param {boolean} retryable
 * @param {{ status?: number, cause?: unknown }} details
 */
function unreachable(location, reason, retryable, details) {
  const where = location === "" ? "" : ` from ${location}`;
  return new DataweftError(`the wasm could not be loaded${where}: ${reason}; ${ways}`, {
    code: "network",
    retryable,
    ...details,
  });
}

/**
 * @param {unknown} error
 * @returns {DataweftError}
 */
function explain(error) {
  if (error instanceof DataweftError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new DataweftError(`the wasm could not be started: ${reason}`, { code: "internal", cause: error });
}
