/**
 * A long run without any waiting, read from the stream as it comes, in a process of its own: what memory and time per
 * sample do as it goes on. Arguments: the number of samples, and `plain` for a loop without this package, which keeps
 * nothing and shows what the process takes by itself: V8 widens the space for young objects as long as some survive in
 * it. The model answers within the process.
 */
/** @type {WebAssembly.Memory | undefined} */
let memory;
/** Node has a wasm of its own for HTTP. @param {any} exports */
function look(exports) {
  if (exports.generateSample) memory = exports.memory;
}
// The package does not show its memory to anyone, so it is caught on its way.
const { instantiate } = WebAssembly;
WebAssembly.instantiate = /** @type {typeof instantiate} */ (
  async (/** @type {any} */ source, /** @type {any} */ imports) => {
    const made = /** @type {any} */ (await instantiate(source, imports));
    look((made.instance ?? made).exports);
    return made;
  }
);
const { Instance } = WebAssembly;
WebAssembly.Instance = /** @type {any} */ (
  new Proxy(Instance, {
    construct(target, args) {
      const made = Reflect.construct(target, args);
      look(made.exports);
      return made;
    },
  })
);
const { dataweft } = await import("../../support/package.mjs");

const [, , size, contender] = process.argv;
const count = Number(size);
const part = Math.min(10_000, Math.floor(count / 4));
const TOPICS = 1000;
const SLOTS = 32;
let asked = 0;

/** Words that look like chance and never make the same question twice. */
function words() {
  let state = ++asked;
  return Array.from({ length: 25 }, () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    return `word${(state >>> 8) % 5000}`;
  }).join(" ");
}

/** @param {unknown} _request @param {{ signal: AbortSignal }} _context */
const model = async (_request, _context) => ({
  text: JSON.stringify({ question: `What about ${words()}?`, answer: `This is about ${words()}.` }),
  usage: { inputTokens: 100, outputTokens: 20 },
});

/** @returns {AsyncIterable<{ messages: object[] }>} */
const withDataweft = () =>
  dataweft.generateSamples(
    {
      topics: { prompt: "Rivers", mode: "tree" },
      generation: { system_prompt: "Write about rivers." },
      output: { num_samples: count, batch_size: SLOTS },
    },
    {
      mode: "tree",
      topics: Array.from({ length: TOPICS }, (_, index) => ({
        id: "",
        path: ["Rivers", `Branch ${index % 50}`, `Topic ${index}`],
      })),
    },
    { model },
  );

/** The least that can be done with as many questions at once, each of which can be given up. */
async function* plain() {
  const ask = async () => {
    const { signal } = new AbortController();
    const { question, answer } = JSON.parse((await model({}, { signal })).text);
    const user = { role: "user", content: question };
    return { messages: [user, { role: "assistant", content: answer }], question, final_answer: answer };
  };
  const underWay = Array.from({ length: SLOTS }, ask);
  for (let next = 0; next < count; next++) {
    yield await underWay[next % SLOTS];
    underWay[next % SLOTS] = ask();
  }
}

/** In bytes, after everything is thrown away that can be. */
function used() {
  for (let round = 0; round < 3; round++) global.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heap: heapUsed, wasm: memory?.buffer.byteLength ?? 0 };
}

let read = 0;
let after1000;
let mark = performance.now();
let first = 0;
let last = 0;
for await (const sample of contender === "plain" ? plain() : withDataweft()) {
  if (!sample.messages.length) throw new Error("a sample without messages");
  read++;
  if (read === part) first = performance.now() - mark;
  if (read === count - part) mark = performance.now();
  if (read === 1000) {
    // The time that this takes does not count.
    const begin = performance.now();
    after1000 = used();
    mark += performance.now() - begin;
  }
}
last = performance.now() - mark;
process.send?.({ read, part, first: first / part, last: last / part, after1000, end: used() });
