// The package as its users get it: packed into a tarball, and installed from it into projects of their own.
import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);
const repository = path.resolve(import.meta.dirname, "../..");
const workshop = path.join(repository, "target/packaging");
const npmQuiet = ["--offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];

/** @typedef {{ folder: string, package: string, files: string[] }} Project */

/**
 * A fresh project with the tarball installed. Nothing is downloaded: the package has no dependencies.
 * @param {string} name
 * @returns {Promise<Project>}
 */
export async function install(name) {
  const folder = path.join(workshop, name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { stdout } = await execute("npm", ["pack", "--json", "--pack-destination", folder, ...npmQuiet], {
    cwd: path.join(repository, "pkg"),
  });
  const [{ filename, files }] = JSON.parse(stdout);
  await writeFile(path.join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await execute("npm", ["install", ...npmQuiet, `file:${filename}`], { cwd: folder });
  return {
    folder,
    package: path.join(folder, "node_modules/dataweft"),
    files: files.map((/** @type {{ path: string }} */ file) => file.path).sort(),
  };
}

/**
 * Writes a program into the project, runs it in a process of its own and returns what it sent to `report`.
 * @param {Project} project
 * @param {string} fileName
 * @param {string} code
 * @param {{ command?: string, flags?: string[] }} [runtime]
 */
export async function run(project, fileName, code, { command = process.execPath, flags = [] } = {}) {
  const file = path.join(project.folder, fileName);
  await writeFile(file, `const report = (value) => console.log(JSON.stringify(value));\n${code}`);
  const { stdout } = await execute(command, [...flags, file], { cwd: project.folder });
  return JSON.parse(stdout);
}

/** Code for a program: `instances` lists how this package's wasm was instantiated. (Node's own fetch has some as well.) */
export const countInstances = `const instances = [];
  for (const way of ["instantiate", "instantiateStreaming"]) {
    const original = WebAssembly[way];
    WebAssembly[way] = (source, imports) => {
      if ("./dataweft_bg.js" in (imports ?? {})) instances.push(way);
      return original(source, imports);
    };
  }`;
