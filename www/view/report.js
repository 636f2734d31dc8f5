// What a run came to: figures with what they mean, and how the branches were served. Names in it are a model's text.

import { byId, element } from "../dom.js";
import { count, counted, dollars, roughly } from "../format.js";

/** @import { Report } from "../package.js" */

/** @type {Record<string, string>} Why replies were not accepted. */
const CAUSES = {
  not_json: "no JSON",
  schema: "not in the form asked for",
  truncated: "cut off",
  refusal: "refused",
  empty: "empty",
  placeholder: "a placeholder",
  echo: "repeats the question",
  language: "in another language",
  too_short: "too short",
  too_long: "too long",
  leaked_prompt: "repeats the prompt",
  duplicate: "said before",
  near_duplicate: "nearly said before",
};

export function createReportView() {
  const box = byId("report", HTMLDetailsElement);
  const body = byId("report-body");

  return {
    /** @param {Report | undefined} report */
    show(report) {
      box.hidden = report === undefined;
      if (!report) return body.replaceChildren();
      const list = element("dl", "");
      for (const [name, value] of figures(report)) list.append(element("dt", "", name), element("dd", "", value));
      body.replaceChildren(list, ...branches(report));
    },
  };
}

/**
 * @param {Report} report
 * @returns {[name: string, value: string][]}
 */
export function figures(report) {
  const { asked, delivered, acceptanceRate, rejections, failures, duplicateShare, latency, slotUtilization } = report;
  return [
    ["Samples", `${count(delivered)} of ${count(asked)}`],
    ...given("Replies accepted", acceptanceRate, percent),
    ...given("Not accepted", rejections, (counts) => listed(counts, CAUSES)),
    ...given("Given up", failures, (counts) => listed(counts)),
    ...given("Questions written anew", duplicateShare || undefined, (share) => `${percent(share)}, asked before`),
    ...texts(report.texts),
    ...given("Tool calls", report.tools, ({ callsPerSample, calls }) =>
      callsPerSample > 0 ? `${callsPerSample.toFixed(1)} per sample: ${listed(calls)}` : "",
    ),
    ...given("Each sample took", report.perSample, effort),
    ...given("Answers took", latency, ({ p50, p90 }) => `half up to ${time(p50)}, nine in ten up to ${time(p90)}`),
    ...given("Slots in use", slotUtilization, (share) => `${Math.round(share * 100)}% of the time`),
  ];
}

/**
 * A figure, if there is one and it says something.
 *
 * @template Value
 * @param {string} name
 * @param {Value | undefined} value
 * @param {(value: Value) => string} describe
 * @returns {[name: string, value: string][]}
 */
function given(name, value, describe) {
  const text = value === undefined ? "" : describe(value);
  return text ? [[name, text]] : [];
}

/**
 * @param {Report["texts"]} about
 * @returns {[name: string, value: string][]}
 */
function texts(about) {
  if (!about) return [];
  const { question, answer, distinct, compressionRatio } = about;
  const [words, pairs, triples] = distinct.map(percent);
  return [
    ["Questions", lengths(question)],
    ["Answers", lengths(answer)],
    ["Different words", `${words} of all, ${pairs} of pairs in a row, ${triples} of three in a row`],
    ...given("Compressed together", compressionRatio, (ratio) => `${ratio.toFixed(1)} times smaller`),
  ];
}

/** @param {NonNullable<Report["texts"]>["question"]} lengths */
function lengths({ words: { min, p50, max } }) {
  return min === max ? counted(min, "word") : `${count(min)} to ${count(max)} words, half up to ${count(p50)}`;
}

/** @param {NonNullable<Report["perSample"]>} used */
function effort({ requests, inputTokens, outputTokens, cost }) {
  const tokens = inputTokens + outputTokens;
  return [
    `${requests.toFixed(1)} requests`,
    ...(tokens > 0 ? [`${rounded(inputTokens)} tokens in, ${rounded(outputTokens)} out`] : []),
    ...(cost === undefined ? [] : [dollars(cost)]),
  ].join(" · ");
}

/** @param {Report} report */
function branches({ coverage }) {
  if (coverage.length === 0) return [];
  const rows = coverage.map(({ topic, asked, delivered }) => {
    const bar = element("progress", "");
    bar.max = Math.max(1, asked);
    bar.value = delivered;
    bar.setAttribute("aria-hidden", "true");
    const numbers = element("span", "numbers", `${count(delivered)} of ${count(asked)}`);
    return element("li", "", element("span", "branch-name", topic), bar, numbers);
  });
  return [element("h3", "", "Samples of each branch"), element("ul", "branches", ...rows)];
}

/**
 * @param {Record<string, number>} counts
 * @param {Record<string, string>} [names]
 */
function listed(counts, names = {}) {
  const entries = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return entries.map(([name, number]) => `${names[name] ?? name} ${count(number)}`).join(", ");
}

/** @param {number} share */
const percent = (share) => `${Math.round(share * 1000) / 10}%`;

/** @param {number} value */
const rounded = (value) => roughly(Math.round(value));

/** @param {number} milliseconds */
const time = (milliseconds) =>
  milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
