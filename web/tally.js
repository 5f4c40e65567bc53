// @ts-check
/**
 * What came of one run of the camera: how many frames were sent, moved and kept, and the newest scores. It sends nothing.
 */

/** So many kept frames are remembered, to count each once: the two tellings of one are seconds apart. */
const KEPT_IDS = 1000;
/** As many scores as the trail under the picture shows. */
const SCORES = 90;

export class Tally {
  counts = { sent: 0, motion: 0, kept: 0 };
  /** Oldest first. @type {{score: number, motion: boolean}[]} */
  scores = [];
  /** From when on kept frames count, by the computer's clock: an older one that Undo brings back does not. */
  #from = Infinity;
  /** The cameras of this run: both, after a change from front to back. @type {Set<string>} */
  #cameras = new Set();
  /** @type {Set<string>} */
  #keptIds = new Set();

  /** A run begins. @param {number} from by the computer's clock */
  begin(from) {
    this.counts = { sent: 0, motion: 0, kept: 0 };
    this.scores = [];
    this.#from = from;
    this.#cameras.clear();
    this.#keptIds.clear();
  }

  /** @param {string} camera films in this run */
  film(camera) {
    this.#cameras.add(camera);
  }

  /** The computer has looked at a frame. @param {any} answer */
  judged(answer) {
    this.counts.sent += 1;
    if (!answer) return;
    if (answer.motion) this.counts.motion += 1;
    this.scores.push({ score: Number(answer.score) || 0, motion: Boolean(answer.motion) });
    if (this.scores.length > SCORES) this.scores.shift();
  }

  /**
   * A frame was kept. It is told twice, in the answer and as an event, and counts once, if it is of this run.
   * @param {{id: string, camera: string, captured_at: number}} frame
   */
  kept({ id, camera, captured_at: capturedAt }) {
    if (!this.#cameras.has(camera) || capturedAt < this.#from || this.#keptIds.has(id)) return;
    this.#keptIds.add(id);
    if (this.#keptIds.size > KEPT_IDS) this.#keptIds.delete(this.#keptIds.values().next().value ?? '');
    this.counts.kept += 1;
  }
}
