// @ts-check
/**
 * The large pictures of the last seconds, held back in memory until the computer has looked at what follows them: it asks
 * for those that led to an event. It knows neither camera nor computer.
 */

/**
 * @typedef {object} HeldPicture
 * @property {number} capturedAt by the computer's clock
 * @property {Blob | null} whole
 */

/** More than the three seconds that the computer asks for: it asks only when it is sure that something moves. */
const HELD_MS = 6000;
/** Most bytes in memory: fifteen pictures a second for four seconds fit. */
const MOST_BYTES = 32 * 1024 * 1024;

/** @template {HeldPicture} T */
export class Held {
  /** Oldest first. @type {T[]} */
  #pictures = [];
  #bytes = 0;

  /**
   * @param {object} [options]
   * @param {(picture: T) => void} [options.onGone] called with each that is let go because of its age or its size
   * @param {number} [options.mostBytes]
   */
  constructor({ onGone = () => {}, mostBytes = MOST_BYTES } = {}) {
    this.onGone = onGone;
    this.mostBytes = mostBytes;
  }

  get count() {
    return this.#pictures.length;
  }

  /** Holds a picture, and lets go of those that are too old beside it. @param {T} picture */
  add(picture) {
    this.#pictures.push(picture);
    this.#bytes += picture.whole?.size ?? 0;
    while (this.#pictures.length > 1 && this.#isTooMuch(picture)) this.onGone(this.#first());
  }

  /**
   * Gives the pictures that show a span of time, oldest first, and holds them no longer: also the last one before it, as
   * that was still true when it began.
   * @param {number} from @param {number} to both included
   * @returns {T[]}
   */
  take(from, to) {
    const before = this.#pictures.filter((picture) => picture.capturedAt <= from).slice(-1)[0];
    const first = before?.capturedAt ?? from;
    const within = (/** @type {T} */ picture) => picture.capturedAt >= first && picture.capturedAt <= to;
    const taken = this.#pictures.filter(within);
    this.#pictures = this.#pictures.filter((picture) => !within(picture));
    for (const picture of taken) this.#bytes -= picture.whole?.size ?? 0;
    return taken;
  }

  /** Gives all, oldest first, and holds none. @returns {T[]} */
  takeAll() {
    const all = this.#pictures;
    this.#pictures = [];
    this.#bytes = 0;
    return all;
  }

  /** @param {T} newest */
  #isTooMuch(newest) {
    // Of what led up to something, the last one before its time is the one that shows it.
    const second = this.#pictures[1];
    return this.#bytes > this.mostBytes || newest.capturedAt - second.capturedAt > HELD_MS;
  }

  #first() {
    const picture = /** @type {T} */ (this.#pictures.shift());
    this.#bytes -= picture.whole?.size ?? 0;
    return picture;
  }
}
