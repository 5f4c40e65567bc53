// @ts-check
/**
 * The computer's server-sent events, opened again whenever they break. It knows no meaning of any event.
 */

/** @typedef {import('./clock.js').Timers} Timers */

const REOPEN_MS = 3000;
const NAMES = ['hello', 'frame', 'deleted', 'recording', 'recording_made', 'clip', 'event', 'camera', 'session', 'revoked', 'problems', 'resync'];

export class EventStream {
  /** @type {EventSource | null} */
  #source = null;
  /** @type {(() => void) | null} */
  #cancelReopen = null;

  /**
   * @param {object} parts
   * @param {Timers} parts.timers
   * @param {(name: string, data: any) => void} parts.onEvent
   * @param {() => void} [parts.onRefused] the answer was no event stream: perhaps this browser is not paired any more
   * @param {string} [parts.path] where the events come from
   * @param {string[]} [parts.names] the events that come
   */
  constructor({ timers, onEvent, onRefused = () => {}, path = '/api/v1/stream', names = NAMES }) {
    this.path = path;
    this.names = names;
    this.timers = timers;
    this.onEvent = onEvent;
    this.onRefused = onRefused;
  }

  open() {
    this.close();
    const source = new EventSource(this.path);
    this.#source = source;
    for (const name of this.names) {
      source.addEventListener(name, (event) => {
        const data = parse(/** @type {MessageEvent} */ (event).data);
        if (data !== undefined) this.onEvent(name, data);
      });
    }
    source.addEventListener('error', () => {
      if (this.#source !== source) return;
      // While the connection is only interrupted the browser tries again by itself; after an answer that is no event
      // stream it gives up for ever.
      if (source.readyState === EventSource.CLOSED) {
        this.#cancelReopen = this.timers.after(REOPEN_MS, () => this.open());
        this.onRefused();
      }
    });
  }

  close() {
    this.#cancelReopen?.();
    this.#cancelReopen = null;
    this.#source?.close();
    this.#source = null;
  }
}

/** @param {string} text @returns {any} undefined when it is no JSON */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
