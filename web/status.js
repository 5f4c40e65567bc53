// @ts-check
/**
 * From what is known to the one sentence that matters most, with its cure. Pure: no page, no clock.
 *
 * The order of the rules is the order in which a person would want to hear them: first what makes filming impossible,
 * then why nothing is seen, then what becomes of the frames, last what is seen.
 */

import { words, wordsOfProblem } from './words.js';

/**
 * @typedef {object} Situation
 * @property {'asking' | 'paired' | 'unpaired' | 'revoked'} access
 * @property {'none' | 'claiming' | 'asked' | 'granted' | 'refused' | 'bad' | 'failed' | 'missing' | 'mine'
 *   | 'lost'} name
 * @property {string} nameText the name that was asked for, or the computer's words about why it is not ours
 * @property {string} nameTodo what the computer advises then
 * @property {'off' | 'stopped' | 'starting' | 'on' | 'insecure' | 'denied' | 'missing' | 'busy' | 'failed' | 'taken'
 *   | 'takenRetrying' | 'muted' | 'stalled'} camera
 * @property {string} cameraText the browser's words for a camera that failed
 * @property {boolean} visible
 * @property {'ok' | 'gone' | 'back' | 'noNetwork' | 'failing'} link
 * @property {string} linkText
 * @property {null | {kind: 'overload', seconds: number} | {kind: 'notSaved', message: string, todo: string}
 *   | {kind: 'frameRefused', message: string, todo: string}} hold
 * @property {string | null} verdict the newest verdict of the detector
 * @property {{kind?: string, what: string, todo: string}[]} problems of the computer
 */

/** @typedef {'idle' | 'motion' | 'still' | 'blind' | 'problem'} State */
/** @typedef {import('./words.js').Sentence & {state: State}} Status */

/** @returns {Situation} what is known when the page opens */
export function firstSituation() {
  return {
    access: 'asking',
    name: 'none',
    nameText: '',
    nameTodo: '',
    camera: 'off',
    cameraText: '',
    visible: true,
    link: 'ok',
    linkText: '',
    hold: null,
    verdict: null,
    problems: [],
  };
}

/** @param {Situation} s */
export function isFilming(s) {
  return ['on', 'muted', 'stalled'].includes(s.camera);
}

/**
 * @param {Situation} s
 * @returns {Status}
 */
export function describe(s) {
  return (
    impossible(s) ?? unseen(s) ?? naming(s) ?? unkept(s) ?? seen(s) ?? { state: 'idle', ...words.status.asking() }
  );
}

/** @param {Situation} s @returns {Status | null} */
function impossible(s) {
  if (s.camera === 'insecure') return { state: 'problem', ...words.status.insecure() };
  if (s.access === 'revoked') return { state: 'problem', ...words.status.revoked() };
  if (s.access === 'unpaired') return { state: 'problem', ...words.status.unpaired() };
  return null;
}

/** @param {Situation} s @returns {Status | null} */
function unseen(s) {
  if (!s.visible && isFilming(s)) return { state: 'blind', ...words.status.hidden() };
  switch (s.camera) {
    case 'denied':
    case 'missing':
    case 'busy':
      return { state: 'problem', ...words.status[s.camera]() };
    case 'failed':
      return { state: 'problem', ...words.status.failed(s.cameraText) };
    case 'taken':
    case 'takenRetrying':
    case 'muted':
    case 'stalled':
      return { state: 'blind', ...words.status[s.camera]() };
  }
  if (s.link === 'noNetwork') return { state: 'blind', ...words.status.noNetwork() };
  if (s.link === 'gone') return { state: 'blind', ...words.status.gone() };
  if (s.link === 'failing') return { state: 'blind', ...words.status.failing(s.linkText) };
  return null;
}

/** @param {Situation} s @returns {Status | null} */
function naming(s) {
  switch (s.name) {
    case 'claiming':
      return { state: 'idle', ...words.status.claiming() };
    case 'asked':
      return { state: 'problem', ...words.status.asked(s.nameText) };
    case 'refused':
      return { state: 'problem', ...words.status.refused(s.nameText) };
    case 'bad':
      return { state: 'problem', ...words.status.badName(s.nameText, s.nameTodo) };
    case 'failed':
      return { state: 'problem', ...words.status.nameFailed(s.nameText, s.nameTodo) };
    case 'missing':
      return { state: 'problem', ...words.status.nameMissing() };
    case 'lost':
      return { state: 'problem', ...words.status.nameLost() };
    case 'granted':
      return isFilming(s) || s.camera === 'starting' ? null : { state: 'idle', ...words.status.granted(s.nameText) };
  }
  return null;
}

/** @param {Situation} s @returns {Status | null} */
function unkept(s) {
  if (isFilming(s) && s.hold) {
    switch (s.hold.kind) {
      case 'notSaved':
        return { state: 'problem', ...words.status.notSaved(s.hold.message, s.hold.todo) };
      case 'overload':
        return { state: 'blind', ...words.status.overload(s.hold.seconds) };
      case 'frameRefused':
        return { state: 'problem', ...words.status.frameRefused(s.hold.message, s.hold.todo) };
    }
  }
  const problem = s.problems[0] && wordsOfProblem(s.problems[0]);
  return problem ? { state: 'problem', ...words.status.problem(problem.what, problem.todo) } : null;
}

/** @param {Situation} s @returns {Status | null} */
function seen(s) {
  if (s.camera === 'starting') return { state: 'idle', ...words.status.starting() };
  if (s.camera === 'on') {
    const state = s.verdict === 'motion' ? 'motion' : s.verdict ? 'still' : 'idle';
    if (s.link === 'back') return { state, ...words.status.back() };
    const say = words.status[s.verdict ?? 'firstFrame'] ?? words.status.still;
    return { state, ...say() };
  }
  if (s.access === 'asking') return null;
  if (s.link === 'back') return { state: 'idle', ...words.status.back() };
  if (s.camera === 'stopped') return { state: 'idle', ...words.status.stopped() };
  return { state: 'idle', ...(s.name === 'mine' ? words.status.ready() : words.status.readyNameless()) };
}

/**
 * What the answer to a frame holds up.
 * @param {import('./sender.js').Outcome} outcome
 * @returns {Situation['hold']}
 */
export function holdOf(outcome) {
  switch (outcome.kind) {
    case 'busy':
      return { kind: 'overload', seconds: Math.max(1, Math.ceil(outcome.retryMs / 1000)) };
    case 'notSaved':
      return { kind: 'notSaved', message: outcome.message, todo: outcome.todo };
    case 'refused':
      return { kind: 'frameRefused', message: outcome.message, todo: outcome.todo };
    default:
      return null;
  }
}
