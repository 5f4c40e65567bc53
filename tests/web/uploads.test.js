import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { beforeEach, test } from 'node:test';

import { Refusal, Unreachable } from '../../web/api.js';
import { Depot } from '../../web/depot.js';
import { Uploads } from '../../web/uploads.js';
import { SimulatedShelf, SimulatedTimers } from './simulated.js';

const sha256 = (data) => createHash('sha256').update(Buffer.from(data)).digest('base64');

/** A computer that keeps to docs/api.md, and can be away, lose answers, or be in trouble. */
class Computer {
  recordings = new Map();
  asked = [];
  away = false;
  /** Answers that are lost on their way, one for each true. */
  loses = [];
  /** Refusals that come before anything else. */
  refuses = [];

  refusal = (status, code, more = {}) => new Refusal(status, { error: { code, message: `it is ${code}`, hint: 'wait' }, ...more });

  async #answer(what, act) {
    await null;
    this.asked.push(what);
    if (this.away) throw new Unreachable('nobody answers');
    const refused = this.refuses.shift();
    if (refused) throw refused;
    const answer = act();
    if (this.loses.shift()) throw new Unreachable('the answer was lost');
    return answer;
  }

  #find(id) {
    const found = this.recordings.get(id);
    if (!found) throw this.refusal(404, 'not_found');
    if (found.deleted) throw this.refusal(410, 'deleted');
    return found;
  }

  beginRecording = ({ key, camera }) =>
    this.#answer('begin', () => {
      const id = `id-${key}`;
      if (!this.recordings.has(id)) this.recordings.set(id, { camera, chunks: new Map(), state: 'open' });
      return { id };
    });

  recording = (id) =>
    this.#answer('ask', () => {
      const { chunks, state } = this.#find(id);
      const all = [...chunks].map(([seq, chunk]) => ({ seq, have: chunk.bytes.length, bytes: chunk.total }));
      const have = all.filter((chunk) => chunk.have === chunk.bytes).map(({ seq }) => [seq, seq]);
      return { state, have, partial: all.filter((chunk) => chunk.have < chunk.bytes) };
    });

  putPiece = (id, seq, { bytes, from, total, sha256: hash }) =>
    this.#answer(`put ${seq} ${from}`, () => {
      const { chunks } = this.#find(id);
      const chunk = chunks.get(seq) ?? { bytes: Buffer.alloc(0), total, hash };
      if (chunk.hash !== hash) throw this.refusal(409, 'contradiction');
      if (from > chunk.bytes.length) throw this.refusal(409, 'gap', { have: chunk.bytes.length });
      chunk.bytes = Buffer.concat([chunk.bytes, Buffer.from(bytes).subarray(chunk.bytes.length - from)]);
      chunks.set(seq, chunk);
      const complete = chunk.bytes.length === total;
      if (complete && sha256(chunk.bytes) !== hash) {
        chunks.delete(seq);
        throw this.refusal(422, 'wrong_checksum');
      }
      return { bytes: chunk.bytes.length, complete };
    });

  finishRecording = (id, { chunks: count, duration_ms }) =>
    this.#answer(`finish ${count}`, () => {
      const found = this.#find(id);
      const missing = [...Array(count).keys()].filter((seq) => found.chunks.get(seq)?.bytes.length !== found.chunks.get(seq)?.total || !found.chunks.has(seq));
      if (missing.length > 0) throw this.refusal(409, 'missing_chunks', { missing: missing.map((seq) => [seq, seq]) });
      Object.assign(found, { state: 'finished', duration_ms });
      return found;
    });

  /** The bytes of a finished recording. */
  file(key) {
    const { state, chunks } = this.recordings.get(`id-${key}`);
    assert.equal(state, 'finished');
    return Buffer.concat([...chunks].sort(([a], [b]) => a - b).map(([, chunk]) => chunk.bytes));
  }
}

let timers;
let computer;
let shelves;
let uploads;
let user;
let elsewhere;

beforeEach(async () => {
  timers = new SimulatedTimers();
  computer = new Computer();
  shelves = { chunks: new SimulatedShelf(), records: new SimulatedShelf() };
  user = 'Anna';
  elsewhere = new Set();
  await load();
});

/** The page is loaded; what an earlier one had under way never comes to an end. */
async function load() {
  const parts = { chunks: new Depot({ shelf: shelves.chunks }), records: new Depot({ shelf: shelves.records }) };
  await parts.chunks.load();
  await parts.records.load();
  const own = async (key) => !elsewhere.has(key);
  uploads = new Uploads({ ...parts, api: computer, timers, user: () => user, hash: async (data) => sha256(data), own, onChange: () => {} });
  await uploads.adopt();
}

const beginning = (key) => ({ key, user: 'Anna', camera: 'phone back', mime: 'video/webm', startedAt: 1000 });
const chunk = (seq, length = 1000) => Uint8Array.from({ length }, (_, at) => at * 7 + seq * 31 + (at >> 8)).buffer;
const joined = (...chunks) => Buffer.concat(chunks.map((data) => Buffer.from(data)));

test('chunks are sent in order, finished, and then forgotten here', async () => {
  await uploads.begin(beginning('a'));
  for (const seq of [0, 1, 2]) await uploads.add('a', seq, chunk(seq), 5000);
  await timers.pass(100);
  assert.deepEqual(computer.asked, ['begin', 'put 0 0', 'put 1 0', 'put 2 0'], 'a page that began a recording need not ask for it');
  assert.equal(uploads.chunks.bytes, 0);
  assert.equal(uploads.waiting, true);
  await uploads.end('a', 6000);
  await timers.pass(100);
  assert.deepEqual(computer.file('a'), joined(chunk(0), chunk(1), chunk(2)));
  assert.equal(computer.recordings.get('id-a').duration_ms, 6000);
  assert.deepEqual([uploads.waiting, uploads.finished, uploads.trouble], [false, 1, null]);
  assert.equal(shelves.chunks.things.size + shelves.records.things.size, 0);
});

test('a large chunk goes in pieces, smaller ones when the network is slow', async () => {
  await uploads.begin(beginning('a'));
  const large = chunk(0, 3_000_000);
  await uploads.add('a', 0, large, 5000);
  await uploads.end('a', null);
  await timers.pass(100);
  assert.deepEqual(computer.file('a'), joined(large));
  const offsets = computer.asked.filter((what) => what.startsWith('put')).map((what) => Number(what.split(' ')[2]));
  assert.deepEqual(offsets, [0, 524288, 524288 + 1048576]);

  const put = computer.putPiece;
  computer.putPiece = async (...args) => (await new Promise((done) => timers.after(10_000, () => done(null))), put(...args));
  computer.asked = [];
  await uploads.begin(beginning('b'));
  await uploads.add('b', 0, chunk(0, 6_000_000), 5000);
  await timers.pass(300_000);
  const sizes = computer.asked.filter((what) => what.startsWith('put')).map((what) => Number(what.split(' ')[2]));
  const steps = sizes.slice(1).map((from, index) => from - sizes[index]);
  assert.ok(steps[steps.length - 1] === 65536 && steps[0] > 500_000, steps.join());
});

test('a silent computer is tried again after 0.5, 1, 2, 4 and then every 5 s, and goes on where it was', async () => {
  await uploads.begin(beginning('a'));
  await uploads.add('a', 0, chunk(0, 800_000), 5000);
  await timers.pass(0);
  computer.away = true;
  computer.asked = [];
  await uploads.add('a', 1, chunk(1), 5000);
  const begun = timers.now();
  const at = [];
  while (timers.now() < begun + 25_000) {
    const before = computer.asked.length;
    await timers.pass(100);
    if (computer.asked.length > before) at.push(timers.now() - begun);
  }
  assert.deepEqual(at, [100, 500, 1500, 3500, 7500, 12500, 17500, 22500]);
  assert.equal(uploads.trouble.kind, 'silent');
  computer.away = false;
  uploads.hurry();
  await timers.pass(0);
  assert.equal(uploads.trouble, null);
  await uploads.end('a', null);
  await timers.pass(100);
  assert.deepEqual(computer.file('a'), joined(chunk(0, 800_000), chunk(1)));
});

test('an answer that is lost costs nothing: the computer is asked what it has', async () => {
  await uploads.begin(beginning('a'));
  computer.loses = [false, true, false, true, true];
  for (const seq of [0, 1]) await uploads.add('a', seq, chunk(seq), 5000);
  await uploads.end('a', null);
  await timers.pass(20_000);
  assert.deepEqual(computer.file('a'), joined(chunk(0), chunk(1)));
  assert.deepEqual(computer.asked.filter((what) => what === 'put 0 0').length, 1);
});

test('after a reload what was recorded is sent and finished by itself', async () => {
  await uploads.begin(beginning('a'));
  for (const seq of [0, 1]) await uploads.add('a', seq, chunk(seq), 5000);
  await timers.pass(100);
  computer.away = true;
  await uploads.add('a', 2, chunk(2), 5000);
  await timers.pass(100);
  await load();
  assert.equal(uploads.chunks.count, 1);
  computer.away = false;
  await timers.pass(10_000);
  assert.deepEqual(computer.file('a'), joined(chunk(0), chunk(1), chunk(2)));
});

test('after a reload a recording of which all chunks have arrived is finished with as many as there were', async () => {
  await uploads.begin(beginning('a'));
  for (const seq of [0, 1]) await uploads.add('a', seq, chunk(seq), 5000);
  await timers.pass(100);
  await load();
  await timers.pass(100);
  assert.ok(computer.asked.includes('finish 2'));
  await load();
  assert.equal(uploads.waiting, false);
});

test('a recording that never got a chunk is forgotten', async () => {
  await uploads.begin(beginning('a'));
  await load();
  await timers.pass(100);
  assert.equal(uploads.waiting, false);
  assert.deepEqual(computer.asked, []);
});

test('a recording that another page of this phone makes is left alone until that page is gone', async () => {
  await uploads.begin(beginning('a'));
  await uploads.add('a', 0, chunk(0), 5000);
  const first = uploads;
  elsewhere.add('a');
  await load();
  await timers.pass(5000);
  assert.equal(computer.recordings.get('id-a').state, 'open');
  await first.add('a', 1, chunk(1), 5000);
  await timers.pass(5000);
  elsewhere.clear();
  await timers.pass(5000);
  assert.deepEqual(computer.file('a'), joined(chunk(0), chunk(1)));
});

test('nothing is sent under another name than that of the recording', async () => {
  user = 'Ben';
  await uploads.begin(beginning('a'));
  await uploads.add('a', 0, chunk(0), 5000);
  await uploads.end('a', null);
  await timers.pass(10_000);
  assert.deepEqual(computer.asked, []);
  assert.equal(uploads.otherName, 'Anna');
  user = 'Anna';
  uploads.hurry();
  await timers.pass(100);
  assert.deepEqual(computer.file('a'), joined(chunk(0)));
});

for (const [what, refusal] of [
  ['a full disk', () => computer.refusal(507, 'not_stored')],
  ['a busy computer', () => new Refusal(429, { error: { code: 'busy', message: 'busy', retry_ms: 200 } })],
  ['a session that is lost for a while', () => computer.refusal(401, 'unknown_session')],
  ['a chunk that was damaged on its way', () => computer.refusal(422, 'wrong_checksum')],
  ['another save folder', () => computer.refusal(404, 'not_found')],
  ['a computer with a fault', () => computer.refusal(500, 'internal')],
]) {
  test(`${what} delays a recording and costs nothing`, async () => {
    await uploads.begin(beginning('a'));
    await uploads.add('a', 0, chunk(0), 5000);
    await timers.pass(100);
    computer.refuses = [refusal(), refusal(), refusal()];
    await uploads.add('a', 1, chunk(1), 5000);
    await uploads.end('a', null);
    await timers.pass(100);
    assert.equal(uploads.waiting, true);
    assert.ok(uploads.trouble);
    await timers.pass(60_000);
    assert.deepEqual(computer.file('a'), joined(chunk(0), chunk(1)));
    assert.equal(uploads.trouble, null);
  });
}

test('a recording that was deleted on the computer, or is refused, is dropped here and said', async () => {
  for (const [key, kind, happen] of [
    ['a', 'deleted', () => (computer.recordings.get('id-a').deleted = true)],
    ['b', 'refused', () => (computer.refuses = [computer.refusal(415, 'not_a_video')])],
    ['c', 'incomplete', () => computer.recordings.get('id-c').chunks.delete(0)],
  ]) {
    await uploads.begin(beginning(key));
    await uploads.add(key, 0, chunk(0), 5000);
    await timers.pass(100);
    happen();
    await uploads.add(key, 1, chunk(1), 5000);
    await uploads.end(key, null);
    await timers.pass(100);
    assert.equal(uploads.trouble?.kind, kind);
    assert.deepEqual([uploads.waiting, uploads.chunks.count], [false, 0]);
  }
});

test('what came of one recording is said until the next begins, and of one that was let go nothing more is taken', async () => {
  await uploads.begin(beginning('a'));
  assert.equal(await uploads.add('a', 0, chunk(0), 5000), true);
  await timers.pass(100);
  computer.recordings.get('id-a').deleted = true;
  assert.equal(await uploads.add('a', 1, chunk(1), 5000), true, 'nobody knows yet');
  await timers.pass(100);
  assert.equal(await uploads.add('a', 2, chunk(2), 5000), false);
  assert.equal(uploads.trouble?.kind, 'deleted');
  assert.deepEqual([uploads.chunks.count, uploads.waiting], [0, false]);
  await uploads.begin(beginning('b'));
  assert.equal(uploads.trouble, null);
  await uploads.add('b', 0, chunk(0), 5000);
  await uploads.end('b', null);
  await timers.pass(100);
  assert.deepEqual(computer.file('b'), joined(chunk(0)));
});

test('a piece that broke off or came too slowly is sent again, whatever answer that got', async () => {
  await uploads.begin(beginning('a'));
  computer.refuses = [computer.refusal(400, 'broken_off'), computer.refusal(408, 'too_slow')];
  await uploads.add('a', 0, chunk(0), 5000);
  await uploads.end('a', null);
  await timers.pass(10_000);
  assert.deepEqual(computer.file('a'), joined(chunk(0)));
});

test('a computer that hears nothing of an open recording is asked for it once a minute', async () => {
  await uploads.begin(beginning('a'));
  await uploads.add('a', 0, chunk(0), 5000);
  await timers.pass(100);
  computer.asked = [];
  await timers.pass(310_000);
  assert.equal(computer.asked.filter((what) => what === 'ask').length, 5);
});

test('whatever goes wrong in whatever order, each recording is whole in the end', async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    let state = seed * 2654435761;
    const chance = (below) => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 8) % below;
    computer = new Computer();
    shelves = { chunks: new SimulatedShelf(), records: new SimulatedShelf() };
    await load();
    await uploads.begin(beginning('a'));
    const chunks = [];
    for (let n = 0; n < 6; n += 1) {
      const data = chunk(n, 1 + chance(1_500_000));
      chunks.push(data);
      await uploads.add('a', n, data, 5000);
      computer.away = chance(3) === 0;
      computer.loses = Array.from({ length: chance(5) }, () => chance(2) === 0);
      if (chance(3) === 0) computer.refuses.push(computer.refusal([500, 503, 507, 408][chance(4)], 'trouble'));
      await timers.pass(chance(4000));
      // The chunk that was just made is on the shelf, so a reload may come at any time; nobody records afterwards.
      if (chance(8) === 0) break;
    }
    if (chance(2) === 0) await load();
    else await uploads.end('a', 1000);
    computer.away = false;
    await timers.pass(120_000);
    assert.deepEqual(computer.file('a'), joined(...chunks), `seed ${seed}`);
    assert.equal(uploads.waiting, false, `seed ${seed}`);
  }
});
