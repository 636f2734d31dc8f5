/**
 * A double of the browser's class LanguageModel that keeps to the rules of the Prompt API: which prompts and options go
 * together, what a signal and destroy() end, and what is heard of a download. Runs in Node and in a page.
 */

/**
 * @typedef {object} Behaviour
 * @property {string} [availability]
 * @property {() => unknown} [onCreate] before a session is made: throws, or settles when it is ready
 * @property {(input: any, options: any) => string | Promise<string>} [answer]
 * @property {boolean} [ignoresSignal] whether create() goes on after an abort
 */

/** @param {Behaviour} [behaviour] */
export function fakeLanguageModel({
  availability = "available",
  onCreate = () => {},
  answer = () => "{}",
  ignoresSignal = false,
} = {}) {
  let state = availability;
  const seen = {
    /** The options of availability(). @type {any[]} */
    asked: [],
    /** The options of create(). @type {any[]} */
    created: [],
    /** @type {{ input: any, options: any }[]} */
    prompts: [],
    /** Sessions that are not destroyed. */
    open: 0,
    mostOpen: 0,
  };

  return Object.assign(seen, {
    /** @param {any} [options] */
    async availability(options) {
      seen.asked.push(options);
      return state;
    },

    /** @param {any} [options] */
    async create(options = {}) {
      const { signal, monitor, initialPrompts = [], temperature, topK } = options;
      signal?.throwIfAborted();
      seen.created.push(options);
      if (state === "unavailable") throw new DOMException("no model", "NotSupportedError");
      if ((temperature === undefined) !== (topK === undefined)) {
        throw new DOMException("both or neither", "NotSupportedError");
      }
      checkPrompts(initialPrompts);
      const target = new EventTarget();
      monitor?.(target);
      // The first and the last are also heard of where nothing is downloaded.
      for (const loaded of state === "available" ? [0, 1] : [0, 0.5, 1]) {
        target.dispatchEvent(Object.assign(new Event("downloadprogress"), { loaded, total: 1 }));
      }
      await onCreate();
      if (!ignoresSignal) signal?.throwIfAborted();
      state = "available";
      return makeSession(initialPrompts.length > 0, signal);
    },
  });

  /** @param {boolean} hasPrompts @param {AbortSignal} [ownSignal] */
  function makeSession(hasPrompts, ownSignal) {
    const destroyed = new AbortController();
    let isOpen = true;
    seen.open += 1;
    seen.mostOpen = Math.max(seen.mostOpen, seen.open);
    const destroy = () => {
      if (isOpen) seen.open -= 1;
      isOpen = false;
      destroyed.abort();
    };
    ownSignal?.addEventListener("abort", destroy);
    return { destroy, prompt };

    /** @param {any} input @param {any} [options] */
    async function prompt(input, options = {}) {
      destroyed.signal.throwIfAborted();
      options.signal?.throwIfAborted();
      if (options.omitResponseConstraintInput && !options.responseConstraint) throw new TypeError("no constraint");
      if (typeof input !== "string") checkPrompts(input, hasPrompts);
      seen.prompts.push({ input, options });
      const stopped = AbortSignal.any([destroyed.signal, ...(options.signal ? [options.signal] : [])]);
      return new Promise((resolve, reject) => {
        stopped.addEventListener("abort", () => reject(stopped.reason), { once: true });
        new Promise((begin) => begin(answer(input, options))).then(resolve, reject);
      });
    }
  }
}

/** @param {any[]} prompts @param {boolean} [hasPrompts] */
function checkPrompts(prompts, hasPrompts = false) {
  prompts.forEach(({ role, content }, index) => {
    if (!["system", "user", "assistant"].includes(role)) throw new TypeError(`no such role: ${role}`);
    if (role === "system" && (index > 0 || hasPrompts)) throw new TypeError("the system prompt comes first");
    if (typeof content !== "string") throw new TypeError("content is a text");
  });
}
