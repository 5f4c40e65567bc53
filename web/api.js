// @ts-check
/**
 * The computer's HTTP interface as functions. The only module that calls `fetch`; it knows no page and no state.
 *
 * Every function ends in a bounded time: a phone that left the Wi-Fi gets no answer and no error from its own network
 * for minutes.
 */

import { words, wordsOfError } from './words.js';

/** @typedef {import('./sender.js').Outcome} Outcome */
/** @typedef {import('./outbox.js').Picture} Picture */
/** @typedef {import('./outbox.js').Judged} Judged */
/**
 * @typedef {object} Me
 * @property {{id: string, label: string, role: string}} device
 * @property {string | null} user
 * @property {string | null} pending
 * @property {number} now
 * @property {number} max_fps
 * @property {{kind: string, what: string, todo: string}[]} problems
 */
/**
 * @typedef {object} SavedFrame
 * @property {string} id
 * @property {string} user
 * @property {string} camera
 * @property {number} seq
 * @property {number} captured_at
 * @property {number} width
 * @property {number} height
 * @property {number} bytes
 * @property {string} format
 * @property {number} score
 * @property {number | null} event
 * @property {boolean} peak
 */
/** @typedef {{frames: SavedFrame[], next: string | null, count: number, bytes: number}} FramePage */

/**
 * @typedef {object} Recording
 * @property {string} id
 * @property {string} user
 * @property {string} camera
 * @property {number} started_at
 * @property {string} mime
 * @property {'webm' | 'mp4'} format
 * @property {number} bytes
 * @property {number} chunks
 * @property {number | null} duration_ms
 * @property {'open' | 'finished' | 'abandoned'} state
 * @property {string | null} reason
 * @property {Made | null} [made] what was made of it, once that is there
 */

/**
 * A file that can be sought in, made of a recording.
 * @typedef {object} Made
 * @property {number} duration_ms
 * @property {{what: string, told_ms?: number, from_ms?: number, to_ms?: number, count?: number}[]} missing what of the recording is not in it
 * @property {{columns: number, count: number, width: number, height: number, every_ms: number} | null} strip
 * @property {{start_ms: number, end_ms: number, peak_ms: number, score: number}[]} [events] where something moves; not in lists
 */

const ANSWER_MS = 10_000;
/** A frame of a megabyte on a poor Wi-Fi takes longer than a question. */
const UPLOAD_MS = 30_000;
/** A preview is small, and the next one waits for it. */
const PREVIEW_MS = 8000;
/** A piece of a recording may come through a poor Wi-Fi; what is broken off goes on where it was. */
const PIECE_MS = 60_000;

/** Nobody answered: no network, no computer, or not in time. */
export class Unreachable extends Error {}

/** The computer answered that it will not. */
export class Refusal extends Error {
  /** @param {number} status @param {any} body */
  constructor(status, body) {
    const error = body?.error ?? {};
    const { what, todo } = wordsOfError(error);
    super(what || words.errors.unknown);
    this.status = status;
    /** @type {string} */
    this.code = error.code ?? '';
    /** @type {string} */
    this.hint = todo;
    this.body = body;
  }
}

/** @returns {Promise<Me>} */
export const me = () => call('GET', '/api/v1/me');

/**
 * @param {string} user
 * @returns {Promise<{user: string, status: 'granted' | 'asked'}>}
 */
export const chooseUser = (user) => call('PUT', '/api/v1/me/user', { json: { user } });

/** @typedef {{user: string, camera: string, state: string, reason?: string, words: string}} CameraState */

/** @returns {Promise<{cameras: CameraState[]}>} all cameras, for viewers and the operator */
export const cameras = () => call('GET', '/api/v1/cameras');

/** @param {{user: string, camera: string}} stream */
export const liveUrl = ({ user, camera }) => `/api/v1/live/${encodeURIComponent(`${user}~${camera}`)}.mjpeg`;

/**
 * @param {{cursor?: string | null, limit?: number}} [page]
 * @returns {Promise<FramePage>}
 */
export function frames({ cursor = null, limit = 60 } = {}) {
  const query = new URLSearchParams({ limit: String(limit) });
  if (cursor) query.set('cursor', cursor);
  return call('GET', `/api/v1/frames?${query}`);
}

/** So many frames come with one answer. */
const MOST_LISTED = 500;

/**
 * Cameras of which something was kept from one time of capture to before another.
 * @param {number} from
 * @param {number} to
 * @returns {Promise<{user: string, camera: string}[]>}
 */
export async function streamsBetween(from, to) {
  const streams = new Map();
  let cursor = null;
  do {
    const query = new URLSearchParams({ from: String(from), to: String(to), limit: String(MOST_LISTED) });
    if (cursor) query.set('cursor', cursor);
    /** @type {FramePage} */
    const page = await call('GET', `/api/v1/frames?${query}`);
    for (const { user, camera } of page.frames) streams.set(JSON.stringify([user, camera]), { user, camera });
    cursor = page.next;
  } while (cursor);
  return [...streams.values()];
}

/** So many numbers go with one question. */
const MOST_PICKED = 100;

/**
 * Deletes frames; they can be brought back for ten minutes.
 * @param {string[]} ids
 * @returns {Promise<string[]>} which were there
 */
export const deleteFrames = (ids) => inParts('POST', ids);

/**
 * Takes that back.
 * @param {string[]} ids
 * @returns {Promise<string[]>} which are back
 */
export const restoreFrames = (ids) => inParts('DELETE', ids);

/** @param {string} method @param {string[]} ids */
async function inParts(method, ids) {
  const done = [];
  for (let from = 0; from < ids.length; from += MOST_PICKED) {
    const frames = ids.slice(from, from + MOST_PICKED);
    done.push(...(await call(method, '/api/v1/trash', { json: { frames }, timeoutMs: UPLOAD_MS })).frames);
  }
  return done;
}

/**
 * All frames of an event, or of an hour without one, as a zip file.
 * @param {{event: number | null, camera: string, from: number, to: number}} group
 */
export function archiveUrl({ event, camera, from, to }) {
  const query = new URLSearchParams({ camera });
  if (event !== null) query.set('event', String(event));
  else {
    query.set('from', String(from));
    query.set('to', String(to + 1));
  }
  return `/api/v1/archive?${query}`;
}

/** @param {string} id */
export const frameUrl = (id) => `/api/v1/frames/${encodeURIComponent(id)}`;

/** @param {string} id of a clip */
export const clipUrl = (id) => `/api/v1/clips/${encodeURIComponent(id)}`;

/**
 * The film of an event.
 * @param {number} event
 * @returns {Promise<string | null>} its number, or nothing while there is none
 */
export async function clipOf(event) {
  const page = await call('GET', `/api/v1/clips?event=${event}&limit=1`);
  return page.clips[0]?.id ?? null;
}

/**
 * A film that was made. That of an event belongs to it; the others were ordered.
 * @typedef {object} Film
 * @property {string} id
 * @property {'event' | 'timelapse' | 'selection' | 'mask' | 'drawn'} kind
 * @property {number} number what its order was answered
 * @property {string} user
 * @property {string} camera
 * @property {number} started_at
 * @property {number} bytes
 * @property {number | null} duration_ms
 */

/**
 * Films that somebody ordered, the newest first.
 * @param {{cursor?: string, limit?: number}} [page]
 * @returns {Promise<{clips: Film[], next: string | null}>}
 */
export function films({ cursor = '', limit = 20 } = {}) {
  const query = new URLSearchParams({ ordered: '', limit: String(limit) });
  if (cursor) query.set('cursor', cursor);
  return call('GET', `/api/v1/clips?${query}`);
}

/**
 * @typedef {{kind: 'selection', user: string, camera: string, event?: number, from?: number, to?: number}
 *   | {kind: 'timelapse', user: string, camera: string, from: number, to: number}
 *   | {kind: 'mask', of: string}} FilmOrder
 */

/**
 * @param {FilmOrder} order
 * @returns {Promise<{number: number}>}
 */
export const orderFilm = (order) => call('POST', '/api/v1/clips', { json: order });

/** @param {string} id */
export const deleteFilm = (id) => call('DELETE', clipUrl(id));

/** @param {string} id */
export const restoreFilm = (id) => call('POST', `${clipUrl(id)}/restore`);

/** @param {string} id */
export const thumbnailUrl = (id) => `${frameUrl(id)}/thumbnail`;

/** @param {string} id */
export const downloadUrl = (id) => `${frameUrl(id)}?download`;

/**
 * @param {{camera: string, mime: string, started_at: number, key: string}} beginning
 * @returns {Promise<Recording>}
 */
export const beginRecording = (beginning) => call('POST', '/api/v1/recordings', { json: beginning });

/**
 * @param {string} id
 * @returns {Promise<Recording & import('./uploads.js').Progress>}
 */
export const recording = (id) => call('GET', recordingUrl(id));

/**
 * @param {string} id
 * @param {number} seq
 * @param {{bytes: ArrayBuffer, from: number, total: number, sha256: string, capturedAt: number}} piece `sha256` is that of the whole chunk, in base64
 * @returns {Promise<{bytes: number, complete: boolean}>}
 */
export const putPiece = (id, seq, { bytes, from, total, sha256, capturedAt }) =>
  call('PUT', `${recordingUrl(id)}/chunks/${seq}`, {
    body: bytes,
    headers: {
      'Content-Type': 'application/octet-stream',
      'Content-Range': `bytes ${from}-${from + bytes.byteLength - 1}/${total}`,
      'Repr-Digest': `sha-256=:${sha256}:`,
      'X-Captured-At': String(capturedAt),
    },
    timeoutMs: PIECE_MS,
  });

/**
 * @param {string} id
 * @param {{chunks: number, duration_ms?: number}} end
 * @returns {Promise<Recording>}
 */
export const finishRecording = (id, end) => call('POST', `${recordingUrl(id)}/finish`, { json: end });

/** @returns {Promise<{recordings: Recording[], next: string | null, count: number, bytes: number}>} */
export function recordings({ cursor = '', limit = 60 } = {}) {
  const query = new URLSearchParams({ limit: String(limit) });
  if (cursor) query.set('cursor', cursor);
  return call('GET', `/api/v1/recordings?${query}`);
}

/** @param {string} id */
export const deleteRecording = (id) => call('DELETE', recordingUrl(id));

/** @param {string} id */
export const restoreRecording = (id) => call('POST', `${recordingUrl(id)}/restore`);

/** @param {string} id */
export const recordingUrl = (id) => `/api/v1/recordings/${encodeURIComponent(id)}`;

/** @param {string} id */
export const videoUrl = (id) => `${recordingUrl(id)}/file`;

/** @param {string} id */
export const madeUrl = (id) => `${recordingUrl(id)}/video`;

/** @param {string} id */
export const stripUrl = (id) => `${recordingUrl(id)}/strip`;

/**
 * @param {{state?: string, before?: number | null, limit?: number}} [page]
 * @returns {Promise<{jobs: import('./jobs.js').Job[], next: number | null}>}
 */
export function jobs({ state = '', before = null, limit = 20 } = {}) {
  const query = new URLSearchParams({ state, limit: String(limit) });
  if (before !== null) query.set('before', String(before));
  return call('GET', `/api/v1/jobs?${query}`);
}

/** @param {number} id @returns {Promise<import('./jobs.js').Job & {log: string}>} */
export const job = (id) => call('GET', `/api/v1/jobs/${id}`);

/** @param {number} id @param {'retry' | 'cancel'} what */
export const changeJob = (id, what) => call('POST', `/api/v1/jobs/${id}/${what}`);

/** @param {string} state @returns {Promise<{purged: number}>} */
export const purgeJobs = (state) => call('DELETE', `/api/v1/jobs?${new URLSearchParams({ state })}`);

/** @param {boolean} paused */
export const pauseJobs = (paused) => call('PUT', '/api/v1/jobs/paused', { json: { paused } });

/**
 * Sends one large picture that the computer asked for, and says what became of it. Never throws.
 * @param {string} camera
 * @param {Picture} picture
 * @param {Judged & {late: boolean}} judged what was said of its preview
 * @returns {Promise<Outcome>}
 */
export function sendFrame(camera, picture, { event, score, peak, late }) {
  const query = new URLSearchParams({ judged: '1', score: String(score) });
  if (event !== null) query.set('event', String(event));
  if (peak) query.set('peak', '1');
  if (late) query.set('late', '1');
  return sendPicture(`/api/v1/cameras/${encodeURIComponent(camera)}/frames?${query}`, picture, UPLOAD_MS);
}

/**
 * Sends one small picture to be looked at, and says what the computer saw and wants. Never throws.
 * @param {string} camera
 * @param {Picture} picture
 * @param {{whole: boolean, moved: boolean, late: boolean}} how
 * @returns {Promise<Outcome>}
 */
export function sendPreview(camera, picture, { whole, moved, late }) {
  const query = new URLSearchParams();
  if (whole) query.set('whole', '1');
  if (moved) query.set('moved', '1');
  if (late) query.set('late', '1');
  return sendPicture(`/api/v1/cameras/${encodeURIComponent(camera)}/previews?${query}`, picture, PREVIEW_MS);
}

/** @param {string} path @param {Picture} picture @param {number} timeoutMs @returns {Promise<Outcome>} */
async function sendPicture(path, picture, timeoutMs) {
  try {
    const answer = await call('POST', path, {
      body: picture.blob,
      headers: {
        'Content-Type': picture.blob.type || 'image/jpeg',
        'X-Seq': String(picture.seq),
        'X-Captured-At': String(picture.capturedAt),
      },
      timeoutMs,
    });
    return { kind: 'ok', intervalMs: Number(answer?.interval_ms) || 0, answer };
  } catch (error) {
    return outcomeOf(error);
  }
}

/**
 * What an error means for the sending of frames.
 * @param {unknown} error
 * @returns {Outcome}
 */
export function outcomeOf(error) {
  if (!(error instanceof Refusal)) return { kind: 'silent' };
  switch (error.status) {
    case 401:
      return { kind: 'unpaired' };
    case 403:
      if (['no_user', 'name_asked'].includes(error.code)) return { kind: 'nameless' };
      return { kind: 'refused', message: error.message, todo: error.hint };
    case 429:
      return { kind: 'busy', retryMs: Number(error.body?.error?.retry_ms) || 1000 };
    case 507:
      return {
        kind: 'notSaved',
        message: error.message,
        todo: error.hint,
        answer: error.body?.outcome ?? error.body?.error?.outcome ?? null,
      };
    default:
      return isFinal(error)
        ? { kind: 'refused', message: error.message, todo: error.hint }
        : { kind: 'silent', failing: error.message };
  }
}

/**
 * Whether the same thing would be refused again. What broke off or came too slowly (400, 408) would not, and what the computer
 * cannot take for now (5xx) neither.
 * @param {Refusal} refusal
 */
export const isFinal = ({ status }) => status < 500 && status !== 400 && status !== 408;

/**
 * Tells what the camera does, and so why it is blind. It is a beacon, because the page may be on its way out.
 * @param {string} camera
 * @param {'live' | 'hidden' | 'muted' | 'taken' | 'stopped'} state
 */
export function tellState(camera, state) {
  const path = `/api/v1/cameras/${encodeURIComponent(camera)}/state`;
  const body = JSON.stringify({ state });
  if (navigator.sendBeacon?.(path, body)) return;
  fetch(path, { method: 'POST', body, keepalive: true, credentials: 'same-origin' }).catch(() => {
    // The computer notices the silence by itself.
  });
}

/**
 * Tells how far this page has come, and of the battery. The page may be on its way into the background. Ends when the
 * computer has heard it, so that what comes next is heard next; never throws.
 * @param {import('./progress.js').Told} told
 */
export async function tellProgress(told) {
  try {
    await call('POST', '/api/v1/me/progress', { json: told, keepalive: true });
  } catch {
    // It helps the operator to help; nothing hangs on it.
  }
}

/**
 * Tells of the ledger: from when to when the phone did not reach the computer, or that its battery is nearly empty.
 * @param {string} camera
 * @param {{state: 'offline', from: number, to: number} | {state: 'weak'}} what
 */
export const tellLedger = (camera, what) =>
  call('POST', `/api/v1/cameras/${encodeURIComponent(camera)}/state`, { json: what });

/**
 * What every second of a camera was, from one time of the computer until now.
 * @param {string} camera
 * @param {number} from
 * @returns {Promise<import('./ledger.js').Ledger>}
 */
export const ledger = (camera, from) =>
  call('GET', `/api/v1/ledger?${new URLSearchParams({ camera, from: String(from) })}`);

/**
 * @param {string} method
 * @param {string} path
 * @param {{json?: unknown, body?: BodyInit, headers?: Record<string, string>, timeoutMs?: number, keepalive?: boolean}} [options]
 * @returns {Promise<any>} the JSON of the answer, or null when it has none
 * @throws {Unreachable | Refusal}
 */
async function call(method, path, { json, body, headers = {}, timeoutMs = ANSWER_MS, keepalive = false } = {}) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  try {
    const response = await fetch(path, {
      method,
      headers: json === undefined ? headers : { ...headers, 'Content-Type': 'application/json' },
      body: json === undefined ? body : JSON.stringify(json),
      credentials: 'same-origin',
      cache: 'no-store',
      keepalive,
      signal: abort.signal,
    });
    const text = await response.text();
    const answer = parse(text);
    if (response.ok) return answer;
    if (response.status === 429 && answer?.error && !answer.error.retry_ms) {
      answer.error.retry_ms = 1000 * (Number(response.headers.get('Retry-After')) || 1);
    }
    throw new Refusal(response.status, answer);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Unreachable(words.errors.unreachable);
  } finally {
    clearTimeout(timer);
  }
}

/** @param {string} text */
function parse(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
