/** Where Node and Bun find the wasm: a file beside this one, which their fetch cannot read. */
import { readFile } from "node:fs/promises";
import { instantiate } from "./instance.js";

/** @type {import("./instance.js").Open} */
export const open = (location) => {
  const text = String(location);
  if (/^https?:/i.test(text)) return fetch(text);
  return readFile(/^file:/i.test(text) ? new URL(text) : text);
};

/** @type {import("./instance.js").Load} */
export const load = (imports) => instantiate(new URL("./dataweft_bg.wasm", import.meta.url), imports, open);
