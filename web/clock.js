// @ts-check
/**
 * The computer's clock as this phone knows it, and the timers that the pages use.
 *
 * Phones are often seconds or minutes off, and frames of several phones are compared by their times. The offset comes
 * from `now` in answers, by the method of NTP (RFC 5905, section 8): of several samples the one with the shortest round
 * trip is the most truthful, because at most half of that trip is unknown.
 */

/**
 * Whatever is planned or measured goes by `now`, milliseconds that only ever grow. `wall` is the time of day since 1970;
 * people and networks set it, back as well.
 * @typedef {{now: () => number, wall: () => number, after: (ms: number, act: () => void) => (() => void)}} Timers
 */

/** Samples older than this no longer count: the phone's clock may have been set since, and drifts. */
const SAMPLE_LIFE_MS = 3 * 60_000;
/** The time of day and the time that only grows may differ by so much more than before; clocks are also drawn near slowly. */
const APART_MS = 100;

export class ServerClock {
  /** @type {{offset: number, trip: number, at: number}[]} */
  #samples = [];
  /** What this phone's time of day was ahead of the time that only grows. @type {number | null} */
  #ahead = null;
  /** The clock was set, or the phone slept: what was learnt before counts only until something new is. */
  #shaken = false;

  /**
   * Looks whether this phone's clock was set since this was asked last. The time that only grows may stand still while a
   * phone sleeps, so that a clock that was set forward looks like a phone that slept: only the computer knows then.
   * @param {number} wall
   * @param {number} now
   * @returns {boolean} whether it was: then the computer is to be asked for its time before this phone's is believed
   */
  isShaken(wall, now) {
    const ahead = wall - now;
    const jump = this.#ahead === null ? 0 : ahead - this.#ahead;
    this.#ahead = ahead;
    if (Math.abs(jump) <= APART_MS) return false;
    this.#shaken = true;
    // No sleep sets a clock back.
    if (jump < 0) this.#samples = this.#samples.map(({ offset, trip, at }) => ({ offset: offset - jump, trip, at: at + jump }));
    return true;
  }

  /**
   * Takes one answer into account. All three are in milliseconds since 1970.
   * @param {number} asked when the question left, by this phone
   * @param {number} answered when the answer came, by this phone
   * @param {number} serverNow what the computer said
   */
  learn(asked, answered, serverNow) {
    if (![asked, answered, serverNow].every(Number.isFinite) || answered < asked) return;
    const sample = { offset: serverNow - (asked + answered) / 2, trip: answered - asked, at: answered };
    this.#samples = this.#samples.filter((s) => Math.abs(answered - s.at) < SAMPLE_LIFE_MS);
    // A jump larger than both trips can explain means that one of the clocks was set: the past is worthless then.
    if (this.#shaken) this.#samples = [];
    this.#shaken = false;
    const best = this.#best();
    if (best && Math.abs(best.offset - sample.offset) > best.trip + sample.trip + 1000) this.#samples = [];
    this.#samples.push(sample);
  }

  /** What to add to this phone's time to get the computer's, in milliseconds. 0 until something was learnt. */
  get offsetMs() {
    return this.#best()?.offset ?? 0;
  }

  /**
   * @param {number} localMs this phone's time
   * @returns {number} the computer's time, whole milliseconds since 1970
   */
  toServer(localMs) {
    return Math.round(localMs + this.offsetMs);
  }

  #best() {
    let best;
    for (const sample of this.#samples) if (!best || sample.trip <= best.trip) best = sample;
    return best;
  }
}

/** The browser's own timers. @type {Timers} */
export const realTimers = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, act) {
    const id = setTimeout(act, Math.max(0, ms));
    return () => clearTimeout(id);
  },
};
