/** The promises of uploads in Node. */
import { checkHubScenarios } from "../support/hub/check-scenarios.mjs";
import { hubScenarios } from "../support/hub/scenarios.mjs";
import { dataweft } from "../support/package.mjs";

checkHubScenarios("Node", async () => ({
  run: (scenario, setting) => hubScenarios[scenario](dataweft, /** @type {any} */ (setting)),
  async close() {},
}));
