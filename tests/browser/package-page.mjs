// An empty page on a plain web server that also serves the package and the tests, without a bundler.
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import sirv from "sirv";
import { launchBrowser } from "../support/browser.mjs";

export async function startPackagePage() {
  const files = sirv(fileURLToPath(new URL("../..", import.meta.url)), { dev: true });
  const server = createServer((request, response) => {
    if (request.url === "/") response.setHeader("content-type", "text/html").end("<!doctype html><title>tests</title>");
    else files(request, response, () => void response.writeHead(404).end());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const browser = await launchBrowser();
  return {
    url: `http://127.0.0.1:${port}/`,
    /** Pages that share what the browser keeps for them. */
    newContext: () => browser.newContext(),
    /** A new page, opened. */
    async open() {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${port}/`);
      return page;
    },
    async close() {
      await browser.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
