/** Blobs as the wasm reads them: part after part, into one buffer. */

/** Bytes of the buffer, unless a larger part is wanted. */
const PART = 1 << 20;

/**
 * Reads a Blob. New buffers for each part would lie around until a collector of garbage finds them worth its while, which
 * takes ten times the memory and the time.
 */
export class BlobReader {
  /** @type {Blob} */
  #blob;
  /** Where the stream is that was read from last. @type {ReadableStreamBYOBReader | undefined} */
  #reader;
  #position = 0;
  /** @type {ArrayBufferLike} */
  #buffer = new ArrayBuffer(0);

  /** @param {Blob} blob */
  constructor(blob) {
    this.#blob = blob;
  }

  /**
   * Bytes, good until the next read. Parts that follow each other come from one stream.
   * @param {number} start
   * @param {number} end
   */
  async read(start, end) {
    let reader = this.#reader;
    // A read that is given up leaves nothing to go on from.
    this.#reader = undefined;
    if (!reader || this.#position !== start) {
      reader?.cancel().catch(() => {});
      reader = open(this.#blob.slice(start));
    }
    if (!reader) return new Uint8Array(await this.#blob.slice(start, end).arrayBuffer());
    const size = end - start;
    let buffer = this.#buffer.byteLength >= size ? this.#buffer : new ArrayBuffer(Math.max(size, PART));
    this.#buffer = new ArrayBuffer(0);
    let filled = 0;
    while (filled < size) {
      const { done, value } = await reader.read(new Uint8Array(buffer, filled, size - filled));
      if (value) buffer = value.buffer;
      if (done) break;
      filled += value.length;
    }
    this.#reader = reader;
    this.#position = start + filled;
    this.#buffer = buffer;
    return new Uint8Array(buffer, 0, filled);
  }
}

/**
 * The stream of a Blob, where it can be read into a buffer of one's own.
 * @param {Blob} blob
 */
function open(blob) {
  try {
    return blob.stream().getReader({ mode: "byob" });
  } catch {
    return undefined;
  }
}
