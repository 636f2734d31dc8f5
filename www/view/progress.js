// How far the run is: a bar, counts, time, and what holds it up.

import { byId, hideNote, showNote } from "../dom.js";
import { count, counted, dollars, duration, roughly, soon } from "../format.js";

/** @import { RunState } from "../run-state.js" */

export function createProgress() {
  const box = byId("progress");
  const bar = byId("progress-bar", HTMLProgressElement);
  const counts = byId("progress-counts");
  const time = byId("progress-time");
  const usage = byId("progress-usage");
  const notice = byId("progress-notice");
  const announcement = byId("announcement");
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let clock;
  let begun = 0;
  let announced = -1;

  /** @type {RunState | undefined} */
  let shown;

  const showTime = () => {
    const now = performance.now();
    const left = shown?.forecast ? ` · ${soon(Math.max(0, shown.forecast.end - now))} left` : "";
    time.textContent = `${duration(now - begun)}${left}`;
    if (shown && performance.now() < shown.notice.until) showNote(notice, "wait", shown.notice.text);
    else hideNote(notice);
  };

  return {
    begin() {
      begun = performance.now();
      announced = -1;
      shown = undefined;
      box.hidden = false;
      box.classList.add("running");
      bar.removeAttribute("value");
      counts.textContent = "Starting …";
      usage.textContent = "";
      showTime();
      clock = setInterval(showTime, 1000);
    },

    /** @param {RunState} state */
    draw(state) {
      if (state.total > 0) {
        bar.max = state.total;
        bar.value = Math.min(state.done, state.total);
      }
      counts.textContent = describe(state);
      usage.textContent = state.usage ? describeUsage(state.usage, state.forecast?.cost) : "";
      shown = state;
      showTime();
      // A screen reader hears every tenth of the way, not every event.
      const tenth = state.total > 0 ? Math.floor((10 * state.done) / state.total) : 0;
      if (tenth !== announced) {
        announced = tenth;
        announcement.textContent = describe(state);
      }
    },

    /**
     * @param {RunState | undefined} state
     * @param {string} result one sentence
     */
    end(state, result) {
      clearInterval(clock);
      box.classList.remove("running");
      // What there is now is no forecast any more.
      if (state) state.forecast = undefined;
      if (state) this.draw(state);
      else box.hidden = true;
      if (state && state.total === 0) bar.value = 0;
      shown = undefined;
      showTime();
      announcement.textContent = result;
    },
  };
}

/** @param {RunState} state */
function describe(state) {
  const parts = [];
  const requests = state.plan?.topics.requests ?? 0;
  const growing = state.stage === "topics" && requests >= state.expanded && requests > 0;
  parts.push(growing ? `topics ${count(state.expanded)} of ${count(requests)}` : counted(state.topics, "topic"));
  const wanted = state.plan?.samples.count;
  parts.push(wanted ? `samples ${count(state.delivered)} of ${count(wanted)}` : counted(state.delivered, "sample"));
  if (state.failures.length > 0) parts.push(`${count(state.failures.length)} not delivered`);
  return parts.join(" · ");
}

/**
 * @param {NonNullable<RunState["usage"]>} usage
 * @param {number} [costInAll] what the whole run is expected to cost
 */
export function describeUsage({ requests, inputTokens, outputTokens, cachedInputTokens, cost }, costInAll) {
  const tokens = inputTokens + outputTokens > 0;
  const cached = inputTokens > 0 ? Math.round((100 * cachedInputTokens) / inputTokens) : 0;
  return [
    counted(requests, "request"),
    ...(tokens
      ? [
          `${roughly(inputTokens)} tokens in${cached > 0 ? ` (${cached}% cached)` : ""}`,
          `${roughly(outputTokens)} tokens out`,
        ]
      : []),
    ...(cost === undefined ? [] : [dollars(cost)]),
    ...(costInAll === undefined ? [] : [`about ${dollars(costInAll)} in all`]),
  ].join(" · ");
}
