// @ts-check
/**
 * Pull-back: large pictures are held back until the computer has looked at their previews, and go into the outbox when it
 * asks for them. The best picture of an event goes when the event is over. It knows neither camera nor page.
 */

import { Held } from './held.js';

/** @typedef {import('./outbox.js').Taken} Taken */
/** @typedef {import('./outbox.js').Judged} Judged */
/**
 * @typedef {object} Outbox
 * @property {(taken: Taken, judged: Judged) => Promise<void>} wanted
 * @property {(camera: string, since: number, event: number | null) => void} wantedSince
 */

export class PullBack {
  /** @type {Held<Taken & {score: number}>} */
  #held = new Held();
  /** The best picture of the event that goes on. @type {{taken: Taken, judged: Judged} | null} */
  #best = null;

  /** @param {Outbox} outbox */
  constructor(outbox) {
    this.outbox = outbox;
  }

  /**
   * The computer has looked at the preview of a picture.
   * @param {Taken} taken
   * @param {any} answer
   */
  judged(taken, answer) {
    const { event = null, wanted_since: since } = answer;
    const score = Number(answer.score) || 0;
    if (this.#best && this.#best.judged.event !== event) this.#sendBest();
    if (taken.whole && answer.best) {
      if (this.#best) this.#held.add({ ...this.#best.taken, score: this.#best.judged.score });
      this.#best = { taken, judged: { event, score, peak: true } };
    } else if (taken.whole) {
      this.#held.add({ ...taken, score });
    }
    if (typeof since !== 'number') return;
    for (const frame of this.#held.take(since, taken.capturedAt)) {
      void this.outbox.wanted(frame, { event, score: frame.score, peak: false });
    }
    // A part of what led to it may lie there, if the computer was away until now.
    if (since < taken.capturedAt) this.outbox.wantedSince(taken.camera, since, event);
  }

  /** The computer is away: what is held goes where it is looked at later, as it may have led to what happens meanwhile. */
  leave() {
    return this.#held.takeAll();
  }

  /** The camera is off, or another one: the best picture is kept, the others are not wanted any more. */
  end() {
    this.#sendBest();
    this.#held.takeAll();
  }

  #sendBest() {
    const best = this.#best;
    this.#best = null;
    if (best) void this.outbox.wanted(best.taken, best.judged);
  }
}
