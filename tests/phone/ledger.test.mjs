// The ledger of a phone: what it did is said in one line, adds up to the time, and outlives the program.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Phone, hide } from './support/phone.mjs';
import { setStage } from './support/stage.mjs';
import { until } from './support/until.mjs';

let framekeep;
let browser;

setStage({}, (stage) => ({ framekeep, browser } = stage));

/** What the computer says of the phone's camera since `from`; the labels add up to that time. */
async function ledger(phone, camera, from) {
  const { status, body } = await phone.fetch(`/api/v1/ledger?${new URLSearchParams({ camera, from: String(from) })}`);
  assert.equal(status, 200, JSON.stringify(body));
  const sum = Object.values(body.seconds).reduce((sum, seconds) => sum + seconds, 0);
  assert.equal(sum * 1000, body.to - body.from, JSON.stringify(body));
  const blind = Object.values(body.blind_seconds).reduce((sum, seconds) => sum + seconds, 0);
  assert.equal(body.seconds.blind, blind);
  return body;
}

/** The name of the camera that the page films with. */
async function cameraOf(phone) {
  const request = await phone.page.waitForRequest((request) => /\/cameras\/[^/]+\/previews/.test(request.url()));
  return decodeURIComponent(/cameras\/([^/]+)\/previews/.exec(request.url())[1]);
}

const reasons = (spans) => spans.map((span) => span.reason ?? span.label);

test('film, hide, film, stop: each second is told, on the page too, and still is after a kill', async () => {
  const phone = await Phone.open(browser);
  await phone.pair(framekeep.pairingUrl);
  const start = Date.now() - 1000;
  await phone.film('Anna', '5 a second');
  const camera = await cameraOf(phone);
  const since = async (reason) => (await ledger(phone, camera, start)).blind_seconds[reason] ?? 0;
  const seen = async () => {
    const { seconds } = await ledger(phone, camera, start);
    return seconds.watched + seconds.recorded;
  };
  await until('four seconds are seen', async () => (await seen()) >= 4);
  await hide(phone.page, true);
  await until('four seconds are hidden', async () => (await since('page_hidden')) >= 4);
  await hide(phone.page, false);
  const before = await seen();
  await until('three more are seen', async () => (await seen()) >= before + 3);
  await phone.stopFilming();
  // What is not written yet goes with a kill: some seconds on a busy machine.
  await until('eight are stopped', async () => (await since('left')) >= 8, 20_000);
  const line = phone.page.locator('#ledger');
  await until('the page says so', async () => {
    const text = await line.innerText();
    return /^Today: (watched|recorded) .*blind \d+ s \(/.test(text) && /page hidden \d+ s/.test(text) && /stopped \d+ s/.test(text);
  }, 20_000);

  const now = await ledger(phone, camera, start);
  assert.equal(now.seconds.not_covered * 1000, now.covered.from - now.from + (now.to - now.covered.to), 'no hole');
  const told = reasons(now.spans).filter((reason) => !['recorded', 'watched', 'starting'].includes(reason));
  assert.deepEqual(told, ['page_hidden', 'left']);

  await framekeep.kill();
  await new Promise((done) => setTimeout(done, 2000));
  await framekeep.start();
  const again = await until('the ledger goes on', async () => {
    const answer = await ledger(phone, camera, start).catch(() => null);
    return answer?.blind_seconds.not_running >= 1 && reasons(answer.spans).slice(-1)[0] === 'left' && answer;
  }, 20_000);
  assert.deepEqual(again.spans.slice(0, 2), now.spans.slice(0, 2), 'what was is as it was');
  assert.deepEqual(reasons(again.spans).slice(-3), ['left', 'not_running', 'left'], 'stopped before, and since');
  assert.equal(again.seconds.not_covered * 1000, again.covered.from - again.from + (again.to - again.covered.to), 'no hole');
  assert.deepEqual(phone.complaints, []);
  await phone.close();
});

test('a phone without network goes on filming, and what it brings later leaves no second blind', async () => {
  const phone = await Phone.open(browser);
  await phone.pair(framekeep.pairingUrl);
  const start = Date.now() - 1000;
  await phone.film('Ben', '5 a second');
  const camera = await cameraOf(phone);
  await phone.says(/Still|Motion/);
  await phone.context.setOffline(true);
  await phone.says(/no network|does not answer/);
  await new Promise((done) => setTimeout(done, 6000));
  await phone.context.setOffline(false);
  await phone.says(/Still|Motion/);
  await until('the computer has what was filmed meanwhile', async () => {
    const { seconds, blind_seconds: blind } = await ledger(phone, camera, start);
    return seconds.watched + seconds.recorded >= 7 && (blind.offline ?? 0) + (blind.silent ?? 0) <= 1;
  }, 30_000);
  await phone.stopFilming();
  await phone.close();
});

test('nobody else sees it', async () => {
  const phone = await Phone.open(browser);
  await phone.pair(framekeep.pairingUrl);
  await phone.film('Carla');
  const camera = await cameraOf(phone);
  await phone.stopFilming();
  const other = await Phone.open(browser);
  await other.pair(framekeep.pairingUrl);
  await other.film('Dora');
  await other.says(/Still|Motion/);
  const path = `/api/v1/ledger?${new URLSearchParams({ camera })}`;
  assert.equal((await other.fetch(`${path}&user=Carla`)).status, 404);
  assert.equal((await other.fetch(path)).body.covered, null);
  await phone.close();
  await other.close();
});
