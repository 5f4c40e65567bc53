// What goes wrong with phones is told in a sentence with its cure, and mends itself where it can.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Phone, hide, launch } from './support/phone.mjs';
import { setStage } from './support/stage.mjs';
import { until } from './support/until.mjs';

let framekeep;
let browser;

setStage({ browser: { cameras: 2 } }, (stage) => ({ framekeep, browser } = stage));

test('the computer goes and comes back: the page says both, and filming goes on', async () => {
  const phone = await Phone.open(browser);
  await phone.pair(framekeep.pairingUrl);
  await phone.film('Anna');
  await phone.says(/Still|Motion/);

  await framekeep.kill();
  await phone.says(/does not answer/);
  await phone.says(/same Wi-Fi/);
  const before = (await phone.counts()).sent;

  await framekeep.start();
  await phone.says(/is back/);
  await until('frames to arrive again', async () => (await phone.counts()).sent > before + 3);
  await phone.says(/Still|Motion/);
  await phone.close();
});

test('a page that is opened while the computer is away waits for it', async () => {
  const phone = await Phone.open(browser);
  await phone.pair(framekeep.pairingUrl);
  await phone.page.route('**/api/v1/me', (route) => route.abort());
  await phone.page.reload();
  await phone.says(/does not answer/);
  await phone.page.unroute('**/api/v1/me');
  await phone.says(/is back|Ready/);
  await phone.close();
});

test('an overloaded computer is left alone for as long as it asks, and the page says so', async () => {
  const phone = await Phone.open(browser);
  await phone.pair(framekeep.pairingUrl);
  let refused = 0;
  await phone.page.route('**/previews*', (route) => {
    refused += 1;
    const error = { code: 'busy', message: 'too many frames', hint: '', retry_ms: 3000 };
    return route.fulfill({ status: 429, headers: { 'Retry-After': '3' }, json: { error } });
  });
  await phone.film('Busy', '10 a second');
  await phone.says(/computer is busy/);
  await phone.says(/lower rate/);
  assert.equal(refused, 1);
  await phone.page.unroute('**/previews*');
  await phone.says(/Still|Motion/);
  await phone.close();
});

test('a full disk is told with its cure, and it is over when frames are kept again', async () => {
  const phone = await Phone.open(browser);
  await phone.pair(framekeep.pairingUrl);
  await phone.page.route('**/cameras/*/frames?*', (route) => {
    const error = { code: 'not_saved', message: 'the disk is full', hint: 'Free some room.' };
    return route.fulfill({ status: 507, json: { error, outcome: { seq: 0, motion: true, verdict: 'motion', score: 0.1 } } });
  });
  await phone.film('Full');
  await phone.says(/not kept: the disk is full/);
  await phone.says(/Free some room/);
  await phone.page.unroute('**/cameras/*/frames?*');
  await phone.says(/Still|Motion:/, 20_000);
  await phone.close();
});

test('the camera is taken away: the page says so, tells the computer, and goes on when it is free', async () => {
  const phone = await Phone.open(browser);
  await phone.pair(framekeep.pairingUrl);
  await phone.film('Taken');
  await phone.says(/Still|Motion/);
  const told = phone.page.waitForRequest((request) => /\/state$/.test(request.url()) && /taken/.test(request.postData()));
  await phone.page.evaluate(() => {
    const [track] = document.querySelector('video').srcObject.getVideoTracks();
    track.stop();
    // A page that stops a track itself is not told of it; the browser tells when anybody else ends it.
    track.dispatchEvent(new Event('ended'));
  });
  await phone.says(/taken away/);
  await told;
  assert.match(await phone.sign.innerText(), /Not filming/);
  await phone.says(/Still|Motion/);
  assert.match(await phone.sign.innerText(), /Recording/);
  await phone.close();
});

test('a camera that the phone pauses, as for a call, is told and goes on by itself', async () => {
  const phone = await Phone.open(browser);
  await phone.pair(framekeep.pairingUrl);
  await phone.film('Call');
  await phone.says(/Still|Motion/);
  const tell = (name) =>
    phone.page.evaluate((name) => {
      document.querySelector('video').srcObject.getVideoTracks()[0].dispatchEvent(new Event(name));
    }, name);
  await tell('mute');
  await phone.says(/paused the camera/);
  const before = (await phone.counts()).sent;
  await tell('unmute');
  await until('frames again', async () => (await phone.counts()).sent > before);
  await phone.says(/Still|Motion/);
  await phone.close();
});

test('a camera that is refused is told with the cure', async () => {
  const strict = await launch({ camera: 'denied' });
  try {
    const phone = await Phone.open(strict);
    await phone.pair(await framekeep.pairingUrl);
    await phone.name.fill('Denied');
    await phone.start.click();
    await phone.says(/not allowed/);
    await phone.says(/Allow the camera/);
    await phone.start.waitFor();
    assert.match(await phone.sign.innerText(), /Not filming/);
  } finally {
    await strict.close();
  }
});

for (const [name, error, says] of [
  ['no camera', 'NotFoundError', /no camera/],
  ['a camera in use', 'NotReadableError', /Another app/],
]) {
  test(`${name} is told with the cure`, async () => {
    const phone = await Phone.open(browser);
    await phone.page.addInitScript((error) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('for the test', error));
    }, error);
    await phone.pair(framekeep.pairingUrl);
    await phone.name.fill(error);
    await phone.start.click();
    await phone.says(says);
    await phone.start.waitFor();
    await phone.close();
  });
}

test('a page that may not use cameras leads to the plain upload', async () => {
  const phone = await Phone.open(browser);
  await phone.page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'mediaDevices', { value: undefined });
  });
  await phone.page.goto(framekeep.url);
  await phone.says(/cannot reach a camera/);
  await phone.page.getByRole('link', { name: 'Send a photo' }).click();
  await phone.page.getByLabel('Photo').waitFor();
  await phone.close();
});

test('a browser that is not paired is told to scan the code', async () => {
  const phone = await Phone.open(browser);
  await phone.page.goto(framekeep.url);
  await phone.says(/not paired/);
  assert.equal(await phone.start.isDisabled(), true);
  await phone.page.goto(`${framekeep.url}/frames`);
  await phone.page.getByText('Scan the code first').waitFor();
  await phone.close();
});

test('a hidden page pauses, tells the computer, and goes on when it is seen again', async () => {
  const phone = await Phone.open(browser);
  await phone.pair(framekeep.pairingUrl);
  await phone.film('Hidden');
  await phone.says(/Still|Motion/);
  const told = phone.page.waitForRequest((request) => /\/state$/.test(request.url()) && /"hidden"/.test(request.postData()));
  await hide(phone.page, true);
  await phone.says(/background/);
  await told;
  assert.match(await phone.sign.innerText(), /Paused/);
  const before = (await phone.counts()).sent;
  await hide(phone.page, false);
  await until('frames again', async () => (await phone.counts()).sent > before + 2);
  await phone.says(/Still|Motion/);
  await phone.close();
});

test('a name that is refused after a change of the camera films nobody', async () => {
  const phone = await Phone.open(browser);
  await phone.pair(framekeep.pairingUrl);
  await phone.film('Old');
  await phone.says(/Still|Motion/);
  await phone.stopFilming();
  let answer;
  await phone.page.route('**/api/v1/me/user', (route) => {
    answer = () => route.fulfill({ status: 422, json: { error: { code: 'bad_name', message: 'the name is reserved', hint: '' } } });
  });
  await phone.name.fill('New');
  await phone.start.click();
  await until('the name to be asked for', () => answer);
  await phone.page.getByRole('button', { name: /camera in use/ }).click();
  await answer();
  await phone.says(/The name is reserved/);
  await phone.start.waitFor();
  assert.match(await phone.sign.innerText(), /Not filming/);
  assert.equal(await phone.page.evaluate(() => document.querySelector('video').srcObject), null);
  await phone.close();
});

test('what breaks the filming is told over My frames too', async () => {
  const phone = await Phone.open(browser);
  await phone.pair(framekeep.pairingUrl);
  await phone.film('Below');
  await phone.says(/Still|Motion/);
  await phone.framesLink.click();
  const trouble = phone.page.locator('.gallery [role=status].trouble');
  assert.equal(await trouble.innerText(), '');
  await phone.page.route('**/cameras/*/frames?*', (route) => {
    const error = { code: 'not_saved', message: 'the disk is full', hint: 'Free some room.' };
    return route.fulfill({ status: 507, json: { error } });
  });
  await trouble.filter({ hasText: /Problem: .*disk is full\. Free some room\./ }).waitFor();
  await phone.page.unroute('**/cameras/*/frames?*');
  await trouble.filter({ hasText: /^$/ }).waitFor({ state: 'attached' });
  await phone.page.goBack();
  await phone.says(/Still|Motion/);
  await phone.close();
});
