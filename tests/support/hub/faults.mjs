/**
 * What can go wrong: `step.kind.times`, several joined by commas. The first `times` requests of the step go wrong; with
 * `times` such as `2-3` those from the second to the third.
 *
 * Kinds: a status, with or without what the Hub says beside it; `drop` before anything happens and `lose` after it did;
 * `after500`; `expired`; `limited`, a 429 that says to come back in a second; `hang`, no answer at all.
 */

/** @typedef {{ status: number, body?: unknown, headers?: Record<string, string> }} Answer */

/** @type {Record<string, Answer>} */
const REFUSALS = {
  409: { status: 409, body: { error: "Another commit operation is in progress for this repository" } },
  412: { status: 412, body: { error: "A commit has happened since. Please refresh and try again." } },
  expired: { status: 403, body: "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>" },
  limited: { status: 429, body: { error: "Too many requests" }, headers: { ratelimit: '"api";r=0;t=1' } },
};

/** @param {string} faults @param {string} step @param {number} number */
export function faultFor(faults, step, number) {
  for (const fault of faults.split(",")) {
    const [at, kind, times] = fault.split(".");
    if (at !== step) continue;
    const [from, to] = times.includes("-") ? times.split("-").map(Number) : [1, Number(times)];
    if (number + 1 >= from && number + 1 <= to) return kind;
  }
  return undefined;
}

/**
 * @param {string | undefined} fault
 * @param {() => Promise<Answer | undefined>} answer
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 * @param {Record<string, string>} cors
 */
export async function carryOut(fault, answer, request, response, cors) {
  // A connection that is not read from is not seen to end.
  if (fault === "hang") return void request.resume();
  if (fault === "drop") return void request.socket.destroy();
  /** @type {Answer | undefined} */
  let given;
  if (fault && !["lose", "after500"].includes(fault)) {
    request.resume();
    given = REFUSALS[fault] ?? { status: Number(fault), body: { error: `status ${fault}` } };
  } else {
    given = (await answer()) ?? { status: 404, body: { error: "Repository not found" } };
  }
  if (fault === "lose") return void request.socket.destroy();
  if (fault === "after500") given = { status: 500, body: { error: "Internal Error" } };
  const { status, body, headers } = given;
  const isPlain = typeof body === "string" || Buffer.isBuffer(body);
  response.writeHead(status, {
    ...(isPlain ? {} : { "content-type": "application/json" }),
    "x-request-id": "request-1",
    ...cors,
    ...headers,
  });
  response.end(request.method === "HEAD" ? undefined : isPlain ? body : JSON.stringify(body ?? {}));
}
