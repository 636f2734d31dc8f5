// "Where the model runs": the four ways, and what the chosen one needs before a run can begin.

import { byId } from "../dom.js";
import { createPageModelForm } from "./page-model-form.js";
import { LOCAL_PROGRAMS, PROVIDERS } from "./providers.js";
import { createServerForm } from "./server-form.js";
import { createStandIn, STAND_IN_NAME } from "./stand-in.js";

/** @import { ModelForm } from "./form.js" */

/**
 * @typedef {"stand-in" | "page" | "local" | "provider"} Where
 */

export function createModelChoice() {
  /** @type {Record<Where, ModelForm>} */
  const forms = {
    "stand-in": {
      choose: async () => ({ kind: "callback", model: STAND_IN_NAME, answer: createStandIn(), oneAtATime: false }),
    },
    page: createPageModelForm(),
    local: createServerForm({ prefix: "local", presets: LOCAL_PROGRAMS, presetField: "local-program" }),
    provider: createServerForm({ prefix: "provider", presets: PROVIDERS, presetField: "provider-name" }),
  };
  const radios = [...document.querySelectorAll("input[name=where]")].map(
    (radio) => /** @type {HTMLInputElement} */ (radio),
  );

  const show = () => {
    for (const radio of radios) {
      byId(`${radio.value}-settings`).hidden = !radio.checked;
      radio.closest(".choice")?.classList.toggle("chosen", radio.checked);
    }
  };
  for (const radio of radios) radio.addEventListener("change", show);
  show();

  const where = () => /** @type {Where} */ (radios.find((radio) => radio.checked)?.value ?? "stand-in");
  return {
    where,
    /**
     * Gets the chosen model ready, which may mean loading it.
     *
     * @param {AbortSignal} signal
     */
    choose: (signal) => forms[where()].choose(signal),
  };
}
