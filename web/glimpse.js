// @ts-check
/**
 * A glimpse: so small a picture that looking at it costs a phone next to nothing. It only tells when it is time to show
 * the computer a real one at once; whether something moves is for that one to say.
 */

export const GLIMPSE = { width: 32, height: 24 };
/** Grey levels by which a cell must differ: each is the mean of hundreds of pixels, so noise is far below it. */
const DIFFERENT = 9;
/** When so many cells differ it is the light. */
const MOST_CELLS = 0.6 * GLIMPSE.width * GLIMPSE.height;

export class Glimpses {
  /** @type {Uint8Array | null} */
  #before = null;

  /**
   * @param {Uint8ClampedArray} rgba of GLIMPSE.width by GLIMPSE.height pixels
   * @returns {boolean} whether something may have begun to move since the glimpse before
   */
  look(rgba) {
    const now = new Uint8Array(rgba.length / 4);
    let different = 0;
    for (let i = 0; i < now.length; i += 1) {
      now[i] = (rgba[4 * i] + 2 * rgba[4 * i + 1] + rgba[4 * i + 2]) >> 2;
      if (this.#before && Math.abs(now[i] - this.#before[i]) >= DIFFERENT) different += 1;
    }
    this.#before = now;
    return different > 0 && different < MOST_CELLS;
  }

  forget() {
    this.#before = null;
  }
}
