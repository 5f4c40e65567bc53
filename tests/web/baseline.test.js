import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';

const web = new URL('../../web/', import.meta.url);
const files = [...readdirSync(web), ...readdirSync(new URL('words/', web)).map((name) => `words/${name}`)];
const read = (name) => readFileSync(new URL(name, web), 'utf8');
const modules = files.filter((name) => name.endsWith('.js'));
const pages = files.filter((name) => name.endsWith('.html'));
const styles = files.filter((name) => name.endsWith('.css'));

/** What iOS 15.0 Safari or Chrome 100 lack, and that would break a page there instead of degrading. */
const tooNew = [
  [/\.at\(/, 'Array.at: iOS 15.4'],
  [/\.findLast(Index)?\(/, 'findLast: iOS 15.4'],
  [/\bObject\.hasOwn\b/, 'Object.hasOwn: iOS 15.4'],
  [/\bstructuredClone\b/, 'structuredClone: iOS 15.4'],
  [/\brandomUUID\b/, 'randomUUID: iOS 15.4'],
  [/AbortSignal\.(timeout|any)\b/, 'AbortSignal.timeout: iOS 16'],
  [/\.to(Sorted|Reversed|Spliced)\(|\.with\(/, 'changing arrays by copy: iOS 16'],
  [/\(\?<[=!]/, 'lookbehind: iOS 16.4, a syntax error before'],
  [/\bstatic\s*\{/, 'static blocks: iOS 16.4, a syntax error before'],
  [/\b(Object|Map)\.groupBy\b|Promise\.withResolvers/, 'iOS 17.4'],
  [/\beval\(|new Function\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write/, 'text must never become code or HTML'],
];

/** The same for style sheets: what would leave a page unreadable or a control out of reach. */
const tooNewStyle = [
  [/:has\(/, ':has: iOS 15.4, Chrome 105'],
  [/@container\b|@layer\b|@scope\b/, '@container and @layer: iOS 15.4 and 16'],
  [/\bsubgrid\b/, 'subgrid: iOS 16'],
  [/color-mix\(|\blch\(|\boklch\(/, 'color-mix: iOS 16.2'],
  [/(^|[;{}])\s*&/m, 'nesting: iOS 16.5'],
  [/\d(svh|lvh)\b/, 'svh, lvh: iOS 15.4'],
];

for (const name of styles) {
  test(`${name} is understood by iOS 15 and Chrome 100`, () => {
    for (const [pattern, why] of tooNewStyle) assert.doesNotMatch(read(name), pattern, why);
  });
}

test('what the gallery covers is out of reach also where `inert` is not known (iOS before 15.5, Chrome before 102)', () => {
  assert.match(read('gallery.css'), /body\[data-overlay\] \.phone \.panel \{\s*visibility: hidden;/);
});

test('the status line is a box, or Safari before 16 hides it from screen readers', () => {
  assert.match(read('index.html'), /id="status" role="status"/);
  for (const name of styles) assert.doesNotMatch(read(name), /display:\s*contents/, name);
});

for (const name of modules) {
  test(`${name} runs on iOS 15 and Chrome 100`, () => {
    const code = read(name);
    for (const [pattern, why] of tooNew) assert.doesNotMatch(code, pattern, why);
  });

  test(`${name} imports only files that are there`, () => {
    for (const [, path] of read(name).matchAll(/from '([^']+)'/g)) {
      assert.match(path, /^\.\.?\//, 'modules come from this folder only');
      const { href } = new URL(path, new URL(name, web));
      assert.ok(files.includes(href.slice(web.href.length)), path);
    }
  });

  test(`${name} imports only what those files give`, () => {
    // Pages cannot be loaded in node, and a browser that misses one name runs nothing at all.
    for (const [, names, path] of read(name).matchAll(/import \{([^}]*)\} from '([^']+)'/g)) {
      const given = read(new URL(path, new URL(name, web)));
      for (const imported of names.split(',').map((each) => each.trim().split(' as ')[0])) {
        const exported = new RegExp(`export (async )?(function|class|const|let) ${imported}\\b|export \\{[^}]*\\b${imported}\\b`);
        if (imported) assert.match(given, exported, `${path} gives no ${imported}`);
      }
    }
  });

  test(`${name} says what it is for`, () => {
    assert.match(read(name), /^\/\/ @ts-check\n\/\*\*/);
  });
}

for (const name of pages) {
  test(`${name} obeys a strict content security policy`, () => {
    const html = read(name);
    assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)/, 'no inline script');
    assert.doesNotMatch(html, /<style|\sstyle=/, 'no inline style');
    assert.doesNotMatch(html, /\son\w+=/, 'no inline handler');
    assert.doesNotMatch(html, /(?:src|href|action)="(?:https?:)?\/\//, 'nothing from elsewhere');
    assert.match(html, /<html lang="en">/);
  });

  test(`${name} links only to files that are there`, () => {
    for (const [, path] of read(name).matchAll(/"\/web\/([^"#]+)"/g)) assert.ok(files.includes(path), path);
  });
}

test('the manifest is valid and its icons are there', () => {
  const manifest = JSON.parse(read('manifest.webmanifest'));
  for (const { src } of manifest.icons) assert.ok(files.includes(src.replace('/web/', '')), src);
});

for (const name of styles) {
  test(`${name} uses rem for texts, so that they grow with the reader's choice`, () => {
    for (const [, size] of read(name).matchAll(/font-size:\s*([^;]+);/g)) assert.doesNotMatch(size, /px/, size);
  });
}

/** Relative luminance and contrast: WCAG 2.2, definitions of both. */
function contrast(a, b) {
  const luminance = (hex) => {
    const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255);
    const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  };
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

test('texts have a contrast of at least 4.5 to 1 in light and dark', () => {
  const css = read('style.css');
  const tokens = (text) => Object.fromEntries([...text.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, k, v]) => [k, v]));
  const [, lightText, darkText] = /:root \{(.*?)\n\}.*?prefers-color-scheme: dark\) \{\s*:root \{(.*?)\n {2}\}/s.exec(css);
  const light = tokens(lightText);
  for (const [scheme, token] of Object.entries({ light, dark: { ...light, ...tokens(darkText) } })) {
    for (const ink of ['ink', 'ink-soft', 'accent', 'motion', 'still', 'blind', 'problem']) {
      for (const ground of ['ground', 'surface']) {
        const ratio = contrast(token[ink], token[ground]);
        assert.ok(ratio >= 4.5, `${scheme}: ${ink} on ${ground} is ${ratio.toFixed(2)}`);
      }
    }
    assert.ok(contrast(token['ink-soft'], token.raised) >= 4.5, `${scheme}: ink-soft on raised`);
    assert.ok(contrast(token['on-accent'], token.accent) >= 4.5, `${scheme}: on-accent on accent`);
    assert.ok(contrast('#ffffff', token.recording) >= 4.5, `${scheme}: white on recording`);
  }
});
