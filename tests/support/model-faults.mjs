/** What can go wrong with a provider, by the name that the path of a base URL gives it. */

import { obligingReply } from "./obliging-model.mjs";

/**
 * @typedef {object} Asking
 * @property {string} name of the protocol
 * @property {boolean} streams
 * @property {import("./protocols.mjs").Asked} asked
 * @property {number} number of the request within its run
 * @property {import("node:http").IncomingHttpHeaders} headers
 */

/**
 * Nothing means the obliging model's reply.
 * @typedef {object} Answer
 * @property {string} [body] of an answer that is no reply
 * @property {number} [status]
 * @property {Record<string, string>} [headers]
 * @property {boolean} [hang] nothing, until the client goes away
 * @property {boolean} [reset] the connection breaks
 * @property {number} [wait] in milliseconds
 * @property {string} [text] of the reply
 * @property {boolean} [bare] text also where a tool call is asked for
 * @property {"early" | "silently" | "never"} [ends] a stream without its end: over before it, open without a word, or
 *   going on and on
 * @property {string} [failure] told at the end of a stream that ends early
 */

/** @param {number} status @param {object} error @param {Record<string, string>} [headers] @returns {Answer} */
const refusal = (status, error, headers) => ({ status, headers, body: JSON.stringify({ error }) });

/** @param {import("node:http").IncomingHttpHeaders} headers */
const keyIn = (headers) => String(headers["x-api-key"] ?? headers["x-goog-api-key"] ?? headers.authorization);

/** The first text that breaks the schema: a number where a text has to be. */
const BROKEN = '{"question": 12345, "answer": "';

/** About a thousand tokens before that. */
const BROKEN_LATE = `{"question": "${"Why is that so? ".repeat(250)}", "answer": 12345, "`;

/** Topics and the first samples are fine, then the fault comes. */
const GOOD_REQUESTS = 8;

/** @type {Record<string, (asking: Asking) => Answer | undefined>} */
export const FAULTS = {
  none: () => undefined,
  unauthorized: ({ number }) =>
    number < GOOD_REQUESTS
      ? undefined
      : refusal(401, { message: "Incorrect API key provided: sk-test-key", code: "invalid_api_key" }),
  "no-credit": () => refusal(429, { message: "pay first", code: "insufficient_quota" }),
  "not-json": ({ asked }) => (asked.purpose === "sample" ? { text: "Certainly! Here it is.", bare: true } : undefined),
  "no-answer": ({ asked }) => (asked.purpose === "sample" ? { text: '{"question":"Why?"}' } : undefined),
  html: () => ({ headers: { "content-type": "text/html" }, body: "<html>Welcome to nginx</html>" }),
  redirect: () => ({ status: 307, headers: { location: "/fault/none/chat/completions" }, body: "" }),
  hang: ({ number }) => (number < GOOD_REQUESTS ? undefined : { hang: true }),
  gone: ({ number }) => (number < GOOD_REQUESTS ? undefined : { reset: true }),

  // Passing troubles, each at some requests of a run.
  throttled: ({ number }) =>
    number === 6 ? refusal(429, { message: "slow down" }, { "retry-after": "1" }) : undefined,
  bursts: ({ number }) => (number >= 5 && number < 8 ? refusal(503, { message: "overloaded" }) : undefined),
  stops: ({ number }) => (number % 4 === 2 ? { ends: "early" } : undefined),
  pauses: ({ number }) => (number % 5 === 2 ? { ends: "silently" } : undefined),
  slow: ({ number }) => (number % 5 === 2 ? { hang: true } : undefined),
  endless: ({ asked, number }) =>
    asked.purpose === "sample" && number % 4 === 1 ? { text: BROKEN, ends: "never" } : undefined,
  "endless-late": ({ asked, number }) =>
    asked.purpose === "sample" && number % 4 === 1 ? { text: BROKEN_LATE, ends: "never" } : undefined,
  // More than was asked for, and all of that.
  adds: ({ asked }) =>
    asked.purpose === "sample"
      ? { text: JSON.stringify({ note: "Gladly!", ...JSON.parse(obligingReply(asked)) }) }
      : undefined,
  // A model of agents that errs in every fifth reply, and that nothing holds to a schema.
  errs: ({ asked }) =>
    asked.mode === "text"
      ? { text: obligingReply(asked, { errors: 0.2 }) }
      : refusal(400, { message: "unknown field" }),
  "half-way": ({ number }) => (number < GOOD_REQUESTS ? undefined : { ends: "silently" }),
  crowd: () => ({ wait: 30 }),

  // Servers that take less than they are asked.
  "refuses-schema": ({ asked }) => (asked.mode === "schema" ? refusal(400, { message: "unknown field" }) : undefined),
  "refuses-all": ({ asked }) => (asked.mode === "text" ? undefined : refusal(400, { message: "unknown field" })),
  "ignores-schema": ({ asked }) =>
    asked.mode === "schema" ? { text: "Certainly! What would you like to know?" } : undefined,
  "ignores-all": ({ asked }) =>
    asked.mode === "text" ? undefined : { text: "Certainly! What would you like to know?", bare: true },

  // Servers that repeat the key.
  "quotes-key": ({ asked, headers }) =>
    asked.purpose === "sample" ? refusal(400, { message: `the key ${keyIn(headers)} may not do this` }) : undefined,
  "quotes-key-inside": ({ asked, headers }) =>
    asked.purpose === "sample" ? { ends: "early", failure: `${keyIn(headers)} has met a fault` } : undefined,
};
