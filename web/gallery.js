// @ts-check
/**
 * My frames: a grid of what was kept, live. It asks for pages of frames as the reader scrolls and shows new ones as the
 * computer tells of them, but never moves what lies under a finger: then a button offers them instead.
 */

import { Album, byteSize, clockTime, dayName, timeSpan } from './album.js';
import * as api from './api.js';
import { build, place } from './build.js';
import { openLayer } from './layers.js';
import { Toast } from './toast.js';
import { Viewer } from './viewer.js';
import { words } from './words.js';

/** @typedef {import('./api.js').SavedFrame} SavedFrame */

const PAGE = 60;
/** A finger that touched the screen so recently may come again. */
const CALM_MS = 2500;
const RETRY_MS = 3000;
/** New frames arrive up to 15 a second; the page is drawn at most this often. */
const DRAW_MS = 250;

/**
 * The gallery over the camera, in the same page.
 * @param {{onClosed: () => void}} parts
 */
export function openGalleryOver({ onClosed }) {
  const behind = /** @type {HTMLElement} */ (document.querySelector('main'));
  const root = build('section', { class: 'gallery over', 'aria-label': words.gallery.title });
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  document.body.append(root);
  document.body.dataset.overlay = 'true';
  behind.setAttribute('inert', '');
  behind.setAttribute('aria-hidden', 'true');
  const gallery = new Gallery(root, { scroller: root, onBack: () => leave() });
  const leave = openLayer(() => {
    gallery.close();
    root.remove();
    delete document.body.dataset.overlay;
    behind.removeAttribute('inert');
    behind.removeAttribute('aria-hidden');
    before?.focus();
    onClosed();
  }, '/frames');
  return gallery;
}

export class Gallery {
  usageLine = build('p', { class: 'usage digits' });
  news = build('button', { type: 'button', class: 'news', hidden: '' });
  list = build('div', { class: 'days' });
  empty = build('div', { class: 'empty', hidden: '' });
  foot = build('p', { class: 'foot' });
  #album = new Album();
  /** Frames that wait behind the button. @type {Map<string, SavedFrame>} */
  #unseen = new Map();
  /** @type {Map<string, HTMLElement>} */
  #tiles = new Map();
  /** @type {Map<string, {section: HTMLElement, heading: HTMLElement, grid: HTMLElement}>} */
  #groups = new Map();
  /** @type {Map<string, {section: HTMLElement, heading: HTMLElement, body: HTMLElement}>} */
  #days = new Map();
  /** @type {string | null} */
  #next = null;
  #loading = false;
  #loaded = false;
  #closed = false;
  #usage = { count: 0, bytes: 0 };
  #touchedAt = -Infinity;
  #drawAt = 0;
  #drawPlanned = 0;

  /**
   * @param {HTMLElement} root
   * @param {{scroller: HTMLElement | null, onBack?: () => void}} options the element that scrolls, null for the page
   */
  constructor(root, { scroller, onBack }) {
    this.root = root;
    this.scroller = scroller;
    this.observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) void this.#loadMore();
      },
      { root: scroller, rootMargin: '800px' },
    );
    this.#layOut(onBack);
    this.toast = new Toast(root);
    this.viewer = new Viewer(root, {
      frames: () => this.#album.byTime,
      onDelete: (id) => void this.remove(id),
      // What lies outside an open dialog can neither be seen nor pressed, so the message moves with it.
      onOpened: (dialog) => this.toast.moveTo(dialog),
      onClosed: (id) => {
        this.toast.moveTo(root);
        this.#tiles.get(id)?.querySelector('button')?.focus();
      },
      onNearEnd: () => void this.#loadMore(),
    });
    for (const event of ['pointerdown', 'pointermove', 'touchmove', 'wheel', 'keydown']) {
      root.addEventListener(event, () => (this.#touchedAt = performance.now()), { passive: true });
    }
    void this.#loadMore();
  }

  close() {
    this.#closed = true;
    this.observer.disconnect();
    this.viewer.dispose();
    this.toast.dispose();
  }

  /**
   * What the computer tells by itself.
   * @param {string} event
   * @param {any} data
   */
  hear(event, data) {
    if (event === 'frame') this.#arrived(data);
    if (event === 'deleted') this.#forget(data.id);
    // A fresh event stream, or one that could not keep up: what happened meanwhile is unknown.
    if ((event === 'hello' || event === 'resync') && this.#loaded) void this.#catchUp();
  }

  /**
   * Deletes at once; the way back is the button, not a question.
   * @param {string} id
   */
  async remove(id) {
    const frame = this.#forget(id);
    if (!frame) return;
    try {
      await api.deleteFrame(id);
      this.toast.show(words.gallery.deleted, { text: words.page.undo, act: () => void this.#restore(frame) });
    } catch (error) {
      if (error instanceof api.Refusal && error.status === 404) return;
      this.#accept([frame]);
      this.toast.show(words.gallery.notDeleted(/** @type {Error} */ (error).message));
    }
  }

  /** @param {SavedFrame} frame */
  async #restore(frame) {
    try {
      await api.restoreFrame(frame.id);
      this.#accept([frame]);
      this.toast.show(words.gallery.restored);
    } catch (error) {
      this.toast.show(words.gallery.notRestored(/** @type {Error} */ (error).message));
    }
  }

  /** @param {SavedFrame} frame */
  #arrived(frame) {
    if (this.#album.get(frame.id)) {
      this.#album.add([frame]);
      this.#plan();
    } else if (this.#mayMove()) {
      this.#accept([frame]);
    } else {
      if (!this.#unseen.has(frame.id)) this.#count(frame, 1);
      this.#unseen.set(frame.id, frame);
      this.#plan();
    }
  }

  /** Whether new tiles at the top would move nothing that somebody looks at or is about to touch. */
  #mayMove() {
    const top = this.scroller ? this.scroller.scrollTop : window.scrollY;
    const inGrid = this.list.contains(document.activeElement);
    return top < 8 && !inGrid && !this.viewer.isOpen && performance.now() - this.#touchedAt > CALM_MS;
  }

  /** @param {SavedFrame[]} frames that the album does not hold */
  #accept(frames) {
    for (const frame of frames) if (!this.#album.get(frame.id)) this.#count(frame, 1);
    this.#album.add(frames);
    this.#plan();
  }

  /** @param {string} id */
  #forget(id) {
    const frame = this.#album.remove(id) ?? this.#unseen.get(id);
    this.#unseen.delete(id);
    if (frame) this.#count(frame, -1);
    this.viewer.gone(id);
    this.#plan();
    return frame;
  }

  /** @param {SavedFrame} frame @param {1 | -1} sign */
  #count(frame, sign) {
    this.#usage.count = Math.max(0, this.#usage.count + sign);
    this.#usage.bytes = Math.max(0, this.#usage.bytes + sign * frame.bytes);
  }

  #showUnseen() {
    this.#album.add([...this.#unseen.values()]);
    this.#unseen.clear();
    this.#draw();
    (this.scroller ?? window).scrollTo({ top: 0 });
  }

  async #loadMore() {
    if (this.#loading || this.#closed || (this.#loaded && !this.#next)) return;
    this.#loading = true;
    this.#draw();
    try {
      const page = await api.frames({ cursor: this.#next, limit: PAGE });
      this.#loading = false;
      this.#loaded = true;
      this.#next = page.next ?? null;
      this.#usage = { count: page.count, bytes: page.bytes };
      this.#album.add(page.frames.filter((frame) => !this.#unseen.has(frame.id)));
      this.foot.textContent = '';
      this.#draw();
      this.#lookForEnd();
    } catch (error) {
      this.#loading = false;
      if (error instanceof api.Refusal && error.status === 401) return this.#notPaired();
      this.foot.textContent = words.gallery.loadFailed;
      setTimeout(() => void this.#loadMore(), RETRY_MS);
    }
  }

  /** An observer tells only of changes; an end that is still in sight after a page was added has to be looked for. */
  #lookForEnd() {
    this.observer.unobserve(this.foot);
    this.observer.observe(this.foot);
  }

  async #catchUp() {
    try {
      const page = await api.frames({ limit: PAGE });
      for (const id of this.#album.missingFrom(page.frames, !page.next)) this.#forget(id);
      for (const frame of page.frames.filter((frame) => !this.#album.get(frame.id))) this.#arrived(frame);
      this.#usage = { count: page.count, bytes: page.bytes };
      this.#plan();
    } catch {
      // The next "hello" tries again.
    }
  }

  #notPaired() {
    this.list.replaceChildren();
    this.foot.textContent = '';
    this.empty.hidden = false;
    this.empty.replaceChildren(
      build('h2', {}, words.page.notPairedTitle),
      build('p', {}, words.page.notPairedText),
    );
  }

  #plan() {
    if (this.#drawPlanned || this.#closed) return;
    const wait = Math.max(0, DRAW_MS - (performance.now() - this.#drawAt));
    this.#drawPlanned = window.setTimeout(() => this.#draw(), wait);
  }

  #draw() {
    clearTimeout(this.#drawPlanned);
    this.#drawPlanned = 0;
    this.#drawAt = performance.now();
    const days = this.#album.days();
    place(this.list, days.map((day) => this.#day(day)));
    const keep = new Set(this.#album.byTime.map((frame) => frame.id));
    for (const id of this.#tiles.keys()) if (!keep.has(id)) this.#tiles.delete(id);
    const { count, bytes } = this.#usage;
    this.usageLine.textContent = this.#loaded && count > 0 ? words.gallery.usage(count, byteSize(bytes)) : '';
    this.empty.hidden = !this.#loaded || this.#album.size > 0 || this.#unseen.size > 0 || this.#next !== null;
    this.news.hidden = this.#unseen.size === 0;
    if (this.#unseen.size > 0) this.news.textContent = words.buttons.newFrames(this.#unseen.size);
    if (this.#loading && !this.foot.textContent) this.foot.textContent = words.gallery.loading;
  }

  /** @param {import('./album.js').Day} day */
  #day(day) {
    let entry = this.#days.get(day.key);
    if (!entry) {
      const heading = build('h2', {});
      const body = build('div', {});
      entry = { section: build('section', { class: 'day' }, heading, body), heading, body };
      this.#days.set(day.key, entry);
    }
    setText(entry.heading, dayName(day.at, Date.now(), words));
    place(entry.body, day.groups.map((group) => this.#group(group)));
    return entry.section;
  }

  /** @param {import('./album.js').Group} group */
  #group(group) {
    let entry = this.#groups.get(group.key);
    if (!entry) {
      const heading = build('h3', { class: 'digits' });
      const grid = build('ul', { class: 'grid' });
      entry = { section: build('section', { class: 'event' }, heading, grid), heading, grid };
      this.#groups.set(group.key, entry);
    }
    setText(entry.heading, words.gallery.event(timeSpan(group.from, group.to), group.frames.length));
    place(entry.grid, group.frames.map((frame) => this.#tile(frame)));
    return entry.section;
  }

  /** @param {SavedFrame} frame */
  #tile(frame) {
    let tile = this.#tiles.get(frame.id);
    if (!tile) {
      const image = build('img', { alt: '', loading: 'lazy', decoding: 'async', src: api.thumbnailUrl(frame.id) });
      const mark = build('span', { class: 'peak' }, words.page.peak);
      const open = build('button', { type: 'button' }, image, mark);
      open.addEventListener('click', () => this.viewer.open(frame.id));
      open.addEventListener('keydown', (event) => {
        if (event.key === 'Delete' || event.key === 'Backspace') void this.remove(frame.id);
      });
      tile = build('li', {}, open);
      this.#tiles.set(frame.id, tile);
    }
    const open = /** @type {HTMLElement} */ (tile.firstChild);
    open.dataset.peak = String(frame.peak);
    open.setAttribute('aria-label', words.buttons.open(clockTime(frame.captured_at), frame.peak));
    return tile;
  }

  /** @param {(() => void) | undefined} onBack */
  #layOut(onBack) {
    const arrow = build('span', { class: 'arrow', 'aria-hidden': 'true' });
    const back = build('a', { class: 'back', href: '/' }, arrow, words.page.backToCamera);
    back.addEventListener('click', (event) => {
      if (!onBack) return;
      event.preventDefault();
      onBack();
    });
    const title = build('div', { class: 'title' }, build('h1', {}, words.gallery.title), this.usageLine);
    this.news.addEventListener('click', () => this.#showUnseen());
    this.empty.append(build('h2', {}, words.page.emptyTitle), build('p', {}, words.page.emptyText));
    // Over the camera the way back is "Camera" above; a link would load the page anew and stop the camera.
    if (!onBack) this.empty.append(build('a', { class: 'button', href: '/' }, words.page.emptyLink));
    const head = build('header', { class: 'head' }, back, title);
    this.root.replaceChildren(head, this.news, this.list, this.empty, this.foot);
    this.observer.observe(this.foot);
    if (onBack) back.focus({ preventScroll: true });
  }
}

/** @param {HTMLElement} element @param {string} text */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
