// @ts-check
/**
 * Keeps the screen on while the camera runs. A phone takes the lock away whenever the page is hidden, so it is asked
 * for again each time the page is seen.
 */

export class WakeLock {
  /** @type {any} */
  #lock = null;
  #wanted = false;
  #asking = false;
  /** The phone said no, or took the lock back. It is not asked again before something has changed. */
  #declined = false;

  constructor() {
    document.addEventListener('visibilitychange', () => {
      this.#declined = false;
      void this.#take();
    });
  }

  /** Whether this browser has wake locks at all (iOS from 16.4). */
  get supported() {
    return 'wakeLock' in navigator;
  }

  get held() {
    return this.#lock !== null;
  }

  /** May be said as often as one likes. @param {boolean} wanted */
  want(wanted) {
    if (wanted !== this.#wanted) this.#declined = false;
    this.#wanted = wanted;
    if (wanted) void this.#take();
    else void this.#drop();
  }

  async #take() {
    if (!this.#wanted || !this.supported || this.held || this.#asking || this.#declined) return;
    if (document.visibilityState !== 'visible') return;
    this.#asking = true;
    try {
      const lock = await navigator.wakeLock.request('screen');
      if (!this.#wanted) return void lock.release();
      this.#lock = lock;
      lock.addEventListener('release', () => {
        if (this.#lock !== lock) return;
        this.#lock = null;
        this.#declined = true;
      });
    } catch {
      // A phone that saves its battery refuses; the page then says nothing, as filming goes on until the screen locks.
      this.#declined = true;
    } finally {
      this.#asking = false;
    }
  }

  async #drop() {
    const lock = this.#lock;
    this.#lock = null;
    await lock?.release().catch(() => {});
  }
}
