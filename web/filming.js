// @ts-check
/**
 * Filming: camera, sender and session put together, and everything that is known about it as one situation. It knows
 * no page and no browser: all that it works with is given to it.
 */

import { Sender } from './sender.js';
import { firstSituation, isFilming } from './status.js';

/** @typedef {import('./clock.js').Timers} Timers */
/** @typedef {import('./sender.js').Outcome} Outcome */
/** @typedef {import('./status.js').Situation} Situation */

/** How long "the computer is back" is said. */
const BACK_MS = 4000;
/** How often a camera that was taken away is tried again. */
const RETRY_CAMERA_MS = 3000;
/** A press of Start still counts so long after the operator was asked for the name. */
const PRESS_LIFE_MS = 120_000;
/** So many kept frames are remembered, to count each once: the two tellings of one are seconds apart. */
const KEPT_IDS = 1000;
/** One failed request may be chance; from the second on the person is told. */
const SILENCES_TO_TELL = 2;

export class Filming {
  /** @type {Situation} */
  situation = firstSituation();
  counts = { sent: 0, motion: 0, kept: 0 };
  /** @type {number | null} when the camera was started, by this phone */
  since = null;
  /** The newest scores, oldest first, for the trail. @type {{score: number, motion: boolean}[]} */
  scores = [];
  /** What the person wants, whatever the camera does. */
  wanted = false;
  /** How many cameras the phone has; 0 while that is not known. */
  cameras = 0;
  /** What the open camera is called; empty while none was opened. */
  #cameraName = '';
  /** What the camera was called that was opened last. */
  lastCamera = '';
  /** When the computer last answered, and since when it does not, by its own clock. @type {{answered: number, lost: number | null}} */
  #reach = { answered: 0, lost: null };
  /** The cameras of this run: both, after a change from front to back. @type {Set<string>} */
  #filmed = new Set();
  /** Grows with each press of Start and each end, so that what an older press waits for can be told. */
  #press = 0;
  /** The name of this press is granted: from now on the camera may be opened. */
  #mayOpen = false;
  /** How often something was told to the computer. */
  #told = 0;
  /** From when on kept frames count, by the computer's clock: an older one that Undo brings back does not. */
  #countedFrom = 0;
  /** @type {Set<string>} */
  #keptIds = new Set();
  #pressedAt = -Infinity;
  /** @type {(() => void) | null} */
  #cancelRetry = null;
  /** @type {(() => void) | null} */
  #cancelBack = null;

  /**
   * @param {object} parts
   * @param {import('./camera.js').Camera} parts.camera
   * @param {import('./session.js').Session} parts.session
   * @param {typeof import('./api.js')} parts.api
   * @param {import('./clock.js').ServerClock} parts.clock
   * @param {Timers} parts.timers
   * @param {{intervalMs: number, facing: 'front' | 'back', name: string}} parts.settings
   * @param {() => void} parts.onChange
   */
  constructor({ camera, session, api, clock, timers, settings, onChange }) {
    this.session = session;
    this.api = api;
    this.clock = clock;
    this.timers = timers;
    this.settings = settings;
    this.onChange = onChange;
    this.camera = camera;
    camera.onState = (state) => this.#onCamera(state);
    this.sender = new Sender({
      timers,
      capture: (seq) => this.#capture(seq),
      post: (picture) => api.sendFrame(this.#cameraName, picture),
      onOutcome: (outcome, _picture, silences) => this.#onOutcome(outcome, silences),
    });
    this.sender.setInterval(settings.intervalMs);
    if (!camera.supported) this.situation.camera = 'insecure';
  }

  get filming() {
    return isFilming(this.situation);
  }

  /**
   * A press of Start: the name first, then the camera, so that nobody is filmed for a name that is not granted.
   * @param {string} name
   */
  async start(name) {
    const press = ++this.#press;
    const pressedAt = this.timers.now();
    this.#pressedAt = pressedAt;
    this.wanted = true;
    this.onChange();
    const granted = await this.session.choose(name);
    if (press !== this.#press) return;
    if (granted) {
      this.#mayOpen = true;
      await this.#open();
      return;
    }
    this.#end('off');
    if (this.session.name === 'asked') this.#pressedAt = pressedAt;
    this.onChange();
  }

  /** A press of Stop. */
  stop() {
    this.#tell('stopped');
    this.#end('stopped');
    this.onChange();
  }

  /** The page goes away: the camera is let go and the computer told. */
  leave() {
    if (this.wanted) this.stop();
  }

  /** @param {boolean} visible */
  show(visible) {
    this.situation.visible = visible;
    if (visible) {
      this.camera.wake();
      if (this.wanted && this.situation.camera.startsWith('taken')) void this.#retryCamera(0);
      else if (this.filming) this.#live();
      void this.session.refresh();
    } else if (this.filming) {
      this.#tell('hidden');
      void this.sender.stop();
    }
    this.onChange();
  }

  /** @param {boolean} online what the browser says of the network */
  network(online) {
    if (!online) {
      this.situation.link = 'noNetwork';
      this.#reach.lost ??= this.#reach.answered;
    }
    if (online) {
      if (this.situation.link === 'noNetwork') this.#answered();
      this.sender.hurry();
      if (!this.session.reachable) void this.session.refresh();
    }
    this.onChange();
  }

  /** The phone's battery is nearly empty: the computer is told why it may fall silent. */
  weaken() {
    if (this.#cameraName) void this.api.tellLedger(this.#cameraName, { state: 'weak' }).catch(() => {});
  }

  /** @param {number} intervalMs */
  setInterval(intervalMs) {
    this.settings.intervalMs = intervalMs;
    this.sender.setInterval(Math.max(intervalMs, this.#shortestMs));
  }

  /** Changes between front and back camera, while filming too. */
  async flip() {
    this.settings.facing = this.settings.facing === 'back' ? 'front' : 'back';
    this.onChange();
    if (!this.#mayOpen) return;
    this.#tell('stopped');
    void this.sender.stop();
    await this.#open();
  }

  /**
   * What the computer tells by itself.
   * @param {string} event
   * @param {any} data
   */
  hear(event, data) {
    // The peak of an event is kept when the event is over, perhaps after Stop.
    if (event === 'frame' && this.#filmed.has(data?.camera) && data.captured_at >= this.#countedFrom) this.#kept(data);
    if (event === 'hello' && this.situation.link !== 'noNetwork') this.sender.hurry();
    this.onChange();
  }

  /** Takes over what the session knows, and goes on when a name was granted that Start had asked for. */
  sessionChanged() {
    const { session, situation } = this;
    situation.access = session.access;
    situation.name = session.name;
    situation.nameText = session.nameText;
    situation.nameTodo = session.nameTodo;
    if (session.me) situation.problems = session.me.problems ?? [];
    if (!session.reachable) {
      if (situation.link !== 'noNetwork') situation.link = 'gone';
    } else if (!this.filming && ['gone', 'failing'].includes(situation.link)) {
      this.#answered();
    }
    if (session.access !== 'paired' && session.access !== 'asking' && (this.filming || this.wanted)) {
      this.#end('off');
    }
    if (session.name === 'granted') this.#granted();
    this.onChange();
  }

  get #shortestMs() {
    const fps = this.session.me?.max_fps;
    return fps ? 1000 / fps : 0;
  }

  #granted() {
    const recent = this.timers.now() - this.#pressedAt < PRESS_LIFE_MS;
    if (!recent || !this.situation.visible || this.wanted) return;
    this.#pressedAt = -Infinity;
    this.wanted = true;
    this.#mayOpen = true;
    void this.#open();
  }

  async #open() {
    this.#cancelRetry?.();
    this.#cameraName = '';
    const running = await this.camera.start(this.settings.facing);
    if (!running || !this.wanted) return;
    this.#cameraName = cameraName(this.session.me?.device, this.camera.facing);
    if (this.since === null) {
      this.#reach = { answered: this.clock.toServer(this.timers.wall()), lost: null };
      this.since = this.timers.now();
      this.#countedFrom = this.clock.toServer(this.timers.wall()) - 1;
      this.counts = { sent: 0, motion: 0, kept: 0 };
      this.scores = [];
      this.#keptIds.clear();
      this.#filmed.clear();
    }
    this.#filmed.add(this.#cameraName);
    this.lastCamera = this.#cameraName;
    this.#live();
    this.cameras = await this.camera.count();
    this.onChange();
  }

  #live() {
    if (!this.situation.visible) return;
    this.situation.verdict = null;
    this.#tell(this.situation.camera === 'muted' ? 'muted' : 'live');
    this.sender.setInterval(Math.max(this.settings.intervalMs, this.#shortestMs));
    this.sender.start();
  }

  /** Filming is over, for whatever reason; `camera` tells which. @param {Situation['camera']} camera */
  #end(camera) {
    this.wanted = false;
    this.since = null;
    this.#press += 1;
    this.#mayOpen = false;
    this.#pressedAt = -Infinity;
    this.#cancelRetry?.();
    this.camera.stop();
    this.#cameraName = '';
    Object.assign(this.situation, { camera, hold: null, verdict: null });
    void this.sender.stop();
  }

  /**
   * Tells the computer what the camera does: at once, as the page may be about to go, and when the camera ends once more
   * after a frame that was under way, which would make the computer believe that we go on.
   * @param {'live' | 'hidden' | 'muted' | 'taken' | 'stopped'} state
   */
  #tell(state) {
    const name = this.#cameraName;
    if (!name) return;
    const told = ++this.#told;
    this.api.tellState(name, state);
    if (state === 'live' || !this.sender.sending) return;
    void this.sender.arrived.then(() => told === this.#told && this.api.tellState(name, state));
  }

  /** @param {import('./camera.js').CameraState} state */
  #onCamera(state) {
    const { situation } = this;
    const retrying = situation.camera === 'takenRetrying';
    switch (state) {
      case 'off':
        return;
      case 'starting':
        if (!retrying) situation.camera = state;
        break;
      case 'on':
      case 'muted':
      case 'stalled': {
        const before = situation.camera;
        situation.camera = state;
        // Phones also mute the camera of a page in the background; being there is the better reason.
        if (situation.visible && state === 'muted') this.#tell('muted');
        else if (situation.visible && before === 'muted') this.#tell('live');
        break;
      }
      case 'taken':
        this.#tell('taken');
        void this.sender.stop();
        void this.#retryCamera(RETRY_CAMERA_MS);
        break;
      default:
        situation.cameraText = this.camera.reason;
        if (retrying) void this.#retryCamera(RETRY_CAMERA_MS);
        else this.#end(state);
    }
    this.onChange();
  }

  /** @param {number} afterMs */
  async #retryCamera(afterMs) {
    this.situation.camera = 'taken';
    const press = this.#press;
    // Without a standing permission the browser would ask out of the blue: only a press may open the camera then.
    const allowed = await this.camera.isAllowed();
    // Meanwhile somebody may have pressed Stop, or changed to the other camera.
    if (press !== this.#press || !this.situation.camera.startsWith('taken')) return;
    if (!allowed) {
      this.#end('taken');
    } else {
      this.situation.camera = 'takenRetrying';
      this.#cancelRetry?.();
      this.#cancelRetry = this.timers.after(afterMs, () => {
        if (this.wanted && this.situation.visible) void this.#open();
      });
    }
    this.onChange();
  }

  /** @param {number} seq */
  async #capture(seq) {
    const capturedAt = this.clock.toServer(this.timers.wall());
    const blob = await this.camera.takePicture();
    return blob ? { seq, capturedAt, blob } : null;
  }

  /** @param {Outcome} outcome @param {number} silences */
  #onOutcome(outcome, silences) {
    const { situation } = this;
    if (outcome.kind === 'silent') {
      if (silences >= SILENCES_TO_TELL && situation.link !== 'noNetwork') {
        situation.link = outcome.failing ? 'failing' : 'gone';
        situation.linkText = outcome.failing ?? '';
        situation.verdict = null;
        if (!outcome.failing) this.#reach.lost ??= this.#reach.answered;
      }
      this.onChange();
      return;
    }
    this.#answered();
    this.#reached();
    situation.hold = holdOf(outcome);
    if (outcome.kind === 'ok' || outcome.kind === 'notSaved') this.#judge(outcome.answer, outcome.kind === 'ok');
    if (outcome.kind === 'unpaired') this.session.lost();
    if (outcome.kind === 'nameless') void this.#nameless();
    this.onChange();
  }

  /** @param {any} answer @param {boolean} sent */
  #judge(answer, sent) {
    if (sent) this.counts.sent += 1;
    if (!answer) return;
    if (answer.motion) this.counts.motion += 1;
    if (answer.saved && answer.frame) this.#kept({ id: answer.frame });
    else if (answer.saved) this.counts.kept += 1;
    if (this.filming) this.situation.verdict = answer.verdict ?? (answer.motion ? 'motion' : 'still');
    this.scores.push({ score: Number(answer.score) || 0, motion: Boolean(answer.motion) });
    if (this.scores.length > 90) this.scores.shift();
  }

  /** A kept frame is told twice, in the answer and as an event; it counts once. @param {{id: string}} frame */
  #kept({ id }) {
    if (this.#keptIds.has(id)) return;
    this.#keptIds.add(id);
    if (this.#keptIds.size > KEPT_IDS) this.#keptIds.delete(this.#keptIds.values().next().value ?? '');
    this.counts.kept += 1;
  }

  /** The operator took the name away while filming. */
  async #nameless() {
    this.#end('off');
    await this.session.refresh();
  }

  /** Frames of the time without the computer did not come: it learns that this phone was awake, and why. */
  #reached() {
    const { lost } = this.#reach;
    const now = this.clock.toServer(this.timers.wall());
    this.#reach = { answered: now, lost: null };
    if (lost === null || !this.#cameraName) return;
    void this.api.tellLedger(this.#cameraName, { state: 'offline', from: lost, to: now }).catch(() => {
      // The computer then believes that the phone was silent, which is no worse than before.
    });
  }

  #answered() {
    const { situation } = this;
    if (!['gone', 'failing', 'noNetwork'].includes(situation.link)) return;
    situation.link = 'back';
    // The computer was away: its clock, our pairing and its problems may be different now.
    if (this.filming) void this.session.refresh();
    this.#cancelBack?.();
    this.#cancelBack = this.timers.after(BACK_MS, () => {
      if (situation.link === 'back') situation.link = 'ok';
      this.onChange();
    });
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

/** @param {Outcome} outcome @returns {Situation['hold']} */
function holdOf(outcome) {
  switch (outcome.kind) {
    case 'busy':
      return { kind: 'overload', seconds: Math.max(1, Math.ceil(outcome.retryMs / 1000)) };
    case 'notSaved':
      return { kind: 'notSaved', message: outcome.message, todo: outcome.todo };
    case 'refused':
      return { kind: 'frameRefused', message: outcome.message, todo: outcome.todo };
    default:
      return null;
  }
}
