// @ts-check
/**
 * IndexedDB: one database for everything that waits on this phone, and the only place that knows its shape. It knows
 * no meaning of what lies in it; `depot.js` does the reckoning.
 *
 * Of each thing there are two records under the key [group, number], written in one step: the data, and beside it what
 * is known of it, so that a list does not read megabytes. Data are array buffers, because Safari has lost blobs that
 * were kept in IndexedDB.
 */

/** @typedef {import('./depot.js').Entry} Entry */
/** @typedef {import('./depot.js').Shelf} Shelf */
/** @typedef {typeof STORES[number]} StoreName */

const DATABASE = 'framekeep';
/** Grows with every change of STORES. */
const VERSION = 1;
/** `chunks` of recordings, and the `recordings` that they belong to; `frames` that must arrive. */
const STORES = /** @type {const} */ (['chunks', 'recordings', 'frames']);
/** A browser that does not even open its database, as Safari at times after a start, is taken for one that has none. */
const OPEN_MS = 5000;

/** @type {Promise<IDBDatabase> | null} */
let opened = null;

/**
 * @param {StoreName} store
 * @returns {Promise<Shelf | null>} null where the browser keeps nothing, as in some private windows
 */
export async function openShelf(store) {
  try {
    await database();
  } catch {
    return null;
  }
  const facts = factsOf(store);
  return {
    list: () => inStep([facts], 'readonly', (step) => answerOf(step.objectStore(facts).getAll())),
    put: (entry, data) =>
      inStep([store, facts], 'readwrite', (step) => {
        step.objectStore(store).put(data, [entry.group, entry.number]);
        step.objectStore(facts).put(entry, [entry.group, entry.number]);
      }),
    read: async (group, number) =>
      (await inStep([store], 'readonly', (step) => answerOf(step.objectStore(store).get([group, number])))) ?? null,
    remove: (group, number) =>
      inStep([store, facts], 'readwrite', (step) => {
        step.objectStore(store).delete([group, number]);
        step.objectStore(facts).delete([group, number]);
      }),
  };
}

/**
 * Asks the browser not to clear what waits here when the phone runs short of room. Some ask the person, so this is for the
 * moment when something must wait, and not for every visit.
 */
export function keepForGood() {
  asked ??= navigator.storage?.persist?.().catch(() => false) ?? Promise.resolve(false);
  return asked;
}

/** @type {Promise<boolean> | null} */
let asked = null;

/** @param {string} store */
const factsOf = (store) => `${store} facts`;

/** The open database, opened anew when the browser closed it. */
function database() {
  opened ??= open().catch((error) => {
    opened = null;
    throw error;
  });
  return opened;
}

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((done, failed) => {
    const late = setTimeout(() => failed(new Error('the browser does not open its database')), OPEN_MS);
    const request = indexedDB.open(DATABASE, VERSION);
    request.onupgradeneeded = () => {
      const there = request.result.objectStoreNames;
      for (const name of STORES.flatMap((store) => [store, factsOf(store)])) {
        if (!there.contains(name)) request.result.createObjectStore(name);
      }
    };
    request.onsuccess = () => {
      clearTimeout(late);
      const db = request.result;
      const forget = () => (opened = null);
      db.onclose = forget;
      // A newer page in another tab wants another shape: it gets it, and this one opens again when it needs to.
      db.onversionchange = () => (db.close(), forget());
      done(db);
    };
    request.onerror = () => {
      clearTimeout(late);
      failed(request.error);
    };
  });
}

/**
 * Does something in one step: all of it is on the shelf afterwards, or nothing. A connection that broke, as on iOS after
 * a while in the background, is opened anew once.
 * @template T
 * @param {string[]} stores
 * @param {IDBTransactionMode} mode
 * @param {(step: IDBTransaction) => T | Promise<T>} act
 * @returns {Promise<T>}
 */
async function inStep(stores, mode, act) {
  let step;
  try {
    step = (await database()).transaction(stores, mode);
  } catch {
    opened = null;
    step = (await database()).transaction(stores, mode);
  }
  const over = new Promise((done, failed) => {
    step.oncomplete = () => done(null);
    step.onabort = () => failed(step.error ?? new Error('the browser broke off'));
  });
  const [answer] = await Promise.all([act(step), over]);
  return answer;
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function answerOf(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}
