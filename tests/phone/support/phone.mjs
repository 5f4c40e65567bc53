// A phone: Chromium with a camera that plays a clip drawn here, and what a person can see and press on the page.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

import { until } from './until.mjs';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
// In English, whatever the machine speaks: the tests read what the pages say.
export const PORTRAIT = { locale: 'en-US', viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

/**
 * Draws what the camera sees: a room that does not change but for the noise of a camera, and a box that crosses it for
 * four seconds of every `everySecs`. A textured one takes as many bytes as a picture of a camera does, a plain one few.
 */
export function drawClip({ everySecs = 8, textured = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'framekeep-clip-'));
  const path = join(folder, 'room.mjpeg');
  const [quiet, duration] = [everySecs - 4, 2 * everySecs];
  const wall = textured ? 'noise=alls=60:all_seed=7,gblur=sigma=0.7,noise=alls=3:allf=t' : 'noise=alls=3:allf=t';
  const room = `smptebars=size=640x480:rate=15:duration=${duration},${wall},format=yuv420p[room]`;
  const box = `color=white:size=110x110:rate=15:duration=${duration}[box]`;
  const at = `mod(t,${everySecs})`;
  const cross = `[room][box]overlay=x='if(lt(${at},${quiet}),-200,(${at}-${quiet})*150)':y=180:shortest=1`;
  execFileSync('ffmpeg', [
    '-loglevel', 'error', '-filter_complex', `${room};${box};${cross}`, '-c:v', 'mjpeg', '-q:v', '4', '-y', path,
  ]);
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * @param {object} options
 * @param {string} [options.clip] what the camera plays; Chromium's own test picture otherwise
 * @param {'granted' | 'denied'} [options.camera] what the person answers when the browser asks for the camera
 * @param {number} [options.cameras] how many cameras the phone has
 */
export function launch({ clip, camera = 'granted', cameras = 1 } = {}) {
  const args = [...QUIET, `--use-fake-device-for-media-stream=device-count=${cameras}`, camera === 'granted' ? '--use-fake-ui-for-media-stream' : '--deny-permission-prompts'];
  if (clip) args.push(`--use-file-for-fake-video-capture=${clip}`);
  return chromium.launch({ executablePath, headless: true, args });
}

/** Headless Chromium shows every page; what a page can see of being hidden is set as a browser sets it. */
export function hide(page, hidden) {
  return page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => (hidden ? 'hidden' : 'visible') });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}

/**
 * Gives the page a camera that a test moves: a wall that is drawn once, `window.lookElsewhere(x, y)`, and a box that
 * crosses it for so long by `window.cross(ms)`. Runs in the page before its scripts.
 */
export function drawnCamera() {
  const [width, height] = [640, 480];
  const wall = document.createElement('canvas');
  [wall.width, wall.height] = [width + 200, height + 200];
  const pen = wall.getContext('2d');
  let seed = 7;
  const chance = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let i = 0; i < 900; i += 1) {
    pen.fillStyle = `hsl(${360 * chance()} 40% ${20 + 60 * chance()}%)`;
    pen.fillRect(chance() * wall.width, chance() * wall.height, 20 + 60 * chance(), 20 + 60 * chance());
  }
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width, height];
  const picture = canvas.getContext('2d');
  let [x, y] = [100, 100];
  let crossing = { from: -1, ms: 0 };
  window.lookElsewhere = (dx, dy) => ([x, y] = [x + dx, y + dy]);
  window.cross = (ms) => (crossing = { from: performance.now(), ms });
  setInterval(() => {
    picture.drawImage(wall, -x, -y);
    const part = (performance.now() - crossing.from) / crossing.ms;
    picture.fillStyle = '#ffffff';
    if (crossing.ms > 0 && part < 1) picture.fillRect(part * (width - 120), 180, 120, 120);
  }, 50);
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(20);
}

/** One browser of one person. */
export class Phone {
  /** Complaints of the page: errors, refused resources, breaches of the content security policy. */
  complaints = [];

  static async open(browser, options = {}) {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, ...PORTRAIT, ...options });
    const page = await context.newPage();
    return new Phone(context, page);
  }

  constructor(context, page) {
    this.context = context;
    this.page = page;
    page.on('pageerror', (error) => this.complaints.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (/content security policy/i.test(message.text())) this.complaints.push(message.text());
    });
  }

  async pair(pairingUrl) {
    await this.page.goto(pairingUrl);
    await this.page.waitForURL((url) => url.pathname === '/');
    await this.says(/Ready/);
  }

  get name() {
    return this.page.getByRole('textbox', { name: 'Your name' });
  }

  get start() {
    return this.page.getByRole('button', { name: 'Start camera' });
  }

  get stop() {
    return this.page.getByRole('button', { name: 'Stop camera' });
  }

  get rate() {
    return this.page.getByRole('combobox', { name: 'Rate' });
  }

  get status() {
    return this.page.locator('#status');
  }

  get sign() {
    return this.page.locator('#sign');
  }

  get framesLink() {
    return this.page.getByRole('link', { name: 'My frames' });
  }

  get tiles() {
    return this.page.locator('.grid button');
  }

  async film(name, rate = '5 a second') {
    await this.name.fill(name);
    await this.rate.selectOption({ label: rate });
    await this.start.click();
    await this.stop.waitFor();
  }

  /** Presses Stop and waits until the page says that it stopped. A press right after Start counts as a double tap. */
  async stopFilming() {
    await until('the camera to stop', async () => {
      if (await this.stop.isVisible()) await this.stop.click();
      return /Stopped/.test(await this.status.innerText());
    }, 30_000);
  }

  /** Waits until the status line says it. */
  async says(pattern, timeout = 15_000) {
    await this.status.filter({ hasText: pattern }).waitFor({ timeout }).catch(async (error) => {
      throw new Error(`the page should say ${pattern} but says: ${await this.status.innerText()}`, { cause: error });
    });
  }

  /** The counts of the status line. */
  async counts() {
    const text = ((await this.status.textContent()) ?? '').replace(/\s+/g, ' ');
    const [, sent, motion, kept] = /(\d+) sent (\d+) with motion (\d+) kept/.exec(text) ?? [];
    return { sent: Number(sent), motion: Number(motion), kept: Number(kept) };
  }

  /** Asks the computer as this page would. */
  async fetch(path, options = {}) {
    return this.page.evaluate(
      async ([path, options]) => {
        const response = await fetch(path, options);
        const text = await response.text();
        return { status: response.status, body: text && /json/.test(response.headers.get('content-type')) ? JSON.parse(text) : text };
      },
      [path, options],
    );
  }

  /** Notes of every picture that the page sends from now on, large (`frames`) or small (`previews`): size, SHA-256, times. */
  async watchPictures() {
    await this.page.addInitScript(() => {
      const send = window.fetch;
      window.sentPictures = [];
      window.fetch = async (path, options) => {
        const [, kind] = /\/cameras\/[^/]+\/(frames|previews)\b/.exec(String(path)) ?? [];
        const response = send(path, options);
        if (kind) {
          const digest = await crypto.subtle.digest('SHA-256', await options.body.arrayBuffer());
          const sha256 = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
          const [seq, at] = [options.headers['X-Seq'], Number(options.headers['X-Captured-At'])];
          window.sentPictures.push({ kind, sha256, seq, at, bytes: options.body.size, sentAt: Date.now(), path: String(path) });
        }
        return response;
      };
    });
  }

  /** @param {'frames' | 'previews'} kind */
  sentPictures(kind) {
    return this.page.evaluate((kind) => window.sentPictures.filter((picture) => picture.kind === kind), kind);
  }

  close() {
    return this.context.close();
  }
}
