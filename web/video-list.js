// @ts-check
/**
 * A list of videos in My frames: a row for each, with its name, its facts and what can be done with it, the newest first; and
 * the screen on which one is played. What kind of videos they are, and what becomes of a press, is known by who uses it.
 */

import { build, place } from './build.js';
import { realTimers } from './clock.js';
import { NewestFirst } from './newest-first.js';
import { Screen } from './screen.js';
import { words } from './words.js';

/** @typedef {import('./newest-first.js').Item} Item */

/** @template {Item} T */
export class VideoList {
  list = build('ul', {});
  more = build('button', { type: 'button', class: 'button quiet', hidden: '' });
  /** @type {Map<string, {row: HTMLElement, shown: string}>} */
  #rows = new Map();

  /**
   * @param {HTMLElement} root
   * @param {object} parts
   * @param {import('./toast.js').Toast} parts.toast
   * @param {HTMLElement} parts.trouble what is wrong with the filming below; it moves to what is played while that is open
   * @param {string} parts.title
   * @param {string} parts.more what is on the button that asks for older ones
   * @param {HTMLElement[]} [parts.head] what stands below the title
   * @param {import('./newest-first.js').Ask<T>} parts.ask
   * @param {(video: T) => {name: string, facts: string}} parts.describe
   * @param {(video: T, name: string) => HTMLElement[]} parts.acts the buttons of a row
   * @param {() => void} parts.onChange there are others than before
   */
  constructor(root, { toast, trouble, title, more, head = [], ask, describe, acts, onChange }) {
    this.describe = describe;
    this.acts = acts;
    this.onChange = onChange;
    this.screen = new Screen(root, { toast, trouble });
    this.known = new NewestFirst({ ask, onChange: () => this.#draw(), timers: realTimers });
    this.more.textContent = more;
    this.more.addEventListener('click', () => void this.known.more());
    this.element = build('section', { class: 'videos', 'aria-label': title, hidden: '' }, build('h2', {}, title), ...head, this.list, this.more);
    void this.known.refresh();
  }

  /** A fresh event stream, or one that could not keep up: what happened meanwhile is unknown. @param {string} event @param {any} data */
  hear(event, data) {
    if (event === 'hello' || event === 'resync' || (event === 'session' && data.user)) void this.known.refresh();
  }

  /** Whether there is anything to see. */
  get any() {
    return this.known.size > 0;
  }

  dispose() {
    this.known.dispose();
    this.screen.dispose();
  }

  #draw() {
    const rows = this.known.items.map((video) => this.#row(video));
    const there = new Set(rows);
    this.#leaveRow(there);
    for (const [id, { row }] of this.#rows) if (!there.has(row)) this.#rows.delete(id);
    place(this.list, rows);
    this.more.hidden = !this.known.hasMore;
    this.element.hidden = rows.length === 0;
    this.onChange();
  }

  /** @param {T} video */
  #row(video) {
    const { name, facts } = this.describe(video);
    const shown = JSON.stringify([name, facts, video]);
    const before = this.#rows.get(video.id);
    if (before?.shown === shown) return before.row;
    // A row that changes keeps its place, and the focus if it has it.
    const row = before?.row ?? build('li', {});
    const hadFocus = row.contains(document.activeElement);
    const about = build('div', { class: 'about' }, build('b', { class: 'digits' }, name), build('span', { class: 'digits' }, facts));
    row.replaceChildren(about, build('div', { class: 'acts' }, ...this.acts(video, name)));
    if (hadFocus) row.querySelector('button')?.focus();
    this.#rows.set(video.id, { row, shown });
    return row;
  }

  /** The focus goes to a neighbour before its row goes. @param {Set<HTMLElement>} there the rows that stay */
  #leaveRow(there) {
    const rows = /** @type {HTMLElement[]} */ ([...this.list.children]);
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    if (at < 0 || there.has(rows[at])) return;
    const stays = (/** @type {HTMLElement} */ row) => there.has(row);
    (rows.slice(at).find(stays) ?? rows.slice(0, at).reverse().find(stays))?.querySelector('button')?.focus();
  }
}

/**
 * Play, download and delete, each with a name that says which video.
 * @param {object} parts
 * @param {{play: string, download: string, remove: string}} parts.labels
 * @param {string | null} parts.href where the file is, if there is one
 * @param {() => void} parts.onPlay
 * @param {() => void} parts.onRemove
 */
export function videoActs({ labels, href, onPlay, onRemove }) {
  const remove = build('button', { type: 'button', class: 'button quiet', 'aria-label': labels.remove }, words.page.remove);
  remove.addEventListener('click', onRemove);
  if (href === null) return [remove];
  const play = build('button', { type: 'button', class: 'button quiet', 'aria-label': labels.play }, words.page.play);
  play.addEventListener('click', onPlay);
  const download = build('a', { class: 'button quiet', href: `${href}?download`, download: '', 'aria-label': labels.download }, words.page.download);
  return [play, download, remove];
}
