// @ts-check
/**
 * The words of the pages in the language of the person: what the browser asks for, unless another one was chosen here.
 * Every module takes its words from this one; each language is a file of its own in `words/`, of the same shape as the
 * English one.
 */

import { browserStorage, openSettings } from './settings.js';
import { de } from './words/de.js';
import { en } from './words/en.js';
import { es } from './words/es.js';
import { fr } from './words/fr.js';
import { it } from './words/it.js';
import { pt } from './words/pt.js';
import { sentence } from './words/saying.js';

export { sentence };

/** @typedef {import('./words/saying.js').Sentence} Sentence */
/** @typedef {typeof en} Words */

/** Every language that the pages speak, in the order of the list from which it is chosen. */
export const LANGUAGES = /** @type {Record<string, Words>} */ ({ de, en, es, fr, it, pt });

export const words = choose(asked(), openSettings(browserStorage()).language);

/**
 * The language to speak.
 * @param {readonly string[]} wanted by the browser, the dearest first, such as `de-AT`
 * @param {string} [chosen] by the person, on this page
 * @returns {Words}
 */
export function choose(wanted, chosen = '') {
  const known = (/** @type {string} */ language) => Object.prototype.hasOwnProperty.call(LANGUAGES, language);
  const dearest = wanted.map((tag) => tag.toLowerCase().split('-')[0]).find(known);
  return LANGUAGES[known(chosen) ? chosen : dearest ?? 'en'];
}

/** What the browser asks for. Where there is no page (tests, tools) that is nothing. */
function asked() {
  return typeof document === 'undefined' ? [] : navigator.languages ?? [navigator.language];
}

/**
 * An error of the computer in the words of the page, or in its own where the page has none.
 * @param {{code?: string, message?: string, hint?: string}} error
 * @returns {{what: string, todo: string}} clauses, to be made sentences
 */
export function wordsOfError({ code = '', message = '', hint = '' }) {
  return words.server[code] ?? { what: message, todo: hint };
}

/**
 * A problem of the computer, likewise.
 * @param {{kind?: string, what: string, todo: string}} problem
 * @returns {{what: string, todo: string}}
 */
export function wordsOfProblem({ kind = '', what, todo }) {
  return words.problems[kind] ?? { what, todo };
}

/**
 * What a camera does, in the language of the page. The computer's own words are English and say a little more.
 * @param {{state: string, reason?: string, words: string}} camera
 */
export function wordsOfCamera({ state, reason = '', words: own }) {
  if (words.language === 'en') return own;
  const states = /** @type {Record<string, string>} */ (words.states);
  const reasons = /** @type {Record<string, string>} */ (words.ledger.reasons);
  const why = state === 'blind' ? reasons[reason] : '';
  return [states[state] ?? own, why].filter(Boolean).join(': ');
}

/**
 * Puts the words of `words.page` where the HTML names them: `data-words` for texts, `data-words-label` for names that
 * only screen readers say.
 * @param {Document} page
 */
export function fillWords(page) {
  page.documentElement.lang = words.language;
  const texts = /** @type {Record<string, string>} */ (words.page);
  for (const element of page.querySelectorAll('[data-words]')) {
    element.textContent = texts[/** @type {HTMLElement} */ (element).dataset.words ?? ''];
  }
  for (const element of page.querySelectorAll('[data-words-label]')) {
    element.setAttribute('aria-label', texts[/** @type {HTMLElement} */ (element).dataset.wordsLabel ?? '']);
  }
}
