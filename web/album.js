// @ts-check
/**
 * Kept frames in the order of the screen: days, within them events, the peak of each event first. Pure: no page, no
 * network, and the time zone is the one of the browser.
 */

/** @typedef {import('./api.js').SavedFrame} SavedFrame */
/** @typedef {{key: string, event: number | null, camera: string, from: number, to: number, frames: SavedFrame[]}} Group */
/** @typedef {{key: string, at: number, groups: Group[]}} Day */

export class Album {
  /** @type {Map<string, SavedFrame>} */
  #frames = new Map();
  /** @type {SavedFrame[] | null} */
  #sorted = null;

  /**
   * Adds frames, or replaces them by what is known now.
   * @param {SavedFrame[]} frames
   */
  add(frames) {
    for (const frame of frames) this.#frames.set(frame.id, frame);
    this.#sorted = null;
  }

  /**
   * @param {string} id
   * @returns {SavedFrame | undefined} what was there
   */
  remove(id) {
    const frame = this.#frames.get(id);
    if (this.#frames.delete(id)) this.#sorted = null;
    return frame;
  }

  /** @param {string} id */
  get(id) {
    return this.#frames.get(id);
  }

  get size() {
    return this.#frames.size;
  }

  /** All frames, the newest first. */
  get byTime() {
    this.#sorted ??= [...this.#frames.values()].sort(newestFirst);
    return this.#sorted;
  }

  /** @returns {Day[]} the newest first */
  days() {
    /** @type {Map<string, {day: Day, groups: Map<string, Group>}>} */
    const days = new Map();
    for (const frame of this.byTime) {
      const key = dayKey(frame.captured_at);
      let entry = days.get(key);
      if (!entry) days.set(key, (entry = { day: { key, at: frame.captured_at, groups: [] }, groups: new Map() }));
      const groupKey = `${key} ${frame.camera} ${frame.event === null ? hourOf(frame.captured_at) : `event ${frame.event}`}`;
      const group = entry.groups.get(groupKey);
      if (group) {
        group.frames.push(frame);
        group.from = frame.captured_at;
      } else {
        const at = frame.captured_at;
        const made = { key: groupKey, event: frame.event, camera: frame.camera, from: at, to: at, frames: [frame] };
        entry.groups.set(groupKey, made);
        entry.day.groups.push(made);
      }
    }
    for (const { day } of days.values()) for (const group of day.groups) peakFirst(group.frames);
    return [...days.values()].map(({ day }) => day);
  }

  /**
   * What was deleted elsewhere while nobody listened: the page says what there is now, from the newest to its own last.
   * @param {SavedFrame[]} page the newest frames
   * @param {boolean} whole whether there are no older ones
   * @returns {string[]} ids that are gone
   */
  missingFrom(page, whole) {
    const there = new Set(page.map((frame) => frame.id));
    const oldest = page[page.length - 1];
    return this.byTime
      .filter((frame) => !there.has(frame.id) && (whole || (oldest && frame.captured_at > oldest.captured_at)))
      .map((frame) => frame.id);
  }
}

/** @param {SavedFrame} a @param {SavedFrame} b */
function newestFirst(a, b) {
  return b.captured_at - a.captured_at || b.seq - a.seq || (a.id < b.id ? 1 : -1);
}

/** @param {SavedFrame[]} frames newest first; the peak moves to the front, the others keep their order */
function peakFirst(frames) {
  const index = frames.findIndex((frame) => frame.peak);
  if (index > 0) frames.unshift(...frames.splice(index, 1));
}

/** @param {number} ms */
function dayKey(ms) {
  const date = new Date(ms);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** @param {number} ms */
function hourOf(ms) {
  return `hour ${new Date(ms).getHours()}`;
}

/**
 * The name of a day for people: Today, Yesterday, or weekday and date; with the year when it is another one.
 * @param {number} ms
 * @param {number} now
 * @param {{language: string, gallery: {today: string, yesterday: string}}} words
 */
export function dayName(ms, now, words) {
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (dayKey(ms) === dayKey(now)) return words.gallery.today;
  if (dayKey(ms) === dayKey(yesterday.getTime())) return words.gallery.yesterday;
  const year = new Date(ms).getFullYear() === new Date(now).getFullYear() ? undefined : 'numeric';
  return new Intl.DateTimeFormat(words.language, { weekday: 'long', day: 'numeric', month: 'long', year }).format(ms);
}

/** @param {number} ms @returns {string} hours, minutes, seconds, in 24 hours */
export function clockTime(ms) {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((n) => String(n).padStart(2, '0')).join(':');
}

/**
 * @param {number} from @param {number} to
 * @returns {string} one time, or two with a dash
 */
export function timeSpan(from, to) {
  const [a, b] = [clockTime(from), clockTime(to)];
  return a === b ? a : `${a}–${b}`;
}

/** Minutes and seconds, with hours where there are any. @param {number} ms @returns {string} such as 1:05 */
export function lengthOf(ms) {
  const seconds = Math.round(ms / 1000);
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
}
