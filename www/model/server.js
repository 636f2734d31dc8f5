// Servers: is the address usable, and which models are there.

import { isLoopback } from "./providers.js";

/**
 * The address as requests need it, or an error that says what is wrong with it.
 *
 * @param {string} text
 * @returns {string} without a slash at the end
 */
export function readAddress(text) {
  const trimmed = text.trim();
  if (!trimmed) throw new Error("the address is missing");
  let url;
  try {
    url = new URL(trimmed);
  } catch {
    throw new Error(`${trimmed} is not an address: it begins with https:// or, on this computer, http://localhost`);
  }
  if (url.username || url.password) throw new Error("an address with a name and a password in it is not used");
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) {
    throw new Error("the address must begin with https://; http:// works for localhost and 127.0.0.1 only");
  }
  if (url.search || url.hash) throw new Error("the address ends before ? and #");
  return url.href.replace(/\/+$/, "");
}

/**
 * What a check of a server found.
 *
 * - `models`: it answers, and these are there
 * - `unreachable`: nothing answers at this address
 * - `blocked`: it runs, but does not answer pages from here
 * - `key`: it does not accept the key
 * - `status`: it answers, but not with a list of models
 *
 * @typedef {{ kind: "models", models: string[] }
 *   | { kind: "unreachable" | "blocked" | "key" }
 *   | { kind: "status", status: number }} ServerCheck
 */

/**
 * How to ask for the list of models: where, and with the key in which header.
 *
 * @param {string} address
 * @param {string | undefined} provider
 * @param {string | undefined} key
 */
function listing(address, provider, key) {
  const versioned = /\/v\d\w*$/.test(address);
  switch (provider) {
    case "anthropic":
      return {
        url: `${address}${versioned ? "" : "/v1"}/models?limit=1000`,
        headers: {
          "anthropic-version": "2023-06-01",
          // Pages are refused without it.
          "anthropic-dangerous-direct-browser-access": "true",
          ...(key && { "x-api-key": key }),
        },
      };
    case "gemini":
      return {
        url: `${address}${versioned ? "" : "/v1beta"}/models?pageSize=1000`,
        headers: { ...(key && { "x-goog-api-key": key }) },
      };
    case "ollama":
      return { url: versioned ? `${address}/models` : `${address}/api/tags`, headers: {} };
    default:
      return { url: `${address}/models`, headers: { ...(key && { Authorization: `Bearer ${key}` }) } };
  }
}

/**
 * Asks a server for its models.
 *
 * @param {string} address
 * @param {{ provider?: string, key?: string, signal: AbortSignal }} options
 * @returns {Promise<ServerCheck>}
 */
export async function checkServer(address, { provider, key, signal }) {
  const { url, headers } = listing(address, provider, key);
  let response;
  try {
    response = await fetch(url, {
      headers,
      // A key must not travel on to wherever a server points.
      redirect: "error",
      signal,
    });
  } catch (error) {
    if (signal.reason?.name === "AbortError") throw error;
    return { kind: (await answersAtAll(url)) ? "blocked" : "unreachable" };
  }
  if (response.status === 401 || response.status === 403) return { kind: "key" };
  // Google answers so where others answer with 401.
  if (provider === "gemini" && response.status === 400) return { kind: "key" };
  if (!response.ok) return { kind: "status", status: response.status };
  const body = await response.json().catch(() => undefined);
  // Together answers with the bare list, Google calls it models.
  const list = Array.isArray(body) ? body : (body?.data ?? body?.models);
  if (!Array.isArray(list)) return { kind: "status", status: response.status };
  const names = list.map((model) => model?.id ?? model?.name?.replace?.(/^models\//, ""));
  return { kind: "models", models: names.filter((name) => typeof name === "string") };
}

/**
 * Whether something is there that only refuses pages: an opaque answer cannot be read, but it is one.
 *
 * @param {string} url
 */
async function answersAtAll(url) {
  try {
    await fetch(url, { mode: "no-cors", signal: AbortSignal.timeout(3000) });
    return true;
  } catch {
    return false;
  }
}
