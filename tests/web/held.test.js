import assert from 'node:assert/strict';
import test from 'node:test';

import { GLIMPSE, Glimpses } from '../../web/glimpse.js';
import { Held } from '../../web/held.js';
import { isMoved } from '../../web/motion-sensor.js';
import { previewInterval, wantsWhole } from '../../web/pace.js';
import { previewSize } from '../../web/camera.js';

const picture = (capturedAt, size = 1000) => ({ capturedAt, whole: { size } });
const times = (pictures) => pictures.map(({ capturedAt }) => capturedAt);

test('what is older than the span goes, but one of before stays', () => {
  const gone = [];
  const held = new Held({ onGone: (old) => gone.push(old.capturedAt) });
  for (let at = 0; at <= 20_000; at += 1000) held.add(picture(at));
  assert.deepEqual(times(held.takeAll()), [14_000, 15_000, 16_000, 17_000, 18_000, 19_000, 20_000].map((at) => at - 1000).concat(20_000).slice(0, 8));
  assert.deepEqual(gone, Array.from({ length: 13 }, (_, n) => n * 1000));
});

test('a span is given with the last picture before it, once', () => {
  const held = new Held();
  [100, 1100, 2100, 3100].forEach((at) => held.add(picture(at)));
  assert.deepEqual(times(held.take(1500, 2100)), [1100, 2100]);
  assert.deepEqual(times(held.take(0, 9000)), [100, 3100]);
  assert.equal(held.count, 0);
});

test('memory is bounded, whatever the pictures weigh', () => {
  const held = new Held({ mostBytes: 2500 });
  for (let at = 0; at < 1000; at += 100) held.add(picture(at));
  assert.deepEqual(times(held.takeAll()), [800, 900]);
  held.add(picture(0, 9000));
  assert.equal(held.count, 1, 'the newest stays');
});

test('small frames come once a second while it is quiet, and several times when it is not', () => {
  const chosen = [67, 200, 500, 1000, 10_000];
  assert.deepEqual(chosen.map((ms) => previewInterval(ms, false)), [1000, 1000, 1000, 1000, 1000]);
  assert.deepEqual(chosen.map((ms) => previewInterval(ms, true)), [67, 200, 300, 300, 300]);
});

test('large pictures are taken as often as was chosen, and once a second while nothing happens', () => {
  assert.equal(wantsWhole(1000, true, 900), true, 'timers tremble');
  assert.equal(wantsWhole(1000, true, 600), false);
  assert.equal(wantsWhole(10_000, true, 5000), false);
  assert.equal(wantsWhole(10_000, false, 1000), true);
  assert.equal(wantsWhole(1000, true, Infinity), true);
});

test('a preview has the shape of the picture and no more pixels than are looked at', () => {
  for (const [width, height] of [[1280, 720], [720, 1280], [640, 480], [1920, 1080]]) {
    const small = previewSize({ width, height });
    assert.ok(small.width * small.height <= 40_000 * 1.01, `${small.width}x${small.height}`);
    assert.ok(Math.abs(small.width / small.height - width / height) < 0.02);
  }
  assert.deepEqual(previewSize({ width: 160, height: 120 }), { width: 160, height: 120 });
  assert.deepEqual(previewSize({ width: 1280, height: 8 }), { width: 1280, height: 16 });
});

test('a phone that lies still is not moved, and one that is touched is', () => {
  const at = (x, alpha) => ({ acceleration: { x, y: 0.02, z: -0.03 }, rotationRate: { alpha, beta: 0.1, gamma: 0 } });
  assert.equal(isMoved(at(0.05, 0.5)), false);
  assert.equal(isMoved(at(1.5, 0.5)), true);
  assert.equal(isMoved(at(0.05, -40)), true);
  assert.equal(isMoved({ acceleration: null, rotationRate: null }), false);
  assert.equal(isMoved({ acceleration: { x: null, y: null, z: null } }), false);
});

test('a glimpse tells a thing that moves from noise and from the light', () => {
  const room = (shade, thing = null) => {
    const rgba = new Uint8ClampedArray(GLIMPSE.width * GLIMPSE.height * 4);
    for (let i = 0; i < rgba.length; i += 4) rgba.fill(shade + ((i / 4) % 3), i, i + 3);
    if (thing !== null) rgba.fill(220, thing * 4, thing * 4 + 12);
    return rgba;
  };
  const glimpses = new Glimpses();
  assert.equal(glimpses.look(room(90)), false, 'the first tells nothing');
  assert.equal(glimpses.look(room(93)), false, 'noise');
  assert.equal(glimpses.look(room(93, 100)), true, 'something came');
  assert.equal(glimpses.look(room(93, 100)), false, 'it stands');
  assert.equal(glimpses.look(room(150, 100)), false, 'a lamp');
  glimpses.forget();
  assert.equal(glimpses.look(room(150, 300)), false);
});
