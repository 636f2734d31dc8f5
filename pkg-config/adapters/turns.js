// Waiting: for a turn at a model that does few things at once, and for a promise that nobody may want any more.

/**
 * A queue for a model that does few things at once.
 *
 * @param {number} limit how many
 */
export function createTurns(limit) {
  let taken = 0;
  /** @type {(() => void)[]} */
  const waiting = [];

  return {
    /**
     * Does the work once it is its turn. The signal ends the wait for the turn and for the work; the turn itself ends
     * when the model has really stopped, which may be a moment later.
     *
     * @template T
     * @param {AbortSignal} signal
     * @param {() => Promise<T>} work
     * @returns {Promise<T>}
     */
    async run(signal, work) {
      await take(signal);
      const working = work();
      working.then(giveBack, giveBack);
      return orAborted(working, signal);
    },
  };

  /** @param {AbortSignal} signal */
  async function take(signal) {
    signal.throwIfAborted();
    if (taken < limit) {
      taken += 1;
      return;
    }
    await new Promise((resolve, reject) => {
      const begin = () => {
        signal.removeEventListener("abort", giveUp);
        resolve(undefined);
      };
      const giveUp = () => {
        waiting.splice(waiting.indexOf(begin), 1);
        reject(signal.reason);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      waiting.push(begin);
    });
  }

  function giveBack() {
    const next = waiting.shift();
    if (next) next();
    else taken -= 1;
  }
}

/**
 * Settles as the promise does, or rejects at once when the signal fires.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal} signal
 * @returns {Promise<T>}
 */
export function orAborted(promise, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    if (signal.aborted) abort();
  });
}
