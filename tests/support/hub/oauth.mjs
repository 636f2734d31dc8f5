/**
 * Signing in at the Hub, for apps without a secret: OAuth's authorization code flow with PKCE. Whoever is asked is always
 * the same person, and decides by following one of two links.
 */
import { createHash, randomUUID } from "node:crypto";
import { TOKENS } from "./tokens.mjs";

/** @typedef {import("./faults.mjs").Answer} Answer */
/** @typedef {{ clientId: string, redirectUri: string, challenge: string }} Grant */

const SCOPES = ["openid", "profile", "email", "read-repos", "contribute-repos", "write-repos", "manage-repos"];

export class SignIns {
  /** The address to which each app's sign-ins come back, by its client id. @type {Map<string, string>} */
  apps = new Map();
  /** What each app has asked for. @type {string[]} */
  scopes = [];
  /** @type {Map<string, Grant>} */
  #codes = new Map();

  /**
   * @param {string} step
   * @param {URL} url
   * @param {import("node:http").IncomingMessage} request
   * @param {Buffer} body
   * @returns {Answer | undefined}
   */
  answer(step, url, request, body) {
    if (step === "authorize") return this.#authorize(url.searchParams);
    if (step === "token") return this.#exchange(new URLSearchParams(body.toString("utf8")), request);
    if (request.headers.authorization !== `Bearer ${TOKENS.oauth}`)
      return refusal(401, "invalid_token", "sign in first");
    return { status: 200, body: { sub: "1", name: "Me Myself", preferred_username: "me" } };
  }

  /** @param {URLSearchParams} asked @returns {Answer} */
  #authorize(asked) {
    const of = (/** @type {string} */ name) => asked.get(name) ?? "";
    const [clientId, redirectUri, challenge] = ["client_id", "redirect_uri", "code_challenge"].map(of);
    const scopes = of("scope").split(" ");
    const faults = [
      ...(redirectUri && this.apps.get(clientId) === redirectUri ? [] : ["redirect_uri is not the registered one"]),
      ...(of("response_type") === "code" ? [] : ["response_type is not code"]),
      ...(/^[\w-]{43}$/.test(challenge) && of("code_challenge_method") === "S256" ? [] : ["no S256 challenge"]),
      ...(of("state").length >= 16 ? [] : ["no state worth the name"]),
      ...(scopes.every((scope) => SCOPES.includes(scope)) ? [] : ["unknown scope"]),
    ];
    if (faults.length > 0) return { status: 400, body: faults.join(", ") };
    this.scopes.push(of("scope"));
    const code = randomUUID();
    this.#codes.set(code, { clientId, redirectUri, challenge });
    const back = (/** @type {Record<string, string>} */ answer) =>
      `${redirectUri}?${new URLSearchParams({ ...answer, state: of("state") })}`.replaceAll("&", "&amp;");
    const denied = back({ error: "access_denied", error_description: "The user denied" });
    return {
      status: 200,
      headers: { "content-type": "text/html; charset=utf-8", "cross-origin-opener-policy": "same-origin" },
      body: `<!doctype html><link rel="icon" href="data:," /><title>Sign in</title><a href="${back({ code })}">Authorize</a> <a href="${denied}">Deny</a>`,
    };
  }

  /** @param {URLSearchParams} form @param {import("node:http").IncomingMessage} request @returns {Answer} */
  #exchange(form, request) {
    const of = (/** @type {string} */ name) => form.get(name) ?? "";
    const grant = this.#codes.get(of("code"));
    // A code is for one use, also where that fails.
    this.#codes.delete(of("code"));
    if (request.headers.authorization || form.has("client_secret")) {
      return refusal(401, "invalid_client", "this app has no secret");
    }
    if (of("grant_type") !== "authorization_code") return refusal(400, "unsupported_grant_type", "not a code");
    const challenge = createHash("sha256").update(of("code_verifier")).digest("base64url");
    const isOfGrant =
      grant?.clientId === of("client_id") && grant.redirectUri === of("redirect_uri") && grant.challenge === challenge;
    if (!isOfGrant) return refusal(400, "invalid_grant", "the code is not good for this");
    return {
      status: 200,
      headers: { "cache-control": "no-store" },
      body: { access_token: TOKENS.oauth, token_type: "bearer", expires_in: 28800, scope: "openid profile" },
    };
  }
}

/** @param {number} status @param {string} error @param {string} description @returns {Answer} */
const refusal = (status, error, description) => ({ status, body: { error, error_description: description } });
