// @ts-check
/**
 * Every sentence of the operator's page of jobs, beside those of the phone's pages.
 *
 * It knows no state; it says what it is given.
 */

/** @param {number} n @param {string} one @param {string} many */
const count = (n, one, many) => `${n.toLocaleString('en')} ${n === 1 ? one : many}`;

/** @type {Record<string, string>} */
const KINDS = { recording: 'Recording', clip: 'Clip', timelapse: 'Time-lapse', mask: 'Mask' };
/** @type {Record<string, string>} */
const STATES = { running: 'Running', waiting: 'Waiting', dead: 'Failed', cancelled: 'Cancelled', done: 'Done' };
/** @type {Record<string, string>} */
const PRIORITIES = { high: 'urgent', normal: 'usual', low: 'when there is nothing else to do' };

/** @param {number} ms @returns {string} such as 45 s, 12 min or 3 h 5 min */
export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.round(hours / 24)} days`;
  return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
}

export const says = {
  /** Texts that stand in jobs.html; `data-says` names the key. */
  page: {
    title: 'Jobs',
    cameras: 'All cameras',
    queue: 'The queue',
    pace: 'Pace',
    workers: 'Workers',
    noWorkers: 'No worker has been heard of. Jobs wait until one is there.',
  },

  asking: 'Asking the computer …',
  gone: 'The computer does not answer. This page tries again.',
  notPaired: 'This browser is not paired. Scan a code for an operator from the window of Framekeep.',
  notOperator: 'Only an operator sees the jobs. Scan a code for an operator from the window of Framekeep.',
  paused: 'Paused: jobs that run are finished, and no other is begun.',
  /** @param {string} what @param {string} todo */
  trouble: (what, todo) => `${what.charAt(0).toUpperCase()}${what.slice(1)}. ${todo}`,

  pause: 'Pause',
  resume: 'Resume',
  retry: 'Retry',
  cancel: 'Cancel',
  more: 'Show more',
  details: 'Details',
  /** @param {string} state */
  purge: (state) => `Forget all that are ${state === 'dead' ? 'failed' : state}`,
  /** @param {number} n */
  reallyPurge: (n) => `Yes, forget ${count(n, 'job', 'jobs')} for good`,
  /** @param {number} n */
  purged: (n) => `${count(n, 'job is', 'jobs are')} forgotten.`,
  /** @param {string} what @param {string} job */
  of: (what, job) => `${what}: ${job}`,

  /** @param {string} place */
  place: (place) => `The queue is ${place}.`,
  standing: 'State',
  all: 'All',
  /** @param {string} kind */
  kindOf: (kind) => KINDS[kind] ?? kind,
  /** @param {string} state */
  state: (state) => STATES[state] ?? state,
  /** @param {string} state */
  empty: (state) => (state === 'dead' ? 'No job has failed.' : `No job is ${state}.`),
  /** @param {{kind: string, id: number}} job */
  job: ({ kind, id }) => `${KINDS[kind] ?? kind} ${id}`,

  /** @param {number} share */
  progress: (share) => `${Math.floor(share * 100)} %`,
  /** @param {number} ms */
  left: (ms) => `about ${duration(ms)} left`,
  /** @param {number} ms */
  running: (ms) => `running for ${duration(ms)}`,
  /** @param {number} ms */
  waiting: (ms) => `waiting for ${duration(ms)}`,
  /** @param {number} ms */
  later: (ms) => `to be begun in ${duration(ms)}`,
  /** @param {number} ms */
  tookAndEnded: (ms) => `took ${duration(ms)}`,
  cancelling: 'is to be cancelled; its worker has not noticed yet',
  /** @param {number} attempts @param {number} most */
  attempts: (attempts, most) => `attempt ${attempts} of ${most}`,
  /** @param {number} attempts @param {number} most */
  failed: (attempts, most) => `failed ${attempts} of ${most} times`,

  terms: {
    priority: 'Priority',
    attempts: 'Begun',
    created: 'Queued',
    due: 'Due',
    started: 'Begun at',
    finished: 'Over at',
    worker: 'Worker',
    payload: 'About',
  },
  /** @param {string} priority */
  priority: (priority) => PRIORITIES[priority] ?? priority,
  /** @param {number} attempts @param {number} most */
  begun: (attempts, most) => `${attempts} of at most ${count(most, 'time', 'times')}`,
  log: 'What went wrong',
  noLog: 'Nothing went wrong.',

  /** @param {number} all @param {number} newest */
  doneTitle: (all, newest) => `${count(all, 'job', 'jobs')} done in the last hour, ${newest.toLocaleString('en')} in the last full minute`,
  doneImage: 'Jobs done in each minute of the last hour',
  /** @param {number | null} ms */
  ageTitle: (ms) => (ms === null ? 'No job is due and waits' : `The job that waits the longest has been due for ${duration(ms)}`),
  ageImage: 'How long the oldest job that is due has waited, since this page was opened',

  worker: { name: 'Name', machine: 'Machine', version: 'Version', does: 'Does', since: 'There for', seen: 'Heard of' },
  idle: 'nothing',
  lost: 'gone',
  /** @param {number} ms */
  ago: (ms) => (ms < 2000 ? 'just now' : `${duration(ms)} ago`),
};
