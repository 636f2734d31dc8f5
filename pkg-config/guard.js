/**
 * The wasm polls every call through this function, so that a trap inside it becomes an exception that it can catch.
 * @param {() => void} poll
 */
export function runGuarded(poll) {
  poll();
}
