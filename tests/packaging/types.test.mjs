// The types against what is there at run time, and against a program that uses everything.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { before, test } from "node:test";
import ts from "typescript";
import { install, run } from "./project.mjs";

/** @type {import("./project.mjs").Project} */
let project;
before(async () => {
  project = await install("types");
  await copyFile(path.join(import.meta.dirname, "consumer.ts"), path.join(project.folder, "consumer.ts"));
  const types = path.join(import.meta.dirname, "../node_modules/@types");
  await symlink(types, path.join(project.folder, "node_modules/@types"));
});

/**
 * The names that a declaration file promises at run time: all but its types.
 * @param {string} file
 */
function declaredNames(file) {
  const program = ts.createProgram([file], { module: ts.ModuleKind.NodeNext, noLib: true, types: [] });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  assert.ok(module, `${file} is a module`);
  return checker
    .getExportsOfModule(module)
    .filter((symbol) => symbol.flags & ts.SymbolFlags.Value)
    .map((symbol) => symbol.name)
    .sort();
}

test("every entry exports exactly what its types declare", async () => {
  const { exports } = JSON.parse(await readFile(path.join(project.package, "package.json"), "utf8"));
  const entries = Object.keys(exports).filter((entry) => exports[entry].types);
  assert.deepEqual(entries, [
    ".",
    "./inline",
    "./slim",
    "./language-model",
    "./wllama",
    "./workers-ai",
    ...["memory", "file", "indexeddb", "opfs", "durable-object", "r2"].map((name) => `./stores/${name}`),
  ]);
  for (const entry of entries) {
    const specifier = path.posix.join("dataweft", entry);
    const names = await run(
      project,
      `names-${entries.indexOf(entry)}.mjs`,
      `report(Object.keys(await import("${specifier}")).sort());`,
    );
    assert.deepEqual(names, declaredNames(path.join(project.package, exports[entry].types)), specifier);
  }
});

test("the program below uses everything that the package exports", async () => {
  const consumer = await readFile(path.join(import.meta.dirname, "consumer.ts"), "utf8");
  for (const name of declaredNames(path.join(project.package, "index.d.ts"))) {
    const used = name === "default" ? /import init, / : new RegExp(`\\b${name}\\b[\\s\\S]*\\b${name}\\b`);
    assert.match(consumer, used, name);
  }
});

const common = { strict: true, noEmit: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
const ways = {
  "a page, with a bundler": {
    ...{ module: "esnext", moduleResolution: "bundler", target: "es2022", types: [] },
    ...{ lib: ["es2022", "dom", "dom.iterable"], skipLibCheck: false },
  },
  "a Node program": { module: "nodenext", target: "es2022", lib: ["es2023"], types: ["node"], skipLibCheck: true },
};
for (const [index, [way, options]] of Object.entries(ways).entries()) {
  test(`a strict program compiles against the types: ${way}`, async () => {
    const config = path.join(project.folder, `tsconfig.${index}.json`);
    await writeFile(config, JSON.stringify({ compilerOptions: { ...common, ...options }, files: ["consumer.ts"] }));
    assert.equal(await compile(config), "");
  });
}

/** @param {string} config @returns {Promise<string>} what the compiler complains about */
function compile(config) {
  const tsc = path.join(import.meta.dirname, "../node_modules/typescript/bin/tsc");
  return new Promise((resolve) => {
    execFile(process.execPath, [tsc, "--project", config], (_error, stdout) => resolve(stdout));
  });
}
