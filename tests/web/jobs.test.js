import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { about } from '../../web/job-card.js';
import { bars, curve } from '../../web/plot.js';
import { duration, says } from '../../web/words-jobs.js';

const job = {
  id: 7,
  kind: 'clip',
  payload: {},
  priority: 'normal',
  state: 'running',
  attempts: 1,
  most_attempts: 5,
  run_at: 1000,
  created_at: 1000,
  started_at: 61_000,
  finished_at: null,
  worker: 'studio-1-0',
  progress: 0.25,
  note: 'joining chunks',
  left_ms: 180_000,
  failure: '',
  cancelling: false,
};

test('a running job says how far it is, what it does and how long it will take', () => {
  assert.equal(about(job, 121_000), '25 % · joining chunks · about 3 min left · running for 1 min · studio-1-0');
  assert.doesNotMatch(about({ ...job, left_ms: null }, 121_000), /left/);
  assert.match(about({ ...job, cancelling: true }, 121_000), /is to be cancelled/);
});

test('a job that failed and is tried again says when, and how often it failed', () => {
  const failed = { ...job, state: 'waiting', attempts: 2, run_at: 130_000, failure: 'attempt 2: the disk was full' };
  assert.equal(about(failed, 121_000), 'to be begun in 9 s · failed 2 of 5 times');
  assert.equal(about({ ...failed, failure: '', run_at: 1000 }, 121_000), 'waiting for 2 min');
});

test('durations are said as people say them', () => {
  const cases = [[0, '0 s'], [59_400, '59 s'], [90_000, '2 min'], [3_600_000, '1 h'], [11_100_000, '3 h 5 min'], [259_200_000, '3 days']];
  for (const [ms, expected] of cases) assert.equal(duration(ms), expected);
});

test('bars fill their height by the largest, and nothing has no bar', () => {
  const [a, b] = bars([0, 2, 0, 4]);
  assert.deepEqual([a.x, a.y, a.height], [60, 30, 30]);
  assert.deepEqual([b.x, b.y, b.height], [180, 0, 60]);
  assert.equal(bars([1], 10)[0].height, 6, 'little does not look like much');
});

test('a curve begins at the left and ends at the right', () => {
  const samples = [{ at: 0, value: 0 }, { at: 50, value: 5 }, { at: 100, value: 10 }];
  assert.equal(curve(samples, 0, 100, 1), '0,60 120,30 240,0');
  assert.equal(curve([{ at: 0, value: 1 }], 0, 0, 10), '0,54');
});

test('the page says before JavaScript runs what the words say', () => {
  const html = readFileSync(new URL('../../web/jobs.html', import.meta.url), 'utf8');
  const places = [...html.matchAll(/data-says="(\w+)"[^>]*>([^<]*)</g)];
  assert.equal(places.length, Object.keys(says.page).length);
  for (const [, key, text] of places) assert.equal(text, says.page[key], key);
});
