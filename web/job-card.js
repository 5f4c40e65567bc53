// @ts-check
/** One job on the page of jobs: what it is, how far it is, what went wrong, and what can be done about it. */

import { clockTime } from './album.js';
import { build, place } from './build.js';
import { says } from './words-jobs.js';

/** @typedef {import('./jobs.js').Job} Job */

/**
 * A job in the list of its state. It is drawn again in place, so that what has the focus keeps it and what is open stays
 * open.
 */
export class JobCard {
  #terms = '';

  /**
   * @param {Job} job
   * @param {(id: number, what: 'retry' | 'cancel') => void} act
   * @param {(id: number) => Promise<{log: string}>} ask
   */
  constructor(job, act, ask) {
    this.note = build('p', { class: 'soft' });
    this.failure = build('p', { class: 'failure' });
    this.bar = build('progress', { max: '1' });
    this.title = build('b', {}, says.job(job));
    this.list = build('dl', {});
    this.log = build('pre', { tabindex: '0', 'aria-label': says.log });
    this.details = build('details', {}, build('summary', { 'aria-label': says.of(says.details, says.job(job)) }, says.details), this.list, this.log);
    this.details.addEventListener('toggle', () => {
      if (!this.details.open) return;
      ask(job.id).then(
        ({ log }) => (this.log.textContent = log || says.noLog),
        () => (this.log.textContent = says.gone),
      );
    });
    const button = (/** @type {'retry' | 'cancel'} */ what) => {
      const button = build('button', { class: 'button quiet', type: 'button', 'aria-label': says.of(says[what], says.job(job)) }, says[what]);
      button.addEventListener('click', () => act(job.id, what));
      return button;
    };
    this.buttons = { retry: button('retry'), cancel: button('cancel') };
    this.actions = build('div', { class: 'actions' });
    const title = build('div', { class: 'title' }, build('span', { class: 'mark', 'aria-hidden': 'true' }), this.title);
    this.element = build('li', { 'data-job': String(job.id) }, title, this.bar, this.note, this.failure, this.actions, this.details);
  }

  /** @param {Job} job @param {number} now the computer's time */
  show(job, now) {
    this.element.dataset.state = MARKS[job.state];
    this.bar.hidden = job.state !== 'running';
    this.bar.value = job.progress;
    this.bar.setAttribute('aria-label', says.of(says.progress(job.progress), says.job(job)));
    this.note.textContent = about(job, now);
    this.failure.textContent = ['waiting', 'dead'].includes(job.state) ? job.failure : '';
    this.failure.hidden = !this.failure.textContent;
    const may = { retry: ['dead', 'cancelled'].includes(job.state), cancel: ['waiting', 'running'].includes(job.state) && !job.cancelling };
    place(this.actions, [may.retry && this.buttons.retry, may.cancel && this.buttons.cancel].filter((button) => button instanceof HTMLElement));
    this.actions.hidden = !this.actions.children.length;
    this.#showTerms(job);
  }

  /** @param {Job} job */
  #showTerms(job) {
    const time = (/** @type {number | null} */ ms) => (ms === null ? '' : `${new Date(ms).toLocaleDateString(document.documentElement.lang)} ${clockTime(ms)}`);
    const rows = [
      [says.terms.payload, typeof job.payload === 'string' ? job.payload : JSON.stringify(job.payload)],
      [says.terms.priority, says.priority(job.priority)],
      [says.terms.attempts, says.begun(job.attempts, job.most_attempts)],
      [says.terms.created, time(job.created_at)],
      [says.terms.due, time(job.run_at)],
      [says.terms.started, time(job.started_at)],
      [says.terms.finished, time(job.finished_at)],
      [says.terms.worker, job.worker ?? ''],
    ];
    // What a person marks to copy it stays marked.
    const terms = JSON.stringify(rows);
    if (terms === this.#terms) return;
    this.#terms = terms;
    this.list.replaceChildren(
      ...rows.filter(([, value]) => value).flatMap(([term, value]) => [build('dt', {}, term), build('dd', {}, value)]),
    );
  }
}

/** The signs of the states, beside their words. @type {Record<string, string>} */
const MARKS = { running: 'motion', waiting: 'still', dead: 'problem', cancelled: 'blind', done: 'still' };

/**
 * @param {Job} job
 * @param {number} now
 * @returns {string} what there is to say of it in one line
 */
export function about(job, now) {
  const said = [];
  if (job.state === 'running') {
    said.push(says.progress(job.progress));
    if (job.note) said.push(job.note);
    if (job.cancelling) said.push(says.cancelling);
    else if (job.left_ms !== null) said.push(says.left(job.left_ms));
    if (job.started_at !== null) said.push(says.running(now - job.started_at));
    if (job.attempts > 1) said.push(says.attempts(job.attempts, job.most_attempts));
    if (job.worker) said.push(job.worker);
  } else if (job.state === 'waiting') {
    said.push(job.run_at > now ? says.later(job.run_at - now) : says.waiting(now - job.run_at));
    if (job.failure) said.push(says.failed(job.attempts, job.most_attempts));
  } else if (job.state === 'done' || job.state === 'dead') {
    if (job.finished_at !== null) said.push(`${clockTime(job.finished_at)}`);
    if (job.started_at !== null && job.finished_at !== null) said.push(says.tookAndEnded(job.finished_at - job.started_at));
    if (job.attempts > 1) said.push(says.attempts(job.attempts, job.most_attempts));
  } else if (job.finished_at !== null) said.push(clockTime(job.finished_at));
  return said.join(' · ');
}
