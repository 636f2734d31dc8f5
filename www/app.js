// The demo page: ties the editor, the choice of a model, the run and the views together.

import { createConfigEditor } from "./config-editor.js";
import { byId, element, hideNote, showNote } from "./dom.js";
import { explainError } from "./error-text.js";
import { counted } from "./format.js";
import { createKeep } from "./keep.js";
import { runOptions, withModel } from "./model/apply.js";
import { createModelChoice } from "./model/choice.js";
import { NotReady } from "./not-ready.js";
import { loadDataweft } from "./package.js";
import { RunState } from "./run-state.js";
import { createFailuresView } from "./view/failures.js";
import { createProgress } from "./view/progress.js";
import { createReader } from "./view/reader.js";
import { createReportView } from "./view/report.js";
import { createSamplesView } from "./view/samples.js";
import { createTopicsView } from "./view/topics.js";

/** @import { ChosenModel } from "./model/apply.js" */
/** @import { Dataset, Dataweft, Sample } from "./package.js" */

/** @param {Dataweft} dataweft */
function startPage(dataweft) {
  const generateButton = byId("generate", HTMLButtonElement);
  const stopButton = byId("stop", HTMLButtonElement);
  const outcome = byId("outcome");

  const editor = createConfigEditor(dataweft);
  const choice = createModelChoice();
  const progress = createProgress();
  const topics = createTopicsView();
  const failures = createFailuresView();
  const report = createReportView();
  const keep = createKeep(dataweft);
  /** @type {Sample[]} */
  let samples = [];
  const reader = createReader({ samples: () => samples, onMove: (index) => list.select(index) });
  const list = createSamplesView({ onOpen: (index) => reader.open(index) });

  /** @type {AbortController | undefined} */
  let run;

  async function generate() {
    if (run) return;
    const stop = new AbortController();
    run = stop;
    generateButton.hidden = true;
    stopButton.hidden = false;
    stopButton.focus();
    hideNote(outcome);
    progress.begin();
    showRun();
    /** @type {RunState | undefined} */
    let state;
    /** @type {ChosenModel | undefined} */
    let chosen;
    try {
      const config = await dataweft.parseConfig(editor.text());
      chosen = await choice.choose(stop.signal);
      stop.signal.throwIfAborted();
      const applied = withModel(config, chosen);
      state = await beginViews(applied);
      await carryOut(applied, chosen, state, stop.signal);
    } catch (error) {
      showFailedStart(error, state, chosen, stop.signal.aborted);
    } finally {
      run = undefined;
      stopButton.hidden = true;
      generateButton.hidden = false;
      if (document.activeElement === document.body) generateButton.focus();
    }
  }

  /** Brings the run into sight where the page is one column. */
  function showRun() {
    const card = byId("run");
    card.classList.add("begun");
    card.scrollIntoView({ block: matchMedia("(max-width: 900px)").matches ? "start" : "nearest" });
  }

  /** @param {boolean} something whether there is something to see, or else how it works */
  function showMade(something) {
    byId("empty").hidden = something;
    byId("made").hidden = !something;
  }

  /** @param {import("./package.js").Config} config */
  async function beginViews(config) {
    const plan = await dataweft.planRun(config).catch(() => undefined);
    const root = String(/** @type {any} */ (config).topics?.prompt ?? "");
    const state = new RunState(root, plan, topics.touch);
    samples = state.samples;
    keep.withdraw();
    report.show(undefined);
    showMade(true);
    byId("samples-canned").hidden = choice.where() !== "stand-in";
    topics.begin(state);
    list.begin(samples);
    failures.begin(state);
    return state;
  }

  /**
   * Runs the pipeline and shows what came of it, also when it ended early.
   *
   * @param {import("./package.js").Config} config
   * @param {ChosenModel} chosen
   * @param {RunState} state
   * @param {AbortSignal} signal
   */
  async function carryOut(config, chosen, state, signal) {
    let dataset;
    /** @type {any} */
    let trouble;
    try {
      dataset = await dataweft.generateDataset(config, {
        ...runOptions(chosen),
        signal,
        onEvent(event) {
          // Nothing moves any more once the person has stopped the run.
          if (signal.aborted) return;
          state.apply(event);
          progress.draw(state);
          list.draw();
          failures.draw();
        },
      });
    } catch (error) {
      trouble = error;
      dataset = /** @type {Dataset | undefined} */ (trouble?.partial);
    }
    if (dataset) state.complete(dataset, await dataset.jsonl.text());
    if (state.samples !== samples) {
      samples = state.samples;
      list.begin(samples);
    }
    list.draw();
    failures.redraw();
    report.show(dataset?.report);
    const made = dataset ?? { jsonl: linesOf(samples), samples: samples.length };
    if (made.samples > 0) keep.offer(made, config);
    if (trouble === undefined) showSuccess(state);
    else if (signal.aborted) showStopped(state);
    else showFailure(trouble, state, chosen);
  }

  /** @param {RunState} state */
  function showSuccess(state) {
    const missing = state.failures.length;
    const text = `Done: ${counted(state.delivered, "sample")}${missing > 0 ? `, ${counted(missing, "sample")} not delivered` : ""}.`;
    progress.end(state, text);
    showNote(outcome, missing > 0 ? "wait" : "good", text);
  }

  /** @param {RunState} state */
  function showStopped(state) {
    const text =
      state.delivered > 0
        ? `Stopped. What was made until then is kept: ${counted(state.delivered, "sample")}.`
        : "Stopped before the first sample.";
    progress.end(state, text);
    showNote(outcome, "", text);
  }

  /**
   * @param {unknown} error
   * @param {RunState | undefined} state
   * @param {ChosenModel | undefined} chosen
   */
  function showFailure(error, state, chosen) {
    const { title, message, code, hint } = explainError(error, chosen);
    const issues = /** @type {any} */ (error)?.issues;
    if (Array.isArray(issues)) editor.showIssues(issues);
    const kept =
      state && state.delivered > 0 ? `${counted(state.delivered, "sample")} made until then can be downloaded.` : "";
    progress.end(state, `${title}. ${message}`);
    if (state && state.topics === 0 && samples.length === 0) showMade(false);
    showNote(
      outcome,
      "bad",
      element("b", "", title),
      " ",
      element("code", "", code),
      ...(message ? [element("p", "text", message)] : []),
      ...(hint ? [element("p", "", hint)] : []),
      ...(kept ? [element("p", "", kept)] : []),
    );
  }

  /**
   * @param {any} error
   * @param {RunState | undefined} state
   * @param {ChosenModel | undefined} chosen
   * @param {boolean} aborted
   */
  function showFailedStart(error, state, chosen, aborted) {
    if (aborted) {
      progress.end(state, "Stopped.");
      showNote(outcome, "", "Stopped before the run began.");
    } else if (error instanceof NotReady) {
      progress.end(undefined, error.message);
      showNote(outcome, "bad", element("b", "", "Almost there: "), error.message);
      error.field.focus();
    } else {
      showFailure(error, state, chosen);
      if (error?.code === "config") editor.focus();
    }
  }

  generateButton.disabled = false;
  generateButton.addEventListener("click", generate);
  stopButton.addEventListener("click", () => run?.abort());
  const stopWhatRuns = () => (run ? run.abort() : keep.stopUpload());
  document.addEventListener("keydown", (event) => {
    // An open reader takes its own Escape.
    if (event.key === "Escape" && !reader.isOpen()) stopWhatRuns();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !reader.isOpen()) {
      event.preventDefault();
      generate();
    }
  });
  addEventListener("beforeunload", (event) => {
    if (run || keep.isUploading()) event.preventDefault();
  });
}

/** @param {Sample[]} samples */
function linesOf(samples) {
  return new Blob(
    samples.map((sample) => `${JSON.stringify(sample)}\n`),
    { type: "application/jsonl" },
  );
}

try {
  startPage(await loadDataweft());
} catch (error) {
  const fatal = byId("fatal");
  fatal.textContent = `The page could not start: ${error instanceof Error ? error.message : error}`;
  fatal.hidden = false;
}
