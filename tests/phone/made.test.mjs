// What becomes of a phone's recording: from a camera through a real browser to a video that can be sought in, in which what
// moves is marked.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { Phone } from './support/phone.mjs';
import { setStage } from './support/stage.mjs';
import { until } from './support/until.mjs';

let framekeep;
let browser;

setStage({ clip: {} }, (stage) => ({ framekeep, browser } = stage));

/** The checksum of every decoded picture. */
function pictures(path) {
  const args = ['-v', 'error', '-i', path, '-map', '0:v:0', '-fps_mode', 'passthrough', '-f', 'framemd5', '-'];
  const lines = execFileSync('ffmpeg', args, { encoding: 'utf8' }).trim().split('\n');
  return lines.filter((line) => !line.startsWith('#')).map((line) => line.split(',').pop().trim());
}

test('a recording becomes a video that can be sought in, and what moved in it is marked in the player', async () => {
  const phone = await Phone.open(browser);
  await phone.pair(framekeep.pairingUrl);
  await phone.film('Anna', '1 a second');
  await phone.page.getByRole('button', { name: 'Record video', exact: true }).click();
  const sign = phone.page.locator('#record-sign');
  // Eight seconds are a whole turn of what the camera sees: at some time in them the box crosses.
  await until('twelve seconds to be recorded', async () => /\b0:(1[2-9]|[2-5]\d)/.test(await sign.innerText()), 60_000);
  await phone.page.getByRole('button', { name: 'Stop recording', exact: true }).click();
  await phone.page.locator('#record-note').filter({ hasText: 'The recording is on the computer.' }).waitFor({ timeout: 30_000 });
  await phone.stopFilming();

  await phone.framesLink.click();
  const play = phone.page.getByRole('button', { name: /Play the recording/ });
  await play.waitFor();
  let recording;
  await until('it to be made', async () => {
    [recording] = (await phone.fetch('/api/v1/recordings')).body.recordings;
    return recording?.made;
  }, 300_000);
  const whole = (await phone.fetch(`/api/v1/recordings/${recording.id}`)).body;
  assert.deepEqual(whole.made.missing, []);
  assert.ok(whole.made.events.length > 0, JSON.stringify(whole.made));

  const folder = join(framekeep.saveDir, '.framekeep/made/recordings', recording.id);
  const made = join(folder, `video.${whole.made.format}`);
  const probed = JSON.parse(execFileSync('ffprobe', ['-v', 'error', '-of', 'json', '-show_format', made], { encoding: 'utf8' }));
  assert.ok(Number(probed.format.duration) > 10, JSON.stringify(probed));
  const originals = join(framekeep.saveDir, 'Anna/recordings');
  const [original] = readdirSync(originals);
  assert.deepEqual(pictures(made), pictures(join(originals, original)));
  assert.ok(readFileSync(join(folder, 'strip.jpg')).length > 1000);

  // The page hears of it, and plays what was made.
  const video = phone.page.locator('dialog video');
  await until('the page to know', async () => {
    await play.click();
    await video.waitFor();
    if (/\/video$/.test(await video.getAttribute('src'))) return true;
    await phone.page.keyboard.press('Escape');
    await video.waitFor({ state: 'detached' });
    return false;
  });
  await until('it to know its length', () => video.evaluate((video) => Number.isFinite(video.duration) && video.duration > 10));
  assert.match(await video.evaluate((video) => video.currentSrc), /\/video$/);
  const marks = phone.page.getByRole('button', { name: /Something moves at/ });
  await marks.first().waitFor();
  assert.equal(await marks.count(), whole.made.events.length);
  await video.evaluate((video) => video.pause());
  await marks.first().click();
  const begins = whole.made.events[0].start_ms / 1000;
  await until('it to be at the mark', () => video.evaluate((video, begins) => !video.seeking && Math.abs(video.currentTime - begins) < 0.5, begins));
  const timeline = phone.page.getByRole('slider', { name: 'Timeline of the recording' });
  const box = await timeline.boundingBox();
  await phone.page.mouse.click(box.x + box.width * 0.9, box.y + box.height - 4);
  await until('it to be near the end', () => video.evaluate((video) => !video.seeking && video.currentTime > video.duration * 0.8));
  await phone.page.mouse.move(box.x + box.width * 0.3, box.y + box.height - 4);
  const still = phone.page.locator('.timeline .still');
  await still.waitFor();
  assert.match(await still.evaluate((still) => still.style.backgroundImage), /\/strip"/);
  assert.deepEqual(phone.complaints, []);

  const events = (await phone.fetch('/api/v1/events')).body.events;
  assert.ok(events.length > 0);
  const spans = events.map(({ start, end }) => [start, end ?? Infinity]).sort((a, b) => a[0] - b[0]);
  for (const [index, [start]] of spans.entries()) {
    if (index > 0) assert.ok(start >= spans[index - 1][1], `one event is told twice: ${JSON.stringify(events)}`);
  }
  await phone.close();
});
