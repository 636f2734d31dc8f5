// The ways to keep a finished dataset: a file, a packed file, a folder, the Hub.

import { announce, byId, hideNote, showNote } from "./dom.js";
import { createDownload, fileName } from "./download.js";
import { canSaveToFolder, saveToFolder } from "./folder.js";
import { bytes } from "./format.js";
import { createUploadForm } from "./hub/upload-form.js";

/** @import { Config, Dataset, Dataweft } from "./package.js" */

/**
 * What a run has made, and what the configuration says about keeping it.
 *
 * @typedef {object} Made
 * @property {Pick<Dataset, "jsonl" | "samples"> & Partial<Dataset>} dataset
 * @property {Config} config
 * @property {string} file the name of its file, such as bread.jsonl
 * @property {string} name the same without the ending
 * @property {string} repository as the configuration names it, or empty
 * @property {string[]} tags
 */

/** @param {Dataweft} dataweft */
export function createKeep(dataweft) {
  const card = byId("keep");
  const pack = byId("pack", HTMLButtonElement);
  const folder = byId("folder", HTMLButtonElement);
  const status = byId("keep-status");
  const download = createDownload();
  const uploadForm = createUploadForm(dataweft);
  /** @type {Made | undefined} */
  let made;

  pack.hidden = typeof CompressionStream !== "function";
  folder.hidden = !canSaveToFolder();

  /**
   * @param {HTMLButtonElement} button
   * @param {(made: Made) => Promise<string>} save gives what to say, or nothing
   */
  function offers(button, save) {
    button.addEventListener("click", async () => {
      if (!made) return;
      button.disabled = true;
      hideNote(status);
      try {
        const said = await save(made);
        if (said) showNote(status, "good", said);
      } catch (error) {
        showNote(status, "bad", `This did not work: ${error instanceof Error ? error.message : error}`);
      } finally {
        button.disabled = false;
        announce(status.innerText);
        if (document.activeElement === document.body) button.focus();
      }
    });
  }
  offers(pack, async ({ dataset, file }) => {
    const packed = await download.packed(dataset.jsonl, file);
    return `Packed: ${bytes(packed)} instead of ${bytes(dataset.jsonl.size)}.`;
  });
  offers(folder, (dataset) => saveToFolder(dataset, dataweft));

  return {
    /**
     * @param {Made["dataset"]} dataset
     * @param {Config} config
     */
    offer(dataset, config) {
      const { output, huggingface } = /** @type {any} */ (config);
      const file = fileName(output?.save_as);
      const tags = Array.isArray(huggingface?.tags) ? huggingface.tags : [];
      const repository = typeof huggingface?.repository === "string" ? huggingface.repository : "";
      made = { dataset, config, file, name: file.replace(/\.jsonl?$/i, ""), repository, tags };
      hideNote(status);
      download.offer(dataset, file);
      uploadForm.offer(made);
      card.hidden = false;
    },
    withdraw() {
      made = undefined;
      download.withdraw();
      uploadForm.withdraw();
      // An upload under way stays in sight.
      card.hidden = !uploadForm.isUploading();
    },
    isUploading: uploadForm.isUploading,
    stopUpload: uploadForm.stop,
  };
}
