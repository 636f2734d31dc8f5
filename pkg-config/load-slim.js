/** No wasm at all: the caller brings it with init(). For libraries, and for hosts with a way of their own. */
import { DataweftError } from "./errors.js";

/** @type {import("./instance.js").Open} */
export const open = (location) => fetch(location);

/** @type {import("./instance.js").Load} */
export const load = async () => {
  throw new DataweftError(
    "dataweft/slim does not load wasm by itself: call init() first with a module, bytes, a response or a URL",
    { code: "config" },
  );
};
