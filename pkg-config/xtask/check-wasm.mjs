// Fails unless engines accept the wasm and its glue is all that it imports. Prints what it weighs.
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const [file] = process.argv.slice(2);
const bytes = await readFile(file);
if (!WebAssembly.validate(bytes)) throw new Error(`${file} is not valid wasm: ${await whyInvalid(bytes)}`);

const modules = new Set(WebAssembly.Module.imports(new WebAssembly.Module(bytes)).map((entry) => entry.module));
modules.delete("./dataweft_bg.js");
if (modules.size > 0) throw new Error(`${file} imports from ${[...modules].join(", ")}, which no loader provides`);

const gzip = gzipSync(bytes, { level: 9 }).length;
console.log(`the wasm has ${bytes.length.toLocaleString("en")} bytes, ${gzip.toLocaleString("en")} of them after gzip`);

/** @param {Uint8Array<ArrayBuffer>} bytes */
function whyInvalid(bytes) {
  return WebAssembly.compile(bytes).then(
    () => "the engine does not say why",
    (error) => error.message,
  );
}
