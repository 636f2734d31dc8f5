/**
 * A model server in a process of its own that takes its time: how long depends on the profile in the URL and on the
 * number of the request alone, so that whoever asks it meets the same delays. `DELETE /profile` begins to count anew and
 * tells what was counted since the last time.
 */
import { createServer } from "node:http";
import { obligingReply } from "../../support/obliging-model.mjs";

/** Numbers from 0 to 1 that look like chance and are the same every time. @param {number} number */
function chance(number) {
  let bits = Math.imul(number + 0x9e3779b9, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}

/** Milliseconds until request `number` is answered. @type {Record<string, (number: number) => number>} */
const profiles = {
  none: () => 0,
  fixed: () => 200,
  uniform: (number) => 200 + 800 * chance(number),
  // Most answers take a fifth of a second, one in ten a whole one, one in fifty three.
  "long-tailed": (number) => {
    const kind = chance(number);
    const scale = kind < 0.02 ? 3000 : kind < 0.12 ? 1000 : 200;
    return scale * (0.5 + chance(number + 1_000_000));
  },
};

/** Texts as different from each other as those of a good model are. @param {number} number @param {number} count */
const words = (number, count) =>
  Array.from({ length: count }, (_, place) => `word${Math.floor(chance(number * 1000 + place) * 5000)}`).join(" ");

/** @typedef {{ requests: number, total: number }} Counted the milliseconds of all answers together */
/** @type {Record<string, Counted>} */
const counted = {};

const server = createServer(async (request, response) => {
  const begin = performance.now();
  const profile = String(request.url).split("/")[1];
  if (request.method === "DELETE") {
    response.end(JSON.stringify(counted[profile] ?? { requests: 0, total: 0 }));
    counted[profile] = { requests: 0, total: 0 };
    return;
  }
  const count = (counted[profile] ??= { requests: 0, total: 0 });
  const number = count.requests++;
  const delay = profiles[profile](number);
  let text = "";
  for await (const chunk of request) text += chunk;
  const { messages, response_format } = JSON.parse(text);
  const { name: purpose, schema } = response_format.json_schema;
  const content =
    purpose === "topics"
      ? obligingReply({ messages, schema, purpose })
      : JSON.stringify({ question: `What about ${words(number, 20)}?`, answer: `It is about ${words(number, 80)}.` });
  const message = { role: "assistant", content };
  const answer = () => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(
      JSON.stringify({
        choices: [{ index: 0, message, finish_reason: "stop" }],
        usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
      }),
    );
    count.total += performance.now() - begin;
  };
  if (delay > 0) setTimeout(answer, delay);
  else answer();
});
// More connections than anyone opens may wait, and none is closed between two requests.
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  process.send?.(`http://127.0.0.1:${port}`);
});
