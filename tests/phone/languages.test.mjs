// The pages speak the language of the browser: whole, on narrow screens too, and a person can choose another.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { LANGUAGES } from '../../web/words.js';
import { Phone } from './support/phone.mjs';
import { setStage } from './support/stage.mjs';
import { until } from './support/until.mjs';

const WIDTHS = [320, 390];
/** Where to leave pictures of the screens, for eyes; nowhere unless it is asked for. */
const LOOKS = process.env.FRAMEKEEP_LOOKS;

let framekeep;
let browser;

setStage({ clip: {} }, (stage) => {
  ({ framekeep, browser } = stage);
  if (LOOKS) mkdirSync(LOOKS, { recursive: true });
});

/** Pairs without reading a word. */
async function pair(phone) {
  const ticket = framekeep.pairingUrl;
  await phone.page.goto(ticket);
  await phone.page.waitForURL((url) => url.pathname === '/');
  await phone.page.locator('#phone[data-access="paired"]').waitFor();
  await framekeep.nextTicket(ticket);
}

for (const [code, words] of Object.entries(LANGUAGES)) {
  test(`${code}: film, record and look at what was kept, without a word of another language`, async () => {
    const phone = await Phone.open(browser, { locale: code === 'en' ? 'en-US' : `${code}-XX` });
    const { page } = phone;
    await page.goto(`${framekeep.url}/`);
    await page.locator('#phone[data-access="unpaired"]').waitFor();
    await look(page, words, 'unpaired');
    await pair(phone);
    assert.equal(await page.locator('html').getAttribute('lang'), code);
    await page.getByRole('combobox', { name: words.page.language, exact: true }).waitFor();
    await look(page, words, 'ready');

    // A name that the computer refuses, in words of its own.
    await page.locator('#name').fill('../etc');
    await page.locator('#shutter').click();
    await page.locator('#status[data-state="problem"]').waitFor();
    await look(page, words, 'refused');

    await page.locator('#name').fill(`Ilse-${code}`);
    await page.locator('#rate').selectOption('200');
    await page.locator('#shutter').click();
    await page.locator('#phone[data-filming="true"][data-state="still"], #phone[data-filming="true"][data-state="motion"]').waitFor();
    await page.locator('#record').click();
    await page.locator('#record-sign').waitFor();
    await until('kept frames', async () => Number(await page.locator('#kept').textContent()) >= 2, 40_000);
    await look(page, words, 'filming');
    await page.locator('#record').click();
    await page.locator('#record-sign').waitFor({ state: 'hidden' });
    await until('the recording to be on the computer', async () => (await page.locator('#record-note').textContent()) === words.record.sent);
    await look(page, words, 'recorded');

    await page.locator('#frames-link').click();
    await page.locator('.videos li').waitFor();
    await phone.tiles.first().waitFor();
    await look(page, words, 'frames');
    await phone.tiles.first().click();
    await page.getByRole('dialog').waitFor();
    await look(page, words, 'one frame');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.locator('.gallery.over .back').click();
    await page.locator('.gallery.over').waitFor({ state: 'detached' });
    await page.locator('#shutter').click();
    await page.locator('#phone[data-filming="false"]').waitFor();
    await look(page, words, 'stopped');

    for (const path of ['/frames', '/upload']) {
      await page.goto(framekeep.url + path);
      await page.locator(`html[lang="${code}"]`).waitFor({ state: 'attached' });
      await look(page, words, path.slice(1));
      assert.match(await page.title(), / · Framekeep$/);
    }
    assert.deepEqual(phone.complaints, []);
    await phone.close();
  });
}

test('a person chooses another language, and this browser remembers it', async () => {
  const phone = await Phone.open(browser, { locale: 'fr-FR' });
  const { page } = phone;
  await pair(phone);
  assert.equal(await page.locator('#shutter-word').textContent(), LANGUAGES.fr.buttons.start);
  await page.getByRole('combobox', { name: 'Langue' }).selectOption('Italiano');
  await page.locator('html[lang="it"]').waitFor({ state: 'attached' });
  assert.equal(await page.locator('#shutter-word').textContent(), LANGUAGES.it.buttons.start);
  await page.goto(`${framekeep.url}/frames`);
  await page.locator('html[lang="it"]').waitFor({ state: 'attached' });
  await phone.close();
});

test('a code that was used already is refused in the language of the browser', async () => {
  const used = framekeep.pairingUrl;
  const first = await Phone.open(browser);
  await pair(first);
  const late = await Phone.open(browser, { locale: 'de-DE' });
  await late.page.goto(used);
  await late.page.getByRole('heading', { name: 'Scannen Sie den Code noch einmal' }).waitFor();
  assert.equal(await late.page.locator('html').getAttribute('lang'), 'de');
  await late.page.getByText('Dieser Code wurde schon benutzt').waitFor();
  await first.close();
  await late.close();
});

test('the list of languages does not end the filming', async () => {
  const phone = await Phone.open(browser);
  await pair(phone);
  const language = phone.page.locator('#language');
  assert.ok(await language.isVisible());
  await phone.film('Jutta');
  await phone.says(/Still|Motion/);
  assert.ok(!(await language.isVisible()));
  await phone.close();
});

/** Looks at the screen in each width: nothing is cut off, nothing is English that should not be. */
async function look(page, words, where) {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width === 320 ? 568 : 844 });
    if (LOOKS) await page.screenshot({ path: join(LOOKS, `${words.language}-${where.replaceAll(' ', '-')}-${width}.png`) });
    assert.deepEqual(await page.evaluate(faults), [], `${words.language}, ${where}, ${width} px`);
  }
  if (words === LANGUAGES.en) return;
  const english = strangers(words);
  const seen = (await page.evaluate(texts)).filter((text) => english.some((stranger) => text === stranger || (stranger.length > 15 && text.includes(stranger))));
  assert.deepEqual(seen, [], `${words.language}, ${where}`);
}

/** What is said in English and not in this language. */
function strangers(words) {
  const all = (value) => {
    if (typeof value === 'string') return [value];
    if (typeof value === 'function') return fixed(value);
    return Object.values(value).flatMap(all);
  };
  const own = new Set(all(words));
  return all(LANGUAGES.en).filter((text) => text && !own.has(text));
}

/** The sentences that a function says without being told anything. */
function fixed(say) {
  if (say.length > 0) return [];
  const { what, todo, link } = say();
  return [what, todo, link?.text].filter(Boolean);
}

/** In the page: all that a person sees or hears. */
function texts() {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (node.tagName === 'NOSCRIPT' || node.getClientRects().length === 0) continue;
    const label = node.getAttribute('aria-label') ?? node.getAttribute('alt');
    if (label) found.push(label);
    const own = [...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE).map((child) => child.data).join(' ');
    if (own.trim()) found.push(own.replace(/\s+/g, ' ').trim());
  }
  return [...found, document.title];
}

/** In the page: what is cut off or lies over something else. */
function faults() {
  const faults = [];
  const shown = (element) => element && element.getClientRects().length > 0 && getComputedStyle(element).visibility !== 'hidden';
  if (document.documentElement.scrollWidth > window.innerWidth) faults.push(`scrolls sideways: ${document.documentElement.scrollWidth}`);
  for (const control of document.querySelectorAll('button, .bar > *, .bar span, a.button, a.back, .sound, .sign, .sign b, .verdict, .counts span, .record-sign')) {
    if (!shown(control)) continue;
    const box = control.getBoundingClientRect();
    const text = control.textContent.trim();
    if (control.scrollWidth > Math.ceil(control.clientWidth) && control.clientWidth > 0) faults.push(`${text}: ${control.scrollWidth} in ${control.clientWidth}`);
    if (box.left < 0 || box.right > window.innerWidth + 0.5) faults.push(`${text} leaves the screen`);
  }
  // A list that is closed cuts off in silence.
  for (const list of document.querySelectorAll('select')) {
    if (!shown(list)) continue;
    const style = getComputedStyle(list);
    const pen = document.createElement('canvas').getContext('2d');
    pen.font = style.font;
    const room = list.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    for (const option of list.options) {
      const wide = pen.measureText(option.text).width;
      if (wide > room + 1) faults.push(`${option.text}: ${Math.round(wide)} in ${Math.round(room)}`);
    }
  }
  const rate = document.querySelector('.rate');
  if (shown(rate)) {
    const over = rate.getBoundingClientRect();
    for (const part of document.querySelectorAll('.counts > span')) {
      const box = part.getBoundingClientRect();
      if (box.right > over.left && box.bottom > over.top && box.top < over.bottom) faults.push(`${part.textContent} lies under the rate`);
    }
  }
  return faults;
}
