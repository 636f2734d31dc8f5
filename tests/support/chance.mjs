/** Chance that depends on a text alone: the same in every runtime, whatever the order of requests. */

/** The FNV-1a hash of a text, of 64 bits. @param {string} text */
export function hash(text) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}

/**
 * Words that stand for all of a text, so that no two questions are alike: eight pairs of digits.
 * @param {string} text
 */
export const stamp = (text) =>
  hash(text)
    .toString()
    .padStart(20, "0")
    .slice(-16)
    .replace(/..(?=.)/g, "$& ");

/** One of so many, as the text decides. @param {string} text @param {number} count */
export const pick = (text, count) => Number((hash(text) >> 16n) % BigInt(count));
