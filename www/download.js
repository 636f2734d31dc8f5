// The finished records as a file.

import { byId, element } from "./dom.js";
import { bytes, counted } from "./format.js";

/** @import { Dataset } from "./package.js" */

export function createDownload() {
  const link = byId("download", HTMLAnchorElement);
  let packedUrl = "";

  return {
    /**
     * @param {Pick<Dataset, "jsonl" | "samples">} dataset
     * @param {string} name
     */
    offer({ jsonl, samples }, name) {
      this.withdraw();
      link.href = URL.createObjectURL(jsonl);
      link.download = name;
      link.textContent = `Download JSONL (${counted(samples, "record")}, ${bytes(jsonl.size)})`;
      link.hidden = false;
    },
    /**
     * Downloads the records as gzip. They are packed as they are read, never held as one text.
     *
     * @param {Blob} jsonl
     * @param {string} name of the file inside
     * @returns {Promise<number>} the size
     */
    async packed(jsonl, name) {
      const packed = await new Response(jsonl.stream().pipeThrough(new CompressionStream("gzip"))).blob();
      URL.revokeObjectURL(packedUrl);
      packedUrl = URL.createObjectURL(packed);
      const once = element("a", "");
      once.href = packedUrl;
      once.download = `${name}.gz`;
      once.click();
      return packed.size;
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
export function fileName(configured) {
  const last = typeof configured === "string" ? (configured.split(/[\\/]/).at(-1) ?? "") : "";
  const clean = last.replace(/[^\p{L}\p{N}._ -]/gu, "_").replace(/^\.+/, "");
  if (!clean) return "dataset.jsonl";
  return /\.jsonl?$/i.test(clean) ? clean : `${clean}.jsonl`;
}
