// Samples that were asked for and not delivered, and why.

import { byId, element, oncePerFrame } from "../dom.js";
import { count } from "../format.js";

/** @import { RunState } from "../run-state.js" */

/** More would be a wall that nobody reads. */
const SHOWN = 100;

export function createFailuresView() {
  const card = byId("failures-card");
  const list = byId("failures");
  const total = byId("failures-count");
  const more = byId("failures-more");
  /** @type {RunState | undefined} */
  let state;

  const draw = oncePerFrame(() => {
    const failures = state?.failures ?? [];
    card.hidden = failures.length === 0;
    total.textContent = count(failures.length);
    const rest = failures.length - SHOWN;
    more.hidden = rest <= 0;
    more.textContent = `and ${count(rest)} more`;
    for (const failure of failures.slice(list.childElementCount, SHOWN)) {
      list.append(
        element(
          "li",
          "",
          element("code", "", failure.code),
          " ",
          element("span", "", failure.message),
          element("span", "path", failure.path.join(" › ")),
        ),
      );
    }
  });

  return {
    /** @param {RunState} run */
    begin(run) {
      state = run;
      list.replaceChildren();
      draw();
    },
    draw,
    /** Draws everything anew, after the run's own list has replaced the one from its events. */
    redraw() {
      list.replaceChildren();
      draw();
    },
  };
}
