/** The storage of large files: signed addresses, objects whole or in parts, each checked against its name. */
import { createHash, randomUUID } from "node:crypto";

export class Storage {
  /** @type {Map<string, Buffer>} */
  objects = new Map();
  /** The names of objects as often as they were stored. @type {string[]} */
  stored = [];
  /** @type {Map<string, Buffer[]>} */
  #parts = new Map();
  #signature = randomUUID();

  /** @param {number} [partSize] */
  constructor(partSize) {
    this.partSize = partSize;
  }

  /**
   * Where an object goes, unless it is here.
   * @param {{ oid: string, size: number }} object
   * @param {string} base
   * @param {string} verify
   */
  place({ oid, size }, base, verify) {
    if (this.objects.has(oid)) return { oid, size };
    const signed = (/** @type {string} */ path) => `${base}/${path}signature=${this.#signature}`;
    /** @type {Record<string, string>} */
    const header = {};
    if (this.partSize) {
      header.chunk_size = String(this.partSize);
      for (let number = 1; number <= Math.ceil(size / this.partSize); number++) {
        header[String(number).padStart(5, "0")] = signed(`object/${oid}?part=${number}&`);
      }
    }
    const href = this.partSize ? signed(`complete/${oid}?`) : signed(`object/${oid}?`);
    return { oid, size, authenticated: true, actions: { upload: { href, header }, verify: { href: verify } } };
  }

  /**
   * @param {string} step
   * @param {URL} url
   * @param {import("node:http").IncomingMessage} request
   * @param {Buffer} body
   * @returns {import("./faults.mjs").Answer}
   */
  answer(step, url, request, body) {
    if (url.searchParams.get("signature") !== this.#signature || request.headers.authorization) {
      return { status: 403, body: "<Error><Code>SignatureDoesNotMatch</Code></Error>" };
    }
    const oid = url.pathname.split("/").at(-1) ?? "";
    const part = url.searchParams.get("part");
    if (step === "put" && part) {
      const parts = this.#parts.get(oid) ?? [];
      this.#parts.set(oid, parts);
      parts[Number(part) - 1] = body;
      return { status: 200, body: "", headers: { etag: `"part-${part}"` } };
    }
    if (step === "put") return this.#store(oid, body);
    const { parts } = JSON.parse(body.toString("utf8"));
    const here = this.#parts.get(oid) ?? [];
    const areWhole = parts.every(
      (/** @type {any} */ part, /** @type {number} */ at) => part.etag === `"part-${at + 1}"`,
    );
    if (!areWhole || parts.length !== here.length) return { status: 400, body: { error: "parts are missing" } };
    this.#parts.delete(oid);
    return this.#store(oid, Buffer.concat(here));
  }

  /** @param {string} oid @param {Buffer} content @returns {import("./faults.mjs").Answer} */
  #store(oid, content) {
    if (createHash("sha256").update(content).digest("hex") !== oid) return { status: 400, body: "<Error/>" };
    this.objects.set(oid, content);
    this.stored.push(oid);
    return { status: 200, body: "", headers: { etag: `"${oid}"` } };
  }
}
