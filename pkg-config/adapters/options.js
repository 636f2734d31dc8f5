// What every adapter checks of the options that it is given.

/**
 * @param {object} unknown the options that are left over once all known ones are taken
 * @param {string} adapter
 * @param {string} known
 */
export function refuseUnknown(unknown, adapter, known) {
  const strangers = Object.keys(unknown);
  if (strangers.length > 0) {
    throw new TypeError(`unknown option ${strangers.join(", ")}: ${adapter} knows ${known}`);
  }
}

/** @param {number} parallel */
export function checkParallel(parallel) {
  if (!Number.isInteger(parallel) || parallel < 1) {
    throw new RangeError(`parallel must be a whole number from 1, not ${parallel}`);
  }
}
