import assert from 'node:assert/strict';
import test from 'node:test';

import { ServerClock, realTimers } from '../../web/clock.js';

test('nothing is added before the computer was asked', () => {
  assert.equal(new ServerClock().toServer(1234), 1234);
});

test('a phone that is five seconds slow adds five seconds', () => {
  const clock = new ServerClock();
  clock.learn(1000, 1040, 6020);
  assert.equal(clock.offsetMs, 5000);
  assert.equal(clock.toServer(2000), 7000);
});

test('the answer with the shortest round trip is believed', () => {
  const clock = new ServerClock();
  clock.learn(1000, 1800, 6780);
  clock.learn(2000, 2020, 7010);
  clock.learn(3000, 3900, 8000);
  assert.equal(clock.offsetMs, 5000);
});

test('a clock that was set is noticed', () => {
  const clock = new ServerClock();
  clock.learn(1000, 1010, 6005);
  clock.learn(2000, 2200, 62_100);
  assert.equal(clock.offsetMs, 60_000);
});

test('old answers are forgotten, as clocks drift', () => {
  const clock = new ServerClock();
  clock.learn(1000, 1002, 6001);
  const hour = 3_600_000;
  clock.learn(hour, hour + 400, hour + 200 + 4500);
  assert.equal(clock.offsetMs, 4500);
});

test('what is planned goes by a clock that nobody can set', (t) => {
  t.mock.method(Date, 'now', () => 0);
  assert.equal(realTimers.wall(), 0);
  const before = realTimers.now();
  assert.ok(before > 0);
  assert.ok(realTimers.now() >= before);
});

test('answers without a time are ignored', () => {
  const clock = new ServerClock();
  clock.learn(1000, 1010, undefined);
  clock.learn(1000, 900, 5000);
  assert.equal(clock.offsetMs, 0);
});
