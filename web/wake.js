// @ts-check
/**
 * Keeps the screen on while the camera runs. A phone takes the lock away whenever the page is hidden, so it is asked
 * for again each time the page is seen.
 */

export class WakeLock {
  /** @type {any} */
  #lock = null;
  #wanted = false;

  /** @param {{onChange: () => void}} parts */
  constructor({ onChange }) {
    this.onChange = onChange;
    document.addEventListener('visibilitychange', () => this.#take());
  }

  /** Whether this browser has wake locks at all (iOS from 16.4). */
  get supported() {
    return 'wakeLock' in navigator;
  }

  get held() {
    return this.#lock !== null;
  }

  /** @param {boolean} wanted */
  want(wanted) {
    this.#wanted = wanted;
    if (wanted) void this.#take();
    else void this.#drop();
  }

  async #take() {
    if (!this.#wanted || !this.supported || this.held || document.visibilityState !== 'visible') return;
    try {
      const lock = await navigator.wakeLock.request('screen');
      if (!this.#wanted || this.held) return void lock.release();
      this.#lock = lock;
      lock.addEventListener('release', () => {
        if (this.#lock === lock) this.#lock = null;
        this.onChange();
      });
    } catch {
      // A phone that saves its battery refuses; the page then says nothing, as filming goes on until the screen locks.
    }
    this.onChange();
  }

  async #drop() {
    const lock = this.#lock;
    this.#lock = null;
    await lock?.release().catch(() => {});
  }
}
