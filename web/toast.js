// @ts-check
/** One short message at the lower edge, perhaps with a way back. It goes by itself; the way back stays long enough. */

import { build } from './build.js';

const SHORT_MS = 5000;
const WITH_BUTTON_MS = 15_000;

export class Toast {
  #timer = 0;

  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.element = build('div', { class: 'toast', role: 'status', hidden: '' });
    parent.append(this.element);
  }

  /**
   * @param {string} text
   * @param {{text: string, act: () => void}} [button]
   */
  show(text, button) {
    clearTimeout(this.#timer);
    this.element.replaceChildren(build('span', {}, text));
    if (button) {
      const press = build('button', { type: 'button' }, button.text);
      press.addEventListener('click', () => {
        this.hide();
        button.act();
      });
      this.element.append(press);
    }
    this.element.hidden = false;
    this.#timer = window.setTimeout(() => this.hide(), button ? WITH_BUTTON_MS : SHORT_MS);
  }

  /** Whether a message with a button is on the screen. */
  get offersWayBack() {
    return !this.element.hidden && this.element.querySelector('button') !== null;
  }

  hide() {
    clearTimeout(this.#timer);
    this.element.hidden = true;
  }

  /** Moves the message to where it can be seen and pressed, such as into an open dialog. @param {HTMLElement} parent */
  moveTo(parent) {
    parent.append(this.element);
  }

  dispose() {
    this.hide();
    this.element.remove();
  }
}
