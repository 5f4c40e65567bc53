// @ts-check
/**
 * What is filmed while the computer cannot be reached: it goes into the outbox, to be looked at when the computer is back.
 * It knows neither page nor network.
 */

import { Held } from './held.js';

/** @typedef {import('./clock.js').Timers} Timers */
/** @typedef {import('./outbox.js').Taken} Taken */

export class Away {
  /** What newer frames replaced while one is under way: all that is left of that time if nobody answers. @type {Held<Taken>} */
  #replaced = new Held();
  /** @type {(() => void) | null} */
  #cancel = null;
  #due = 0;

  /**
   * @param {object} parts
   * @param {{late: (taken: Taken) => Promise<void>}} parts.outbox
   * @param {() => boolean} parts.films whether there is something to be taken: the camera runs, and the page is seen
   * @param {() => Promise<Taken | null>} parts.capture
   * @param {() => number} parts.intervalMs
   * @param {Timers} parts.timers
   * @param {() => void} parts.onChange
   */
  constructor({ outbox, films, capture, intervalMs, timers, onChange }) {
    this.outbox = outbox;
    this.films = films;
    this.capture = capture;
    this.intervalMs = intervalMs;
    this.timers = timers;
    this.onChange = onChange;
  }

  /** A newer frame took the place of this one, which was not sent. @param {Taken} taken */
  replaced(taken) {
    this.#replaced.add(taken);
  }

  /**
   * Nobody answered this frame. From now on frames are taken for later, for as long as the camera films.
   * @param {Taken} taken
   * @param {Taken[]} before what the computer has looked at and may want all the same, if something begins now
   */
  begin(taken, before) {
    for (const frame of [...before, taken, ...this.#replaced.takeAll()]) void this.outbox.late(frame);
    if (!this.#cancel) this.#plan();
  }

  /** The computer answers: what newer frames replaced meanwhile was judged by those. */
  end() {
    this.stop();
    this.#replaced.takeAll();
  }

  /** The camera is off. What was replaced stays until it is known what became of the frame that is under way. */
  stop() {
    this.#cancel?.();
    this.#cancel = null;
  }

  /** Frames are wanted more often from now on: the next one too, if it was planned for later. */
  hurry() {
    if (!this.#cancel || this.#due <= this.timers.now() + this.intervalMs()) return;
    this.#cancel();
    this.#plan();
  }

  #plan() {
    this.#due = this.timers.now() + this.intervalMs();
    this.#cancel = this.timers.after(this.#due - this.timers.now(), () => {
      this.#cancel = null;
      if (!this.films()) return;
      this.#plan();
      void this.#take();
    });
  }

  async #take() {
    const frame = await this.capture().catch(() => null);
    if (!frame || !this.#cancel) return;
    await this.outbox.late(frame);
    this.onChange();
  }
}
