/** How long from the beginning of the import until the first call has its answer, in this fresh process. */
const begin = performance.now();
const entry = new URL("../../pkg/entry-node.js", import.meta.url).href;
const { parseConfig } = await import(entry);
const imported = performance.now();
await parseConfig({ topics: { prompt: "x" }, generation: { system_prompt: "x" }, output: { num_samples: 1 } });
const ready = performance.now();
console.log(JSON.stringify({ imported: imported - begin, ready: ready - begin }));
