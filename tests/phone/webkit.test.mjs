// The page in the engine of Safari: it films, and what moves is kept, also what moved while the computer was away. Recordings
// are not tried: WebKitGTK's recorder gives no data of the cameras that it pretends to have.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { setStage } from './support/stage.mjs';
import { until } from './support/until.mjs';
import { WebKitPhone } from './support/webkit.mjs';

let framekeep;
let phone;

// Before the program goes, which it talks to.
after(() => phone?.close());

setStage({ browser: null }, async (stage) => {
  ({ framekeep } = stage);
  phone = await WebKitPhone.open();
});

test('a phone with WebKit pairs, films, and what moves is kept with what led to it', async () => {
  await phone.goto(framekeep.pairingUrl);
  await phone.says('#status', /Ready/);
  await phone.type('#name', 'Wilma');
  await phone.click('#shutter');
  await phone.says('#sign', /Recording/);
  await phone.says('#status', /Motion/);
  await until('five kept frames', () => framekeep.pictures('Wilma').length >= 5, 30_000);
  const events = await phone.evaluate(async () => (await (await fetch('/api/v1/events')).json()).events);
  assert.ok(events.length > 0);
  const frames = await phone.evaluate(async () => (await (await fetch('/api/v1/frames?limit=500')).json()).frames);
  const before = frames.filter(({ captured_at }) => captured_at < events[events.length - 1].start);
  assert.ok(before.length > 0, 'what led to the first event is kept too');
  assert.deepEqual([...new Set(frames.map(({ width, height }) => `${width}x${height}`))], ['1280x720'], 'no preview is kept');
});

test('what is filmed without the computer waits in WebKit too', async () => {
  await framekeep.kill();
  const from = Date.now();
  await phone.says('#status', /does not answer/);
  await phone.says('#note', /wait on this phone/, 30_000);
  await new Promise((done) => setTimeout(done, 10_000));
  const to = Date.now();
  await framekeep.start();
  await phone.says('#status', /Still|Motion/);
  const within = async () => {
    const list = await phone.evaluate(async () => (await (await fetch('/api/v1/frames?limit=500')).json()).frames ?? []);
    return list.filter(({ captured_at }) => captured_at > from && captured_at < to).length;
  };
  await until('pictures of that time', async () => (await within()) > 0, 30_000);
  await phone.click('#shutter');
  await phone.says('#status', /Stopped/);
});
