/** The promises of uploads in a real browser, and what they take of its memory. */
import { checkHubScenarios } from "../support/hub/check-scenarios.mjs";
import { startPackagePage } from "./package-page.mjs";

checkHubScenarios("Chromium", async () => {
  const { open, close } = await startPackagePage();
  return {
    async run(scenario, setting) {
      const page = await open();
      const result = await page.evaluate(async ([scenario, setting]) => {
        const [dataweft, { hubScenarios }] = await Promise.all([
          import(String("/pkg/entry-web.js")),
          import(String("/tests/support/hub/scenarios.mjs")),
        ]);
        return hubScenarios[scenario](dataweft, setting);
      }, /** @type {const} */ ([scenario, setting]));
      await page.close();
      return result;
    },
    close,
  };
});
