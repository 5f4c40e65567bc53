import assert from 'node:assert/strict';
import test from 'node:test';

import { Playback } from '../../web/playback.js';
import { SimulatedTimers } from './simulated.js';

function stage({ load = async () => {} } = {}) {
  const timers = new SimulatedTimers();
  const began = timers.now();
  const seen = { shown: [], states: [] };
  const playback = new Playback({
    timers,
    load,
    onShow: ({ id }) => seen.shown.push([id, timers.now() - began]),
    onState: (playing) => seen.states.push(playing),
  });
  return { timers, playback, seen };
}

const frame = (id, captured_at) => ({ id, captured_at, seq: captured_at });

test('frames are played oldest first, as far apart as they were taken, and no gap is long', async () => {
  const { timers, playback, seen } = stage();
  playback.play([frame('c', 60_500), frame('a', 0), frame('b', 500), frame('d', 60_501)]);
  await timers.pass(5000);
  assert.deepEqual(seen.shown, [['a', 0], ['b', 500], ['c', 1500], ['d', 1560]]);
  assert.deepEqual(seen.states, [true, false]);
});

test('a picture that comes late is waited for, and one that does not come is passed over', async () => {
  const { timers, playback, seen } = stage({
    load: ({ id }) => (id === 'b' ? new Promise((done) => late.timers.after(800, done)) : Promise.reject(new Error('gone'))),
  });
  const late = { timers };
  playback.play([frame('a', 0), frame('b', 100), frame('c', 200)]);
  await timers.pass(5000);
  assert.deepEqual(seen.shown, [['a', 0], ['b', 800], ['c', 900]]);
});

test('stopped is stopped, and nothing or one frame is not played', async () => {
  const { timers, playback, seen } = stage();
  playback.play([]);
  playback.play([frame('a', 0)]);
  assert.equal(playback.playing, false);
  playback.play([frame('a', 0), frame('b', 100)]);
  playback.stop();
  await timers.pass(1000);
  assert.deepEqual(seen.shown.map(([id]) => id), ['a', 'a']);
});
