// @ts-check
/**
 * Filming: camera, sender and session put together, and everything that is known about it as one situation. It knows
 * no page and no browser: all that it works with is given to it.
 */

import { Away } from './away.js';
import { Moves } from './motion-sensor.js';
import { GLIMPSE_MS, previewInterval, wantsWhole } from './pace.js';
import { PullBack } from './pullback.js';
import { Reach } from './reach.js';
import { Sender } from './sender.js';
import { cameraName } from './session.js';
import { firstSituation, holdOf, isFilming } from './status.js';
import { Tally } from './tally.js';

/** @typedef {import('./clock.js').Timers} Timers */
/** @typedef {import('./sender.js').Outcome} Outcome */
/** @typedef {import('./status.js').Situation} Situation */
/** @typedef {import('./outbox.js').Taken} Taken */

/** How long "the computer is back" is said. */
const BACK_MS = 4000;
/** How often a camera that was taken away is tried again. */
const RETRY_CAMERA_MS = 3000;
/** A press of Start still counts so long after the operator was asked for the name. */
const PRESS_LIFE_MS = 120_000;
/** One failed request may be chance; from the second on the person is told. */
const SILENCES_TO_TELL = 2;
/** So long after the last change that the phone itself has noticed something may still move. */
const CHANGING_MS = 2000;

export class Filming {
  /** @type {Situation} */
  situation = firstSituation();
  tally = new Tally();
  /** @type {number | null} when the camera was started, by this phone */
  since = null;
  /** What the person wants, whatever the camera does. */
  wanted = false;
  /** How many cameras the phone has; 0 while that is not known. */
  cameras = 0;
  /** What the open camera is called; empty while none was opened. */
  #cameraName = '';
  /** What the camera was called that was opened last. */
  lastCamera = '';
  #reach = new Reach({
    now: () => this.clock.toServer(this.timers.wall()),
    onBack: (from, to) => this.#tellLedger({ state: 'offline', from, to }),
  });
  /** Grows with each press of Start and each end, so that what an older press waits for can be told. */
  #press = 0;
  /** The name of this press is granted: from now on the camera may be opened. */
  #mayOpen = false;
  /** How often something was told to the computer. */
  #told = 0;
  #pressedAt = -Infinity;
  /** Numbers the frames of this page. */
  #seq = 0;
  #moves = new Moves();
  /** Something goes on before the camera, as far as the computer has said. */
  #lively = true;
  #wholeAt = -Infinity;
  /** When the phone itself saw last that something may move. */
  #changedAt = -Infinity;
  /** @type {PullBack} */
  #pullBack;
  /** @type {Away} */
  #away;
  /** @type {(() => void) | null} */
  #cancelGlimpse = null;
  /** @type {(() => void) | null} */
  #cancelRetry = null;
  /** @type {(() => void) | null} */
  #cancelBack = null;

  /**
   * @param {object} parts
   * @param {import('./camera.js').Camera} parts.camera
   * @param {import('./session.js').Session} parts.session
   * @param {import('./outbox.js').Outbox} parts.outbox
   * @param {{take: () => boolean, start: () => Promise<void>, stop: () => void}} parts.sensor
   * @param {typeof import('./api.js')} parts.api
   * @param {import('./clock.js').ServerClock} parts.clock
   * @param {Timers} parts.timers
   * @param {{intervalMs: number, facing: 'front' | 'back', name: string}} parts.settings
   * @param {() => void} parts.onChange
   */
  constructor({ camera, session, outbox, sensor, api, clock, timers, settings, onChange }) {
    this.session = session;
    this.outbox = outbox;
    this.sensor = sensor;
    this.api = api;
    this.clock = clock;
    this.timers = timers;
    this.settings = settings;
    this.onChange = onChange;
    this.camera = camera;
    camera.onState = (state) => this.#onCamera(state);
    this.sender = new Sender({
      timers,
      capture: () => this.#capture(),
      post: (taken) => {
        const { camera: name, seq, capturedAt, preview, whole } = taken;
        const how = { whole: whole !== null, moved: this.#moves.upTo(taken), late: false };
        return api.sendPreview(name, { seq, capturedAt, blob: preview }, how);
      },
      onSkip: (taken) => this.#away.replaced(taken),
      onOutcome: (outcome, taken, silences) => this.#onOutcome(outcome, taken, silences),
    });
    this.#pullBack = new PullBack(outbox);
    this.#away = new Away({
      outbox,
      films: () => this.filming && this.situation.visible,
      capture: () => this.#capture(),
      intervalMs: () => previewInterval(this.#chosenMs, this.timers.now() - this.#changedAt < CHANGING_MS),
      timers,
      onChange: () => this.onChange(),
    });
    this.#setPace();
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
    // Before anything is waited for: iOS lets sensors be asked for on a press only.
    void this.sensor.start();
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
      this.#reach.lose();
    }
    if (online) {
      if (this.situation.link === 'noNetwork') this.#answered();
      this.sender.hurry();
      this.outbox.hurry();
      if (!this.session.reachable) void this.session.refresh();
    }
    this.onChange();
  }

  /** The phone's battery is nearly empty: the computer is told why it may fall silent. */
  weaken() {
    this.#tellLedger({ state: 'weak' });
  }

  /** @param {number} intervalMs */
  setInterval(intervalMs) {
    this.settings.intervalMs = intervalMs;
    this.#setPace();
  }

  /** Changes between front and back camera, while filming too. */
  async flip() {
    this.settings.facing = this.settings.facing === 'back' ? 'front' : 'back';
    this.onChange();
    if (!this.#mayOpen) return;
    this.#tell('stopped');
    this.#pullBack.end();
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
    if (event === 'frame' && data) this.tally.kept(data);
    if (event === 'hello' && this.situation.link !== 'noNetwork') {
      this.sender.hurry();
      this.outbox.hurry();
    }
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

  /** @param {Parameters<typeof import('./api.js').tellLedger>[1]} what */
  #tellLedger(what) {
    if (!this.#cameraName) return;
    void this.api.tellLedger(this.#cameraName, what).catch(() => {
      // The computer then believes that the phone was silent, which is no worse than before.
    });
  }

  get #chosenMs() {
    const fps = this.session.me?.max_fps;
    return Math.max(this.settings.intervalMs, fps ? 1000 / fps : 0);
  }

  #setPace() {
    this.sender.setInterval(previewInterval(this.#chosenMs, this.#lively));
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
      this.#reach.begin();
      this.since = this.timers.now();
      this.tally.begin(this.clock.toServer(this.timers.wall()) - 1);
    }
    this.tally.film(this.#cameraName);
    this.lastCamera = this.#cameraName;
    this.#live();
    this.cameras = await this.camera.count();
    this.onChange();
  }

  #live() {
    if (!this.situation.visible) return;
    this.situation.verdict = null;
    this.#tell(this.situation.camera === 'muted' ? 'muted' : 'live');
    this.#lively = true;
    this.#setPace();
    this.sender.start();
    this.session.keepClock(() => this.filming);
    this.#glimpse();
  }

  /** Sends a frame at once when something may begin to move, instead of up to a second later. */
  #glimpse() {
    this.#cancelGlimpse?.();
    this.#cancelGlimpse = this.timers.after(GLIMPSE_MS, () => {
      if (!this.filming || !this.situation.visible) return;
      if (this.camera.hasChanged()) this.#changes();
      this.#glimpse();
    });
  }

  #changes() {
    this.#changedAt = this.timers.now();
    // Nobody says now whether something moves: what moves only for a moment must not lie between two frames.
    this.#away.hurry();
    if (this.#lively) return;
    this.#lively = true;
    this.#setPace();
    this.sender.nudge();
  }

  /** Filming is over, for whatever reason; `camera` tells which. @param {Situation['camera']} camera */
  #end(camera) {
    this.wanted = false;
    this.since = null;
    this.#press += 1;
    this.#mayOpen = false;
    this.#pressedAt = -Infinity;
    this.#cancelRetry?.();
    this.#cancelGlimpse?.();
    this.#away.stop();
    this.#pullBack.end();
    this.camera.stop();
    this.sensor.stop();
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

  /** @returns {Promise<Taken | null>} */
  async #capture() {
    const camera = this.#cameraName;
    const capturedAt = await this.session.time();
    const now = this.timers.now();
    const whole = wantsWhole(this.#chosenMs, this.#lively, now - this.#wholeAt);
    const picture = await this.camera.takePicture(whole);
    // Meanwhile another camera may have been opened.
    if (!picture || !camera || camera !== this.#cameraName) return null;
    if (picture.whole) this.#wholeAt = now;
    const taken = { camera, seq: this.#seq++, capturedAt, moved: this.sensor.take(), ...picture };
    this.#moves.note(taken);
    return taken;
  }

  /** @param {Outcome} outcome @param {Taken} taken @param {number} silences */
  #onOutcome(outcome, taken, silences) {
    const { situation } = this;
    if (outcome.kind === 'silent') {
      const isAway = silences >= SILENCES_TO_TELL;
      this.#away.begin(taken, isAway ? this.#pullBack.leave() : []);
      if (isAway && situation.link !== 'noNetwork') {
        situation.link = outcome.failing ? 'failing' : 'gone';
        situation.linkText = outcome.failing ?? '';
        situation.verdict = null;
        if (!outcome.failing) this.#reach.lose();
      }
      this.onChange();
      return;
    }
    this.#away.end();
    this.#answered();
    const hold = holdOf(outcome);
    // That pictures cannot be kept is told by those, not by previews.
    if (hold || situation.hold?.kind !== 'notSaved') situation.hold = hold;
    if (outcome.kind === 'ok') this.#judge(outcome.answer, taken);
    this.#reach.find();
    if (outcome.kind === 'unpaired') this.session.lost();
    if (outcome.kind === 'nameless') void this.#nameless();
    this.onChange();
  }

  /** @param {any} answer what the computer saw @param {Taken} taken in this frame */
  #judge(answer, taken) {
    this.tally.judged(answer);
    this.#moves.told(taken);
    if (!answer) return;
    if (this.filming) this.situation.verdict = answer.verdict ?? (answer.motion ? 'motion' : 'still');
    this.#lively = Boolean(answer.lively);
    this.#setPace();
    this.#pullBack.judged(taken, answer);
    // An answer that comes after Stop, or of the camera before: nothing follows by which its picture could be wanted.
    if (taken.camera !== this.#cameraName) this.#pullBack.end();
  }

  /**
   * What became of something in the outbox.
   * @param {Outcome} outcome
   * @param {{camera: string, capturedAt: number}} picture
   */
  arrived(outcome, { camera, capturedAt }) {
    const { situation } = this;
    const saved = outcome.kind === 'ok' && outcome.answer?.saved;
    if (saved) this.tally.kept({ id: outcome.answer.frame, camera, captured_at: capturedAt });
    if (outcome.kind === 'notSaved') situation.hold = holdOf(outcome);
    else if (saved && situation.hold?.kind === 'notSaved') situation.hold = null;
    if (outcome.kind === 'unpaired') this.session.lost();
    this.onChange();
  }

  /** The operator took the name away while filming. */
  async #nameless() {
    this.#end('off');
    await this.session.refresh();
  }

  #answered() {
    const { situation } = this;
    if (!['gone', 'failing', 'noNetwork'].includes(situation.link)) return;
    this.outbox.hurry();
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
