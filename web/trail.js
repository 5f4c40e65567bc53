// @ts-check
/**
 * The trail of the newest scores along the lower edge of the picture: what moved in the last while, at a glance.
 */

const BAR_PX = 4;
const MOTION = '#ffb340';
const STILL = 'rgba(180, 215, 200, 0.75)';

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{score: number, motion: boolean}[]} scores oldest first, score is a share of the picture
 */
export function drawTrail(canvas, scores) {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (!width || !height) return;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d');
  if (!context) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  if (scores.length === 0) return;
  const shade = context.createLinearGradient(0, 0, 0, height);
  shade.addColorStop(0, 'rgba(0, 0, 0, 0)');
  shade.addColorStop(1, 'rgba(0, 0, 0, 0.55)');
  context.fillStyle = shade;
  context.fillRect(0, 0, width, height);
  const room = Math.floor(width / BAR_PX);
  const newest = scores.slice(-room);
  newest.forEach(({ score, motion }, index) => {
    const x = width - (newest.length - index) * BAR_PX;
    const tall = Math.max(2, barHeight(score) * (height - 8));
    context.fillStyle = motion ? MOTION : STILL;
    context.fillRect(x, height - 4 - tall, BAR_PX - 1, tall);
  });
}

/**
 * A person who waves fills a few hundredths of the picture; the square root lets that be seen beside a whole-picture
 * change.
 * @param {number} score 0 to 1
 */
export function barHeight(score) {
  return Math.sqrt(Math.min(1, Math.max(0, score)));
}
