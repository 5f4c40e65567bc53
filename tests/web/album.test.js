import assert from 'node:assert/strict';
import test from 'node:test';

import { Album, dayName, lengthOf, timeSpan } from '../../web/album.js';
import { words } from '../../web/words.js';

const at = (hour, minute, second, day = 20) => new Date(2026, 10, day, hour, minute, second).getTime();
const frame = (id, captured_at, more = {}) => ({
  id, user: 'Anna', camera: 'phone', seq: 0, captured_at, width: 4, height: 3, bytes: 10, format: 'jpeg', score: 0, event: null,
  peak: false, ...more,
});

/** The album as text: one line a group, frames from left to right. */
const drawn = (album) =>
  album.days().flatMap((day) => day.groups.map((group) => group.frames.map((f) => (f.peak ? `${f.id}*` : f.id)).join(' ')));

test('the newest comes first, the peak of each event before the others', () => {
  const album = new Album();
  album.add([
    frame('a', at(9, 0, 1), { event: 1 }),
    frame('b', at(9, 0, 2), { event: 1, peak: true }),
    frame('c', at(9, 0, 3), { event: 1 }),
    frame('d', at(9, 5, 0), { event: 2 }),
  ]);
  assert.deepEqual(drawn(album), ['d', 'b* c a']);
});

test('days are apart, and frames without an event lie by the hour', () => {
  const album = new Album();
  album.add([frame('a', at(23, 59, 59, 19)), frame('b', at(0, 0, 1)), frame('c', at(0, 30, 0)), frame('d', at(1, 0, 0))]);
  assert.deepEqual(album.days().map((day) => day.groups.length), [2, 1]);
  assert.deepEqual(drawn(album), ['d', 'c b', 'a']);
});

test('two cameras that film one event at once stay apart', () => {
  const album = new Album();
  album.add([frame('a', at(9, 0, 1), { event: 1 }), frame('b', at(9, 0, 2), { event: 2, camera: 'back' }), frame('c', at(9, 0, 3), { event: 1 })]);
  assert.deepEqual(drawn(album), ['c a', 'b']);
});

test('a frame told twice is there once, with the newest knowledge', () => {
  const album = new Album();
  album.add([frame('a', at(9, 0, 1), { event: 1 })]);
  album.add([frame('a', at(9, 0, 1), { event: 1, peak: true })]);
  assert.equal(album.size, 1);
  assert.deepEqual(drawn(album), ['a*']);
});

test('a page that begins later tells what was deleted meanwhile, but not of what lies before it', () => {
  const album = new Album();
  album.add([frame('a', at(9, 0, 1)), frame('b', at(9, 0, 2)), frame('c', at(9, 0, 3))]);
  assert.deepEqual(album.missingFrom([frame('c', at(9, 0, 3)), frame('a', at(9, 0, 1))], false), ['b']);
  assert.deepEqual(album.missingFrom([frame('c', at(9, 0, 3))], false), []);
  assert.deepEqual(album.missingFrom([frame('c', at(9, 0, 3))], true), ['b', 'a']);
  assert.deepEqual(album.missingFrom([], true), ['c', 'b', 'a']);
});

test('days have names', () => {
  const now = at(12, 0, 0);
  assert.equal(dayName(at(0, 0, 1), now, words), 'Today');
  assert.equal(dayName(at(23, 0, 0, 19), now, words), 'Yesterday');
  assert.match(dayName(at(23, 0, 0, 13), now, words), /Friday/);
  assert.match(dayName(new Date(2025, 1, 3).getTime(), now, words), /2025/);
});

test('spans and sizes are short', () => {
  assert.equal(timeSpan(at(9, 0, 1), at(9, 0, 1)), '09:00:01');
  assert.equal(timeSpan(at(9, 0, 1), at(9, 2, 0)), '09:00:01–09:02:00');
  assert.deepEqual([0, 999, 1400, 18_400_000, 214e9].map(words.size), ['0 bytes', '999 bytes', '1.4 kB', '18.4 MB', '214 GB']);
});

test('a length is minutes and seconds, and hours where there are any', () => {
  const table = [[0, '0:00'], [4400, '0:04'], [59_600, '1:00'], [605_000, '10:05'], [3_600_000, '1:00:00'], [36_061_000, '10:01:01']];
  for (const [ms, text] of table) assert.equal(lengthOf(ms), text);
});
