/** Progress in the browser's database: it stays when the page is closed. */

const ENTRIES = "entries";

/**
 * @param {string} name of the database; a run needs one of its own
 * @returns {import("../index.js").CheckpointStore}
 */
export function indexedDbStore(name) {
  /** @returns {Promise<IDBDatabase>} */
  const connect = () =>
    new Promise((resolve, reject) => {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(ENTRIES, { autoIncrement: true });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });

  /**
   * @template T
   * @param {IDBTransactionMode} mode
   * @param {(entries: IDBObjectStore) => IDBRequest<T> | undefined} act
   * @returns {Promise<T | undefined>}
   */
  const work = async (mode, act) => {
    const database = await connect();
    try {
      return await new Promise((resolve, reject) => {
        // Strict: complete means that it is on the disk.
        const transaction = database.transaction(ENTRIES, mode, { durability: "strict" });
        const request = act(transaction.objectStore(ENTRIES));
        transaction.oncomplete = () => resolve(request?.result);
        transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      database.close();
    }
  };

  return {
    read: async () => (await work("readonly", (entries) => entries.getAll())) ?? [],
    append: async (added) => {
      await work("readwrite", (entries) => {
        for (const entry of added) entries.add(entry);
        return undefined;
      });
    },
    clear: async () => {
      await work("readwrite", (entries) => entries.clear());
    },
  };
}
