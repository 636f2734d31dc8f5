// Fails unless engines accept the wasm. Prints what it weighs.
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const [file] = process.argv.slice(2);
const bytes = await readFile(file);
if (!WebAssembly.validate(bytes)) throw new Error(`${file} is not valid wasm: ${await whyInvalid(bytes)}`);

const gzip = gzipSync(bytes, { level: 9 }).length;
console.log(`the wasm has ${bytes.length.toLocaleString("en")} bytes, ${gzip.toLocaleString("en")} of them after gzip`);

/** @param {Uint8Array<ArrayBuffer>} bytes */
function whyInvalid(bytes) {
  return WebAssembly.compile(bytes).then(
    () => "the engine does not say why",
    (error) => error.message,
  );
}
