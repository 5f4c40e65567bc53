// @ts-check
/**
 * What the computer knows of this phone's camera today: how long it was watched, recorded and blind, and why. It is asked
 * again every few seconds while somebody looks. It knows no page: what it says is one line.
 */

import { words } from './words.js';

/** @typedef {import('./clock.js').Timers} Timers */
/**
 * @typedef {object} Ledger
 * @property {{recorded: number, watched: number, blind: number, not_covered: number}} seconds
 * @property {Record<string, number>} blind_seconds
 */

const ASK_EVERY_MS = 10_000;
/** So many reasons are named, the longest first; the others are counted together. */
const MOST_REASONS = 3;

export class LedgerLine {
  /** What is to be shown; empty while there is nothing to say. */
  text = '';
  /** @type {(() => void) | null} */
  #cancel = null;
  /** Grows with each change, so that an answer to an older question can be told. */
  #question = 0;

  /**
   * @param {object} parts
   * @param {{ledger: (camera: string, from: number) => Promise<Ledger>}} parts.api
   * @param {import('./clock.js').ServerClock} parts.clock
   * @param {Timers} parts.timers
   * @param {() => string} parts.camera the camera of this phone; empty while it has none
   * @param {() => void} parts.onChange
   */
  constructor({ api, clock, timers, camera, onChange }) {
    this.api = api;
    this.clock = clock;
    this.timers = timers;
    this.camera = camera;
    this.onChange = onChange;
  }

  /** Asks now, and from now on. */
  open() {
    this.close();
    void this.#ask();
  }

  /** Asks no more; what was said last stays. */
  close() {
    this.#cancel?.();
    this.#cancel = null;
    this.#question += 1;
  }

  async #ask() {
    const question = this.#question;
    const camera = this.camera();
    const answer = camera ? await this.api.ledger(camera, this.#midnight()).catch(() => null) : null;
    if (question !== this.#question) return;
    this.#cancel = this.timers.after(ASK_EVERY_MS, () => void this.#ask());
    // A computer that does not answer is told elsewhere; what it knew of today still holds.
    const text = answer ? say(answer) : camera ? this.text : '';
    if (text === this.text) return;
    this.text = text;
    this.onChange();
  }

  /** When today began where this phone is, by the computer's clock. */
  #midnight() {
    const day = new Date(this.timers.wall());
    day.setHours(0, 0, 0, 0);
    return this.clock.toServer(day.getTime());
  }
}

/**
 * One line; empty when nothing is known.
 * @param {Ledger} ledger
 */
export function say({ seconds, blind_seconds: reasons }) {
  const { watched, recorded, blind } = words.ledger;
  const parts = [];
  if (seconds.watched) parts.push(watched(duration(seconds.watched)));
  if (seconds.recorded) parts.push(recorded(duration(seconds.recorded)));
  if (seconds.blind) parts.push(blind(duration(seconds.blind), why(reasons)));
  return parts.length > 0 ? words.ledger.today(parts) : '';
}

/** @param {Record<string, number>} reasons */
function why(reasons) {
  const longest = Object.entries(reasons).sort(([, a], [, b]) => b - a);
  const named = longest.slice(0, MOST_REASONS).map(([reason, seconds]) => {
    /** @type {Record<string, string>} */
    const known = words.ledger.reasons;
    return words.ledger.part(known[reason] ?? words.ledger.others, duration(seconds));
  });
  const others = longest.slice(MOST_REASONS).reduce((sum, [, seconds]) => sum + seconds, 0);
  if (others > 0) named.push(words.ledger.part(words.ledger.others, duration(others)));
  return named;
}

/** @param {number} seconds */
function duration(seconds) {
  const { hours, minutes } = words.ledger;
  if (seconds < 60) return words.ledger.seconds(seconds);
  const whole = Math.floor(seconds / 60);
  if (whole < 60) return minutes(whole);
  return whole % 60 === 0 ? hours(whole / 60) : `${hours(Math.floor(whole / 60))} ${minutes(whole % 60)}`;
}
