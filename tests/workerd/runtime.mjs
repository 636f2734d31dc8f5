/** workerd, the runtime of Cloudflare Workers, as a place for scenarios. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";
import { packageModules } from "./package-modules.mjs";

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

/** @returns {Promise<import("../support/check-scenarios.mjs").Runtime>} */
export async function startWorkers() {
  /** @type {Record<string, Miniflare>} */
  const workers = {};
  const support = [
    ...["scenarios", "record", "obliging-model", "chance", "agents/model", "agents/scenarios"],
    ...["hub/scenarios", "hub/rows", "hub/tokens"],
  ].map((name) => `support/${name}.mjs`);
  const open = (/** @type {string} */ folder) =>
    new Miniflare({
      compatibilityDate: "2026-04-01",
      modules: /** @type {any} */ ([
        { type: "ESModule", path: "worker.mjs", contents: readFileSync(here("worker.mjs"), "utf8") },
        ...support.map((path) => ({ type: "ESModule", path, contents: readFileSync(here(`../${path}`), "utf8") })),
        ...packageModules(folder),
      ]),
    });
  return {
    async run(scenario, setting, build) {
      const worker = (workers[build] ??= open(here(build === "pkg" ? "../../pkg" : "../../target/pkg-test")));
      const response = await worker.dispatchFetch("http://worker/", {
        method: "POST",
        body: JSON.stringify({ scenario, setting }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(text);
      return JSON.parse(text);
    },
    async close() {
      await Promise.all(Object.values(workers).map((worker) => worker.dispose()));
    },
  };
}
