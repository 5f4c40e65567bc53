// @ts-check
/**
 * A video as large as the screen, over the page: with a heading, its facts, and room below it. It owns no video and asks
 * nobody for anything.
 */

import { build } from './build.js';
import { openLayer } from './layers.js';
import { words } from './words.js';

export class Screen {
  dialog = build('dialog', { class: 'viewer' });
  /** @type {(() => void) | null} */
  #leave = null;
  /** @type {HTMLElement | null} */
  #before = null;

  /**
   * @param {HTMLElement} root
   * @param {object} parts
   * @param {import('./toast.js').Toast} parts.toast
   * @param {HTMLElement} parts.trouble what is wrong with the filming below; it moves into the dialog while that is open
   */
  constructor(root, { toast, trouble }) {
    this.root = root;
    this.toast = toast;
    this.trouble = trouble;
    this.dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      this.#leave?.();
    });
  }

  /**
   * Opens and plays it.
   * @param {{src: string, when: string, label: string, facts: string}} what
   * @returns {{video: HTMLVideoElement, below: HTMLElement}} below is room for what belongs to it
   */
  show({ src, when, label, facts: text }) {
    const video = build('video', { controls: '', playsinline: '', preload: 'metadata', src, 'aria-label': when });
    const below = build('div', { class: 'below' });
    const facts = build('p', { class: 'facts digits', role: 'status' }, text);
    video.addEventListener('error', () => (facts.textContent = words.videos.unplayable), { once: true });
    const close = build('button', { type: 'button', class: 'icon close', 'aria-label': words.page.close });
    close.addEventListener('click', () => this.#leave?.());
    const sign = build('span', { class: 'sign', 'data-sign': 'filming' }, build('span', { class: 'mark' }), words.sign.filming);
    this.dialog.setAttribute('aria-label', label);
    this.dialog.replaceChildren(
      build('div', { class: 'viewer-head' }, build('b', { class: 'digits' }, when), sign, close),
      facts,
      build('div', { class: 'large' }, video),
      below,
      this.trouble,
    );
    this.#before = /** @type {HTMLElement | null} */ (document.activeElement);
    this.root.append(this.dialog);
    this.toast.moveTo(this.dialog);
    this.#leave = openLayer(() => this.#closed());
    if (this.dialog.showModal) this.dialog.showModal();
    else this.dialog.setAttribute('open', '');
    close.focus();
    // Where the browser does not let it, the person presses Play.
    video.play().catch(() => {});
    return { video, below };
  }

  dispose() {
    this.#closed();
    this.dialog.remove();
  }

  #closed() {
    if (!this.#leave) return;
    this.#leave = null;
    this.root.append(this.trouble);
    this.toast.moveTo(this.root);
    if (this.dialog.close) this.dialog.close();
    else this.dialog.removeAttribute('open');
    // A video that is only hidden would go on.
    this.dialog.replaceChildren();
    // What had it may be gone by now, such as the button of a message.
    const before = this.#before?.isConnected && this.#before !== document.body ? this.#before : null;
    (before ?? this.root.querySelector('a'))?.focus();
  }
}
