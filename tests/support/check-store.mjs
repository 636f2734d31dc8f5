/** What every store promises, whatever it keeps its entries in. Runs in each runtime, so it knows no test runner. */

/**
 * @param {() => import("dataweft").CheckpointStore} open the same place each time, empty at first
 * @returns {Promise<Record<string, unknown>>}
 */
export async function useStore(open) {
  const empty = await open().read();
  const one = open();
  await one.append(["1", '{"text":"äö\\n😀"}']);
  await one.append(["3"]);
  const again = open();
  const read = await again.read();
  await again.append(Array.from({ length: 300 }, (_, number) => `${number + 4}`));
  // Two at once are not meant to be, but must not cost what is kept.
  await one.append(["late"]);
  const many = await open().read();
  await again.clear();
  const cleared = await again.read();
  await again.append(["new"]);
  const last = await open().read();
  await open().clear();
  return {
    empty,
    read,
    many: [many.length, many.slice(0, 3), many.includes("303"), many.includes("late")],
    cleared,
    last,
  };
}

export const EXPECTED = {
  empty: [],
  read: ["1", '{"text":"äö\\n😀"}', "3"],
  many: [304, ["1", '{"text":"äö\\n😀"}', "3"], true, true],
  cleared: [],
  last: ["new"],
};

/** A run that takes a while, for killing it on the way. @param {string} url of the model server @param {string} run */
export const longConfig = (url, run) => ({
  llm: { provider: "openai", model: "obliging", base_url: `${url}/fault/none/run-${run}` },
  topics: { prompt: "Rivers", mode: "tree", depth: 2, degree: 3 },
  generation: { system_prompt: "Write about rivers." },
  output: { num_samples: 150, batch_size: 4 },
});
