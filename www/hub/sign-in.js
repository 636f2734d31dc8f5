// Signing in with Hugging Face: OAuth's authorization code flow with PKCE, without a client secret. It happens in a window
// of its own, so that the dataset in this page's memory stays. The page's isolation (COOP) cuts all ties to that window;
// signed-in.html, to which it comes back, therefore tells the code on a channel that only pages of this origin hear.

import { challengeOf, randomText } from "./pkce.js";

export const CHANNEL = "dataweft-sign-in";

/** The least that uploads need: who it is, and repositories that this app itself has made. */
const SCOPE = "openid profile contribute-repos";

/** @type {RequestInit} A token must not travel on to wherever a server points, and nothing of it is kept. */
const STRICT = { credentials: "omit", redirect: "error", cache: "no-store", referrerPolicy: "no-referrer" };

/**
 * Who is signed in.
 *
 * @typedef {object} Account
 * @property {string} token
 * @property {string} name empty if the Hub did not tell
 */

/** A sign-in that came to nothing. Its message is for the person in front of the page. */
export class SignInFailed extends Error {
  name = "SignInFailed";
}

/**
 * Opens the Hub's window and waits until it has answered.
 *
 * @param {{ hubUrl: string, clientId: string, signal: AbortSignal }} options
 * @returns {Promise<Account>} rejects with SignInFailed, or with the signal's reason
 */
export async function signIn({ hubUrl, clientId, signal }) {
  if (!isSecureContext) throw new SignInFailed("Signing in works on pages with https:// only. Use a token instead.");
  const [state, verifier] = [randomText(), randomText()];
  const redirectUri = new URL("signed-in.html", document.baseURI).href;
  const question = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: SCOPE,
    state,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: "S256",
  });
  const { code, error, description } = await answerOf(`${hubUrl}/oauth/authorize?${question}`, state, signal);
  if (error === "access_denied") throw new SignInFailed("You declined. Sign in again, or use a token instead.");
  if (error) throw new SignInFailed(`Hugging Face did not sign you in: ${description || error}.`);
  if (!code) throw new SignInFailed("Hugging Face sent no code. Sign in again, or use a token instead.");
  const form = { grant_type: "authorization_code", client_id: clientId, code, redirect_uri: redirectUri };
  const token = await exchange(hubUrl, new URLSearchParams({ ...form, code_verifier: verifier }), signal);
  return { token, name: await nameOf(hubUrl, token, signal) };
}

/** @typedef {{ code: string, error: string, description: string }} Answer */

/**
 * @param {string} address
 * @param {string} state
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
async function answerOf(address, state, signal) {
  const channel = new BroadcastChannel(CHANNEL);
  /** @type {Window | null} */
  let opened = null;
  try {
    return await new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      channel.addEventListener("message", ({ data }) => {
        // What bears another state answers another page, or nobody.
        if (data?.state !== state) return;
        channel.postMessage({ heard: state });
        resolve({ code: text(data.code), error: text(data.error), description: text(data.description) });
      });
      opened = open(address, "", "popup,width=600,height=760");
      if (!opened) throw new SignInFailed("The browser blocked the sign-in window. Allow it, and sign in again.");
      // Pages of hosts without isolation keep no tie either.
      opened.opener = null;
    });
  } finally {
    channel.close();
    if (signal.aborted) /** @type {Window | null} */ (opened)?.close();
  }
}

/** @param {unknown} value */
const text = (value) => (typeof value === "string" ? value.slice(0, 4096) : "");

/**
 * @param {string} hubUrl
 * @param {URLSearchParams} body
 * @param {AbortSignal} signal
 */
async function exchange(hubUrl, body, signal) {
  let answer;
  try {
    const response = await fetch(`${hubUrl}/oauth/token`, { ...STRICT, method: "POST", body, signal });
    answer = await response.json();
  } catch (error) {
    signal.throwIfAborted();
    throw new SignInFailed("Hugging Face gave no token. Check the connection, and sign in again.", { cause: error });
  }
  if (typeof answer?.access_token === "string" && answer.access_token) return answer.access_token;
  const reason = text(answer?.error_description) || text(answer?.error) || "its answer holds no token";
  throw new SignInFailed(`Hugging Face gave no token: ${reason}. Sign in again.`);
}

/**
 * The name of whoever signed in: it is offered as the owner of the repository, and the upload works without it.
 *
 * @param {string} hubUrl
 * @param {string} token
 * @param {AbortSignal} signal
 */
async function nameOf(hubUrl, token, signal) {
  try {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${hubUrl}/oauth/userinfo`, { ...STRICT, headers, signal });
    return response.ok ? text((await response.json())?.preferred_username) : "";
  } catch {
    signal.throwIfAborted();
    return "";
  }
}
