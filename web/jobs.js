// @ts-check
/**
 * The operator's page of jobs: how the queue stands, what is done by whom, what waits and what failed; and the buttons
 * to try again, cancel, forget and pause. It knows the interface of the queue, and nothing of what jobs do.
 */

import * as api from './api.js';
import { build, place } from './build.js';
import { realTimers } from './clock.js';
import { JobCard } from './job-card.js';
import { bars, curve, picture, shape } from './plot.js';
import { EventStream } from './stream.js';
import { duration, says } from './words-jobs.js';

/**
 * @typedef {object} Job
 * @property {number} id
 * @property {string} kind
 * @property {unknown} payload
 * @property {string} priority
 * @property {string} state
 * @property {number} attempts
 * @property {number} most_attempts
 * @property {number} run_at
 * @property {number} created_at
 * @property {number | null} started_at
 * @property {number | null} finished_at
 * @property {string | null} worker
 * @property {number} progress
 * @property {string} note
 * @property {number | null} left_ms
 * @property {string} failure
 * @property {boolean} cancelling
 * @property {string} [log]
 */
/** @typedef {{name: string, machine: string, version: string, job: number | null, since: number, seen: number, there: boolean}} Worker */
/**
 * @typedef {object} Summary
 * @property {number} now
 * @property {string} place
 * @property {boolean} paused
 * @property {Record<string, number>} states
 * @property {{kind: string, state: string, count: number}[]} counts
 * @property {Job[]} running
 * @property {Worker[]} workers
 * @property {number | null} oldest_due
 * @property {number[]} done_by_minute
 */

/** In the order in which they are shown. What is over without a fault is folded away. */
const STATES = ['running', 'waiting', 'dead', 'cancelled', 'done'];
const OVER = ['dead', 'cancelled', 'done'];
/** Jobs that are asked for at once. */
const PAGE = 20;
/** How often the computer is asked again while it does not answer. */
const RETRY_MS = 3000;
/** How often times are drawn anew, and the age of the oldest job is noted. */
const TICK_MS = 5000;
/** So long is the age of the oldest job remembered. */
const REMEMBERED_MS = 3_600_000;
/** How long the second press of a button that forgets jobs is waited for. */
const SURE_MS = 5000;

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const stream = new EventStream({
  timers: realTimers,
  path: '/api/v1/jobs/stream',
  names: ['jobs', 'trouble', 'revoked'],
  onEvent: hear,
  onRefused: () => void begin(),
});
/** @type {Summary | null} */
let summary = null;
/** By our clock, when the summary came. */
let heardAt = 0;
/** @type {{at: number, value: number}[]} */
const ages = [];
/** @type {Map<number, JobCard>} */
const cards = new Map();
/** @type {Map<string, List>} */
const lists = new Map();
let beginning = false;

/** The jobs of one state. */
class List {
  /** @type {Job[]} */
  jobs = [];
  /** @type {number | null} */
  next = null;
  #asking = false;
  #stale = false;
  #wanted = PAGE;

  /** @param {string} state */
  constructor(state) {
    this.state = state;
    const id = `list-${state}`;
    this.heading = build('h2', { id }, says.state(state));
    this.purge = build('button', { class: 'button quiet', type: 'button' }, says.purge(state));
    this.purge.addEventListener('click', () => void this.#forget());
    this.empty = build('p', { class: 'note' }, says.empty(state));
    this.items = build('ul', {});
    this.more = build('button', { class: 'button quiet', type: 'button', 'aria-label': says.of(says.more, says.state(state)) }, says.more);
    this.more.addEventListener('click', () => {
      this.#wanted += PAGE;
      void this.refresh();
    });
    const head = build('div', { class: 'head' }, this.heading, ...(OVER.includes(state) ? [this.purge] : []));
    this.section = build('section', { 'aria-labelledby': id }, head, this.empty, this.items, this.more);
  }

  /** Asks for the newest jobs as far as they are shown. One question at a time; what changes meanwhile is asked after it. */
  async refresh() {
    if (this.#asking) return void (this.#stale = true);
    this.#asking = true;
    try {
      do {
        this.#stale = false;
        const page = await api.jobs({ state: this.state, limit: Math.min(this.#wanted, 200) });
        this.jobs = page.jobs;
        this.next = page.next;
      } while (this.#stale);
      draw();
    } catch (error) {
      fail(error);
    } finally {
      this.#asking = false;
    }
  }

  /** @param {number} count @param {number} now */
  draw(count, now) {
    this.heading.textContent = `${says.state(this.state)} (${count.toLocaleString('en')})`;
    this.empty.hidden = count > 0;
    this.purge.hidden = count === 0;
    this.more.hidden = this.next === null || this.#wanted >= 200;
    place(this.items, this.jobs.map((job) => cardOf(job, now).element));
  }

  async #forget() {
    const sure = this.purge.dataset.sure === 'yes';
    this.purge.dataset.sure = sure ? '' : 'yes';
    if (!sure) {
      this.purge.textContent = says.reallyPurge(summary?.states[this.state] ?? this.jobs.length);
      realTimers.after(SURE_MS, () => this.#calm());
      return;
    }
    this.#calm();
    await act(async () => note(says.purged((await api.purgeJobs(this.state)).purged)));
    await this.refresh();
  }

  #calm() {
    this.purge.dataset.sure = '';
    this.purge.textContent = says.purge(this.state);
  }
}

function main() {
  note(says.asking);
  for (const state of STATES) {
    const list = new List(state);
    lists.set(state, list);
    element('lists').append(list.section);
  }
  element('pause').addEventListener('click', () => void act(() => api.pauseJobs(!summary?.paused)));
  document.addEventListener('visibilitychange', () => (document.hidden ? stream.close() : void begin()));
  window.addEventListener('pagehide', () => stream.close());
  tick();
  void begin();
}

/** Opens the stream once this browser may have it. */
async function begin() {
  if (beginning) return;
  beginning = true;
  try {
    const me = await api.me();
    if (me.device.role === 'operator') stream.open();
    else lost(says.notOperator);
  } catch (error) {
    if (error instanceof api.Refusal && error.status === 401) return lost(says.notPaired);
    note(says.gone, true);
    realTimers.after(RETRY_MS, () => void begin());
  } finally {
    beginning = false;
  }
}

/** @param {string} event @param {any} data */
function hear(event, data) {
  if (event === 'revoked') return lost(says.notPaired);
  if (event === 'trouble') return note(says.trouble(data.what, data.todo), true);
  const before = summary;
  summary = /** @type {Summary} */ (data);
  heardAt = realTimers.now();
  note(summary.paused ? says.paused : '');
  element('all').hidden = false;
  noteAge();
  // What runs stands in the summary; of the others the lists are read anew when their number changed, or something ended.
  const running = lists.get('running');
  if (running) running.jobs = summary.running;
  for (const [state, list] of lists) {
    if (state !== 'running' && (!before || before.states[state] !== summary.states[state] || ended(before, summary))) void list.refresh();
  }
  draw();
}

/** Whether a job is not running any more: it may have gone into any list. @param {Summary} before @param {Summary} now */
const ended = (before, now) => before.running.some(({ id }) => !now.running.some((job) => job.id === id));

/** @param {string} why */
function lost(why) {
  stream.close();
  summary = null;
  element('all').hidden = true;
  element('pause').hidden = true;
  note(why, true);
}

/** Does what a button is for, and tells when it did not work. @param {() => Promise<unknown>} what */
async function act(what) {
  try {
    await what();
  } catch (error) {
    fail(error);
  }
}

/** @param {unknown} error */
function fail(error) {
  if (error instanceof api.Refusal && error.status === 401) return lost(says.notPaired);
  if (error instanceof api.Refusal && error.status === 403) return lost(says.notOperator);
  note(error instanceof api.Refusal ? says.trouble(error.message, error.hint) : says.gone, true);
}

/** @param {string} text @param {boolean} [problem] */
function note(text, problem = false) {
  const place = element('note');
  if (place.textContent !== text) place.textContent = text;
  place.dataset.kind = problem ? 'problem' : '';
}

/** The computer's time. */
const now = () => (summary ? summary.now + (realTimers.now() - heardAt) : 0);

/** @param {Job} job @param {number} at */
function cardOf(job, at) {
  let card = cards.get(job.id);
  if (!card) {
    card = new JobCard(job, (id, what) => void act(() => api.changeJob(id, what)), api.job);
    cards.set(job.id, card);
  }
  card.show(job, at);
  return card;
}

function draw() {
  if (!summary) return;
  const at = now();
  const { paused, place, states } = summary;
  element('pause').hidden = false;
  element('pause').textContent = paused ? says.resume : says.pause;
  element('place').textContent = says.place(place);
  // A job that has begun, or ended, stands in one list at a time: the one that knows it since the shortest.
  const runs = new Set(summary.running.map(({ id }) => id));
  for (const [state, list] of lists) {
    if (state !== 'running') list.jobs = list.jobs.filter(({ id }) => !runs.has(id));
    list.draw(states[state] ?? 0, at);
  }
  const shown = new Set([...lists.values()].flatMap((list) => list.jobs.map(({ id }) => id)));
  for (const id of cards.keys()) if (!shown.has(id)) cards.delete(id);
  drawCounts(summary);
  drawPlots(summary, at);
  drawWorkers(summary, at);
}

/** @param {Summary} summary */
function drawCounts({ counts, states }) {
  const number = (/** @type {number} */ n) => build('td', { class: 'number' }, n.toLocaleString('en'));
  const kinds = [...new Set(counts.map(({ kind }) => kind))].sort();
  const of = (/** @type {string} */ kind, /** @type {string} */ state) => counts.find((count) => count.kind === kind && count.state === state)?.count ?? 0;
  const columns = [...kinds.map(says.kindOf), says.all];
  const head = build('tr', {}, build('th', { scope: 'col' }, says.standing), ...columns.map((name) => build('th', { scope: 'col', class: 'number' }, name)));
  const rows = STATES.map((state) =>
    build('tr', {}, build('th', { scope: 'row' }, says.state(state)), ...kinds.map((kind) => number(of(kind, state))), number(states[state] ?? 0)),
  );
  element('counts').replaceChildren(build('thead', {}, head), build('tbody', {}, ...rows));
}

/** @param {Summary} summary @param {number} at */
function drawPlots({ done_by_minute: done, oldest_due: due }, at) {
  const sum = done.reduce((sum, n) => sum + n, 0);
  const rects = bars(done).map((bar) => shape('rect', { class: 'bar', ...bar }));
  element('done-plot').replaceChildren(build('figcaption', {}, says.doneTitle(sum, done[done.length - 2] ?? 0)), picture(says.doneImage, rects));
  const from = ages.length ? ages[0].at : at;
  const line = shape('polyline', { class: 'curve', points: curve(ages, from, Math.max(at, from + 60_000), 10_000) });
  element('age-plot').replaceChildren(build('figcaption', {}, says.ageTitle(due === null ? null : at - due)), picture(says.ageImage, [line]));
}

/** @param {Summary} summary @param {number} at */
function drawWorkers({ workers }, at) {
  element('no-workers').hidden = workers.length > 0;
  const terms = says.worker;
  const head = build('tr', {}, ...Object.values(terms).map((term) => build('th', { scope: 'col' }, term)));
  const rows = workers.map((worker) => {
    const cell = (/** @type {string} */ label, /** @type {string} */ text) => build('td', { 'data-label': label }, text);
    return build(
      'tr',
      {},
      cell(terms.name, worker.name),
      cell(terms.machine, worker.machine),
      cell(terms.version, worker.version),
      cell(terms.does, worker.there ? doing(worker) : says.lost),
      cell(terms.since, duration(at - worker.since)),
      cell(terms.seen, says.ago(at - worker.seen)),
    );
  });
  element('workers').replaceChildren(...(rows.length ? [build('thead', {}, head), build('tbody', {}, ...rows)] : []));
}

/** @param {Worker} worker */
function doing({ job: id }) {
  const job = summary?.running.find((job) => job.id === id);
  return job ? `${says.job(job)}, ${says.progress(job.progress)}` : says.idle;
}

function noteAge() {
  if (!summary) return;
  const at = now();
  ages.push({ at, value: summary.oldest_due === null ? 0 : at - summary.oldest_due });
  while (ages.length && at - ages[0].at > REMEMBERED_MS) ages.shift();
}

function tick() {
  if (summary && !document.hidden) {
    noteAge();
    draw();
  }
  realTimers.after(TICK_MS, tick);
}

main();
