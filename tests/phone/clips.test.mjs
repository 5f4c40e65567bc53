// Clips and films in a real browser: they play from their first frame to their last, are ordered, listed and deleted.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Phone } from './support/phone.mjs';
import { setStage } from './support/stage.mjs';
import { until } from './support/until.mjs';

const SETTINGS = '[defaults.clip]\nbefore_secs = 1.0\nafter_secs = 1.0\ndraw = ["boxes", "time"]\n';
/** A busy computer does no job for a minute, and then one all the same. */
const LONG = 180_000;

let framekeep;
let browser;
let phone;

setStage({ clip: {}, settings: () => SETTINGS }, async (stage) => {
  ({ framekeep, browser } = stage);
  phone = await Phone.open(browser);
  await phone.pair(framekeep.pairingUrl);
  await phone.film('Anna');
  await until('five kept frames', async () => (await phone.counts()).kept >= 5, 60_000);
  await phone.stopFilming();
});

/** Waits until the video that is on the screen was played to its end, and says how it came there. */
async function playsToItsEnd() {
  const video = phone.page.locator('dialog video');
  await video.waitFor();
  // The page goes on by itself at the end, so what happened is noted where it happens.
  return video.evaluate(
    (video) =>
      new Promise((done, failed) => {
        const times = [];
        video.addEventListener('timeupdate', () => times.push(video.currentTime));
        video.addEventListener('error', () => failed(new Error(`it cannot be played: ${video.error?.message}`)));
        video.addEventListener('ended', () => done({ times, duration: video.duration, width: video.videoWidth }));
        video.muted = true;
        void video.play();
      }),
  );
}

test('the clip of an event plays to its end, and its time goes forward', async () => {
  const { page } = phone;
  let clips = [];
  await until('a clip to be made', async () => {
    clips = (await phone.fetch('/api/v1/clips')).body.clips;
    return clips.length > 0;
  }, LONG);
  const [{ event, duration_ms: lasts }] = clips;
  await page.goto(`${framekeep.url}/frames`);
  await phone.tiles.first().waitFor();
  const frames = (await phone.fetch(`/api/v1/frames?event=${event}`)).body.frames;
  assert.ok(frames.length > 0, 'frames of the event are kept');
  // The event that has the clip: its frames are opened, and played as a whole.
  const tile = page.locator(`.grid button:has(img[src*="${frames[0].id}"])`);
  await tile.click();
  await page.getByRole('dialog').getByRole('button', { name: 'Play', exact: true }).click();
  const { times, duration, width } = await playsToItsEnd();
  assert.ok(Math.abs(duration * 1000 - lasts) < 100, `${duration} s and ${lasts} ms`);
  assert.ok(times.length >= 3 && times.every((time, index) => index === 0 || time >= times[index - 1]), times.join());
  assert.ok(times[times.length - 1] > duration - 0.3 && width > 0, `${times} of ${duration}`);
  await page.keyboard.press('Escape');
  assert.deepEqual(phone.complaints, []);
});

test('the frames of an event become a film that is told, listed, played, deleted and brought back', async () => {
  const { page } = phone;
  await page.goto(`${framekeep.url}/frames`);
  await phone.tiles.first().waitFor();
  await page.getByRole('button', { name: /Make a film of the frames of/ }).first().click();
  const toast = page.locator('.toast');
  await toast.filter({ hasText: 'The film is being made.' }).waitFor();
  const films = page.getByRole('region', { name: 'Films' });
  await films.getByText(/Picked frames · Today/).waitFor({ timeout: LONG });
  const [film] = (await phone.fetch('/api/v1/clips?ordered')).body.clips;
  assert.equal(film.kind, 'selection');
  await films.getByRole('button', { name: /^Play: Picked frames/ }).click();
  const { duration } = await playsToItsEnd();
  assert.ok(Math.abs(duration * 1000 - film.duration_ms) < 100, `${duration} s and ${film.duration_ms} ms`);
  await page.keyboard.press('Escape');
  await films.getByRole('button', { name: /^Delete: Picked frames/ }).click();
  await toast.filter({ hasText: 'Film deleted.' }).waitFor();
  await until('it to be gone', async () => (await phone.fetch('/api/v1/clips?ordered')).body.clips.length === 0);
  await toast.getByRole('button', { name: 'Undo' }).click();
  await toast.filter({ hasText: 'Film restored.' }).waitFor();
  await films.getByText(/Picked frames · Today/).waitFor();
  assert.deepEqual(phone.complaints, []);
});

test('a day becomes a film', async () => {
  const { page } = phone;
  await page.goto(`${framekeep.url}/frames`);
  await page.getByRole('button', { name: 'Film of the day' }).click();
  await page.getByRole('region', { name: 'Films' }).getByText(/Time-lapse · Today/).waitFor({ timeout: LONG });
  const clips = (await phone.fetch('/api/v1/clips?ordered')).body.clips;
  assert.ok(clips.some(({ kind, duration_ms: lasts }) => kind === 'timelapse' && lasts > 0), JSON.stringify(clips));
});

test('who deletes by keyboard stays in the list', async () => {
  const { page } = phone;
  await page.goto(`${framekeep.url}/frames`);
  const films = page.getByRole('region', { name: 'Films' });
  const removes = films.getByRole('button', { name: /^Delete: / });
  await until('two films', async () => (await removes.count()) === 2);
  await removes.first().focus();
  await page.keyboard.press('Enter');
  await until('one film', async () => (await removes.count()) === 1);
  assert.ok(await films.evaluate((list) => list.contains(document.activeElement)), 'the focus is on the other film');
  await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
  await until('both films', async () => (await removes.count()) === 2);
});

test('a film that is ready waits with its message until nobody may be about to press Undo', async () => {
  const page = await phone.context.newPage();
  const other = new Phone(phone.context, page);
  const toast = page.locator('.toast');
  // The moment at which the page hears that the film is ready is chosen here: it is one that was made before.
  await page.addInitScript(() => {
    const Real = window.EventSource;
    window.EventSource = class extends Real {
      constructor(...args) {
        super(...args);
        window.tell = (event, data) => this.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data) }));
      }
    };
  });
  const [film] = (await phone.fetch('/api/v1/clips?ordered')).body.clips;
  await page.route('**/api/v1/clips', (route) => route.fulfill({ status: 202, json: { number: film.number } }));
  await page.goto(`${framekeep.url}/frames`);
  await other.tiles.first().waitFor();
  const order = async () => {
    await page.getByRole('button', { name: /Make a film of the frames of/ }).first().click();
    await toast.filter({ hasText: 'The film is being made.' }).waitFor();
  };
  const remove = async () => {
    await other.tiles.first().focus();
    await page.keyboard.press('Delete');
    await toast.filter({ hasText: 'Frame deleted.' }).waitFor();
  };
  await order();
  await remove();
  await page.evaluate((film) => window.tell('clip', film), film);
  assert.match(await toast.innerText(), /Frame deleted\.\s*Undo/);
  await toast.getByRole('button', { name: 'Undo' }).click();
  await toast.filter({ hasText: 'Frame restored.' }).waitFor();
  await toast.filter({ hasText: 'The film is ready.' }).waitFor();
  // Its button is no way back of frames: what is deleted now is one of its own, and so is what Undo brings back.
  await remove();
  await toast.getByRole('button', { name: 'Undo' }).click();
  await toast.filter({ hasText: 'Frame restored.' }).waitFor();
  await page.close();
});

test('an event that is deleted takes its clip along, and Undo brings both back', async () => {
  const { page } = phone;
  await page.goto(`${framekeep.url}/frames`);
  await phone.tiles.first().waitFor();
  const clipsOf = async (event) => (await phone.fetch(`/api/v1/clips?event=${event}`)).body.clips.length;
  const [{ event }] = (await phone.fetch('/api/v1/clips')).body.clips.filter(({ kind }) => kind === 'event');
  const [{ id }] = (await phone.fetch(`/api/v1/frames?event=${event}`)).body.frames;
  const group = page.locator(`section.event:has(img[src*="${id}"])`);
  await group.getByRole('button', { name: /Remove the frames of/ }).click();
  await until('the clip to be gone', async () => (await clipsOf(event)) === 0);
  await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
  await until('the clip to be back', async () => (await clipsOf(event)) === 1);
});
