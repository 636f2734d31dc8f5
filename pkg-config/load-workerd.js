/**
 * Cloudflare Workers compile wasm when they are deployed, and never from bytes. The instance is made without waiting for
 * anything: a promise that one request started must not be awaited by another.
 */
import module from "./dataweft_bg.wasm";

/** @type {import("./instance.js").Open} */
export const open = (location) => fetch(location);

/** @type {import("./instance.js").Load} */
export const load = (imports) => new WebAssembly.Instance(module, imports);
