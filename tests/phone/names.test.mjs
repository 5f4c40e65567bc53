// Names and devices: the operator's yes, no and removal reach the phone by themselves.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Phone } from './support/phone.mjs';
import { setStage } from './support/stage.mjs';
import { until } from './support/until.mjs';

let framekeep;
let browser;
let owner;
let operator;

setStage({}, async (stage) => {
  ({ framekeep, browser } = stage);
  operator = new Operator(framekeep, browser);
  await operator.open();
  owner = await newPhone();
  await owner.film('Anna');
  await owner.says(/Still|Motion/);
  await owner.stopFilming();
});

/** A phone that used up the ticket on the screen. */
async function newPhone() {
  const ticket = framekeep.pairingUrl;
  const phone = await Phone.open(browser);
  await phone.pair(ticket);
  await framekeep.nextTicket(ticket);
  return phone;
}

/** The operator, by a token of the command line. */
class Operator {
  constructor(framekeep, browser) {
    this.framekeep = framekeep;
    this.browser = browser;
  }

  async open() {
    const token = this.framekeep.token('--user', 'Operator', '--operator');
    const context = await this.browser.newContext({
      ignoreHTTPSErrors: true,
      extraHTTPHeaders: { Authorization: `Bearer ${token}` },
    });
    this.request = context.request;
  }

  async requestFor(name) {
    return until(`a request for the name ${name}`, async () => {
      const answer = await this.request.get(`${this.framekeep.url}/api/v1/devices`);
      return (await answer.json()).requests.find((request) => request.user === name);
    });
  }

  async do(method, path, data) {
    const answer = await this.request.fetch(`${this.framekeep.url}/api/v1/devices/${path}`, { method, data });
    assert.equal(answer.status(), 204, `${method} ${path}`);
  }
}

test('a name in use waits for the operator; after the yes the camera that was asked for starts', async () => {
  const phone = await newPhone();
  await phone.name.fill('anna');
  await phone.start.click();
  await phone.says(/is in use. Waiting for the operator/);
  assert.match(await phone.sign.innerText(), /Not filming/, 'nobody is filmed while the name waits');
  const request = await operator.requestFor('anna').catch(() => operator.requestFor('Anna'));
  await operator.do('POST', `${request.device}/approve`, { user: request.user });
  await phone.says(/Still|Motion/);
  assert.match(await phone.sign.innerText(), /Recording\s+Anna/i);
  await phone.close();
});

test('after a no the phone says so, and another name is free', async () => {
  const phone = await newPhone();
  await phone.name.fill('Anna');
  await phone.start.click();
  await phone.says(/Waiting/);
  const request = await operator.requestFor('Anna');
  await operator.do('POST', `${request.device}/refuse`);
  await phone.says(/did not give you the name Anna/);
  await phone.film('Berta');
  await phone.says(/Still|Motion/);
  await phone.close();
});

test('a phone that is removed while it films stops at once and says what to do', async () => {
  const phone = await newPhone();
  await phone.film('Carl');
  await phone.says(/Still|Motion/);
  const { body } = await phone.fetch('/api/v1/me');
  await operator.do('DELETE', body.device.id);
  await phone.says(/removed this phone/);
  await phone.says(/scan the code/);
  assert.match(await phone.sign.innerText(), /Not filming/);
  assert.equal(await phone.page.evaluate(() => document.querySelector('video').srcObject), null, 'the camera is let go');
  await phone.close();
});

test('a phone that scans a code again stays who it is and leaves the code to others', async () => {
  const phone = await newPhone();
  await phone.film('Dora');
  await phone.says(/Still|Motion/);
  const before = (await phone.fetch('/api/v1/me')).body;
  const ticket = framekeep.pairingUrl;
  // As from the camera app: from elsewhere, where a cookie that is SameSite=Strict is left out.
  await phone.page.route('https://elsewhere.example/', (route) =>
    route.fulfill({ contentType: 'text/html', body: `<a href="${ticket}">scan</a>` }));
  await phone.page.goto('https://elsewhere.example/');
  await phone.page.getByRole('link').click();
  await phone.page.waitForURL(`${framekeep.url}/`);
  const { body } = await phone.fetch('/api/v1/me');
  assert.deepEqual([body.device.id, body.user], [before.device.id, 'Dora']);
  assert.equal(framekeep.pairingUrl, ticket, 'the code stays on the screen');
  await phone.close();
});

test('without JavaScript a button pairs', async () => {
  const ticket = framekeep.pairingUrl;
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-US', javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(ticket);
  await page.getByRole('button', { name: 'Pair this phone' }).click();
  await page.waitForURL(`${framekeep.url}/`);
  assert.equal((await context.request.get(`${framekeep.url}/api/v1/me`)).status(), 200);
  await framekeep.nextTicket(ticket);
  await context.close();
});

test('a code works once: the second phone is told to scan the fresh one', async () => {
  const ticket = framekeep.pairingUrl;
  const first = await newPhone();
  const second = await Phone.open(browser);
  const refused = second.page.waitForResponse((answer) => answer.status() === 410);
  await second.page.goto(ticket);
  await refused;
  await second.page.getByRole('heading', { name: 'Scan the code again' }).waitFor();
  await first.close();
  await second.close();
});
