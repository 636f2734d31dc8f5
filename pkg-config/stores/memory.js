/** Progress that lives as long as the program: for trying a run again after a failure, and for tests. */

/** @returns {import("../index.js").CheckpointStore} */
export function memoryStore() {
  /** @type {string[]} */
  let kept = [];
  return {
    read: async () => [...kept],
    append: async (entries) => {
      for (const entry of entries) kept.push(entry);
    },
    clear: async () => {
      kept = [];
    },
  };
}
