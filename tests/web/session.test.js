import assert from 'node:assert/strict';
import test from 'node:test';

import { Refusal, Unreachable } from '../../web/api.js';
import { ServerClock } from '../../web/clock.js';
import { Session } from '../../web/session.js';
import { SimulatedTimers } from './simulated.js';

const device = { id: '7f3a00000000beef', label: 'iPhone, Safari', role: 'camera' };

/** A session with a computer that is a plain object: what it knows of us, and how it answers a name. */
function stage({ user = null, status = 'granted' } = {}) {
  const timers = new SimulatedTimers();
  const computer = { user, pending: null, status, error: null, asked: 0 };
  const api = {
    me: async () => {
      computer.asked += 1;
      if (computer.error) throw computer.error;
      const { user, pending } = computer;
      return { device, user, pending, now: timers.now() + 2000, max_fps: 15, problems: [] };
    },
    chooseUser: async (name) => {
      if (computer.error) throw computer.error;
      if (computer.status === 'granted') computer.user = name;
      else computer.pending = name;
      return { user: name, status: computer.status };
    },
  };
  const session = new Session({ api, clock: new ServerClock(), timers, onChange: () => {} });
  return { timers, computer, session };
}

test('a paired phone learns its name and the clock', async () => {
  const { session } = stage({ user: 'Anna' });
  await session.refresh();
  assert.equal(session.access, 'paired');
  assert.equal(session.user, 'Anna');
  assert.equal(session.clock.offsetMs, 2000);
});

test('a browser without a session is not paired, and one that had one was removed', async () => {
  const { session, computer } = stage();
  computer.error = new Refusal(401, null);
  await session.refresh();
  assert.equal(session.access, 'unpaired');
  computer.error = null;
  await session.refresh();
  computer.error = new Refusal(401, null);
  await session.refresh();
  assert.equal(session.access, 'revoked');
});

test('a computer that does not answer is asked until it does', async () => {
  const { session, computer, timers } = stage({ user: 'Anna' });
  computer.error = new Unreachable('silence');
  await session.refresh();
  await timers.pass(5000);
  assert.equal(session.reachable, false);
  assert.equal(computer.asked, 3);
  computer.error = null;
  await timers.pass(2000);
  assert.equal(session.reachable, true);
  assert.equal(session.user, 'Anna');
  await timers.pass(60_000);
  assert.equal(computer.asked, 4, 'an answer ends the asking');
});

test('a free name is granted at once', async () => {
  const { session } = stage();
  await session.refresh();
  assert.equal(await session.choose(' Anna '), true);
  assert.equal(session.user, 'Anna');
});

test('nothing typed is not sent', async () => {
  const { session } = stage();
  await session.refresh();
  assert.equal(await session.choose('   '), false);
  assert.equal(session.name, 'missing');
});

test('a bad name is refused in the words of the computer', async () => {
  const { session, computer } = stage();
  await session.refresh();
  computer.error = new Refusal(422, { error: { code: 'bad_name', message: 'the name is reserved', hint: 'take another' } });
  assert.equal(await session.choose('CON'), false);
  assert.equal(session.name, 'bad');
  assert.equal(session.nameText, 'the name is reserved');
  assert.equal(session.nameTodo, 'take another');
});

test('a computer that fails is not taken for a bad name', async () => {
  const { session, computer } = stage();
  await session.refresh();
  computer.error = new Refusal(500, { error: { code: 'internal', message: 'something went wrong', hint: 'try again' } });
  assert.equal(await session.choose('Anna'), false);
  assert.equal(session.name, 'failed');
  assert.equal(session.nameTodo, 'try again');
});

test('a name that could not be asked for is not granted, whoever the phone was before', async () => {
  const { session, computer } = stage({ user: 'Anna' });
  await session.refresh();
  computer.error = new Unreachable('silence');
  assert.equal(await session.choose('Ben'), false);
  assert.equal(session.reachable, false);
  assert.equal(session.user, 'Anna');
});

test('a name is not taken before the computer has said which phone this is', async () => {
  const { session, computer } = stage();
  assert.equal(await session.choose('Anna'), true);
  assert.equal(session.me.device.id, device.id);
  const lonely = stage();
  lonely.computer.error = new Unreachable('silence');
  assert.equal(await lonely.session.choose('Anna'), false);
  assert.equal(computer.user, 'Anna');
});

test('problems come and go by event, and stay so when something else changes', async () => {
  const { session } = stage({ user: 'Anna' });
  await session.refresh();
  const full = [{ kind: 'disk', what: 'the disk is full', todo: '' }];
  session.hear('problems', full);
  session.hear('session', { user: 'Anna', pending: null });
  assert.deepEqual(session.me.problems, full);
  session.hear('problems', []);
  assert.equal(await session.choose('Anna'), true);
  assert.deepEqual(session.me.problems, []);
});

test('a name that the operator takes away is missed, and one that is given counts again', async () => {
  const { session } = stage({ user: 'Anna' });
  await session.refresh();
  session.hear('session', { user: null, pending: null });
  assert.equal(session.name, 'lost');
  session.hear('session', { user: 'Anna', pending: null });
  assert.equal(session.name, 'mine');
});

test('a name in use waits, and the yes arrives by asking', async () => {
  const { session, computer, timers } = stage({ status: 'asked' });
  await session.refresh();
  assert.equal(await session.choose('Ben'), false);
  assert.equal(session.name, 'asked');
  Object.assign(computer, { user: 'Ben', pending: null });
  await timers.pass(2000);
  assert.equal(session.name, 'granted');
  assert.equal(session.user, 'Ben');
});

test('the yes arrives by event too', async () => {
  const { session } = stage({ status: 'asked' });
  await session.refresh();
  await session.choose('Ben');
  session.hear('session', { user: 'Ben', pending: null });
  assert.equal(session.name, 'granted');
});

test('a no is told, and the old name stays', async () => {
  const { session, computer } = stage({ user: 'Anna', status: 'asked' });
  await session.refresh();
  await session.choose('Ben');
  computer.pending = null;
  await session.refresh();
  assert.equal(session.name, 'refused');
  assert.equal(session.nameText, 'Ben');
  assert.equal(session.user, 'Anna');
});

test('removal by the operator is heard', async () => {
  const { session } = stage({ user: 'Anna' });
  await session.refresh();
  session.hear('revoked', {});
  assert.equal(session.access, 'revoked');
  assert.equal(session.user, null);
});
