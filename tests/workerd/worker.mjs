/** Runs a scenario inside a Worker: POST {scenario, setting}, get its result. */
// @ts-ignore: the test lays the package beside this file
import * as dataweft from "./package/entry-workerd.js";
// @ts-ignore: as above
import { scenarios } from "./support/scenarios.mjs";
// @ts-ignore: as above
import { agentScenarios } from "./support/agents/scenarios.mjs";
// @ts-ignore: as above
import { hubScenarios } from "./support/hub/scenarios.mjs";

export default {
  /** @param {Request} request */
  async fetch(request) {
    const { scenario, setting } = /** @type {any} */ (await request.json());
    try {
      // Only the package that the tests of panics use has it.
      const glue = scenario === "panic" ? await import(String("./package/dataweft_bg.js")) : {};
      const { panicForTest } = /** @type {any} */ (glue);
      const all = { ...scenarios, ...agentScenarios, ...hubScenarios };
      return Response.json(await all[scenario](/** @type {any} */ ({ ...dataweft, panicForTest }), setting));
    } catch (error) {
      return new Response(error instanceof Error ? error.stack : String(error), { status: 500 });
    }
  },
};
