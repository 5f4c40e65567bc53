// @ts-check
/**
 * One short message at the lower edge, perhaps with a button, such as a way back. It goes by itself; a button stays long enough,
 * and what happens meanwhile is told after it.
 */

import { build } from './build.js';

const SHORT_MS = 5000;
const WITH_BUTTON_MS = 15_000;

/** @typedef {{text: string, act: () => void}} Button */

export class Toast {
  #timer = 0;
  /** @type {Button | null} */
  #button = null;
  /** What is told when the way back is gone. @type {[string, Button | undefined][]} */
  #waiting = [];

  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.element = build('div', { class: 'toast', role: 'status', hidden: '' });
    parent.append(this.element);
  }

  /**
   * Says what came of a press, instead of what was said before.
   * @param {string} text
   * @param {Button} [button]
   */
  show(text, button) {
    clearTimeout(this.#timer);
    this.#button = button ?? null;
    this.element.replaceChildren(build('span', {}, text));
    if (button) {
      const press = build('button', { type: 'button' }, button.text);
      press.addEventListener('click', () => {
        this.#clear();
        // What waits is told when it is known what came of the press, or when nothing is said of that.
        this.#timer = window.setTimeout(() => this.#hide(), SHORT_MS);
        button.act();
      });
      this.element.append(press);
    }
    this.element.hidden = false;
    this.#timer = window.setTimeout(() => this.#hide(), button ? WITH_BUTTON_MS : SHORT_MS);
  }

  /**
   * Says what happened by itself. A button that somebody may be about to press stays until it is pressed or goes.
   * @param {string} text
   * @param {Button} [button]
   */
  tell(text, button) {
    if (this.#button) this.#waiting.push([text, button]);
    else this.show(text, button);
  }

  /** Whether this button is on the screen. @param {Button | null} button */
  offers(button) {
    return button !== null && this.#button === button;
  }

  #hide() {
    this.#clear();
    const next = this.#waiting.shift();
    if (next) this.show(...next);
  }

  /** Moves the message to where it can be seen and pressed, such as into an open dialog. @param {HTMLElement} parent */
  moveTo(parent) {
    parent.append(this.element);
  }

  dispose() {
    this.#clear();
    this.element.remove();
  }

  #clear() {
    clearTimeout(this.#timer);
    this.#button = null;
    this.element.hidden = true;
  }
}
