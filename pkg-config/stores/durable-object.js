/** Progress in the storage of a Durable Object. */
import { counter } from "./numbered.js";

/** What one call of put and delete takes at the most. */
const MOST_KEYS = 128;
/** What is read at once, so that a large journal does not fill the memory twice. */
const PAGE = 1000;

/**
 * @param {import("./durable-object.js").DurableStorage} storage
 * @param {string} [prefix] of its keys, where the object keeps more than one run
 * @returns {import("../index.js").CheckpointStore}
 */
export function durableObjectStore(storage, prefix = "dataweft/") {
  /** @param {(page: Map<string, string>) => unknown} take */
  const eachPage = async (take) => {
    /** @type {string | undefined} */
    let startAfter;
    for (;;) {
      const page = await storage.list({ prefix, limit: PAGE, ...(startAfter !== undefined && { startAfter }) });
      await take(page);
      startAfter = [...page.keys()].at(-1);
      if (page.size < PAGE) return;
    }
  };
  const names = counter(async () => [...(await storage.list({ prefix, reverse: true, limit: 1 })).keys()][0]);

  return {
    async read() {
      names.restart();
      /** @type {string[]} */
      const entries = [];
      await eachPage((page) => {
        for (const entry of page.values()) entries.push(entry);
      });
      return entries;
    },
    async append(entries) {
      for (let at = 0; at < entries.length; at += MOST_KEYS) {
        /** @type {Record<string, string>} */
        const named = {};
        for (const entry of entries.slice(at, at + MOST_KEYS)) named[prefix + (await names.next())] = entry;
        await storage.put(named);
      }
      await storage.sync();
    },
    async clear() {
      names.restart();
      /** @type {string[]} */
      const keys = [];
      await eachPage((page) => {
        for (const key of page.keys()) keys.push(key);
      });
      for (let at = 0; at < keys.length; at += MOST_KEYS) await storage.delete(keys.slice(at, at + MOST_KEYS));
    },
  };
}
