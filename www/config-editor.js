// The configuration: written, checked while it is written, and what a run of it would do.

import { findPlace } from "./config-place.js";
import { byId, element } from "./dom.js";
import { EXAMPLES } from "./examples.js";
import { counted, dollars, estimated } from "./format.js";

/** @import { ConfigIssue, Dataweft, RunPlan } from "./package.js" */

/** Quiet time after a keystroke before the text is checked. */
const CHECK_DELAY_MS = 250;

/** @param {Dataweft} dataweft */
export function createConfigEditor(dataweft) {
  const area = byId("config", HTMLTextAreaElement);
  const summary = byId("config-summary");
  const list = byId("issues");
  const planLine = byId("plan");
  const example = byId("example", HTMLSelectElement);
  const file = byId("config-file", HTMLInputElement);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let checks = 0;

  example.append(...EXAMPLES.map(({ name }) => element("option", "", name)));
  example.addEventListener("change", () => replaceText(EXAMPLES[example.selectedIndex].text));
  file.addEventListener("change", async () => {
    const chosen = file.files?.[0];
    if (chosen) replaceText(await chosen.text());
    file.value = "";
  });
  area.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(check, CHECK_DELAY_MS);
  });
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.isComposing) keepIndentation(event);
  });
  area.value = EXAMPLES[0].text;
  check();

  /** @param {string} text */
  function replaceText(text) {
    area.value = text;
    area.scrollTop = 0;
    clearTimeout(timer);
    check();
  }

  /** @param {KeyboardEvent} event */
  function keepIndentation(event) {
    const line = area.value.slice(0, area.selectionStart).split("\n").at(-1) ?? "";
    const indent = /^ */.exec(line)?.[0] ?? "";
    const deeper = /:\s*$/.test(line) ? "  " : "";
    if (!indent && !deeper) return;
    event.preventDefault();
    area.setRangeText(`\n${indent}${deeper}`, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input"));
  }

  async function check() {
    const run = (checks += 1);
    const text = area.value;
    const issues = await dataweft.checkConfig(text);
    const usable = !issues.some(({ severity }) => severity === "error");
    const plan = usable ? await dataweft.planRun(text).catch(() => undefined) : undefined;
    // A later text has its own check under way.
    if (run !== checks) return;
    showIssues(issues);
    planLine.textContent = plan ? describePlan(plan) : "";
  }

  /** @param {ConfigIssue[]} issues */
  function showIssues(issues) {
    const errors = issues.filter(({ severity }) => severity === "error");
    const warnings = issues.filter(({ severity }) => severity !== "error");
    const counts = [
      ...(errors.length > 0 ? [counted(errors.length, "error")] : []),
      ...(warnings.length > 0 ? [counted(warnings.length, "warning")] : []),
    ];
    summary.textContent = counts.length > 0 ? counts.join(", ") : "No problems found";
    summary.className = `config-summary ${errors.length > 0 ? "bad" : "good"}`;
    area.setAttribute("aria-invalid", String(errors.length > 0));
    list.replaceChildren(...[...issueGroup("Errors", "bad", errors), ...issueGroup("Warnings", "wait", warnings)]);
  }

  /**
   * @param {string} title
   * @param {string} tone
   * @param {ConfigIssue[]} issues
   */
  function issueGroup(title, tone, issues) {
    if (issues.length === 0) return [];
    const items = issues.map((issue) => {
      const item = element("li", "", placeButton(issue.path), " ", element("span", "", issue.message));
      if (issue.suggestion) item.append(" ", element("span", "suggestion", issue.suggestion));
      return item;
    });
    return [element("h3", `issue-title ${tone}`, title), element("ul", `issue-list ${tone}`, ...items)];
  }

  /** @param {string} path */
  function placeButton(path) {
    const place = findPlace(area.value, path);
    if (!place) return element("code", "", path || "the whole text");
    const button = element("button", "place", path);
    button.type = "button";
    button.title = "Show this line";
    button.addEventListener("click", () => {
      const now = findPlace(area.value, path);
      if (!now) return;
      area.focus();
      area.setSelectionRange(now.start, now.end);
      scrollToLine(area.value.slice(0, now.start).split("\n").length - 1);
    });
    return button;
  }

  /** @param {number} line */
  function scrollToLine(line) {
    const height = Number.parseFloat(getComputedStyle(area).lineHeight) || 20;
    area.scrollTop = Math.max(0, line * height - area.clientHeight / 3);
  }

  return {
    text: () => area.value,
    focus: () => area.focus(),
    showIssues,
  };
}

/** @param {RunPlan} plan */
function describePlan({ topics, samples, tokens, cost }) {
  const requests = topics.requests + samples.requests.min;
  return `${counted(samples.count, "sample")} on up to ${counted(topics.max, "topic")}: at least ${counted(requests, "request")}, about ${estimated(tokens.input + tokens.output)} tokens${cost ? `, ${dollars(cost.amount)} by the prices of the configuration` : ""}`;
}
