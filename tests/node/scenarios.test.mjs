/** The package's promises in Node. */
import { checkScenarios } from "../support/check-scenarios.mjs";
import { scenarios } from "../support/scenarios.mjs";

checkScenarios("Node", async () => ({
  async run(scenario, setting, build) {
    const folder = build === "pkg" ? "../../pkg" : "../../target/pkg-test";
    const dataweft = await import(`${folder}/entry-node.js`);
    const glue = build === "pkg" ? {} : await import(`${folder}/dataweft_bg.js`);
    return scenarios[scenario]({ ...dataweft, panicForTest: glue.panicForTest }, setting);
  },
  async close() {},
}));
