import assert from 'node:assert/strict';
import test from 'node:test';

import { watchBattery } from '../../web/battery.js';
import { ServerClock } from '../../web/clock.js';
import { LedgerLine, say } from '../../web/ledger.js';
import { SimulatedTimers, settled } from './simulated.js';

const nothing = { seconds: { recorded: 0, watched: 0, blind: 0, not_covered: 99 }, blind_seconds: {} };
const day = {
  seconds: { recorded: 14 * 60, watched: 130 * 60, blind: 180, not_covered: 5 },
  blind_seconds: { offline: 60, page_hidden: 120 },
};

function stage(answers) {
  const timers = new SimulatedTimers();
  const asked = [];
  const line = new LedgerLine({
    api: {
      ledger: async (camera, from) => {
        asked.push({ camera, from });
        const answer = answers.shift();
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    clock: new ServerClock(),
    timers,
    camera: () => camera.name,
    onChange: () => (changes.count += 1),
  });
  const camera = { name: 'iPhone 7f3a back' };
  const changes = { count: 0 };
  return { timers, asked, line, camera, changes };
}

test('the day is said in one line, and what did not happen is not said', () => {
  assert.equal(say(day), 'Today: watched 2 h 10 min, recorded 14 min, blind 3 min (page hidden 2 min, offline 1 min).');
  assert.equal(say(nothing), '');
  assert.equal(say({ seconds: { ...nothing.seconds, watched: 59 }, blind_seconds: {} }), 'Today: watched 59 s.');
  assert.equal(say({ seconds: { ...nothing.seconds, recorded: 7200 }, blind_seconds: {} }), 'Today: recorded 2 h.');
});

test('the longest reasons are named, the others and those of a later version counted', () => {
  const reasons = { silent: 1, taken: 2, muted: 3, left: 4, something_new: 5 };
  const text = say({ seconds: { ...nothing.seconds, blind: 15 }, blind_seconds: reasons });
  assert.equal(text, 'Today: blind 15 s (others 5 s, stopped 4 s, camera muted 3 s, others 3 s).');
});

test('it asks for today at once and every ten seconds, and for nothing once it is closed', async () => {
  const { timers, asked, line, changes } = stage([nothing, day, day, day]);
  line.open();
  await settled();
  assert.equal(asked.length, 1);
  assert.equal(asked[0].camera, 'iPhone 7f3a back');
  const midnight = new Date(asked[0].from);
  assert.deepEqual([midnight.getHours(), midnight.getMinutes(), midnight.getSeconds()], [0, 0, 0]);
  assert.ok(timers.wall() - asked[0].from < 86_400_000 + 3_600_000);
  await timers.pass(10_000);
  assert.match(line.text, /watched 2 h 10 min/);
  await timers.pass(10_000);
  assert.equal(changes.count, 1, 'the same again is no news');
  line.close();
  await timers.pass(60_000);
  assert.equal(asked.length, 3);
  assert.match(line.text, /watched/, 'what was said stays');
});

test('a computer that does not answer takes nothing back, and no camera has no ledger', async () => {
  const { timers, asked, line, camera } = stage([day, new Error('away'), day]);
  line.open();
  await timers.pass(10_000);
  assert.equal(asked.length, 2);
  assert.match(line.text, /watched/);
  camera.name = '';
  await timers.pass(10_000);
  assert.deepEqual([asked.length, line.text], [2, '']);
});

test('an answer that comes after closing changes nothing', async () => {
  const { timers, line, changes } = stage([day]);
  line.open();
  line.close();
  await timers.pass(30_000);
  assert.deepEqual([line.text, changes.count, timers.planned], ['', 0, 0]);
});

test('a battery that is nearly empty is told, and one that is charged is not', async () => {
  const listeners = {};
  const battery = { level: 0.5, charging: false, addEventListener: (name, act) => (listeners[name] = act) };
  let weak = 0;
  await watchBattery({ getBattery: async () => battery }, () => (weak += 1));
  battery.level = 0.04;
  listeners.levelchange();
  assert.equal(weak, 1);
  battery.charging = true;
  listeners.chargingchange();
  assert.equal(weak, 1);
  await watchBattery({}, () => (weak += 1));
  await watchBattery({ getBattery: async () => Promise.reject(new Error('not here')) }, () => (weak += 1));
  assert.equal(weak, 1);
});
