// @ts-check
/**
 * The recordings in My frames: a list with date, length and size; to play, to download, to delete. It asks the computer
 * for them and hears of changes; it knows nothing of how they come.
 */

import { clockTime, dayName, lengthOf } from './album.js';
import * as api from './api.js';
import { build, place } from './build.js';
import { missingOf, timeline } from './player.js';
import { Screen } from './screen.js';
import { words } from './words.js';

/** @typedef {import('./api.js').Recording} Recording */

const PAGE = 20;
const RETRY_MS = 3000;

export class Videos {
  usage = build('p', { class: 'usage digits' });
  list = build('ul', {});
  more = build('button', { type: 'button', class: 'button quiet', hidden: '' }, words.videos.more);
  element = build('section', { class: 'videos', 'aria-label': words.videos.title, hidden: '' });
  /** @type {Map<string, Recording>} */
  #known = new Map();
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();
  /** @type {string | null} */
  #next = null;
  #retry = 0;
  #gone = false;

  /**
   * @param {HTMLElement} root
   * @param {object} parts
   * @param {import('./toast.js').Toast} parts.toast
   * @param {HTMLElement} parts.trouble what is wrong with the filming below; it moves to what is played while that is open
   * @param {(order: import('./api.js').FilmOrder) => void} parts.onOrder a film is wanted
   */
  constructor(root, { toast, trouble, onOrder }) {
    this.toast = toast;
    this.onOrder = onOrder;
    this.screen = new Screen(root, { toast, trouble });
    this.more.addEventListener('click', () => void this.#load());
    this.element.append(build('h2', {}, words.videos.title), this.usage, this.list, this.more);
    void this.#load();
  }

  /** Whether there is anything to see. */
  get any() {
    return this.#known.size > 0;
  }

  /** What the computer tells by itself. @param {string} event @param {any} data */
  hear(event, data) {
    if (event === 'hello' || event === 'resync' || (event === 'session' && data.user)) void this.#load(true);
    if (event === 'recording_made') void this.#load(true);
    if (event !== 'recording') return;
    if (data.state === 'deleted') this.#known.delete(data.id);
    else this.#known.set(data.id, data);
    this.#draw();
    // How much room all of them take, the computer knows.
    if (data.state !== 'open') void this.#load(true);
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
      const page = await api.recordings({ cursor: anew ? '' : (this.#next ?? ''), limit: PAGE });
      if (this.#gone) return;
      const oldest = page.recordings[page.recordings.length - 1]?.started_at ?? Infinity;
      // What was deleted while nobody listened is not in the page any more.
      for (const [id, known] of this.#known) {
        if (anew && (!page.next || known.started_at > oldest)) this.#known.delete(id);
      }
      for (const recording of page.recordings) this.#known.set(recording.id, recording);
      if (!anew || !this.#next) this.#next = page.next;
      this.usage.textContent = page.count > 0 ? words.videos.usage(page.count, words.size(page.bytes)) : '';
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
    place(this.list, sorted.map((recording) => this.#row(recording)));
    this.more.hidden = this.#next === null;
    this.element.hidden = sorted.length === 0;
  }

  /** @param {Recording} recording */
  #row(recording) {
    const state = JSON.stringify(recording);
    const before = this.#rows.get(recording.id);
    // A row that changes keeps its place, and the focus if it has it.
    if (before?.dataset.recording === state) return before;
    const when = whenOf(recording);
    const about = build('div', { class: 'about' }, build('b', { class: 'digits' }, when), build('span', { class: 'digits' }, factsOf(recording)));
    const row = before ?? build('li', {});
    const focused = row.contains(document.activeElement);
    row.dataset.recording = state;
    row.replaceChildren(about, build('div', { class: 'acts' }, ...this.#buttons(recording, when)));
    if (focused) row.querySelector('button')?.focus();
    this.#rows.set(recording.id, row);
    return row;
  }

  /** @param {Recording} recording @param {string} when */
  #buttons(recording, when) {
    const remove = build('button', { type: 'button', class: 'button quiet', 'aria-label': words.videos.remove(when) }, words.page.remove);
    remove.addEventListener('click', () => void this.#remove(recording));
    if (recording.state === 'open' || recording.bytes === 0) return [remove];
    const play = build('button', { type: 'button', class: 'button quiet', 'aria-label': words.videos.play(when) }, words.page.play);
    play.addEventListener('click', () => this.#play(recording, when));
    const href = `${api.videoUrl(recording.id)}?download`;
    const download = build('a', { class: 'button quiet', href, download: '', 'aria-label': words.videos.download(when) }, words.page.download);
    return [play, download, remove];
  }

  /** @param {Recording} recording */
  async #remove(recording) {
    this.#known.delete(recording.id);
    this.#draw();
    try {
      await api.deleteRecording(recording.id);
      this.toast.show(words.videos.deleted, { text: words.page.undo, act: () => void this.#restore(recording) });
    } catch (error) {
      if (error instanceof api.Refusal && [404, 410].includes(error.status)) return;
      this.#known.set(recording.id, recording);
      this.toast.show(words.videos.notDeleted(words.because(/** @type {Error} */ (error))));
    }
    void this.#load(true);
  }

  /** @param {Recording} recording */
  async #restore(recording) {
    try {
      await api.restoreRecording(recording.id);
      this.toast.show(words.videos.restored);
    } catch (error) {
      this.toast.show(words.videos.notRestored(words.because(/** @type {Error} */ (error))));
    }
    void this.#load(true);
  }

  /** @param {Recording} recording @param {string} when */
  #play(recording, when) {
    // As it came it has no length and cannot be sought in; until something is made of it, it can be watched all the same.
    const src = recording.made ? api.madeUrl(recording.id) : api.videoUrl(recording.id);
    const { video, below } = this.screen.show({ src, when, label: words.videos.play(when), facts: factsOf(recording) });
    if (recording.made) void this.#mark(recording.id, video, below);
  }

  /** Where something moves in what is played, and what of it is missing. @param {string} id @param {HTMLVideoElement} video @param {HTMLElement} below */
  async #mark(id, video, below) {
    const made = await api.recording(id).then((whole) => whole.made).catch(() => null);
    if (!made || !video.isConnected) return;
    below.replaceChildren(timeline(video, made, api.stripUrl(id)));
    for (const sentence of missingOf(made)) below.append(build('p', { class: 'facts missing' }, sentence));
    const mask = build('button', { type: 'button', class: 'button quiet' }, words.films.mask);
    mask.addEventListener('click', () => this.onOrder({ kind: 'mask', of: id }));
    below.append(mask);
  }
}

/** @param {Recording} recording */
function whenOf({ started_at: at }) {
  return `${dayName(at, Date.now(), words)}, ${clockTime(at)}`;
}

/** @param {Recording} recording */
function factsOf(recording) {
  const facts = [words.size(recording.bytes), recording.camera];
  const lasts = recording.made?.duration_ms ?? recording.duration_ms;
  if (lasts !== null) facts.unshift(lengthOf(lasts));
  if (recording.state === 'open') facts.push(words.videos.coming);
  if (recording.state === 'abandoned' || recording.made?.missing.length) facts.push(words.videos.incomplete);
  return facts.join(' · ');
}
