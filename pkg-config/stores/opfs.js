/** Progress in the browser's own file system: it stays when the page is closed. */
import { counter } from "./numbered.js";

/**
 * @param {string} name of the folder; a run needs one of its own
 * @returns {import("../index.js").CheckpointStore}
 */
export function opfsStore(name) {
  const root = () => navigator.storage.getDirectory();
  const folder = async () => (await root()).getDirectoryHandle(name, { create: true });

  /** The names of the files, in order. @param {FileSystemDirectoryHandle} folder */
  const list = async (folder) => {
    const names = [];
    for await (const file of folder.keys()) names.push(file);
    return names.sort();
  };

  // Each addition is a file: to add to one, browsers copy all of it.
  const names = counter(async () => (await list(await folder())).at(-1));

  return {
    async read() {
      names.restart();
      const files = await folder();
      const entries = [];
      for (const file of await list(files)) {
        const text = await (await (await files.getFileHandle(file)).getFile()).text();
        entries.push(...text.split("\n").filter((line) => line !== ""));
      }
      return entries;
    },
    async append(entries) {
      const file = await (await folder()).getFileHandle(await names.next(), { create: true });
      const writable = await file.createWritable();
      await writable.write(entries.join("\n"));
      // Until here the file is empty; then it holds all of it.
      await writable.close();
    },
    async clear() {
      names.restart();
      await folder();
      await (await root()).removeEntry(name, { recursive: true });
    },
  };
}
