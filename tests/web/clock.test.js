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

test('a clock that was set is noticed before a time of it is told, and one that was set back mended at once', () => {
  const clock = new ServerClock();
  clock.learn(1000, 1010, 6005);
  assert.equal(clock.isShaken(2000, 500), false, 'there is nothing to compare with yet');
  assert.equal(clock.isShaken(3050, 1500), false, 'a clock that is drawn near');
  // Set back by half a second: less than would be noticed by an answer.
  assert.equal(clock.isShaken(3550, 2500), true);
  assert.equal(clock.toServer(3550), 9050);
  clock.learn(3600, 3700, 9150);
  assert.equal(clock.offsetMs, 5500, 'the answer of before the setting does not count, though it came more quickly');
  assert.equal(clock.isShaken(4550, 3500), false);
  // Set forward, or slept: until the computer has said which, what was known counts.
  assert.equal(clock.isShaken(65_550, 4500), true);
  assert.equal(clock.isShaken(66_550, 5500), false, 'it is told once');
  assert.equal(clock.offsetMs, 5500);
  clock.learn(66_550, 66_750, 11_150);
  assert.equal(clock.offsetMs, -55_500);
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
