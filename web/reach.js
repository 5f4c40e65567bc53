// @ts-check
/**
 * Since when the computer has been out of reach. When it is back it is told, for its ledger: it learns that this phone was
 * awake all the time, and why nothing came. It knows no network; it is told what came of a request.
 */

export class Reach {
  /** The last time that the computer answered, by its own clock. */
  #answered = 0;
  /** @type {number | null} */
  #lost = null;

  /**
   * @param {object} parts
   * @param {() => number} parts.now by the computer's clock, milliseconds since 1970
   * @param {(from: number, to: number) => void} parts.onBack
   */
  constructor({ now, onBack }) {
    this.now = now;
    this.onBack = onBack;
  }

  /** Filming begins: what was before does not count. */
  begin() {
    this.#answered = this.now();
    this.#lost = null;
  }

  /** It did not answer. */
  lose() {
    this.#lost ??= this.#answered;
  }

  /** It answered. */
  find() {
    const lost = this.#lost;
    this.begin();
    if (lost !== null) this.onBack(lost, this.#answered);
  }
}
