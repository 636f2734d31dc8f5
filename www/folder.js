// A dataset as files in a folder of the person's choice, where the browser can do that.

/** @import { Dataweft } from "./package.js" */
/** @import { Made } from "./keep.js" */

/** TypeScript does not know it: not all browsers do.
 *
 * @returns {((options: object) => Promise<FileSystemDirectoryHandle>) | undefined} */
const picker = () => /** @type {any} */ (window).showDirectoryPicker;

export const canSaveToFolder = () => typeof picker() === "function";

/**
 * Asks for a folder, and writes the dataset into a new one inside: nothing that is there is overwritten.
 *
 * @param {Made} made
 * @param {Dataweft} dataweft
 * @returns {Promise<string>} what was written, or nothing if the person changed their mind
 */
export async function saveToFolder({ dataset, config, file, name }, dataweft) {
  let chosen;
  try {
    chosen = await picker()?.({ id: "datasets", mode: "readwrite" });
  } catch (error) {
    if (/** @type {any} */ (error)?.name === "AbortError") return "";
    throw error;
  }
  if (!chosen) return "";
  const folder = await newFolder(chosen, name);
  /** @type {[name: string, content: Blob][]} */
  const files = [[file, dataset.jsonl]];
  if (dataset.topics) {
    const ending = dataset.topics.mode === "graph" ? "json" : "jsonl";
    const name = `topics.${ending}`;
    files.push([
      name === file.toLowerCase() ? `dataset-${name}` : name,
      new Blob([await dataweft.serializeTopics(dataset.topics)]),
    ]);
  }
  // The reader of configurations takes no keys, so none are in it.
  files.push(["config.json", jsonFile(config)]);
  if (dataset.report) files.push(["report.json", jsonFile(dataset.report)]);
  for (const [name, content] of files) {
    const handle = await folder.getFileHandle(name, { create: true });
    await content.stream().pipeTo(await handle.createWritable());
  }
  return `Saved in ${folder.name}: ${files.map(([name]) => name).join(", ")}.`;
}

/** @param {object} value */
const jsonFile = (value) => new Blob([`${JSON.stringify(value, null, 2)}\n`]);

/**
 * `bread`, or `bread-2` if that is taken.
 *
 * @param {FileSystemDirectoryHandle} parent
 * @param {string} name
 */
async function newFolder(parent, name) {
  for (let number = 1; ; number += 1) {
    const wanted = number === 1 ? name : `${name}-${number}`;
    if (!(await isTaken(parent, wanted))) return parent.getDirectoryHandle(wanted, { create: true });
  }
}

/**
 * @param {FileSystemDirectoryHandle} parent
 * @param {string} name
 */
async function isTaken(parent, name) {
  try {
    await parent.getDirectoryHandle(name);
    return true;
  } catch (error) {
    const { name: kind } = /** @type {DOMException} */ (error);
    if (kind === "TypeMismatchError") return true;
    if (kind === "NotFoundError") return false;
    throw error;
  }
}
