// @ts-check
/**
 * Decides when a frame is taken and when it is sent. It knows neither camera nor network: both are functions that it
 * is given.
 *
 * One request is under way at a time, so that frames arrive in the order in which they were taken; a detector needs
 * that. While it lasts, the newest frame waits and replaces an older one that waits: on a slow network the picture is
 * rare, but never old. An answer 429, a silent computer and a full disk hold everything back for a while.
 */

/** @typedef {import('./clock.js').Timers} Timers */
/** @typedef {import('./outbox.js').Taken} Picture */
/**
 * @typedef {{kind: 'ok', intervalMs: number, answer: any}
 *   | {kind: 'busy', retryMs: number}
 *   | {kind: 'silent', failing?: string}
 *   | {kind: 'notSaved', message: string, todo: string, answer: any}
 *   | {kind: 'refused', message: string, todo: string}
 *   | {kind: 'unpaired'}
 *   | {kind: 'nameless'}} Outcome
 */

/** First pause after the computer was silent; it doubles up to {@link LONGEST_PAUSE_MS}. */
export const FIRST_PAUSE_MS = 500;
export const LONGEST_PAUSE_MS = 5000;
/** Pause after a frame that was not saved or was refused: more of the same would not help. */
export const TROUBLE_PAUSE_MS = 2000;

export class Sender {
  /** @type {Picture | null} */
  #waiting = null;
  #sending = false;
  /** @type {Promise<void>} resolved when nothing is under way */
  #flight = Promise.resolve();
  #capturing = false;
  /** Grows at every start and stop, so that what was begun before can be told from what is wanted now. */
  #run = 0;
  #wantedMs = 1000;
  #serverMs = 0;
  #holdUntil = 0;
  /** Until when the computer asked to be left alone; a new start does not change that. */
  #busyUntil = 0;
  #silences = 0;
  #due = 0;
  /** @type {(() => void) | null} */
  #cancelTick = null;

  /** Frames that newer ones replaced, one send after the other; 0 as soon as one goes out that replaced none. */
  skipped = 0;
  #skippedBefore = 0;

  /**
   * @param {object} parts
   * @param {() => Promise<Picture | null>} parts.capture takes a frame now; null when there is none
   * @param {(picture: Picture) => Promise<Outcome>} parts.post sends it; never throws
   * @param {(picture: Picture) => void} parts.onSkip told of each frame that a newer one replaced before it was sent
   * @param {(outcome: Outcome, picture: Picture, silences: number) => void} parts.onOutcome
   * @param {Timers} parts.timers
   * @param {() => number} [parts.random] 0 to 1, spreads the retries of many phones
   */
  constructor({ capture, post, onSkip, onOutcome, timers, random = Math.random }) {
    this.capture = capture;
    this.post = post;
    this.onSkip = onSkip;
    this.onOutcome = onOutcome;
    this.timers = timers;
    this.random = random;
  }

  get running() {
    return this.#cancelTick !== null;
  }

  /** The interval that is in force: the wanted one, or the longer one that the computer asks for. */
  get intervalMs() {
    return Math.max(this.#wantedMs, this.#serverMs);
  }

  /** Milliseconds until the computer may be asked again; 0 when nothing holds. */
  get heldMs() {
    return Math.max(0, this.#holdUntil - this.timers.now());
  }

  /** Whether a request is under way. */
  get sending() {
    return this.#sending;
  }

  /** Resolved when the request that is under way has arrived. */
  get arrived() {
    return this.#flight;
  }

  /** Begins with a frame at once, or as soon as the computer allows it. */
  start() {
    void this.stop();
    this.#silences = 0;
    this.#holdUntil = this.#busyUntil;
    this.skipped = 0;
    this.#skippedBefore = 0;
    this.#due = this.timers.now();
    this.#schedule();
  }

  /**
   * No frame is taken or sent after this; one that is under way is left to arrive.
   * @returns {Promise<void>} resolved when it has
   */
  stop() {
    this.#cancelTick?.();
    this.#cancelTick = null;
    this.#waiting = null;
    this.#run += 1;
    this.#capturing = false;
    return this.#flight;
  }

  /** @param {number} intervalMs time between two frames */
  setInterval(intervalMs) {
    this.#wantedMs = intervalMs;
    if (!this.#cancelTick) return;
    this.#due = Math.min(this.#due, this.timers.now() + intervalMs);
    this.#schedule();
  }

  /** Takes the next frame now, unless the computer asked to be left alone. */
  nudge() {
    if (!this.#cancelTick) return;
    this.#due = this.timers.now();
    this.#schedule();
  }

  /** Asks again at once, because the network seems to be back. */
  hurry() {
    if (!this.#cancelTick || !this.#silences) return;
    this.#holdUntil = this.timers.now();
    this.#due = this.timers.now();
    this.#schedule();
  }

  #schedule() {
    this.#cancelTick?.();
    const now = this.timers.now();
    this.#cancelTick = this.timers.after(Math.max(this.#due, this.#holdUntil) - now, () => this.#tick());
  }

  #tick() {
    const now = this.timers.now();
    // The next frame is due by the plan, not by when this one came, so that small delays do not add up. After a long
    // pause the plan starts afresh instead of hurrying through the past.
    const next = this.#due + this.intervalMs;
    this.#due = next > now ? next : now + this.intervalMs;
    this.#schedule();
    void this.#takeOne();
  }

  async #takeOne() {
    if (this.#capturing) return;
    const run = this.#run;
    this.#capturing = true;
    const picture = await this.capture().catch(() => null);
    if (run !== this.#run) return;
    this.#capturing = false;
    if (picture) {
      if (this.#waiting) this.#skip(this.#waiting);
      this.#waiting = picture;
    }
    this.#send();
  }

  #send() {
    if (this.#sending || !this.#waiting || this.heldMs > 0) return;
    const run = this.#run;
    const picture = this.#waiting;
    if (this.skipped === this.#skippedBefore) this.skipped = 0;
    this.#skippedBefore = this.skipped;
    this.#waiting = null;
    this.#sending = true;
    this.#flight = this.post(picture).then((outcome) => this.#sent(outcome, picture, run));
  }

  /** @param {Outcome} outcome @param {Picture} picture @param {number} run */
  #sent(outcome, picture, run) {
    this.#sending = false;
    // An answer that comes after Stop still counts: the frame did arrive.
    if (run === this.#run) this.#settle(outcome, picture);
    this.onOutcome(outcome, picture, this.#silences);
    if (this.#cancelTick) this.#send();
  }

  /** @param {Outcome} outcome @param {Picture} picture */
  #settle(outcome, picture) {
    if (outcome.kind !== 'silent') this.#silences = 0;
    switch (outcome.kind) {
      case 'ok':
        this.#serverMs = outcome.intervalMs;
        break;
      case 'busy':
        this.#hold(outcome.retryMs, picture);
        this.#busyUntil = this.#holdUntil;
        break;
      case 'silent': {
        const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#silences);
        this.#silences += 1;
        // Whoever hears of the outcome keeps the frame for later; the next one to be sent is a fresh one.
        this.#hold(pause * (0.8 + 0.2 * this.random()), null);
        // A computer that is gone is no slow network.
        this.skipped = this.#skippedBefore;
        break;
      }
      case 'notSaved':
      case 'refused':
        // The same frame again would be judged a second time, or refused a second time: only newer ones help.
        this.#hold(TROUBLE_PAUSE_MS, null);
        break;
      case 'unpaired':
      case 'nameless':
        this.stop();
        break;
    }
  }

  /** @param {number} ms @param {Picture | null} picture comes again unless a newer one waits */
  #hold(ms, picture) {
    this.#holdUntil = this.timers.now() + ms;
    if (picture && this.#waiting) this.#skip(picture);
    this.#waiting = this.#waiting ?? picture;
    // At the end of the hold a fresh frame is taken; the one that waits goes only if the camera has none.
    this.#due = this.#holdUntil;
    this.#schedule();
  }

  /** @param {Picture} picture */
  #skip(picture) {
    this.skipped += 1;
    this.onSkip(picture);
  }
}
