/** The promises of agents with tools in a real browser. */
import { checkAgentScenarios } from "../support/agents/check-scenarios.mjs";
import { startPackagePage } from "./package-page.mjs";

checkAgentScenarios("Chromium", async () => {
  const { open, close } = await startPackagePage();
  return {
    async run(scenario, setting) {
      const page = await open();
      const result = await page.evaluate(async ([scenario, setting]) => {
        const [dataweft, { agentScenarios }] = await Promise.all([
          import(String("/pkg/entry-web.js")),
          import(String("/tests/support/agents/scenarios.mjs")),
        ]);
        return agentScenarios[scenario](dataweft, setting);
      }, /** @type {const} */ ([scenario, setting]));
      await page.close();
      return result;
    },
    close,
  };
});
