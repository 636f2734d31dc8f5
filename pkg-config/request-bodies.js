/** The bodies of requests that are too large for the memory of the wasm, made piece by piece. */

/** Bytes that are gathered before they become a part of a body. */
const PART = 2 << 20;

/** Bytes of an array that makes Chromium look for garbage: twice as many as it lets pass. */
const REMINDER = 128 << 20;

/** How often it is reminded at most, and milliseconds that it is given each time. */
const REMINDERS = 100;
const PATIENCE = 10;

/**
 * Makes one body after the other. Each is a Blob: its bytes are its own and never change, so it may be sent while the next
 * one is made, and whoever got it may keep it.
 */
export class RequestBodies {
  #buffer = new Uint8Array(PART);
  #filled = 0;
  /** @type {Blob[]} */
  #parts = [];
  /** Blobs of large bodies that are not gone, as far as that is told. */
  #there = 0;
  /** @type {FinalizationRegistry<undefined> | undefined} */
  #gone;
  /** @type {Uint8Array | undefined} */
  #reminder;

  constructor() {
    if (!globalThis.navigator?.userAgent?.includes("Chrome/")) return;
    this.#gone = new FinalizationRegistry(() => void this.#there--);
  }

  /**
   * Waits in Chromium until the last body is gone. It keeps a Blob until it looks for garbage, and does not look for
   * garbage because of Blobs: their bytes are not in the memory that it counts. It does count an array that nothing is ever
   * written to, which takes no memory; it has to be there until the next one, or may be gone before it was counted. Other
   * browsers may write to it all the same, and Workers have a limit for what is counted.
   */
  async begin() {
    for (let count = 0; count < REMINDERS && this.#there > 0; count++) {
      await new Promise((resolve) => setTimeout(resolve, PATIENCE));
      try {
        this.#reminder = new Uint8Array(REMINDER);
      } catch {
        // Not even addresses are left.
      }
    }
    this.#reminder = undefined;
  }

  /** @param {Uint8Array} piece */
  add(piece) {
    for (let rest = piece; rest.length > 0;) {
      if (this.#filled === PART) this.#close();
      const taken = rest.subarray(0, PART - this.#filled);
      this.#buffer.set(taken, this.#filled);
      this.#filled += taken.length;
      rest = rest.subarray(taken.length);
    }
  }

  /** What was added since the last body. */
  finish() {
    this.#close();
    const parts = this.#parts;
    const body = new Blob(parts);
    this.#parts = [];
    // Small bodies may lie about. Of large ones each part keeps its bytes as well, and may go later than the whole.
    if (this.#gone && parts.length > 1) {
      for (const blob of [body, ...parts]) {
        this.#gone.register(blob, undefined);
        this.#there++;
      }
    }
    return body;
  }

  #close() {
    this.#parts.push(new Blob([this.#buffer.subarray(0, this.#filled)]));
    this.#filled = 0;
  }
}
