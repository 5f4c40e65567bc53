// @ts-check
/**
 * Recording on the camera page: its buttons, its sign, and the parts that it is made of. The recorder makes chunks, the
 * depot keeps them, the uploads bring them to the computer; this file introduces them to each other and to the page.
 *
 * A recording goes on for as long as the camera runs and the person wants it. When the camera is another one (front and
 * back), or was away, the next recording begins by itself.
 */

import { lengthOf } from './album.js';
import { Depot } from './depot.js';
import { cameraName } from './session.js';
import { Recorder } from './recorder.js';
import { keepForGood } from './shelf.js';
import { Uploads } from './uploads.js';
import { words } from './words.js';

/** What may wait on the phone: about half an hour of video. */
export const CAP_BYTES = 500_000_000;

export class RecordPanel {
  /** Whether the person wants a video. */
  #wanted = false;
  /** The browser is asked for the microphone: until it has answered, nothing is recorded without sound. */
  #opening = false;
  /** The microphone, while it is used. @type {MediaStreamTrack | null} */
  #sound = null;
  #note = '';
  #key = '';
  #finished = 0;
  /** @type {Depot | null} */
  #chunks = null;
  /** @type {Uploads | null} */
  #uploads = null;
  /** @type {Map<string, boolean>} */
  #held = new Map();

  /**
   * @param {object} parts
   * @param {import('./filming.js').Filming} parts.filming
   * @param {import('./session.js').Session} parts.session
   * @param {import('./clock.js').ServerClock} parts.clock
   * @param {import('./clock.js').Timers} parts.timers
   * @param {typeof import('./api.js')} parts.api
   */
  constructor({ filming, session, clock, timers, api }) {
    this.filming = filming;
    this.session = session;
    this.clock = clock;
    this.timers = timers;
    this.api = api;
    this.button = /** @type {HTMLButtonElement} */ (element('record'));
    this.soundBox = /** @type {HTMLInputElement} */ (element('sound'));
    this.recorder = new Recorder({
      sink: this.#sink(),
      timers,
      onChange: () => this.#recorderChanged(),
      onEmpty: () => (this.#note = words.record.empty),
    });
    this.button.addEventListener('click', () => (this.#wanted ? this.#stop('') : void this.#start()));
  }

  /** Opens what waits on this phone, and sends it. */
  async open() {
    // The chunks first: each was put in after its record, so none is taken for one without.
    const chunks = await Depot.open('chunks', { capBytes: CAP_BYTES });
    const records = await Depot.open('recordings');
    this.#chunks = chunks;
    this.#uploads = new Uploads({
      chunks,
      records,
      api: this.api,
      timers: this.timers,
      user: () => (this.session.access === 'paired' ? this.session.user : null),
      hash: sha256,
      own: (key) => this.#own(key),
      onChange: () => this.draw(),
    });
    await this.#uploads.adopt();
    this.draw();
  }

  /** Whether something waits that this browser does not keep, so that a reload would lose it. */
  get losesByReload() {
    return this.#chunks !== null && !this.#chunks.lasting && this.#chunks.bytes > 0;
  }

  /** What holds the sending back may have gone. */
  hurry() {
    this.#uploads?.hurry();
  }

  /** @param {string} event what the computer tells by itself */
  hear(event) {
    if (event === 'hello') this.hurry();
  }

  draw() {
    this.#follow();
    const runs = this.filming.filming;
    const waits = this.#uploads?.waiting ?? false;
    element('record-row').hidden = !(runs || waits || this.#note) || !this.recorder.supported;
    this.button.hidden = !runs;
    this.button.dataset.does = this.#wanted ? 'stop' : 'record';
    setText('record-word', this.#wanted ? words.buttons.stopRecording : words.buttons.record);
    /** @type {HTMLElement} */ (this.soundBox.parentElement).hidden = !runs || this.#wanted;
    element('record-sign').hidden = !this.recorder.recording;
    setText('record-said', this.recorder.recording ? words.page.recordingVideo : '');
    setText('record-note', this.#noteText());
    setText('record-waits', this.#waitsText());
  }

  /** Once a second. */
  drawElapsed() {
    setText('record-elapsed', this.recorder.recording ? lengthOf(this.recorder.elapsedMs) : '');
  }

  /** Keeps the recorder in step with the camera. */
  #follow() {
    const { camera } = this.filming;
    if (this.#wanted && !this.filming.wanted) return this.#stop('');
    if (this.#opening) return;
    if (this.recorder.recording && this.recorder.stream !== camera.stream) this.recorder.stop();
    if (this.#wanted && !this.recorder.recording && camera.stream && camera.state === 'on') this.#begin(camera.stream);
  }

  async #start() {
    this.#note = '';
    this.#wanted = true;
    void keepForGood();
    this.#opening = this.button.disabled = true;
    if (this.soundBox.checked) await this.#openSound();
    this.#opening = this.button.disabled = false;
    // Meanwhile the camera may have been stopped.
    if (!this.filming.wanted) this.#stop('');
    this.draw();
  }

  async #openSound() {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      this.#sound = stream.getAudioTracks()[0] ?? null;
    } catch (error) {
      const refused = /** @type {DOMException} */ (error).name === 'NotAllowedError';
      this.#note = refused ? words.record.soundRefused : words.record.soundMissing;
    }
  }

  /** @param {MediaStream} stream */
  #begin(stream) {
    const user = this.session.user ?? '';
    const camera = cameraName(this.session.me?.device, this.filming.camera.facing);
    if (this.recorder.start(stream, this.#sound, { user, camera })) return;
    // A browser that cannot join the two records the picture alone.
    if (this.#sound && this.recorder.start(stream, null, { user, camera })) return void (this.#note = words.record.soundMissing);
    this.#stop(words.record.impossible);
  }

  /** @param {string} note why, where the person did not ask for it */
  #stop(note) {
    this.#wanted = false;
    if (note) this.#note = note;
    this.recorder.stop();
    this.#sound?.stop();
    this.#sound = null;
    this.draw();
  }

  #recorderChanged() {
    this.draw();
    this.drawElapsed();
  }

  /** @returns {import('./recorder.js').Sink} */
  #sink() {
    return {
      begin: async (mime, startedAtWall, { user, camera }) => {
        this.#key = freshKey();
        const startedAt = this.clock.toServer(startedAtWall);
        await this.#uploads?.begin({ key: this.#key, user, camera, mime, startedAt });
      },
      add: async (seq, data, endedAtWall) => {
        const goesOn = await this.#uploads?.add(this.#key, seq, data, this.clock.toServer(endedAtWall));
        // The sign that a video is recorded must not stay when nobody takes it any more; why is in the note.
        if (goesOn === false) this.#stop('');
        if (this.#chunks?.full && this.#wanted) {
          const atCap = this.#chunks.bytes >= CAP_BYTES;
          this.#stop(atCap ? words.record.full(words.size(CAP_BYTES)) : words.record.noRoom);
        }
      },
      end: async (durationMs) => this.#uploads?.end(this.#key, durationMs),
    };
  }

  #noteText() {
    const uploads = this.#uploads;
    if (uploads && uploads.finished > this.#finished && !uploads.waiting && !this.recorder.recording) {
      this.#finished = uploads.finished;
      this.#note = words.record.sent;
    }
    const { kind, message = '', todo = '' } = uploads?.trouble ?? {};
    if (kind === 'deleted') return words.record.deleted;
    if (kind === 'incomplete') return words.record.incomplete;
    if (kind === 'refused') return words.record.refused(words.because({ message, hint: todo }));
    if (kind === 'notStored') return words.record.held(words.because({ message, hint: todo }));
    if (!this.#note && uploads?.otherName) return words.record.otherName(uploads.otherName);
    return this.#note;
  }

  #waitsText() {
    const chunks = this.#chunks;
    if (!chunks || (chunks.bytes === 0 && !this.recorder.recording)) return '';
    const waits = words.record.waits(words.size(chunks.bytes), words.size(CAP_BYTES));
    return chunks.lasting ? waits : `${waits} ${words.record.notLasting}`;
  }

  /**
   * Whether no other page of this phone takes care of a recording. The claim lasts as long as this page. Where the browser
   * has no such locks (iOS before 15.4) there is no other page with a camera either.
   * @param {string} key
   * @returns {Promise<boolean>}
   */
  async #own(key) {
    if (!this.#held.get(key)) this.#held.set(key, await lock(`framekeep recording ${key}`));
    return this.#held.get(key) ?? false;
  }
}

/** @param {string} name @returns {Promise<boolean>} */
function lock(name) {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((done) => {
    void navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      done(lock !== null);
      return lock ? new Promise(() => {}) : undefined;
    });
  });
}

/** What this phone calls a recording: nobody else comes upon the same. */
function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {ArrayBuffer} data */
async function sha256(data) {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
  return btoa(String.fromCharCode(...hash));
}

/** @param {string} id @returns {HTMLElement} */
function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** @param {string} id @param {string} text */
function setText(id, text) {
  const target = element(id);
  if (target.textContent !== text) target.textContent = text;
}
