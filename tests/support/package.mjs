/** The package as it was built, in Node. */
const entry = new URL("../../pkg/entry-node.js", import.meta.url).href;

export const dataweft = /** @type {typeof import("dataweft")} */ (await import(entry));
