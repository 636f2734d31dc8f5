/** Progress that survives in Cloudflare's storage. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";
import { EXPECTED } from "../support/check-store.mjs";
import { packageModules } from "./package-modules.mjs";

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

/** @type {Miniflare} */
let miniflare;
before(() => {
  const modules = ["store-worker.mjs", "support/check-store.mjs"].map((path) => ({
    type: "ESModule",
    path,
    contents: readFileSync(here(path.startsWith("support/") ? `../${path}` : path), "utf8"),
  }));
  miniflare = new Miniflare({
    compatibilityDate: "2026-04-01",
    modules: /** @type {any} */ ([...modules, ...packageModules(here("../../pkg"))]),
    r2Buckets: ["BUCKET"],
    durableObjects: { KEEPER: "Keeper" },
  });
});
after(() => miniflare?.dispose());

for (const [path, name] of [
  ["r2", "a bucket of R2"],
  ["object", "the storage of a Durable Object"],
]) {
  test(`${name} keeps what is added to it, in order, and a run goes on from it`, async () => {
    const response = await miniflare.dispatchFetch(`http://worker/${path}`);
    assert.equal(response.status, 200, response.ok ? "" : await response.text());
    const { kept, run } = /** @type {any} */ (await response.json());
    assert.deepEqual(kept, EXPECTED);
    const { ended, before, samples, asked, same } = run;
    assert.deepEqual({ ended, samples, same }, { ended: "aborted", samples: 20, same: true });
    assert.ok(before < 24 && asked <= 24 + 3, `${before} of ${asked} requests before the stop`);
  });
}
