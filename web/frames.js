// @ts-check
/** The page of My frames on its own. Its part over the camera is `openGalleryOver`. */

import { realTimers } from './clock.js';
import { Gallery } from './gallery.js';
import { EventStream } from './stream.js';
import { fillWords } from './words.js';

fillWords(document);
const root = /** @type {HTMLElement} */ (document.getElementById('gallery'));
const gallery = new Gallery(root, { scroller: null, onNotPaired: () => stream.close() });
const stream = new EventStream({ timers: realTimers, onEvent: (event, data) => gallery.hear(event, data) });
stream.open();
// A page that the browser keeps for "back" must not hold a connection that others need.
window.addEventListener('pagehide', () => stream.close());
window.addEventListener('pageshow', (event) => {
  if (event.persisted) stream.open();
});
