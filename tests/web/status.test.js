import assert from 'node:assert/strict';
import test from 'node:test';

import { describe, firstSituation } from '../../web/status.js';

const paired = { access: 'paired', name: 'mine', nameText: 'Anna' };
const live = { ...paired, camera: 'on', verdict: 'still' };

/** What is known, what is said, and in which state. */
const table = [
  ['before the computer answered', {}, 'idle', /Asking/],
  ['paired without a name', { access: 'paired' }, 'idle', /Ready/, /Type your name/],
  ['paired with a name', paired, 'idle', /Ready/, /Press Start camera/],
  ['not paired', { access: 'unpaired' }, 'problem', /not paired/, /Scan the code/],
  ['removed by the operator', { access: 'revoked' }, 'problem', /removed this phone/, /scan the code/],
  ['a page without camera access', { access: 'paired', camera: 'insecure' }, 'problem', /cannot reach a camera/, /https/],
  ['opening', { ...paired, camera: 'starting' }, 'idle', /Opening/, /Allow it/],
  ['before the first answer', { ...live, verdict: null }, 'idle', /first frame/],
  ['motion', { ...live, verdict: 'motion' }, 'motion', /^Motion/],
  ['still', live, 'still', /^Still/],
  ['learning', { ...live, verdict: 'warming_up' }, 'still', /learning/],
  ['too small', { ...live, verdict: 'too_small' }, 'still', /too small/],
  ['the whole picture', { ...live, verdict: 'too_large' }, 'still', /whole picture/],
  ['outside the zones', { ...live, verdict: 'outside_zones' }, 'still', /outside/],
  ['not long enough', { ...live, verdict: 'not_long_enough' }, 'still', /began/],
  ['a verdict of a later version', { ...live, verdict: 'something_new' }, 'still', /^Still/],
  ['denied', { ...paired, camera: 'denied' }, 'problem', /not allowed/, /Allow the camera/],
  ['no camera', { ...paired, camera: 'missing' }, 'problem', /no camera/, /Plug one in/],
  ['in use', { ...paired, camera: 'busy' }, 'problem', /Another app/, /Close that app/],
  ['failed', { ...paired, camera: 'failed', cameraText: 'odd' }, 'problem', /did not start: odd\.$/, /Press Start/],
  ['taken away', { ...paired, camera: 'taken' }, 'blind', /taken away/, /press Start/],
  ['taken away, trying', { ...paired, camera: 'takenRetrying' }, 'blind', /taken away/, /by itself/],
  ['muted', { ...live, camera: 'muted' }, 'blind', /paused the camera/, /by itself/],
  ['stalled', { ...live, camera: 'stalled' }, 'blind', /no pictures/, /press Stop/],
  ['hidden', { ...live, visible: false }, 'blind', /background/, /Keep it open/],
  ['the computer is gone', { ...live, link: 'gone' }, 'blind', /does not answer/, /same Wi-Fi/],
  ['an error of the computer', { ...live, link: 'failing', linkText: 'a part stopped' }, 'blind', /A part stopped\./, /by itself/],
  ['no network', { ...live, link: 'noNetwork' }, 'blind', /no network/, /Join/],
  ['the computer is back', { ...live, link: 'back' }, 'still', /is back/],
  ['waiting for a yes', { access: 'paired', name: 'asked', nameText: 'Ben' }, 'problem', /name Ben is in use/, /yes in the window/],
  ['granted', { access: 'paired', name: 'granted', nameText: 'Ben' }, 'idle', /you are Ben/, /Press Start/],
  ['refused', { access: 'paired', name: 'refused', nameText: 'Ben' }, 'problem', /did not give you the name Ben/, /another name/],
  ['a bad name', { access: 'paired', name: 'bad', nameText: 'the name is empty; type one' }, 'problem', /The name is empty/, /another name/],
  ['a name that the computer could not take', { access: 'paired', name: 'failed', nameText: 'something went wrong', nameTodo: 'tell the operator' }, 'problem', /did not reach the computer: something went wrong\./, /Tell the operator\./],
  ['a name that was taken away', { access: 'paired', name: 'lost' }, 'problem', /no name any more/, /Type your name/],
  ['no name typed', { access: 'paired', name: 'missing' }, 'problem', /name is missing/, /Type it/],
  ['the disk is full', { ...live, hold: { kind: 'notSaved', message: 'the disk is full', todo: '' } }, 'problem', /not kept: the disk is full\.$/, /operator/],
  ['overload', { ...live, hold: { kind: 'overload', seconds: 3 } }, 'blind', /busy.*3 seconds/, /lower rate/],
  ['a refused frame', { ...live, hold: { kind: 'frameRefused', message: 'too dark' } }, 'problem', /refused a frame: too dark\./],
  ['a problem of the computer', { ...live, problems: [{ what: 'the folder is gone', todo: 'bring it back' }] }, 'problem', /The folder is gone\./, /Bring it back\./],
  ['stopped', { ...paired, camera: 'stopped' }, 'idle', /Stopped/],
];

for (const [name, known, state, what, todo] of table) {
  test(`${name}: the sentence and the cure`, () => {
    const status = describe({ ...firstSituation(), ...known });
    assert.equal(status.state, state);
    assert.match(status.what, what);
    if (todo) assert.match(status.todo ?? '', todo);
  });
}

test('what makes filming impossible is said before what is merely wrong', () => {
  const all = { ...live, access: 'revoked', link: 'gone', hold: { kind: 'overload', seconds: 1 } };
  assert.match(describe({ ...firstSituation(), ...all }).what, /removed/);
});

test('a hidden page is said before a silent computer, as it explains the silence', () => {
  const both = { ...live, visible: false, link: 'gone' };
  assert.match(describe({ ...firstSituation(), ...both }).what, /background/);
});

test('a page in the background that does not film says nothing of pausing', () => {
  assert.match(describe({ ...firstSituation(), ...paired, visible: false }).what, /Ready/);
});

test('every blind and every problem says what to do', () => {
  for (const [name, known, state] of table) {
    if (state === 'problem' || state === 'blind') {
      assert.ok(describe({ ...firstSituation(), ...known }).todo, name);
    }
  }
});
