/** Where browsers, Deno and bundlers find the wasm: beside this file. Bundlers recognise exactly this `new URL`. */
import { instantiate } from "./instance.js";

/** @type {import("./instance.js").Open} */
export const open = (location) => fetch(location);

/** @type {import("./instance.js").Load} */
export const load = (imports) => instantiate(new URL("./dataweft_bg.wasm", import.meta.url), imports, open);
