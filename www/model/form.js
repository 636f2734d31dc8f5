// What the four ways to reach a model have in common.

/** @import { ChosenModel } from "./apply.js" */

/**
 * One way to reach a model.
 *
 * @typedef {object} ModelForm
 * @property {(signal: AbortSignal) => Promise<ChosenModel>} choose rejects with NotReady
 */

/** A run cannot begin: what is missing, and the field in which to mend it. */
export class NotReady extends Error {
  /**
   * @param {string} message
   * @param {HTMLElement} field
   */
  constructor(message, field) {
    super(message);
    this.name = "NotReady";
    this.field = field;
  }
}
