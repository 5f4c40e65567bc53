// @ts-check
/**
 * The camera page: what is known becomes what is seen, what is pressed becomes what is done. It decides nothing itself.
 */

import * as api from './api.js';
import { watchBattery } from './battery.js';
import { Camera } from './camera.js';
import { ServerClock, realTimers } from './clock.js';
import { Depot } from './depot.js';
import { Filming } from './filming.js';
import { openGalleryOver } from './gallery.js';
import { LedgerLine } from './ledger.js';
import { MotionSensor } from './motion-sensor.js';
import { CAP_BYTES, Outbox } from './outbox.js';
import { Progress } from './progress.js';
import { RecordPanel } from './record.js';
import { Session, cameraName } from './session.js';
import { INTERVALS_MS, browserStorage, openSettings } from './settings.js';
import { keepForGood, openShelf } from './shelf.js';
import { describe } from './status.js';
import { EventStream } from './stream.js';
import { drawTrail } from './trail.js';
import { WakeLock } from './wake.js';
import { LANGUAGES, fillWords, words } from './words.js';

/** A Stop so soon after Start is the second half of a double tap. */
const DOUBLE_TAP_MS = 300;

/** A few frames are skipped on any network; more mean that it is slow. */
const SKIPPED_TO_TELL = 10;

/** While the computer answers, what an event asks for is on its way for a moment; more means that it does not get through. */
const WAITING_TO_TELL = 15;

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const nameField = /** @type {HTMLInputElement} */ (element('name'));
const rateField = /** @type {HTMLSelectElement} */ (element('rate'));
const shutter = /** @type {HTMLButtonElement} */ (element('shutter'));
const newest = /** @type {HTMLImageElement} */ (element('newest'));
const languageField = /** @type {HTMLSelectElement} */ (element('language'));
const cure = /** @type {HTMLAnchorElement} */ (element('cure'));

const timers = realTimers;
const settings = openSettings(browserStorage());
const clock = new ServerClock();
const session = new Session({ api, clock, timers, onChange: () => sessionChanged() });
const depot = new Depot({ shelf: null, capBytes: CAP_BYTES });
const outbox = new Outbox({
  depot,
  api,
  timers,
  user: () => (session.access === 'paired' && session.name === 'mine' ? session.user : null),
  onOutcome: (outcome, picture) => filming.arrived(outcome, picture),
});
const filming = new Filming({
  camera: new Camera({ video: /** @type {HTMLVideoElement} */ (element('live')), timers }),
  session,
  outbox,
  sensor: new MotionSensor(),
  api,
  clock,
  timers,
  settings,
  onChange: () => draw(),
});
const progress = new Progress({ tell: api.tellProgress, timers });
const ledger = new LedgerLine({
  api,
  clock,
  timers,
  camera: () => (session.user ? filming.lastCamera || cameraName(session.me?.device, settings.facing) : ''),
  onChange: () => draw(),
});
const recording = new RecordPanel({ filming, session, clock, timers, api });
const wakeLock = new WakeLock();
const stream = new EventStream({ timers, onEvent: hear });
/** @type {import('./gallery.js').Gallery | null} */
let gallery = null;
let startedAt = -Infinity;
let known = { access: '', user: '' };
/** What the page wrote into the field for the name, and for which user. */
let filled = { user: '', text: settings.name };

function main() {
  fillWords(document);
  nameField.value = settings.name;
  fillRates();
  fillLanguages();
  listen();
  draw();
  void session.refresh();
  void findLeftOver();
  void progress.watchBattery(/** @type {any} */ (navigator).getBattery?.bind(navigator));
  void recording.open();
  setInterval(drawElapsed, 1000);
}

/** What an earlier page could not send is sent now. */
async function findLeftOver() {
  depot.shelf = await openShelf('frames');
  await depot.load();
  outbox.hurry();
}

function listen() {
  shutter.addEventListener('click', press);
  element('who').addEventListener('submit', (event) => {
    event.preventDefault();
    press();
  });
  element('flip').addEventListener('click', () => void filming.flip());
  rateField.addEventListener('change', () => filming.setInterval(Number(rateField.value)));
  languageField.addEventListener('change', speak);
  element('frames-link').addEventListener('click', openFrames);
  newest.addEventListener('error', () => (newest.hidden = true));
  document.addEventListener('visibilitychange', () => {
    filming.show(!document.hidden);
    if (document.hidden) ledger.close();
    else if (session.access === 'paired') ledger.open();
  });
  void watchBattery(navigator, () => filming.weaken());
  window.addEventListener('pagehide', () => filming.leave());
  window.addEventListener('online', () => filming.network(true));
  window.addEventListener('online', () => recording.hurry());
  window.addEventListener('offline', () => filming.network(false));
  window.addEventListener('resize', draw);
}

function press() {
  const now = timers.now();
  if (shutter.disabled) return;
  if (filming.wanted) {
    if (now - startedAt > DOUBLE_TAP_MS) filming.stop();
  } else {
    startedAt = now;
    settings.name = nameField.value.trim();
    void filming.start(nameField.value);
  }
}

/**
 * Over the camera while it runs, because leaving the page would stop it; as a page of its own otherwise.
 * @param {MouseEvent} event
 */
function openFrames(event) {
  if (!filming.wanted || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  gallery = openGalleryOver({ onClosed: () => (gallery = null) });
  draw();
}

/** @param {string} event @param {any} data */
function hear(event, data) {
  session.hear(event, data);
  filming.hear(event, data);
  recording.hear(event);
  gallery?.hear(event, data);
  if (event === 'frame') showNewest(data);
}

function sessionChanged() {
  filming.sessionChanged();
  recording.hurry();
  if (session.access !== known.access || (session.user ?? '') !== known.user) {
    known = { access: session.access, user: session.user ?? '' };
    for (const reader of [stream, ledger]) {
      if (session.access === 'paired') reader.open();
      else reader.close();
    }
    if (session.user) void findNewest();
    outbox.hurry();
    fillRates();
  }
  fillName();
}

/** The field holds the name that counts, unless a person has typed another one into it since. */
function fillName() {
  const user = session.user ?? '';
  if (!user || session.name !== 'mine' || document.activeElement === nameField) return;
  const changed = filled.user !== '' && filled.user !== user;
  if (changed || nameField.value === filled.text) filled.text = nameField.value = user;
  filled.user = user;
}

async function findNewest() {
  try {
    const page = await api.frames({ limit: 1 });
    if (page.frames[0]) showNewest(page.frames[0]);
  } catch {
    // The link works without a picture on it.
  }
}

/** A picture that cannot be had is none: the sign below it is seen instead. @param {{id: string}} frame */
function showNewest(frame) {
  newest.src = api.thumbnailUrl(frame.id);
  newest.hidden = false;
}

function fillRates() {
  const fastest = session.me?.max_fps ? 1000 / session.me.max_fps : 0;
  rateField.replaceChildren(
    ...INTERVALS_MS.filter((ms) => ms >= fastest - 0.5 || ms === 1000).map((ms) => {
      const option = new Option(words.rates.name(ms), String(ms));
      option.selected = ms === settings.intervalMs;
      return option;
    }),
  );
}

/** Each by the name that its own speakers give it. */
function fillLanguages() {
  const all = Object.values(LANGUAGES).map((said) => {
    const option = new Option(said.name, said.language, false, said === words);
    option.lang = said.language;
    return option;
  });
  languageField.replaceChildren(...all);
}

/** The page is read anew in the chosen language, or at the next visit where that would end the filming or lose a recording. */
function speak() {
  settings.language = languageField.value;
  settings.name = nameField.value.trim();
  if (!filming.wanted && !recording.losesByReload) location.reload();
}

function draw() {
  const { situation } = filming;
  const { counts, scores } = filming.tally;
  progress.look(situation);
  const status = describe(situation);
  const picture = filming.filming;
  const phone = element('phone');
  phone.dataset.filming = String(picture);
  phone.dataset.picture = String(picture);
  phone.dataset.state = status.state;
  phone.dataset.access = session.access;

  drawSign(picture && situation.visible);
  drawStatus(status);
  setText('sent', words.number(counts.sent));
  setText('motion', words.number(counts.motion));
  setText('kept', words.number(counts.kept));
  if (picture && isAway()) void keepForGood();
  setText('note', noteText(picture));
  setText('ledger', session.access === 'paired' ? ledger.text : '');

  const stopping = filming.wanted;
  shutter.dataset.does = stopping ? 'stop' : 'start';
  shutter.disabled = !stopping && (['unpaired', 'revoked'].includes(session.access) || situation.camera === 'insecure');
  setText('shutter-word', stopping ? words.buttons.stop : words.buttons.start);
  const front = settings.facing === 'front';
  setText('flip-word', front ? words.buttons.front : words.buttons.back);
  element('flip').style.visibility = filming.cameras === 1 ? 'hidden' : '';
  element('flip').setAttribute('aria-label', front ? words.buttons.frontInUse : words.buttons.backInUse);

  recording.draw();
  wakeLock.want(stopping);
  drawElapsed();
  if (picture) drawTrail(/** @type {HTMLCanvasElement} */ (element('trail')), scores);
}

/** @param {boolean} on */
function drawSign(on) {
  const sign = element('sign');
  const paused = filming.filming && !on;
  document.body.dataset.filming = String(on);
  sign.dataset.sign = on ? 'filming' : paused ? 'paused' : 'off';
  setText('sign-word', on ? words.sign.filming : paused ? words.sign.paused : words.sign.off);
  setText('sign-name', session.user ?? '');
  const title = on ? `● ${words.sign.filming} · ${words.page.brand}` : words.page.brand;
  if (document.title !== title) document.title = title;
}

/** @param {import('./status.js').Status} status */
function drawStatus(status) {
  element('status').dataset.state = status.state;
  setText('what', status.what);
  setText('todo', status.todo ?? '');
  cure.hidden = !status.link;
  if (status.link) {
    cure.href = status.link.href;
    setText('cure', status.link.text);
  }
  const todo = /** @type {HTMLElement} */ (element('todo').parentElement);
  todo.dataset.empty = String(!status.todo && !status.link);

  const verdict = element('verdict');
  verdict.hidden = !filming.filming || status.state === 'idle';
  verdict.dataset.state = status.state;
  setText('verdict-word', words.states[status.state]);
  const { scores } = filming.tally;
  const score = scores[scores.length - 1]?.score ?? 0;
  setText('verdict-score', status.state === 'motion' ? words.percent(score) : '');
  gallery?.warn(status);
}

function drawElapsed() {
  const seconds = filming.since === null ? 0 : Math.floor((timers.now() - filming.since) / 1000);
  setText('elapsed', filming.since === null ? '' : formatElapsed(seconds));
  recording.drawElapsed();
}

/** @param {number} seconds */
function formatElapsed(seconds) {
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

const isAway = () => ['gone', 'failing', 'noNetwork'].includes(filming.situation.link);

/** @param {boolean} picture */
function noteText(picture) {
  if (outbox.dropped) return words.notes.dropped(outbox.dropped);
  if (outbox.refused) return words.notes.refused(outbox.refused);
  const away = isAway();
  if (outbox.count >= (away ? 1 : WAITING_TO_TELL)) return words.notes.waiting(outbox.count, outbox.bytes, CAP_BYTES);
  if (!picture) return '';
  if (filming.sender.skipped >= SKIPPED_TO_TELL) return words.notes.skipped(filming.sender.skipped);
  return wakeLock.supported ? '' : words.notes.noWakeLock;
}

/**
 * Writes only what changed, so that screen readers speak only what is new.
 * @param {string} id @param {string} text
 */
function setText(id, text) {
  const target = element(id);
  if (target.textContent !== text) target.textContent = text;
}

main();
