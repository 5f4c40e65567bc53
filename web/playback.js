// @ts-check
/**
 * Plays frames one after the other as far apart as they were taken, but no gap longer than a second. It knows no page: what
 * shows a frame is given to it.
 */

/** @typedef {import('./api.js').SavedFrame} SavedFrame */
/** @typedef {import('./clock.js').Timers} Timers */

const SHORTEST_MS = 60;
const LONGEST_MS = 1000;

export class Playback {
  /** Oldest first. @type {SavedFrame[]} */
  #frames = [];
  #at = 0;
  /** @type {(() => void) | null} */
  #cancel = null;

  /**
   * @param {object} parts
   * @param {(frame: SavedFrame) => void} parts.onShow
   * @param {(playing: boolean) => void} parts.onState
   * @param {(frame: SavedFrame) => Promise<unknown>} parts.load has the picture ready; may fail
   * @param {Timers} parts.timers
   */
  constructor({ onShow, onState, load, timers }) {
    this.onShow = onShow;
    this.onState = onState;
    this.load = load;
    this.timers = timers;
  }

  get playing() {
    return this.#cancel !== null;
  }

  /** @param {SavedFrame[]} frames in any order */
  play(frames) {
    this.stop();
    this.#frames = [...frames].sort((a, b) => a.captured_at - b.captured_at || a.seq - b.seq);
    this.#at = 0;
    if (this.#frames.length === 0) return;
    this.onShow(this.#frames[0]);
    this.#plan();
    this.onState(this.playing);
  }

  stop() {
    if (!this.#cancel) return;
    this.#cancel();
    this.#cancel = null;
    this.onState(false);
  }

  #plan() {
    const [frame, next] = [this.#frames[this.#at], this.#frames[this.#at + 1]];
    if (!next) return this.stop();
    const apart = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, next.captured_at - frame.captured_at));
    let cancelled = false;
    const due = new Promise((done) => {
      const cancelTimer = this.timers.after(apart, () => done(null));
      this.#cancel = () => {
        cancelled = true;
        cancelTimer();
      };
    });
    // A picture that comes late, or not at all, does not stop the others.
    const ready = this.load(next).catch(() => null);
    void Promise.all([due, ready]).then(() => {
      if (cancelled) return;
      this.#at += 1;
      this.onShow(next);
      this.#plan();
    });
  }
}
