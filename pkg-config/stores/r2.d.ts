import type { CheckpointStore } from "../index.js";

/** What is used of `R2Bucket`. */
export interface Bucket {
  list(options: {
    prefix: string;
    cursor?: string;
  }): Promise<{ objects: { key: string }[]; truncated: boolean; cursor?: string }>;
  get(key: string): Promise<{ text(): Promise<string> } | null>;
  put(key: string, value: string): Promise<unknown>;
  delete(key: string): Promise<void>;
}

/**
 * Progress in a bucket of Cloudflare's R2: each addition is an object.
 *
 * @param prefix of the objects' keys; a run needs one of its own.
 */
export function r2Store(bucket: Bucket, prefix: string): CheckpointStore;
