import type { CheckpointStore } from "../index.js";

/**
 * Progress in a file, one entry a line: in Node, Deno and Bun. Its folder is made where it is missing.
 *
 * @param path of the file; a run needs one of its own.
 */
export function fileStore(path: string): CheckpointStore;
