// @ts-check
/**
 * Whether this phone itself is moved, by its own sensors: what the camera sees then is no motion in front of it. Where the
 * browser has no sensors, or may not read them, the phone counts as lying still and the picture alone decides.
 */

/** Acceleration without gravity, in metres a second squared, and turning, in degrees a second, of a phone that is touched. */
const MOVED = { acceleration: 0.8, turning: 12 };

export class MotionSensor {
  #moved = false;
  #listening = false;
  #hear = (/** @type {DeviceMotionEvent} */ event) => {
    if (isMoved(event)) this.#moved = true;
  };

  /** Begins to listen. iOS asks the person, and only on a press. */
  async start() {
    if (this.#listening || typeof DeviceMotionEvent === 'undefined') return;
    this.#listening = true;
    window.addEventListener('devicemotion', this.#hear);
    const ask = /** @type {any} */ (DeviceMotionEvent).requestPermission;
    if (typeof ask !== 'function') return;
    try {
      await ask.call(DeviceMotionEvent);
    } catch {
      // Not on a press, or refused: no event will come.
    }
  }

  stop() {
    window.removeEventListener('devicemotion', this.#hear);
    this.#listening = false;
    this.#moved = false;
  }

  /** Whether the phone was moved since this was asked last. */
  take() {
    const moved = this.#moved;
    this.#moved = false;
    return moved;
  }
}

/**
 * What the computer has not been told yet of the phone being moved. Not every picture arrives: on a slow network newer ones
 * replace it, and without one it is looked at later. The next that is looked at now has to tell for those before it.
 */
export class Moves {
  #movedAt = -1;
  #toldAt = -1;

  /** A picture was taken. @param {{seq: number, moved: boolean}} taken */
  note({ seq, moved }) {
    if (moved) this.#movedAt = seq;
  }

  /** Whether the phone was moved since the last picture that was looked at. @param {{seq: number, moved: boolean}} taken goes out now */
  upTo({ seq, moved }) {
    return moved || (this.#toldAt < this.#movedAt && this.#movedAt <= seq);
  }

  /** The computer has looked at a picture. @param {{seq: number}} taken */
  told({ seq }) {
    this.#toldAt = Math.max(this.#toldAt, seq);
  }
}

/**
 * @param {{acceleration?: {x: number | null, y: number | null, z: number | null} | null,
 *   rotationRate?: {alpha: number | null, beta: number | null, gamma: number | null} | null}} event
 */
export function isMoved({ acceleration, rotationRate }) {
  const { x, y, z } = acceleration ?? {};
  const { alpha, beta, gamma } = rotationRate ?? {};
  return length(x, y, z) > MOVED.acceleration || length(alpha, beta, gamma) > MOVED.turning;
}

/** @param {(number | null | undefined)[]} parts */
const length = (...parts) => Math.hypot(...parts.map((part) => part ?? 0));
