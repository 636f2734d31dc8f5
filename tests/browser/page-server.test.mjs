// The server of the demo page: what it sends, and what it says when it cannot start.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { CONTENT_SECURITY_POLICY, serve } from "../../www/serve.mjs";

/** @type {string} */
let root;
/** @type {Awaited<ReturnType<typeof serve>>} */
let server;
before(async () => {
  root = await mkdtemp(path.join(tmpdir(), "dataweft-serve-"));
  await writeFile(path.join(root, "index.html"), "<title>x</title>");
  await writeFile(path.join(root, "x.wasm"), new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  await writeFile(path.join(root, "x.js"), "export {};");
  server = await serve({ root });
});
after(async () => {
  await server?.close();
  await rm(root, { recursive: true, force: true });
});

for (const [file, status] of [
  ["", 200],
  ["x.js", 200],
  ["missing.html", 404],
]) {
  test(`sends the strict headers with ${file || "the page"}`, async () => {
    const response = await fetch(`${server.url}${file}`);
    assert.equal(response.status, status);
    const headers = Object.fromEntries(response.headers);
    assert.equal(headers["content-security-policy"], CONTENT_SECURITY_POLICY);
    assert.equal(headers["cross-origin-opener-policy"], "same-origin");
    assert.equal(headers["cross-origin-embedder-policy"], "credentialless");
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["referrer-policy"], "no-referrer");
  });
}

test("sends wasm as wasm, so that it compiles while it loads", async () => {
  assert.equal((await fetch(`${server.url}x.wasm`)).headers.get("content-type"), "application/wasm");
});

test("serves nothing from outside its folder", async () => {
  for (const outside of ["../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "..%2f..%2fetc%2fpasswd"]) {
    assert.equal((await fetch(`${server.url}${outside}`)).status, 404, outside);
  }
});

test("only gives, never takes", async () => {
  const response = await fetch(server.url, { method: "POST", body: "x" });
  assert.equal(response.status, 405);
  assert.equal(response.headers.get("allow"), "GET, HEAD");
});

test("the page keeps the same policy on hosts that send no headers", async () => {
  const html = await readFile(new URL("../../www/index.html", import.meta.url), "utf8");
  const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(html)?.[1];
  // A meta element cannot say who may frame the page.
  assert.equal(`${policy}; frame-ancestors 'none'`, CONTENT_SECURITY_POLICY);
});

test("a taken port is called that, with what to do", async () => {
  const port = Number(new URL(server.url).port);
  await assert.rejects(serve({ root, port }), { message: new RegExp(`^port ${port} is taken: .*--port ${port + 1}$`) });
});

test("serves this computer only", async () => {
  await assert.rejects(serve({ root, host: "0.0.0.0" }), /this computer only/);
});

test("a missing folder is called that, with the command that builds it", async () => {
  await assert.rejects(serve({ root: path.join(root, "nothing") }), /cargo xtask demo/);
});
