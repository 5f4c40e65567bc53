// My frames: what was kept is seen, live, and belongs to its user alone.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

import { PORTRAIT, Phone } from './support/phone.mjs';
import { setStage } from './support/stage.mjs';
import { until } from './support/until.mjs';

let framekeep;
let browser;
let anna;

setStage({ clip: {} }, async (stage) => {
  ({ framekeep, browser } = stage);
  anna = await Phone.open(browser);
  const ticket = framekeep.pairingUrl;
  await anna.pair(ticket);
  await framekeep.nextTicket(ticket);
  await anna.film('Anna');
  await until('six kept frames', async () => (await anna.counts()).kept >= 6, 40_000);
  await anna.stopFilming();
});

test('the kept frames are there, the newest day first, with their number and size', async () => {
  const { page } = anna;
  await page.goto(`${framekeep.url}/frames`);
  await anna.tiles.first().waitFor();
  await until('a tile for every file', async () => (await anna.tiles.count()) === framekeep.pictures('Anna').length);
  const onDisk = framekeep.pictures('Anna').length;
  await page.getByRole('heading', { name: 'Today' }).waitFor();
  await page.getByText(new RegExp(`^${onDisk} frames · [\\d.]+ (kB|MB)$`)).waitFor();
  await until('thumbnails to be drawn', () =>
    page.evaluate(() => [...document.querySelectorAll('.grid img')].some((image) => image.naturalWidth > 0)),
  );
  assert.deepEqual(anna.complaints, []);
});

test('a frame opens large, arrows go through time, Escape and Back close it', async () => {
  const { page } = anna;
  await page.goto(`${framekeep.url}/frames`);
  await anna.tiles.first().click();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  const whole = () => dialog.locator('img').evaluate((image) => image.complete && image.naturalWidth === 640);
  await until('the whole picture', whole);
  const first = await dialog.locator('img').getAttribute('src');
  await page.keyboard.press('ArrowRight');
  assert.notEqual(await dialog.locator('img').getAttribute('src'), first);
  await page.keyboard.press('ArrowLeft');
  assert.equal(await dialog.locator('img').getAttribute('src'), first);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await anna.tiles.nth(1).click();
  await dialog.waitFor();
  await page.goBack();
  await dialog.waitFor({ state: 'hidden' });
  assert.match(page.url(), /\/frames$/);
});

test('a swipe goes to the next frame', async () => {
  const { page } = anna;
  await page.goto(`${framekeep.url}/frames`);
  await anna.tiles.first().click();
  const picture = page.getByRole('dialog').locator('img');
  const first = await picture.getAttribute('src');
  const box = await picture.boundingBox();
  const [x, y] = [box.x + box.width * 0.8, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x - 150, y, { steps: 5 });
  await page.mouse.up();
  assert.notEqual(await picture.getAttribute('src'), first);
});

test('a downloaded frame is the file on disk', async () => {
  const { page } = anna;
  await page.goto(`${framekeep.url}/frames`);
  await anna.tiles.first().click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download' }).click(),
  ]);
  const { readFile } = await import('node:fs/promises');
  const { sha256 } = await import('./support/framekeep.mjs');
  const hash = sha256(await readFile(await download.path()));
  assert.ok(framekeep.pictures('Anna').some((picture) => picture.sha256 === hash));
  assert.ok(framekeep.pictures('Anna').some((picture) => picture.path.endsWith(download.suggestedFilename())));
});

test('a frame is deleted without a question and comes back by Undo', async () => {
  const { page } = anna;
  await page.goto(`${framekeep.url}/frames`);
  await anna.tiles.first().waitFor();
  const before = await anna.tiles.count();
  const says = (count) => page.locator('.usage').filter({ hasText: new RegExp(`^${count} frames`) }).waitFor();
  await says(before);
  await anna.tiles.first().click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Frame deleted.').waitFor();
  await says(before - 1);
  await until('the file to be gone', () => framekeep.pictures('Anna').length === before - 1);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Frame restored.').waitFor();
  await until('the file to be back', () => framekeep.pictures('Anna').length === before);
  await page.keyboard.press('Escape');
  await until('all tiles', async () => (await anna.tiles.count()) === before);
  await says(before);
  assert.equal(await page.locator('.news').isVisible(), false, 'what came back is nothing new');
});

test('an event is played, taken home as one file, removed and brought back', async () => {
  const { page } = anna;
  await page.goto(`${framekeep.url}/frames`);
  await anna.tiles.first().waitFor();
  const event = page.locator('.event').filter({ has: page.getByRole('button', { name: /Play the frames/ }) }).first();
  const count = await event.locator('.grid button').count();
  assert.ok(count >= 2);

  const shown = new Set();
  await event.getByRole('button', { name: /Play the frames/ }).click();
  const dialog = page.locator('dialog.viewer');
  await until('every frame of it to be shown', async () => {
    shown.add(await dialog.locator('img.picture').getAttribute('src'));
    return shown.size === count;
  });
  await dialog.getByRole('button', { name: 'Play', exact: true }).waitFor();
  await page.keyboard.press('Escape');

  const saving = page.waitForEvent('download');
  await event.getByRole('link', { name: /Save the frames/ }).click();
  const saved = await saving;
  assert.match(saved.suggestedFilename(), /^framekeep.Anna.*\.zip$/);
  const names = execFileSync('python3', ['-m', 'zipfile', '-l', await saved.path()], { encoding: 'utf8' });
  assert.equal([...names.matchAll(/Anna\/.*\.jpg/g)].length, count, names);

  const all = await anna.tiles.count();
  await event.getByRole('button', { name: /Remove the frames/ }).click();
  await until('the event to be gone', async () => (await anna.tiles.count()) === all - count);
  await page.getByRole('button', { name: 'Undo' }).click();
  await until('the event to be back', async () => (await anna.tiles.count()) === all);
});

test('frames that are deleted by keyboard pass the focus on, and come back together', async () => {
  const { page } = anna;
  await page.goto(`${framekeep.url}/frames`);
  await anna.tiles.first().waitFor();
  const before = await anna.tiles.count();
  await anna.tiles.nth(1).focus();
  await page.keyboard.press('Delete');
  await page.getByText('Frame deleted.').waitFor();
  await page.keyboard.press('Delete');
  await page.getByText('2 frames deleted.').waitFor();
  await until('two tiles less', async () => (await anna.tiles.count()) === before - 2);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('2 frames restored.').waitFor();
  await until('all files', () => framekeep.pictures('Anna').length === before);
});

test('arrow keys go on working after the last frame was reached by its button', async () => {
  const { page } = anna;
  await page.goto(`${framekeep.url}/frames`);
  await anna.tiles.first().waitFor();
  await anna.tiles.nth((await anna.tiles.count()) - 2).click();
  const earlier = page.getByRole('button', { name: 'Earlier frame' });
  await earlier.focus();
  while ((await earlier.getAttribute('aria-disabled')) === 'false') await page.keyboard.press('Enter');
  const last = await page.getByRole('dialog').locator('img').getAttribute('src');
  await page.keyboard.press('ArrowLeft');
  assert.notEqual(await page.getByRole('dialog').locator('img').getAttribute('src'), last);
});

test('a double tap on Close or Camera goes one step back, and filming goes on', async () => {
  const { page } = anna;
  await page.goto(framekeep.url);
  await anna.film('Anna', '1 in 10 s');
  await anna.says(/Still|Motion/);
  await anna.framesLink.click();
  await anna.tiles.first().click();
  const twice = (button) => button.evaluate((element) => (element.click(), element.click()));
  await twice(page.getByRole('button', { name: 'Close' }));
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.getByRole('heading', { name: 'My frames' }).waitFor();
  await twice(page.getByRole('link', { name: 'Camera', exact: true }));
  await page.getByRole('heading', { name: 'My frames' }).waitFor({ state: 'detached' });
  assert.equal(new URL(page.url()).pathname, '/');
  assert.match(await anna.sign.innerText(), /Recording/);
  await anna.stopFilming();
});

test('what breaks the filming is told in a frame seen large, and beside it nothing can be reached', async () => {
  const { page } = anna;
  await page.goto(framekeep.url);
  await anna.film('Anna', '5 a second');
  await anna.says(/Still|Motion/);
  await anna.framesLink.click();
  assert.equal(await page.locator('#shutter').evaluate((button) => getComputedStyle(button).visibility), 'hidden');
  await anna.tiles.first().click();
  await page.route('**/cameras/*/previews*', (route) => route.abort());
  await page.getByRole('dialog').getByText(/Blind: The computer does not answer/).waitFor();
  await page.unroute('**/cameras/*/previews*');
  await page.getByRole('dialog').getByText(/Blind: /).waitFor({ state: 'hidden' });
  await page.keyboard.press('Escape');
  await page.goBack();
  await anna.stopFilming();
});

test('a reload with a frame open leaves Close and Back as they were', async () => {
  const { page } = anna;
  await page.goto(framekeep.url);
  await anna.film('Anna', '1 in 10 s');
  await anna.says(/Still|Motion/);
  await anna.framesLink.click();
  await anna.tiles.first().click();
  await page.getByRole('dialog').waitFor();
  await page.reload();
  await anna.tiles.first().click();
  await page.getByRole('dialog').waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  assert.equal(new URL(page.url()).pathname, '/frames');
  await page.goBack();
  await page.waitForURL((url) => url.pathname === '/');
  await anna.start.waitFor();
});

test('new frames appear by themselves, and move nothing while somebody reads', async () => {
  const watcher = new Phone(anna.context, await anna.context.newPage());
  await watcher.page.goto(`${framekeep.url}/frames`);
  await watcher.tiles.first().waitFor();
  const before = await watcher.tiles.count();
  await watcher.tiles.nth(2).focus();

  await anna.page.goto(framekeep.url);
  await anna.film('Anna', '10 a second');
  const news = watcher.page.getByRole('button', { name: /new frames?$/ });
  await news.waitFor({ timeout: 40_000 });
  assert.equal(await watcher.tiles.count(), before, 'nothing moved');
  // What the button covers can be scrolled from under it, at the top and at the end of the page.
  const [offer, day] = [await news.boundingBox(), await watcher.page.getByRole('button', { name: 'Film of the day' }).boundingBox()];
  assert.ok(day.y + day.height <= offer.y || day.y >= offer.y + offer.height, JSON.stringify({ offer, day }));
  await watcher.page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  const last = await watcher.tiles.last().boundingBox();
  assert.ok(last.y + last.height <= (await news.boundingBox()).y, JSON.stringify({ last, offer }));
  await news.click();
  await until('the new tiles', async () => (await watcher.tiles.count()) > before);
  await anna.stopFilming();
  await watcher.page.close();
});

test('My frames before a name was picked says what to do, once', async () => {
  const ticket = framekeep.pairingUrl;
  const nobody = await Phone.open(browser);
  await nobody.pair(ticket);
  await framekeep.nextTicket(ticket);
  let asked = 0;
  nobody.page.on('request', (request) => (asked += /\/api\/v1\/frames\?/.test(request.url()) ? 1 : 0));
  await nobody.page.goto(`${framekeep.url}/frames`);
  await nobody.page.getByRole('heading', { name: 'Your name first' }).waitFor();
  await nobody.page.getByRole('link', { name: 'Go to the camera' }).click();
  await nobody.start.waitFor();
  assert.equal(asked, 1);
  await nobody.close();
});

test('after a pause in which much was kept, nothing in between is missing', async () => {
  const page = await anna.context.newPage();
  const watcher = new Phone(anna.context, page);
  const { body } = await anna.fetch('/api/v1/frames?limit=1');
  const [model] = body.frames;
  // 240 frames of which the newest 200 came while nobody listened: what is tried is the list, not the keeping.
  const all = Array.from({ length: 240 }, (_, n) => ({ ...model, id: `${n}`.padStart(16, '0'), event: n >> 4, captured_at: model.captured_at + n * 1000 }));
  let kept = 40;
  await page.route('**/api/v1/frames?*', (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
    const frames = all.slice(0, kept).reverse().slice(from, from + 60);
    return route.fulfill({ json: { frames, next: from + 60 < kept ? String(from + 60) : null, count: kept, bytes: 1e6 } });
  });
  let streams = 0;
  await page.route('**/api/v1/stream', (route) => {
    streams += 1;
    return route.fulfill({ contentType: 'text/event-stream', body: streams > 1 ? 'retry: 100000\nevent: hello\ndata: {}\n\n' : 'retry: 500\n\n' });
  });
  const first = page.waitForResponse(/frames\?/);
  await page.goto(`${framekeep.url}/frames`);
  await first;
  kept = 240;
  await until('every frame', async () => {
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    return (await watcher.tiles.count()) === 240;
  });
  await page.close();
});

test('a user without frames reads what to do, and sees nothing of others: they answer 404', async () => {
  const ben = await Phone.open(browser);
  await ben.pair(framekeep.pairingUrl);
  await ben.film('Ben', '1 in 10 s');
  await ben.says(/Still|Motion/);
  await ben.stopFilming();
  await ben.page.goto(`${framekeep.url}/frames`);
  await ben.page.getByText('No frames kept yet').waitFor();

  const { body } = await anna.fetch('/api/v1/frames?limit=1');
  const { id } = body.frames[0];
  for (const [method, path] of [
    ['GET', `/api/v1/frames/${id}`],
    ['GET', `/api/v1/frames/${id}/thumbnail`],
    ['DELETE', `/api/v1/frames/${id}`],
    ['POST', `/api/v1/frames/${id}/restore`],
    ['GET', '/api/v1/frames?user=Anna'],
  ]) {
    assert.equal((await ben.fetch(path, { method })).status, 404, `${method} ${path}`);
  }
  assert.equal((await anna.fetch(`/api/v1/frames/${id}`)).status, 200);
  await ben.close();
});

test('many frames are loaded as the reader scrolls', async () => {
  const { page } = anna;
  const { body } = await anna.fetch('/api/v1/frames?limit=500');
  const real = body.frames;
  const pages = 3;
  // The same real frames again and again under other ids and times: what is tried is the scrolling, not the keeping.
  await page.route('**/api/v1/frames?*', (route) => {
    const cursor = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
    const frames = Array.from({ length: 60 }, (_, index) => {
      const n = cursor * 60 + index;
      const model = real[n % real.length];
      return { ...model, id: n < real.length ? model.id : `${n}`.padStart(16, '0'), event: n >> 4, captured_at: real[0].captured_at - n * 900_000 };
    });
    const next = cursor + 1 < pages ? String(cursor + 1) : null;
    return route.fulfill({ json: { frames, next, count: 180, bytes: 1e7 } });
  });
  await page.goto(`${framekeep.url}/frames`);
  await anna.tiles.first().waitFor();
  await until('the first page', async () => (await anna.tiles.count()) >= 60);
  await until('all pages', async () => {
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    return (await anna.tiles.count()) === 180;
  });
  await page.unroute('**/api/v1/frames?*');
});

test('without JavaScript a photo is sent by a plain form', async () => {
  const ticket = framekeep.pairingUrl;
  const plain = await Phone.open(browser, { ...PORTRAIT, javaScriptEnabled: false });
  await plain.page.goto(ticket);
  await plain.page.getByRole('button', { name: 'Pair this phone' }).click();
  await plain.page.waitForURL((url) => url.pathname === '/');
  await plain.page.goto(`${framekeep.url}/upload`);
  await plain.page.getByLabel('Your name').fill('Paul');
  const photo = (await anna.fetch('/api/v1/frames?limit=1')).body.frames[0];
  const bytes = await anna.context.request.get(`${framekeep.url}/api/v1/frames/${photo.id}`);
  await plain.page.getByLabel('Photo').setInputFiles({ name: 'photo.jpg', mimeType: 'image/jpeg', buffer: await bytes.body() });
  const [answer] = await Promise.all([
    plain.page.waitForResponse((response) => response.request().method() === 'POST'),
    plain.page.getByRole('button', { name: 'Send photo' }).click(),
  ]);
  assert.equal(answer.status(), 200);
  assert.match(answer.headers()['content-type'], /text\/html/);
  await plain.close();
});
