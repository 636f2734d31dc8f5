import type { CheckpointStore } from "../index.js";

/**
 * Progress in the browser's own file system: it stays when the page is closed. In browsers with
 * `FileSystemFileHandle.createWritable`.
 *
 * @param name of the folder; a run needs one of its own.
 */
export function opfsStore(name: string): CheckpointStore;
