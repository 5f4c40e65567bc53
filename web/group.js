// @ts-check
/**
 * One event in My frames: its heading, what can be done with all of it, and the grid of its frames. It owns no frames and
 * changes none; what is pressed is told.
 */

import { timeSpan } from './album.js';
import * as api from './api.js';
import { build, place } from './build.js';
import { words } from './words.js';

/** @typedef {import('./album.js').Group} Group */

export class GroupView {
  heading = build('h3', { class: 'digits' });
  grid = build('ul', { class: 'grid' });
  play = build('button', { type: 'button', class: 'act play' }, build('span', { 'aria-hidden': 'true' }));
  download = build('a', { class: 'act save', download: '' }, build('span', { 'aria-hidden': 'true' }));
  film = build('button', { type: 'button', class: 'act reel' }, build('span', { 'aria-hidden': 'true' }));
  remove = build('button', { type: 'button', class: 'act bin' }, build('span', { 'aria-hidden': 'true' }));
  section = build(
    'section',
    { class: 'event' },
    build('div', { class: 'event-head' }, this.heading, this.play, this.film, this.download, this.remove),
    this.grid,
  );
  /** @type {Group | null} */
  #group = null;

  /**
   * @param {object} parts
   * @param {(group: Group) => void} parts.onPlay
   * @param {(group: Group) => void} parts.onFilm
   * @param {(group: Group) => void} parts.onRemove
   */
  constructor({ onPlay, onFilm, onRemove }) {
    this.play.addEventListener('click', () => this.#group && onPlay(this.#group));
    this.film.addEventListener('click', () => this.#group && onFilm(this.#group));
    this.remove.addEventListener('click', () => this.#group && onRemove(this.#group));
  }

  /** @param {Group} group @param {HTMLElement[]} tiles */
  show(group, tiles) {
    this.#group = group;
    const span = timeSpan(group.from, group.to);
    const text = words.gallery.event(span, group.frames.length);
    if (this.heading.textContent !== text) {
      this.heading.textContent = text;
      this.play.setAttribute('aria-label', words.buttons.playEvent(span));
      this.film.setAttribute('aria-label', words.buttons.filmEvent(span));
      this.download.setAttribute('aria-label', words.buttons.downloadEvent(span));
      this.remove.setAttribute('aria-label', words.buttons.deleteEvent(span));
      this.download.setAttribute('href', api.archiveUrl(group));
    }
    this.play.hidden = group.frames.length < 2;
    this.film.hidden = group.frames.length < 2;
    place(this.grid, tiles);
  }
}
