/**
 * Where Node and Bun find the wasm: a file beside this one, which their fetch cannot read. The first call reads and
 * compiles it in one go, two milliseconds in which nothing else happens: handing it to a thread and waiting takes
 * several times as long.
 */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** @type {import("./instance.js").Open} */
export const open = (location) => {
  const text = String(location);
  if (/^https?:/i.test(text)) return fetch(text);
  return readFile(/^file:/i.test(text) ? new URL(text) : text);
};

/** @type {import("./instance.js").Load} */
export const load = (imports) => {
  const bytes = readFileSync(new URL("./dataweft_bg.wasm", import.meta.url));
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports);
};
