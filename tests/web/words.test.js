import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';

import { LANGUAGES, choose, sentence, words } from '../../web/words.js';

const { en, ...others } = LANGUAGES;
const web = new URL('../../web/', import.meta.url);
const read = (name) => readFileSync(new URL(name, web), 'utf8');
const modules = readdirSync(web).filter((name) => name.endsWith('.js'));
const pages = ['index.html', 'watch.html', 'frames.html', 'upload.html'];

test('every text that the HTML names exists, and the HTML says the same before JavaScript runs', () => {
  const html = pages.map(read).join('');
  const places = [...html.matchAll(/data-words="(\w+)"[^>]*>([^<]*)</g)];
  assert.ok(places.length >= 10);
  for (const [, key, text] of places) assert.equal(text.replace(/\s+/g, ' ').trim(), en.page[key], key);
  for (const [, label, key] of html.matchAll(/aria-label="([^"]*)"\s+data-words-label="(\w+)"/g)) {
    assert.equal(label, en.page[key], key);
  }
});

test('the names that assistive technology and tests rely on stay', () => {
  assert.equal(en.page.nameLabel, 'Your name');
  assert.equal(en.buttons.start, 'Start camera');
  assert.equal(en.buttons.stop, 'Stop camera');
  assert.equal(en.buttons.record, 'Record video');
  assert.equal(en.buttons.stopRecording, 'Stop recording');
  assert.equal(en.page.myFrames, 'My frames');
  assert.equal(en.page.language, 'Language');
});

test('every word that a module asks for exists, and every word is asked for', () => {
  const code = [...modules.filter((name) => name !== 'words.js'), ...pages].map(read).join('\n');
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
  for (const group of ['page', 'buttons', 'sign', 'gallery', 'watch', 'notes', 'errors', 'rates', 'record', 'videos', 'films']) {
    for (const key of Object.keys(words[group])) assert.ok(said.has(`${group}.${key}`), `words.${group}.${key} is never said`);
  }
});

test('no module writes English by itself, nor numbers in one language for all', () => {
  // The page of jobs is the operator's, who reads the window in English too.
  const inEnglish = ['jobs.js', 'job-card.js', 'words-jobs.js', 'plot.js'];
  const spoken = modules.filter((name) => !inEnglish.includes(name));
  for (const name of spoken) assert.doesNotMatch(read(name), /toLocale\w*\('|Intl\.\w+\('/, name);
});

test('one is not many', () => {
  assert.equal(en.buttons.newFrames(1), '1 new frame');
  assert.equal(en.buttons.newFrames(1200), '1,200 new frames');
});

test('a message of the computer becomes a sentence', () => {
  assert.equal(sentence('the disk is full'), 'The disk is full.');
  assert.equal(sentence('Really?'), 'Really?');
  assert.equal(sentence('  '), '');
});

test('rates are said as people say them', () => {
  assert.deepEqual(
    [10_000, 2000, 1000, 500, 1000 / 15].map(en.rates.name),
    ['1 in 10 s', '1 in 2 s', '1 a second', '2 a second', '15 a second'],
  );
});

test('the browser asks for a language, and a person may choose another', () => {
  assert.equal(choose(['de-AT', 'en-US']).language, 'de');
  assert.equal(choose(['ja', 'pt-BR', 'fr']).language, 'pt');
  assert.equal(choose(['PT']).language, 'pt');
  assert.equal(choose(['ja', 'xx']).language, 'en', 'a language that nobody has written is English');
  assert.equal(choose([]).language, 'en');
  assert.equal(choose(['constructor', 'de']).language, 'de');
  assert.equal(choose(['de'], 'it').language, 'it');
  assert.equal(choose(['de'], 'xx').language, 'de', 'what an older version remembered is forgotten');
});

/** Every text and function of a language by its path, such as `status.ready`. */
function entries(value, path = '') {
  if (typeof value !== 'object') return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => entries(inner, path ? `${path}.${key}` : key));
}

/** The answers of the computer are words of the others alone: it speaks English itself. */
const ofPages = (language) => entries(language).filter(([path]) => !/^(server|problems)\./.test(path));

const NAMES = ['Anna', 'Berta', 'Clara'];

/** What a function is called with, in the order of its parameters. */
const ARGUMENTS = {
  'rates.name': [[500], [5000]],
  number: [[1234.5]],
  size: [[1_400_000]],
  percent: [[0.5]],
  because: [[{ message: 'm', hint: 'h' }]],
  'buttons.newFrames': [[0], [1], [2], [5], [1_000_000]],
  'buttons.open': [['12:00', true], ['12:00', false]],
  'notes.skipped': [[0], [1], [2], [5]],
  'notes.waiting': [[1, 1e6, 2e8], [5, 1e6, 2e8]],
  'notes.dropped': [[1], [2], [5]],
  'ledger.today': [[['part']]],
  'ledger.blind': [['3 min', ['reason']]],
  'ledger.hours': [[3]],
  'ledger.minutes': [[3]],
  'ledger.seconds': [[3]],
  'status.overload': [[1], [5]],
  'videos.usage': [[0, '2 MB'], [1, '2 MB'], [5, '2 MB']],
  'gallery.usage': [[0, '2 MB'], [1, '2 MB'], [5, '2 MB']],
  'gallery.event': [['12:00', 1], ['12:00', 5]],
  'gallery.deleted': [[1], [5]],
  'gallery.restored': [[1], [5]],
  'gallery.notRestored': [[1, 'Reason.'], [5, 'Reason.']],
};
/** Names where nothing else is known, and nothing at all, for which many have words too. */
const argumentsOf = (path, say) => ARGUMENTS[path] ?? [NAMES.slice(0, say.length), NAMES.slice(0, say.length).map(() => '')];

/** What a function says, as texts. */
function said(say, args) {
  const answer = say(...args);
  return typeof answer === 'string' ? [answer] : [answer.what, answer.todo, answer.link?.text].filter((text) => text !== undefined);
}

/** What is the same in both, because it is. */
const SAME = new Set(['Framekeep', 'Films', '/upload', 'Blind', 'Problem', 'Pause', 'blind 3 min (reason)']);
/** Signs and numbers, and nothing of a language. */
const WORDLESS = /^(number|size|percent|because|status\.problem|ledger\.(part|hours|minutes|seconds)|language|name)$/;

for (const [code, language] of Object.entries(others)) {
  test(`${code} has every word of the English one and none beside`, () => {
    assert.equal(language.language, code);
    const shape = (of) => ofPages(of).map(([path, value]) => [path, typeof value, value.length * (typeof value === 'function')]);
    assert.deepEqual(shape(language).sort(), shape(en).sort());
  });

  test(`${code} leaves nothing empty and nothing in English`, () => {
    const english = new Map(ofPages(en));
    for (const [path, value] of entries(language)) {
      const texts = typeof value === 'string' ? [[value, english.get(path)]] : [];
      if (typeof value === 'function') {
        for (const args of argumentsOf(path, value)) {
          const before = said(english.get(path), args);
          said(value, args).forEach((text, index) => texts.push([text, before[index]]));
        }
      }
      for (const [text, before] of texts) {
        if (WORDLESS.test(path)) continue;
        assert.match(text, /\S/, path);
        assert.doesNotMatch(text, /undefined|NaN|\[object/, path);
        if (!SAME.has(text) && !NAMES.includes(text.replace('.', ''))) assert.notEqual(text, before, path);
      }
    }
  });

  test(`${code} says what it is told`, () => {
    for (const [path, value] of ofPages(language)) {
      if (typeof value !== 'function' || /^(number|size|percent|rates\.name)$/.test(path)) continue;
      for (const args of argumentsOf(path, value)) {
        const all = said(value, args).join(' ').toLowerCase();
        for (const arg of args.flat()) {
          if (typeof arg === 'string') assert.ok(all.includes(arg.toLowerCase()), `${path}: ${all}`);
          // That it is one thing the reader sees by the form of the word.
          if (typeof arg === 'number' && arg !== 1 && arg < 1000 && path !== 'gallery.notRestored') {
            assert.ok(all.includes(String(arg)), `${path}: ${all}`);
          }
        }
      }
    }
  });

  test(`${code} writes numbers and plurals in its own way`, () => {
    const rules = new Intl.PluralRules(code);
    const form = (n) => language.buttons.newFrames(n).replace(/^[\d.,\s]+/, '');
    for (const [a, b] of [[0, 1], [1, 2], [2, 5], [0, 5]]) {
      assert.equal(form(a) === form(b), rules.select(a) === rules.select(b), `${form(a)} and ${form(b)}`);
    }
    assert.equal(language.size(1_400_000).replace(/\D+$/, ''), (1.4).toLocaleString(code));
    assert.ok(language.percent(0.034).includes((3.4).toLocaleString(code)));
  });

  test(`${code} speaks in sentences`, () => {
    for (const [key, say] of Object.entries(language.status)) check(say('Anna', 'do this'), key);
    for (const { what, todo } of [...Object.values(language.server), ...Object.values(language.problems)]) {
      check({ what: sentence(what), todo: sentence(todo) }, what);
      assert.doesNotMatch(what, /\.$/, 'it may stand behind a colon');
    }
  });

  test(`${code} knows every answer that a page can meet`, () => {
    const table = readFileSync(new URL('../docs/api.md', web), 'utf8').matchAll(/^\| \d{3} \| (`[^|]+`) \|/gm);
    const codes = [...table].flatMap(([, cell]) => [...cell.matchAll(/`(\w+)`/g)].map(([, code]) => code));
    assert.ok(codes.length > 40);
    const missing = codes.filter((code) => !(code in language.server) && !FOR_SCRIPTS.has(code));
    assert.deepEqual(missing, []);
    for (const code of Object.keys(language.server)) assert.ok(codes.includes(code), `${code} is no answer any more`);
  });

  test(`${code} knows every problem of the computer`, () => {
    const source = readFileSync(new URL('../src/bus/problems.rs', web), 'utf8');
    const [, kinds] = /enum ProblemKind \{(.*?)\n\}/s.exec(source);
    const names = [...kinds.matchAll(/^ {4}(\w+),/gm)].map(([, name]) => name.replace(/(?<!^)([A-Z])/g, '_$1').toLowerCase());
    assert.deepEqual(Object.keys(language.problems).sort(), names.sort());
  });
}

/** Answers that only a program can bring about, or that a page acts on without telling. */
const FOR_SCRIPTS = new Set([
  // For the operator.
  'job_state',
  'no_queue',
  'bad_path', 'no_such_address', 'method_not_allowed', 'no_request', 'gap', 'too_far_ahead', 'missing_chunks', 'not_finished',
  'unsupported_type', 'wrong_type', 'bad_value', 'bad_body', 'not_made',
]);

test('every sentence of the status is a sentence', () => {
  for (const [key, say] of Object.entries(en.status)) check(say('Anna', 'do this'), key);
});

function check({ what, todo, link }, key) {
  for (const text of [what, todo]) {
    if (text !== undefined) assert.match(text, /^\p{Lu}.*[.!…']$/su, key);
  }
  if (link) assert.match(link.href, /^\//);
}
