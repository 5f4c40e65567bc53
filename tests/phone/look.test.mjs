// What every screen owes to hands and eyes: targets of 48 px, no sideways scrolling, names for everything.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Phone } from './support/phone.mjs';
import { setStage } from './support/stage.mjs';
import { until } from './support/until.mjs';

let framekeep;
let browser;

setStage({}, (stage) => ({ framekeep, browser } = stage));

const SCREENS = [
  ['a small phone', { viewport: { width: 320, height: 568 } }, 16],
  ['a phone', { viewport: { width: 390, height: 844 } }, 16],
  ['a phone on its side', { viewport: { width: 844, height: 390 } }, 16],
  ['a phone with large text', { viewport: { width: 390, height: 844 } }, 28],
];

for (const [name, screen, textPx] of SCREENS) {
  test(`${name}: everything fits, is large enough to press, and has a name`, async () => {
    const phone = await Phone.open(browser, screen);
    const { page } = phone;
    // Browsers answer the reader's choice of text size by the size of 1 rem.
    const grow = () => page.evaluate((px) => document.documentElement.style.setProperty('font-size', `${px}px`), textPx);
    await phone.pair(framekeep.pairingUrl);
    await grow();
    await check(page, `${name}, before the start`);
    await phone.film(name.replaceAll(' ', '-'));
    await phone.says(/Still|Motion/);
    await check(page, `${name}, filming`);
    const picture = await page.locator('#live').boundingBox();
    const room = screen.viewport.width * screen.viewport.height;
    if (textPx === 16) assert.ok((picture.width * picture.height) / room > 0.3, 'the picture is the largest thing on the screen');
    // However much there is to say: a video is made, and the computer does not answer.
    await page.getByRole('button', { name: 'Record video', exact: true }).click();
    await page.route('**/cameras/*/previews*', (route) => route.abort());
    await phone.says(/does not answer/);
    await page.evaluate(() => window.scrollTo(0, 0));
    const stop = await phone.stop.boundingBox();
    assert.ok(stop.y >= 0 && stop.y + stop.height <= screen.viewport.height, `Stop camera lies at ${stop.y} of ${screen.viewport.height}`);
    await page.unroute('**/cameras/*/previews*');
    await until('a kept frame', async () => (await phone.counts()).kept > 0, 30_000);
    await phone.framesLink.click();
    await phone.tiles.first().click();
    await page.getByRole('dialog').waitFor();
    await check(page, `${name}, one frame large while it films`);
    const across = await page.getByRole('dialog').evaluate((dialog) => dialog.scrollWidth - dialog.clientWidth);
    assert.ok(across <= 0, `${name}: the large view scrolls sideways by ${across}`);
    await page.keyboard.press('Escape');
    await page.goBack();
    await phone.stopFilming();
    await page.goto(`${framekeep.url}/frames`);
    await page.getByRole('heading', { name: 'My frames' }).waitFor();
    await grow();
    await check(page, `${name}, my frames`);
    await page.goto(`${framekeep.url}/upload`);
    await grow();
    await check(page, `${name}, upload`);
    assert.deepEqual(phone.complaints, []);
    await phone.close();
  });
}

async function check(page, where) {
  const faults = await page.evaluate(() => {
    const faults = [];
    if (document.documentElement.scrollWidth > window.innerWidth) {
      faults.push(`scrolls sideways: ${document.documentElement.scrollWidth} > ${window.innerWidth}`);
    }
    for (const control of document.querySelectorAll('button, select, input, .bar a, a.button, a.back')) {
      const box = control.getBoundingClientRect();
      if (box.width === 0 || getComputedStyle(control).visibility === 'hidden') continue;
      const label = control.getAttribute('aria-label') ?? (control.labels?.[0]?.textContent || control.textContent).trim();
      if (!label) faults.push(`no name: ${control.outerHTML.slice(0, 80)}`);
      if (box.width < 48 || box.height < 48) faults.push(`${label}: ${Math.round(box.width)}x${Math.round(box.height)}`);
      if (box.left < 0 || box.right > window.innerWidth + 0.5) faults.push(`${label} leaves the screen`);
    }
    return faults;
  });
  assert.deepEqual(faults, [], where);
}

test('the page is lively without moving for people who asked for less motion', async () => {
  const phone = await Phone.open(browser, { reducedMotion: 'reduce' });
  await phone.pair(framekeep.pairingUrl);
  await phone.film('Calm');
  await phone.says(/Still|Motion/);
  const running = await phone.page.evaluate(() => document.getAnimations().length);
  assert.equal(running, 0);
  await phone.close();
});

test('it can be put on the home screen', async () => {
  const phone = await Phone.open(browser);
  await phone.page.goto(framekeep.url);
  const manifest = await phone.fetch('/web/manifest.webmanifest');
  const { name, icons } = JSON.parse(typeof manifest.body === 'string' ? manifest.body : JSON.stringify(manifest.body));
  assert.equal(name, 'Framekeep');
  for (const { src, sizes } of icons) {
    const side = await phone.page.evaluate(async (src) => {
      const image = new Image();
      image.src = src;
      await image.decode();
      return image.naturalWidth;
    }, src);
    if (sizes !== 'any') assert.equal(`${side}x${side}`, sizes);
  }
  await phone.close();
});
