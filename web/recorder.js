// @ts-check
/**
 * Records what the camera shows, in chunks of about two seconds. It knows neither computer nor page; where the chunks go
 * is given to it.
 *
 * The traps of MediaRecorder that are handled here: only the first chunk has the header, so none may be left out; what a
 * recorder really makes is told by its own `mimeType`; Chromium gives an MP4 in one piece at the end unless it is told how
 * often to begin anew; Safari gives empty chunks; a recording with sound goes on after its picture has ended; a type that
 * is said to be supported may fail all the same.
 */

/** @typedef {import('./clock.js').Timers} Timers */
/**
 * Where a recording goes. The calls come one after the other. Its beginning is told with its first chunk, when the camera may
 * be another one already: `about` is what whoever started it said of it then.
 * @typedef {object} Sink
 * @property {(mime: string, startedAtWall: number, about: any) => Promise<void>} begin
 * @property {(seq: number, data: ArrayBuffer, endedAtWall: number) => Promise<void>} add
 * @property {(durationMs: number | null) => Promise<void>} end
 */

/** Safari gives empty chunks when they are much shorter. */
export const SLICE_MS = 2000;
const BITS_PER_SECOND = 2_500_000;
/** A recorder that was stopped and does not say so is taken for stopped. */
const STOP_WITHIN_MS = 5000;

/** What plays everywhere comes first. The codec of the sound goes where there is none. */
const TYPES = [
  'video/mp4;codecs=avc1.42E01F,mp4a.40.2',
  'video/mp4;codecs=avc1.4D401F,mp4a.40.2',
  'video/mp4;codecs=avc1.42E01F,opus',
  'video/webm;codecs=vp8,opus',
  'video/webm;codecs=vp9,opus',
  'video/mp4',
  'video/webm',
];

/**
 * The types that a browser can record, the best first.
 * @param {(type: string) => boolean} isSupported
 * @param {boolean} sound
 */
export function recordableTypes(isSupported, sound) {
  const types = sound ? TYPES : TYPES.map((type) => type.split(',')[0]);
  return [...new Set(types)].filter(isSupported);
}

export class Recorder {
  /** @type {MediaRecorder | null} */
  #recorder = null;
  /** @type {MediaStream | null} */
  #stream = null;
  /** The chunks are handed on one after the other. */
  #line = Promise.resolve();
  #seq = 0;
  #ended = false;
  #begun = { at: 0, wall: 0, mime: '', about: /** @type {any} */ (null) };
  /** @type {(() => void) | null} */
  #cancelStop = null;

  /**
   * @param {object} parts
   * @param {Sink} parts.sink
   * @param {Timers} parts.timers
   * @param {() => void} parts.onChange
   * @param {() => void} [parts.onEmpty] told when a recording ended of which the browser gave nothing
   * @param {(stream: MediaStream, options: any) => MediaRecorder} [parts.make]
   * @param {(type: string) => boolean} [parts.isSupported]
   */
  constructor({ sink, timers, onChange, onEmpty = () => {}, make, isSupported }) {
    this.sink = sink;
    this.timers = timers;
    this.onChange = onChange;
    this.onEmpty = onEmpty;
    this.make = make ?? ((stream, options) => new MediaRecorder(stream, options));
    this.isSupported = isSupported ?? ((type) => MediaRecorder.isTypeSupported(type));
  }

  /** Whether this browser can record at all (iOS from 14.5). */
  get supported() {
    return typeof MediaRecorder !== 'undefined';
  }

  get recording() {
    return this.#recorder !== null && !this.#ended;
  }

  /** The stream that is being recorded. */
  get stream() {
    return this.#stream;
  }

  /** How long it goes on, in milliseconds. */
  get elapsedMs() {
    return this.recording ? this.timers.now() - this.#begun.at : 0;
  }

  /**
   * Begins to record.
   * @param {MediaStream} stream the camera's; it goes on to be used by others
   * @param {MediaStreamTrack | null} sound
   * @param {any} about what the sink is told of it
   * @returns {boolean} whether it records; if not, no type that the browser knows can be made of this stream
   */
  start(stream, sound = null, about = null) {
    const picture = stream.getVideoTracks()[0];
    if (this.recording || !picture) return false;
    const both = sound ? new MediaStream([picture, sound]) : stream;
    return this.#try(both, stream, about, recordableTypes(this.isSupported, sound !== null));
  }

  /** Ends the recording; what is there is handed on. */
  stop() {
    const recorder = this.#recorder;
    if (!recorder || this.#ended) return;
    try {
      recorder.stop();
    } catch {
      // It stopped by itself, as when its tracks ended.
    }
    this.#cancelStop ??= this.timers.after(STOP_WITHIN_MS, () => this.#over(recorder));
  }

  /** Everything that was recorded so far has been handed on. */
  get handedOn() {
    return this.#line;
  }

  /** @param {MediaStream} both @param {MediaStream} stream @param {any} about @param {string[]} types */
  #try(both, stream, about, types) {
    for (const [index, mimeType] of types.entries()) {
      try {
        const options = { mimeType, videoBitsPerSecond: BITS_PER_SECOND, videoKeyFrameIntervalDuration: SLICE_MS };
        const recorder = this.make(both, options);
        this.#listen(recorder, stream, () => this.#try(both, stream, about, types.slice(index + 1)));
        recorder.start(SLICE_MS);
        this.#recorder = recorder;
        this.#stream = stream;
        this.#seq = 0;
        this.#ended = false;
        this.#begun = { at: this.timers.now(), wall: this.timers.wall(), mime: mimeType, about };
        this.onChange();
        return true;
      } catch {
        // The next type; a browser may refuse one that it calls supported.
      }
    }
    return false;
  }

  /** @param {MediaRecorder} recorder @param {MediaStream} stream @param {() => boolean} tryOthers */
  #listen(recorder, stream, tryOthers) {
    recorder.addEventListener('dataavailable', (event) => this.#take(recorder, /** @type {BlobEvent} */ (event).data));
    recorder.addEventListener('stop', () => this.#over(recorder));
    recorder.addEventListener('error', () => {
      if (recorder !== this.#recorder) return;
      // Before there is anything, another type may do better.
      if (this.#seq === 0) {
        this.#recorder = null;
        if (tryOthers()) return;
        this.#recorder = recorder;
      }
      this.stop();
    });
    // With sound the recorder would go on without a picture.
    stream.getVideoTracks()[0].addEventListener('ended', () => recorder === this.#recorder && this.stop());
  }

  /** @param {MediaRecorder} recorder @param {Blob} data */
  #take(recorder, data) {
    if (recorder !== this.#recorder || this.#ended || data.size === 0) return;
    const seq = this.#seq++;
    const begun = this.#begun;
    const mime = recorder.mimeType || data.type || begun.mime;
    const endedAt = this.timers.wall();
    const handOn = async () => {
      if (seq === 0) await this.sink.begin(mime, begun.wall, begun.about);
      await this.sink.add(seq, await data.arrayBuffer(), endedAt);
    };
    // A phone short of memory may not give a chunk back that it has made. Behind a hole nothing can be played: this recording
    // ends, and those after it go on.
    this.#line = this.#line.then(handOn).catch(() => {
      if (recorder === this.#recorder) this.stop();
    });
  }

  /** @param {MediaRecorder} recorder */
  #over(recorder) {
    if (recorder !== this.#recorder || this.#ended) return;
    this.#cancelStop?.();
    this.#cancelStop = null;
    this.#ended = true;
    const any = this.#seq > 0;
    if (!any) this.onEmpty();
    const durationMs = Math.round(this.timers.now() - this.#begun.at);
    this.#line = this.#line.then(() => (any ? this.sink.end(durationMs) : undefined));
    void this.#line.then(() => this.onChange());
    this.onChange();
  }
}
