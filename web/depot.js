// @ts-check
/**
 * What waits to be sent, in the order in which it was taken. It survives a reload, and a phone that is switched off.
 *
 * It knows neither what it keeps nor where that goes. It never refuses: whoever puts something in looks at `full` and
 * follows a rule of its own, such as to stop recording, or to let the oldest go. Where the browser keeps nothing
 * (private windows, no room left) things lie in memory, and `lasting` says that a reload would lose them.
 */

import { openShelf } from './shelf.js';

/**
 * What is known of one thing without reading it.
 * @typedef {object} Entry
 * @property {string} group things of one group belong together, such as the chunks of one recording
 * @property {number} number its place within the group
 * @property {number} bytes
 * @property {any} facts what else its owner wants to know of it; plain values
 */

/**
 * Where things lie: two stores under one name, as `shelf.js` opens them. Every function may throw.
 * @typedef {object} Shelf
 * @property {() => Promise<Entry[]>} list in the order of group and number
 * @property {(entry: Entry, data: ArrayBuffer) => Promise<void>} put in one step; the old one is replaced
 * @property {(group: string, number: number) => Promise<ArrayBuffer | null>} read
 * @property {(group: string, number: number) => Promise<void>} remove
 */

export class Depot {
  /** Everything that is here, by its key, in the order of group and number. @type {Map<string, Entry>} */
  #entries = new Map();
  /** What the shelf did not take. @type {Map<string, ArrayBuffer>} */
  #memory = new Map();
  /** What was put in since the last list was asked for. @type {Set<string>} */
  #coming = new Set();
  #sorted = true;
  #bytes = 0;
  /** The browser said that it has no more room. */
  #refused = false;

  /**
   * @param {object} parts
   * @param {Shelf | null} parts.shelf null where the browser has none
   * @param {number} [parts.capBytes] how much may wait before it counts as full
   */
  constructor({ shelf, capBytes = Infinity }) {
    this.shelf = shelf;
    this.capBytes = capBytes;
  }

  /**
   * Opens a depot and finds what was left in it.
   * @param {import('./shelf.js').StoreName} store
   * @param {{capBytes?: number}} [options]
   */
  static async open(store, options = {}) {
    const depot = new Depot({ shelf: await openShelf(store), ...options });
    await depot.load();
    return depot;
  }

  /** Finds what an earlier page left, and what another page of this browser put in or took out since. */
  async load() {
    if (!this.shelf) return;
    this.#coming.clear();
    try {
      const listed = await this.shelf.list();
      const before = this.#entries;
      this.#entries = new Map();
      this.#bytes = 0;
      for (const entry of listed) this.#know(entry);
      // What is in memory alone, and what came while the list was read.
      for (const [key, entry] of before) if (this.#memory.has(key) || this.#coming.has(key)) this.#know(entry);
    } catch {
      // What cannot be listed cannot be sent either. New things go to memory, and `lasting` tells.
      this.shelf = null;
    }
  }

  /** How much waits. */
  get bytes() {
    return this.#bytes;
  }

  get count() {
    return this.#entries.size;
  }

  /** Whether nothing more should be put in: the cap is reached, or the browser has no more room. */
  get full() {
    return this.#refused || this.#bytes >= this.capBytes;
  }

  /** Whether all that is here would survive a reload. */
  get lasting() {
    return this.shelf !== null && this.#memory.size === 0;
  }

  /**
   * Keeps something, in the place of what has the same group and number. When it is over, the thing is safe as far as
   * this browser can keep it; it never fails.
   * @param {string} group
   * @param {number} number 0 or more
   * @param {ArrayBuffer} data
   * @param {any} [facts]
   */
  async put(group, number, data, facts = null) {
    const entry = { group, number, bytes: data.byteLength, facts };
    const key = keyOf(group, number);
    // Known before it is written: whoever asks meanwhile counts it, and can read it.
    this.#memory.set(key, data);
    this.#coming.add(key);
    this.#know(entry);
    if (!this.shelf) return;
    try {
      await this.shelf.put(entry, data);
      this.#memory.delete(key);
    } catch {
      this.#refused = true;
    }
  }

  /**
   * @param {string} [group] only this one
   * @returns {Entry[]} in the order of group and number
   */
  entries(group) {
    if (!this.#sorted) {
      this.#entries = new Map([...this.#entries].sort(([, a], [, b]) => inOrder(a, b)));
      this.#sorted = true;
    }
    const all = [...this.#entries.values()];
    return group === undefined ? all : all.filter((entry) => entry.group === group);
  }

  /** @param {string} group @param {number} number @returns {Entry | null} */
  entry(group, number) {
    return this.#entries.get(keyOf(group, number)) ?? null;
  }

  /**
   * @param {string} group @param {number} number
   * @returns {Promise<ArrayBuffer | null>} null when it is not here, or when the browser lost it
   * @throws when the browser does not answer; asking again later may help
   */
  async read(group, number) {
    const key = keyOf(group, number);
    if (!this.#entries.has(key)) return null;
    return this.#memory.get(key) ?? (await this.shelf?.read(group, number)) ?? null;
  }

  /** Lets something go that has arrived, or is not wanted. @param {string} group @param {number} number */
  async remove(group, number) {
    const key = keyOf(group, number);
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#memory.delete(key);
    this.#bytes -= entry.bytes;
    this.#refused = false;
    try {
      await this.shelf?.remove(group, number);
    } catch {
      // It is found again by the next page and sent twice, which stores it once.
    }
  }

  /** @param {Entry} entry */
  #know(entry) {
    const key = keyOf(entry.group, entry.number);
    const before = this.#entries.get(key);
    this.#bytes += entry.bytes - (before?.bytes ?? 0);
    this.#entries.set(key, entry);
    if (!before) this.#sorted = false;
  }
}

/** @param {string} group @param {number} number */
const keyOf = (group, number) => `${group} ${number}`;

/** As IndexedDB orders the keys `[group, number]`. @param {Entry} a @param {Entry} b */
function inOrder(a, b) {
  if (a.group !== b.group) return a.group < b.group ? -1 : 1;
  return a.number - b.number;
}
