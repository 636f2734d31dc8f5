/** The package's promises in workerd, the runtime of Cloudflare Workers. */
import { checkScenarios } from "../support/check-scenarios.mjs";
import { startWorkers } from "./runtime.mjs";

checkScenarios("workerd", startWorkers);
