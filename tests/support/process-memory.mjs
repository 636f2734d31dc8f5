/** What this process's children take of the machine's memory, where the system tells (Linux). */
import { readFileSync, readdirSync } from "node:fs";

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // The process is gone.
    return "";
  }
}

/** Why it cannot be measured, or false. */
export const memoryUnknown = read("/proc/self/smaps_rollup") ? false : "this system does not tell what processes take";

/**
 * The processes that this one has started and those that they have: bytes, each page counted once.
 * @param {(command: string) => boolean} [counts] which of them
 */
export function memoryOfChildren(counts = () => true) {
  /** @type {Map<number, number>} */
  const parents = new Map();
  for (const name of readdirSync("/proc")) {
    const parent = /^PPid:\s+(\d+)/m.exec(/^\d+$/.test(name) ? read(`/proc/${name}/status`) : "")?.[1];
    if (parent) parents.set(Number(name), Number(parent));
  }
  const isOurs = (/** @type {number | undefined} */ id) => {
    for (let at = id; at; at = parents.get(at)) if (at === process.pid) return true;
    return false;
  };
  let bytes = 0;
  for (const id of parents.keys()) {
    if (id === process.pid || !isOurs(id) || !counts(read(`/proc/${id}/cmdline`))) continue;
    bytes += 1024 * Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${id}/smaps_rollup`))?.[1] ?? 0);
  }
  return bytes;
}
