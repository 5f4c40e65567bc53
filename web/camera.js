// @ts-check
/**
 * The phone's camera: opens it, notices when it is taken away, and takes pictures of what it shows. It knows neither
 * the computer nor any word for people.
 *
 * Phones take cameras away in several manners: the track ends (another app, unplugged, permission revoked), the track
 * is muted (iOS in the background or during a call), or pictures simply stop. Each has a state of its own, because the
 * cure differs.
 */

import { GLIMPSE, Glimpses } from './glimpse.js';

/** @typedef {import('./clock.js').Timers} Timers */
/** @typedef {'off' | 'starting' | 'on' | 'insecure' | 'denied' | 'missing' | 'busy' | 'failed' | 'taken' | 'muted' | 'stalled'} CameraState */

/** Longest side of a sent picture: a detector gains nothing from more, and a slow Wi-Fi loses much. */
const LONGEST_SIDE_PX = 1280;
const JPEG_QUALITY = 0.85;
/** Pixels of a picture that is only looked at: the fast detector works on fewer, and finds nearly as much as on all. */
const PREVIEW_PX = 40_000;
const PREVIEW_QUALITY = 0.5;
/** Without a new picture for so long, a camera that claims to run counts as stalled. */
const STALL_MS = 4000;
const WATCH_MS = 500;
/** A camera that opens gives its first picture within so long. */
const FIRST_PICTURE_MS = 10_000;

export class Camera {
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {CameraState} */
  #state = 'off';
  /** Grows with every start and stop: an answer of the browser to an older one is thrown away. */
  #attempt = 0;
  #whole = new Easel();
  #preview = new Easel();
  #glimpse = new Easel();
  #glimpses = new Glimpses();
  #shown = 0;
  #watched = { shown: -1, time: -1, at: 0 };
  /** @type {(() => void) | null} */
  #cancelWatch = null;

  /** The browser's own words for a failure. */
  reason = '';

  /**
   * @param {object} parts
   * @param {HTMLVideoElement} parts.video shows what is sent
   * @param {Timers} parts.timers
   */
  constructor({ video, timers }) {
    this.video = video;
    this.timers = timers;
    /** Called with each new state. @type {(state: CameraState) => void} */
    this.onState = () => {};
  }

  /** Whether this page may ask for cameras at all: browsers keep them from pages that are not protected. */
  get supported() {
    return Boolean(navigator.mediaDevices?.getUserMedia);
  }

  get state() {
    return this.#state;
  }

  /** What the open camera gives, for those who record it. It stays the camera's: nobody else stops its tracks. */
  get stream() {
    return this.#stream;
  }

  /** Which way the open camera looks; 'camera' where the browser does not say. */
  get facing() {
    switch (this.#track?.getSettings?.().facingMode) {
      case 'user':
        return 'front';
      case 'environment':
        return 'back';
      default:
        return 'camera';
    }
  }

  /**
   * Opens the camera and shows it.
   * @param {'front' | 'back'} facing
   * @returns {Promise<boolean>} whether it runs; if not, `state` and `reason` tell why
   */
  async start(facing) {
    this.#release();
    const attempt = ++this.#attempt;
    if (!this.supported) return this.#set('insecure');
    this.#set('starting');
    /** @type {MediaStream} */
    let stream;
    try {
      stream = await openStream(facing);
    } catch (error) {
      return attempt === this.#attempt ? this.#fail(error) : false;
    }
    if (attempt !== this.#attempt) {
      stopTracks(stream);
      return false;
    }
    this.#adopt(stream, attempt);
    try {
      await this.#firstPicture();
    } catch (error) {
      if (attempt === this.#attempt) this.#release();
      return attempt === this.#attempt ? this.#fail(error) : false;
    }
    return attempt === this.#attempt && this.#set(this.#track?.muted ? 'muted' : 'on');
  }

  /** Lets the camera go. */
  stop() {
    this.#attempt += 1;
    this.#release();
    this.#set('off');
  }

  /** Looks again, after the page was in the background: iOS pauses the picture and may end the track without a word. */
  wake() {
    if (!this.#stream) return;
    if (this.#track?.readyState === 'ended') return this.#lost();
    this.#watched.at = this.timers.now();
    if (this.video.paused) this.video.play().catch(() => {});
  }

  /**
   * The present picture as JPEG, small for the computer to look at and large to be kept, both of the same moment.
   * @param {boolean} wantsWhole whether the large one is wanted too
   * @returns {Promise<{preview: Blob, whole: Blob | null} | null>} null when there is no picture
   */
  async takePicture(wantsWhole) {
    const { videoWidth, videoHeight } = this.video;
    if (this.#state !== 'on' || !videoWidth || this.video.readyState < 2) return null;
    const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(videoWidth, videoHeight));
    const size = { width: Math.round(videoWidth * scale), height: Math.round(videoHeight * scale) };
    const small = previewSize(size);
    // The small one is drawn from the large one where there is one: the video may be a picture further by then.
    const source = wantsWhole ? this.#whole.draw(this.video, size) : this.video;
    this.#preview.draw(source, small);
    const [preview, whole] = await Promise.all([
      this.#preview.encode(PREVIEW_QUALITY),
      wantsWhole ? this.#whole.encode(JPEG_QUALITY) : null,
    ]);
    return preview && { preview, whole };
  }

  /** Whether something may have begun to move since this was asked last. It costs far less than a picture. */
  hasChanged() {
    if (this.#state !== 'on' || this.video.readyState < 2) return false;
    this.#glimpse.draw(this.video, GLIMPSE);
    const pixels = this.#glimpse.read(GLIMPSE);
    return pixels !== null && this.#glimpses.look(pixels);
  }

  /** @returns {Promise<number>} how many cameras there are, as far as the browser tells */
  async count() {
    try {
      const devices = await navigator.mediaDevices.enumerateDevices();
      return devices.filter((device) => device.kind === 'videoinput').length;
    } catch {
      return 0;
    }
  }

  /**
   * Whether the browser would open the camera without asking. False where it does not say.
   * @returns {Promise<boolean>}
   */
  async isAllowed() {
    try {
      const answer = await navigator.permissions.query(/** @type {any} */ ({ name: 'camera' }));
      return answer.state === 'granted';
    } catch {
      return false;
    }
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0];
  }

  /** @param {MediaStream} stream @param {number} attempt */
  #adopt(stream, attempt) {
    this.#stream = stream;
    const track = this.#track;
    const mine = () => attempt === this.#attempt;
    track?.addEventListener('ended', () => mine() && this.#lost());
    track?.addEventListener('mute', () => mine() && this.#state !== 'starting' && this.#set('muted'));
    track?.addEventListener('unmute', () => {
      if (!mine() || this.#state === 'starting') return;
      this.#watched.at = this.timers.now();
      this.#set('on');
      this.video.play().catch(() => {});
    });
    this.video.srcObject = stream;
    this.#countShown(attempt);
    this.#watch(attempt);
  }

  /** Waits for a picture, or until the phone says that it holds them back. */
  #firstPicture() {
    const { video } = this;
    const track = this.#track;
    return new Promise((done, failed) => {
      const cancel = this.timers.after(FIRST_PICTURE_MS, () =>
        failed(new DOMException('it gives no pictures', 'TimeoutError')),
      );
      const settle = () => (cancel(), done(null));
      video.addEventListener('loadeddata', settle, { once: true });
      track?.addEventListener('mute', settle, { once: true });
      // While a stream has no picture the answer to play() does not come at all.
      video.play().then(
        () => video.videoWidth && settle(),
        (error) => (cancel(), failed(error)),
      );
      if (track?.muted) settle();
    });
  }

  /**
   * Counts pictures where the browser tells of each (iOS from 15.4).
   * @param {number} attempt
   */
  #countShown(attempt) {
    if (!this.#countsShown) return;
    this.video.requestVideoFrameCallback(() => {
      this.#shown += 1;
      if (attempt === this.#attempt) this.#countShown(attempt);
    });
  }

  get #countsShown() {
    return 'requestVideoFrameCallback' in this.video;
  }

  /** @param {number} attempt */
  #watch(attempt) {
    this.#cancelWatch?.();
    this.#watched.at = this.timers.now();
    const look = () => {
      if (attempt !== this.#attempt) return;
      this.#lookForStall();
      this.#cancelWatch = this.timers.after(WATCH_MS, look);
    };
    this.#cancelWatch = this.timers.after(WATCH_MS, look);
  }

  #lookForStall() {
    const now = this.timers.now();
    const { video } = this;
    // In Safari the time of a camera's video runs without pictures too, so it counts only where pictures do not.
    const moved = this.#countsShown
      ? this.#watched.shown !== this.#shown
      : this.#watched.time !== video.currentTime;
    // Timers that come far too late mean that the phone slept: that is no fault of the camera.
    const slept = now - this.#watched.at > STALL_MS + 10 * WATCH_MS;
    if (moved || slept || document.hidden || this.#state === 'starting') {
      this.#watched = { shown: this.#shown, time: video.currentTime, at: now };
      if (moved && this.#state === 'stalled') this.#set('on');
    } else if (this.#state === 'on' && now - this.#watched.at > STALL_MS) {
      this.#set('stalled');
      video.play().catch(() => {});
    }
  }

  #lost() {
    this.#attempt += 1;
    this.#release();
    this.#set('taken');
  }

  #release() {
    this.#cancelWatch?.();
    this.#cancelWatch = null;
    this.#glimpses.forget();
    if (this.#stream) stopTracks(this.#stream);
    this.#stream = null;
    this.video.srcObject = null;
  }

  /** @param {unknown} error */
  #fail(error) {
    const { name = '', message = '' } = /** @type {DOMException} */ (error);
    this.reason = message;
    switch (name) {
      case 'NotAllowedError':
      case 'SecurityError':
        return this.#set('denied');
      case 'NotFoundError':
      case 'OverconstrainedError':
        return this.#set('missing');
      case 'NotReadableError':
      case 'AbortError':
        return this.#set('busy');
      default:
        return this.#set('failed');
    }
  }

  /** @param {CameraState} state @returns {boolean} whether the camera runs */
  #set(state) {
    if (state !== this.#state) {
      this.#state = state;
      this.onState(state);
    }
    return state === 'on' || state === 'muted';
  }
}

/** A canvas that pictures are drawn on and encoded from. */
class Easel {
  #canvas = document.createElement('canvas');
  #context = this.#canvas.getContext('2d', { alpha: false });

  /** @param {CanvasImageSource} source @param {{width: number, height: number}} size */
  draw(source, { width, height }) {
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    if (this.#context) {
      // Without it edges of a smaller picture tremble, which looks like motion.
      this.#context.imageSmoothingQuality = 'high';
      this.#context.drawImage(source, 0, 0, width, height);
    }
    return this.#canvas;
  }

  /** @param {{width: number, height: number}} size @returns {Uint8ClampedArray | null} */
  read({ width, height }) {
    return this.#context?.getImageData(0, 0, width, height).data ?? null;
  }

  /** @param {number} quality @returns {Promise<Blob | null>} */
  encode(quality) {
    return new Promise((done) => this.#canvas.toBlob(done, 'image/jpeg', quality));
  }
}

/**
 * The size of a preview: of the same shape, and no larger than is looked at.
 * @param {{width: number, height: number}} size
 */
export function previewSize({ width, height }) {
  const scale = Math.min(1, Math.sqrt(PREVIEW_PX / (width * height)));
  return { width: Math.max(16, Math.round(width * scale)), height: Math.max(16, Math.round(height * scale)) };
}

/** @param {'front' | 'back'} facing */
function openStream(facing) {
  return navigator.mediaDevices.getUserMedia({
    audio: false,
    video: {
      facingMode: { ideal: facing === 'front' ? 'user' : 'environment' },
      width: { ideal: 1280 },
      height: { ideal: 720 },
      frameRate: { ideal: 30 },
    },
  });
}

/** @param {MediaStream} stream */
function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}
