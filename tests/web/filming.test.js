import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Unreachable } from '../../web/api.js';
import { ServerClock } from '../../web/clock.js';
import { Filming } from '../../web/filming.js';
import { Session } from '../../web/session.js';
import { describe } from '../../web/status.js';
import { SimulatedTimers } from './simulated.js';

const device = { id: '7f3a00000000beef', label: 'iPhone, Safari', role: 'camera' };

/** A camera that opens at once, or as the test says, and tells its states as the real one does. */
class CameraDouble {
  supported = true;
  reason = '';
  facing = 'back';
  state = 'off';
  allowed = true;
  opened = [];
  opensAs = 'on';
  #attempt = 0;

  async start(facing) {
    const attempt = ++this.#attempt;
    this.opened.push(facing);
    this.tell('starting');
    await null;
    if (attempt !== this.#attempt) return false;
    this.facing = facing;
    this.tell(this.opensAs);
    return ['on', 'muted'].includes(this.opensAs);
  }

  stop() {
    this.#attempt += 1;
    this.tell('off');
  }

  tell(state) {
    if (state === this.state) return;
    this.state = state;
    this.onState(state);
  }

  wake() {}
  changed = false;
  hasChanged = () => this.changed;
  isAllowed = async () => this.allowed;
  count = async () => 2;
  takePicture = async (wantsWhole) =>
    this.state === 'on' ? { preview: 'small', whole: wantsWhole ? { size: 1 } : null } : null;
}

const still = { motion: false, verdict: 'still', score: 0, event: null, wanted_since: null, best: false, lively: false };

/** Filming with a camera and a computer of the test's own. */
async function stage({ user = 'Anna' } = {}) {
  const timers = new SimulatedTimers();
  const clock = new ServerClock();
  const camera = new CameraDouble();
  const computer = { user, pending: null, problems: [], error: null, names: [], answersAfterMs: 0, sent: [], told: [], ledger: [], outcome: null };
  const wait = (ms) => new Promise((done) => timers.after(ms, done));
  const api = {
    me: async () => {
      const { user, pending, problems } = computer;
      return { device, user, pending, now: timers.now(), max_fps: 15, problems };
    },
    chooseUser: async (name) => {
      computer.names.push(name);
      await wait(computer.answersAfterMs);
      if (computer.error) throw computer.error;
      computer.user = name;
      return { user: name, status: 'granted' };
    },
    sendPreview: async (name, { seq, capturedAt }, how) => {
      computer.sent.push({ name, seq, capturedAt, ...how });
      await wait(computer.answersAfterMs);
      return computer.outcome ?? { kind: 'ok', intervalMs: 0, answer: { ...still, ...computer.answer } };
    },
    tellState: (name, state) => computer.told.push(`${name}: ${state}`),
    tellLedger: async (name, what) => computer.ledger.push({ name, ...what }),
  };
  const session = new Session({ api, clock, timers, onChange: () => filming.sessionChanged() });
  const settings = { intervalMs: 1000, facing: 'back', name: '' };
  const outbox = {
    since: [],
    wantedSince: (camera, since, event) => outbox.since.push([camera, since, event]),
    asked: [],
    kept: [],
    hurried: 0,
    wanted: async ({ camera, seq, capturedAt }, judged) => outbox.asked.push({ name: camera, seq, capturedAt, ...judged }),
    late: async ({ camera, seq, capturedAt, whole, moved }) => outbox.kept.push({ name: camera, seq, capturedAt, whole: whole !== null, moved }),
    hurry: () => (outbox.hurried += 1),
  };
  const sensor = { moved: false, take: () => sensor.moved, start: async () => {}, stop: () => {} };
  const filming = new Filming({ camera, session, outbox, sensor, api, clock, timers, settings, onChange: () => {} });
  await session.refresh();
  const hear = (event, data) => {
    session.hear(event, data);
    filming.hear(event, data);
  };
  return { timers, camera, computer, outbox, sensor, session, settings, filming, hear, says: () => describe(filming.situation).what };
}

async function filmingStage(options) {
  const all = await stage(options);
  void all.filming.start('Anna');
  await all.timers.pass(100);
  assert.equal(all.camera.state, 'on');
  return all;
}

test('front or back: the other camera goes on under a name of its own, and the first is told to have stopped', async () => {
  const { timers, camera, computer, settings, filming } = await filmingStage();
  await filming.flip();
  await timers.pass(100);
  assert.deepEqual(camera.opened, ['back', 'front']);
  assert.equal(settings.facing, 'front');
  assert.deepEqual(computer.told, ['iPhone 7f3a back: live', 'iPhone 7f3a back: stopped', 'iPhone 7f3a front: live']);
  assert.equal(computer.sent[computer.sent.length - 1].name, 'iPhone 7f3a front');
  assert.equal(filming.since !== null, true);
});

test('front or back before the start chooses the camera and opens none', async () => {
  const { camera, settings, filming } = await stage();
  await filming.flip();
  assert.equal(settings.facing, 'front');
  assert.deepEqual(camera.opened, []);
});

for (const [what, act] of [
  ['a change of the camera', ({ filming }) => void filming.flip()],
  ['a look at another app', ({ filming }) => (filming.show(false), filming.show(true))],
]) {
  test(`${what} while the name is being asked for films nobody`, async () => {
    const all = await stage();
    const { timers, camera, computer, filming } = all;
    computer.answersAfterMs = 3000;
    computer.error = new Unreachable('silence');
    void filming.start('Ben');
    await timers.pass(1000);
    act(all);
    await timers.pass(10_000);
    assert.deepEqual(camera.opened, []);
    assert.equal(filming.wanted, false);
    assert.equal(filming.filming, false);
    assert.deepEqual(computer.sent, []);
  });
}

test('the answer to an older press of Start starts nothing', async () => {
  const { timers, camera, computer, filming } = await stage();
  computer.answersAfterMs = 1000;
  void filming.start('Ben');
  await timers.pass(500);
  filming.stop();
  await timers.pass(5000);
  assert.deepEqual(camera.opened, []);
  assert.equal(filming.situation.camera, 'stopped');
});

test('after Stop the computer is told at once, and again when the frame that was under way has arrived', async () => {
  const { timers, computer, filming } = await filmingStage();
  await timers.pass(1000);
  computer.answersAfterMs = 800;
  await timers.pass(950);
  computer.told.length = 0;
  filming.stop();
  assert.deepEqual(computer.told, ['iPhone 7f3a back: stopped']);
  await timers.pass(2000);
  assert.deepEqual(computer.told, ['iPhone 7f3a back: stopped', 'iPhone 7f3a back: stopped']);
});

test('what was told later is not taken back by a frame that arrives', async () => {
  const { timers, computer, filming } = await filmingStage();
  computer.answersAfterMs = 800;
  await timers.pass(950);
  computer.told.length = 0;
  filming.show(false);
  filming.show(true);
  await timers.pass(5000);
  assert.deepEqual(computer.told, ['iPhone 7f3a back: hidden', 'iPhone 7f3a back: live']);
});

test('nothing is told of a camera that was never open', async () => {
  const { timers, camera, computer, filming } = await stage();
  camera.opensAs = 'denied';
  void filming.start('Anna');
  await timers.pass(100);
  void filming.flip();
  filming.stop();
  filming.leave();
  assert.deepEqual(computer.told, []);
});

test('a camera that is taken away is told as taken, and opened again where the browser allows it', async () => {
  const { timers, camera, computer, filming, says } = await filmingStage();
  camera.tell('taken');
  await timers.pass(1000);
  assert.match(says(), /taken away/);
  assert.equal(computer.told[1], 'iPhone 7f3a back: taken');
  assert.equal(filming.wanted, true);
  await timers.pass(3000);
  assert.equal(camera.opened.length, 2);
  assert.equal(computer.told[2], 'iPhone 7f3a back: live');
});

test('a camera that was taken away in the background is opened only where the browser does not ask', async () => {
  for (const [allowed, times] of [[true, 2], [false, 1]]) {
    const { timers, camera, filming } = await filmingStage();
    camera.allowed = allowed;
    filming.show(false);
    camera.tell('taken');
    filming.show(true);
    await timers.pass(100);
    assert.equal(camera.opened.length, times, `${allowed}`);
    assert.equal(filming.wanted, allowed);
  }
});

test('a camera that the phone holds back is told as muted until it goes on', async () => {
  const { timers, camera, computer, says } = await filmingStage();
  camera.tell('muted');
  await timers.pass(3000);
  assert.match(says(), /paused the camera/);
  camera.tell('on');
  await timers.pass(100);
  assert.deepEqual(computer.told.slice(1), ['iPhone 7f3a back: muted', 'iPhone 7f3a back: live']);
});

test('a camera that opens during a call is told as muted, not as live', async () => {
  const { timers, camera, computer, filming } = await stage();
  camera.opensAs = 'muted';
  void filming.start('Anna');
  await timers.pass(100);
  assert.deepEqual(computer.told, ['iPhone 7f3a back: muted']);
});

test('in the background the reason stays that, whatever the phone does to the camera there', async () => {
  const { timers, camera, computer, filming } = await filmingStage();
  filming.show(false);
  camera.tell('muted');
  camera.tell('on');
  await timers.pass(5000);
  assert.deepEqual(computer.told.slice(1), ['iPhone 7f3a back: hidden']);
  filming.show(true);
  assert.equal(computer.told[2], 'iPhone 7f3a back: live');
});

test('a camera without new pictures is told to the person, and sends none', async () => {
  const { timers, camera, computer, says } = await filmingStage();
  camera.tell('stalled');
  const sent = computer.sent.length;
  await timers.pass(5000);
  assert.match(says(), /gives no pictures/);
  assert.equal(computer.sent.length, sent);
  camera.tell('on');
  await timers.pass(2000);
  assert.match(says(), /Still/);
});

test('a problem that is over does not come back, and a new one stays', async () => {
  const { timers, filming, hear, says } = await stage();
  hear('problems', [{ kind: 'disk', what: 'the disk is full', todo: '' }]);
  assert.match(says(), /disk is full/);
  hear('session', { user: 'Anna', pending: null });
  assert.match(says(), /disk is full/);
  hear('problems', []);
  void filming.start('Anna');
  await timers.pass(1500);
  assert.match(says(), /Still/);
});

test('a kept frame of this run counts once, also the one of the camera before the change', async () => {
  const { timers, filming, hear } = await filmingStage();
  await filming.flip();
  await timers.pass(100);
  const frame = { id: '1', camera: 'iPhone 7f3a back', captured_at: timers.wall() };
  hear('frame', frame);
  hear('frame', frame);
  hear('frame', { ...frame, id: '2', camera: 'somebody else' });
  hear('frame', { ...frame, id: '3', captured_at: timers.wall() - 60_000 });
  assert.equal(filming.tally.counts.kept, 1);
});

test('frames carry the time of the computer, also the first one after the phone’s clock was set', async () => {
  for (const setBy of [-3_600_000, -400, 400, 3_600_000]) {
    const { timers, computer } = await filmingStage();
    await timers.pass(3000);
    const before = computer.sent.length;
    timers.wallSetBy = setBy;
    await timers.pass(1200);
    const fresh = computer.sent.slice(before);
    assert.ok(fresh.length > 0);
    for (const { capturedAt } of fresh) {
      assert.ok(timers.now() - capturedAt >= 0 && timers.now() - capturedAt <= 1200, `${timers.now() - capturedAt} ms ago after ${setBy}`);
    }
  }
});

test('a name that the operator takes away ends the filming, and the page says why', async () => {
  const { timers, camera, computer, filming, says } = await filmingStage();
  computer.user = null;
  computer.outcome = { kind: 'nameless' };
  await timers.pass(2000);
  assert.equal(camera.state, 'off');
  assert.equal(filming.wanted, false);
  assert.match(says(), /no name any more/);
});

test('large pictures stay on the phone until the computer asks for them, then those of three seconds before go too', async () => {
  const { timers, computer, outbox } = await filmingStage();
  await timers.pass(9000);
  assert.deepEqual(outbox.asked, [], 'nothing moves');
  assert.ok(computer.sent.slice(2).every((sent) => sent.whole));
  const since = timers.wall() - 2400;
  computer.answer = { motion: true, verdict: 'motion', score: 0.2, event: 5, wanted_since: since, lively: true };
  const before = computer.sent.length;
  while (computer.sent.length === before) await timers.pass(100);
  await timers.pass(0);
  const [first] = outbox.asked;
  assert.ok(first.capturedAt <= since && since - first.capturedAt <= 1000, 'the first shows how it was when that time began');
  assert.deepEqual(outbox.asked.map(({ event, peak }) => [event, peak]), outbox.asked.map(() => [5, false]));
  assert.deepEqual(outbox.asked.map(({ score }) => score), [0, 0, 0, 0.2]);
  const once = new Set(outbox.asked.map(({ seq }) => seq));
  assert.equal(once.size, outbox.asked.length);
});

test('the best picture of an event goes when the event is over, or the camera is', async () => {
  for (const end of ['event', 'camera']) {
    const { timers, computer, outbox, filming } = await filmingStage();
    computer.answer = { motion: true, score: 0.2, event: 5, lively: true, best: true };
    await timers.pass(1000);
    computer.answer = { motion: true, score: 0.1, event: 5, lively: true };
    await timers.pass(2000);
    assert.deepEqual(outbox.asked, []);
    computer.answer = {};
    if (end === 'event') await timers.pass(1000);
    else filming.stop();
    assert.deepEqual(outbox.asked.map(({ event, score, peak }) => ({ event, score, peak })), [{ event: 5, score: 0.2, peak: true }]);
  }
});

test('while nothing moves one small frame a second is sent, and several as soon as something may', async () => {
  const { timers, computer } = await filmingStage();
  await timers.pass(2000);
  computer.sent.length = 0;
  await timers.pass(10_000);
  assert.equal(computer.sent.length, 10);
  computer.answer = { lively: true };
  await timers.pass(1000);
  computer.sent.length = 0;
  await timers.pass(9000);
  assert.equal(computer.sent.length, 30);
  assert.equal(computer.sent.filter((sent) => sent.whole).length, 10, 'large ones are taken about as often as was chosen');
});

test('what moves for a moment while nobody answers lies in several frames, and stillness in one a second', async () => {
  const { timers, camera, computer, outbox } = await filmingStage();
  await timers.pass(3000);
  computer.outcome = { kind: 'silent' };
  await timers.pass(10_000);
  const still = outbox.kept.length;
  await timers.pass(5000);
  const perSecond = (outbox.kept.length - still) / 5;
  assert.ok(perSecond <= 1.5, `${perSecond} a second`);
  camera.changed = true;
  const before = outbox.kept.length;
  await timers.pass(1500);
  camera.changed = false;
  assert.ok(outbox.kept.length - before >= 4, `${outbox.kept.length - before} frames of one and a half seconds`);
  await timers.pass(4000);
  const after = outbox.kept.length;
  await timers.pass(5000);
  assert.ok((outbox.kept.length - after) / 5 <= 1.5, 'and then it is as before');
});

test('that a phone was moved is told with the next frame that is looked at, when the one it was seen in did not arrive', async () => {
  const { timers, computer, sensor, outbox } = await filmingStage();
  await timers.pass(3000);
  sensor.take = () => {
    const { moved } = sensor;
    sensor.moved = false;
    return moved;
  };
  // A slow network: of three frames one arrives.
  computer.answersAfterMs = 3500;
  await timers.pass(1100);
  sensor.moved = true;
  const before = computer.sent.length;
  await timers.pass(8000);
  assert.deepEqual(computer.sent.slice(before).map(({ moved }) => moved), [true, false]);
  // None at all: what was taken meanwhile tells for itself, and the first one that is looked at now for it.
  computer.answersAfterMs = 0;
  computer.outcome = { kind: 'silent' };
  await timers.pass(5000);
  sensor.moved = true;
  await timers.pass(10_000);
  assert.equal(outbox.kept.filter(({ moved }) => moved).length, 1);
  computer.outcome = null;
  const gone = computer.sent.length;
  await timers.pass(8000);
  const fresh = computer.sent.slice(gone);
  assert.deepEqual(fresh.slice(0, 3).map(({ moved }) => moved), [true, false, false]);
});

test('a phone that is moved says so', async () => {
  const { timers, computer, sensor } = await filmingStage();
  sensor.moved = true;
  await timers.pass(1000);
  assert.equal(computer.sent[computer.sent.length - 1].moved, true);
});

test('what is filmed while the computer is gone goes into the outbox, and nothing of it is sent as if it were now', async () => {
  const { timers, computer, outbox, filming, says } = await filmingStage();
  await timers.pass(3000);
  computer.outcome = { kind: 'silent' };
  const from = timers.wall();
  await timers.pass(30_000);
  assert.match(says(), /does not answer/);
  const all = outbox.kept.map(({ capturedAt }) => capturedAt).sort((a, b) => a - b);
  assert.ok(all[0] < from - 1500, 'what may have led to something that happens now is there too');
  const times = all.filter((at) => at >= from);
  const gaps = times.slice(1).map((at, i) => at - times[i]);
  assert.ok(times[0] - from <= 1000 && Math.max(...gaps) <= 1000, `${gaps}`);
  assert.equal(new Set(outbox.kept.map(({ seq }) => seq)).size, outbox.kept.length);
  assert.ok(outbox.kept.filter(({ whole }) => whole).length >= 29);
  computer.outcome = null;
  const before = outbox.hurried;
  filming.network(true);
  await timers.pass(100);
  assert.ok(outbox.hurried > before);
  const kept = outbox.kept.length;
  await timers.pass(5000);
  assert.equal(outbox.kept.length, kept);
});

test('of what led to an event that goes on when the computer is back, a part was taken while it was away', async () => {
  const { timers, computer, outbox } = await filmingStage();
  await timers.pass(3000);
  computer.outcome = { kind: 'silent' };
  await timers.pass(10_000);
  computer.outcome = null;
  const since = timers.wall() - 2000;
  computer.answer = { motion: true, verdict: 'motion', score: 0.2, event: 5, wanted_since: since, lively: true };
  await timers.pass(6000);
  assert.deepEqual(outbox.since[0], ['iPhone 7f3a back', since, 5]);
});

test('frames that were replaced while nobody answered are kept as well', async () => {
  const { timers, computer, outbox } = await filmingStage();
  computer.answer = { lively: true };
  await timers.pass(3000);
  computer.answersAfterMs = 5000;
  computer.outcome = { kind: 'silent' };
  const from = timers.wall();
  await timers.pass(5600);
  const times = outbox.kept.map(({ capturedAt }) => capturedAt - from).sort((a, b) => a - b);
  assert.ok(times.length >= 15 && times[0] <= 300, `${times}`);
});

test('pictures that cannot be kept are told until one is', async () => {
  const { timers, filming, says } = await filmingStage();
  const full = { kind: 'notSaved', message: 'the disk is full', todo: '', answer: null };
  const picture = { camera: 'iPhone 7f3a back', capturedAt: timers.wall() };
  filming.arrived(full, picture);
  await timers.pass(3000);
  assert.match(says(), /disk is full/);
  filming.arrived({ kind: 'ok', intervalMs: 0, answer: { saved: true, frame: 'f1' } }, picture);
  assert.match(says(), /Still/);
  assert.equal(filming.tally.counts.kept, 1);
});

test('what begins to move is sent at once, not with the next frame that is due', async () => {
  const { timers, camera, computer } = await filmingStage();
  await timers.pass(5100);
  const due = computer.sent.length;
  while (computer.sent.length === due) await timers.pass(10);
  camera.changed = true;
  await timers.pass(220);
  assert.equal(computer.sent.length, due + 2);
  camera.changed = false;
  await timers.pass(3000);
  assert.ok(computer.sent.length <= due + 5, 'and when it was nothing, one a second is enough');
});

test('a time without the computer is told to it when it answers again, and so is a weak battery', async () => {
  const { timers, computer, filming } = await filmingStage();
  await timers.pass(3000);
  assert.deepEqual(computer.ledger, []);
  const lost = timers.wall();
  computer.outcome = { kind: 'silent' };
  await timers.pass(20_000);
  computer.outcome = null;
  await timers.pass(10_000);
  const [told, ...more] = computer.ledger;
  assert.deepEqual([told.name, told.state, more], ['iPhone 7f3a back', 'offline', []]);
  assert.ok(Math.abs(told.from - lost) <= 1000 && told.to >= lost + 20_000, `${told.from - lost} to ${told.to - lost}`);
  filming.weaken();
  assert.deepEqual(computer.ledger[1], { name: 'iPhone 7f3a back', state: 'weak' });
});

test('an error of the computer is no time without it', async () => {
  const { timers, computer } = await filmingStage();
  computer.outcome = { kind: 'silent', failing: 'a part stopped' };
  await timers.pass(20_000);
  computer.outcome = null;
  await timers.pass(10_000);
  assert.deepEqual(computer.ledger, []);
});

test('a picture is of the camera that took it, also when another one is open by the time it is asked for', async () => {
  const { timers, computer, outbox, filming } = await filmingStage();
  await timers.pass(2000);
  computer.answersAfterMs = 600;
  const sent = computer.sent.length;
  while (computer.sent.length === sent) await timers.pass(10);
  const { capturedAt } = computer.sent[sent];
  computer.answer = { motion: true, score: 0.2, event: 5, wanted_since: capturedAt, lively: true };
  void filming.flip();
  await timers.pass(700);
  assert.deepEqual(outbox.asked.map(({ name, capturedAt }) => ({ name, capturedAt })), [{ name: 'iPhone 7f3a back', capturedAt }]);
});

for (const [what, answer] of [
  ['is asked for', (capturedAt) => ({ wanted_since: capturedAt })],
  ['is the best of its event', () => ({ best: true })],
]) {
  test(`a picture that ${what} after Stop goes all the same`, async () => {
    const { timers, computer, outbox, filming } = await filmingStage();
    await timers.pass(2000);
    computer.answersAfterMs = 600;
    const sent = computer.sent.length;
    while (computer.sent.length === sent) await timers.pass(10);
    const { capturedAt } = computer.sent[sent];
    computer.answer = { motion: true, score: 0.2, event: 5, ...answer(capturedAt) };
    filming.stop();
    await timers.pass(2000);
    assert.deepEqual(outbox.asked.map(({ name, capturedAt }) => ({ name, capturedAt })), [{ name: 'iPhone 7f3a back', capturedAt }]);
  });
}

test('what was filmed before Stop and nobody answered is kept, and nothing of after it', async () => {
  const { timers, computer, outbox, filming } = await filmingStage();
  computer.answer = { lively: true };
  await timers.pass(3000);
  computer.answersAfterMs = 5000;
  computer.outcome = { kind: 'silent' };
  await timers.pass(1500);
  const stopped = timers.wall();
  filming.stop();
  assert.deepEqual(outbox.kept, []);
  await timers.pass(20_000);
  const times = outbox.kept.map(({ capturedAt }) => capturedAt - stopped);
  assert.ok(times.length >= 4 && Math.max(...times) <= 0, `${times}`);
});
