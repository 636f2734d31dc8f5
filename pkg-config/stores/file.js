/** Progress in a file, one entry a line: in Node, Deno and Bun. */
import { mkdir, open, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";

const LINE_END = "\n".charCodeAt(0);

/**
 * @param {string} path
 * @returns {import("../index.js").CheckpointStore}
 */
export function fileStore(path) {
  return {
    async read() {
      try {
        const text = await readFile(path, "utf8");
        return text.split("\n").filter((line) => line !== "");
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return [];
        throw error;
      }
    },
    async append(entries) {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(path, "a+");
      try {
        // A crash may have left half a line. What comes next must not become a part of it.
        const { size } = await file.stat();
        const last = new Uint8Array([LINE_END]);
        if (size > 0) await file.read(last, 0, 1, size - 1);
        const lines = entries.map((entry) => `${entry}\n`).join("");
        await file.appendFile(last[0] === LINE_END ? lines : `\n${lines}`);
        await file.datasync();
      } finally {
        await file.close();
      }
    },
    clear: () => rm(path, { force: true }),
  };
}
