// Where Hugging Face's sign-in comes back to: tells the page that asked, and says what came of it.

import { byId } from "./dom.js";
import { CHANNEL } from "./hub/sign-in.js";

/** Time for the page to hear it. */
const PATIENCE_MS = 2000;

const answer = new URLSearchParams(location.search);
// The code is for one use, and still nothing to be kept in a history.
history.replaceState(null, "", location.pathname);

const state = answer.get("state") ?? "";
const channel = new BroadcastChannel(CHANNEL);
const nobody = setTimeout(() => {
  show("No open page waits for this sign-in. Close this window, and sign in from the page again.");
  channel.close();
}, PATIENCE_MS);
channel.addEventListener("message", ({ data }) => {
  if (!state || data?.heard !== state) return;
  clearTimeout(nobody);
  channel.close();
  show("Back in the page. This window can be closed.");
  window.close();
});
channel.postMessage({
  state,
  code: answer.get("code"),
  error: answer.get("error"),
  description: answer.get("error_description"),
});

/** @param {string} text */
function show(text) {
  byId("signed-in").textContent = text;
}
