import assert from 'node:assert/strict';
import test from 'node:test';

import { Tally } from '../../web/tally.js';

test('a kept frame counts once, and only one of this run and of its cameras', () => {
  const tally = new Tally();
  const frame = { id: '1', camera: 'back', captured_at: 2000 };
  tally.kept(frame);
  assert.equal(tally.counts.kept, 0, 'nothing is filmed yet');
  tally.begin(1000);
  tally.film('back');
  tally.kept(frame);
  tally.kept(frame);
  tally.kept({ ...frame, id: '2', camera: 'front' });
  tally.kept({ ...frame, id: '3', captured_at: 999 });
  assert.equal(tally.counts.kept, 1);
  tally.film('front');
  tally.kept({ ...frame, id: '2', camera: 'front' });
  assert.equal(tally.counts.kept, 2);
  tally.begin(1000);
  assert.equal(tally.counts.kept, 0);
});

test('answers are counted, and the newest scores are remembered', () => {
  const tally = new Tally();
  tally.begin(0);
  for (let n = 0; n < 100; n += 1) tally.judged({ score: n / 100, motion: n % 2 === 0 });
  tally.judged(null);
  assert.deepEqual(tally.counts, { sent: 101, motion: 50, kept: 0 });
  assert.deepEqual([tally.scores.length, tally.scores[0].score, tally.scores[89].score], [90, 0.1, 0.99]);
});
