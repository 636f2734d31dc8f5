/** The promises of uploads in workerd. */
import { checkHubScenarios } from "../support/hub/check-scenarios.mjs";
import { startWorkers } from "./runtime.mjs";

checkHubScenarios("workerd", startWorkers);
