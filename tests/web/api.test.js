import assert from 'node:assert/strict';
import test from 'node:test';

import { Refusal, Unreachable, outcomeOf, sendFrame, sendPreview, tellState } from '../../web/api.js';
import { cameraName } from '../../web/session.js';

const refusal = (status, error = {}, more = {}) => new Refusal(status, { error, ...more });

test('what an answer means for the sending of frames', () => {
  assert.deepEqual(outcomeOf(new Unreachable('silence')), { kind: 'silent' });
  assert.deepEqual(outcomeOf(refusal(401)), { kind: 'unpaired' });
  assert.deepEqual(outcomeOf(refusal(403, { code: 'no_user' })), { kind: 'nameless' });
  assert.deepEqual(outcomeOf(refusal(429, { retry_ms: 700 })), { kind: 'busy', retryMs: 700 });
  assert.deepEqual(outcomeOf(refusal(429)), { kind: 'busy', retryMs: 1000 });
  assert.deepEqual(outcomeOf(refusal(403, { code: 'name_asked' })), { kind: 'nameless' });
  const refused = { kind: 'refused', message: 'too small', todo: 'come closer' };
  assert.deepEqual(outcomeOf(refusal(422, { message: 'too small', hint: 'come closer' })), refused);
  assert.equal(outcomeOf(refusal(403, { code: 'cross_origin', message: 'not from here' })).kind, 'refused');
  assert.deepEqual(outcomeOf(refusal(503, { message: 'stopping' })), { kind: 'silent', failing: 'stopping' });
  // On a poor network: the same picture arrives the next time.
  assert.deepEqual(outcomeOf(refusal(408, { message: 'too slow' })), { kind: 'silent', failing: 'too slow' });
  assert.deepEqual(outcomeOf(refusal(400, { message: 'broken off' })), { kind: 'silent', failing: 'broken off' });
  assert.deepEqual(outcomeOf(refusal(507, { message: 'full', hint: 'free some room' }, { outcome: { motion: true } })), {
    kind: 'notSaved',
    message: 'full',
    todo: 'free some room',
    answer: { motion: true },
  });
});

test('the computer is told of the camera by a beacon', (t) => {
  const sent = [];
  Object.defineProperty(globalThis, 'navigator', {
    configurable: true,
    value: { sendBeacon: (...what) => sent.push(what) },
  });
  t.after(() => delete globalThis.navigator);
  tellState('iPhone 7f3a back', 'taken');
  assert.deepEqual(sent, [['/api/v1/cameras/iPhone%207f3a%20back/state', '{"state":"taken"}']]);
});

/** Answers the next request of the page's `fetch` and gives back what was asked. */
function answerOnce(t, status, body, headers = {}) {
  const asked = [];
  t.mock.method(globalThis, 'fetch', async (path, options) => {
    asked.push({ path, ...options });
    return new Response(body, { status, headers });
  });
  return asked;
}

const judged = { event: 12, score: 0.03, peak: true, late: false };
const picture = { seq: 7, capturedAt: 1_700_000_000_123, blob: new Blob(['jpeg'], { type: 'image/jpeg' }) };

test('a frame carries its number, its time and its type', async (t) => {
  const asked = answerOnce(t, 200, '{"seq":7,"interval_ms":250}');
  const outcome = await sendFrame('iPhone 7f3a back', picture, judged);
  assert.equal(outcome.kind, 'ok');
  assert.equal(outcome.intervalMs, 250);
  assert.equal(asked[0].path, '/api/v1/cameras/iPhone%207f3a%20back/frames?judged=1&score=0.03&event=12&peak=1');
  assert.equal(asked[0].method, 'POST');
  assert.deepEqual(asked[0].headers, { 'Content-Type': 'image/jpeg', 'X-Seq': '7', 'X-Captured-At': '1700000000123' });
  assert.equal(asked[0].body, picture.blob);
});

test('a 429 without our JSON is believed by its header', async (t) => {
  answerOnce(t, 429, '{"error":{"code":"busy"}}', { 'Retry-After': '3' });
  assert.deepEqual(await sendFrame('a', picture, judged), { kind: 'busy', retryMs: 3000 });
});

test('an answer that is no JSON is an error like another', async (t) => {
  answerOnce(t, 502, '<h1>Bad gateway</h1>');
  assert.equal((await sendFrame('a', picture, judged)).kind, 'silent');
});

test('a broken network is silence', async (t) => {
  t.mock.method(globalThis, 'fetch', async () => {
    throw new TypeError('Failed to fetch');
  });
  assert.deepEqual(await sendFrame('a', picture, judged), { kind: 'silent' });
});

test('each camera of each phone has a name of its own that the computer accepts', () => {
  const id = '7f3a00000000beef';
  assert.equal(cameraName({ id, label: 'iPhone, Safari' }, 'back'), 'iPhone 7f3a back');
  assert.equal(cameraName({ id, label: 'iPhone, Safari' }, 'front'), 'iPhone 7f3a front');
  assert.equal(cameraName({ id, label: '' }, 'camera'), 'phone 7f3a camera');
  assert.equal(cameraName({ id, label: '../:*?<>|\u202e' }, 'back'), 'phone 7f3a back');
  assert.ok(cameraName({ id, label: 'x'.repeat(300) }, 'camera').length <= 40);
  assert.equal(cameraName(undefined, 'camera'), 'phone camera');
});

test('a preview says what is behind it', async (t) => {
  const asked = answerOnce(t, 200, '{"seq":7,"wanted_since":null}');
  await sendPreview('back', picture, { whole: true, moved: false, late: false });
  await sendPreview('back', picture, { whole: false, moved: true, late: true });
  const paths = asked.map(({ path }) => path);
  assert.deepEqual(paths, ['/api/v1/cameras/back/previews?whole=1', '/api/v1/cameras/back/previews?moved=1&late=1']);
  assert.equal(asked[0].headers['X-Captured-At'], '1700000000123');
});
