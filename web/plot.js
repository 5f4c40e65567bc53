// @ts-check
/** Small plots as inline SVG: bars and a curve. It knows numbers, and nothing of what they are about. */

const SVG = 'http://www.w3.org/2000/svg';
/** The room in which is drawn; the style sheet stretches it. */
const WIDTH = 240;
const HEIGHT = 60;

/**
 * @param {number[]} values
 * @param {number} [least] what fills the height at least, so that little does not look like much
 * @returns {{x: number, y: number, width: number, height: number}[]} one bar for each value that is not nothing
 */
export function bars(values, least = 1) {
  const most = Math.max(least, ...values);
  const step = WIDTH / values.length;
  return values
    .map((value, at) => ({ x: at * step, y: HEIGHT - (value / most) * HEIGHT, width: step * 0.8, height: (value / most) * HEIGHT }))
    .filter(({ height }) => height > 0);
}

/**
 * @param {{at: number, value: number}[]} samples in the order of their times
 * @param {number} from
 * @param {number} to
 * @param {number} least
 * @returns {string} the points of a line
 */
export function curve(samples, from, to, least) {
  const most = Math.max(least, ...samples.map(({ value }) => value));
  const span = Math.max(1, to - from);
  const place = (/** @type {number} */ n) => Math.round(n * 100) / 100;
  return samples
    .map(({ at, value }) => `${place(((at - from) / span) * WIDTH)},${place(HEIGHT - (value / most) * HEIGHT)}`)
    .join(' ');
}

/** @param {string} name what it shows, for who cannot see it @param {SVGElement[]} parts */
export function picture(name, parts) {
  const base = shape('line', { class: 'base', x1: 0, y1: HEIGHT, x2: WIDTH, y2: HEIGHT });
  const svg = shape('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': name });
  svg.append(base, ...parts);
  return svg;
}

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @returns {SVGElement}
 */
export function shape(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return /** @type {SVGElement} */ (element);
}
