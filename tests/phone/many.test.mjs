// Eight phones at once, and one that is slow in every way: each is seen, and what moved before it is on disk as it was sent.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Phone } from './support/phone.mjs';
import { setStage } from './support/stage.mjs';
import { until } from './support/until.mjs';

const PHONES = 8;
/** How long they film together, in seconds; minutes by FRAMEKEEP_MANY_SECS. */
const TOGETHER_SECS = Number(process.env.FRAMEKEEP_MANY_SECS ?? 40);

let framekeep;
let browser;

setStage({ clip: { everySecs: 16, textured: true } }, (stage) => ({ framekeep, browser } = stage));

async function pairedPhone() {
  const ticket = framekeep.pairingUrl;
  const phone = await Phone.open(browser);
  await phone.watchPictures();
  await phone.pair(ticket);
  await framekeep.nextTicket(ticket);
  return phone;
}

/**
 * Every large picture that the page sent, because the computer asked for it, lies once in the folder of its user, and nothing
 * else does. A camera that is slow gives the same picture twice, at two times: that is two.
 */
async function allKept(phone, user) {
  await until(`the outbox of ${user} to be empty`, async () => !/wait/.test(await phone.page.locator('#note').innerText()), 60_000);
  const tally = (list) => list.sort().join('\n');
  let [sent, kept] = [[], []];
  await until(`what ${user} sent to be on disk, and nothing else`, async () => {
    const taken = new Map((await phone.sentPictures('frames')).map(({ seq, at, sha256 }) => [`${seq} ${at}`, sha256]));
    sent = [...taken.values()];
    kept = framekeep.pictures(user).map(({ sha256 }) => sha256);
    return sent.length > 0 && tally(sent) === tally(kept);
  }, 60_000).catch((error) => {
    const missing = sent.filter((sha256) => !kept.includes(sha256)).length;
    const strange = kept.filter((sha256) => !sent.includes(sha256)).length;
    throw new Error(`${error.message}: of ${sent.length} sent ${missing} are missing, of ${kept.length} kept ${strange} were not sent`);
  });
}

/** The seconds of the phone's camera by their labels since `from`; they add up to the time. */
async function seconds(phone, from) {
  // What is on disk comes into the list a moment later.
  let camera;
  await until('a frame in the list', async () => {
    camera = (await phone.fetch('/api/v1/frames?limit=1')).body.frames[0]?.camera;
    return camera !== undefined;
  }, 20_000);
  const { body } = await phone.fetch(`/api/v1/ledger?${new URLSearchParams({ camera, from: String(from) })}`);
  const sum = Object.values(body.seconds).reduce((sum, seconds) => sum + seconds, 0);
  assert.equal(sum * 1000, body.to - body.from, JSON.stringify(body));
  return body;
}

test(`${PHONES} phones film at once, and each has what moved before it, whole and alone`, async () => {
  const phones = [];
  for (let number = 1; number <= PHONES; number += 1) phones.push({ user: `Phone ${number}`, phone: await pairedPhone() });
  await Promise.all(phones.map(({ phone, user }) => phone.film(user, '2 a second')));
  await Promise.all(phones.map(({ phone }) => phone.says(/Still|Motion/, 60_000)));
  const from = Date.now();
  await new Promise((done) => setTimeout(done, 1000 * TOGETHER_SECS));
  const to = Date.now();
  for (const { phone, user } of phones) {
    assert.match(await phone.sign.innerText(), /Recording/, user);
  }
  // How many seconds are seen depends on the machine; what was not is never passed over.
  for (const { phone, user } of phones) {
    const body = await seconds(phone, from);
    assert.ok(body.seconds.recorded > 0, `${user}: ${JSON.stringify(body.seconds)}`);
    assert.ok(body.covered.from <= from + 1000 && body.covered.to >= to - 10_000, `${user}: ${JSON.stringify(body.covered)} of ${from} to ${to}`);
  }
  await Promise.all(phones.map(({ phone }) => phone.stopFilming()));
  for (const { phone, user } of phones) await allKept(phone, user);
  for (const { phone, user } of phones) {
    assert.deepEqual(phone.complaints, [], user);
    await phone.close();
  }
});

test('a phone that is four times slower, at 400 kbit a second with 300 ms, is seen, can be worked with, and loses nothing', async () => {
  const phone = await pairedPhone();
  const devtools = await phone.context.newCDPSession(phone.page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await devtools.send('Network.enable');
  await devtools.send('Network.emulateNetworkConditions', { offline: false, latency: 300, downloadThroughput: 50_000, uploadThroughput: 50_000 });
  const from = Date.now();
  await phone.film('Slow', '1 a second');
  await phone.says(/Still|Motion/, 60_000);
  await phone.says(/Motion/, 60_000);
  await phone.says(/Still/, 60_000);
  // A press is answered while it films: the list is there, and the camera goes on below it.
  await phone.framesLink.click();
  await phone.page.getByRole('heading', { name: 'My frames' }).waitFor({ timeout: 10_000 });
  const before = (await phone.counts()).sent;
  await until('frames to be sent below the list', async () => (await phone.counts()).sent > before + 2, 20_000);
  await phone.page.goBack();
  await phone.stopFilming();
  await allKept(phone, 'Slow');
  const body = await seconds(phone, from);
  assert.ok(body.seconds.recorded > 0, JSON.stringify(body.seconds));
  assert.deepEqual(phone.complaints, []);
  await phone.close();
});
