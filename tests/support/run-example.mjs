/** Examples of the documentation as readers use them: pasted into a new file, in a project that has the package. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Runs the first example below a heading, as it stands. Gives what it prints, and what it leaves in the file `leaves`.
 * @param {string} document such as "README.md"
 * @param {string} heading
 * @param {object} world
 * @param {Record<string, string>} world.servers addresses that the example asks, with those that are asked instead
 * @param {Record<string, unknown>} [world.values] what the example takes from its surroundings
 * @param {string} [world.leaves]
 */
export async function runExample(document, heading, { servers, values = {}, leaves }) {
  const [, below = ""] = readFileSync(`${root}${document}`, "utf8").split(`\n${heading}\n`);
  const example = /```js\n([^]*?)```/.exec(below)?.[1];
  assert.ok(example, `there is an example below ${heading}`);
  const project = mkdtempSync(`${root}target/example-`);
  try {
    mkdirSync(`${project}/node_modules`);
    symlinkSync(`${root}pkg`, `${project}/node_modules/dataweft`);
    writeFileSync(`${project}/example.mjs`, example);
    writeFileSync(
      `${project}/surroundings.mjs`,
      `Object.assign(globalThis, ${JSON.stringify(values)});
const real = fetch;
globalThis.fetch = (url, init) => {
  const [from, to] = Object.entries(${JSON.stringify(servers)}).find(([from]) => String(url).startsWith(from)) ?? ["", ""];
  return real(to + String(url).slice(from.length), init);
};`,
    );
    const run = promisify(execFile)(process.execPath, ["--import", "./surroundings.mjs", "example.mjs"], {
      cwd: project,
    });
    const { stdout } = await run;
    return { stdout, left: leaves ? readFileSync(`${project}/${leaves}`, "utf8") : "" };
  } finally {
    rmSync(project, { recursive: true });
  }
}
