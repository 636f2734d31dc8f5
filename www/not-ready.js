/** Something cannot begin: what is missing, and the field in which to mend it. */
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
