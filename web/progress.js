// @ts-check
/**
 * Tells the computer how far this phone has come, so that its window can say what helps, and how full the battery is. It
 * knows no page and no browser: what it looks at is given to it.
 */

/** @typedef {import('./clock.js').Timers} Timers */
/** @typedef {import('./status.js').Situation} Situation */
/** @typedef {'asking' | 'allowed' | 'denied' | 'busy' | 'missing' | 'failed' | 'insecure' | 'hidden' | 'seen'} Step */
/** @typedef {{step?: Step, battery?: {percent: number, charging: boolean}}} Told */
/**
 * What browsers that have one tell of their battery (Chrome on Android; Safari and Firefox do not).
 * @typedef {{level: number, charging: boolean, addEventListener: (event: string, hear: () => void) => void}} Battery
 */

/** The battery is told at most this often, unless it begins or ends to be charged. */
const BATTERY_MS = 60_000;

export class Progress {
  /** @type {(told: Told) => Promise<void>} */
  #post;
  /** What is told is told one after the other: side by side the older could arrive last. */
  #sending = Promise.resolve();
  /** @type {Step | ''} what was told last of the camera */
  #step = '';
  #visible = true;
  #paired = false;
  /** @type {Battery | null} */
  #battery = null;
  #told = { percent: -1, charging: false, at: -Infinity };

  /**
   * @param {object} parts
   * @param {(told: Told) => Promise<void>} parts.tell ends when the computer has heard it
   * @param {Timers} parts.timers
   */
  constructor({ tell, timers }) {
    this.timers = timers;
    this.#post = tell;
  }

  /** Looks whether there is news; called as often as anything changes. @param {Situation} situation */
  look(situation) {
    if (situation.access !== 'paired') {
      // Paired again it is another device, and the computer knows nothing of it.
      this.#paired = false;
      this.#step = '';
      return;
    }
    if (!this.#paired) {
      this.#paired = true;
      this.#told.at = -Infinity;
    }
    if (situation.visible !== this.#visible) {
      this.#visible = situation.visible;
      this.#tell({ step: situation.visible ? 'seen' : 'hidden' });
    }
    const step = stepOf(situation.camera);
    if (step !== this.#step && situation.visible) {
      this.#step = step;
      if (step) this.#tell({ step });
    }
    this.#lookAtBattery();
  }

  /** @param {(() => Promise<Battery>) | undefined} open how the browser gives its battery */
  async watchBattery(open) {
    try {
      const battery = await open?.();
      if (!battery) return;
      this.#battery = battery;
      for (const event of ['levelchange', 'chargingchange']) {
        battery.addEventListener(event, () => this.#lookAtBattery());
      }
      this.#lookAtBattery();
    } catch {
      // The browser has one and does not let pages see it.
    }
  }

  /** @param {Told} told */
  #tell(told) {
    this.#sending = this.#sending.then(() => this.#post(told));
  }

  #lookAtBattery() {
    if (!this.#battery || !this.#paired) return;
    const percent = Math.round(100 * Math.min(1, Math.max(0, this.#battery.level)));
    const charging = Boolean(this.#battery.charging);
    const now = this.timers.now();
    const last = this.#told;
    const due = now - last.at >= BATTERY_MS && percent !== last.percent;
    if (!due && charging === last.charging && last.at > -Infinity) return;
    this.#told = { percent, charging, at: now };
    this.#tell({ battery: { percent, charging } });
  }
}

/** @param {Situation['camera']} camera @returns {Step | ''} */
function stepOf(camera) {
  switch (camera) {
    case 'starting':
      return 'asking';
    case 'on':
    case 'muted':
    case 'stalled':
      return 'allowed';
    case 'denied':
    case 'busy':
    case 'missing':
    case 'failed':
    case 'insecure':
      return camera;
    default:
      return '';
  }
}
