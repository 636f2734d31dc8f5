// What a run has done so far, gathered from its events. The views draw from here.

/** @import { Dataset, Failure, Forecast, RunEvent, RunPlan, Sample } from "./package.js" */

/**
 * A topic on the page.
 *
 * @typedef {object} TopicNode
 * @property {string} name
 * @property {number} depth 0 for the root
 * @property {"waiting" | "working" | "done" | "failed"} state
 * @property {string} [trouble] why it failed
 * @property {Map<string, TopicNode>} children by name
 * @property {number} samples
 * @property {number} failures
 */

export class RunState {
  /** The share that is done, for a progress bar. */
  done = 0;
  total = 0;
  /** @type {"topics" | "samples"} */
  stage = "topics";
  /** Requests for topics that were answered. */
  expanded = 0;
  /** Topics below the root. */
  topics = 0;
  delivered = 0;
  /** @type {Sample[]} */
  samples = [];
  /** @type {Pick<Failure, "path" | "code" | "message">[]} */
  failures = [];
  /** @type {{ requests: number, inputTokens: number, outputTokens: number, cachedInputTokens: number, cost?: number } | undefined} */
  usage;
  /** What the run is expected to take in all, and when it will be done, by performance.now().
   *
   * @type {{ cost?: number, end: number } | undefined} */
  forecast;
  /** What holds the run up, and until when, by performance.now(). */
  notice = { text: "", until: 0 };

  /**
   * @param {string} rootName
   * @param {RunPlan | undefined} plan
   * @param {(node: TopicNode) => void} [onTopic] told of every topic that changed
   */
  constructor(rootName, plan, onTopic = () => {}) {
    this.plan = plan;
    this.onTopic = onTopic;
    this.root = createNode(rootName, 0);
  }

  /** @param {RunEvent} event */
  apply(event) {
    if (typeof event.total === "number" && event.total > 0) this.total = event.total;
    if (typeof event.done === "number") this.done = Math.max(this.done, event.done);
    if (event.stage === "topics" || event.stage === "samples") this.stage = event.stage;
    const details = /** @type {Record<string, any>} */ (event);
    switch (event.type) {
      case "topic_started":
        return this.#change(details.path, { state: "working" });
      case "topic_done":
        return this.#topicDone(details);
      case "topic_failed":
        this.expanded += 1;
        return this.#change(details.path, { state: "failed", trouble: details.message });
      case "sample_done":
        return this.#sampleDone(details);
      case "sample_failed":
        return this.#sampleFailed(details);
      case "retry":
        return this.#heldUp(`${sentence(details.message)} Trying again`, details);
      case "rate_limited":
        return this.#heldUp("The provider asks for fewer requests. Going on", details);
    }
    const { requests = 0, inputTokens = 0, outputTokens = 0, cachedInputTokens = 0, cost } = details.usage ?? {};
    if (event.forecast) this.forecast = expected(event.forecast);
    if (details.usage) this.usage = { requests, inputTokens, outputTokens, cachedInputTokens, cost };
  }

  /**
   * Fills in what the events did not tell, once the run has handed over its result.
   *
   * @param {Dataset} dataset
   * @param {string} jsonl the text of its records
   */
  complete(dataset, jsonl) {
    for (const { path } of dataset.topics?.topics ?? []) this.#node(path);
    if (this.samples.length !== dataset.samples) {
      this.samples = jsonl
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    }
    this.delivered = dataset.samples;
    if (dataset.failures) this.failures = dataset.failures;
    if (dataset.usage) this.usage = dataset.usage;
    this.notice = { text: "", until: 0 };
    this.forecast = undefined;
  }

  /**
   * @param {string} text
   * @param {Record<string, any>} event
   */
  #heldUp(text, { delayMs, attempt }) {
    const delay = typeof delayMs === "number" ? delayMs : 0;
    const count = typeof attempt === "number" ? ` (attempt ${attempt + 1})` : "";
    const seconds = delay > 0 ? ` in ${Math.max(1, Math.round(delay / 1000))} s` : "";
    // Long enough to be read, also when the wait is short.
    this.notice = { text: `${text}${seconds}${count}.`, until: performance.now() + Math.max(delay, 2000) };
  }

  /** @param {Record<string, any>} event */
  #topicDone({ path, children }) {
    this.expanded += 1;
    this.#change(path, { state: "done" });
    if (!Array.isArray(path) || !Array.isArray(children)) return;
    for (const name of children) this.#node([...path, String(name)]);
  }

  /** @param {Record<string, any>} event */
  #sampleDone({ path, sample }) {
    this.delivered += 1;
    if (sample) this.samples.push(sample);
    const node = this.#node(path);
    if (!node) return;
    node.samples += 1;
    this.onTopic(node);
  }

  /** @param {Record<string, any>} event */
  #sampleFailed({ path, code, message }) {
    this.failures.push({ path: path ?? [], code: code ?? "unknown", message: message ?? "" });
    const node = this.#node(path);
    if (!node) return;
    node.failures += 1;
    this.onTopic(node);
  }

  /**
   * @param {unknown} path
   * @param {Partial<TopicNode>} change
   */
  #change(path, change) {
    const node = this.#node(path);
    if (!node) return;
    Object.assign(node, change);
    this.onTopic(node);
  }

  /**
   * The node at a path that begins with the root, made if it is new.
   *
   * @param {unknown} path
   * @returns {TopicNode | undefined}
   */
  #node(path) {
    if (!Array.isArray(path) || path.length === 0) return undefined;
    let node = this.root;
    for (const step of path.slice(1)) {
      const name = String(step);
      let child = node.children.get(name);
      if (!child) {
        child = createNode(name, node.depth + 1);
        node.children.set(name, child);
        this.topics += 1;
        this.onTopic(node);
      }
      node = child;
    }
    return node;
  }
}

/**
 * @param {string} name
 * @param {number} depth
 * @returns {TopicNode}
 */
function createNode(name, depth) {
  return { name, depth, state: "waiting", children: new Map(), samples: 0, failures: 0 };
}

/** @param {Forecast} forecast */
const expected = ({ cost, remainingMs }) => ({ cost, end: performance.now() + remainingMs });

/** @param {unknown} text */
function sentence(text) {
  if (typeof text !== "string" || text === "") return "A request failed.";
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}
