/** The one error class of the package. The wasm makes its errors here too, through makeError. */

/** Marks errors of this package, also those of another copy of it in the same program. */
const marker = Symbol.for("dataweft.error");

/** @typedef {import("./index.js").DataweftErrorDetails} Details */

export class DataweftError extends Error {
  // Logs show it, also where scripts are minified.
  static name = "DataweftError";

  /**
   * @param {string} message
   * @param {Details} [details]
   */
  constructor(message, details = {}) {
    const { code = "internal", retryable = false, cause, issues, status, provider, requestId, partial } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.name = code === "aborted" ? "AbortError" : "DataweftError";
    this.code = code;
    this.retryable = retryable;
    // Only what is known becomes a property, so that a logged error shows nothing but facts.
    if (issues !== undefined) this.issues = issues;
    if (status !== undefined) this.status = status;
    if (provider !== undefined) this.provider = provider;
    if (requestId !== undefined) this.requestId = requestId;
    if (partial !== undefined) this.partial = partial;
    Object.defineProperty(this, marker, { value: true });
  }

  /** @param {unknown} value */
  static [Symbol.hasInstance](value) {
    // Subclasses mean themselves, not every error of this package.
    if (this !== DataweftError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === "object" && value !== null && marker in value;
  }
}

/**
 * Called by the wasm for every failure that it reports.
 * @param {Details & { message: string }} fields
 */
export function makeError(fields) {
  return new DataweftError(fields.message, fields);
}

/**
 * Everything that leaves the package is a DataweftError. What is not one yet is a fault of the package itself, such as a
 * panic in the wasm.
 * @param {unknown} error
 * @returns {DataweftError}
 */
export function asDataweftError(error) {
  if (error instanceof DataweftError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new DataweftError(`a fault of dataweft itself, please report it: ${reason}`, {
    code: "internal",
    cause: error,
  });
}
