// The settings of a model behind an address: a program on this computer, or a provider with a key.

import { byId, element, hideNote, showNote } from "../dom.js";
import { counted } from "../format.js";
import { NotReady } from "../not-ready.js";
import { checkServer, readAddress } from "./server.js";

/** @import { ModelForm } from "./form.js" */
/** @import { LocalProgram, Preset } from "./providers.js" */
/** @import { ServerCheck } from "./server.js" */

/** How long a check waits for an answer. */
const CHECK_TIMEOUT_MS = 8000;

/**
 * @param {object} form
 * @param {"local" | "provider"} form.prefix of the fields' ids
 * @param {string} form.presetField
 * @param {(Preset | LocalProgram)[]} form.presets
 * @returns {ModelForm}
 */
export function createServerForm({ prefix, presetField, presets }) {
  const preset = byId(presetField, HTMLSelectElement);
  const address = byId(`${prefix}-address`, HTMLInputElement);
  const model = byId(`${prefix}-model`, HTMLInputElement);
  const models = byId(`${prefix}-models`, HTMLDataListElement);
  const check = byId(`${prefix}-check`, HTMLButtonElement);
  const status = byId(`${prefix}-status`);
  const key = prefix === "provider" ? byId("provider-key", HTMLInputElement) : undefined;

  const chosenPreset = () => presets[preset.selectedIndex] ?? presets[0];
  const takePreset = () => {
    address.value = chosenPreset().address;
    address.placeholder = "https://";
    model.value = "";
    model.placeholder = `for example ${chosenPreset().example}`;
    // A key belongs to one provider and is not offered to the next.
    if (key) key.value = "";
    forgetCheck();
  };
  const forgetCheck = () => {
    models.replaceChildren();
    hideNote(status);
  };

  preset.append(...presets.map(({ name }) => element("option", "", name)));
  preset.addEventListener("change", takePreset);
  address.addEventListener("input", forgetCheck);
  takePreset();

  check.addEventListener("click", async () => {
    let base;
    try {
      base = readAddress(address.value);
    } catch (error) {
      return showNote(status, "bad", /** @type {Error} */ (error).message);
    }
    check.disabled = true;
    showNote(status, "", `Asking ${base} …`);
    try {
      const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
      const { provider } = chosenPreset();
      const found = await checkServer(base, { signal, provider, ...(key?.value && { key: key.value.trim() }) });
      if (found.kind === "models") offerModels(found.models);
      showNote(status, found.kind === "models" ? "good" : "bad", ...explain(found, base));
    } finally {
      check.disabled = false;
    }
  });

  /** @param {string[]} names */
  function offerModels(names) {
    models.replaceChildren(...names.map((name) => Object.assign(element("option", ""), { value: name })));
    if (!model.value && names.length === 1) model.value = names[0];
  }

  /**
   * @param {ServerCheck} found
   * @param {string} base
   * @returns {(string | Node)[]}
   */
  function explain(found, base) {
    const host = new URL(base).host;
    const program = chosenPreset();
    switch (found.kind) {
      case "models":
        return [`It answers, with ${counted(found.models.length, "model")}. Choose one in the field above.`];
      case "key":
        return [key?.value ? "It answers, but does not accept the key." : "It answers, but wants a key."];
      case "status":
        return [
          found.status === 200
            ? `Something answers at ${base}, but not with a list of models: is this the right address?`
            : `It answers with HTTP ${found.status}: is this the right address? It usually ${
                (program.address || "/v1").endsWith("/v1") ? "ends in /v1" : `is ${program.address}`
              }.`,
        ];
      case "blocked":
        if (!("allow" in program))
          return [`${host} is there, but does not answer pages (CORS): it cannot be used here.`];
        return [
          `It runs, but does not answer pages of ${location.origin} (CORS). ${program.allow} `,
          ...command(program),
        ];
      case "unreachable":
        if (!("allow" in program)) return [`${host} could not be reached. Check the address and the connection.`];
        return [`Nothing answers at ${base}. Is it running? `, ...command(program), ...leaveOfBrowser()];
    }
  }

  return {
    async choose() {
      let baseUrl;
      try {
        baseUrl = readAddress(address.value);
      } catch (error) {
        throw new NotReady(/** @type {Error} */ (error).message, address);
      }
      const name = model.value.trim();
      const secret = key?.value.trim() ?? "";
      if (key && !secret) throw new NotReady("enter your key for this provider", key);
      if (!name) throw new NotReady("name the model; Check lists what is there", model);
      const { provider, address: own } = chosenPreset();
      return {
        kind: "server",
        model: name,
        baseUrl,
        ...(provider && { provider, isOwnAddress: baseUrl === own }),
        // Programs on this computer want no key, and accept any.
        apiKey: secret || "none",
      };
    },
  };
}

/** @param {LocalProgram} program */
function command({ start }) {
  return start ? [element("code", "command", start(location.origin))] : [];
}

/** A public page reaches this computer only if its user agrees. */
function leaveOfBrowser() {
  return location.protocol === "https:"
    ? [element("span", "also", "Your browser may have to allow this page to reach devices on your network.")]
    : [];
}
