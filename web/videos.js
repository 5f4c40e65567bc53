// @ts-check
/**
 * The recordings in My frames: a list with date, length and size; to play, to download, to delete. It asks the computer
 * for them and hears of changes; it knows nothing of how they come.
 */

import { clockTime, dayName, lengthOf } from './album.js';
import * as api from './api.js';
import { build } from './build.js';
import { missingOf, timeline } from './player.js';
import { VideoList, videoActs } from './video-list.js';
import { words } from './words.js';

/** @typedef {import('./api.js').Recording} Recording */

export class Videos {
  usage = build('p', { class: 'usage digits' });

  /**
   * @param {HTMLElement} root
   * @param {object} parts
   * @param {import('./toast.js').Toast} parts.toast
   * @param {HTMLElement} parts.trouble what is wrong with the filming below; it moves to what is played while that is open
   * @param {() => void} parts.onChange there are others than before
   * @param {(order: import('./api.js').FilmOrder) => void} parts.onOrder a film is wanted
   */
  constructor(root, { toast, trouble, onOrder, onChange }) {
    this.toast = toast;
    this.onOrder = onOrder;
    /** @type {VideoList<Recording>} */
    this.videos = new VideoList(root, {
      toast,
      trouble,
      onChange,
      title: words.videos.title,
      more: words.videos.more,
      head: [this.usage],
      ask: async (page) => {
        const { recordings, next, count, bytes } = await api.recordings(page);
        this.usage.textContent = count > 0 ? words.videos.usage(count, words.size(bytes)) : '';
        return { items: recordings, next };
      },
      describe: (recording) => ({ name: whenOf(recording), facts: factsOf(recording) }),
      acts: (recording, when) => this.#acts(recording, when),
    });
  }

  get element() {
    return this.videos.element;
  }

  /** Whether there is anything to see. */
  get any() {
    return this.videos.any;
  }

  /** What the computer tells by itself. @param {string} event @param {any} data */
  hear(event, data) {
    this.videos.hear(event, data);
    if (event === 'recording_made') void this.videos.known.refresh();
    if (event !== 'recording') return;
    if (data.state === 'deleted') this.videos.known.forget(data.id);
    else this.videos.known.put(data);
    // How much room all of them take, the computer knows.
    if (data.state !== 'open') void this.videos.known.refresh();
  }

  dispose() {
    this.videos.dispose();
  }

  /** @param {Recording} recording @param {string} when */
  #acts(recording, when) {
    const labels = { play: words.videos.play(when), download: words.videos.download(when), remove: words.videos.remove(when) };
    const href = recording.state === 'open' || recording.bytes === 0 ? null : api.videoUrl(recording.id);
    return videoActs({ labels, href, onPlay: () => this.#play(recording, when), onRemove: () => void this.#remove(recording) });
  }

  /** @param {Recording} recording */
  async #remove(recording) {
    this.videos.known.forget(recording.id);
    try {
      await api.deleteRecording(recording.id);
      this.toast.show(words.videos.deleted, { text: words.page.undo, act: () => void this.#restore(recording) });
    } catch (error) {
      if (error instanceof api.Refusal && [404, 410].includes(error.status)) return;
      this.videos.known.put(recording);
      this.toast.show(words.videos.notDeleted(words.because(/** @type {Error} */ (error))));
    }
    void this.videos.known.refresh();
  }

  /** @param {Recording} recording */
  async #restore(recording) {
    try {
      await api.restoreRecording(recording.id);
      this.toast.show(words.videos.restored);
    } catch (error) {
      this.toast.show(words.videos.notRestored(words.because(/** @type {Error} */ (error))));
    }
    void this.videos.known.refresh();
  }

  /** @param {Recording} recording @param {string} when */
  #play(recording, when) {
    // As it came it has no length and cannot be sought in; until something is made of it, it can be watched all the same.
    const src = recording.made ? api.madeUrl(recording.id) : api.videoUrl(recording.id);
    const { video, below } = this.videos.screen.show({ src, when, label: words.videos.play(when), facts: factsOf(recording) });
    if (recording.made) void this.#mark(recording.id, video, below);
  }

  /** Where something moves in what is played, and what of it is missing. @param {string} id @param {HTMLVideoElement} video @param {HTMLElement} below */
  async #mark(id, video, below) {
    const made = await api.recording(id).then((whole) => whole.made).catch(() => null);
    if (!made || !video.isConnected) return;
    below.replaceChildren(timeline(video, made, api.stripUrl(id)));
    for (const sentence of missingOf(made)) below.append(build('p', { class: 'facts missing' }, sentence));
    const mask = build('button', { type: 'button', class: 'button quiet' }, words.films.mask);
    mask.addEventListener('click', () => this.onOrder({ kind: 'mask', of: id }));
    below.append(mask);
  }
}

/** @param {Recording} recording */
function whenOf({ started_at: at }) {
  return `${dayName(at, Date.now(), words)}, ${clockTime(at)}`;
}

/** @param {Recording} recording */
function factsOf(recording) {
  const facts = [words.size(recording.bytes), recording.camera];
  const lasts = recording.made?.duration_ms ?? recording.duration_ms;
  if (lasts !== null) facts.unshift(lengthOf(lasts));
  if (recording.state === 'open') facts.push(words.videos.coming);
  if (recording.state === 'abandoned' || recording.made?.missing.length) facts.push(words.videos.incomplete);
  return facts.join(' · ');
}
