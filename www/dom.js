// The few helpers with which the page touches its document. Text becomes text nodes only: nothing that a model, a server
// or a person wrote is ever parsed as HTML.

/**
 * The element with this id. A missing one is a mistake in index.html.
 *
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @param {new (...args: any) => T} [type]
 * @returns {T}
 */
export function byId(id, type) {
  const found = document.getElementById(id);
  if (!found || (type && !(found instanceof type))) throw new Error(`index.html has no fitting element #${id}`);
  return /** @type {T} */ (found);
}

/**
 * Builds an element: its class, and what is in it.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {...(string | Node | null | undefined)} content
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const part of content) if (part !== null && part !== undefined) made.append(part);
  return made;
}

/**
 * Shows a message in an element that is hidden while there is none.
 *
 * @param {HTMLElement} target
 * @param {"" | "good" | "bad" | "wait"} tone
 * @param {...(string | Node)} content
 */
export function showNote(target, tone, ...content) {
  target.replaceChildren(...content);
  target.className = `note ${tone}`.trim();
  target.hidden = content.length === 0;
}

/** @param {HTMLElement} target */
export function hideNote(target) {
  target.replaceChildren();
  target.hidden = true;
}

/**
 * Has screen readers say something. They hear of changes in one place that is always there: what appears together with its
 * text is passed over by many.
 *
 * @param {string} text
 */
export function announce(text) {
  const place = byId("announcement");
  if (place.textContent !== text) place.textContent = text;
}

/**
 * Calls `draw` once before the next frame, however often it is asked to.
 *
 * @param {() => void} draw
 * @returns {() => void}
 */
export function oncePerFrame(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}
