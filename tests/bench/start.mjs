/** How long from the beginning of the import until the module is ready, and until a first answer, in this fresh process. */
const entry = new URL("../../pkg/entry-node.js", import.meta.url).href;
const begin = performance.now();
const { default: init, parseConfig } = await import(entry);
await init();
const ready = performance.now();
await parseConfig({ topics: { prompt: "x" }, generation: { system_prompt: "x" }, output: { num_samples: 1 } });
const answered = performance.now();
console.log(JSON.stringify({ ready: ready - begin, answered: answered - begin }));
