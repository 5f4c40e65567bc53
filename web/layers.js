// @ts-check
/**
 * Things that lie over the page (a frame seen large, the gallery over the camera) and that the phone's own Back closes.
 * Each open layer is one step of the browser's history; closing by a button goes that step back, so that both ways end
 * in the same place.
 */

/** @type {(() => void)[]} */
const open = [];
let listening = false;

/**
 * Opens a layer.
 * @param {() => void} close called when the layer has to go, whoever asks for it
 * @param {string} [url] the address to show meanwhile
 * @returns {() => void} asks for it to be closed
 */
export function openLayer(close, url) {
  if (!listening) {
    listening = true;
    window.addEventListener('popstate', (event) => settle(event.state?.layer ?? 0));
  }
  open.push(close);
  const depth = open.length;
  history.pushState({ layer: depth }, '', url);
  return () => {
    if (open.length === depth) history.back();
  };
}

/** @param {number} depth how many layers may stay */
function settle(depth) {
  while (open.length > depth) open.pop()?.();
}
