// What an upload's errors mean for the person in front of the page, and what to do about them.

/** @type {Record<string, string>} */
const TITLES = {
  config: "This cannot be uploaded",
  auth: "Hugging Face did not accept the token",
  quota: "The account has no room left",
  rate_limit: "Hugging Face asks for fewer requests",
  network: "Hugging Face could not be reached",
  timeout: "Hugging Face took too long",
  hub: "Hugging Face reported an error",
  internal: "Something went wrong inside dataweft",
};

/** @type {Record<string, string>} */
const HINTS = {
  config: "",
  quota: "Free some space on Hugging Face, or choose another owner.",
  rate_limit: "Wait some minutes, then upload again.",
  network: "Check the connection, then upload again: what has arrived is not sent twice.",
  timeout: "Upload again: what has arrived is not sent twice.",
  hub: "Upload again: what has arrived is not sent twice.",
  internal: "Please report it with the message above.",
};

const PUBLIC_HINT = "If it is there and may stay public, choose Public above.";
const TOKEN_HINT = "Check that the token is complete and may write to this owner's repositories.";
const ACCOUNT_HINT =
  "Sign out and in again. A sign-in may write to repositories that this page has made; for others, use a token.";

/**
 * @param {unknown} error
 * @param {{ signedIn: boolean, isPrivate: boolean }} asked whether the token came from a sign-in, and for what
 * @returns {{ title: string, message: string, code: string, hint: string }}
 */
export function explainUploadError(error, { signedIn, isPrivate }) {
  const thrown = /** @type {any} */ (error);
  const code = typeof thrown?.code === "string" ? thrown.code : "internal";
  const message = error instanceof Error ? error.message : String(error);
  return { title: TITLES[code] ?? "The upload ended early", message, code, hint: hintFor() };

  function hintFor() {
    if (code === "auth") return signedIn ? ACCOUNT_HINT : TOKEN_HINT;
    // The same upload would end in the same way.
    if (code === "hub" && !thrown.retryable) return isPrivate ? PUBLIC_HINT : "";
    return HINTS[code] ?? "";
  }
}

/** @type {Record<string, string>} What is going on, by the stage that an upload's events name. */
export const STAGES = {
  reading: "Reading the records",
  writing: "Preparing the files",
  looking: "Looking at what is there",
  sending: "Sending",
  committing: "Committing",
  done: "Done",
};
