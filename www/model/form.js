// What the four ways to reach a model have in common.

/** @import { ChosenModel } from "./apply.js" */

/**
 * One way to reach a model.
 *
 * @typedef {object} ModelForm
 * @property {(signal: AbortSignal) => Promise<ChosenModel>} choose rejects with NotReady
 */

export {};
