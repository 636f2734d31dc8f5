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

/** Bytes that a process has written to: each counts once, files that programs are loaded from do not. @param {number | "self"} id */
function memoryOf(id) {
  const sizes = read(`/proc/${id}/smaps_rollup`).matchAll(/^Pss_(?:Anon|Shmem):\s+(\d+) kB/gm);
  return 1024 * [...sizes].reduce((sum, [, kilobytes]) => sum + Number(kilobytes), 0);
}

/** Why it cannot be measured, or false. */
export const memoryUnknown = memoryOf("self") > 0 ? false : "this system does not tell what processes take";

/** The bytes of the processes that this one has started, and of those that they have. */
export function memoryOfChildren() {
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
  const children = [...parents.keys()].filter((id) => id !== process.pid && isOurs(id));
  return children.reduce((sum, id) => sum + memoryOf(id), 0);
}
