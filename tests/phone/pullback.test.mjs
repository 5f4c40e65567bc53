// Large pictures stay on the phone until something moves, and nothing that moved is lost: not to a hole in the network, not to
// a computer that goes, not to a reload.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Phone, drawnCamera } from './support/phone.mjs';
import { setStage } from './support/stage.mjs';
import { until } from './support/until.mjs';

let framekeep;
let browser;

setStage({ clip: { everySecs: 16, textured: true } }, (stage) => ({ framekeep, browser } = stage));

/** Capture times of the kept pictures of a user, in milliseconds, oldest first; by their names. */
function keptTimes(user) {
  const times = framekeep.pictures(user).map(({ path }) => {
    const [, day, h, m, s, ms] = /(\d{4}-\d\d-\d\d)\/(\d\d)(\d\d)(\d\d)\.(\d{3})Z_/.exec(path);
    return Date.parse(`${day}T${h}:${m}:${s}.${ms}Z`);
  });
  return times.sort((a, b) => a - b);
}

/** None while the phone has no name yet. */
const events = async (phone) => (await phone.fetch('/api/v1/events')).body.events ?? [];

async function open(name, rate) {
  const phone = await Phone.open(browser);
  await phone.watchPictures();
  await phone.pair(framekeep.pairingUrl);
  await phone.film(name, rate);
  return phone;
}

test('of each event the picture of three seconds before is on disk, and while nothing moves a tenth is sent', async () => {
  const phone = await open('Lead', '5 a second');
  await until('two events that are over', async () => (await events(phone)).filter(({ end }) => end).length >= 2, 60_000);
  await phone.stopFilming();
  await until('nothing more to be sent', async () => {
    const before = framekeep.pictures('Lead').length;
    await new Promise((done) => setTimeout(done, 700));
    return framekeep.pictures('Lead').length === before;
  });
  const [last] = (await events(phone)).filter(({ end }) => end);
  const times = keptTimes('Lead');
  const lead = Math.min(...times.map((at) => Math.abs(at - (last.start - 3000))));
  assert.ok(lead <= 600, `the nearest picture to three seconds before is ${lead} ms away`);

  const all = [...(await phone.sentPictures('previews')), ...(await phone.sentPictures('frames'))];
  const spans = await events(phone);
  const busy = (at) => spans.some(({ start, end }) => at >= start - 200 && at <= (end ?? Infinity) + 1500);
  // The first seconds teach the background.
  const [from, to] = [all[0].sentAt + 3000, Math.max(...all.map(({ sentAt }) => sentAt))];
  const rate = (wanted) => {
    const sent = all.filter(({ sentAt }) => sentAt > from && busy(sentAt) === wanted);
    const steps = Array.from({ length: (to - from) / 100 }, (_, n) => from + n * 100).filter((at) => busy(at) === wanted);
    return sent.reduce((sum, { bytes }) => sum + bytes, 0) / (steps.length / 10);
  };
  const [idle, moving] = [rate(false), rate(true)];
  assert.ok(idle > 0 && idle <= moving / 10, `${idle} of ${moving} bytes a second`);
  assert.deepEqual(phone.complaints, []);
  await phone.close();
});

test('what moved while the phone had no network is kept when it has one again, at its own time', async () => {
  const phone = await open('Hole', '5 a second');
  await phone.says(/Still/, 30_000);
  const from = Date.now();
  await phone.context.setOffline(true);
  await phone.says(/no network|does not answer/);
  await phone.says(/wait on this phone/);
  await new Promise((done) => setTimeout(done, 33_000));
  await phone.context.setOffline(false);
  const to = Date.now();
  await phone.says(/Still|Motion/, 20_000);
  // The clip shows something for four seconds of every sixteen: two events at least lie within.
  const within = () => keptTimes('Hole').filter((at) => at > from + 1000 && at < to - 1000);
  await until('pictures of that time', () => within().length >= 6, 30_000);
  const then = async () => (await events(phone)).filter(({ start }) => start > from && start < to);
  await until('both events of that time', async () => (await then()).length >= 2, 30_000);
  assert.ok((await then()).length <= 4, JSON.stringify(await then()));
  await phone.stopFilming();
  await until('the outbox to be empty', async () => !/wait/.test(await phone.page.locator('#note').innerText()));
  const kept = framekeep.pictures('Hole');
  assert.equal(new Set(kept.map(({ path }) => path)).size, kept.length);
  await phone.close();
});

test('a computer that is killed loses nothing of what moved meanwhile', async () => {
  const phone = await open('Killed', '5 a second');
  await phone.says(/Still/, 30_000);
  const from = Date.now();
  await framekeep.kill();
  await phone.says(/does not answer/);
  await new Promise((done) => setTimeout(done, 16_000));
  const to = Date.now();
  await framekeep.start();
  const within = () => keptTimes('Killed').filter((at) => at > from && at < to);
  await until('pictures of that time', () => within().length >= 3, 30_000);
  await phone.stopFilming();
  await phone.close();
});

test('what waits is sent after a reload by itself, and each picture is kept once', async () => {
  const phone = await open('Reload', '5 a second');
  await phone.says(/Still/, 30_000);
  await phone.page.route(/cameras\/[^/]+\/(frames|previews)/, (route) => route.abort());
  const from = Date.now();
  await phone.says(/does not answer/);
  await new Promise((done) => setTimeout(done, 16_000));
  const to = Date.now();
  await phone.page.reload();
  await phone.page.unroute(/cameras\/[^/]+\/(frames|previews)/);
  // Nobody presses Start.
  await phone.says(/Ready/);
  const within = () => keptTimes('Reload').filter((at) => at > from && at < to);
  await until('pictures of that time', () => within().length >= 3, 30_000);
  await until('the outbox to be empty', async () => !/wait/.test(await phone.page.locator('#note').innerText()));
  await until('each picture that was sent to be there, once', async () => {
    const sent = await phone.sentPictures('frames');
    const kept = framekeep.pictures('Reload').map(({ sha256 }) => sha256);
    return sent.length >= 3 && sent.every((picture) => kept.filter((sha256) => sha256 === picture.sha256).length === 1);
  });
  await phone.close();
});

test('a phone that says that it is moved makes no event', async () => {
  const phone = await Phone.open(browser);
  await phone.page.addInitScript(() => {
    setInterval(() => {
      const shake = { acceleration: { x: 3, y: 0, z: 0 }, rotationRate: { alpha: 50, beta: 0, gamma: 0 }, interval: 16 };
      window.dispatchEvent(new DeviceMotionEvent('devicemotion', shake));
    }, 50);
  });
  await phone.pair(framekeep.pairingUrl);
  await phone.film('Shaken', '5 a second');
  await phone.says(/the camera moved/, 20_000);
  await until('fifty frames', async () => (await phone.counts()).sent >= 50, 60_000);
  assert.deepEqual(await events(phone), []);
  await phone.close();
});

test('a phone that is bumped and lies otherwise from then on makes no event, and what crosses afterwards does', async () => {
  const phone = await Phone.open(browser);
  await phone.page.addInitScript(drawnCamera);
  await phone.pair(framekeep.pairingUrl);
  await phone.film('Bumped', '5 a second');
  await phone.says(/Still: nothing moves/, 20_000);
  await new Promise((done) => setTimeout(done, 3000));
  // As a hand does: the picture runs for a moment, and the sensors with it.
  await phone.page.evaluate(async () => {
    for (let n = 0; n < 8; n += 1) {
      window.lookElsewhere(7, 4);
      const shake = { acceleration: { x: 4, y: 1, z: 0 }, rotationRate: { alpha: 60, beta: 0, gamma: 0 }, interval: 16 };
      window.dispatchEvent(new DeviceMotionEvent('devicemotion', shake));
      await new Promise((done) => setTimeout(done, 60));
    }
  });
  await phone.says(/the camera moved/, 10_000);
  await phone.says(/Still: nothing moves/, 20_000);
  await new Promise((done) => setTimeout(done, 4000));
  assert.deepEqual(await events(phone), []);
  await phone.page.evaluate(() => window.cross(2500));
  await phone.says(/Motion/, 10_000);
  await until('one event', async () => (await events(phone)).length === 1);
  await phone.close();
});

test('what crosses in a second and a half while the computer is away is kept, with the three seconds before it', async () => {
  const phone = await Phone.open(browser);
  await phone.page.addInitScript(drawnCamera);
  await phone.pair(framekeep.pairingUrl);
  await phone.film('Brief', '5 a second');
  await phone.says(/Still: nothing moves/, 20_000);
  await new Promise((done) => setTimeout(done, 4000));
  await phone.context.setOffline(true);
  // At once, so that what led to it was looked at before.
  await phone.says(/no network|does not answer/);
  const at = Date.now();
  await phone.page.evaluate(() => window.cross(1500));
  await new Promise((done) => setTimeout(done, 8000));
  await phone.context.setOffline(false);
  await phone.says(/Still|Motion/, 20_000);
  const near = (from, to) => keptTimes('Brief').filter((time) => time >= at + from && time <= at + to);
  await until('pictures of what crossed', () => near(0, 2000).length >= 2, 20_000);
  await until('what led to it', () => near(-4000, -2000).length >= 1, 20_000);
  await phone.stopFilming();
  await phone.close();
});

test('two phones whose clocks are an hour apart agree about when something was', async () => {
  const [right, wrong] = [await open('Right', '5 a second'), await Phone.open(browser)];
  await wrong.page.addInitScript(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + 3_600_000;
  });
  await wrong.watchPictures();
  await wrong.pair(framekeep.pairingUrl);
  await wrong.film('Wrong', '5 a second');
  for (const phone of [right, wrong]) {
    await until('previews', async () => (await phone.sentPictures('previews')).length >= 20, 20_000);
  }
  // From the capture to the sending it takes a while, more on a busy machine: the quickest ones tell of the clocks.
  const truth = (pictures, ahead) => Math.max(...pictures.map(({ at, sentAt }) => at - (sentAt - ahead)));
  const first = truth(await right.sentPictures('previews'), 0);
  const second = truth(await wrong.sentPictures('previews'), 3_600_000);
  assert.ok(Math.abs(first - second) <= 50, `${first} and ${second} ms`);
  await right.close();
  await wrong.close();
});
