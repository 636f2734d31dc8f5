/** The wasm inside the JavaScript, for bundles and sandboxes that lose the file beside it. A third larger. */
import base64 from "./wasm-base64.js";
import { instantiate } from "./instance.js";

/** @type {import("./instance.js").Open} */
export const open = (location) => fetch(location);

/** @type {import("./instance.js").Load} */
export const load = (imports) =>
  instantiate(
    Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)),
    imports,
    open,
  );
