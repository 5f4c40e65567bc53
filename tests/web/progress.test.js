import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { Progress } from '../../web/progress.js';
import { firstSituation } from '../../web/status.js';
import { SimulatedTimers, settled } from './simulated.js';

let told;
let timers;
let progress;
let situation;

beforeEach(() => {
  told = [];
  timers = new SimulatedTimers();
  progress = new Progress({ tell: async (news) => void told.push(news), timers });
  situation = { ...firstSituation(), access: 'paired' };
});

async function look(news) {
  Object.assign(situation, news);
  progress.look(situation);
  await settled();
}

const steps = () => told.map(({ step }) => step).filter(Boolean);

test('each step is told once, however often the page draws itself', async () => {
  for (const camera of ['off', 'starting', 'starting', 'on', 'muted', 'stalled', 'on']) await look({ camera });
  assert.deepEqual(steps(), ['asking', 'allowed']);
});

for (const camera of ['denied', 'busy', 'missing', 'failed', 'insecure']) {
  test(`a camera that is ${camera} is told, and the next try again`, async () => {
    await look({ camera: 'starting' });
    await look({ camera });
    await look({ camera: 'starting' });
    await look({ camera });
    assert.deepEqual(steps(), ['asking', camera, 'asking', camera]);
  });
}

test('a page in the background is told, and where it stands when it is seen again', async () => {
  await look({ camera: 'starting' });
  await look({ visible: false });
  await look({ camera: 'denied' });
  await look({ visible: true });
  assert.deepEqual(steps(), ['asking', 'hidden', 'seen', 'denied']);
});

test('a browser that is not paired has nobody to tell', async () => {
  for (const access of ['asking', 'unpaired', 'revoked']) await look({ access, camera: 'denied', visible: access !== 'unpaired' });
  assert.deepEqual(told, []);
  await look({ access: 'paired' });
  assert.deepEqual(steps(), ['denied'], 'what it knows already is told as soon as it is paired');
  await look({ access: 'revoked' });
  await look({ access: 'paired' });
  assert.deepEqual(steps(), ['denied', 'denied'], 'paired again it is another device');
});

class Battery extends EventTarget {
  level = 0.54;
  charging = false;
  async is(news) {
    Object.assign(this, news);
    this.dispatchEvent(new Event('levelchange'));
    await settled();
  }
}

test('the battery is told at once, then at most once a minute, and when charging begins', async () => {
  const battery = new Battery();
  await progress.watchBattery(async () => battery);
  assert.deepEqual(told, [], 'not before it is paired');
  await look({});
  assert.deepEqual(told, [{ battery: { percent: 54, charging: false } }]);
  await timers.pass(1000);
  await battery.is({ level: 0.53 });
  assert.equal(told.length, 1);
  await timers.pass(60_000);
  await look({});
  assert.deepEqual(told[1], { battery: { percent: 53, charging: false } });
  await battery.is({ charging: true });
  assert.deepEqual(told[2], { battery: { percent: 53, charging: true } });
});

test('a browser without a battery, or one that keeps it to itself, is no fault', async () => {
  await progress.watchBattery(undefined);
  await progress.watchBattery(() => Promise.reject(new Error('not for pages')));
  await look({});
  assert.deepEqual(told, []);
});

test('what comes next is told when the computer has heard the last, so that it stands where it stands', async () => {
  /** @type {(() => void)[]} */
  const heard = [];
  progress = new Progress({ tell: (news) => (told.push(news), new Promise((done) => heard.push(done))), timers });
  await look({ camera: 'starting' });
  await look({ camera: 'busy' });
  assert.deepEqual(steps(), ['asking']);
  heard[0]();
  await settled();
  assert.deepEqual(steps(), ['asking', 'busy']);
});
