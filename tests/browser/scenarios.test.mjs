/** The package's promises in a real browser, loaded from a plain web server without a bundler. */
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import sirv from "sirv";
import { launchBrowser } from "../support/browser.mjs";
import { checkScenarios } from "../support/check-scenarios.mjs";

checkScenarios("Chromium", async () => {
  const files = sirv(fileURLToPath(new URL("../..", import.meta.url)), { dev: true });
  const server = createServer((request, response) => {
    if (request.url === "/") response.setHeader("content-type", "text/html").end("<!doctype html><title>tests</title>");
    else files(request, response, () => void response.writeHead(404).end());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const browser = await launchBrowser();
  return {
    async run(scenario, setting, build) {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${port}/`);
      const folder = build === "pkg" ? "/pkg" : "/target/pkg-test";
      const result = await page.evaluate(async ([folder, scenario, setting]) => {
        const [dataweft, glue, { scenarios }] = await Promise.all([
          import(`${folder}/entry-web.js`),
          import(`${folder}/dataweft_bg.js`),
          import(String("/tests/support/scenarios.mjs")),
        ]);
        return scenarios[scenario]({ ...dataweft, panicForTest: glue.panicForTest }, setting);
      }, /** @type {const} */ ([folder, scenario, setting]));
      await page.close();
      return result;
    },
    async close() {
      await browser.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
});
