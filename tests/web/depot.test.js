import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { Depot } from '../../web/depot.js';
import { SimulatedShelf } from './simulated.js';

const bytes = (text) => new TextEncoder().encode(text).buffer;
const text = (data) => data && new TextDecoder().decode(data);

let shelf;

beforeEach(() => (shelf = new SimulatedShelf()));

/** The page is loaded. */
async function load(options = {}) {
  const depot = new Depot({ shelf, ...options });
  await depot.load();
  return depot;
}

test('what was put in is there after a reload, in order, with what is known of it', async () => {
  const before = await load();
  await before.put('b', 10, bytes('ten'), { at: 5 });
  await before.put('b', 9, bytes('nine'));
  await before.put('a', 100, bytes('hundred'));
  const depot = await load();
  assert.deepEqual(
    depot.entries().map(({ group, number }) => [group, number]),
    [['a', 100], ['b', 9], ['b', 10]],
  );
  assert.deepEqual(depot.entries('b')[1], { group: 'b', number: 10, bytes: 3, facts: { at: 5 } });
  assert.equal(text(await depot.read('b', 9)), 'nine');
  assert.equal(depot.bytes, 14);
  assert.equal(depot.count, 3);
  assert.equal(depot.lasting, true);
});

test('what is taken out is gone, also after a reload, and no longer counts', async () => {
  const before = await load();
  await before.put('a', 0, bytes('one'));
  await before.put('a', 1, bytes('two!'));
  await before.remove('a', 0);
  await before.remove('a', 0);
  assert.equal(before.bytes, 4);
  assert.equal(await before.read('a', 0), null);
  const depot = await load();
  assert.deepEqual(depot.entries().map(({ number }) => number), [1]);
  assert.equal(depot.bytes, 4);
});

test('the same place is filled once, by what came last', async () => {
  const depot = await load();
  await depot.put('a', 0, bytes('first'), { end: false });
  await depot.put('a', 0, bytes('second'), { end: true });
  assert.equal(depot.bytes, 6);
  assert.equal(text(await depot.read('a', 0)), 'second');
  assert.deepEqual(depot.entry('a', 0)?.facts, { end: true });
});

test('something is counted and can be read while it is being written', async () => {
  const depot = await load();
  const putting = depot.put('a', 0, bytes('abc'));
  assert.equal(depot.bytes, 3);
  assert.equal(text(await depot.read('a', 0)), 'abc');
  await putting;
});

test('it is full at its cap, and no longer when something has gone', async () => {
  const depot = await load({ capBytes: 6 });
  await depot.put('a', 0, bytes('abc'));
  assert.equal(depot.full, false);
  await depot.put('a', 1, bytes('defg'));
  assert.equal(depot.full, true, 'what is over the cap is kept all the same');
  assert.equal(text(await depot.read('a', 1)), 'defg');
  await depot.remove('a', 0);
  assert.equal(depot.full, false);
});

test('a browser without room loses nothing as long as the page lives, and says that it is full', async () => {
  const depot = await load();
  await depot.put('a', 0, bytes('abc'));
  shelf.full = true;
  await depot.put('a', 1, bytes('def'));
  assert.equal(depot.full, true);
  assert.equal(depot.lasting, false);
  assert.equal(text(await depot.read('a', 1)), 'def');
  assert.deepEqual(depot.entries().map(({ number }) => number), [0, 1]);
  shelf.full = false;
  await depot.remove('a', 1);
  assert.equal(depot.full, false);
  assert.equal(depot.lasting, true);
});

for (const [what, without] of [
  ['without a database', () => (shelf = null)],
  ['whose database is broken', () => (shelf.broken = true)],
]) {
  test(`a browser ${what} keeps things in memory and says that they do not last`, async () => {
    without();
    const depot = await load();
    await depot.put('a', 0, bytes('abc'));
    assert.equal(depot.lasting, false);
    assert.equal(depot.full, false);
    assert.equal(text(await depot.read('a', 0)), 'abc');
    await depot.remove('a', 0);
    assert.equal(depot.count, 0);
  });
}

test('what another page of this browser put in or took out is seen when the list is read again', async () => {
  const [one, other] = [await load(), await load()];
  await one.put('a', 0, bytes('abc'));
  await one.put('a', 1, bytes('def'));
  await other.load();
  assert.equal(other.bytes, 6);
  await one.remove('a', 0);
  const reading = other.load();
  await other.put('b', 0, bytes('xy'));
  await reading;
  assert.deepEqual(other.entries().map(({ group, number }) => `${group}${number}`), ['a1', 'b0']);
  assert.equal(other.bytes, 5);
});
