// @ts-check
/**
 * The page of those who look on, viewers and the operator: live pictures of all cameras and what was kept of them. It
 * changes nothing.
 */

import { clockTime } from './album.js';
import * as api from './api.js';
import { build, place } from './build.js';
import { realTimers } from './clock.js';
import { EventStream } from './stream.js';
import { fillWords, words, wordsOfCamera } from './words.js';

/** How many of the newest kept frames are shown. */
const NEWEST = 60;
/** How often the computer is asked again while it does not answer. */
const RETRY_MS = 3000;

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const stream = new EventStream({ timers: realTimers, onEvent: hear, onRefused: () => void stillHere() });
/** @type {Map<string, {figure: HTMLElement, picture: HTMLImageElement, word: HTMLElement}>} */
const figures = new Map();
/** @type {Map<string, HTMLElement>} */
const tiles = new Map();
/** @type {import('./api.js').SavedFrame[]} */
let kept = [];
let known = false;
/** Whether the computer said that this browser may not look on: answers that were still on their way count no more. */
let refused = false;

function main() {
  fillWords(document);
  element('note').textContent = words.watch.asking;
  document.addEventListener('visibilitychange', showPictures);
  window.addEventListener('pagehide', () => stream.close());
  window.addEventListener('pageshow', (event) => event.persisted && void begin());
  void begin();
}

async function begin() {
  refused = false;
  try {
    const me = await api.me();
    // A camera's own page is the one that films.
    if (me.device.role === 'camera') return location.replace('/');
    element('film').hidden = me.device.role !== 'operator';
    stream.open();
    await refresh();
  } catch (error) {
    failed(error);
    if (!refused) realTimers.after(RETRY_MS, () => void begin());
  }
}

/** Whether this browser may still look on. */
async function stillHere() {
  try {
    await api.me();
  } catch (error) {
    if (error instanceof api.Refusal && error.status === 401) lost();
  }
}

/** @param {unknown} error of a call */
function failed(error) {
  if (error instanceof api.Refusal && error.status === 401) lost();
  else if (!refused) element('note').textContent = words.watch.gone;
}

async function refresh() {
  const [{ cameras }, page] = await Promise.all([api.cameras(), api.frames({ limit: NEWEST })]);
  if (refused) return;
  known = true;
  kept = page.frames;
  showCameras(cameras);
  showKept();
}

/** @param {string} event @param {any} data */
function hear(event, data) {
  switch (event) {
    case 'camera':
      if (known) showCamera(data);
      return;
    case 'frame':
      kept = [data, ...kept.filter((frame) => frame.id !== data.id)]
        .sort((a, b) => b.captured_at - a.captured_at)
        .slice(0, NEWEST);
      return showKept();
    case 'deleted':
      kept = kept.filter((frame) => frame.id !== data.id);
      return showKept();
    case 'revoked':
      return lost();
    case 'hello':
    case 'resync':
      // What happened while nobody listened is asked for.
      if (known) refresh().catch(failed);
  }
}

function lost() {
  refused = true;
  stream.close();
  known = false;
  kept = [];
  showCameras([]);
  showKept();
  element('note').textContent = words.watch.notPaired;
  element('none').hidden = true;
}

/** @param {import('./api.js').CameraState[]} cameras */
function showCameras(cameras) {
  const names = new Set(cameras.map(nameOf));
  for (const [name, { figure }] of figures) {
    if (names.has(name)) continue;
    figure.remove();
    figures.delete(name);
  }
  cameras.forEach(showCamera);
  element('note').textContent = figures.size ? '' : words.watch.noCameras;
}

/** @param {import('./api.js').CameraState} camera */
function showCamera(camera) {
  const name = nameOf(camera);
  let there = figures.get(name);
  if (!there) {
    const picture = build('img', { alt: words.watch.live(name), 'data-live': api.liveUrl(camera) });
    const word = build('span', {});
    const caption = build('figcaption', {}, build('span', { class: 'mark', 'aria-hidden': 'true' }), build('b', {}, name), word);
    there = { figure: build('figure', {}, picture, caption), picture, word };
    figures.set(name, there);
    element('live').append(there.figure);
    element('note').textContent = '';
  }
  there.figure.dataset.state = camera.state;
  there.word.textContent = wordsOfCamera(camera);
  showPictures();
}

/** A page that nobody sees asks for no pictures. */
function showPictures() {
  for (const { picture } of figures.values()) {
    const wanted = document.hidden ? '' : picture.dataset.live ?? '';
    if (wanted === (picture.getAttribute('src') ?? '')) continue;
    if (wanted) picture.src = wanted;
    else picture.removeAttribute('src');
  }
}

function showKept() {
  const there = new Set(kept.map((frame) => frame.id));
  for (const id of tiles.keys()) if (!there.has(id)) tiles.delete(id);
  place(element('kept'), kept.map(tileOf));
  element('none').textContent = words.watch.noFrames;
  element('none').hidden = kept.length > 0 || !known;
}

/** @param {import('./api.js').SavedFrame} frame */
function tileOf(frame) {
  let tile = tiles.get(frame.id);
  if (!tile) {
    const when = clockTime(frame.captured_at);
    const picture = build('img', { src: api.thumbnailUrl(frame.id), alt: words.watch.frame(nameOf(frame), when), loading: 'lazy' });
    tile = build('a', { href: api.frameUrl(frame.id), target: '_blank' }, picture, build('span', {}, `${nameOf(frame)}, ${when}`));
    tiles.set(frame.id, tile);
  }
  return tile;
}

/** @param {{user: string, camera: string}} of */
const nameOf = ({ user, camera }) => `${user} · ${camera}`;

main();
