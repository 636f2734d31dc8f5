/**
 * The door of the package. The build writes one copy per runtime, entry-web.js, entry-node.js and so on, which differ
 * only in the loader that they import: the list of what the package exports stands here once.
 */
import { createApi } from "./api.js";
import { load, open } from "./load-web.js";

const api = /* @__PURE__ */ createApi(load, open);

export default api.init;
export const {
  parseConfig,
  checkConfig,
  planRun,
  generateTopics,
  parseTopics,
  serializeTopics,
  generateSample,
  generateSamples,
  generateDataset,
  checkSample,
  readDeepFabricCheckpoint,
  uploadDataset,
} = api;
export { DataweftError } from "./errors.js";
