// The settings of a model that runs in the page: choosing its file, and watching it load.

import { byId, element, hideNote, showNote } from "../dom.js";
import { bytes } from "../format.js";
import { NotReady } from "../not-ready.js";
import { forgetModels, fromFiles, keptBytes, loadPageModel, missingFeatures, readModelAddress } from "./page-model.js";
import { PAGE_MODELS } from "./providers.js";

/** @import { ModelForm } from "./form.js" */
/** @import { LoadOptions, PageModel } from "./page-model.js" */

/** @returns {ModelForm} */
export function createPageModelForm() {
  const pick = byId("page-pick", HTMLSelectElement);
  const address = byId("page-address", HTMLInputElement);
  const file = byId("page-file", HTMLInputElement);
  const gpu = byId("page-gpu", HTMLInputElement);
  const load = byId("page-load", HTMLButtonElement);
  const cancel = byId("page-cancel", HTMLButtonElement);
  const forget = byId("page-forget", HTMLButtonElement);
  const bar = byId("page-progress", HTMLProgressElement);
  const status = byId("page-status");
  const sources = [...document.querySelectorAll("input[name=page-source]")].map(
    (radio) => /** @type {HTMLInputElement} */ (radio),
  );

  /** @type {PageModel | undefined} */
  let loaded;
  /** @type {AbortController | undefined} */
  let loading;

  const missing = missingFeatures();
  if (missing.length > 0) {
    byId("page-form").hidden = true;
    const text = `This browser cannot run a model in the page. It lacks ${missing.join(" and ")}. A recent Chrome, Edge or Firefox can; or choose another place below.`;
    showNote(byId("page-unsupported"), "bad", text);
  }
  byId("page-gpu-field").hidden = !("gpu" in navigator);

  pick.append(
    ...PAGE_MODELS.map(({ name, note }) => element("option", "", `${name} (${note})`)),
    element("option", "", "Another model …"),
  );

  const fromFile = () => sources.some((radio) => radio.checked && radio.value === "file");
  const showSource = () => {
    byId("page-address-field").hidden = fromFile();
    byId("page-file-field").hidden = !fromFile();
    byId("page-other").hidden = pick.selectedIndex < PAGE_MODELS.length;
  };
  for (const field of [pick, ...sources]) field.addEventListener("change", showSource);
  showSource();
  for (const field of [pick, address, file, gpu, ...sources]) field.addEventListener("input", unload);

  const showKept = async () => {
    const kept = await keptBytes().catch(() => 0);
    forget.hidden = kept === 0;
    forget.textContent = `Delete kept models (${bytes(kept)})`;
  };
  showKept();

  load.addEventListener("click", () => startLoading().catch(() => {}));
  cancel.addEventListener("click", () => loading?.abort());
  forget.addEventListener("click", async () => {
    await forgetModels();
    await showKept();
  });

  function unload() {
    loading?.abort();
    loaded?.unload();
    loaded = undefined;
    hideNote(status);
  }

  function readSource() {
    if (fromFile()) return fromFiles([...(file.files ?? [])]);
    return readModelAddress(PAGE_MODELS[pick.selectedIndex]?.address ?? address.value);
  }

  /**
   * Loads what the form names. Failures are shown here and thrown on.
   *
   * @returns {Promise<PageModel>}
   */
  async function startLoading() {
    unload();
    const stop = new AbortController();
    loading = stop;
    load.disabled = true;
    cancel.hidden = false;
    try {
      const source = readSource();
      const model = await loadPageModel(source, { signal: stop.signal, gpu: gpu.checked, onProgress: showProgress });
      loaded = model;
      showNote(status, "good", element("b", "", model.name), ` is ready: ${model.details}.`);
      return model;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (stop.signal.aborted) showNote(status, "", "Loading was cancelled.");
      else showNote(status, "bad", text);
      throw error;
    } finally {
      if (loading === stop) loading = undefined;
      load.disabled = false;
      cancel.hidden = true;
      bar.hidden = true;
      showKept();
    }
  }

  /** @type {LoadOptions["onProgress"]} */
  function showProgress({ doing, loaded: got = 0, total = 0 }) {
    bar.hidden = false;
    // Without a value the bar says that something is under way.
    if (doing === "downloading" && total > 0) bar.value = got / total;
    else bar.removeAttribute("value");
    const texts = {
      looking: "Looking for the model …",
      downloading: `Downloading: ${bytes(got)}${total > 0 ? ` of ${bytes(total)}` : ""}`,
      starting: "Starting the model …",
    };
    showNote(status, "", texts[doing]);
  }

  return {
    async choose(signal) {
      if (missing.length > 0) {
        const radio = byId("page-settings").closest(".choice")?.querySelector("input") ?? load;
        throw new NotReady("this browser cannot run a model in the page: choose another place", radio);
      }
      const model = loaded ?? (await loadOrExplain(signal));
      return { kind: "callback", model: model.name, answer: model.answer, oneAtATime: true };
    },
  };

  function fieldToMend() {
    if (fromFile()) return file;
    return pick.selectedIndex < PAGE_MODELS.length ? pick : address;
  }

  /** @param {AbortSignal} signal */
  async function loadOrExplain(signal) {
    const stop = () => loading?.abort();
    signal.addEventListener("abort", stop, { once: true });
    try {
      return await startLoading();
    } catch (error) {
      signal.throwIfAborted();
      throw new NotReady(error instanceof Error ? error.message : String(error), fieldToMend());
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
}
