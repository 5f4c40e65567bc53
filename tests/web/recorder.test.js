import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { Recorder, recordableTypes } from '../../web/recorder.js';
import { SimulatedTimers, settled } from './simulated.js';

let timers;
let made;
let told;
let recorder;
let stream;
let supported;
let refusesToStart;

/** A recorder as browsers have it, as far as the module knows them. */
class Fake extends EventTarget {
  state = 'inactive';
  silentStop = false;

  constructor(stream, options) {
    super();
    Object.assign(this, { stream, options, mimeType: '' });
    made.push(this);
  }
  start(slice) {
    if (refusesToStart.includes(this.options.mimeType)) throw new DOMException('no', 'NotSupportedError');
    Object.assign(this, { state: 'recording', slice, mimeType: this.options.mimeType });
  }
  give(text) {
    this.dispatchEvent(Object.assign(new Event('dataavailable'), { data: new Blob([text]) }));
  }
  stop() {
    if (this.state === 'inactive') throw new DOMException('inactive', 'InvalidStateError');
    this.state = 'inactive';
    if (this.silentStop) return;
    this.give('last');
    this.dispatchEvent(new Event('stop'));
  }
  fail() {
    this.dispatchEvent(new Event('error'));
  }
}

const track = (kind) => Object.assign(new EventTarget(), { kind });

beforeEach(() => {
  timers = new SimulatedTimers();
  made = [];
  told = [];
  supported = (type) => type.startsWith('video/webm') || type.includes('avc1.42E01F');
  refusesToStart = [];
  const picture = track('video');
  stream = { getVideoTracks: () => [picture], picture };
  globalThis.MediaStream = class {
    constructor(tracks) {
      this.tracks = tracks;
      this.getVideoTracks = () => tracks.filter(({ kind }) => kind === 'video');
    }
  };
  const sink = {
    begin: async (mime, wall, about) => (await settled(), told.push(['begin', mime, wall, ...(about ? [about] : [])])),
    add: async (seq, data, wall) => (await settled(), told.push(['add', seq, new TextDecoder().decode(data), wall])),
    end: async (durationMs) => (await settled(), told.push(['end', durationMs])),
  };
  recorder = new Recorder({ sink, timers, onChange: () => {}, make: (...args) => new Fake(...args), isSupported: (type) => supported(type) });
});

const begun = new SimulatedTimers().now();

/** Time passes, and what was recorded is handed on. */
async function pass(ms) {
  await timers.pass(ms);
  await recorder.handedOn;
}

test('what plays everywhere is recorded where the browser can, without the codec of a sound that is not there', () => {
  assert.deepEqual(recordableTypes(() => true, false).slice(0, 2), ['video/mp4;codecs=avc1.42E01F', 'video/mp4;codecs=avc1.4D401F']);
  assert.equal(recordableTypes(() => true, true)[0], 'video/mp4;codecs=avc1.42E01F,mp4a.40.2');
  assert.deepEqual(recordableTypes((type) => type.includes('webm'), false), ['video/webm;codecs=vp8', 'video/webm;codecs=vp9', 'video/webm']);
  assert.deepEqual(recordableTypes(() => false, false), []);
});

test('chunks are handed on in order with the time of their end, empty ones left out, and the type that was really made', async () => {
  assert.equal(recorder.start(stream), true);
  assert.equal(made[0].slice, 2000);
  assert.equal(made[0].options.videoKeyFrameIntervalDuration, 2000);
  made[0].mimeType = 'video/mp4;codecs=avc1.640028';
  await pass(2000);
  made[0].give('one');
  await pass(2000);
  made[0].give('');
  made[0].give('two');
  assert.equal(recorder.elapsedMs, 4000);
  await pass(1000);
  recorder.stop();
  assert.equal(recorder.recording, false);
  recorder.stop();
  await pass(10_000);
  assert.deepEqual(told, [
    ['begin', 'video/mp4;codecs=avc1.640028', begun],
    ['add', 0, 'one', begun + 2000],
    ['add', 1, 'two', begun + 4000],
    ['add', 2, 'last', begun + 5000],
    ['end', 5000],
  ]);
});

test('a recording is of the camera with which it began, whatever the phone films with when its first chunk is there', async () => {
  recorder.start(stream, null, 'back');
  recorder.stop();
  recorder.start(stream, null, 'front');
  recorder.stop();
  await pass(100);
  assert.deepEqual(told.filter(([what]) => what === 'begin').map((entry) => entry[3]), ['back', 'front']);
});

test('a chunk that the browser does not give back ends its recording, and the next one is whole', async () => {
  recorder.start(stream);
  made[0].give('one');
  const lost = Object.assign(new Blob(['lost']), { arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotReadableError')) });
  made[0].dispatchEvent(Object.assign(new Event('dataavailable'), { data: lost }));
  await pass(100);
  // What the end of it gives is handed on behind that.
  await pass(100);
  assert.equal(recorder.recording, false);
  assert.deepEqual(told.map(([what, seq]) => [what, what === 'add' && seq]), [['begin', false], ['add', 0], ['add', 2], ['end', false]]);
  told = [];
  recorder.start(stream);
  recorder.stop();
  await pass(100);
  assert.deepEqual(told.map(([what]) => what), ['begin', 'add', 'end']);
});

test('the next recording begins anew', async () => {
  recorder.start(stream);
  recorder.stop();
  await pass(100);
  assert.equal(recorder.start(stream), true);
  made[1].give('fresh');
  await pass(100);
  assert.deepEqual(told.slice(-2).map(([what, seq]) => [what, seq]), [['begin', 'video/mp4;codecs=avc1.42E01F'], ['add', 0]]);
});

test('a type that fails at once, or before there is anything, makes room for the next', async () => {
  refusesToStart = ['video/mp4;codecs=avc1.42E01F'];
  recorder.start(stream);
  assert.equal(made[1].mimeType, 'video/webm;codecs=vp8');
  made[1].fail();
  assert.equal(made[2].mimeType, 'video/webm;codecs=vp9');
  assert.equal(recorder.recording, true);
  made[1].give('of the one that failed');
  made[2].give('good');
  await pass(100);
  assert.deepEqual(told.map((entry) => entry.slice(0, 3)), [['begin', 'video/webm;codecs=vp9', begun], ['add', 0, 'good']]);
});

test('after an error what is there is finished', async () => {
  recorder.start(stream);
  made[0].give('one');
  made[0].fail();
  await pass(100);
  assert.deepEqual(told.map(([what]) => what), ['begin', 'add', 'add', 'end']);
  assert.equal(recorder.recording, false);
});

test('a recording with sound ends with its picture', async () => {
  recorder.start(stream, track('audio'));
  assert.deepEqual(made[0].stream.tracks.map(({ kind }) => kind), ['video', 'audio']);
  assert.equal(recorder.stream, stream);
  made[0].give('one');
  stream.picture.dispatchEvent(new Event('ended'));
  await pass(100);
  assert.equal(told[told.length - 1][0], 'end');
});

test('a recorder that stopped by itself, or does not say so, is over all the same', async () => {
  recorder.start(stream);
  made[0].give('one');
  made[0].silentStop = true;
  recorder.stop();
  assert.equal(recorder.recording, true);
  await pass(5000);
  assert.equal(recorder.recording, false);
  assert.deepEqual(told.map(([what]) => what), ['begin', 'add', 'end']);
});

test('a recording without a chunk never was', async () => {
  recorder.start(stream);
  made[0].silentStop = true;
  recorder.stop();
  await pass(6000);
  assert.deepEqual(told, []);
});

test('where nothing can be recorded, nothing begins', () => {
  supported = () => false;
  assert.equal(recorder.start(stream), false);
  assert.equal(recorder.start({ getVideoTracks: () => [] }), false);
  assert.equal(recorder.recording, false);
});

test('a browser that gives nothing is told, and no recording begins of it', async () => {
  let empty = 0;
  recorder.onEmpty = () => (empty += 1);
  recorder.start(stream);
  made[0].give = () => {};
  recorder.stop();
  await settled();
  assert.equal(empty, 1);
  assert.deepEqual(told, []);
  recorder.start(stream);
  recorder.stop();
  await settled();
  assert.equal(empty, 1, 'one that gives something is none');
});
