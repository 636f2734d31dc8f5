/** Vercel's edge runtime and Next.js middleware: like Workers, with their own way to ask for a compiled module. */
import module from "./dataweft_bg.wasm?module";

/** @type {import("./instance.js").Open} */
export const open = (location) => fetch(location);

/** @type {import("./instance.js").Load} */
export const load = (imports) => new WebAssembly.Instance(module, imports);
