/** The package's promises in a real browser, loaded from a plain web server without a bundler. */
import { checkScenarios } from "../support/check-scenarios.mjs";
import { startPackagePage } from "./package-page.mjs";

checkScenarios("Chromium", async () => {
  const { open, close } = await startPackagePage();
  return {
    async run(scenario, setting, build) {
      const page = await open();
      const folder = build === "pkg" ? "/pkg" : "/target/pkg-test";
      const result = await page.evaluate(async ([folder, scenario, setting]) => {
        const [dataweft, glue, { scenarios }] = await Promise.all([
          import(`${folder}/entry-web.js`),
          folder === "/pkg" ? /** @type {any} */ ({}) : import(`${folder}/dataweft_bg.js`),
          import(String("/tests/support/scenarios.mjs")),
        ]);
        return scenarios[scenario]({ ...dataweft, panicForTest: glue.panicForTest }, setting);
      }, /** @type {const} */ ([folder, scenario, setting]));
      await page.close();
      return result;
    },
    close,
  };
});
