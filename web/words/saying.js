// @ts-check
/**
 * What all languages share: how a sentence begins and ends, how numbers, plurals and sizes are written. It knows no words.
 */

/** @typedef {{what: string, todo?: string, link?: {text: string, href: string}}} Sentence */

/**
 * A server's message as a sentence: a capital at the start and a full stop at the end.
 * @param {string} text
 */
export function sentence(text) {
  const trimmed = text.trim();
  if (!trimmed) return '';
  const end = /[.!?…]$/.test(trimmed) ? '' : '.';
  return trimmed[0].toUpperCase() + trimmed.slice(1) + end;
}

/** @param {{message: string, hint?: string}} error what the computer, or the lack of it, says */
export function because(error) {
  return [sentence(error.message), sentence(error.hint ?? '')].filter(Boolean).join(' ');
}

/**
 * How a language writes numbers.
 * @param {string} language
 * @param {string[]} [units] of sizes, from one byte to a million million
 */
export function numbersOf(language, units = ['bytes', 'kB', 'MB', 'GB', 'TB']) {
  const plurals = new Intl.PluralRules(language);

  /** @param {number} n @param {Intl.NumberFormatOptions} [options] */
  const number = (n, options) => n.toLocaleString(language, options);

  /**
   * The form of a word that belongs to a number.
   * @param {number} n @param {string} one @param {string} many
   * @param {string} [few] where the language has a form for two to four
   */
  const form = (n, one, many, few = many) => {
    const rule = plurals.select(n);
    return rule === 'one' ? one : rule === 'few' ? few : many;
  };

  return {
    number,
    form,

    /** @param {number} n @param {string} one @param {string} many @param {string} [few] */
    count: (n, one, many, few) => `${number(n)} ${form(n, one, many, few)}`,

    /** @param {number} bytes @returns {string} such as 1.4 MB */
    size(bytes) {
      let value = bytes;
      let unit = 0;
      while (value >= 1000 && unit < units.length - 1) {
        value /= 1000;
        unit += 1;
      }
      const digits = unit === 0 || value >= 100 ? 0 : 1;
      return `${number(value, { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${units[unit]}`;
    },

    /** @param {number} share 0 to 1 */
    percent: (share) => `${number(share * 100, { maximumFractionDigits: share < 0.1 ? 1 : 0 })} %`,
  };
}
