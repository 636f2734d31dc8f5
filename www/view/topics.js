// The topics as a tree that grows while the run goes on.

import { byId, element, oncePerFrame } from "../dom.js";
import { count, counted } from "../format.js";

/** @import { RunState, TopicNode } from "../run-state.js" */

/** Up to here new branches open by themselves; larger trees are opened by hand. */
const OPEN_UP_TO = 150;

/** @type {Record<TopicNode["state"], string>} */
const STATE_WORDS = { waiting: "", working: "being split", done: "", failed: "failed" };

export function createTopicsView() {
  const box = byId("topics");
  const total = byId("topics-count");
  /** @type {RunState | undefined} */
  let state;
  /** @type {Set<TopicNode>} */
  let changed = new Set();
  /** @type {WeakMap<TopicNode, { item: HTMLElement, label: HTMLElement, list?: HTMLElement }>} */
  let drawn = new WeakMap();

  const draw = oncePerFrame(() => {
    if (!state) return;
    const nodes = changed;
    changed = new Set();
    for (const node of nodes) refresh(node);
    total.textContent = count(state.topics);
  });

  /** @param {TopicNode} node */
  function refresh(node) {
    const old = drawn.get(node);
    // Inside a closed branch nothing is drawn yet; opening it draws everything.
    if (!old) return;
    if (node.children.size > 0 && !old.list) {
      old.item.replaceWith(build(node));
      return;
    }
    showLabel(node, old.label);
    if (old.list && /** @type {HTMLDetailsElement} */ (old.list.parentElement).open) fill(node, old.list);
  }

  /** @param {TopicNode} node */
  function build(node) {
    const label = element("span", "topic");
    showLabel(node, label);
    if (node.children.size === 0) {
      const item = element("li", "", label);
      drawn.set(node, { item, label });
      return item;
    }
    const list = element("ul", "");
    const branch = element("details", "", element("summary", "", label), list);
    const item = element("li", "", branch);
    drawn.set(node, { item, label, list });
    branch.addEventListener("toggle", () => {
      if (branch.open) fill(node, list);
    });
    branch.open = node.depth === 0 || (state?.topics ?? 0) <= OPEN_UP_TO;
    if (branch.open) fill(node, list);
    return item;
  }

  /**
   * Adds the children that are not there yet; they only ever come at the end.
   *
   * @param {TopicNode} node
   * @param {HTMLElement} list
   */
  function fill(node, list) {
    const missing = [...node.children.values()].slice(list.childElementCount);
    list.append(...missing.map(build));
  }

  return {
    /** @param {RunState} run */
    begin(run) {
      state = run;
      changed = new Set();
      drawn = new WeakMap();
      box.replaceChildren(element("ul", "tree", build(run.root)));
      total.textContent = "";
    },
    /** @param {TopicNode} node */
    touch(node) {
      changed.add(node);
      draw();
    },
  };
}

/**
 * @param {TopicNode} node
 * @param {HTMLElement} label
 */
function showLabel(node, label) {
  label.className = `topic ${node.state}`;
  const marks = [
    ...(node.samples > 0 ? [element("span", "mark good", counted(node.samples, "sample"))] : []),
    ...(node.failures > 0 ? [element("span", "mark bad", `${count(node.failures)} not delivered`)] : []),
    ...(STATE_WORDS[node.state] ? [element("span", `mark ${node.state}`, STATE_WORDS[node.state])] : []),
  ];
  label.replaceChildren(element("span", "topic-name", node.name), ...marks);
  if (node.trouble) label.title = node.trouble;
}
