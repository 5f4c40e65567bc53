import assert from 'node:assert/strict';
import test from 'node:test';

import { Refusal } from '../../web/api.js';
import { NewestFirst } from '../../web/newest-first.js';
import { SimulatedTimers, settled } from './simulated.js';

const video = (number, more = {}) => ({ id: `v${number}`, started_at: number, ...more });

/** A computer with videos of these numbers, three to a page; each answer waits until `answer` lets it go, when `slow`. */
class Computer {
  asked = [];
  fails = null;
  #held = [];

  constructor(numbers, { slow = false } = {}) {
    this.videos = numbers.map((number) => video(number));
    this.slow = slow;
  }

  ask = async ({ cursor }) => {
    this.asked.push(cursor);
    if (this.fails) throw this.fails;
    const sorted = [...this.videos].sort((a, b) => b.started_at - a.started_at);
    const behind = sorted.filter(({ started_at: at }) => !cursor || at < Number(cursor));
    const items = behind.slice(0, 3);
    const next = behind.length > 3 ? String(items[2].started_at) : null;
    if (this.slow) await new Promise((done) => this.#held.push(done));
    return { items, next };
  };

  /** Lets the oldest answer that waits go. */
  answer() {
    this.#held.shift()();
    return settled();
  }

  delete(number) {
    this.videos = this.videos.filter(({ started_at: at }) => at !== number);
  }
}

function listOf(computer) {
  const timers = new SimulatedTimers();
  const list = new NewestFirst({ ask: computer.ask, onChange: () => (list.changes = (list.changes ?? 0) + 1), timers });
  return { list, timers, shown: () => list.items.map(({ started_at: at }) => at).join(' ') };
}

test('the newest page comes first, and older ones as they are asked for, to the last', async () => {
  const { list, shown } = listOf(new Computer([1, 2, 3, 4, 5, 6, 7]));
  await list.refresh();
  assert.equal(shown(), '7 6 5');
  assert.ok(list.hasMore);
  await list.more();
  assert.equal(shown(), '7 6 5 4 3 2');
  await list.more();
  assert.equal(shown(), '7 6 5 4 3 2 1');
  assert.ok(!list.hasMore);
  // Where all is known, the newest page anew offers nothing older.
  await list.refresh();
  assert.ok(!list.hasMore);
});

test('who presses twice gets a page once', async () => {
  const computer = new Computer([1, 2, 3, 4, 5, 6, 7], { slow: true });
  const { list, shown } = listOf(computer);
  const first = list.refresh();
  await computer.answer();
  await first;
  const presses = [list.more(), list.more()];
  await computer.answer();
  await Promise.all(presses);
  assert.equal(shown(), '7 6 5 4 3 2');
  assert.deepEqual(computer.asked, ['', '5']);
});

test('what is heard is there at once, changes in its place, and goes', async () => {
  const { list, shown } = listOf(new Computer([1, 3]));
  await list.refresh();
  list.put(video(2));
  assert.equal(shown(), '3 2 1');
  list.put(video(2, { bytes: 5 }));
  assert.equal(list.items[1].bytes, 5);
  list.forget('v3');
  assert.equal(shown(), '2 1');
  const { changes } = list;
  list.forget('v3');
  assert.equal(list.changes, changes, 'nothing changed');
});

test('what was deleted while nobody listened is gone after the newest page, what is older stays', async () => {
  const computer = new Computer([1, 2, 3, 4, 5, 6]);
  const { list, shown } = listOf(computer);
  await list.refresh();
  await list.more();
  computer.delete(5);
  computer.delete(2);
  await list.refresh();
  assert.equal(shown(), '6 4 3 2 1', 'the page ends with 3, so of 2 it says nothing');
});

test('where more came than a page holds, all begins anew, so that none is missing in the middle', async () => {
  const computer = new Computer([1, 2]);
  const { list, shown } = listOf(computer);
  await list.refresh();
  computer.videos.push(...[3, 4, 5, 6, 7].map((number) => video(number)));
  await list.refresh();
  assert.equal(shown(), '7 6 5');
  await list.more();
  await list.more();
  assert.equal(shown(), '7 6 5 4 3 2 1');
});

test('an answer that was asked for before brings nothing back, and takes nothing away', async () => {
  const computer = new Computer([1, 2], { slow: true });
  const { list, shown } = listOf(computer);
  const refreshed = list.refresh();
  await settled();
  list.forget('v2');
  list.put(video(3));
  await computer.answer();
  await refreshed;
  assert.equal(shown(), '3 1');
});

test('a reason to ask that comes while an answer is on its way is asked for afterwards, once', async () => {
  const computer = new Computer([1], { slow: true });
  const { list, shown } = listOf(computer);
  const asked = [list.refresh(), list.refresh(), list.refresh()];
  computer.videos.push(video(2));
  await settled();
  await computer.answer();
  await computer.answer();
  await Promise.all(asked);
  assert.equal(computer.asked.length, 2);
  assert.equal(shown(), '2 1');
});

test('a computer that does not answer is asked again every three seconds', async () => {
  const computer = new Computer([1, 2, 3, 4]);
  const { list, shown, timers } = listOf(computer);
  computer.fails = new TypeError('no network');
  await list.refresh();
  await timers.pass(6500);
  assert.equal(computer.asked.length, 3);
  computer.fails = new Refusal(503, {});
  await timers.pass(3000);
  computer.fails = null;
  await timers.pass(3000);
  assert.equal(shown(), '4 3 2');
  // A page behind them fails: asking for the newest meanwhile does not forget it.
  computer.fails = new TypeError('no network');
  await list.more();
  computer.fails = null;
  await list.refresh();
  await timers.pass(3000);
  assert.equal(shown(), '4 3 2 1');
  assert.equal(timers.planned, 0);
});

test('a refusal is final, but for one that asks for patience', async () => {
  const computer = new Computer([1]);
  const { list, timers } = listOf(computer);
  computer.fails = new Refusal(403, {});
  await list.refresh();
  assert.equal(timers.planned, 0);
  computer.fails = new Refusal(429, {});
  await list.refresh();
  assert.equal(timers.planned, 1);
});

test('one that is put away asks and tells nothing more', async () => {
  const computer = new Computer([1], { slow: true });
  const { list, timers } = listOf(computer);
  const refreshed = list.refresh();
  void list.refresh();
  await settled();
  list.dispose();
  await computer.answer();
  await refreshed;
  assert.equal(list.size, 0);
  assert.equal(computer.asked.length, 1);
  assert.equal(timers.planned, 0);
});
