// @ts-check
/**
 * Brings recordings to the computer: chunk after chunk, piece after piece, for as long as it takes. It knows neither
 * camera nor page, and nothing of how a recording is made.
 *
 * What was recorded lies in a depot until the computer has answered that it is on disk. After a silence, a reload or a
 * restart the computer is asked what it has, and gets the rest. Everything may be sent twice; it is stored once.
 */

import { Refusal, isFinal } from './api.js';

/** @typedef {import('./clock.js').Timers} Timers */
/** @typedef {import('./depot.js').Depot} Depot */
/**
 * What is remembered of a recording until it is finished.
 * @typedef {object} Record
 * @property {string} key what this phone calls it
 * @property {string} user under whose name it was made
 * @property {string} camera
 * @property {string} mime
 * @property {number} startedAt by the computer's clock
 * @property {string | null} id what the computer calls it
 * @property {number} sent chunks before this one have arrived
 * @property {boolean} ended whether its last chunk is here
 * @property {number | null} durationMs
 */
/**
 * @typedef {object} Progress
 * @property {string} state
 * @property {[number, number][]} have
 * @property {{seq: number, have: number, bytes: number}[]} partial
 */
/**
 * @typedef {object} RecordingApi
 * @property {(body: {camera: string, mime: string, started_at: number, key: string}) => Promise<{id: string}>} beginRecording
 * @property {(id: string) => Promise<Progress>} recording
 * @property {(id: string, seq: number, piece: {bytes: ArrayBuffer, from: number, total: number, sha256: string, capturedAt: number}) => Promise<{bytes: number, complete: boolean}>} putPiece
 * @property {(id: string, body: {chunks: number, duration_ms?: number}) => Promise<any>} finishRecording
 */
/** @typedef {{kind: 'silent' | 'busy' | 'notStored' | 'deleted' | 'refused' | 'incomplete', message: string, todo: string}} Trouble */

/** Pauses after the computer was silent, as those of the frames. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5000;
/** Pieces grow while the network is quick and shrink when it is not, so that a broken one costs little. */
const FIRST_PIECE_BYTES = 512 * 1024;
const LEAST_PIECE_BYTES = 64 * 1024;
const MOST_PIECE_BYTES = 2 * 1024 * 1024;
const QUICK_MS = 1500;
const SLOW_MS = 8000;
/** What can become of a recording, said until the next one begins. */
const FATES = ['deleted', 'refused', 'incomplete'];
/** How often a recording that another page of this phone may still make is looked at. */
const LOOK_MS = 2000;
/** An open recording of which there is no news is asked for so often, or the computer would take it for abandoned. */
const SIGN_OF_LIFE_MS = 60_000;

export class Uploads {
  /** Recordings of which this page takes care. @type {Map<string, Record>} */
  #own = new Map();
  /** What the computer has of a recording, as far as that is known. @type {Map<string, Map<number, number>>} */
  #there = new Map();
  #running = false;
  #silences = 0;
  #pieceBytes = FIRST_PIECE_BYTES;
  #spokeAt = -Infinity;
  /** @type {(() => void) | null} */
  #cancelWait = null;
  /** @type {(() => void) | null} */
  #wakeUp = null;
  /** @type {(() => void) | null} */
  #cancelLook = null;

  /** What keeps the sending back, or what became of the last recording; null when all is well. @type {Trouble | null} */
  trouble = null;
  /** Recordings that arrived whole since the page was loaded. */
  finished = 0;

  /**
   * @param {object} parts
   * @param {Depot} parts.chunks
   * @param {Depot} parts.records
   * @param {RecordingApi} parts.api
   * @param {Timers} parts.timers
   * @param {() => string | null} parts.user the name under which this phone sends now
   * @param {(data: ArrayBuffer) => Promise<string>} parts.hash SHA-256 in base64
   * @param {(key: string) => Promise<boolean>} parts.own whether this page may take care of a recording: no other page of this phone does
   * @param {() => void} parts.onChange
   */
  constructor({ chunks, records, api, timers, user, hash, own, onChange }) {
    this.chunks = chunks;
    this.records = records;
    this.api = api;
    this.timers = timers;
    this.user = user;
    this.hash = hash;
    this.own = own;
    this.onChange = onChange;
  }

  /** Whether something waits to be sent or finished. */
  get waiting() {
    return this.records.count > 0;
  }

  /** Another name of this phone under which something waits; nothing is sent under a wrong name. @returns {string | null} */
  get otherName() {
    const user = this.user();
    if (user === null) return null;
    return [...this.#own.values()].find((record) => record.user !== user)?.user ?? null;
  }

  /** Takes care of what earlier pages left behind: nobody records it any more, so it is over. */
  async adopt(again = false) {
    this.#cancelLook?.();
    for (let { group, facts } of this.records.entries()) {
      if (this.#own.has(group) || !(await this.own(group))) continue;
      if (again) {
        // Until now another page took care of it, and much has happened there.
        await this.chunks.load();
        await this.records.load();
        facts = this.records.entry(group, 0)?.facts;
        if (!facts) continue;
      }
      const record = /** @type {Record} */ ({ ...facts });
      this.#own.set(group, record);
      if (!record.ended) await this.#keep(Object.assign(record, { ended: true }));
    }
    // Chunks without a record: the page ended while both were being removed.
    for (const { group, number } of this.chunks.entries()) {
      if (!this.records.entry(group, 0)) await this.chunks.remove(group, number);
    }
    const others = this.records.entries().some(({ group }) => !this.#own.has(group));
    if (others) this.#cancelLook = this.timers.after(LOOK_MS, () => void this.adopt(true));
    this.go();
  }

  /**
   * A recording begins.
   * @param {{key: string, user: string, camera: string, mime: string, startedAt: number}} beginning
   */
  async begin(beginning) {
    await this.own(beginning.key);
    /** @type {Record} */
    const record = { ...beginning, id: null, sent: 0, ended: false, durationMs: null };
    this.#own.set(record.key, record);
    this.#there.set(record.key, new Map());
    // What became of the one before was said until now.
    if (this.trouble && FATES.includes(this.trouble.kind)) this.trouble = null;
    await this.#keep(record);
    this.go();
  }

  /**
   * Its next chunk is here.
   * @param {string} key
   * @param {number} seq
   * @param {ArrayBuffer} data
   * @param {number} capturedAt by the computer's clock
   * @returns {Promise<boolean>} whether more of it is wanted: not when it was deleted on the computer meanwhile, or refused
   */
  async add(key, seq, data, capturedAt) {
    if (!this.#own.has(key)) return false;
    await this.chunks.put(key, seq, data, { capturedAt });
    // It may have been let go while this was written.
    if (!this.#own.has(key)) await this.chunks.remove(key, seq);
    this.onChange();
    this.go();
    return this.#own.has(key);
  }

  /**
   * It is over. One without a chunk never was.
   * @param {string} key
   * @param {number | null} durationMs
   */
  async end(key, durationMs) {
    const record = this.#own.get(key);
    if (!record) return;
    await this.#keep(Object.assign(record, { ended: true, durationMs }));
    this.go();
  }

  /** Goes on at once instead of after the pause: the network is back, or the phone has a name again. */
  hurry() {
    this.#silences = 0;
    this.#wakeUp?.();
    this.go();
  }

  /** Sends whatever there is to send, if nobody does so yet. */
  go() {
    if (!this.#running) void this.#run();
  }

  async #run() {
    this.#running = true;
    try {
      for (;;) {
        const record = this.#next();
        if (!record) break;
        const pauseMs = await this.#step(record);
        this.onChange();
        if (pauseMs > 0) await this.#wait(pauseMs);
      }
    } finally {
      this.#running = false;
    }
    this.onChange();
    this.#planSignOfLife();
  }

  /** The oldest recording with something to do. */
  #next() {
    const due = [...this.#own.values()].filter(
      (record) => record.user === this.user() && (record.ended || this.chunks.entries(record.key).length > 0),
    );
    return due.sort((a, b) => a.startedAt - b.startedAt)[0] ?? null;
  }

  /**
   * Does one thing for a recording.
   * @param {Record} record
   * @returns {Promise<number>} how long to wait before the next, in milliseconds
   */
  async #step(record) {
    try {
      await this.#advance(record);
      this.#silences = 0;
      if (this.trouble && !FATES.includes(this.trouble.kind)) this.trouble = null;
      return 0;
    } catch (error) {
      return this.#failed(record, error);
    }
  }

  /** @param {Record} record */
  async #advance(record) {
    const next = this.chunks.entries(record.key)[0];
    if (!next && this.#total(record) === 0) return this.#forget(record);
    if (!record.id) {
      const { camera, mime, startedAt, key } = record;
      const { id } = await this.api.beginRecording({ camera, mime, started_at: startedAt, key });
      this.#spokeAt = this.timers.now();
      return this.#keep(Object.assign(record, { id }));
    }
    if (!this.#there.has(record.key)) return this.#ask(record);
    if (next) return this.#send(record, next);
    await this.#finish(record);
  }

  /** @param {Record} record */
  async #ask(record) {
    const progress = await this.api.recording(record.id ?? '');
    this.#spokeAt = this.timers.now();
    const there = new Map(progress.partial.map(({ seq, have }) => [seq, have]));
    this.#there.set(record.key, there);
    for (const { number } of this.chunks.entries(record.key)) {
      if (progress.have.some(([first, last]) => first <= number && number <= last)) await this.#arrived(record, number);
    }
  }

  /** @param {Record} record @param {import('./depot.js').Entry} entry */
  async #send(record, { number, facts }) {
    const data = await this.chunks.read(record.key, number);
    // The browser has lost it. What follows is sent all the same; the computer knows what is missing.
    if (!data) return this.chunks.remove(record.key, number);
    const there = this.#there.get(record.key) ?? new Map();
    const from = Math.min(there.get(number) ?? 0, data.byteLength - 1);
    const bytes = data.slice(from, from + this.#pieceBytes);
    const begun = this.timers.now();
    const { capturedAt } = facts;
    const sha256 = await this.hash(data);
    const stored = await this.api.putPiece(record.id ?? '', number, { bytes, from, total: data.byteLength, sha256, capturedAt });
    this.#spokeAt = this.timers.now();
    this.#learnPace(this.#spokeAt - begun);
    there.set(number, stored.bytes);
    if (stored.complete) await this.#arrived(record, number);
  }

  /** @param {Record} record @param {number} number */
  async #arrived(record, number) {
    this.#there.get(record.key)?.delete(number);
    // In this order: a page that ends in between sends the chunk once more.
    if (number >= record.sent) await this.#keep(Object.assign(record, { sent: number + 1 }));
    await this.chunks.remove(record.key, number);
  }

  /** @param {Record} record */
  async #finish(record) {
    const body = { chunks: this.#total(record) };
    await this.api.finishRecording(record.id ?? '', record.durationMs === null ? body : { ...body, duration_ms: record.durationMs });
    this.finished += 1;
    await this.#forget(record);
  }

  /** How many chunks it has so far. @param {Record} record */
  #total(record) {
    const here = this.chunks.entries(record.key);
    return Math.max(record.sent, here.length > 0 ? here[here.length - 1].number + 1 : 0);
  }

  /**
   * @param {Record} record
   * @param {unknown} error
   * @returns {Promise<number>}
   */
  async #failed(record, error) {
    if (!(error instanceof Refusal) || !isFinal(error)) {
      const stored = error instanceof Refusal && error.status === 507;
      return this.#silent(record, stored ? 'notStored' : 'silent', error);
    }
    const { status, code, body } = error;
    const number = this.chunks.entries(record.key)[0]?.number ?? 0;
    if (status === 429) {
      this.#tell('busy', error);
      return Math.max(100, Number(body?.error?.retry_ms) || 1000);
    }
    if (status === 401 || status === 403) return this.#silent(record, 'silent', error);
    if (status === 404) {
      // Another save folder, or a computer that was set up anew: it is begun again there.
      await this.#keep(Object.assign(record, { id: null }));
      return this.#silent(record, 'silent', error);
    }
    if (code === 'gap') {
      this.#there.get(record.key)?.set(number, Number(body.have) || 0);
      return 0;
    }
    if (code === 'wrong_checksum') return this.#silent(record, 'silent', error);
    if (code === 'missing_chunks') {
      // Every chunk that was here has arrived, so these are nowhere any more. The computer makes of it what it can.
      await this.#forget(record);
      this.#tell('incomplete', error);
      return 0;
    }
    await this.#forget(record);
    this.#tell(status === 410 ? 'deleted' : 'refused', error);
    return 0;
  }

  /** Nobody answers, or nobody can help: later. What the computer has is asked for then. @param {Record} record @param {Trouble['kind']} kind @param {unknown} error */
  #silent(record, kind, error) {
    this.#there.delete(record.key);
    this.#pieceBytes = Math.max(LEAST_PIECE_BYTES, this.#pieceBytes / 2);
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#silences);
    this.#silences += 1;
    this.#tell(kind, error);
    return pauseMs;
  }

  /** @param {Trouble['kind']} kind @param {unknown} error */
  #tell(kind, error) {
    const { message = '', hint = '' } = /** @type {Refusal} */ (error);
    this.trouble = { kind, message, todo: hint };
  }

  /** @param {number} tookMs */
  #learnPace(tookMs) {
    if (tookMs < QUICK_MS) this.#pieceBytes = Math.min(MOST_PIECE_BYTES, this.#pieceBytes * 2);
    else if (tookMs > SLOW_MS) this.#pieceBytes = Math.max(LEAST_PIECE_BYTES, this.#pieceBytes / 2);
  }

  /** @param {Record} record */
  async #keep(record) {
    await this.records.put(record.key, 0, new ArrayBuffer(0), { ...record });
  }

  /** @param {Record} record */
  async #forget(record) {
    this.#own.delete(record.key);
    this.#there.delete(record.key);
    for (const { number } of this.chunks.entries(record.key)) await this.chunks.remove(record.key, number);
    await this.records.remove(record.key, 0);
  }

  /** @param {number} ms */
  #wait(ms) {
    return new Promise((done) => {
      const over = () => {
        this.#cancelWait?.();
        this.#cancelWait = this.#wakeUp = null;
        done(null);
      };
      this.#wakeUp = over;
      this.#cancelWait = this.timers.after(ms, over);
    });
  }

  #planSignOfLife() {
    const open = [...this.#own.values()].find((record) => record.id && !record.ended);
    if (!open || this.#cancelWait) return;
    this.#cancelWait = this.timers.after(SIGN_OF_LIFE_MS, () => {
      this.#cancelWait = null;
      if (this.#running) return;
      if (this.timers.now() - this.#spokeAt >= SIGN_OF_LIFE_MS) void this.api.recording(open.id ?? '').catch(() => {});
      this.#planSignOfLife();
    });
  }
}
