// @ts-check
/**
 * Who this phone is to the computer: paired or not, and under which name. It knows neither camera nor page.
 */

import { Refusal } from './api.js';

/** @typedef {import('./clock.js').Timers} Timers */
/** @typedef {import('./clock.js').ServerClock} ServerClock */
/** @typedef {import('./api.js').Me} Me */

/** How often the computer is asked while a name waits for its yes, and while it does not answer. */
const POLL_MS = 2000;
/** How often the computer's clock is asked for while filming: a phone's own drifts by some milliseconds a minute. */
const CLOCK_EVERY_MS = 60_000;
const CLOCK_QUESTIONS = 5;
const CLOCK_PAUSE_MS = 300;
/** After this phone's clock was set a picture waits at most so long for the computer's time. */
const TIME_WAIT_MS = 1000;

export class Session {
  /** @type {'asking' | 'paired' | 'unpaired' | 'revoked'} */
  access = 'asking';
  /** @type {'none' | 'claiming' | 'asked' | 'granted' | 'refused' | 'bad' | 'failed' | 'missing' | 'mine' | 'lost'} */
  name = 'none';
  /** The name that was asked for, or the computer's words about why it is not ours. */
  nameText = '';
  /** What the computer advises then. */
  nameTodo = '';
  /** @type {Me | null} */
  me = null;
  reachable = true;
  /** @type {(() => void) | null} */
  #cancelPoll = null;
  /** @type {(() => void) | null} */
  #cancelClock = null;

  /**
   * @param {object} parts
   * @param {{me: () => Promise<Me>, chooseUser: (name: string) => Promise<{user: string, status: string}>}} parts.api
   * @param {ServerClock} parts.clock
   * @param {Timers} parts.timers
   * @param {() => void} parts.onChange
   */
  constructor({ api, clock, timers, onChange }) {
    this.api = api;
    this.clock = clock;
    this.timers = timers;
    this.onChange = onChange;
  }

  /** @returns {string | null} the name under which frames are kept */
  get user() {
    return this.me?.user ?? null;
  }

  /** Asks the computer who we are; goes on asking until it answers. */
  async refresh() {
    const asked = this.timers.wall();
    try {
      const me = await this.api.me();
      this.clock.learn(asked, this.timers.wall(), me.now);
      this.reachable = true;
      this.#learn(me);
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) {
        this.reachable = true;
        this.lost();
      } else {
        this.reachable = false;
      }
    }
    this.#poll(!this.reachable || this.name === 'asked');
    this.onChange();
  }

  /** Asks for the computer's time alone. */
  async measureClock() {
    const asked = this.timers.wall();
    try {
      const { now } = await this.api.me();
      this.clock.learn(asked, this.timers.wall(), now);
    } catch {
      // The next time will do.
    }
  }

  /**
   * Asks for the computer's time again and again. Several questions in a row: the one that was answered most quickly tells
   * the most.
   * @param {() => boolean} isNeeded
   */
  keepClock(isNeeded, questions = CLOCK_QUESTIONS) {
    this.#cancelClock?.();
    this.#cancelClock = this.timers.after(questions > 0 ? CLOCK_PAUSE_MS : CLOCK_EVERY_MS, () => {
      if (!isNeeded()) return;
      void this.measureClock();
      this.keepClock(isNeeded, questions > 0 ? questions - 1 : CLOCK_QUESTIONS - 1);
    });
  }

  /**
   * The time of a picture that is taken now: it cannot be mended afterwards. Where nobody answers soon, what is known has to do.
   * @returns {Promise<number>} by the computer's clock
   */
  async time() {
    const { timers } = this;
    if (this.clock.isShaken(timers.wall(), timers.now())) {
      await Promise.race([this.measureClock(), new Promise((done) => timers.after(TIME_WAIT_MS, () => done(null)))]);
    }
    return this.clock.toServer(timers.wall());
  }

  /**
   * Takes a name.
   * @param {string} typed
   * @returns {Promise<boolean>} whether frames may be sent under it now
   */
  async choose(typed) {
    const name = typed.trim();
    if (!name) return this.#named('missing', '');
    if (name === this.user && this.name !== 'asked') return this.#named('mine', name);
    this.#named('claiming', name);
    // The camera's name holds the device's number, so nobody films before the computer has said who this phone is.
    if (!this.me) await this.refresh();
    if (!this.me) return this.#named('none', '');
    try {
      const answer = await this.api.chooseUser(name);
      this.reachable = true;
      if (answer.status === 'asked') {
        this.#named('asked', answer.user);
        this.#poll(true);
        return false;
      }
      this.me = { ...this.me, user: answer.user, pending: null };
      return this.#named('mine', answer.user);
    } catch (error) {
      if (error instanceof Refusal && error.status !== 401) {
        return this.#named(error.code === 'bad_name' ? 'bad' : 'failed', error.message, error.hint);
      }
      if (error instanceof Refusal) this.lost();
      else this.reachable = false;
      this.#poll(!this.reachable);
      // The older name stays this phone's, but nobody has agreed to the one that was typed.
      this.#named(this.user ? 'mine' : 'none', this.user ?? '');
      return false;
    }
  }

  /**
   * What the computer tells by itself about this phone.
   * @param {string} event
   * @param {any} data
   */
  hear(event, data) {
    if (event === 'revoked' || data?.revoked) return this.lost();
    if (!this.me) return;
    if (event === 'session') this.#learn({ ...this.me, user: data.user ?? null, pending: data.pending ?? null });
    else if (event === 'problems') this.me = { ...this.me, problems: data };
    else return;
    this.onChange();
  }

  /** The computer no longer knows this phone. */
  lost() {
    this.access = this.access === 'paired' ? 'revoked' : this.access === 'revoked' ? 'revoked' : 'unpaired';
    this.me = null;
    this.#poll(false);
    this.onChange();
  }

  /** @param {Me} me */
  #learn(me) {
    const wanted = this.nameText.toLowerCase();
    this.me = me;
    this.access = 'paired';
    if (me.pending) {
      this.name = 'asked';
      this.nameText = me.pending;
    } else if (this.name === 'asked') {
      this.name = me.user?.toLowerCase() === wanted ? 'granted' : 'refused';
      if (this.name === 'granted') this.nameText = me.user ?? '';
    } else if (me.user && ['none', 'mine', 'lost'].includes(this.name)) {
      this.name = 'mine';
      this.nameText = me.user;
    } else if (!me.user && ['mine', 'granted'].includes(this.name)) {
      this.name = 'lost';
    }
  }

  /** @param {Session['name']} name @param {string} text @param {string} [todo] */
  #named(name, text, todo = '') {
    this.name = name;
    this.nameText = text;
    this.nameTodo = todo;
    this.onChange();
    return name === 'mine';
  }

  /** @param {boolean} wanted */
  #poll(wanted) {
    this.#cancelPoll?.();
    this.#cancelPoll = wanted ? this.timers.after(POLL_MS, () => void this.refresh()) : null;
  }
}

/**
 * Each camera of each phone has a name of its own, because each sees another background: two phones of one user must
 * not share a detector. The start of the device's number tells two phones of the same make apart.
 * @param {{id: string, label: string} | undefined} device
 * @param {string} facing
 */
export function cameraName(device, facing) {
  const make = (device?.label ?? '').split(',')[0].replace(/[^\p{L}\p{N} -]/gu, '').trim().slice(0, 16).trim();
  return [make || 'phone', device?.id.slice(0, 4), facing].filter(Boolean).join(' ');
}
