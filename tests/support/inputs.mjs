/** Published configurations of DeepFabric, where they lie beside the project. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../../shared/inputs/configs/", import.meta.url));

/** Why tests that need them are skipped, or false. */
export const inputsMissing = existsSync(folder)
  ? false
  : "the published configurations (../shared/inputs) are not here";

/** @returns {Record<string, string>} texts by name, such as "basic-openai" */
export function publishedConfigs() {
  if (inputsMissing) return {};
  const names = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  return Object.fromEntries(names.map((name) => [name.replace(/\.yaml$/, ""), readFileSync(folder + name, "utf8")]));
}
