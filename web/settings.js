// @ts-check
/**
 * What this browser remembers between visits: name, rate, which camera, a language if one was chosen. Nothing here decides who somebody is; the
 * computer does that.
 */

/** Milliseconds between two frames, slowest first: from one in ten seconds to fifteen a second. */
export const INTERVALS_MS = [10_000, 5000, 2000, 1000, 500, 200, 100, 1000 / 15];
export const FIRST_INTERVAL_MS = 1000;

/**
 * @param {Pick<Storage, 'getItem' | 'setItem'> | null} storage null where the browser forbids storage
 */
export function openSettings(storage) {
  const read = (/** @type {string} */ key) => {
    try {
      return storage?.getItem(`framekeep.${key}`) ?? null;
    } catch {
      return null;
    }
  };
  const write = (/** @type {string} */ key, /** @type {string} */ value) => {
    try {
      storage?.setItem(`framekeep.${key}`, value);
    } catch {
      // Private windows refuse storage; the choice then lasts as long as the page.
    }
  };
  return {
    get name() {
      return read('name') ?? '';
    },
    set name(value) {
      write('name', value);
    },
    /** @returns {number} one of INTERVALS_MS */
    get intervalMs() {
      const index = INTERVALS_MS.findIndex((ms) => String(Math.round(ms)) === read('interval'));
      return INTERVALS_MS[index] ?? FIRST_INTERVAL_MS;
    },
    set intervalMs(value) {
      write('interval', String(Math.round(value)));
    },
    /** @returns {'front' | 'back'} */
    get facing() {
      return read('facing') === 'front' ? 'front' : 'back';
    },
    set facing(value) {
      write('facing', value);
    },
    /** Empty until a person chooses one: then the browser's own. */
    get language() {
      return read('language') ?? '';
    },
    set language(value) {
      write('language', value);
    },
  };
}

/** The browser's storage, or null where even asking for it fails. */
export function browserStorage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
