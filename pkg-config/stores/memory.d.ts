import type { CheckpointStore } from "../index.js";

/** Progress that lives as long as the program: for trying a run again after a failure, and for tests. */
export function memoryStore(): CheckpointStore;
