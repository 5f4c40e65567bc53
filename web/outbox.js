// @ts-check
/**
 * The pictures that must arrive: those that the computer asked for, and those that were taken while it could not be
 * reached. They lie in a depot, which survives a reload, until the computer has said that it has them.
 *
 * What was taken while the computer was away has not been looked at: its small pictures go first, in the order in which
 * they were taken, and the answers say which of the large ones are wanted. When the depot is full the oldest of these go.
 *
 * One request is under way at a time. It knows no camera, no page and no browser.
 */

import { Held } from './held.js';

/** @typedef {import('./clock.js').Timers} Timers */
/** @typedef {import('./sender.js').Outcome} Outcome */
/** @typedef {import('./depot.js').Depot} Depot */
/** @typedef {import('./depot.js').Entry} Entry */
/** @typedef {{event: number | null, score: number, peak: boolean}} Judged */
/**
 * A picture as it was taken.
 * @typedef {object} Taken
 * @property {string} camera which it was taken by: when the answer comes another one may be open
 * @property {number} seq
 * @property {number} capturedAt
 * @property {Blob} preview
 * @property {Blob | null} whole
 * @property {boolean} moved
 */
/** @typedef {{seq: number, capturedAt: number, blob: Blob}} Picture */

/** How much a depot for these pictures should hold: more would take a phone's memory for what nobody asked for. */
export const CAP_BYTES = 200_000_000;
/** Pauses after a request that nobody answered; they double. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5000;
/** What was looked at late and is not wanted stays for so long: what goes on now may have begun then. */
const STILL_ASKED_MS = 5000;
/** Pause while the computer's disk is full. */
const FULL_PAUSE_MS = 10_000;

export class Outbox {
  #busy = false;
  /** Something has changed since it was last looked what is to be sent. */
  #again = false;
  /** @type {(() => void) | null} */
  #cancelPause = null;
  /** @type {(() => void) | null} */
  #cancelClearing = null;
  #silences = 0;
  /** What was looked at and not asked for, for as long as it may still be asked for. @type {Held<any>} */
  #unwanted;
  /** Keys of entries that were looked at. @type {Map<string, Judged | null>} */
  #judged = new Map();
  /** The best picture of an event that goes on. @type {{entry: Entry, judged: Judged} | null} */
  #best = null;

  /** Pictures that had to go because the depot was full. */
  dropped = 0;
  /** Pictures that the computer refused, or that the browser did not give back. */
  refused = 0;

  /**
   * @param {object} parts
   * @param {Depot} parts.depot
   * @param {{sendFrame: (camera: string, picture: Picture, judged: Judged & {late: boolean}) => Promise<Outcome>,
   *   sendPreview: (camera: string, picture: Picture, how: {whole: boolean, moved: boolean, late: boolean}) => Promise<Outcome>}} parts.api
   * @param {Timers} parts.timers
   * @param {() => string | null} parts.user whose pictures may be sent now; null while nobody's may
   * @param {(outcome: Outcome, picture: {camera: string, capturedAt: number}) => void} parts.onOutcome of each request, and of which picture
   */
  constructor({ depot, api, timers, user, onOutcome }) {
    this.depot = depot;
    this.api = api;
    this.timers = timers;
    this.user = user;
    this.onOutcome = onOutcome;
    this.#unwanted = new Held({ onGone: ({ entry }) => void this.#letGo(entry) });
  }

  /** How many pictures wait, without those that are held back only because they may still be asked for. */
  get count() {
    return this.depot.count - this.#unwanted.count - (this.#best ? 1 : 0);
  }

  get bytes() {
    return this.depot.bytes;
  }

  /**
   * The computer has asked for this picture.
   * @param {Taken} taken @param {Judged} judged
   */
  async wanted({ camera, seq, capturedAt, whole }, judged) {
    if (!whole) return;
    await this.#put(camera, capturedAt, await whole.arrayBuffer(), { kind: 'wanted', seq, previewBytes: 0, judged });
  }

  /**
   * This picture was taken while the computer could not be reached.
   * @param {Taken} taken
   */
  async late({ camera, seq, capturedAt, preview, whole, moved }) {
    const data = await new Blob(whole ? [preview, whole] : [preview]).arrayBuffer();
    await this.#put(camera, capturedAt, data, { kind: 'late', seq, moved, previewBytes: preview.size });
  }

  /**
   * The computer asks for what led to an event that goes on now: of that, what was taken while it could not be reached.
   * @param {string} camera @param {number} since @param {number | null} event
   */
  wantedSince(camera, since, event) {
    const judged = { event, score: 0, peak: false };
    for (const held of this.#unwanted.take(since, Infinity)) {
      // Of the other camera of this phone, front or back, nothing was asked.
      if (held.entry.group === camera) this.#judged.set(keyOf(held.entry), judged);
      else this.#unwanted.add(held);
    }
    for (const entry of this.depot.entries(camera)) {
      const isOpen = entry.facts.kind === 'late' && entry.bytes > entry.facts.previewBytes && !this.#judged.has(keyOf(entry));
      if (isOpen && entry.number >= since) this.#judged.set(keyOf(entry), judged);
    }
    void this.#pump();
  }

  /** Tries again at once, because the computer seems to be back, or it is known now who we are. */
  hurry() {
    if (this.#cancelPause) this.#silences = 0;
    this.#cancelPause?.();
    this.#cancelPause = null;
    void this.#pump();
  }

  /** @param {string} camera @param {number} capturedAt @param {ArrayBuffer} data @param {any} facts */
  async #put(camera, capturedAt, data, facts) {
    if (await this.#makeRoom()) await this.depot.put(camera, capturedAt, data, { ...facts, user: this.user() });
    else this.dropped += 1;
    void this.#pump();
  }

  /** Lets the oldest go that nobody has asked for. @returns {Promise<boolean>} whether there is room now */
  async #makeRoom() {
    while (this.depot.full) {
      const unasked = (/** @type {Entry} */ entry) => entry.facts.kind === 'late' && !this.#judged.get(keyOf(entry));
      const [oldest] = this.depot.entries().filter(unasked).sort((a, b) => a.number - b.number);
      if (!oldest) return false;
      if (!this.#judged.has(keyOf(oldest))) this.dropped += 1;
      await this.#letGo(oldest);
    }
    return true;
  }

  async #pump() {
    this.#again = true;
    if (this.#busy) return;
    this.#busy = true;
    this.#cancelClearing?.();
    // Whoever puts something in meanwhile, or says that we are somebody else, is heard in the next round.
    while (this.#again && !this.#cancelPause) {
      this.#again = false;
      for (let entry = this.#next(); entry && !this.#cancelPause; entry = this.#next()) {
        this.#settle(await this.#send(entry), entry);
      }
      if (!this.#cancelPause) this.#finishLate();
    }
    this.#busy = false;
  }

  /** What was asked for goes before what has to be looked at. @returns {Entry | undefined} */
  #next() {
    const user = this.user();
    if (user === null) return undefined;
    const mine = this.depot.entries().filter((entry) => entry.facts.user === user);
    const isWanted = (/** @type {Entry} */ entry) => entry.facts.kind === 'wanted' || this.#judged.get(keyOf(entry));
    return mine.find(isWanted) ?? mine.find((entry) => !this.#judged.has(keyOf(entry)));
  }

  /** @param {Entry} entry @returns {Promise<Outcome>} */
  async #send(entry) {
    const { group: camera, number: capturedAt, facts } = entry;
    /** @type {ArrayBuffer | null} */
    let data;
    try {
      data = await this.depot.read(camera, capturedAt);
    } catch {
      return { kind: 'silent' };
    }
    if (!data) return { kind: 'refused', message: '', todo: '' };
    const picture = (/** @type {ArrayBuffer} */ part) =>
      ({ seq: facts.seq, capturedAt, blob: new Blob([part], { type: 'image/jpeg' }) });
    const late = facts.kind === 'late';
    const judged = late ? this.#judged.get(keyOf(entry)) : facts.judged;
    if (judged) return this.api.sendFrame(camera, picture(data.slice(facts.previewBytes)), { ...judged, late });
    const whole = data.byteLength > facts.previewBytes;
    const how = { whole, moved: Boolean(facts.moved), late: true };
    return this.api.sendPreview(camera, picture(data.slice(0, facts.previewBytes)), how);
  }

  /** @param {Outcome} outcome @param {Entry} entry */
  #settle(outcome, entry) {
    if (outcome.kind !== 'silent') this.#silences = 0;
    switch (outcome.kind) {
      case 'ok':
        if (entry.facts.kind === 'wanted' || this.#judged.get(keyOf(entry))) void this.#letGo(entry);
        else this.#judge(entry, outcome.answer);
        break;
      case 'refused':
        // It would be refused again.
        this.refused += 1;
        void this.#letGo(entry);
        break;
      case 'silent':
        this.#pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#silences));
        this.#silences += 1;
        break;
      case 'busy':
        this.#pause(outcome.retryMs);
        break;
      default:
        this.#pause(FULL_PAUSE_MS);
    }
    this.onOutcome(outcome, { camera: entry.group, capturedAt: entry.number });
  }

  /** What the computer said of a late picture. @param {Entry} entry @param {any} answer */
  #judge(entry, answer) {
    const judged = { event: answer?.event ?? null, score: Number(answer?.score) || 0, peak: false };
    if (this.#best && this.#best.judged.event !== judged.event) this.#sendBest();
    const since = answer?.wanted_since;
    if (typeof since === 'number' && since < entry.number) {
      for (const { entry: earlier, score } of this.#unwanted.take(since, entry.number)) {
        this.#judged.set(keyOf(earlier), { event: judged.event, score, peak: false });
      }
    }
    if (entry.bytes <= entry.facts.previewBytes) return void this.#letGo(entry);
    if (typeof since === 'number') {
      this.#judged.set(keyOf(entry), judged);
      return;
    }
    this.#judged.set(keyOf(entry), null);
    if (answer?.best) {
      this.#hold(this.#best);
      this.#best = { entry, judged };
    } else {
      this.#hold({ entry, judged });
    }
  }

  /** @param {{entry: Entry, judged: Judged} | null} picture was looked at and not asked for yet */
  #hold(picture) {
    if (!picture) return;
    const { entry, judged } = picture;
    this.#unwanted.add({ capturedAt: entry.number, whole: null, entry, score: judged.score });
  }

  #sendBest() {
    if (this.#best) this.#judged.set(keyOf(this.#best.entry), { ...this.#best.judged, peak: true });
    this.#best = null;
  }

  /** All was looked at: what is still held is soon not wanted any more, unless more is to come. */
  #finishLate() {
    if (this.user() === null) return;
    if (this.#best) {
      this.#sendBest();
      this.#again = true;
      return;
    }
    this.#cancelClearing?.();
    this.#cancelClearing = this.timers.after(STILL_ASKED_MS, () => {
      for (const { entry } of this.#unwanted.takeAll()) void this.#letGo(entry);
    });
  }

  /** @param {Entry} entry */
  async #letGo(entry) {
    this.#judged.delete(keyOf(entry));
    await this.depot.remove(entry.group, entry.number);
  }

  /** @param {number} ms */
  #pause(ms) {
    this.#cancelPause?.();
    this.#cancelPause = this.timers.after(ms, () => {
      this.#cancelPause = null;
      void this.#pump();
    });
  }
}

/** @param {Entry} entry */
const keyOf = ({ group, number }) => `${group} ${number}`;
