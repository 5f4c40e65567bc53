// @ts-check
/**
 * The films in My frames that somebody ordered: to play, to download, to delete. It asks the computer for them, orders more,
 * and hears of changes; it knows nothing of how they are made. The film of an event is played with its frames and stands in no
 * list.
 */

import { clockTime, dayName, lengthOf } from './album.js';
import * as api from './api.js';
import { VideoList, videoActs } from './video-list.js';
import { words } from './words.js';

/** @typedef {import('./api.js').Film} Film */

export class Films {
  /** What was ordered here and is not made yet. @type {Set<number>} */
  #ordered = new Set();

  /**
   * @param {HTMLElement} root
   * @param {object} parts
   * @param {import('./toast.js').Toast} parts.toast
   * @param {HTMLElement} parts.trouble what is wrong with the filming below; it moves to what is played while that is open
   * @param {() => void} parts.onChange there are others than before
   */
  constructor(root, { toast, trouble, onChange }) {
    this.toast = toast;
    /** @type {VideoList<Film>} */
    this.videos = new VideoList(root, {
      toast,
      trouble,
      onChange,
      title: words.films.title,
      more: words.films.more,
      ask: async (page) => {
        const { clips, next } = await api.films(page);
        return { items: clips, next };
      },
      describe: (film) => ({ name: nameOf(film), facts: factsOf(film) }),
      acts: (film, name) => this.#acts(film, name),
    });
  }

  get element() {
    return this.videos.element;
  }

  /** Whether there is anything to see. */
  get any() {
    return this.videos.any;
  }

  /** What the computer tells by itself. @param {string} event @param {any} data */
  hear(event, data) {
    this.videos.hear(event, data);
    if (event !== 'clip' || data.kind === 'event') return;
    if (data.kind === 'deleted') this.videos.known.forget(data.id);
    else this.videos.known.put(data);
    if (this.#ordered.delete(data.number)) {
      this.toast.tell(words.films.made, { text: words.page.play, act: () => this.#play(data) });
    }
  }

  /**
   * Films are wanted. Where one cannot be ordered that is said, also when others could.
   * @param {() => api.FilmOrder[] | Promise<api.FilmOrder[]>} wanted
   */
  async order(wanted) {
    try {
      const orders = await wanted();
      // All that it would show was deleted meanwhile, and goes from the page by itself.
      if (orders.length === 0) return;
      const answers = await Promise.allSettled(orders.map((order) => api.orderFilm(order)));
      for (const answer of answers) if (answer.status === 'fulfilled') this.#ordered.add(answer.value.number);
      for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
      this.toast.show(words.films.ordered);
    } catch (error) {
      this.toast.show(words.films.notOrdered(words.because(/** @type {Error} */ (error))));
    }
  }

  dispose() {
    this.videos.dispose();
  }

  /** @param {Film} film @param {string} name */
  #acts(film, name) {
    const labels = { play: words.films.play(name), download: words.films.download(name), remove: words.films.remove(name) };
    return videoActs({ labels, href: api.clipUrl(film.id), onPlay: () => this.#play(film), onRemove: () => void this.#remove(film) });
  }

  /** @param {Film} film */
  #play(film) {
    const name = nameOf(film);
    this.videos.screen.show({ src: api.clipUrl(film.id), when: name, label: words.films.play(name), facts: factsOf(film) });
  }

  /** @param {Film} film */
  async #remove(film) {
    this.videos.known.forget(film.id);
    try {
      await api.deleteFilm(film.id);
      this.toast.show(words.films.deleted, { text: words.page.undo, act: () => void this.#restore(film) });
    } catch (error) {
      if (error instanceof api.Refusal && error.status === 404) return;
      this.videos.known.put(film);
      this.toast.show(words.films.notDeleted(words.because(/** @type {Error} */ (error))));
    }
  }

  /** @param {Film} film */
  async #restore(film) {
    try {
      await api.restoreFilm(film.id);
      this.videos.known.put(film);
      this.toast.show(words.films.restored);
    } catch (error) {
      this.toast.show(words.films.notRestored(words.because(/** @type {Error} */ (error))));
    }
  }
}

/** @param {Film} film */
function nameOf({ kind, started_at: at }) {
  const kinds = { timelapse: words.films.timelapse, selection: words.films.selection, mask: words.films.masked, drawn: words.films.drawn, event: '' };
  return `${kinds[kind]} · ${dayName(at, Date.now(), words)}, ${clockTime(at)}`;
}

/** @param {Film} film */
function factsOf(film) {
  const facts = [words.size(film.bytes), film.camera];
  if (film.duration_ms !== null) facts.unshift(lengthOf(film.duration_ms));
  return facts.join(' · ');
}
