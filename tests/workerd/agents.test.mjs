/** The promises of agents with tools in workerd. */
import { checkAgentScenarios } from "../support/agents/check-scenarios.mjs";
import { startWorkers } from "./runtime.mjs";

checkAgentScenarios("workerd", startWorkers);
