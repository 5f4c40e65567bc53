// How a phone joins: the operator sees each step and, where it stands still, why and what helps on that phone.

import assert from 'node:assert/strict';
import { request } from 'node:https';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';

import { chromium } from 'playwright-core';

import { Phone, hide, launch } from './support/phone.mjs';
import { setStage } from './support/stage.mjs';
import { until } from './support/until.mjs';

let framekeep;
let browser;
let token;

setStage({}, (stage) => {
  ({ framekeep, browser } = stage);
  token = framekeep.token('--user', 'Operator', '--operator');
});

// Phones of earlier tests are shown for a while.
let older = -1;

beforeEach(async () => {
  const { phones } = (await operator('GET', '/api/v1/joining')).body;
  older = Math.max(older, ...phones.map(({ id }) => id));
});

/** Asks the computer as the operator's script would. */
function operator(method, path, json, program = framekeep, bearer = token) {
  return new Promise((done, failed) => {
    const options = { method, rejectUnauthorized: false, headers: { Authorization: `Bearer ${bearer}` } };
    const asked = request(new URL(path, program.url), options, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      answer.on('end', () => done({ status: answer.statusCode, body: text ? JSON.parse(text) : null }));
    });
    asked.on('error', failed).end(json ? JSON.stringify(json) : undefined);
  });
}

/** Waits until a phone on its way stands so, and gives it. */
async function row(what, holds) {
  let found;
  let list;
  await until(`a phone on its way ${what}`, async () => {
    list = (await operator('GET', '/api/v1/joining')).body.phones;
    found = list.find((phone) => phone.id > older && holds(phone));
    return found;
  }).catch((error) => {
    throw new Error(`${error.message}; there are ${JSON.stringify(list, null, 1)}`);
  });
  return found;
}

const stuck = (trouble) => row(`with ${trouble}`, (phone) => phone.trouble === trouble && !phone.done);

/** A code for one device, as the window shows it. */
async function code(role = 'camera') {
  return (await operator('POST', '/api/v1/invitations', { role })).body.url;
}

test('a phone goes from the page to its first frame, and its battery is known', async () => {
  const phone = await Phone.open(browser);
  await phone.page.addInitScript(() => {
    const battery = Object.assign(new EventTarget(), { level: 0.54, charging: false });
    navigator.getBattery = async () => battery;
  });
  await phone.pair(await code());
  const paired = await stuck('not_started');
  assert.equal(paired.held, false);
  assert.match(paired.todo, /press Start camera/);
  await phone.film('Anna');
  const done = await row('is through', (row) => row.id === paired.id && row.done);
  assert.equal(done.step, 'first_frame');
  const { devices } = (await operator('GET', '/api/v1/devices')).body;
  const device = devices.find(({ id }) => id === done.device);
  assert.deepEqual(device.battery, { percent: 54, charging: false });
  assert.deepEqual(phone.complaints, []);
  await phone.close();
});

test('a phone whose person does not answer, and then says no', async () => {
  const phone = await Phone.open(browser);
  await phone.page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () =>
      new Promise((_, refuse) => (window.sayNo = () => refuse(new DOMException('no', 'NotAllowedError'))));
  });
  await phone.pair(await code());
  await phone.name.fill('Denied');
  await phone.start.click();
  assert.match((await stuck('asking_for_camera')).todo, /Allow/);
  await phone.page.evaluate(() => window.sayNo());
  const denied = await stuck('camera_denied');
  assert.equal(denied.held, true);
  assert.match(denied.todo, /Allow the camera|Permissions/);
  await phone.close();
});

test('a permission that the browser refuses', async () => {
  const strict = await launch({ camera: 'denied' });
  try {
    const phone = await Phone.open(strict, { userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1' });
    await phone.pair(await code());
    await phone.name.fill('Strict');
    await phone.start.click();
    const denied = await row('is denied on an iPhone', (row) => row.trouble === 'camera_denied' && row.platform === 'ios');
    assert.match(denied.todo, /Website Settings/);
  } finally {
    await strict.close();
  }
});

for (const [name, error, trouble, cure] of [
  ['no camera', 'NotFoundError', 'camera_missing', /photos/],
  ['a camera in use', 'NotReadableError', 'camera_busy', /Close the camera app/],
]) {
  test(`${name} is told to the operator`, async () => {
    const phone = await Phone.open(browser);
    await phone.page.addInitScript((error) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('for the test', error));
    }, error);
    await phone.pair(await code());
    await phone.name.fill(error);
    await phone.start.click();
    assert.match((await stuck(trouble)).todo, cure);
    await phone.close();
  });
}

test('a page in the background is told to the operator, and that it is back', async () => {
  const phone = await Phone.open(browser);
  await phone.pair(await code());
  await hide(phone.page, true);
  const hidden = await stuck('page_hidden');
  assert.match(hidden.todo, /keep it open/);
  await hide(phone.page, false);
  await row('is back', (row) => row.id === hidden.id && row.trouble === 'not_started');
  await phone.close();
});

test('a browser that gives no camera is told to the operator', async () => {
  const phone = await Phone.open(browser);
  await phone.page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'mediaDevices', { value: undefined });
  });
  await phone.page.goto(await code());
  assert.match((await stuck('insecure')).todo, /with https, in Safari or Chrome/);
  await phone.close();
});

test('a code that was used, and no code at all', async () => {
  const url = await code();
  const first = await Phone.open(browser);
  await first.pair(url);
  const second = await Phone.open(browser);
  await second.page.goto(url);
  await second.page.getByText('used already').waitFor();
  await second.page.getByText('shows a fresh code').waitFor();
  assert.match((await stuck('code_used')).todo, /Scan the code/);
  await second.page.goto(framekeep.url);
  await second.says(/not paired/);
  await stuck('not_paired');
  await second.page.goto(await code());
  await second.says(/Ready/);
  await first.close();
  await second.close();
});

test('a name in use waits for the operator, and is told so', async () => {
  const phone = await Phone.open(browser);
  await phone.pair(await code());
  await phone.name.fill('Operator');
  await phone.start.click();
  await phone.says(/Waiting for the operator/);
  assert.match((await stuck('name_asked')).todo, /yes or no/);
  await phone.close();
});

test('a viewer looks on: live pictures and kept frames of everybody, and nothing to press', async () => {
  const camera = await Phone.open(browser);
  await camera.pair(await code());
  await camera.film('Film');
  await camera.says(/Still|Motion/);
  const viewer = await Phone.open(browser);
  await viewer.page.goto(await code('viewer'));
  await viewer.page.waitForURL(/\/watch$/);
  const live = viewer.page.getByRole('img', { name: /Live picture of Film/ });
  await until('the live picture to be there', () => live.evaluate((img) => img.naturalWidth > 0));
  assert.equal(await viewer.page.getByRole('link', { name: 'Film with this device' }).isVisible(), false);
  assert.equal(await viewer.page.getByRole('button').count(), 0);
  const refused = await viewer.fetch('/api/v1/me/user', { method: 'PUT', body: '{"user":"Film"}' });
  assert.deepEqual([refused.status, refused.body.error.code], [403, 'viewer_only']);
  // The page that films is not the viewer's.
  await viewer.page.goto(framekeep.url);
  await viewer.page.waitForURL(/\/watch$/);
  const row = (await operator('GET', '/api/v1/devices')).body.devices.find((device) => device.role === 'viewer');
  await operator('DELETE', `/api/v1/devices/${row.id}`);
  await viewer.page.getByText('not paired').waitFor();
  assert.deepEqual(viewer.complaints, []);
  await viewer.close();
  await camera.close();
});

test('a viewer who is sent away while the lists are on their way is not told by them that all is well', async () => {
  const viewer = await Phone.open(browser);
  let release = () => {};
  const released = new Promise((resolve) => (release = resolve));
  let asked = () => {};
  const answered = new Promise((resolve) => (asked = resolve));
  await viewer.page.route('**/api/v1/frames?*', async (route) => {
    const response = await route.fetch();
    asked();
    await released;
    await route.fulfill({ response });
  });
  await viewer.page.goto(await code('viewer'));
  await viewer.page.waitForURL(/\/watch$/);
  await answered;
  const row = (await operator('GET', '/api/v1/devices')).body.devices.find((device) => device.role === 'viewer');
  await operator('DELETE', `/api/v1/devices/${row.id}`);
  await viewer.page.getByText('not paired').waitFor();
  const late = viewer.page.waitForResponse(/\/api\/v1\/frames\?/);
  release();
  await (await late).finished();
  // What the page does with the answer it does in its next turns.
  await viewer.page.waitForTimeout(300);
  assert.equal(await viewer.page.getByText('not paired').isVisible(), true);
  await viewer.close();
});

test('an operator’s browser finds the cameras and may film', async () => {
  const phone = await Phone.open(browser);
  await phone.page.goto(await code('operator'));
  await phone.page.waitForURL(/\/watch$/);
  await phone.page.getByRole('link', { name: 'Film with this device' }).click();
  await phone.page.getByRole('button', { name: 'Start camera' }).waitFor();
  await phone.close();
});

/** A browser with a home of its own, which believes the computer's authority or not, and nothing else is loosened. */
async function ownBrowser(believes) {
  const home = mkdtempSync(join(tmpdir(), 'framekeep-home-'));
  const database = join(home, '.pki/nssdb');
  mkdirSync(database, { recursive: true });
  const certutil = (...args) => execFileSync('certutil', [...args, '-d', `sql:${database}`], { env: { ...process.env, HOME: home } });
  certutil('-N', '--empty-password');
  if (believes) {
    const authority = join(framekeep.dataDir, 'certificates/authority.pem');
    certutil('-A', '-t', 'C,,', '-n', 'framekeep', '-i', authority);
  }
  const context = await chromium.launchPersistentContext(join(home, 'profile'), {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    env: { ...process.env, HOME: home },
  });
  const close = async () => {
    await context.close();
    rmSync(home, { recursive: true, force: true });
  };
  return { page: context.pages()[0] ?? (await context.newPage()), close };
}

const result = (page, name) => page.locator(`[data-result=${name}]`);
const warning = (page) => page.getByRole('heading', { name: /not private/ });

test('a browser that does not believe the certificate: the operator is told, the help page and the page behind the warning say so', async () => {
  const { page, close } = await ownBrowser(false);
  try {
    const address = new URL(framekeep.url).host;
    await page.goto(await code()).catch((error) => assert.match(error.message, /ERR_CERT_AUTHORITY_INVALID/));
    // The warning is a page of its own, which comes after the refusal: a visit begun before it stands is broken off by it.
    await warning(page).waitFor();
    assert.match((await stuck('certificate_refused')).todo, /Advanced, then Proceed/);

    await page.goto(`http://${address}/`);
    await result(page, 'refused').waitFor();
    const words = await page.locator('.phrase').innerText();
    assert.equal(words.split(' ').length, 8);
    assert.ok(framekeep.printed.includes(words), 'the computer shows the same words');

    // Past the warning, as a person goes: the browser believes nothing, and this page says so.
    await page.goto(`https://${address}/trust`).catch(() => {});
    await warning(page).waitFor();
    await page.keyboard.type('thisisunsafe');
    await result(page, 'warned').waitFor({ timeout: 20_000 });
    assert.equal(await page.locator('.phrase').innerText(), words);
  } finally {
    await close();
  }
});

test('a browser that believes the authority: no warning, and both pages say that it worked, also after a restart', async () => {
  const { page, close } = await ownBrowser(true);
  try {
    const address = () => new URL(framekeep.url).host;
    await page.goto(`http://${address()}/`);
    await result(page, 'opened').waitFor();
    await page.goto(`https://${address()}/trust`);
    await result(page, 'known').waitFor();
    await framekeep.kill();
    await framekeep.start();
    await page.goto(`https://${address()}/trust`);
    await result(page, 'known').waitFor();
  } finally {
    await close();
  }
});
