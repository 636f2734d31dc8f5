// A model that runs in the page: what the browser needs for it, where its file comes from, and loading it with wllama.

import { loadWllama, loadWllamaAdapter, WLLAMA_WASM } from "../package.js";

/** @import { ModelReply, ModelRequest } from "../package.js" */
/** @typedef {import("@wllama/wllama").Wllama} Wllama */

/** Room for a prompt and a long sample. More would take memory from the model. */
const CONTEXT_TOKENS = 4096;

/**
 * @typedef {object} PageModel
 * @property {string} name what records will call it
 * @property {string} details for people
 * @property {(request: ModelRequest, context: { signal: AbortSignal }) => Promise<ModelReply>} answer
 * @property {() => Promise<void>} unload
 */

/**
 * @typedef {{ kind: "url", url: string, name: string }
 *   | { kind: "repository", repo: string, quant?: string, name: string }
 *   | { kind: "files", files: File[], name: string }} ModelSource
 */

/**
 * What this browser lacks to run a model in the page; empty if it can.
 *
 * @returns {string[]}
 */
export function missingFeatures() {
  const missing = [];
  if (!compiles(SIMD_MODULE)) missing.push("WebAssembly with SIMD");
  if (!compiles(EXCEPTIONS_MODULE)) missing.push("WebAssembly exceptions");
  try {
    // TypeScript does not know 64-bit memories yet.
    new WebAssembly.Memory(/** @type {any} */ ({ address: "i64", initial: 1n }));
  } catch {
    missing.push("WebAssembly memories beyond 4 GB (memory64)");
  }
  if (!navigator.storage?.getDirectory) missing.push("the private file system in which models are kept");
  return missing;
}

/** @param {Uint8Array<ArrayBuffer>} module */
const compiles = (module) => typeof WebAssembly === "object" && WebAssembly.validate(module);

// The smallest modules that hold one instruction of each feature.
const SIMD_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);
const EXCEPTIONS_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 8, 1, 6, 0, 6, 64, 25, 11, 11,
]);

/**
 * Reads what a person types for a model: `owner/repository`, `owner/repository:Q4_K_M`, `owner/repository/file.gguf`,
 * or a link to a file or a repository.
 *
 * @param {string} text
 * @returns {ModelSource}
 */
export function readModelAddress(text) {
  const trimmed = text.trim();
  if (!trimmed) throw new Error("name a model, such as owner/repository");
  if (/^https?:/i.test(trimmed)) return readLink(trimmed);
  const named =
    /^(?<repo>\w[\w.-]*\/\w[\w.-]*)(?:\/(?<file>(?:\w[\w.-]*\/)*\w[\w.-]*\.gguf)|:(?<quant>[\w.-]+))?$/i.exec(
      trimmed,
    )?.groups;
  if (!named)
    throw new Error(`${trimmed} is not a model's address: write owner/repository or owner/repository/file.gguf`);
  const { repo, file, quant } = named;
  if (file) return fileOf(repo, file);
  return { kind: "repository", repo, name: repo, ...(quant && { quant }) };
}

/**
 * @param {string} text
 * @returns {ModelSource}
 */
function readLink(text) {
  let url;
  try {
    url = new URL(text);
  } catch {
    throw new Error(`${text} is not a link`);
  }
  if (url.protocol !== "https:") throw new Error("a link to a model must begin with https://");
  if (["huggingface.co", "www.huggingface.co", "hf.co"].includes(url.hostname)) {
    const [owner, repository, view, revision, ...file] = url.pathname.split("/").filter(Boolean);
    if (!repository) throw new Error("the link names no repository");
    if (["blob", "resolve"].includes(view) && file.length > 0) {
      return fileOf(`${owner}/${repository}`, file.join("/"), revision);
    }
    return { kind: "repository", repo: `${owner}/${repository}`, name: `${owner}/${repository}` };
  }
  if (!url.pathname.toLowerCase().endsWith(".gguf")) throw new Error("the link must lead to a file that ends in .gguf");
  return { kind: "url", url: url.href, name: baseName(url.pathname) };
}

/**
 * @param {string} repo
 * @param {string} file
 * @param {string} [revision]
 * @returns {ModelSource}
 */
function fileOf(repo, file, revision = "main") {
  return { kind: "url", url: `https://huggingface.co/${repo}/resolve/${revision}/${file}`, name: baseName(file) };
}

/**
 * The files a person chose: one model, or all parts of a split one.
 *
 * @param {File[]} files
 * @returns {ModelSource}
 */
export function fromFiles(files) {
  if (files.length === 0) throw new Error("choose a GGUF file first");
  return { kind: "files", files, name: baseName(files[0].name) };
}

/** @param {string} path */
function baseName(path) {
  const file = path.split("/").at(-1) ?? path;
  return decodeURIComponent(file).replace(/\.gguf$/i, "");
}

/**
 * @typedef {object} LoadOptions
 * @property {AbortSignal} signal
 * @property {boolean} gpu
 * @property {(progress: { doing: "looking" | "downloading" | "starting", loaded?: number, total?: number }) => void} onProgress
 */

/**
 * Fetches a model, or takes it from the browser's store, and starts it.
 *
 * @param {ModelSource} source
 * @param {LoadOptions} options
 * @returns {Promise<PageModel>}
 */
export async function loadPageModel(source, options) {
  const { signal } = options;
  const [library, { wllamaModel }] = await Promise.all([loadWllama(), loadWllamaAdapter()]);
  const wllama = createWllama(library);
  try {
    const files = await orAborted(signal, () => fetchFiles(library, wllama, source, options));
    for (const file of files) await requireGguf(file, source.name);
    options.onProgress({ doing: "starting" });
    await requireWasm(signal);
    const started = wllama.loadModel(files, {
      n_ctx: CONTEXT_TOKENS,
      n_parallel: 1,
      ...(options.gpu ? {} : { n_gpu_layers: 0 }),
    });
    await orAborted(signal, () => started).catch((error) => {
      // A worker that comes up after the abort must not keep the memory.
      started.finally(() => wllama.exit()).catch(() => {});
      throw error;
    });
    // wllama calls a file that llama.cpp could not read a loaded model.
    if (wllama.getLoadedContextInfo().n_vocab === 0) {
      throw new Error(
        `${source.name} cannot be read: the file is damaged, incomplete, or of a kind wllama does not know`,
      );
    }
  } catch (error) {
    await wllama.exit();
    signal.throwIfAborted();
    throw error;
  }
  const threads = wllama.getNumThreads();
  return {
    name: source.name,
    details: `${threads === 1 ? "1 thread" : `${threads} threads`}, ${CONTEXT_TOKENS} tokens of context`,
    answer: wllamaModel(wllama),
    unload: () => wllama.exit(),
  };
}

/** @param {typeof import("@wllama/wllama")} library */
function createWllama({ Wllama }) {
  const quiet = () => {};
  const wllama = new Wllama(
    { default: WLLAMA_WASM },
    { suppressNativeLog: true, logger: { debug: quiet, log: quiet, warn: quiet, error: quiet } },
  );
  // Otherwise it would fetch code from a public host in browsers that lack something.
  wllama.setCompat(null);
  return wllama;
}

/**
 * @param {typeof import("@wllama/wllama")} library
 * @param {Wllama} wllama
 * @param {ModelSource} source
 * @param {LoadOptions} options
 * @returns {Promise<Blob[]>}
 */
async function fetchFiles(library, wllama, source, { signal, onProgress }) {
  if (source.kind === "files") return source.files;
  onProgress({ doing: "looking" });
  const place = source.kind === "url" ? { url: source.url } : await findInRepository(library, source);
  try {
    const model = await wllama.modelManager.getModelOrDownload(place, {
      signal,
      progressCallback: ({ loaded, total }) => {
        if (!signal.aborted) onProgress({ doing: "downloading", loaded, total });
      },
    });
    return await model.open();
  } catch (error) {
    await wllama.cacheManager.delete(place.url).catch(() => {});
    throw explainDownload(error, place.url);
  }
}

/**
 * @param {typeof import("@wllama/wllama")} library
 * @param {{ repo: string, quant?: string }} repository
 */
async function findInRepository({ getHFModelSource }, { repo, quant }) {
  try {
    return await getHFModelSource({ repo, ...(quant && { quant }) });
  } catch (error) {
    const text = messageOf(error);
    if (/\(40[134]\)/.test(text)) {
      throw new Error(
        `Hugging Face has no public repository ${repo}: check the spelling, or use one that needs no login`,
      );
    }
    if (text.startsWith("No GGUF")) {
      throw new Error(
        `the repository ${repo} has no ${quant ? `${quant} ` : ""}file in GGUF form: look for one with GGUF in its name`,
      );
    }
    throw explainDownload(error, `https://huggingface.co/${repo}`);
  }
}

/**
 * @param {unknown} error
 * @param {string} url
 */
function explainDownload(error, url) {
  const text = messageOf(error);
  const status = /HTTP (\d+)/.exec(text)?.[1];
  if (status === "404") return new Error(`there is no file at ${url}: check the spelling`);
  if (status === "401" || status === "403")
    return new Error(`${url} is not public: choose a model that needs no login`);
  if (status) return new Error(`the server answered ${url} with HTTP ${status}: try again later`);
  if (error instanceof TypeError) {
    return new Error(`${new URL(url).host} could not be reached: check the connection, then load the model again`);
  }
  if (/quota/i.test(text))
    return new Error("the browser has no room left to keep this model: free some, or use a file");
  return new Error(`the download of ${url} failed: ${text}`);
}

/** @param {unknown} error */
const messageOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * @param {Blob} file
 * @param {string} name
 */
async function requireGguf(file, name) {
  const magic = await file.slice(0, 4).text();
  if (magic !== "GGUF") throw new Error(`${name} is not a GGUF file: models for this page end in .gguf`);
}

/**
 * Without its WebAssembly wllama would wait for ever.
 *
 * @param {AbortSignal} signal
 */
async function requireWasm(signal) {
  const response = await fetch(WLLAMA_WASM, { method: "HEAD", signal });
  if (!response.ok) throw new Error(`the page has no ${WLLAMA_WASM}: assemble it again with \`cargo xtask demo\``);
}

/**
 * Runs a step that may not know the signal, and leaves it at once when the signal fires.
 *
 * @template T
 * @param {AbortSignal} signal
 * @param {() => Promise<T>} step
 * @returns {Promise<T>}
 */
async function orAborted(signal, step) {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    step()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", abort));
  });
}

/**
 * What earlier downloads take up in this browser.
 *
 * @returns {Promise<number>} bytes
 */
export async function keptBytes() {
  let total = 0;
  for await (const [, handle] of await keptFiles()) {
    if (handle.kind === "file") total += (await /** @type {FileSystemFileHandle} */ (handle).getFile()).size;
  }
  return total;
}

/** Deletes all downloaded models. */
export async function forgetModels() {
  const { CacheManager } = await loadWllama();
  await new CacheManager().clear();
}

/** wllama's folder, read without loading wllama.
 *
 * @returns {Promise<Iterable<[string, FileSystemHandle]> | AsyncIterable<[string, FileSystemHandle]>>} */
async function keptFiles() {
  try {
    const root = await navigator.storage.getDirectory();
    // TypeScript's library does not iterate directories yet.
    return /** @type {any} */ (await root.getDirectoryHandle("cache")).entries();
  } catch {
    return [];
  }
}
