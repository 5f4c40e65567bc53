// @ts-check
/**
 * One kept frame, as large as the screen: arrows and swipes go to its neighbours in time, Escape and the phone's Back
 * close it. It owns no frames; it asks for them.
 */

import { clockTime, dayName } from './album.js';
import * as api from './api.js';
import { build } from './build.js';
import { realTimers } from './clock.js';
import { openLayer } from './layers.js';
import { Playback } from './playback.js';
import { words } from './words.js';

/** @typedef {import('./api.js').SavedFrame} SavedFrame */

/** A swipe is at least so long, and more sideways than up or down. */
const SWIPE_PX = 48;
/** Frames without an event are played together when they were taken so close to each other. */
const ABOUT_MS = 5 * 60_000;
/** More frames are asked for when so few are left. */
const NEAR_END = 10;

export class Viewer {
  when = build('b', { class: 'digits', 'aria-live': 'polite' });
  peak = build('span', { class: 'peak' }, words.page.peak);
  facts = build('span', {});
  stage = build('div', { class: 'large' });
  download = build('a', { class: 'button quiet', download: '' }, words.page.download);
  dialog = build('dialog', { class: 'viewer' });
  closeButton = iconButton(words.page.close, 'close', () => this.#leave?.());
  later = iconButton(words.page.later, 'later', () => this.#go(-1));
  earlier = iconButton(words.page.earlier, 'earlier', () => this.#go(1));
  playButton = build('button', { type: 'button', class: 'button quiet' }, words.buttons.play);
  playback = new Playback({
    timers: realTimers,
    onShow: (frame) => this.#showById(frame.id),
    onState: (playing) => (this.playButton.textContent = playing ? words.buttons.pause : words.buttons.play),
    load: (frame) => {
      const picture = new Image();
      picture.src = api.frameUrl(frame.id);
      return picture.decode();
    },
  });
  /** @type {SavedFrame | null} */
  #frame = null;
  #index = 0;
  /** The film that is played in the place of the frame. @type {HTMLElement | null} */
  #film = null;
  /** @type {(() => void) | null} */
  #leave = null;
  /** @type {{x: number, y: number, id: number} | null} */
  #finger = null;

  /**
   * @param {HTMLElement} parent
   * @param {object} parts
   * @param {() => SavedFrame[]} parts.frames newest first
   * @param {(id: string) => void} parts.onDelete
   * @param {(id: string) => void} parts.onClosed with the frame that was seen last
   * @param {() => void} parts.onNearEnd
   * @param {(dialog: HTMLElement) => void} parts.onOpened
   */
  constructor(parent, { frames, onDelete, onClosed, onNearEnd, onOpened }) {
    this.onOpened = onOpened;
    this.frames = frames;
    this.onDelete = onDelete;
    this.onClosed = onClosed;
    this.onNearEnd = onNearEnd;
    this.#layOut(parent);
  }

  get isOpen() {
    return this.#frame !== null;
  }

  /** @param {string} id */
  open(id) {
    const index = this.frames().findIndex((frame) => frame.id === id);
    if (index < 0) return;
    this.#leave = openLayer(() => this.#closed());
    this.#show(index);
    if (this.dialog.showModal) this.dialog.showModal();
    // iOS before 15.4 has no dialog element; it is shown as the plain block that it then is.
    else this.dialog.setAttribute('open', '');
    this.closeButton.focus();
    this.onOpened(this.dialog);
  }

  /** Opens and plays frames, or the film of their event. @param {SavedFrame[]} frames */
  play(frames) {
    if (frames.length === 0) return;
    if (!this.isOpen) this.open(frames[0].id);
    void this.#playFilmOr(frames);
  }

  /** A frame is no longer there; if it is the one on the screen, its neighbour takes the place. @param {string} id */
  gone(id) {
    if (this.#frame?.id !== id) return;
    const left = this.frames().length;
    if (left === 0) this.#leave?.();
    else this.#show(Math.min(this.#index, left - 1));
  }

  dispose() {
    if (this.isOpen) this.#closed();
    this.dialog.remove();
  }

  /** Plays the event of the frame on the screen, or of its camera what was kept about then; or stops playing. */
  #togglePlay() {
    if (this.playback.playing) return this.playback.stop();
    if (this.#film) return this.#endFilm();
    const here = this.#frame;
    if (!here) return;
    const together = (/** @type {SavedFrame} */ frame) =>
      frame.camera === here.camera &&
      frame.event === here.event &&
      (here.event !== null || Math.abs(frame.captured_at - here.captured_at) < ABOUT_MS);
    void this.#playFilmOr(this.frames().filter(together));
  }

  /** An event has a film once a job has made it; until then its frames are played. @param {SavedFrame[]} frames */
  async #playFilmOr(frames) {
    const here = this.#frame;
    const event = frames[0]?.event ?? null;
    const id = event === null ? null : await api.clipOf(event).catch(() => null);
    // Somebody went on meanwhile.
    if (!here || this.#frame !== here || this.playback.playing) return;
    if (id === null) return this.playback.play(frames);
    const film = build('video', { class: 'picture', controls: '', autoplay: '', playsinline: '', src: api.clipUrl(id) });
    film.setAttribute('aria-label', this.when.textContent ?? '');
    film.addEventListener('ended', () => this.#film === film && this.#endFilm());
    // One that is gone, or a browser that cannot play it: the frames tell as much.
    film.addEventListener('error', () => {
      if (this.#film !== film) return;
      this.#endFilm();
      this.playback.play(frames);
    });
    this.#film = film;
    this.stage.replaceChildren(film);
    this.playButton.textContent = words.buttons.pause;
  }

  /** Back to the frame. */
  #endFilm() {
    this.#film = null;
    this.playButton.textContent = words.buttons.play;
    if (this.#frame) this.#showPicture(this.#frame, this.when.textContent ?? '');
  }

  /** @param {string} id */
  #showById(id) {
    const index = this.frames().findIndex((frame) => frame.id === id);
    if (index >= 0) this.#show(index);
  }

  /** @param {number} step 1 goes back in time */
  #go(step) {
    this.playback.stop();
    const here = this.frames().findIndex((frame) => frame.id === this.#frame?.id);
    const next = (here < 0 ? this.#index : here) + step;
    if (next >= 0 && next < this.frames().length) this.#show(next);
  }

  /** @param {number} index */
  #show(index) {
    const frames = this.frames();
    const frame = frames[index];
    if (this.#film) {
      this.#film = null;
      this.playButton.textContent = words.buttons.play;
    }
    this.#index = index;
    this.#frame = frame;
    const when = `${dayName(frame.captured_at, Date.now(), words)}, ${clockTime(frame.captured_at)}`;
    this.dialog.setAttribute('aria-label', when);
    this.when.textContent = when;
    this.facts.textContent = factsOf(frame);
    this.peak.hidden = !frame.peak;
    this.#showPicture(frame, when);
    this.download.setAttribute('href', api.downloadUrl(frame.id));
    // Not "disabled": that would take the focus away from a button that was just pressed.
    this.later.setAttribute('aria-disabled', String(index === 0));
    this.earlier.setAttribute('aria-disabled', String(index === frames.length - 1));
    for (const near of [frames[index - 1], frames[index + 1]]) if (near) new Image().src = api.frameUrl(near.id);
    if (frames.length - index < NEAR_END) this.onNearEnd();
  }

  /**
   * The thumbnail is there at once and lies under the whole picture until that has come.
   * @param {SavedFrame} frame @param {string} when
   */
  #showPicture(frame, when) {
    const picture = build('img', {
      class: 'picture',
      alt: when,
      width: String(frame.width),
      height: String(frame.height),
    });
    picture.style.backgroundImage = `url("${api.thumbnailUrl(frame.id)}")`;
    picture.addEventListener('error', () => (this.facts.textContent = words.gallery.gonePicture), { once: true });
    picture.src = api.frameUrl(frame.id);
    this.stage.replaceChildren(picture);
  }

  #closed() {
    this.playback.stop();
    const id = this.#frame?.id ?? '';
    this.#film = null;
    this.playButton.textContent = words.buttons.play;
    this.#frame = null;
    this.#leave = null;
    if (this.dialog.close) this.dialog.close();
    else this.dialog.removeAttribute('open');
    this.stage.replaceChildren();
    this.onClosed(id);
  }

  /** @param {HTMLElement} parent */
  #layOut(parent) {
    const remove = build('button', { type: 'button', class: 'button quiet' }, words.page.remove);
    remove.addEventListener('click', () => this.#frame && this.onDelete(this.#frame.id));
    this.playButton.addEventListener('click', () => this.#togglePlay());
    // An open dialog lies over the page's own sign, so it carries one of its own; the style sheet shows it while filming.
    const sign = build('span', { class: 'sign', 'data-sign': 'filming' }, build('span', { class: 'mark' }), words.sign.filming);
    this.dialog.append(
      build('div', { class: 'viewer-head' }, this.when, sign, this.closeButton),
      build('p', { class: 'facts digits' }, this.peak, this.facts),
      this.stage,
      build('div', { class: 'viewer-foot' }, this.later, this.playButton, this.download, remove, this.earlier),
    );
    this.dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      this.#leave?.();
    });
    this.dialog.addEventListener('keydown', (event) => this.#key(event));
    this.#listenForSwipes();
    parent.append(this.dialog);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    switch (event.key) {
      case 'ArrowLeft':
        return this.#go(-1);
      case 'ArrowRight':
        return this.#go(1);
      case 'Delete':
        return void (this.#frame && this.onDelete(this.#frame.id));
      case 'Escape':
        event.preventDefault();
        return this.#leave?.();
    }
  }

  #listenForSwipes() {
    const { stage } = this;
    const settle = () => {
      this.#finger = null;
      /** @type {HTMLElement | null} */ (stage.firstElementChild)?.style.removeProperty('transform');
    };
    stage.addEventListener('pointerdown', (event) => {
      // A second finger zooms; that is no swipe.
      this.#finger = event.isPrimary ? { x: event.clientX, y: event.clientY, id: event.pointerId } : null;
    });
    stage.addEventListener('pointermove', (event) => {
      if (this.#finger?.id !== event.pointerId) return;
      const picture = /** @type {HTMLElement | null} */ (stage.firstElementChild);
      picture?.style.setProperty('transform', `translateX(${event.clientX - this.#finger.x}px)`);
    });
    stage.addEventListener('pointerup', (event) => {
      const finger = this.#finger;
      settle();
      if (finger?.id !== event.pointerId) return;
      const [across, down] = [event.clientX - finger.x, event.clientY - finger.y];
      if (Math.abs(across) > SWIPE_PX && Math.abs(across) > Math.abs(down)) this.#go(across < 0 ? 1 : -1);
    });
    stage.addEventListener('pointercancel', settle);
    stage.addEventListener('dragstart', (event) => event.preventDefault());
  }
}

/** @param {string} name @param {string} look @param {() => void} act */
function iconButton(name, look, act) {
  const button = build('button', { type: 'button', class: `icon ${look}`, 'aria-label': name });
  button.addEventListener('click', act);
  return button;
}

/** @param {SavedFrame} frame */
function factsOf(frame) {
  const facts = [`${frame.width}×${frame.height}`, words.size(frame.bytes), frame.camera];
  if (frame.score > 0) facts.unshift(words.gallery.score(words.percent(frame.score)));
  return facts.join(' · ');
}
