/** The package's files as modules beside a worker, the way a bundler for Workers lays them out. */
import { readFileSync, readdirSync } from "node:fs";

/** @param {string} folder of the package */
export function packageModules(folder) {
  const shared = readdirSync(folder).filter((name) => /^(shared-|dataweft_bg).*\.js$/.test(name));
  const parts = ["adapters", "stores"].flatMap((part) =>
    readdirSync(`${folder}/${part}`)
      // Workers have no files.
      .filter((name) => name.endsWith(".js") && name !== "file.js")
      .map((name) => `${part}/${name}`),
  );
  const scripts = [...shared, "entry-workerd.js", ...parts];
  return [
    ...scripts.map((name) => ({
      type: "ESModule",
      path: `package/${name}`,
      contents: readFileSync(`${folder}/${name}`, "utf8"),
    })),
    {
      type: "CompiledWasm",
      path: "package/dataweft_bg.wasm",
      contents: readFileSync(`${folder}/dataweft_bg.wasm`),
    },
  ];
}
