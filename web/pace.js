// @ts-check
/**
 * How often a phone looks, and how often it takes a large picture. It knows no clock and no camera.
 *
 * While all is quiet one small frame a second is enough: the phone itself notices when something may begin, and then, and
 * as long as the computer says that it goes on, several are sent. What the person chose is how often a large picture is
 * kept.
 */

/** While something goes on, frames are looked at this often at least: motion is told from chance by frames in a row. */
const LIVELY_MS = 300;
/** While nothing does, however often pictures are wanted. */
const QUIET_MS = 1000;
/** How often the phone itself looks whether something begins. */
export const GLIMPSE_MS = 200;
/** What led to an event is held back, however rarely pictures are wanted otherwise. */
const LONGEST_HELD_MS = 1000;
/** A picture may be this much early, so that the trembling of timers does not cost every second one. */
const EARLY = 0.85;

/**
 * @param {number} chosenMs time between two kept pictures, as the person chose it
 * @param {boolean} lively what the computer said of the last frame
 * @returns {number} milliseconds until the next small frame
 */
export function previewInterval(chosenMs, lively) {
  return lively ? Math.min(chosenMs, LIVELY_MS) : QUIET_MS;
}

/**
 * @param {number} chosenMs
 * @param {boolean} lively
 * @param {number} sinceMs time since the last large picture was taken
 * @returns {boolean} whether a large picture is to be taken with the next small one
 */
export function wantsWhole(chosenMs, lively, sinceMs) {
  return sinceMs >= EARLY * (lively ? chosenMs : Math.min(chosenMs, LONGEST_HELD_MS));
}
