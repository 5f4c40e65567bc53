import assert from 'node:assert/strict';
import test from 'node:test';

import { FIRST_PAUSE_MS, LONGEST_PAUSE_MS, Sender, TROUBLE_PAUSE_MS } from '../../web/sender.js';
import { SimulatedTimers, settled } from './simulated.js';

/** A sender with a camera that always has a picture and a computer whose answers the test gives. */
function stage({ answer = () => ({ kind: 'ok', intervalMs: 0, answer: {} }), random = () => 1 } = {}) {
  const timers = new SimulatedTimers();
  const began = timers.now();
  const seen = { taken: [], posted: [], skipped: [], outcomes: [], open: 0, mostOpen: 0 };
  let seq = 0;
  const sender = new Sender({
    timers,
    random,
    capture: async () => {
      seen.taken.push(timers.now() - began);
      return { seq: seq++, capturedAt: timers.now(), preview: null, whole: null, moved: false };
    },
    onSkip: (picture) => seen.skipped.push(picture.seq),
    post: async (picture) => {
      seen.posted.push({ seq: picture.seq, at: timers.now() - began, taken: picture.capturedAt - began });
      seen.mostOpen = Math.max(seen.mostOpen, ++seen.open);
      const outcome = await answer(seen.posted.length - 1, timers);
      seen.open -= 1;
      return outcome;
    },
    onOutcome: (outcome, _picture, silences) => seen.outcomes.push({ kind: outcome.kind, silences }),
  });
  return { timers, sender, seen };
}

const later = (ms, outcome) => (_index, timers) => new Promise((done) => timers.after(ms, () => done(outcome)));
const ok = { kind: 'ok', intervalMs: 0, answer: {} };

test('the first frame goes at once, the others at the chosen rate', async () => {
  const { timers, sender, seen } = stage();
  sender.setInterval(500);
  sender.start();
  await timers.pass(2000);
  assert.deepEqual(seen.posted.map((p) => p.at), [0, 500, 1000, 1500, 2000]);
  assert.deepEqual(seen.posted.map((p) => p.seq), [0, 1, 2, 3, 4]);
});

test('one request is under way at a time, and the newest frame is the next', async () => {
  const { timers, sender, seen } = stage({ answer: later(1000, ok) });
  sender.setInterval(300);
  sender.start();
  await timers.pass(2100);
  assert.equal(seen.mostOpen, 1);
  assert.deepEqual(seen.posted.map((p) => p.at), [0, 1000, 2000]);
  assert.deepEqual(seen.posted.map((p) => p.taken), [0, 900, 1800], 'frames in between were replaced by newer ones');
  assert.equal(sender.skipped, 4);
  assert.deepEqual(seen.skipped, [1, 2, 4, 5], 'and each of them is told');
});

test('frames are sent in the order in which they were taken', async () => {
  let n = 0;
  const { timers, sender, seen } = stage({ answer: (i, timers) => later([10, 400, 90][n++ % 3], ok)(i, timers) });
  sender.setInterval(100);
  sender.start();
  await timers.pass(3000);
  const order = seen.posted.map((p) => p.seq);
  assert.deepEqual(order, [...order].sort((a, b) => a - b));
});

test('after 429 nothing is taken or sent before the computer allows it, then a fresh frame goes', async () => {
  const { timers, sender, seen } = stage({ answer: (i) => (i === 0 ? { kind: 'busy', retryMs: 1700 } : ok) });
  sender.setInterval(200);
  sender.start();
  await timers.pass(1600);
  assert.deepEqual(seen.posted.map((p) => p.at), [0]);
  assert.deepEqual(seen.taken, [0]);
  await timers.pass(200);
  assert.deepEqual(seen.posted.map((p) => p.at), [0, 1700]);
  assert.equal(seen.posted[1].taken, 1700);
});

test('the interval that the computer asks for is kept, and given back when it no longer asks', async () => {
  const { timers, sender, seen } = stage({ answer: (i) => ({ kind: 'ok', intervalMs: i < 2 ? 1000 : 0, answer: {} }) });
  sender.setInterval(100);
  sender.start();
  await timers.pass(2500);
  const gaps = seen.posted.map((p) => p.at).slice(1).map((at, i) => at - seen.posted[i].at);
  assert.ok(gaps[1] >= 1000, `${gaps}`);
  assert.equal(gaps[gaps.length - 1], 100);
});

test('a silent computer is asked again after a pause that doubles up to its limit', async () => {
  const { timers, sender, seen } = stage({ answer: () => ({ kind: 'silent' }) });
  sender.setInterval(100);
  sender.start();
  await timers.pass(20_000);
  const gaps = seen.posted.map((p) => p.at).slice(1).map((at, i) => at - seen.posted[i].at);
  assert.deepEqual(gaps.slice(0, 5), [FIRST_PAUSE_MS, 1000, 2000, 4000, LONGEST_PAUSE_MS]);
  assert.deepEqual(seen.outcomes.map((o) => o.silences).slice(0, 3), [1, 2, 3]);
});

test('a frame that nobody answered is not sent again: whoever hears of it keeps it', async () => {
  const { timers, sender, seen } = stage({ answer: (i) => (i === 0 ? { kind: 'silent' } : ok) });
  sender.setInterval(1000);
  sender.start();
  await timers.pass(3000);
  const order = seen.posted.map((p) => p.seq);
  assert.deepEqual(order, [...new Set(order)]);
  assert.equal(order[1], 1);
});

test('retries of many phones are spread', async () => {
  const { timers, sender, seen } = stage({ answer: () => ({ kind: 'silent' }), random: () => 0 });
  sender.start();
  await timers.pass(FIRST_PAUSE_MS);
  assert.equal(seen.posted[1].at, FIRST_PAUSE_MS * 0.8);
});

test('when the computer is back the frames go on at the chosen rate', async () => {
  const { timers, sender, seen } = stage({ answer: (i) => (i < 3 ? { kind: 'silent' } : ok) });
  sender.setInterval(1000);
  sender.start();
  await timers.pass(6600);
  assert.deepEqual(seen.posted.map((p) => p.at), [0, 500, 1500, 3500, 4500, 5500, 6500]);
});

test('a network that comes back is tried at once', async () => {
  const { timers, sender, seen } = stage({ answer: (i) => (i < 4 ? { kind: 'silent' } : ok) });
  sender.start();
  await timers.pass(4000);
  const before = seen.posted.length;
  sender.hurry();
  await timers.pass(0);
  assert.equal(seen.posted.length, before + 1);
});

test('a frame that was not saved is not sent twice', async () => {
  const trouble = { kind: 'notSaved', message: 'full', todo: '', answer: null };
  const { timers, sender, seen } = stage({ answer: (i) => (i === 0 ? trouble : ok) });
  sender.setInterval(100);
  sender.start();
  await timers.pass(TROUBLE_PAUSE_MS + 50);
  assert.deepEqual(seen.posted.map((p) => p.at), [0, TROUBLE_PAUSE_MS]);
  assert.notEqual(seen.posted[0].seq, seen.posted[1].seq);
});

test('a frame that the computer could not read holds back but does not stop', async () => {
  const { timers, sender, seen } = stage({ answer: (i) => (i === 0 ? { kind: 'refused', message: '' } : ok) });
  sender.setInterval(1000);
  sender.start();
  await timers.pass(3500);
  assert.deepEqual(seen.posted.map((p) => p.at), [0, 2000, 3000]);
});

for (const kind of ['unpaired', 'nameless']) {
  test(`${kind}: nothing more is sent`, async () => {
    const { timers, sender, seen } = stage({ answer: () => ({ kind }) });
    sender.setInterval(100);
    sender.start();
    await timers.pass(5000);
    assert.equal(seen.posted.length, 1);
    assert.equal(sender.running, false);
    assert.equal(timers.planned, 0);
  });
}

test('after stop nothing is taken or sent, and stop tells when the last request has arrived', async () => {
  const { timers, sender, seen } = stage({ answer: later(400, ok) });
  sender.setInterval(100);
  sender.start();
  await timers.pass(250);
  let arrived = false;
  void sender.stop().then(() => (arrived = true));
  await settled();
  assert.equal(arrived, false);
  await timers.pass(1000);
  assert.equal(arrived, true);
  assert.equal(seen.posted.length, 1);
  assert.deepEqual(seen.outcomes.map((o) => o.kind), ['ok'], 'a frame that arrived still counts');
});

test('a new start does not wait for the pause of the old one', async () => {
  const { timers, sender, seen } = stage({ answer: (i) => (i === 0 ? { kind: 'silent' } : ok) });
  sender.start();
  await timers.pass(10);
  void sender.stop();
  sender.start();
  await timers.pass(10);
  assert.equal(seen.posted.length, 2);
});

test('a new start waits for as long as the computer asked for', async () => {
  const { timers, sender, seen } = stage({ answer: (i) => (i === 0 ? { kind: 'busy', retryMs: 3000 } : ok) });
  sender.start();
  await timers.pass(10);
  void sender.stop();
  sender.start();
  await timers.pass(3500);
  assert.deepEqual(seen.posted.map((p) => p.at), [0, 3000]);
});

test('skipped frames tell of a network that is slow now, not of one that was', async () => {
  let took = 1000;
  const { timers, sender } = stage({ answer: (i, timers) => later(took, ok)(i, timers) });
  sender.setInterval(300);
  sender.start();
  await timers.pass(4000);
  assert.ok(sender.skipped > 4, `${sender.skipped}`);
  took = 10;
  await timers.pass(3000);
  assert.equal(sender.skipped, 0);
});

test('frames of the time in which the computer was gone are no sign of a slow network', async () => {
  const { timers, sender } = stage({ answer: later(5000, { kind: 'silent' }) });
  sender.setInterval(100);
  sender.start();
  await timers.pass(5100);
  assert.equal(sender.skipped, 0);
});

test('a faster rate is in force at once', async () => {
  const { timers, sender, seen } = stage();
  sender.setInterval(10_000);
  sender.start();
  await timers.pass(1000);
  sender.setInterval(200);
  await timers.pass(1000);
  assert.deepEqual(seen.posted.map((p) => p.at), [0, 1200, 1400, 1600, 1800, 2000]);
});

test('a phone that slept does not hurry through the past', async () => {
  const { timers, sender, seen } = stage({ answer: later(5000, ok) });
  sender.setInterval(100);
  sender.start();
  await timers.pass(5000);
  seen.posted.length = 0;
  await timers.pass(9000);
  assert.ok(seen.posted.length <= 2, `${seen.posted.length}`);
});

test('a phone whose clock is set back goes on at the same rate', async () => {
  const { timers, sender, seen } = stage();
  sender.start();
  await timers.pass(2000);
  timers.wallSetBy = -3_600_000;
  seen.posted.length = 0;
  await timers.pass(60_000);
  assert.equal(seen.posted.length, 60);
});

test('a camera without a picture sends nothing', async () => {
  const timers = new SimulatedTimers();
  let posted = 0;
  let asked = 0;
  const sender = new Sender({
    timers,
    capture: async () => {
      asked += 1;
      if (asked === 2) throw new Error('the canvas is gone');
      return null;
    },
    post: async () => {
      posted += 1;
      return ok;
    },
    onSkip: () => {},
    onOutcome: () => {},
  });
  sender.setInterval(100);
  sender.start();
  await timers.pass(1000);
  assert.equal(posted, 0);
  assert.ok(asked >= 10);
});
