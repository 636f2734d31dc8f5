// The finished records as a file.

import { byId } from "./dom.js";
import { bytes, counted } from "./format.js";

/** @import { Dataset } from "./package.js" */

export function createDownload() {
  const link = byId("download", HTMLAnchorElement);

  return {
    /**
     * @param {Pick<Dataset, "jsonl" | "samples">} dataset
     * @param {unknown} name what the configuration calls the file
     */
    offer({ jsonl, samples }, name) {
      this.withdraw();
      link.href = URL.createObjectURL(jsonl);
      link.download = fileName(name);
      link.textContent = `Download JSONL (${counted(samples, "record")}, ${bytes(jsonl.size)})`;
      link.hidden = false;
    },
    withdraw() {
      if (link.href) URL.revokeObjectURL(link.href);
      link.removeAttribute("href");
      link.hidden = true;
    },
  };
}

/**
 * The last part of the configured path, as a name that every system takes.
 *
 * @param {unknown} configured
 */
function fileName(configured) {
  const last = typeof configured === "string" ? (configured.split(/[\\/]/).at(-1) ?? "") : "";
  const clean = last.replace(/[^\p{L}\p{N}._ -]/gu, "_").replace(/^\.+/, "");
  if (!clean) return "dataset.jsonl";
  return /\.jsonl?$/i.test(clean) ? clean : `${clean}.jsonl`;
}
