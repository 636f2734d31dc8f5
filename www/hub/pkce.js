// The secrets of one sign-in (PKCE, RFC 7636). They live in memory only.

/** 32 random bytes: a state, or a verifier. */
export const randomText = () => base64Url(crypto.getRandomValues(new Uint8Array(32)));

/**
 * What may be shown of a verifier before it is used: its SHA-256.
 *
 * @param {string} verifier
 */
export async function challengeOf(verifier) {
  return base64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

/** @param {Uint8Array} bytes */
function base64Url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
