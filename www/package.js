// Where the build puts what the page uses: this is the one place that knows.

/** @typedef {typeof import("../pkg-config/index.js")} Dataweft */
/** @typedef {import("../pkg-config/index.js").Config} Config */
/** @typedef {import("../pkg-config/index.js").ConfigIssue} ConfigIssue */
/** @typedef {import("../pkg-config/index.js").Dataset} Dataset */
/** @typedef {import("../pkg-config/index.js").Failure} Failure */
/** @typedef {import("../pkg-config/index.js").Forecast} Forecast */
/** @typedef {import("../pkg-config/index.js").ModelReply} ModelReply */
/** @typedef {import("../pkg-config/index.js").ModelRequest} ModelRequest */
/** @typedef {import("../pkg-config/index.js").Report} Report */
/** @typedef {import("../pkg-config/index.js").RunEvent} RunEvent */
/** @typedef {import("../pkg-config/index.js").RunOptions} RunOptions */
/** @typedef {import("../pkg-config/index.js").RunPlan} RunPlan */
/** @typedef {import("../pkg-config/index.js").Sample} Sample */
/** @typedef {import("../pkg-config/index.js").Usage} Usage */

const DATAWEFT = "./dataweft/entry-web.js";
const WLLAMA_ADAPTER = "./dataweft/adapters/wllama.js";
const WLLAMA = "./wllama/index.min.js";

/** wllama's own WebAssembly, relative to the page. */
export const WLLAMA_WASM = "./wllama/wasm/wllama.wasm";

/** @returns {Promise<Dataweft>} */
export function loadDataweft() {
  return import(DATAWEFT);
}

/** Loaded only by those who run a model in the page: it is several times the size of everything else.
 *
 * @returns {Promise<typeof import("@wllama/wllama")>} */
export function loadWllama() {
  return import(WLLAMA);
}

/** @returns {Promise<typeof import("../pkg-config/adapters/wllama.js")>} */
export function loadWllamaAdapter() {
  return import(WLLAMA_ADAPTER);
}
