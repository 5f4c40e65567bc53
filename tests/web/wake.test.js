import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { WakeLock } from '../../web/wake.js';
import { settled } from './simulated.js';

/** A phone that gives wake locks, or refuses, and counts how often it was asked. */
let phone;

beforeEach(() => {
  phone = { asked: 0, refuses: false, given: [], page: Object.assign(new EventTarget(), { visibilityState: 'visible' }) };
  globalThis.document = phone.page;
  const request = async () => {
    phone.asked += 1;
    await settled();
    if (phone.refuses) throw new DOMException('the battery is low', 'NotAllowedError');
    const lock = new EventTarget();
    lock.release = async () => lock.dispatchEvent(new Event('release'));
    phone.given.push(lock);
    return lock;
  };
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { wakeLock: { request } } });
});

/** The page draws itself again and again while it films. */
async function draw(wakeLock, times = 20) {
  for (let n = 0; n < times; n += 1) {
    wakeLock.want(true);
    await settled();
    await settled();
  }
}

async function seen(visibilityState) {
  phone.page.visibilityState = visibilityState;
  phone.page.dispatchEvent(new Event('visibilitychange'));
  await settled();
  await settled();
}

test('a phone that refuses is asked once, and again when the page is seen anew', async () => {
  phone.refuses = true;
  const wakeLock = new WakeLock();
  await draw(wakeLock);
  assert.equal(phone.asked, 1);
  phone.refuses = false;
  await seen('hidden');
  await seen('visible');
  assert.equal(phone.asked, 2);
  assert.equal(wakeLock.held, true);
});

test('a lock that the phone takes back while the page is seen is not fought for', async () => {
  const wakeLock = new WakeLock();
  await draw(wakeLock);
  await phone.given[0].release();
  await draw(wakeLock);
  assert.equal(phone.asked, 1);
  assert.equal(wakeLock.held, false);
});

test('the next start asks again', async () => {
  phone.refuses = true;
  const wakeLock = new WakeLock();
  await draw(wakeLock);
  wakeLock.want(false);
  await draw(wakeLock);
  assert.equal(phone.asked, 2);
});

test('one lock is held while it films, and none afterwards', async () => {
  const wakeLock = new WakeLock();
  await draw(wakeLock);
  assert.equal(phone.asked, 1);
  assert.equal(wakeLock.held, true);
  let released = false;
  phone.given[0].addEventListener('release', () => (released = true));
  wakeLock.want(false);
  await settled();
  assert.equal(released, true);
  assert.equal(wakeLock.held, false);
});

test('a lock that comes when it is no longer wanted is given back', async () => {
  const wakeLock = new WakeLock();
  wakeLock.want(true);
  wakeLock.want(false);
  await settled();
  await settled();
  assert.equal(wakeLock.held, false);
});

test('a lock that the phone took while the page was hidden is asked for again', async () => {
  const wakeLock = new WakeLock();
  await draw(wakeLock);
  await seen('hidden');
  await phone.given[0].release();
  await draw(wakeLock);
  assert.equal(phone.asked, 1);
  await seen('visible');
  assert.equal(phone.asked, 2);
  assert.equal(wakeLock.held, true);
});
