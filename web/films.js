// @ts-check
/**
 * The films in My frames that somebody ordered: a list with kind, date, length and size; to play, to download, to delete. It
 * asks the computer for them, orders more, and hears of changes; it knows nothing of how they are made. The film of an event
 * is played with its frames and stands in no list.
 */

import { clockTime, dayName, lengthOf } from './album.js';
import * as api from './api.js';
import { build, place } from './build.js';
import { Screen } from './screen.js';
import { words } from './words.js';

/** @typedef {import('./api.js').Film} Film */

const PAGE = 20;
const RETRY_MS = 3000;

export class Films {
  list = build('ul', {});
  more = build('button', { type: 'button', class: 'button quiet', hidden: '' }, words.films.more);
  element = build('section', { class: 'videos films', 'aria-label': words.films.title, hidden: '' });
  /** @type {Map<string, Film>} */
  #known = new Map();
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();
  /** What was ordered here and is not made yet. @type {Set<number>} */
  #ordered = new Set();
  /** @type {string | null} */
  #next = null;
  #retry = 0;
  #gone = false;

  /**
   * @param {HTMLElement} root
   * @param {object} parts
   * @param {import('./toast.js').Toast} parts.toast
   * @param {HTMLElement} parts.trouble what is wrong with the filming below; it moves to what is played while that is open
   */
  constructor(root, { toast, trouble }) {
    this.toast = toast;
    this.screen = new Screen(root, { toast, trouble });
    this.more.addEventListener('click', () => void this.#load());
    this.element.append(build('h2', {}, words.films.title), this.list, this.more);
    void this.#load();
  }

  /** Whether there is anything to see. */
  get any() {
    return this.#known.size > 0;
  }

  /** What the computer tells by itself. @param {string} event @param {any} data */
  hear(event, data) {
    if (event === 'hello' || event === 'resync' || (event === 'session' && data.user)) void this.#load(true);
    if (event !== 'clip' || data.kind === 'event') return;
    if (data.kind === 'deleted') this.#known.delete(data.id);
    else this.#known.set(data.id, data);
    if (this.#ordered.delete(data.number)) this.toast.show(words.films.made, this.#toPlay(data));
    this.#draw();
  }

  /** A film is wanted. @param {import('./api.js').FilmOrder} order */
  async order(order) {
    try {
      const { number } = await api.orderFilm(order);
      this.#ordered.add(number);
      this.toast.show(words.films.ordered);
    } catch (error) {
      this.toast.show(words.films.notOrdered(words.because(/** @type {Error} */ (error))));
    }
  }

  dispose() {
    this.#gone = true;
    clearTimeout(this.#retry);
    this.screen.dispose();
  }

  /** @param {boolean} [anew] from the newest on */
  async #load(anew = false) {
    clearTimeout(this.#retry);
    try {
      const page = await api.films({ cursor: anew ? '' : (this.#next ?? ''), limit: PAGE });
      if (this.#gone) return;
      const oldest = page.clips[page.clips.length - 1]?.started_at ?? Infinity;
      // What was deleted while nobody listened is not in the page any more.
      for (const [id, known] of this.#known) {
        if (anew && (!page.next || known.started_at > oldest)) this.#known.delete(id);
      }
      for (const film of page.clips) this.#known.set(film.id, film);
      if (!anew || !this.#next) this.#next = page.next;
      this.#draw();
    } catch (error) {
      // Who may not see anything is told so by the frames.
      if (error instanceof api.Refusal && error.status < 500 && error.status !== 429) return;
      if (!this.#gone) this.#retry = window.setTimeout(() => void this.#load(anew), RETRY_MS);
    }
  }

  #draw() {
    const sorted = [...this.#known.values()].sort((a, b) => b.started_at - a.started_at || (a.id < b.id ? 1 : -1));
    for (const id of this.#rows.keys()) if (!this.#known.has(id)) this.#rows.delete(id);
    place(this.list, sorted.map((film) => this.#row(film)));
    this.more.hidden = this.#next === null;
    this.element.hidden = sorted.length === 0;
  }

  /** A film that was made does not change. @param {Film} film */
  #row(film) {
    const known = this.#rows.get(film.id);
    if (known) return known;
    const name = nameOf(film);
    const about = build('div', { class: 'about' }, build('b', { class: 'digits' }, name), build('span', { class: 'digits' }, factsOf(film)));
    const play = build('button', { type: 'button', class: 'button quiet', 'aria-label': words.films.play(name) }, words.page.play);
    play.addEventListener('click', () => this.#play(film));
    const href = `${api.clipUrl(film.id)}?download`;
    const download = build('a', { class: 'button quiet', href, download: '', 'aria-label': words.films.download(name) }, words.page.download);
    const remove = build('button', { type: 'button', class: 'button quiet', 'aria-label': words.films.remove(name) }, words.page.remove);
    remove.addEventListener('click', () => void this.#remove(film));
    const row = build('li', {}, about, build('div', { class: 'acts' }, play, download, remove));
    this.#rows.set(film.id, row);
    return row;
  }

  /** @param {Film} film */
  #toPlay(film) {
    return { text: words.page.play, act: () => this.#play(film) };
  }

  /** @param {Film} film */
  #play(film) {
    const name = nameOf(film);
    this.screen.show({ src: api.clipUrl(film.id), when: name, label: words.films.play(name), facts: factsOf(film) });
  }

  /** @param {Film} film */
  async #remove(film) {
    this.#known.delete(film.id);
    this.#draw();
    try {
      await api.deleteFilm(film.id);
      this.toast.show(words.films.deleted, { text: words.page.undo, act: () => void this.#restore(film) });
    } catch (error) {
      if (error instanceof api.Refusal && error.status === 404) return;
      this.#known.set(film.id, film);
      this.#draw();
      this.toast.show(words.films.notDeleted(words.because(/** @type {Error} */ (error))));
    }
  }

  /** @param {Film} film */
  async #restore(film) {
    try {
      await api.restoreFilm(film.id);
      this.toast.show(words.films.restored);
    } catch (error) {
      this.toast.show(words.films.notRestored(words.because(/** @type {Error} */ (error))));
    }
    void this.#load(true);
  }
}

/** @param {Film} film */
function nameOf({ kind, started_at: at }) {
  const kinds = { timelapse: words.films.timelapse, selection: words.films.selection, mask: words.films.masked, event: '' };
  return `${kinds[kind]} · ${dayName(at, Date.now(), words)}, ${clockTime(at)}`;
}

/** @param {Film} film */
function factsOf(film) {
  const facts = [words.size(film.bytes), film.camera];
  if (film.duration_ms !== null) facts.unshift(lengthOf(film.duration_ms));
  return facts.join(' · ');
}
