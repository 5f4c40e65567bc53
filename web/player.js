// @ts-check
/**
 * The timeline under a recording that is played: where something moves in it, and a small picture of the place that a
 * finger is on. It is given a video element and the facts of what was made of the recording; it asks nobody for anything
 * but the strip of small pictures.
 */

import { lengthOf } from './album.js';
import { build } from './build.js';
import { words } from './words.js';

/** @typedef {import('./api.js').Made} Made */

/** A key goes so far. */
const STEP_SECONDS = 5;

/**
 * @param {HTMLVideoElement} video
 * @param {Made} made
 * @param {string} stripUrl
 * @returns {HTMLElement}
 */
export function timeline(video, made, stripUrl) {
  const all = made.duration_ms / 1000;
  const place = build('div', { class: 'place' });
  const glimpse = build('div', { class: 'glimpse', hidden: '' });
  const time = build('span', { class: 'digits' });
  const picture = build('div', { class: 'still' });
  glimpse.append(picture, time);
  const bar = build('div', { class: 'track', role: 'slider', tabindex: '0', 'aria-label': words.videos.timeline, 'aria-valuemin': '0' });
  bar.setAttribute('aria-valuemax', String(Math.round(all)));
  const marks = (made.events ?? []).map((event) => {
    const mark = build('button', { type: 'button', class: 'moves', 'aria-label': words.videos.movesAt(lengthOf(event.start_ms)) });
    mark.style.left = percent(event.start_ms / made.duration_ms);
    mark.style.width = percent((event.end_ms - event.start_ms) / made.duration_ms);
    mark.addEventListener('click', () => (video.currentTime = event.start_ms / 1000));
    return mark;
  });
  const whole = build('div', { class: 'timeline' }, bar, place, ...marks, glimpse);

  const show = () => {
    place.style.left = percent(video.currentTime / all);
    bar.setAttribute('aria-valuenow', String(Math.round(video.currentTime)));
    bar.setAttribute('aria-valuetext', lengthOf(video.currentTime * 1000));
  };
  video.addEventListener('timeupdate', show);
  video.addEventListener('seeked', show);

  const shareAt = (/** @type {PointerEvent} */ event) => {
    const box = bar.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const peek = (/** @type {PointerEvent} */ event) => {
    const share = shareAt(event);
    glimpse.hidden = false;
    glimpse.style.left = percent(share);
    time.textContent = lengthOf(share * made.duration_ms);
    if (made.strip) showStill(picture, made.strip, share * made.duration_ms, stripUrl);
  };
  let held = false;
  bar.addEventListener('pointerdown', (event) => {
    held = true;
    bar.setPointerCapture(event.pointerId);
    video.currentTime = shareAt(event) * all;
  });
  bar.addEventListener('pointermove', (event) => {
    peek(event);
    if (held) video.currentTime = shareAt(event) * all;
  });
  const leave = () => {
    held = false;
    glimpse.hidden = true;
  };
  for (const name of ['pointerup', 'pointercancel', 'pointerleave']) bar.addEventListener(name, leave);
  bar.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -STEP_SECONDS, ArrowRight: STEP_SECONDS }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    video.currentTime = Math.min(all, Math.max(0, video.currentTime + step));
  });
  show();
  return whole;
}

/**
 * What is missing of a recording, in words.
 * @param {Made} made
 */
export function missingOf(made) {
  return made.missing.map((missing) => {
    switch (missing.what) {
      case 'time':
        return words.videos.missing.time(lengthOf(made.duration_ms), lengthOf(missing.told_ms ?? 0));
      case 'gap':
        return words.videos.missing.gap(lengthOf(missing.from_ms ?? 0), lengthOf(missing.to_ms ?? 0));
      case 'frames':
        return words.videos.missing.frames(missing.count ?? 0);
      case 'sound':
        return words.videos.missing.sound;
      case 'tracks':
        return words.videos.missing.tracks(missing.count ?? 0);
      case 'motion':
      case 'settings':
        return words.videos.missing.motion;
      default:
        return words.videos.missing.damaged;
    }
  });
}

/** @param {HTMLElement} picture @param {NonNullable<Made['strip']>} strip @param {number} ms @param {string} url */
function showStill(picture, strip, ms, url) {
  const number = Math.min(strip.count - 1, Math.floor(ms / strip.every_ms));
  const [column, row] = [number % strip.columns, Math.floor(number / strip.columns)];
  picture.style.width = `${strip.width}px`;
  picture.style.height = `${strip.height}px`;
  picture.style.backgroundImage = `url("${url}")`;
  picture.style.backgroundPosition = `${-column * strip.width}px ${-row * strip.height}px`;
}

/** @param {number} share */
function percent(share) {
  return `${(Math.min(1, Math.max(0, share)) * 100).toFixed(3)}%`;
}
