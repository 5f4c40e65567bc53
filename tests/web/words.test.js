import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';

import { sentence, words } from '../../web/words.js';

const web = new URL('../../web/', import.meta.url);
const read = (name) => readFileSync(new URL(name, web), 'utf8');
const modules = readdirSync(web).filter((name) => name.endsWith('.js'));

test('every text that the HTML names exists, and the HTML says the same before JavaScript runs', () => {
  const html = read('index.html') + read('watch.html');
  const places = [...html.matchAll(/data-words="(\w+)"[^>]*>([^<]*)</g)];
  assert.ok(places.length >= 10);
  for (const [, key, text] of places) assert.equal(text.replace(/\s+/g, ' ').trim(), words.page[key], key);
  for (const [, label, key] of html.matchAll(/aria-label="([^"]*)"\s+data-words-label="(\w+)"/g)) {
    assert.equal(label, words.page[key], key);
  }
});

test('the names that assistive technology and tests rely on stay', () => {
  assert.equal(words.page.nameLabel, 'Your name');
  assert.equal(words.buttons.start, 'Start camera');
  assert.equal(words.buttons.stop, 'Stop camera');
  assert.equal(words.buttons.record, 'Record video');
  assert.equal(words.buttons.stopRecording, 'Stop recording');
  assert.equal(words.page.myFrames, 'My frames');
});

test('every word that a module asks for exists, and every word is asked for', () => {
  const code = modules.filter((name) => name !== 'words.js').map(read).join('\n') + read('index.html') + read('watch.html');
  const asked = [...code.matchAll(/(?<![/\w])words((?:\.\w+)+)/g)].map(([, path]) => path.slice(1).split('.'));
  for (const path of asked) {
    let at = words;
    for (const step of path) {
      if (typeof at !== 'object') break;
      assert.ok(step in at, `words.${path.join('.')}`);
      at = at[step];
    }
  }
  const said = new Set(asked.map((path) => path.slice(0, 2).join('.')));
  for (const [, key] of code.matchAll(/data-words(?:-label)?="(\w+)"/g)) said.add(`page.${key}`);
  for (const group of ['page', 'buttons', 'sign', 'gallery', 'watch', 'notes', 'errors', 'rates', 'record', 'videos']) {
    for (const key of Object.keys(words[group])) assert.ok(said.has(`${group}.${key}`), `words.${group}.${key} is never said`);
  }
});

test('every sentence of the status is a sentence', () => {
  for (const [key, say] of Object.entries(words.status)) {
    const { what, todo, link } = say('Anna', 'do this');
    for (const text of [what, todo]) {
      if (text !== undefined) assert.match(text, /^\p{Lu}.*[.!…]$/su, key);
    }
    if (link) assert.match(link.href, /^\//);
  }
});

test('one is not many', () => {
  assert.equal(words.buttons.newFrames(1), '1 new frame');
  assert.equal(words.buttons.newFrames(1200), '1,200 new frames');
});

test('a message of the computer becomes a sentence', () => {
  assert.equal(sentence('the disk is full'), 'The disk is full.');
  assert.equal(sentence('Really?'), 'Really?');
  assert.equal(sentence('  '), '');
});

test('rates are said as people say them', () => {
  assert.deepEqual(
    [10_000, 2000, 1000, 500, 1000 / 15].map(words.rates.name),
    ['1 in 10 s', '1 in 2 s', '1 a second', '2 a second', '15 a second'],
  );
});
