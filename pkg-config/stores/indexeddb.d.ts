import type { CheckpointStore } from "../index.js";

/**
 * Progress in the browser's database: it stays when the page is closed.
 *
 * @param name of the database; a run needs one of its own.
 */
export function indexedDbStore(name: string): CheckpointStore;
