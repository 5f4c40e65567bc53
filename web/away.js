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

  /**
   * @param {object} parts
   * @param {{late: (camera: string, taken: Taken) => Promise<void>}} parts.outbox
   * @param {() => string} parts.camera the name of the open camera; empty while none is
   * @param {() => Promise<Taken | null>} parts.capture
   * @param {() => number} parts.intervalMs
   * @param {Timers} parts.timers
   * @param {() => void} parts.onChange
   */
  constructor({ outbox, camera, capture, intervalMs, timers, onChange }) {
    this.outbox = outbox;
    this.camera = camera;
    this.capture = capture;
    this.intervalMs = intervalMs;
    this.timers = timers;
    this.onChange = onChange;
  }

  /** A newer frame took the place of this one, which was not sent. @param {Taken} taken */
  replaced(taken) {
    this.#replaced.add(taken);
  }

  /** Nobody answered this frame. From now on frames are taken for later. @param {Taken} taken */
  begin(taken) {
    const camera = this.camera();
    if (!camera) return;
    for (const frame of [taken, ...this.#replaced.takeAll()]) void this.outbox.late(camera, frame);
    if (!this.#cancel) this.#plan();
  }

  /** The computer answers: what newer frames replaced meanwhile was judged by those. */
  end() {
    this.#cancel?.();
    this.#cancel = null;
    this.#replaced.takeAll();
  }

  #plan() {
    this.#cancel = this.timers.after(this.intervalMs(), () => {
      this.#plan();
      void this.#take();
    });
  }

  async #take() {
    const camera = this.camera();
    const frame = await this.capture().catch(() => null);
    if (!frame || !this.#cancel || !camera) return;
    await this.outbox.late(camera, frame);
    this.onChange();
  }
}
