// A phone records a video: what its recorder made is, byte for byte, what lies on disk, whatever happens in between.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { sha256 } from './support/framekeep.mjs';
import { Phone } from './support/phone.mjs';
import { setStage } from './support/stage.mjs';
import { until } from './support/until.mjs';

let framekeep;
let browser;

setStage({ clip: {} }, (stage) => ({ framekeep, browser } = stage));

/** A phone of which every chunk that its recorder gives is noted here, also of pages that are gone. */
class Filmer extends Phone {
  chunks = [];
  types = [];

  static async open(from = browser, { only = '', ...options } = {}) {
    const context = await from.newContext({ ignoreHTTPSErrors: true, locale: 'en-US', viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, ...options });
    const phone = new Filmer(context, await context.newPage());
    await context.exposeFunction('noteChunk', (base64, type) => {
      phone.chunks.push(Buffer.from(base64, 'base64'));
      phone.types.push(type);
    });
    await context.addInitScript((only) => {
      const Real = window.MediaRecorder;
      window.MediaRecorder = class extends Real {
        constructor(stream, options) {
          super(stream, options);
          // One after the other: a short chunk is read sooner than a long one before it.
          let line = Promise.resolve();
          const note = async (data) => {
            const bytes = new Uint8Array(await data.arrayBuffer());
            let text = '';
            for (let at = 0; at < bytes.length; at += 10_000) text += String.fromCharCode(...bytes.subarray(at, at + 10_000));
            await window.noteChunk(btoa(text), this.mimeType);
          };
          this.addEventListener('dataavailable', ({ data }) => data.size && (line = line.then(() => note(data))));
        }
        static isTypeSupported(type) {
          return Real.isTypeSupported(type) && type.startsWith(only);
        }
      };
    }, only);
    return phone;
  }

  get record() {
    return this.page.getByRole('button', { name: 'Record video', exact: true });
  }

  get stopRecording() {
    return this.page.getByRole('button', { name: 'Stop recording', exact: true });
  }

  async notes() {
    return `${await this.page.locator('#record-note').innerText()} ${await this.page.locator('#record-waits').innerText()}`;
  }

  /** Waits until the recorder has given so many chunks. */
  async gives(count) {
    await until(`${count} chunks`, () => this.chunks.length >= count, 40_000);
  }

  /** Waits until the page says that the recording has arrived. */
  async arrives(timeout = 30_000) {
    await this.page.locator('#record-note').filter({ hasText: 'The recording is on the computer.' }).waitFor({ timeout });
  }

  /** The SHA-256 of all that the recorder gave. */
  async made(bytes) {
    const all = () => Buffer.concat(this.chunks);
    await until(`${bytes} bytes to be noted here`, () => all().length >= bytes);
    return sha256(all());
  }
}

/** The recordings of a user on disk. */
function videos(user) {
  const folder = join(framekeep.saveDir, user, 'recordings');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => {
    const bytes = readFileSync(join(folder, name));
    return { name, path: join(folder, name), bytes: bytes.length, sha256: sha256(bytes) };
  });
}

/** What ffprobe sees: pictures with their times, in seconds. */
function probe(path) {
  const args = ['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', path];
  const times = execFileSync('ffprobe', args, { encoding: 'utf8' }).trim().split('\n').map((line) => Number(line.split(',')[0]));
  times.sort((a, b) => a - b);
  const gaps = times.slice(1).map((time, index) => time - times[index]);
  const count = ['-v', 'error', '-count_frames', '-select_streams', 'v:0', '-show_entries', 'stream=nb_read_frames,codec_name', '-of', 'default=nw=1', path];
  const text = execFileSync('ffprobe', count, { encoding: 'utf8' });
  return {
    codec: /codec_name=(\w+)/.exec(text)?.[1],
    frames: Number(/nb_read_frames=(\d+)/.exec(text)?.[1]),
    seconds: times[times.length - 1] - times[0],
    longestGap: Math.max(...gaps),
  };
}

/** One recording of `seconds` or more on disk that is what the phone made, whole and without a hole. */
async function check(phone, user, seconds) {
  const found = videos(user);
  assert.equal(found.length, 1, JSON.stringify(found));
  assert.equal(found[0].sha256, await phone.made(found[0].bytes));
  const { frames, seconds: length, longestGap, codec } = probe(found[0].path);
  assert.ok(length >= seconds && length < seconds + 30, `it plays ${length} s`);
  // A busy computer gives fewer than the 15 pictures a second of the clip, but never none for a second.
  assert.ok(frames >= 3 * seconds, `${frames} pictures in ${length} s`);
  assert.ok(longestGap < 1.5, `there is a hole of ${longestGap} s`);
  return { codec, name: found[0].name };
}

for (const [type, codecs] of [
  ['video/webm', /^vp[89]$/],
  ['video/mp4', /^(h264|vp9|av1)$/],
]) {
  test(`a recording of ${type} is on disk as the recorder made it, while frames are sent too`, async (t) => {
    const phone = await Filmer.open(browser, { only: type });
    const user = type.slice(6);
    await phone.pair(await framekeep.nextTicket(''));
    if (!(await phone.page.evaluate((type) => MediaRecorder.isTypeSupported(type), type))) return t.skip('this Chromium cannot record it');
    assert.equal(await phone.record.isVisible(), false, 'there is nothing to record yet');
    await phone.film(user, '2 a second');
    await phone.record.click();
    await phone.stopRecording.waitFor();
    const sign = phone.page.locator('#record-sign');
    await sign.filter({ hasText: 'Recording video' }).waitFor();
    await until('the time to run', async () => /\b0:0[3-9]/.test(await sign.innerText()));
    const before = (await phone.counts()).sent;
    assert.match(await phone.notes(), /wait to be sent; at most 500 MB/);
    await phone.gives(3);
    assert.ok((await phone.counts()).sent > before, 'live frames go on');
    await phone.stopRecording.click();
    await phone.arrives();
    assert.equal(await sign.isVisible(), false);
    assert.ok(phone.chunks.length >= 3 && phone.types.every((made) => made.startsWith(type)), phone.types.join());
    const { codec, name } = await check(phone, user, 4);
    assert.match(codec, codecs);
    assert.match(name, new RegExp(`^\\d{4}-\\d\\d-\\d\\dT\\d{6}\\.\\d{3}Z_.+_[0-9a-f]{16}\\.${user}$`));
    assert.deepEqual(phone.complaints, []);
    await phone.close();
  });
}

test('without a network the recording waits on the phone, and arrives when it is back', async () => {
  const phone = await Filmer.open();
  await phone.pair(await framekeep.nextTicket(''));
  await phone.film('Offline');
  await phone.record.click();
  await phone.gives(1);
  await phone.context.setOffline(true);
  const given = phone.chunks.length;
  await phone.gives(given + 2);
  assert.doesNotMatch(await phone.notes(), /^\s*0 bytes/);
  await phone.stopRecording.click();
  assert.equal(videos('Offline').length, 0);
  await phone.context.setOffline(false);
  await phone.arrives();
  await check(phone, 'Offline', 4);
  await phone.close();
});

test('a computer that is killed in the middle and started again has all of it', async () => {
  const phone = await Filmer.open();
  await phone.pair(await framekeep.nextTicket(''));
  await phone.film('Killed');
  await phone.record.click();
  await phone.gives(2);
  await framekeep.kill();
  const given = phone.chunks.length;
  await phone.gives(given + 1);
  await framekeep.start();
  await phone.gives(given + 2);
  await phone.stopRecording.click();
  await phone.arrives();
  await check(phone, 'Killed', 6);
  await phone.close();
});

test('what was recorded before a reload is sent and finished by itself', async () => {
  const phone = await Filmer.open();
  await phone.pair(await framekeep.nextTicket(''));
  await phone.film('Reload');
  await phone.record.click();
  await phone.gives(1);
  // Else it may be this one that is seen to be kept below.
  await until('the first chunk to arrive', async () => /\b0 bytes/.test(await phone.notes()));
  await phone.context.setOffline(true);
  const given = phone.chunks.length;
  await phone.gives(given + 1);
  // What the depot holds is what counts; the page cannot be loaded without a network.
  await until('the chunk to be kept', async () => !/\b0 bytes/.test(await phone.notes()));
  await phone.context.setOffline(false);
  await phone.page.reload();
  await phone.arrives();
  const [video] = videos('Reload');
  await phone.made(video.bytes);
  // A chunk that the recorder gave while the page was going may not have been kept any more, but those before were.
  const wholes = phone.chunks.map((_, last) => sha256(Buffer.concat(phone.chunks.slice(0, last + 1))));
  assert.ok(wholes.indexOf(video.sha256) >= given, `the file holds ${wholes.indexOf(video.sha256) + 1} of ${wholes.length} chunks`);
  assert.ok(probe(video.path).frames > 15);
  await phone.close();
});

test('on a network of 400 kbit a second with 300 ms a recording arrives late, and whole', async () => {
  const phone = await Filmer.open();
  await phone.pair(await framekeep.nextTicket(''));
  const session = await phone.context.newCDPSession(phone.page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', { offline: false, latency: 300, downloadThroughput: 50_000, uploadThroughput: 50_000 });
  await phone.film('Slow', '1 in 10 s');
  await phone.record.click();
  await phone.gives(2);
  await phone.stopRecording.click();
  await phone.arrives(120_000);
  await check(phone, 'Slow', 3);
  await phone.close();
});

test('with sound where it is allowed, and without where it is not, which is said', async () => {
  const loud = await Filmer.open(browser, { permissions: ['camera', 'microphone'] });
  await loud.pair(await framekeep.nextTicket(''));
  await loud.film('Loud');
  await loud.page.getByRole('checkbox', { name: 'With sound' }).check();
  await loud.record.click();
  await loud.gives(2);
  await loud.stopRecording.click();
  await loud.arrives();
  const streams = execFileSync('ffprobe', ['-v', 'error', '-show_entries', 'stream=codec_type', '-of', 'csv=p=0', videos('Loud')[0].path], { encoding: 'utf8' });
  assert.match(streams, /audio/);
  assert.equal(videos('Loud')[0].sha256, await loud.made(videos('Loud')[0].bytes));
  await loud.close();

  const quiet = await Filmer.open();
  await quiet.pair(await framekeep.nextTicket(''));
  await quiet.film('Quiet');
  await quiet.page.evaluate(() => {
    const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = (wanted) =>
      wanted.audio ? Promise.reject(new DOMException('no', 'NotAllowedError')) : real(wanted);
  });
  await quiet.page.getByRole('checkbox', { name: 'With sound' }).check();
  await quiet.record.click();
  await quiet.gives(1);
  assert.match(await quiet.notes(), /without sound: the microphone is not allowed/);
  await quiet.stopFilming();
  await quiet.arrives();
  await check(quiet, 'Quiet', 1);
  await quiet.close();
});

test('My frames plays, downloads, deletes and brings back a recording', async () => {
  const phone = await Filmer.open();
  await phone.pair(await framekeep.nextTicket(''));
  await phone.film('Viewer');
  await phone.record.click();
  await phone.gives(2);
  await phone.stopRecording.click();
  await phone.arrives();
  await phone.framesLink.click();
  const list = phone.page.getByRole('region', { name: 'Recordings' });
  const row = list.getByRole('listitem').filter({ hasText: /0:0\d · \d.* · / });
  await row.waitFor();
  await row.getByRole('button', { name: /^Play the recording of Today, / }).click();
  const video = phone.page.locator('dialog video');
  await until('the video to play', () => video.evaluate((video) => video.currentTime > 0.3));
  await video.evaluate((video) => (video.currentTime = 1));
  await until('the video to be seeked in', () => video.evaluate((video) => !video.seeking && video.currentTime >= 1));
  await phone.page.getByRole('button', { name: 'Close' }).click();

  const download = phone.page.waitForEvent('download');
  await row.getByRole('link', { name: /^Download the recording/ }).click();
  const file = await download;
  assert.equal(file.suggestedFilename(), videos('Viewer')[0].name);
  assert.equal(sha256(readFileSync(await file.path())), videos('Viewer')[0].sha256);

  await row.getByRole('button', { name: /^Delete the recording/ }).click();
  await phone.page.getByText('Recording deleted.').waitFor();
  assert.equal(await row.count(), 0);
  await until('the file to be gone', () => videos('Viewer').length === 0);
  await phone.page.getByRole('button', { name: 'Undo' }).click();
  await row.waitFor();
  await check(phone, 'Viewer', 3);
  assert.deepEqual(phone.complaints, []);
  await phone.close();
});

test('a browser that keeps nothing, or has no more room, says so, and what was recorded arrives', async () => {
  const forgetful = await Filmer.open();
  await forgetful.page.addInitScript(() => Object.defineProperty(window, 'indexedDB', { value: undefined }));
  await forgetful.pair(await framekeep.nextTicket(''));
  await forgetful.film('Private');
  await forgetful.record.click();
  await forgetful.gives(1);
  assert.match(await forgetful.notes(), /This browser keeps nothing: what waits is lost when this page is closed/);
  await forgetful.stopRecording.click();
  await forgetful.arrives();
  await check(forgetful, 'Private', 1);
  await forgetful.close();

  const full = await Filmer.open();
  await full.pair(await framekeep.nextTicket(''));
  await full.film('Full');
  await full.context.setOffline(true);
  await full.record.click();
  await full.gives(2);
  await full.page.evaluate(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('no room', 'QuotaExceededError');
    };
  });
  await full.record.waitFor({ timeout: 20_000 });
  assert.match(await full.notes(), /Recording stopped, because this browser has no more room/);
  await full.context.setOffline(false);
  await full.arrives();
  await check(full, 'Full', 4);
  await full.close();
});
