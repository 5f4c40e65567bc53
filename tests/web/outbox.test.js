import assert from 'node:assert/strict';
import test from 'node:test';

import { Depot } from '../../web/depot.js';
import { Outbox } from '../../web/outbox.js';
import { SimulatedTimers } from './simulated.js';

const ok = (answer) => ({ kind: 'ok', intervalMs: 0, answer });
const quiet = { event: null, score: 0, wanted_since: null, best: false };

/** A computer of the test's own: `looks` says what it sees in a preview, `trouble` how it fails instead. */
function stage({ capBytes = 1e9, depot = new Depot({ shelf: null, capBytes }) } = {}) {
  const timers = new SimulatedTimers();
  const computer = { user: 'Anna', trouble: null, looks: () => quiet, frames: [], previews: [], outcomes: [] };
  const api = {
    sendFrame: async (camera, { seq, capturedAt, blob }, judged) => {
      if (computer.trouble) return computer.trouble;
      computer.frames.push({ camera, seq, capturedAt, text: await blob.text(), ...judged });
      return ok({ saved: true, frame: `${camera} ${capturedAt}` });
    },
    sendPreview: async (camera, { seq, capturedAt, blob }, how) => {
      if (computer.trouble) return computer.trouble;
      computer.previews.push({ camera, seq, capturedAt, text: await blob.text(), ...how });
      return ok({ ...quiet, ...computer.looks(capturedAt) });
    },
  };
  const user = () => computer.user;
  const outbox = new Outbox({ depot, api, timers, user, onOutcome: (outcome) => computer.outcomes.push(outcome.kind) });
  return { timers, computer, outbox, depot };
}

const taken = (capturedAt, whole = true) => ({
  camera: 'back',
  seq: capturedAt / 1000,
  capturedAt,
  moved: false,
  preview: new Blob([`small ${capturedAt}`]),
  whole: whole ? new Blob([`large ${capturedAt}`]) : null,
});

const judged = { event: 5, score: 0.2, peak: false };
const seqs = (list) => list.map(({ seq }) => seq);

test('what is wanted is sent once with what was said of it, and is gone then', async () => {
  const { timers, computer, outbox } = stage();
  await outbox.wanted(taken(1000), judged);
  await outbox.wanted(taken(1000), judged);
  await timers.pass(100);
  assert.deepEqual(computer.frames[0], { camera: 'back', seq: 1, capturedAt: 1000, text: 'large 1000', ...judged, late: false });
  assert.equal(outbox.count, 0);
});

test('what nobody answers is sent again until somebody does, and nothing is lost or sent twice', async () => {
  const { timers, computer, outbox } = stage();
  computer.trouble = { kind: 'silent' };
  for (let at = 1000; at <= 5000; at += 1000) await outbox.wanted(taken(at), judged);
  await timers.pass(30_000);
  assert.equal(outbox.count, 5);
  assert.ok(computer.outcomes.length < 12, `${computer.outcomes.length} tries in 30 s`);
  computer.trouble = null;
  outbox.hurry();
  await timers.pass(100);
  assert.deepEqual(seqs(computer.frames), [1, 2, 3, 4, 5]);
  assert.equal(outbox.count, 0);
});

test('what was taken while the computer was away is looked at in order, and only what is wanted goes', async () => {
  const { timers, computer, outbox } = stage();
  computer.trouble = { kind: 'silent' };
  for (let at = 1000; at <= 30_000; at += 1000) await outbox.late(taken(at));
  computer.trouble = null;
  // From second 12 to second 14 something moves.
  computer.looks = (at) =>
    at >= 12_000 && at <= 14_000
      ? { event: 7, score: 0.3, wanted_since: at === 12_000 ? 9000 : at }
      : { event: at > 14_000 && at < 17_000 ? 7 : null };
  outbox.hurry();
  await timers.pass(1000);
  assert.equal(outbox.count, 0, 'what may still be asked for does not count as waiting');
  await timers.pass(5000);
  assert.deepEqual(seqs(computer.previews), Array.from({ length: 30 }, (_, n) => n + 1));
  assert.ok(computer.previews.every(({ late, whole }) => late && whole));
  assert.deepEqual(seqs(computer.frames).sort((a, b) => a - b), [9, 10, 11, 12, 13, 14]);
  assert.ok(computer.frames.every(({ late, event, text, seq }) => late && event === 7 && text === `large ${seq * 1000}`));
  assert.deepEqual(computer.frames.map(({ score }) => score).sort(), [0, 0, 0, 0.3, 0.3, 0.3]);
  assert.equal(outbox.depot.count, 0, 'what is not wanted does not stay');
});

test('the best of a late event goes when that is over', async () => {
  const { timers, computer, outbox } = stage();
  computer.trouble = { kind: 'silent' };
  for (let at = 1000; at <= 6000; at += 1000) await outbox.late(taken(at));
  computer.trouble = null;
  computer.looks = (at) =>
    at <= 4000 ? { event: 7, score: at === 3000 ? 0.5 : 0.1, best: [1000, 3000].includes(at) } : { event: null };
  outbox.hurry();
  await timers.pass(6000);
  assert.deepEqual(computer.frames.map(({ seq, event, score, peak }) => ({ seq, event, score, peak })), [
    { seq: 3, event: 7, score: 0.5, peak: true },
  ]);
  assert.equal(outbox.depot.count, 0);
});

test('what led to an event of now and was taken while the computer was away goes, looked at already or not', async () => {
  const { timers, computer, outbox } = stage();
  computer.trouble = { kind: 'silent' };
  for (let at = 1000; at <= 6000; at += 1000) await outbox.late(taken(at));
  computer.trouble = null;
  outbox.hurry();
  await timers.pass(1000);
  assert.equal(computer.previews.length, 6);
  // Two more that nobody has looked at yet, as the last that was taken without an answer.
  computer.trouble = { kind: 'silent' };
  for (const at of [7000, 8000]) await outbox.late(taken(at));
  outbox.wantedSince('back', 4000, 9);
  outbox.wantedSince('front', 1000, 9);
  computer.trouble = null;
  outbox.hurry();
  await timers.pass(10_000);
  assert.deepEqual(seqs(computer.frames).sort(), [4, 5, 6, 7, 8]);
  assert.ok(computer.frames.every(({ event, late }) => event === 9 && late));
  assert.equal(outbox.depot.count, 0);
});

test('a reload in the middle loses nothing', async () => {
  const first = stage();
  first.computer.trouble = { kind: 'silent' };
  for (let at = 1000; at <= 5000; at += 1000) await first.outbox.late(taken(at));
  await first.outbox.wanted(taken(500), judged);
  const second = stage({ depot: first.depot });
  second.computer.looks = (at) => (at === 4000 ? { event: 1, score: 0.1, wanted_since: 1000 } : {});
  second.outbox.hurry();
  await second.timers.pass(1000);
  assert.deepEqual(seqs(second.computer.frames).sort(), [0.5, 1, 2, 3, 4]);
});

test('pictures of one user do not go out under another', async () => {
  const { timers, computer, outbox } = stage();
  computer.trouble = { kind: 'silent' };
  await outbox.wanted(taken(1000), judged);
  computer.trouble = null;
  computer.user = 'Ben';
  outbox.hurry();
  await timers.pass(1000);
  assert.deepEqual(computer.frames, []);
  computer.user = null;
  outbox.hurry();
  computer.user = 'Anna';
  outbox.hurry();
  await timers.pass(1000);
  assert.deepEqual(seqs(computer.frames), [1]);
});

test('when there is no room the oldest go that nobody asked for, and they are counted', async () => {
  const { timers, computer, outbox } = stage({ capBytes: 100 });
  computer.trouble = { kind: 'silent' };
  await outbox.wanted(taken(1000), judged);
  for (let at = 2000; at <= 9000; at += 1000) await outbox.late(taken(at));
  assert.ok(outbox.dropped > 0 && outbox.bytes < 130, `${outbox.dropped} dropped, ${outbox.bytes} bytes`);
  computer.trouble = null;
  outbox.hurry();
  await timers.pass(1000);
  assert.deepEqual(seqs(computer.frames), [1]);
  const left = seqs(computer.previews);
  assert.deepEqual(left, [2, 3, 4, 5, 6, 7, 8, 9].slice(-left.length));
  assert.equal(left.length + outbox.dropped, 8);
});

test('a disk that is full is waited for, and a picture that is refused is not sent for ever', async () => {
  const { timers, computer, outbox } = stage();
  computer.trouble = { kind: 'notSaved', message: 'full', todo: '', answer: null };
  await outbox.wanted(taken(1000), judged);
  await timers.pass(25_000);
  assert.equal(outbox.count, 1);
  assert.equal(computer.outcomes.length, 3);
  computer.trouble = { kind: 'refused', message: '', todo: '' };
  await timers.pass(10_000);
  assert.equal(outbox.count, 0);
  assert.equal(outbox.refused, 1, 'and it is told');
});
