// Who uploads: by a token that is typed, or by a sign-in where the page's host has registered for one. Both are kept in
// memory and nowhere else.

import { announce, byId, element, hideNote, showNote } from "../dom.js";
import { NotReady } from "../not-ready.js";
import { OAUTH_CLIENT_ID } from "../settings.js";
import { SignInFailed, signIn } from "./sign-in.js";

/** @import { Account } from "./sign-in.js" */

/** @param {{ hubUrl: string, onSignedIn: (name: string) => void }} options */
export function createAccount({ hubUrl, onSignedIn }) {
  const ways = byId("hub-ways");
  const byToken = byId("hub-by-token", HTMLInputElement);
  const bySignIn = byId("hub-by-sign-in", HTMLInputElement);
  const token = byId("hub-token", HTMLInputElement);
  const signInButton = byId("hub-sign-in", HTMLButtonElement);
  const cancel = byId("hub-sign-in-cancel", HTMLButtonElement);
  const signOut = byId("hub-sign-out", HTMLButtonElement);
  const status = byId("hub-account");
  /** @type {Account | undefined} */
  let account;
  /** @type {AbortController | undefined} */
  let signingIn;

  const canSignIn = OAUTH_CLIENT_ID !== "";
  ways.hidden = !canSignIn;
  bySignIn.checked = canSignIn;
  byToken.checked = !canSignIn;
  byId("hub-tokens", HTMLAnchorElement).href = `${hubUrl}/settings/tokens`;

  const show = () => {
    byId("hub-token-field").hidden = bySignIn.checked;
    byId("hub-sign-in-field").hidden = !bySignIn.checked;
    signInButton.hidden = account !== undefined || signingIn !== undefined;
    cancel.hidden = signingIn === undefined;
    signOut.hidden = account === undefined;
  };
  for (const radio of [byToken, bySignIn]) radio.addEventListener("change", show);
  show();

  signInButton.addEventListener("click", async () => {
    const stop = new AbortController();
    signingIn = stop;
    show();
    showNote(status, "", "Go on in the window that has opened.");
    cancel.focus();
    try {
      account = await signIn({ hubUrl, clientId: OAUTH_CLIENT_ID, signal: stop.signal });
      showNote(status, "good", "Signed in", ...(account.name ? [" as ", element("b", "", account.name)] : []), ".");
      onSignedIn(account.name);
    } catch (error) {
      if (stop.signal.aborted) hideNote(status);
      else if (error instanceof SignInFailed) showNote(status, "bad", error.message);
      else showNote(status, "bad", `The sign-in failed: ${error instanceof Error ? error.message : error}`);
    } finally {
      const hadFocus = document.activeElement === cancel || document.activeElement === document.body;
      signingIn = undefined;
      show();
      announce(status.innerText);
      if (hadFocus) (account ? signOut : signInButton).focus();
    }
  });
  cancel.addEventListener("click", () => signingIn?.abort());
  signOut.addEventListener("click", () => {
    account = undefined;
    showNote(status, "", "Signed out: the token is forgotten.");
    announce(status.innerText);
    show();
    signInButton.focus();
  });

  return {
    signedIn: () => bySignIn.checked,
    /** The token to upload with. */
    token() {
      if (bySignIn.checked) {
        if (!account) throw new NotReady("sign in first, or use a token", signInButton);
        return account.token;
      }
      const typed = token.value.trim();
      if (!typed) throw new NotReady("enter a token that may write", token);
      return typed;
    },
  };
}
