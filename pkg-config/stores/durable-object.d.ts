import type { CheckpointStore } from "../index.js";

/** What is used of `DurableObjectStorage`. */
export interface DurableStorage {
  list(options: { prefix: string; limit?: number; startAfter?: string; reverse?: boolean }): Promise<Map<string, any>>;
  put(entries: Record<string, string>): Promise<void>;
  delete(keys: string[]): Promise<number>;
  sync(): Promise<void>;
}

/**
 * Progress in the storage of a Durable Object.
 *
 * @param prefix of its keys, where the object keeps more than one run. Default: "dataweft/".
 * @example
 * const dataset = await generateDataset(config, { checkpoint: durableObjectStore(this.ctx.storage) });
 */
export function durableObjectStore(storage: DurableStorage, prefix?: string): CheckpointStore;
