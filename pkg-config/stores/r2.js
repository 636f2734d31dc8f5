/** Progress in a bucket of Cloudflare's R2: each addition is an object. */
import { counter } from "./numbered.js";

/** Workers have six connections. */
const AT_ONCE = 6;

/**
 * @param {import("./r2.js").Bucket} bucket
 * @param {string} prefix of the objects' keys; a run needs one of its own
 * @returns {import("../index.js").CheckpointStore}
 */
export function r2Store(bucket, prefix) {
  const list = async () => {
    /** @type {string[]} */
    const keys = [];
    /** @type {string | undefined} */
    let cursor;
    do {
      const page = await bucket.list({ prefix, ...(cursor !== undefined && { cursor }) });
      for (const { key } of page.objects) keys.push(key);
      cursor = page.truncated ? page.cursor : undefined;
    } while (cursor !== undefined);
    return keys.sort();
  };
  const names = counter(async () => (await list()).at(-1));

  return {
    async read() {
      names.restart();
      const keys = await list();
      /** @type {string[]} */
      const entries = [];
      for (let at = 0; at < keys.length; at += AT_ONCE) {
        const objects = await Promise.all(keys.slice(at, at + AT_ONCE).map((key) => bucket.get(key)));
        for (const text of await Promise.all(objects.map((object) => object?.text() ?? ""))) {
          entries.push(...text.split("\n").filter((line) => line !== ""));
        }
      }
      return entries;
    },
    async append(entries) {
      await bucket.put(prefix + (await names.next()), entries.join("\n"));
    },
    async clear() {
      names.restart();
      for (const key of await list()) await bucket.delete(key);
    },
  };
}
