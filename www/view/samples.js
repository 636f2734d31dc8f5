// The samples as a list that stays quick with many thousands: only the rows in sight exist.

import { byId, element, oncePerFrame } from "../dom.js";
import { count } from "../format.js";
import { describeSample } from "./sample-text.js";

/** @import { Sample } from "../package.js" */

/** As style.css draws them. */
const ROW_HEIGHT = 64;
/** Rows beyond the edge, so that fast scrolling shows no gaps. */
const MARGIN_ROWS = 6;

/** @param {{ onOpen: (index: number) => void }} options */
export function createSamplesView({ onOpen }) {
  const box = byId("samples");
  const total = byId("samples-count");
  const space = element("div", "samples-space");
  space.setAttribute("role", "presentation");
  box.append(space);
  /** @type {Sample[]} */
  let samples = [];
  let current = 0;
  /** The rows that exist, by index.
   *
   * @type {Map<number, HTMLElement>} */
  const rows = new Map();

  const draw = oncePerFrame(() => {
    space.style.height = `${samples.length * ROW_HEIGHT}px`;
    total.textContent = count(samples.length);
    const first = Math.max(0, Math.floor(box.scrollTop / ROW_HEIGHT) - MARGIN_ROWS);
    const last = Math.min(samples.length, Math.ceil((box.scrollTop + box.clientHeight) / ROW_HEIGHT) + MARGIN_ROWS);
    for (const [index, row] of rows) {
      if (index >= first && index < last) continue;
      row.remove();
      rows.delete(index);
    }
    for (let index = first; index < last; index += 1) {
      const row = rows.get(index) ?? addRow(index);
      row.setAttribute("aria-setsize", String(samples.length));
      row.setAttribute("aria-selected", String(index === current));
    }
    if (rows.has(current)) box.setAttribute("aria-activedescendant", rowId(current));
    else box.removeAttribute("aria-activedescendant");
  });

  /** @param {number} index */
  function addRow(index) {
    const { title, tags, place } = describeSample(samples[index]);
    const row = element(
      "div",
      "sample-row",
      element("span", "sample-number", count(index + 1)),
      element("span", "sample-title", title),
      element("span", "sample-place", place, ...tags.map((tag) => element("span", "tag", tag))),
    );
    row.id = rowId(index);
    row.setAttribute("role", "option");
    row.setAttribute("aria-posinset", String(index + 1));
    row.style.transform = `translateY(${index * ROW_HEIGHT}px)`;
    row.addEventListener("click", () => {
      select(index);
      onOpen(index);
    });
    rows.set(index, row);
    // Readers of the page's structure get the rows in their order, not in the order in which they came into sight.
    const after = [...rows.entries()].filter(([other]) => other > index).sort(([a], [b]) => a - b)[0]?.[1];
    space.insertBefore(row, after ?? null);
    return row;
  }

  /** @param {number} index */
  function select(index) {
    current = Math.max(0, Math.min(samples.length - 1, index));
    const top = current * ROW_HEIGHT;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + ROW_HEIGHT > box.scrollTop + box.clientHeight) box.scrollTop = top + ROW_HEIGHT - box.clientHeight;
    draw();
  }

  box.addEventListener("scroll", draw, { passive: true });
  new ResizeObserver(draw).observe(box);
  box.addEventListener("keydown", (event) => {
    if (samples.length === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(box.clientHeight / ROW_HEIGHT) - 1);
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowDown: () => select(current + 1),
      ArrowUp: () => select(current - 1),
      PageDown: () => select(current + page),
      PageUp: () => select(current - page),
      Home: () => select(0),
      End: () => select(samples.length - 1),
      Enter: () => onOpen(current),
      " ": () => onOpen(current),
    };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  return {
    /** Shows another run's samples; the list may grow afterwards.
     *
     * @param {Sample[]} list */
    begin(list) {
      samples = list;
      current = 0;
      for (const row of rows.values()) row.remove();
      rows.clear();
      box.scrollTop = 0;
      draw();
    },
    draw,
    select,
  };
}

/** @param {number} index */
const rowId = (index) => `sample-${index}`;
