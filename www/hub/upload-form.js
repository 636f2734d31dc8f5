// Uploading the finished dataset to the Hugging Face Hub.

import { announce, byId, element, hideNote, showNote } from "../dom.js";
import { bytes } from "../format.js";
import { NotReady } from "../not-ready.js";
import { HUB_URL } from "../settings.js";
import { createAccount } from "./account.js";
import { addressOnHub } from "./result-address.js";
import { explainUploadError, STAGES } from "./upload-text.js";

/** @import { Dataset, Dataweft, RunEvent } from "../package.js" */
/** @import { Made } from "../keep.js" */

/** @param {Dataweft} dataweft */
export function createUploadForm(dataweft) {
  const repository = byId("hub-repository", HTMLInputElement);
  const isPrivate = byId("hub-private", HTMLInputElement);
  const license = byId("hub-license", HTMLSelectElement);
  const pullRequest = byId("hub-pull-request", HTMLInputElement);
  const start = byId("hub-upload", HTMLButtonElement);
  const stopButton = byId("hub-stop", HTMLButtonElement);
  const progress = byId("hub-progress");
  const bar = byId("hub-bar", HTMLProgressElement);
  const doing = byId("hub-doing");
  const status = byId("hub-status");
  /** @type {Made | undefined} */
  let made;
  /** @type {AbortController | undefined} */
  let upload;
  /** What the page itself has proposed as the repository: it may change it while nobody else did. */
  let proposed = "";
  let owner = "";

  const account = createAccount({
    hubUrl: HUB_URL,
    onSignedIn(name) {
      owner = name;
      propose();
    },
  });

  function propose() {
    if (!made || repository.value !== proposed) return;
    proposed = made.repository || (owner ? `${owner}/${made.name}` : "");
    repository.value = proposed;
  }

  async function carryOut() {
    if (upload || !made) return;
    const stop = new AbortController();
    let stage = "reading";
    let hasCommitted = false;
    // A sign-in asks for no right to open pull requests.
    const createPr = pullRequest.checked && !account.signedIn();
    try {
      const { config, dataset, tags } = made;
      const options = {
        repository: readRepository(),
        token: account.token(),
        private: isPrivate.checked,
        createPr,
        ...(license.value ? { license: license.value } : {}),
        hubUrl: HUB_URL,
        config,
        tags,
        signal: stop.signal,
        onEvent(/** @type {RunEvent} */ event) {
          if (stop.signal.aborted) return;
          stage = String(event.stage ?? stage);
          hasCommitted ||= stage === "committing";
          showProgress(event);
        },
      };
      upload = stop;
      begin();
      // What is left of a run that broke off may be its records alone.
      const data = dataset.topics ? /** @type {Dataset} */ (dataset) : dataset.jsonl;
      const { url } = await dataweft.uploadDataset(data, options);
      showNote(status, "good", whatHappened(hasCommitted, createPr), link(url));
    } catch (error) {
      if (stop.signal.aborted) showNote(status, "", whatStopped(stage));
      else showFailure(error);
    } finally {
      const hadFocus = document.activeElement === stopButton || document.activeElement === document.body;
      upload = undefined;
      progress.hidden = true;
      announce(status.innerText);
      stopButton.hidden = true;
      start.hidden = false;
      if (hadFocus) start.focus();
    }
  }

  function begin() {
    start.hidden = true;
    stopButton.hidden = false;
    stopButton.focus();
    hideNote(status);
    bar.removeAttribute("value");
    tell("Starting …");
    progress.hidden = false;
  }

  /** @param {RunEvent} event */
  function showProgress({ type, done, total, stage, ...more }) {
    if (type === "retry" || type === "rate_limited") {
      const seconds = Math.max(1, Math.round(Number(more.delayMs ?? 0) / 1000));
      return tell(`Hugging Face did not take it yet. Trying again in ${seconds} s …`);
    }
    if (total > 0) {
      bar.max = total;
      bar.value = Math.min(done, total);
    }
    const what = `${STAGES[String(stage)] ?? "Uploading"} …`;
    tell(what, stage === "sending" ? `${what} ${bytes(done)} of ${bytes(total)}` : what);
  }

  /**
   * A screen reader hears what is going on, not every count of bytes.
   *
   * @param {string} text
   * @param {string} [shown]
   */
  function tell(text, shown = text) {
    doing.textContent = shown;
    announce(text);
  }

  /** @param {unknown} error */
  function showFailure(error) {
    if (error instanceof NotReady) {
      showNote(status, "bad", element("b", "", "Almost there: "), error.message);
      error.field.focus();
      return;
    }
    const { title, message, code, hint } = explainUploadError(error, {
      signedIn: account.signedIn(),
      isPrivate: isPrivate.checked,
    });
    const tag = element("code", "code", code);
    showNote(status, "bad", element("b", "", title), " ", tag, element("p", "text", message), element("p", "", hint));
  }

  function readRepository() {
    const name = repository.value.trim();
    if (/^[\w.-]+\/[\w.-]+$/.test(name)) return name;
    throw new NotReady("name the repository as owner/name", repository);
  }

  start.addEventListener("click", carryOut);
  stopButton.addEventListener("click", () => upload?.abort());
  for (const field of [repository, byId("hub-token")]) {
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing) return;
      // The same key press would end on the stop button, which has the focus from here on.
      event.preventDefault();
      carryOut();
    });
  }

  return {
    /** @param {Made} dataset */
    offer(dataset) {
      made = dataset;
      if (!upload) hideNote(status);
      propose();
    },
    withdraw() {
      made = undefined;
    },
    isUploading: () => upload !== undefined,
    stop: () => upload?.abort(),
  };
}

/** @param {string} stage */
function whatStopped(stage) {
  return stage === "committing"
    ? "Stopped while the commit was on its way: the repository shows whether it arrived. Uploading again does no harm."
    : "Stopped before anything was committed.";
}

/**
 * @param {boolean} hasCommitted
 * @param {boolean} isProposed
 */
function whatHappened(hasCommitted, isProposed) {
  if (!hasCommitted) return "Nothing had to be uploaded, everything is there already: ";
  return isProposed ? "Proposed as a pull request: " : "Uploaded: ";
}

/** @param {string} address */
function link(address) {
  const href = addressOnHub(address, HUB_URL);
  if (!href) return address;
  const made = element("a", "", address);
  made.href = href;
  made.target = "_blank";
  made.rel = "noopener noreferrer";
  return made;
}
