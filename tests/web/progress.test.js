import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { Progress } from '../../web/progress.js';
import { firstSituation } from '../../web/status.js';
import { SimulatedTimers } from './simulated.js';

let told;
let timers;
let progress;
let situation;

beforeEach(() => {
  told = [];
  timers = new SimulatedTimers();
  progress = new Progress({ tell: (news) => told.push(news), timers });
  situation = { ...firstSituation(), access: 'paired' };
});

function look(news) {
  Object.assign(situation, news);
  progress.look(situation);
}

const steps = () => told.map(({ step }) => step).filter(Boolean);

test('each step is told once, however often the page draws itself', () => {
  for (const camera of ['off', 'starting', 'starting', 'on', 'muted', 'stalled', 'on']) look({ camera });
  assert.deepEqual(steps(), ['asking', 'allowed']);
});

for (const camera of ['denied', 'busy', 'missing', 'failed', 'insecure']) {
  test(`a camera that is ${camera} is told, and the next try again`, () => {
    look({ camera: 'starting' });
    look({ camera });
    look({ camera: 'starting' });
    look({ camera });
    assert.deepEqual(steps(), ['asking', camera, 'asking', camera]);
  });
}

test('a page in the background is told, and where it stands when it is seen again', () => {
  look({ camera: 'starting' });
  look({ visible: false });
  look({ camera: 'denied' });
  look({ visible: true });
  assert.deepEqual(steps(), ['asking', 'hidden', 'seen', 'denied']);
});

test('a browser that is not paired has nobody to tell', () => {
  for (const access of ['asking', 'unpaired', 'revoked']) look({ access, camera: 'denied', visible: access !== 'unpaired' });
  assert.deepEqual(told, []);
  look({ access: 'paired' });
  assert.deepEqual(steps(), ['denied'], 'what it knows already is told as soon as it is paired');
  look({ access: 'revoked' });
  look({ access: 'paired' });
  assert.deepEqual(steps(), ['denied', 'denied'], 'paired again it is another device');
});

class Battery extends EventTarget {
  level = 0.54;
  charging = false;
  is(news) {
    Object.assign(this, news);
    this.dispatchEvent(new Event('levelchange'));
  }
}

test('the battery is told at once, then at most once a minute, and when charging begins', async () => {
  const battery = new Battery();
  await progress.watchBattery(async () => battery);
  assert.deepEqual(told, [], 'not before it is paired');
  look({});
  assert.deepEqual(told, [{ battery: { percent: 54, charging: false } }]);
  await timers.pass(1000);
  battery.is({ level: 0.53 });
  assert.equal(told.length, 1);
  await timers.pass(60_000);
  look({});
  assert.deepEqual(told[1], { battery: { percent: 53, charging: false } });
  battery.is({ charging: true });
  assert.deepEqual(told[2], { battery: { percent: 53, charging: true } });
});

test('a browser without a battery, or one that keeps it to itself, is no fault', async () => {
  await progress.watchBattery(undefined);
  await progress.watchBattery(() => Promise.reject(new Error('not for pages')));
  look({});
  assert.deepEqual(told, []);
});
