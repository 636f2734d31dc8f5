/** The promises of agents with tools in Node. */
import { checkAgentScenarios } from "../support/agents/check-scenarios.mjs";
import { agentScenarios } from "../support/agents/scenarios.mjs";
import { dataweft } from "../support/package.mjs";

checkAgentScenarios("Node", async () => ({
  run: (scenario, setting) => agentScenarios[scenario](dataweft, /** @type {any} */ (setting)),
  async close() {},
}));
