import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Camera } from '../../web/camera.js';
import { SimulatedTimers, settled } from './simulated.js';

let timers;
let video;
let track;
let camera;
let states;

/** A video element and a camera as far as the module knows them. The clock of the video is the test's. */
function stage({ countsPictures = true, muted = false, givesPictures = true } = {}) {
  timers = new SimulatedTimers();
  track = Object.assign(new EventTarget(), { muted, readyState: 'live', stop() {}, getSettings: () => ({}) });
  const stream = { getTracks: () => [track], getVideoTracks: () => [track] };
  video = Object.assign(new EventTarget(), { videoWidth: 0, readyState: 0, currentTime: 0, paused: false, srcObject: null });
  let wanted = [];
  if (countsPictures) video.requestVideoFrameCallback = (act) => wanted.push(act);
  /** The camera gives a picture. */
  video.show = () => {
    Object.assign(video, { videoWidth: 640, videoHeight: 480, readyState: 4 });
    video.dispatchEvent(new Event('loadeddata'));
    const due = wanted;
    wanted = [];
    for (const act of due) act();
  };
  // A stream without a picture never answers play().
  video.play = () => (givesPictures ? Promise.resolve(video.show()) : new Promise(() => {}));
  globalThis.document = { hidden: false, createElement: () => ({ getContext: () => ({}) }) };
  Object.defineProperty(globalThis, 'navigator', {
    configurable: true,
    value: { mediaDevices: { getUserMedia: async () => stream } },
  });
  camera = new Camera({ video, timers });
  states = [];
  camera.onState = (state) => states.push(state);
}

/** Lets `seconds` pass while the camera gives, or does not give, four pictures a second. */
async function run(seconds, { pictures, clock = pictures }) {
  for (let n = 0; n < seconds * 4; n += 1) {
    await timers.pass(250);
    if (clock) video.currentTime += 0.25;
    if (pictures) video.show();
  }
}

for (const countsPictures of [true, false]) {
  const browser = countsPictures ? 'that tells of each picture' : 'that does not tell of pictures';

  test(`in a browser ${browser}, a camera without a new picture for 4 s is stalled until one comes`, async () => {
    stage({ countsPictures });
    assert.equal(await camera.start('back'), true);
    await run(5, { pictures: true });
    assert.deepEqual(states, ['starting', 'on']);
    await run(3, { pictures: false });
    assert.equal(camera.state, 'on');
    await run(2, { pictures: false });
    assert.equal(camera.state, 'stalled');
    await run(1, { pictures: true });
    assert.equal(camera.state, 'on');
  });
}

test('a picture that is frozen is noticed although the clock of the video runs, as in Safari', async () => {
  stage();
  await camera.start('back');
  await run(5, { pictures: false, clock: true });
  assert.equal(camera.state, 'stalled');
});

test('a camera that gives no first picture has failed after ten seconds', async () => {
  stage({ givesPictures: false });
  const started = camera.start('back');
  await timers.pass(9_900);
  assert.equal(camera.state, 'starting');
  await timers.pass(200);
  assert.equal(await started, false);
  assert.equal(camera.state, 'failed');
  assert.match(camera.reason, /no pictures/);
});

test('a camera that the phone holds back from the start, as during a call, is muted at once and goes on later', async () => {
  stage({ givesPictures: false, muted: true });
  assert.equal(await camera.start('back'), true);
  assert.equal(camera.state, 'muted');
  track.muted = false;
  track.dispatchEvent(new Event('unmute'));
  assert.equal(camera.state, 'on');
});

test('a camera that the phone takes back while it opens is muted', async () => {
  stage({ givesPictures: false });
  const started = camera.start('back');
  await settled();
  track.muted = true;
  track.dispatchEvent(new Event('mute'));
  assert.equal(await started, true);
  assert.equal(camera.state, 'muted');
});

test('a camera that ends is taken away, and one that was stopped here is not', async () => {
  stage();
  await camera.start('back');
  track.dispatchEvent(new Event('ended'));
  assert.equal(camera.state, 'taken');
  stage();
  await camera.start('back');
  camera.stop();
  track.dispatchEvent(new Event('ended'));
  assert.equal(camera.state, 'off');
});
