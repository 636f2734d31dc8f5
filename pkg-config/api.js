/** The public functions: each loads the wasm on its first call, asks it, and lets nothing but a DataweftError out. */
import { asDataweftError } from "./errors.js";
import { connect, instantiate } from "./instance.js";
import { streamSamples } from "./samples.js";

/** @typedef {typeof import("./index.js")} Package */
/** @typedef {Omit<Package, "default" | "DataweftError"> & { init: Package["default"] }} Api */

/**
 * @param {import("./instance.js").Load} load
 * @param {import("./instance.js").Open} open
 * @returns {Api}
 */
export function createApi(load, open) {
  /**
   * @template T
   * @param {(core: import("./instance.js").Core) => Promise<T>} question
   * @returns {Promise<T>}
   */
  const ask = async (question) => {
    try {
      return await question(await connect(load));
    } catch (error) {
      throw asDataweftError(error);
    }
  };

  return {
    init: async (input) => {
      await connect(input === undefined ? load : (imports) => instantiate(input, imports, open));
    },
    parseConfig: (source) => ask((core) => core.parseConfig(source)),
    checkConfig: (source) => ask((core) => core.checkConfig(source)),
    planRun: (source, topics) => ask((core) => core.planRun(source, topics)),
    generateTopics: (source, options) => ask((core) => core.generateTopics(source, options)),
    parseTopics: (text) => ask((core) => core.parseTopics(text)),
    serializeTopics: (topics) => ask((core) => core.serializeTopics(topics)),
    generateSample: (source, topic, options) => ask((core) => core.generateSample(source, topic, options)),
    generateSamples: (source, topics, options) =>
      streamSamples(() => ask((core) => core.openSamples(source, topics, options))),
    generateDataset: (source, options) => ask((core) => core.generateDataset(source, options)),
    readDeepFabricCheckpoint: (source, topics, files) =>
      ask((core) => core.readDeepFabricCheckpoint(source, topics, files)),
    checkSample: (source, sample, options) => ask((core) => core.checkSample(source, sample, options)),
    uploadDataset: (dataset, options) => ask((core) => core.uploadDataset(dataset, options)),
  };
}
