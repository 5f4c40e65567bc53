// @ts-check
/**
 * A list that the computer gives page by page, the newest first, and of which it tells every change. What was heard counts
 * more than an answer that was asked for before. It knows no page: it asks by a function and tells that something changed.
 */

import { Refusal } from './api.js';

/** @typedef {import('./clock.js').Timers} Timers */
/** @typedef {{id: string, started_at: number}} Item */
/**
 * @template {Item} T
 * @typedef {(page: {cursor: string, limit: number}) => Promise<{items: T[], next: string | null}>} Ask
 */

const PAGE = 20;
const RETRY_MS = 3000;

/** @template {Item} T */
export class NewestFirst {
  /** @type {Map<string, T>} */
  #known = new Map();
  /** What was heard of while an answer is on its way: the answer may not know of it yet. @type {Set<string>} */
  #heard = new Set();
  #asking = 0;
  #loaded = false;
  /** @type {string | null} */
  #next = null;
  /** Grows when all is forgotten and loaded anew. */
  #beginnings = 0;
  #refreshing = false;
  #refreshAgain = false;
  #loadingMore = false;
  /** Plans of what failed, by what it was. @type {Map<'refresh' | 'more', () => void>} */
  #retries = new Map();
  #gone = false;

  /**
   * @param {object} parts
   * @param {Ask<T>} parts.ask gives the page behind the cursor, or the first without one
   * @param {() => void} parts.onChange what is known is not what it was
   * @param {Timers} parts.timers
   */
  constructor({ ask, onChange, timers }) {
    this.ask = ask;
    this.onChange = onChange;
    this.timers = timers;
  }

  /** All that is known. @returns {T[]} the newest first */
  get items() {
    return [...this.#known.values()].sort((a, b) => b.started_at - a.started_at || (a.id < b.id ? 1 : -1));
  }

  get size() {
    return this.#known.size;
  }

  /** Whether there are older ones that nobody has asked for. */
  get hasMore() {
    return this.#next !== null;
  }

  /** What is there, or has become another. @param {T} item */
  put(item) {
    this.#hear(item.id);
    this.#known.set(item.id, item);
    this.onChange();
  }

  /** What is not there any more. @param {string} id */
  forget(id) {
    this.#hear(id);
    if (this.#known.delete(id)) this.onChange();
  }

  /** Asks for the newest page; what was deleted or came while nobody listened is known afterwards. */
  async refresh() {
    if (this.#gone) return;
    this.#cancel('refresh');
    // The answer that is on its way may be older than the reason to ask.
    this.#refreshAgain = this.#refreshing;
    if (this.#refreshing) return;
    this.#refreshing = true;
    const page = await this.#page('refresh', '', () => void this.refresh());
    this.#refreshing = false;
    if (page) this.#takeNewest(page);
    this.#answered();
    if (this.#refreshAgain) await this.refresh();
  }

  /** Asks for the page behind what is known. */
  async more() {
    this.#cancel('more');
    if (this.#gone || this.#loadingMore || this.#next === null) return;
    this.#loadingMore = true;
    const beginning = this.#beginnings;
    const page = await this.#page('more', this.#next, () => void this.more());
    this.#loadingMore = false;
    if (page && beginning === this.#beginnings) {
      this.#next = page.next;
      this.#add(page.items);
    }
    this.#answered();
  }

  /** Nothing is asked or told from now on. */
  dispose() {
    this.#gone = true;
    this.#cancel('refresh');
    this.#cancel('more');
  }

  /** @param {{items: T[], next: string | null}} page */
  #takeNewest({ items, next }) {
    const oldest = items[items.length - 1]?.started_at ?? Infinity;
    // Between these and what is known lie some that nobody has asked for: all begins anew, or the hole would stay.
    const anew = next !== null && !items.some(({ id }) => this.#known.has(id));
    const listed = new Set(items.map(({ id }) => id));
    for (const [id, known] of this.#known) {
      const isMissing = !listed.has(id) && (anew || next === null || known.started_at > oldest);
      if (isMissing && !this.#heard.has(id)) this.#known.delete(id);
    }
    if (anew) this.#beginnings += 1;
    if (anew || !this.#loaded) this.#next = next;
    this.#loaded = true;
    this.#add(items);
  }

  /** @param {T[]} items */
  #add(items) {
    for (const item of items) if (!this.#heard.has(item.id)) this.#known.set(item.id, item);
    this.onChange();
  }

  /**
   * One page, or nothing: then it is tried again, unless the answer would be the same.
   * @param {'refresh' | 'more'} what @param {string} cursor @param {() => void} again
   */
  async #page(what, cursor, again) {
    this.#asking += 1;
    try {
      const page = await this.ask({ cursor, limit: PAGE });
      return this.#gone ? null : page;
    } catch (error) {
      // Who may not see anything is told so by the frames.
      const isFinal = error instanceof Refusal && error.status < 500 && ![408, 429].includes(error.status);
      if (!isFinal && !this.#gone) this.#retries.set(what, this.timers.after(RETRY_MS, again));
      return null;
    }
  }

  #answered() {
    this.#asking -= 1;
    if (this.#asking === 0) this.#heard.clear();
  }

  /** @param {string} id */
  #hear(id) {
    if (this.#asking > 0) this.#heard.add(id);
  }

  /** @param {'refresh' | 'more'} what */
  #cancel(what) {
    this.#retries.get(what)?.();
    this.#retries.delete(what);
  }
}
