// @ts-check
/**
 * My frames: a grid of what was kept, live. It asks for pages of frames as the reader scrolls and shows new ones as the
 * computer tells of them, but never moves what lies under a finger: then a button offers them instead.
 */

import { Album, clockTime, dayName } from './album.js';
import * as api from './api.js';
import { build, place } from './build.js';
import { Films } from './films.js';
import { GroupView } from './group.js';
import { openLayer } from './layers.js';
import { Toast } from './toast.js';
import { Videos } from './videos.js';
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
  usageLine = build('span', { class: 'digits' });
  everything = build('a', { class: 'everything', href: '/api/v1/archive', download: '', hidden: '' }, words.buttons.downloadAll);
  news = build('button', { type: 'button', class: 'news', hidden: '' });
  list = build('div', { class: 'days' });
  empty = build('div', { class: 'empty', hidden: '' });
  foot = build('p', { class: 'foot' });
  /** What is wrong with the filming that goes on below; an element of its own, as screen readers hear no covered page. */
  trouble = build('p', { class: 'trouble', role: 'status' });
  #album = new Album();
  /** Frames that wait behind the button. @type {Map<string, SavedFrame>} */
  #unseen = new Map();
  /** @type {Map<string, HTMLElement>} */
  #tiles = new Map();
  /** @type {Map<string, GroupView>} */
  #groups = new Map();
  /** @type {Map<string, {section: HTMLElement, heading: HTMLElement, body: HTMLElement}>} */
  #days = new Map();
  /** @type {string | null} */
  #next = null;
  #loading = false;
  #loaded = false;
  #closed = false;
  #usage = { count: 0, bytes: 0 };
  /** When the computer, or a press here, told of a frame: what an older answer says of it no longer counts. @type {Map<string, number>} */
  #heardAt = new Map();
  /** Grows when all is forgotten and loaded anew. */
  #beginnings = 0;
  /** Frames that Undo brings back. @type {SavedFrame[]} */
  #deleted = [];
  /** @type {import('./toast.js').Button | null} */
  #undo = null;
  #retry = 0;
  #touchedAt = -Infinity;
  #drawAt = 0;
  #drawPlanned = 0;

  /**
   * @param {HTMLElement} root
   * @param {object} options
   * @param {HTMLElement | null} options.scroller the element that scrolls, null for the page
   * @param {() => void} [options.onBack]
   * @param {() => void} [options.onNotPaired]
   */
  constructor(root, { scroller, onBack, onNotPaired }) {
    this.root = root;
    this.scroller = scroller;
    this.onBack = onBack;
    this.onNotPaired = onNotPaired;
    this.observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) void this.#loadMore();
      },
      { root: scroller, rootMargin: '800px' },
    );
    this.toast = new Toast(root);
    // Where there is a video, the page is not empty.
    const parts = { toast: this.toast, trouble: this.trouble, onChange: () => this.#plan() };
    this.films = new Films(root, parts);
    const onOrder = (/** @type {api.FilmOrder} */ order) => void this.films.order(() => [order]);
    this.videos = new Videos(root, { ...parts, onOrder });
    this.#layOut();
    root.append(this.toast.element);
    this.viewer = new Viewer(root, {
      frames: () => this.#album.byTime,
      onDelete: (id) => void this.remove(id),
      // What lies outside an open dialog can neither be seen nor pressed, so the message moves with it.
      onOpened: (dialog) => {
        dialog.append(this.trouble);
        this.toast.moveTo(dialog);
      },
      onClosed: (id) => {
        root.append(this.trouble);
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
    clearTimeout(this.#retry);
    this.observer.disconnect();
    this.viewer.dispose();
    this.videos.dispose();
    this.films.dispose();
    this.toast.dispose();
  }

  /**
   * What the computer tells by itself.
   * @param {string} event
   * @param {any} data
   */
  hear(event, data) {
    this.videos.hear(event, data);
    this.films.hear(event, data);
    if (event === 'frame') {
      this.#heardAt.set(data.id, performance.now());
      this.#arrived(data);
    }
    if (event === 'deleted') this.#forget(data.id);
    // A fresh event stream, or one that could not keep up: what happened meanwhile is unknown.
    if ((event === 'hello' || event === 'resync') && this.#loaded) void this.#catchUp();
    if (event === 'session' && data.user && !this.#loaded) void this.#loadMore();
  }

  /**
   * Says here what breaks the filming below; all else is said there.
   * @param {import('./status.js').Status} status
   */
  warn({ state, what, todo = '' }) {
    const wrong = state === 'blind' || state === 'problem';
    this.trouble.dataset.state = state;
    this.root.toggleAttribute('data-trouble', wrong);
    const text = wrong ? `${words.states[state]}: ${what} ${todo}`.trim() : '';
    if (this.trouble.textContent !== text) this.trouble.replaceChildren(...(wrong ? [build('span', { class: 'mark' }), text] : []));
  }

  /**
   * Deletes at once; the way back is the button, not a question.
   * @param {string} id
   */
  remove(id) {
    const frame = this.#album.get(id) ?? this.#unseen.get(id);
    return this.removeAll(frame ? [frame] : []);
  }

  /** Deletes several as one. @param {SavedFrame[]} frames */
  async removeAll(frames) {
    for (const { id } of frames) this.#leaveTile(id);
    const removed = frames.filter(({ id }) => this.#forget(id));
    if (removed.length === 0) return;
    try {
      await api.deleteFrames(removed.map(({ id }) => id));
      // One way back for all that was deleted while it is offered.
      const deleted = this.toast.offers(this.#undo) ? [...this.#deleted, ...removed] : removed;
      this.#deleted = deleted;
      this.#undo = { text: words.page.undo, act: () => void this.#restore(deleted) };
      this.toast.show(words.gallery.deleted(deleted.length), this.#undo);
    } catch (error) {
      this.#accept(removed);
      this.toast.show(words.gallery.notDeleted(words.because(/** @type {Error} */ (error))));
    }
  }

  /** @param {SavedFrame[]} frames */
  async #restore(frames) {
    try {
      const back = new Set(await api.restoreFrames(frames.map(({ id }) => id)));
      this.#accept(frames.filter(({ id }) => back.has(id)));
      const lost = frames.length - back.size;
      this.toast.show(lost ? words.gallery.notRestored(lost, words.gallery.tooLate) : words.gallery.restored(frames.length));
    } catch (error) {
      this.toast.show(words.gallery.notRestored(frames.length, words.because(/** @type {Error} */ (error))));
    }
  }

  /** The focus goes to a neighbour before its tile goes. @param {string} id */
  #leaveTile(id) {
    const tile = this.#tiles.get(id);
    if (!tile?.contains(document.activeElement)) return;
    const all = [...this.list.querySelectorAll('.grid button')];
    const at = all.indexOf(/** @type {HTMLElement} */ (tile.firstChild));
    /** @type {HTMLElement | undefined} */ (all[at + 1] ?? all[at - 1])?.focus();
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
    for (const frame of frames) {
      // What waited behind the button was counted when it came.
      if (!this.#unseen.delete(frame.id) && !this.#album.get(frame.id)) this.#count(frame, 1);
    }
    this.#album.add(frames);
    this.#plan();
  }

  /** @param {string} id */
  #forget(id) {
    this.#heardAt.set(id, performance.now());
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
    clearTimeout(this.#retry);
    this.#loading = true;
    this.#draw();
    const asked = performance.now();
    const beginning = this.#beginnings;
    try {
      const page = await api.frames({ cursor: this.#next, limit: PAGE });
      this.#loading = false;
      if (beginning !== this.#beginnings) return void this.#lookForEnd();
      if (!this.#loaded) this.#sayEmpty(words.page.emptyTitle, words.page.emptyText, true);
      this.#loaded = true;
      this.#next = page.next ?? null;
      this.#usage = { count: page.count, bytes: page.bytes };
      this.#album.add(page.frames.filter((frame) => !this.#unseen.has(frame.id) && !this.#heardSince(frame.id, asked)));
      this.foot.textContent = '';
      this.#draw();
      this.#lookForEnd();
    } catch (error) {
      this.#loading = false;
      this.#loadFailed(error);
    }
  }

  /** @param {unknown} error */
  #loadFailed(error) {
    const refusal = error instanceof api.Refusal ? error : null;
    if (refusal?.status === 401) {
      this.#stayEmpty(words.page.notPairedTitle, words.page.notPairedText, false);
      this.onNotPaired?.();
    } else if (refusal?.code === 'no_user') {
      this.#stayEmpty(words.page.namelessTitle, words.page.namelessText);
    } else if (refusal && refusal.status < 500 && ![408, 429].includes(refusal.status)) {
      // The same question again would get the same answer.
      this.foot.textContent = words.because(refusal);
    } else {
      this.foot.textContent = words.gallery.loadFailed;
      this.#retry = window.setTimeout(() => void this.#loadMore(), RETRY_MS);
    }
  }

  /** An observer tells only of changes; an end that is still in sight after a page was added has to be looked for. */
  #lookForEnd() {
    this.observer.unobserve(this.foot);
    this.observer.observe(this.foot);
  }

  async #catchUp() {
    const asked = performance.now();
    try {
      const page = await api.frames({ limit: PAGE });
      const fresh = page.frames.filter((frame) => !this.#heardSince(frame.id, asked));
      const isKnown = (/** @type {SavedFrame} */ frame) => this.#album.get(frame.id) || this.#unseen.has(frame.id);
      if (page.next && fresh.length > 0 && !fresh.some(isKnown)) {
        // Between these and what is here lie frames that nobody has asked for: all begins anew, or the hole would stay.
        this.#beginnings += 1;
        this.#album = new Album();
        this.#unseen.clear();
        this.#next = page.next;
        this.#album.add(fresh);
        this.#lookForEnd();
      } else {
        const missing = this.#album.missingFrom(page.frames, !page.next);
        for (const id of missing) if (!this.#heardSince(id, asked)) this.#forget(id);
        for (const frame of fresh) if (!this.#album.get(frame.id)) this.#arrived(frame);
      }
      this.#usage = { count: page.count, bytes: page.bytes };
      this.#plan();
    } catch {
      // The next "hello" tries again.
    }
  }

  /** @param {string} id @param {number} at */
  #heardSince(id, at) {
    return (this.#heardAt.get(id) ?? -Infinity) >= at;
  }

  /** There are no frames to load yet. @param {string} title @param {string} text @param {boolean} [toCamera] */
  #stayEmpty(title, text, toCamera = true) {
    this.list.replaceChildren();
    this.foot.textContent = '';
    this.empty.hidden = false;
    this.#sayEmpty(title, text, toCamera);
  }

  /** @param {string} title @param {string} text @param {boolean} toCamera whether to lead there */
  #sayEmpty(title, text, toCamera) {
    this.empty.replaceChildren(build('h2', {}, title), build('p', {}, text));
    // Over the camera the way back is "Camera" above; a link would load the page anew and stop the camera.
    if (toCamera && !this.onBack) this.empty.append(build('a', { class: 'button', href: '/' }, words.page.emptyLink));
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
    prune(this.#tiles, keep);
    prune(this.#days, new Set(days.map((day) => day.key)));
    prune(this.#groups, new Set(days.flatMap((day) => day.groups.map((group) => group.key))));
    const { count, bytes } = this.#usage;
    this.usageLine.textContent = this.#loaded && count > 0 ? words.gallery.usage(count, words.size(bytes)) : '';
    this.everything.hidden = !this.#loaded || count === 0;
    this.empty.hidden = !this.#loaded || this.videos.any || this.films.any || this.#album.size > 0 || this.#unseen.size > 0 || this.#next !== null;
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
      const lapse = build('button', { type: 'button', class: 'button quiet' }, words.buttons.filmDay);
      lapse.addEventListener('click', () => void this.#filmDay(day.at));
      const head = build('div', { class: 'day-head' }, heading, lapse);
      entry = { section: build('section', { class: 'day' }, head, body), heading, body };
      this.#days.set(day.key, entry);
    }
    setText(entry.heading, dayName(day.at, Date.now(), words));
    place(entry.body, day.groups.map((group) => this.#group(group)));
    return entry.section;
  }

  /** A time-lapse of a day for every camera of which something was kept then. @param {number} at some time of the day */
  #filmDay(at) {
    const [begin, end] = [new Date(at), new Date(at)];
    begin.setHours(0, 0, 0, 0);
    end.setHours(24, 0, 0, 0);
    const [from, to] = [begin.getTime(), end.getTime()];
    return this.films.order(async () => {
      const streams = await api.streamsBetween(from, to);
      return streams.map((stream) => ({ kind: 'timelapse', ...stream, from, to: to - 1 }));
    });
  }

  /** @param {import('./album.js').Group} group */
  #group(group) {
    let view = this.#groups.get(group.key);
    if (!view) {
      view = new GroupView({
        onPlay: ({ frames }) => this.viewer.play(frames),
        onFilm: (shown) => void this.films.order(() => [filmOf(shown)]),
        onRemove: ({ frames }) => void this.removeAll(frames),
      });
      this.#groups.set(group.key, view);
    }
    view.show(group, group.frames.map((frame) => this.#tile(frame)));
    return view.section;
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

  #layOut() {
    const { onBack } = this;
    const arrow = build('span', { class: 'arrow', 'aria-hidden': 'true' });
    const back = build('a', { class: 'back', href: '/' }, arrow, words.page.backToCamera);
    back.addEventListener('click', (event) => {
      if (!onBack) return;
      event.preventDefault();
      onBack();
    });
    const title = build('div', { class: 'title' }, build('h1', {}, words.gallery.title), build('p', { class: 'usage' }, this.usageLine, ' ', this.everything));
    this.news.addEventListener('click', () => this.#showUnseen());
    const head = build('header', { class: 'head' }, back, title);
    this.root.replaceChildren(head, this.videos.element, this.films.element, this.news, this.list, this.empty, this.foot, this.trouble);
    this.observer.observe(this.foot);
    if (onBack) back.focus({ preventScroll: true });
  }
}

/**
 * All frames of an event, or of an hour without one, also those that are not on the page yet.
 * @param {import('./album.js').Group} group
 * @returns {api.FilmOrder}
 */
function filmOf({ event, camera, from, to, frames: [{ user }] }) {
  if (event !== null) return { kind: 'selection', user, camera, event };
  return { kind: 'selection', user, camera, from, to: to + 1 };
}

/** @param {Map<string, unknown>} map @param {Set<string>} keep */
function prune(map, keep) {
  for (const key of map.keys()) if (!keep.has(key)) map.delete(key);
}

/** @param {HTMLElement} element @param {string} text */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
