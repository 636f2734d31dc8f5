/** Names that sort as they are numbered, for stores that keep each addition under a name of its own. */

const DIGITS = 12;
const LENGTH = DIGITS + 1 + 8;

/**
 * Counts on from the last name that is there. Should two programs count at once, their names still differ, so that
 * nothing is written over.
 * @param {() => Promise<string | undefined>} findLast
 */
export function counter(findLast) {
  /** @type {Promise<number> | undefined} */
  let next;
  return {
    async next() {
      next ??= findLast().then((last) => (last === undefined ? 0 : Number(last.slice(-LENGTH).slice(0, DIGITS)) + 1));
      const number = await next;
      next = Promise.resolve(number + 1);
      return `${String(number).padStart(DIGITS, "0")}-${crypto.randomUUID().slice(0, 8)}`;
    },
    /** Others may have added something. */
    restart() {
      next = undefined;
    },
  };
}
